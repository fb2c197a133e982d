package dsl

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/errors/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "../examples/quickstart/pipeline.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{"", "\x00", "a: &a [*a]", "&a {x: *a}", "? ? ? a", "version: 1\r\nvars:\r\n\tx: 1", "version: 1\nmodels: &m\n  <<: *m\n",
		"version: 1\nsources: [a]\nmodels: {a: {from: [{source: {}, map: [], where: {}}], validate: [1, {is: {}}], dedupe: [1]}}\nsinks: [{model: {}, target: []}, 3]\ntests: 3\n"} {
		f.Add([]byte(text))
	}
	w := newWorld()
	reg := w.registry(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<16 {
			return
		}
		for _, offline := range []bool{true, false} {
			host := w.host()
			host.Offline = offline
			p, found := LoadText(t.Context(), "p.yaml", text, reg, host)
			w.opened = nil
			if (p == nil) != found.HasErrors() {
				t.Fatalf("pipeline: %v, diagnostics:\n%s", p != nil, found.Text())
			}
			lines := splitLines(string(text))
			for _, d := range found {
				if d.Message == "" || d.Code == "" || !utf8.ValidString(d.Text()) {
					t.Errorf("a diagnostic that cannot be shown: %+v", d)
				}
				if d.Pos.File != "p.yaml" || d.Pos.Line < 0 || d.Pos.Line > len(lines) || d.Pos.Line == 0 && d.Pos.Column != 0 {
					t.Errorf("a place outside of the file: %s", d.Text())
				}
				if d.Pos.Line > 0 && d.Pos.Column > utf8.RuneCountInString(lines[d.Pos.Line-1])+1 {
					t.Errorf("a column outside of the line: %s", d.Text())
				}
			}
		}
	})
}
