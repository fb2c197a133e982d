package dsl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// hostile are cells that a file of rejected rows may hold.
var hostile = []string{"=cmd|'/C calc'!A0", "\x1b[31mred", "a\x00b", "\u202egnp.exe", "null", "~", "", " lead", "trail ", "- dash", "a: b", "a #b", "{x}", "[y]", "&a", "*b", "!t",
	"|", ">", "%d", "@x", "`x`", `"q"`, `'s'`, `back\slash`, "two\nlines\r\n", "tab\t", "01067", "1e3", "yes", "true", "0x1F", "<<", "---", "\u0085\u2028\ufeff", "\ufffe", "名前 👍", "é", "Null", "? x", ": y", "${HOME}", strings.Repeat("x", 1<<20)}

// A test that is written from a rejected row is valid where it is put, gives the
// very same cells, and passes.
func TestATestFromARejectReproducesIt(t *testing.T) {
	w := newWorld()
	w.tables["people.csv"] = &table{header: []string{"id", "name", "email", "score", "org"}}
	pipelines := map[string]string{"no tests": strings.TrimSuffix(small, "tests:\n"), "tests": small + "  - { name: first, given: {}, expect: { things: [] } }\n",
		"not indented": small + "- name: first\n  given: {}\n  expect: { things: [] }\n"}
	for name, text := range pipelines {
		t.Run(name, func(t *testing.T) {
			for _, cell := range hostile {
				tests := cases(t, w, text)
				r := RejectedCells{Columns: []string{"id", "name", "email", "score", "org"}, Cells: []string{"7", cell, cell, "many", ""},
					Reason: `field score: int: "many" is not a number` + cell[:min(len(cell), 50)], Origin: "people.csv:3", Place: "rejects/things.people.csv:2"}
				out, err := tests.FromReject(t.Context(), r, runTime)
				if err != nil || !out.Reproduced {
					t.Fatalf("%.40q: %+v, %v", cell, out, err)
				}
				pasted := cases(t, w, text+out.Text)
				last := len(pasted.All()) - 1
				result, err := pasted.Run(t.Context(), last, runTime)
				if err != nil || !result.Passed() {
					t.Fatalf("%.40q: the test does not pass: %+v, %v\n%.2000s", cell, result, err, out.Text)
				}
				want := map[string]string{"id": "7", "name": cell, "email": cell, "score": "many"}
				for column, text := range want {
					if got := pasted.l.tests[last].given["people"][0].values[column].Str(); got != text {
						t.Fatalf("%s is %.60q, want %.60q", column, got, text)
					}
				}
			}
		})
	}
}

func TestTextForYAMLIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("aZ0 -:#{}[]\"'\\\n\t&*!|>%@`~.,?<=\x00\x7f\u0085\ufeff")))).Draw(t, "text")
		if !utf8.ValidString(text) {
			return
		}
		for _, form := range []string{"k: " + yamlText(text) + "\n", "- " + yamlText(text) + "\n", "[" + yamlText(text) + "]\n", yamlKey(text) + " v\n"} {
			var n yaml.Node
			d := parse("p", []byte(form), nil)
			if d.root == nil || len(d.found) > 0 && !strings.HasPrefix(form, yamlKey(text)) {
				t.Fatalf("%q is not valid: %v", form, d.found)
			}
			n = *d.root
			at := len(n.Content) - 1
			if strings.HasSuffix(form, " v\n") {
				at = 0
			}
			if got := n.Content[at]; got.Value != text || isNull(got) {
				t.Fatalf("%q gives %q", form, got.Value)
			}
		}
	})
}

func TestRejectsThatCannotBecomeATest(t *testing.T) {
	w := newWorld()
	text := strings.TrimSuffix(small, "tests:\n")
	two := strings.Replace(text, "models:", "  others: { type: csv, path: people.csv }\nmodels:", 1) + "  more:\n    from:\n      - { source: others, map: { n: name } }\n      - { source: people, map: { n: name } }\n"
	columns := []string{"id", "name"}
	for name, c := range map[string]struct {
		text string
		row  RejectedCells
		want string
	}{
		"unknown columns":   {text, RejectedCells{Columns: []string{"idd"}, Cells: []string{"1"}}, "has the columns idd"},
		"several sources":   {two, RejectedCells{Columns: columns, Cells: []string{"1", "x"}}, "things from people, more from others, more from people"},
		"unknown model":     {text, RejectedCells{Model: "x", Columns: columns, Cells: []string{"1", "x"}}, "no source"},
		"too few cells":     {text, RejectedCells{Columns: columns, Cells: []string{"1"}}, "1 cells and 2 columns"},
		"a value that lies": {strings.Replace(text, "people.csv", "orgs.csv", 1), RejectedCells{Columns: []string{"size"}, Cells: []string{"big"}}, "no whole number"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(c.text, "orgs.csv") {
				c.text = "version: 1\nsources:\n  orgs: { type: csv, path: orgs.csv }\nmodels:\n  m:\n    from: [{ source: orgs, map: { n: size } }]\n"
			}
			_, err := cases(t, w, c.text).FromReject(t.Context(), c.row, runTime)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	// The origin of a row of an API begins with the name of its source.
	out, err := cases(t, w, two).FromReject(t.Context(), RejectedCells{Model: "more", Columns: columns, Cells: []string{"1", "x"}, Origin: "others:17"}, runTime)
	if err != nil || out.Reproduced || !strings.Contains(out.Text, "      others:\n") {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestInputsAreTheLocalFiles(t *testing.T) {
	w := newWorld()
	dir := t.TempDir()
	path := filepath.Join(dir, "p.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	host := Host{Getenv: func(name string) (string, bool) { return "/data", name == "DATA" }}
	write(`version: 1
sources:
  a: { type: csv, path: "a-*.csv" }
  b: { type: parquet, path: "${DATA}/b.parquet" }
  c: { type: csv, path: "${NOWHERE}/c.csv" }
  d: { type: sonderplan }
  e: { type: csv, path: "-" }
models:
  m: { from: [], dedupe: { decisions: decisions.yaml } }
`)
	want := []string{path, filepath.Join(dir, "a-*.csv"), "/data/b.parquet", filepath.Join(dir, "decisions.yaml")}
	if got := Inputs(path, w.registry(t), host); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, broken := range []string{"a: [", "", "sources: 3\nmodels: [x]", "sources: { a: 1, b: { type: { x: y } } }"} {
		write(broken)
		if got := Inputs(path, w.registry(t), host); !slices.Equal(got, []string{path}) {
			t.Errorf("%q: got %q", broken, got)
		}
	}
	if got := Inputs(path+".not", w.registry(t), host); len(got) != 1 {
		t.Errorf("got %q", got)
	}
}
