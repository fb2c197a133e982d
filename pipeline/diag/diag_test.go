package diag

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestCarets(t *testing.T) {
	for name, c := range map[string]struct {
		line         string
		column, span int
		want         string // the shown line and the caret line
	}{
		"plain":                   {`where: emial != ""`, 8, 5, "    where: emial != \"\"\n           ^^^^^\n"},
		"no span":                 {"abc", 2, 0, "    abc\n     ^\n"},
		"tabs":                    {"\tx:\ty", 5, 1, "     x: y\n        ^\n"},
		"wide characters before":  {"名前: x", 5, 1, "    名前: x\n          ^\n"},
		"wide characters below":   {"a 名前", 3, 2, "    a 名前\n      ^^^^\n"},
		"combining marks":         {"e\u0301e\u0301 x", 6, 1, "    e\u0301e\u0301 x\n       ^\n"},
		"hidden characters":       {"a\u202eb", 3, 1, "    a\\u{202e}b\n" + "             ^\n"},
		"span past the end":       {"abc", 2, 50, "    abc\n     ^^\n"},
		"behind the end":          {"abc", 4, 1, "    abc\n       ^\n"},
		"far behind the end":      {"abc", 40, 1, "    abc\n       ^\n"},
		"end of line is left out": {"abc\r\n", 4, 1, "    abc\n       ^\n"},
	} {
		t.Run(name, func(t *testing.T) {
			d := Diagnostic{Severity: Error, Code: "c", Message: "m", Pos: Pos{"p.yaml", 3, c.column}, Span: c.span, Line: c.line, Cause: "why", Hint: "what now"}
			want := fmt.Sprintf("p.yaml:3:%d: error: m [c]\n%s    cause: why\n    hint: what now\n", c.column, c.want)
			if got := d.Text(); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// In a line that is cut, the caret stands below the same character as in a
// short one.
func TestCaretOfALongLine(t *testing.T) {
	line := strings.Repeat("x", 300) + "!" + strings.Repeat("x", 300)
	d := Diagnostic{Pos: Pos{"p", 1, 301}, Span: 1, Line: line}
	lines := strings.Split(d.Text(), "\n")
	if len(lines[1]) > caretLineMax+4 || strings.Index(lines[1], "!") != strings.Index(lines[2], "^") || strings.Count(lines[2], "^") != 1 {
		t.Errorf("got\n%s\n%s", lines[1], lines[2])
	}
}

func TestUnknownPlaceIsNotWritten(t *testing.T) {
	for want, d := range map[string]Diagnostic{
		"warning: m [c]\n":           {Severity: Warning, Code: "c", Message: "m", Line: "text"},
		"p.yaml: note: m [c]\n":      {Severity: Note, Code: "c", Message: "m", Pos: Pos{File: "p.yaml"}},
		"p.yaml:7: error: m [c]\n":   {Code: "c", Message: "m", Pos: Pos{File: "p.yaml", Line: 7}, Line: "text"},
		"p.yaml:7:1: error: m [c]\n": {Code: "c", Message: "m", Pos: Pos{"p.yaml", 7, 1}},
	} {
		if got := d.Text(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestListBecomesAnErrorOnlyThroughErr(t *testing.T) {
	l := List{{Severity: Warning, Message: "b", Pos: Pos{"f", 2, 1}}, {Severity: Warning, Message: "a", Pos: Pos{"f", 1, 9}}}
	if err := l.Err(); err != nil {
		t.Errorf("warnings alone: %v", err)
	}
	if err := List(nil).Err(); err != nil {
		t.Errorf("nothing: %v", err)
	}
	l = append(l, Diagnostic{Severity: Error, Message: "c", Pos: Pos{"f", 2, 1}})
	l.Sort()
	if err := l.Err(); err == nil || l[0].Message != "a" || l[1].Message != "c" || !strings.Contains(err.Error(), "error: c") {
		t.Errorf("%v: %v", l, err)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"email", "first_name", "last_name", "phone", "id"}
	for name, want := range map[string]string{
		"emial": "email", "EMAIL": "email", "fristname": "first_name", "last name": "last_name", "fone": "", "": "", "country": "",
		"ib": "id", strings.Repeat("x", 10000): "",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("%.20q: got %q, want %q", name, got, want)
		}
	}
	if got := Nearest("ab", []string{"ax", "aa"}); got != "aa" {
		t.Errorf("of two that are as near, got %q", got)
	}
	if got := DidYouMean("emial", known); got != `did you mean "email"?` {
		t.Error(got)
	}
	if got := DidYouMean("country", known); !strings.Contains(got, "known here: email, first_name") {
		t.Error(got)
	}
	if got := DidYouMean("x", nil); got != "" {
		t.Error(got)
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"Anna Weber": "Anna Weber", "Zoë 王小明 👍": "Zoë 王小明 👍", "": "",
		"\x1b[31m": `\u{1b}[31m`, "a\nb\tc\x00": `a\u{a}b\u{9}c\u{0}`, "\u202etxt": `\u{202e}txt`, "\x9b1m": `\x9b1m`, "\u009b": `\u{9b}`,
		"a\u00a0b": `a\u{a0}b`, "a\u200bb": `a\u{200b}b`, "\ufeffa": `\u{feff}a`, "\u3164": `\u{3164}`, "\u2800": `\u{2800}`, "\ufffd": "\ufffd", "\x7f": `\u{7f}`, "\U000e0041": `\u{e0041}`,
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzShorten(f *testing.F) {
	for _, s := range []string{"", "Anna", "\x1b]0;x\x07", "\u202e", "\xff\xfe", strings.Repeat("ä", 100), "👍🏽"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = min(max(limit, 0), 200)
		got := Shorten(s, limit)
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not valid", got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.In(r, unicode.Zl, unicode.Zp) {
				t.Fatalf("%q holds %U", got, r)
			}
		}
		if most := 10*limit + 40; utf8.RuneCountInString(got) > most {
			t.Fatalf("%d characters of %q", utf8.RuneCountInString(got), got)
		}
		if utf8.RuneCountInString(s) <= limit && got != Printable(s) {
			t.Fatalf("%q was cut to %q", s, got)
		}
		if again := Printable(got); again != got {
			t.Fatalf("%q is not stable: %q", got, again)
		}
	})
}

func TestFinding(t *testing.T) {
	f := Finding{Severity: Warning, Code: "c", Message: "m", Where: "a.csv:3", Rule: "p.yaml:4:1", Hint: "h", Count: 2}
	if got := f.String(); got != "a.csv:3: m (2 rows) (p.yaml:4:1); h" {
		t.Error(got)
	}
	for message, want := range map[string]string{"2 records differ": "2 records differ", "12 records differ, 20 not": "12 records differ, 20 not (2 rows)"} {
		if got := (Finding{Message: message, Count: 2}).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got, want := (Finding{Message: "at most 2 tickets", Rule: "p.yaml:4:1", Count: 2}).String(), "at most 2 tickets (2 rows) (p.yaml:4:1)"; got != want {
		t.Errorf("a rule's words: %q, want %q", got, want)
	}
	b, err := json.Marshal(f)
	var again Finding
	if err2 := json.Unmarshal(b, &again); err != nil || err2 != nil || again != f || !strings.Contains(string(b), `"severity":"warning"`) {
		t.Errorf("%s (%v, %v)", b, err, err2)
	}
	var s Severity
	if s.UnmarshalText([]byte("fatal")) == nil {
		t.Error("an unknown severity was read")
	}
}
