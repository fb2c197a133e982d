package dsl

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Files that would bring a reader down, or be read otherwise than they look, end
// in one diagnostic with a code of its own.
func TestHostileFiles(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("version: 1\nvars:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&bomb, "  a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	for name, c := range map[string]struct{ text, code string }{
		"alias bomb":            {bomb.String(), "file-too-large"},
		"alias within itself":   {"version: 1\nvars: &a { b: *a }\n", "too-deep"},
		"deep lists":            {"version: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "too-deep"},
		"deeper lists":          {"version: " + strings.Repeat("[", 200_000), "yaml-syntax"},
		"deep mappings":         {"version: " + strings.Repeat("{a: ", 3000) + strings.Repeat("}", 3000), "too-deep"},
		"deep indentation":      {deepIndent(400), "too-deep"},
		"merge key":             {"version: 1\nvars: &v { a: 1 }\nsources:\n  <<: *v\n", "merge-key"},
		"key twice":             {"version: 1\nname: a\nname: b\n", "duplicate-key"},
		"key twice by an alias": {"version: 1\nvars: { &k a: 1, *k : 2 }\n", "duplicate-key"},
		"tab":                   {"version: 1\nvars:\n\tx: 1\n", "yaml-syntax"},
		"mark in the middle":    {"version: 1\nname: a\ufeffb\n", "bad-character"},
		"NUL":                   {"version: 1\nname: a\x00b\n", "bad-character"},
		"ESC":                   {"version: 1\nname: \"a\x1b[31mb\"\n", "bad-character"},
		"not UTF-8":             {"version: 1\nname: M\xfcller\n", "not-utf8"},
		"UTF-16":                {"\xff\xfev\x00e\x00r\x00", "not-utf8"},
		"second document":       {"version: 1\n---\nversion: 1\n", "two-documents"},
		"tag":                   {"version: !!python/object:os.system 1\n", "yaml-tag"},
		"long line":             {"version: 1\nname: [" + strings.Repeat("x ", 1<<17), "yaml-syntax"},
		"too many bytes":        {"version: 1\nname: " + strings.Repeat("x", fileBytesMax), "file-too-large"},
		"nothing":               {"", "empty-file"},
		"a mark alone":          {"\ufeff", "empty-file"},
		"a line alone":          {"---", "empty-file"},
		"a line and a comment":  {"---\n# nothing\n", "empty-file"},
		"a line at the end":     {"version: 1\nname: x\n---", "no-models"},
		"a comment alone":       {"# nothing\r\n", "empty-file"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			p, found := LoadText(t.Context(), "p.yaml", []byte(c.text), w.registry(t), w.host())
			if p != nil || !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Code == c.code }) {
				t.Errorf("wanted %s, got\n%.2000s", c.code, found.Text())
			}
			if len(found.Text()) > 200_000 {
				t.Errorf("%d bytes of diagnostics", len(found.Text()))
			}
		})
	}
}

func deepIndent(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// A byte order mark, Windows line ends and a lone return do not change what is
// read, nor where it is.
func TestLineEndsAndMarks(t *testing.T) {
	plain := "version: 1\nsources:\n  people: { type: csv, path: people.csv }\nmodels:\n  contacts:\n    from:\n      - source: people\n        map:\n          email: |\n            trim(\n              emial)\n"
	w := newWorld()
	_, want := LoadText(t.Context(), "p.yaml", []byte(plain), w.registry(t), w.host())
	if len(want) != 1 || want[0].Pos != (diag.Pos{File: "p.yaml", Line: 11, Column: 15}) {
		t.Fatalf("got\n%s", want.Text())
	}
	for name, text := range map[string]string{
		"mark": "\ufeff" + plain, "windows": strings.ReplaceAll(plain, "\n", "\r\n"), "mark and windows": "\ufeff" + strings.ReplaceAll(plain, "\n", "\r\n"),
		"returns": strings.ReplaceAll(plain, "\n", "\r"),
	} {
		_, got := LoadText(t.Context(), "p.yaml", []byte(text), w.registry(t), w.host())
		if got.Text() != want.Text() {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got.Text(), want.Text())
		}
	}
}
