package funcs_test

import (
	"regexp"
	"testing"

	"github.com/reconkit/reconkit/dsl/funcs"
)

var somePatterns = []string{
	`^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$`, `^[^ ]+ (.*)$`, `^[0-9]{5} `, `er`, `^A`, `e$`, `^$`, `$^`, `a*`, `^a*`, `^(a*)b`,
	`(a|ab)(c|bcd)`, `^(?:(a)|b)*$`, `^(a)?b`, `[^a]`, `^[^a]$`, `.`, `^.$`, `(?s)^.$`, `\bx`, `(?i)k`, `ä`, `[ä-ü]`, `^(\d+)-(\d+)$`,
	`Order ([0-9]+)`, `^()$`, `^(a|)$`, `x{0,3}y`, `^(.)(.)`, `(?m)^a$`, `^a|b$`, `[[:alpha:]]+`, `^(?:[a-c]+,)*([a-c]+)$`, `a{50}b`, `(a|b)*a(a|b){7}`,
	`\Aa\z`, `^(a+?)`, `^(a+?)b`, `[^\x00-\x7f]`, `^\PN+(\pN)$`, `\x{10ffff}`,
	`^[^\x00,]+,(.*)$`, `^[^,]*,([^;]*);`, `^([^,]*),`, `(?s)^(.*)$`,
}

var patternTexts = []string{"", "a", "b", "ab", "abc", "abcd", "anna@example.com", "Anna Meier", "Jörg Müller zu", "\xff", "a\xffb", "\xc3", "ä", "\u2028", "a\n", "\n",
	"a\nb", "12345 Berlin", "12-34", "Order 4711", "a,b,c", "K", "\u212a", "aaaaab", "abababab", "é ", " x", "x", "a$", "😀 b", "a\x00b,c", "ä,ö;ü", ",;", "a,b\nc"}

// FuzzPattern holds the tables against regexp.
func FuzzPattern(f *testing.F) {
	for _, pattern := range somePatterns {
		for _, text := range patternTexts {
			f.Add(pattern, text)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, err := regexp.Compile(pattern)
		if err != nil || len(pattern) > 200 || len(text) > 1000 {
			return
		}
		p := funcs.NewPattern(re)
		if got, want := p.Match(text), re.MatchString(text); got != want {
			t.Errorf("%q in %q: got %v, want %v", pattern, text, got, want)
		}
		want := ""
		if found := re.FindStringSubmatch(text); found != nil {
			want = found[min(1, len(found)-1)]
		}
		if got := p.Extract(text); got != want {
			t.Errorf("%q of %q: got %q, want %q", pattern, text, got, want)
		}
	})
}
