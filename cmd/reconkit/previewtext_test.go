package main

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestFit(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"Anna", 4, "Anna"}, {"Annalena", 5, "Anna…"}, {"", 3, ""}, {"王小明", 6, "王小明"}, {"王小明", 5, "王小…"}, {"王小明", 4, "王…"},
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"}, {"\x1b[31m", 10, `\u{1b}[31m`}, {"a\nb", 10, `a\u{a}b`}, {"\u202ex", 4, `\u{…`}, {"a\x00", 10, `a\u{0}`}, {"\xff", 10, `\xff`},
	} {
		if got := fit(c.text, c.columns); got != c.want {
			t.Errorf("%q in %d columns: got %q, want %q", c.text, c.columns, got, c.want)
		}
	}
	if got := fit(strings.Repeat("x", 1<<20), 20); textWidth(got) > 20 || !strings.HasPrefix(got, "xxxxxxxxx") {
		t.Errorf("a long value becomes %q", got)
	}
}

func FuzzFit(f *testing.F) {
	for _, s := range []string{"", "Anna", "\x1b]0;x\x07", "王小明", "\xff\xfe", "👍🏽", "e\u0301"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, columns int) {
		columns = min(max(columns, 1), 200)
		got := fit(s, columns)
		if textWidth(got) > columns || !utf8.ValidString(got) {
			t.Fatalf("%q takes %d of %d columns", got, textWidth(got), columns)
		}
		if strings.ContainsFunc(got, unicode.IsControl) {
			t.Fatalf("%q holds a control character", got)
		}
	})
}
