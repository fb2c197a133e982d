package linkage

import (
	"strings"
	"testing"
)

// soundByLetters is what sound gives, letter by letter of what is left when a sound
// of several letters is written as one.
func soundByLetters(s string) string {
	s = strings.NewReplacer("ph", "f", "ck", "k", "sch", "s").Replace(s)
	out := ""
	for i, c := range []byte(s) {
		one := string([]byte{c})
		switch {
		case c == ' ' || i > 0 && strings.Contains("aeiouyhw", one):
			continue
		case i == 0 && strings.Contains("aeiou", one):
			one = "a"
		}
		for _, alike := range []string{"kcqxgj", "sz", "td", "pb", "fv", "nm"} {
			if strings.Contains(alike, one) {
				one = alike[:1]
			}
		}
		if !strings.HasSuffix(out, one) {
			out += one
		}
	}
	return out[:min(5, len(out))]
}

func FuzzSound(f *testing.F) {
	for _, s := range []string{"", "schmidt", "philipp", "becker", "aa", "y", "hans peter", " ab", "sckh", "schsch", "pph", "wolfgang amadeus", "o", "王小明", "7up"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ReplaceAll(s, "\x00", "")
		if got, want := sound(s), soundByLetters(s); got != want {
			t.Fatalf("%q sounds %q, want %q", s, got, want)
		}
	})
}
