package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// hostileFiles are files as they should not be, by name.
func hostileFiles(t *testing.T) map[string]string {
	t.Helper()
	const header, row = "id,first,last,mail\n", "1,Anna,Weber,anna@weber.example\n2,Anna,Weber,anna@weber.example\n3,Bruno,Keller,b@keller.example\n"
	files := map[string]string{
		"nothing.csv":       "",
		"newlines.csv":      "\n\n\n",
		"mark.csv":          "\ufeff",
		"header.csv":        header,
		"one.csv":           header + "1,Anna,Weber,anna@weber.example\n",
		"doubled.csv":       "id,last,last,last\n" + row,
		"unnamed.csv":       "id,,last,\n" + row,
		"no-header.csv":     row,
		"nul.csv":           header + "1,An\x00na,\x00,\x00\n" + row,
		"nul-header.csv":    "id,fi\x00rst,last,mail\n" + row,
		"torn.csv":          header + "1,Caf\xe9,\xff\xfe,\xc3(@weber.example\n" + row,
		"torn-header.csv":   "id,f\xffrst,l\xe9st,mail\n" + row,
		"long.csv":          header + "1," + strings.Repeat("Weber ", 200_000) + ",x,y\n" + row,
		"long-header.csv":   "id," + strings.Repeat("first", 250_000) + ",last,mail\n" + row,
		"long-id.csv":       header + strings.Repeat("9", 1<<20) + ",Anna,Weber,anna@weber.example\n" + row,
		"formula.csv":       "id,=first,@last,+mail\n=cmd|' /C calc'!A0,=1+1,@SUM(A1),+49\n-2,=1+1,@SUM(A1),+49 1\n",
		"escape.csv":        "id,fi\x1b[31mrst,last,mail\n\x1b]0;x\x07,\x1b[2J,We\x1b[31mber,a\x9b@b.example\n" + row,
		"turned.csv":        "id,\u202efirst,last,mail\n\u202e1,\u2066Anna,\u200fWeber,\u202ea@b.example\n" + row,
		"open-quote.csv":    header + "1,\"Anna,Weber\n" + row,
		"ragged.csv":        header + "1,Anna\n2,Anna,Weber,a@b.example,more,and more\n" + row,
		"line-in-id.csv":    header + "\"a\nb\",Anna,Weber,a@b.example\n\"a\r\nb\",Anna,Weber,a@b.example\n" + row,
		"wide.csv":          "id" + strings.Repeat(",c", 3000) + "\n1" + strings.Repeat(",x", 3000) + "\n",
		"binary.csv":        string(bytes.Repeat([]byte{0x7f, 'E', 'L', 'F', 0, 1, 2, 0xff, '\n', ','}, 400)),
		"magic.parquet":     "PAR1",
		"torn.parquet":      "PAR1" + strings.Repeat("\x15\x04", 300) + "\xff\xff\xff\x7fPAR1",
		"not-a.parquet":     header + row,
		"parquet-named.csv": "PAR1" + strings.Repeat("x", 100),
		"a\x1b[31mb.csv":    header + row,
		"c\x1b[31md.csv":    row,
		"e\x1b[31mf.csv":    "id,last,last,\n1,Anna\n" + row,
		"g\x1b[31mh.csv":    header + "1,\"Anna,Weber\n" + row,
	}
	dir := t.TempDir()
	paths := map[string]string{}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Skipf("this system has no such names: %v", err)
		}
		paths[name] = path
	}
	good := filepath.Join(dir, "good.csv")
	if err := os.WriteFile(good, []byte(header+row), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := filepath.Join(dir, "whole.parquet")
	matched(t, exitOK, "match", "run", good, "-o", whole)
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"cut.parquet": text[:len(text)*2/3], "changed.parquet": append(bytes.Replace(text, text[4:40], bytes.Repeat([]byte{0xff}, 36), 1), text[len(text)-8:]...)} {
		paths[name] = filepath.Join(dir, name)
		if err := os.WriteFile(paths[name], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	paths["folder"], paths["nowhere.csv"] = dir, filepath.Join(dir, "nowhere.csv")
	return paths
}

// Whatever a file holds, each command ends with a result or with an error that
// names the file, in few words, and sends a terminal nothing that it acts on.
func TestMatchHostileFiles(t *testing.T) {
	files := hostileFiles(t)
	good := contactsFile(t, 6, nil)
	for name, path := range files {
		t.Run(strings.ReplaceAll(name, "\x1b", "ESC"), func(t *testing.T) {
			out := t.TempDir()
			clusters, questions := filepath.Join(out, "c.csv"), filepath.Join(out, "q.csv")
			for _, args := range [][]string{
				{"run", path, "-o", clusters, "--questions", questions, "--review-above", "0.0001", "--match-above", "0.99999999"},
				{"run", path, "-o", filepath.Join(out, "c.jsonl"), "--id", "id"},
				{"profile", path},
				{"profile", path, "--json"},
				{"run", path, "-o", clusters, "--same", "nope"},
				{"run", path, path, "-o", clusters},
				{"run", path, "-o", path},
				{"run", path, "-o", filepath.Join(out, "i\x1b[31mj.csv"), "--questions", filepath.Join(out, "k\x1b[31ml.csv"), "--save-weights", filepath.Join(out, "m\x1b[31mn.json")},
				{"run", path, "-o", clusters, "--columns", "nope=email"},
				{"explain", path, ":2", ":3"},
				{"explain", path, "1", "2", "--json"},
				{"eval", path, "--truth-column", "id"},
				{"eval", path, "--truth", path},
				{"eval", path, "--truth-column", "id", "--mistakes", filepath.Join(out, "m.csv")},
				{"run", good, path, "-o", filepath.Join(out, "two.csv"), "--link"},
				{"run", good, "-o", filepath.Join(out, "answered.csv"), "--answers", path},
				{"run", good, "-o", filepath.Join(out, "weighed.csv"), "--weights", path},
				{"eval", good, "--truth-column", "id", "--clusters", path},
			} {
				var stdout, stderr bytes.Buffer
				a := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: func(string) (string, bool) { return "", false }}
				code := a.main(append([]string{"match"}, args...))
				said := stdout.String() + stderr.String()
				what := fmt.Sprintf("match %s: exit code %d", args[0], code)
				if code != exitOK && code != exitError {
					t.Errorf("%s\n%.600s", what, said)
				}
				if code == exitError && !strings.HasPrefix(stderr.String(), "reconkit: ") && !strings.Contains(stderr.String(), "\nreconkit: ") {
					t.Errorf("%s without an error\n%.600s", what, said)
				}
				if i := strings.IndexFunc(said, actsOnTerminal); i >= 0 {
					t.Errorf("%s prints %q", what, said[max(0, i-60):min(len(said), i+20)])
				}
				if len(said) > 64<<10 && args[len(args)-1] != "--json" {
					t.Errorf("%s prints %d bytes", what, len(said))
				}
				if strings.Contains(said, "panic") || strings.Contains(said, "runtime error") {
					t.Errorf("%s\n%.600s", what, said)
				}
			}
			for _, written := range []string{questions, filepath.Join(out, "m.csv")} {
				text, err := os.ReadFile(written)
				if err != nil {
					continue
				}
				for _, cell := range strings.FieldsFunc(string(text), func(c rune) bool { return c == ',' || c == '\n' || c == '\r' }) {
					if cell = strings.TrimLeft(cell, `"`); cell != "" && strings.Contains("=+-@", cell[:1]) {
						t.Errorf("%s has the cell %.80q", filepath.Base(written), cell)
					}
				}
			}
		})
	}
}

// actsOnTerminal reports characters that a terminal does not simply show.
func actsOnTerminal(c rune) bool {
	return c != '\n' && (unicode.IsControl(c) || unicode.In(c, unicode.Bidi_Control) || c == unicode.ReplacementChar)
}
