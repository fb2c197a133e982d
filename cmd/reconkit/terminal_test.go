package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The name of a file can be anything; what it would tell a terminal is shown and
// not sent.
func TestNamesOfFilesDoNotActOnTheTerminal(t *testing.T) {
	dir := t.TempDir()
	pipeline := "version: 1\n" +
		"sources: { people: { type: csv, path: \"*.csv\" } }\n" +
		"models: { contacts: { from: [ { source: people, map: { email: parse_email(Email) } } ] } }\n"
	for name, text := range map[string]string{"p.yaml": pipeline, "a\x1b[31m.csv": "Email\nno address\n\"open\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Skipf("this system has no such names: %v", err)
		}
	}
	path := filepath.Join(dir, "p.yaml")
	for _, args := range [][]string{
		{"export", path, "-o", filepath.Join(dir, "out.jsonl")},
		{"explain", path, "--row", "a\x1b[31m.csv:9"},
		{"explain", path, "--key", "people.Email=nobody"},
	} {
		var out bytes.Buffer
		a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &out, getenv: func(string) (string, bool) { return "", false }}
		a.main(args)
		if text := out.String(); strings.Contains(text, "\x1b") || !strings.Contains(text, `a\u{1b}[31m.csv`) {
			t.Errorf("%s shows\n%q\nwant the name of the file without its control character", args[0], text)
		}
	}
}
