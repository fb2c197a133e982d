package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// typedAs is what a command line looks like to the command that it runs.
func typedAs(t *testing.T, args ...string) typed {
	t.Helper()
	a := &app{stdout: io.Discard, stderr: io.Discard}
	c, rest, err := a.command().Find(args)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ParseFlags(rest); err != nil {
		t.Fatal(err)
	}
	return typedOf(c, c.Flags().Args())
}

// A command that is shown has every flag that was typed and matters, each in a form
// that a shell takes apart again into the same words.
func TestShownCommandsKeepWhatWasTyped(t *testing.T) {
	tests := []struct {
		name  string
		typed []string
		want  string
	}{
		{"a part", []string{"apply", "today.rkplan", "--decisions", "yes.json", "--target-where", `action == "update"`, "--identity", "my key.txt", "--identity", "b.txt", "-y", "--max-duration", "2h", "--state", "s.db"},
			`reconkit apply today.rkplan --decisions yes.json --identity 'my key.txt' --identity b.txt --max-duration 2h0m0s --state s.db --target-where 'action == "update"' --yes`},
		{"vars", []string{"plan", "p.yaml", "--var", "a=1", "--var", "b=x y", "--detailed-exitcode", "--format", "json", "--all", "-v", "--relearn"}, `reconkit plan p.yaml --relearn --var a=1 --var 'b=x y'`},
		{"a place that looks like a flag", []string{"undo", "--delete-created", "--state", "it's.db", "--", "-run"}, `reconkit undo ./-run --delete-created --state 'it'\''s.db'`},
		{"a switch turned off", []string{"plan", "p.yaml", "--first-run=false"}, `reconkit plan p.yaml --first-run=false`},
		{"a value that looks like a flag", []string{"show", "p.rkplan", "--where=-1 < 0"}, `reconkit show p.rkplan --where='-1 < 0'`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			typed := typedAs(t, tt.typed...)
			if got := (&app{}).commandOf(typed.path, typed.args...).from(typed, but()).String(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// The program is called in proposed commands as a shell finds it.
func TestProgramIsCalledAsItIsFound(t *testing.T) {
	dir := t.TempDir()
	for _, place := range []string{"bin/reconkit", "other/reconkit"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(place)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, place), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("TMPDIR", filepath.Join(dir, "temporary"))
	t.Setenv("PATH", filepath.Join(dir, "bin"))
	for called, want := range map[string]string{
		"reconkit":                              "reconkit",
		"bin/reconkit":                          "reconkit", // the search path leads to it
		"other/reconkit":                        "other/reconkit",
		filepath.Join(dir, "other", "reconkit"): filepath.Join(dir, "other", "reconkit"),
		filepath.Join(dir, "temporary", "go-build1", "exe", "main"):                     "reconkit", // go run removes it
		filepath.Join(dir, "go-build", "ab", strings.Repeat("a0", 32)+"-d", "reconkit"): "reconkit", // or keeps it in its cache
		filepath.Join(dir, "moved", "ab", strings.Repeat("a0", 32)+"-d", "reconkit"):    "reconkit",
		filepath.Join(dir, "cache", "reconkit"):                                         "reconkit", // as GOCACHE says
	} {
		if got := programName(called, filepath.Join(dir, "cache")); got != want {
			t.Errorf("called as %s it is %s, want %s", called, got, want)
		}
	}
}
