package similar_test

import (
	"os"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/similar"
)

// vectors reads the lines of a file, each of n words; # begins a comment.
func vectors(t *testing.T, file string, n int) (lines [][]string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); line[0] != '#' {
			if len(f) != n {
				t.Fatalf("%s: %q has not %d words", file, line, n)
			}
			lines = append(lines, f)
		}
	}
	if len(lines) < 50 {
		t.Fatalf("%s has only %d lines", file, len(lines))
	}
	return lines
}

func TestColognePublished(t *testing.T) {
	for _, f := range vectors(t, "testdata/cologne.txt", 2) {
		if got := similar.Cologne(f[0]).String(); got != f[1] {
			t.Errorf("%s: got %s, want %s", f[0], got, f[1])
		}
	}
	for _, silent := range []string{"", "h", "Hh", "123", "王小明", "\xff"} {
		if got := similar.Cologne(silent); got != 0 {
			t.Errorf("%q makes no sound: got %q", silent, got)
		}
	}
}

func TestCologneByTheRules(t *testing.T) {
	for _, c := range []struct{ a, b, why string }{
		{"rothtal", "rottal", "a silent h makes no digit"},
		{"straße", "strasse", "ß sounds like s"},
		{"clara", "klara", "c before l begins the word"},
		{"anna clara", "anna klara", "and so it does in the second word"},
		{"phillip", "filip", "ph is f"},
	} {
		if x, y := similar.Cologne(c.a), similar.Cologne(c.b); x != y {
			t.Errorf("%s: %s is %s, %s is %s", c.why, c.a, x, c.b, y)
		}
	}
}

func TestCologneLaw(t *testing.T) {
	p := newPairs(t)
	letters := []rune("aeioubpdtfvwgkqcxlmnrszhjyäß -")
	for range *pairCount / 5 {
		w := []rune{pick(p, letters)}
		for range p.IntN(9) {
			w = append(w, pick(p, letters))
		}
		checkCologne(t, string(w))
	}
}

// checkCologne compares with Postel's three steps, taken one after the other.
func checkCologne(t *testing.T, text string) {
	t.Helper()
	var want strings.Builder
	const letters = "abcdefghijklmnopqrstuvwxyzäöüßABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜẞ"
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !strings.ContainsRune(letters, r) }) {
		w = strings.ToLower(w)
		var digits []byte
		for _, d := range cologneDigits(strings.NewReplacer("ä", "a", "ö", "o", "ü", "u", "ß", "s").Replace(w)) {
			if len(digits) == 0 || digits[len(digits)-1] != byte(d) {
				digits = append(digits, byte(d))
			}
		}
		for _, d := range digits {
			if d != '0' || want.Len() == 0 {
				want.WriteByte(d)
			}
		}
	}
	code := want.String()
	if got := similar.Cologne(text).String(); got != code[:min(15, len(code))] {
		t.Fatalf("%q: got %s, want %s", text, got, code)
	}
}

// cologneDigits is the first step: the digits of all letters of a word.
func cologneDigits(w string) string {
	var b strings.Builder
	for i, c := range w {
		before, next := " ", " "
		if i > 0 {
			before = w[i-1 : i]
		}
		if i+1 < len(w) {
			next = w[i+1 : i+2]
		}
		hard := strings.Contains("ahkoqux", next) && !strings.Contains("sz", before)
		if i == 0 {
			hard = strings.Contains("ahkloqrux", next)
		}
		switch {
		case strings.ContainsRune("aeijouy", c):
			b.WriteByte('0')
		case c == 'p' && next == "h" || strings.ContainsRune("fvw", c):
			b.WriteByte('3')
		case c == 'b' || c == 'p':
			b.WriteByte('1')
		case strings.ContainsRune("dt", c) && !strings.Contains("csz", next):
			b.WriteByte('2')
		case strings.ContainsRune("gkq", c) || c == 'c' && hard:
			b.WriteByte('4')
		case c == 'x' && !strings.Contains("ckq", before):
			b.WriteString("48")
		case c == 'l':
			b.WriteByte('5')
		case c == 'm' || c == 'n':
			b.WriteByte('6')
		case c == 'r':
			b.WriteByte('7')
		case c != 'h':
			b.WriteByte('8')
		}
	}
	return b.String()
}

func TestDoubleMetaphonePublished(t *testing.T) {
	for _, f := range vectors(t, "testdata/metaphone.txt", 3) {
		primary, alternate := similar.DoubleMetaphone(f[0])
		if p, a := primary.Head(4).String(), alternate.Head(4).String(); p != f[1] || a != f[2] {
			t.Errorf("%s: got %s %s, want %s %s", f[0], p, a, f[1], f[2])
		}
	}
	for name, want := range map[string]string{
		"san jose": "SNHS", "St. Leger": "STLJ", "MacMael nam Bo": "MKML", "La Pointe": "LPNT", "mac gregor": "MKRK", "Façade": "FST", "Muñoz": "MNS",
	} {
		if primary, _ := similar.DoubleMetaphone(name); primary.Head(4).String() != want {
			t.Errorf("%s: got %s, want %s", name, primary, want)
		}
	}
}

func TestSoundex(t *testing.T) {
	for word, want := range map[string]string{
		"Robert": "R163", "rupert": "R163", "Rubin": "R150", "Lee": "L000", "O'Hara": "O600",
		"'t Hooft": "T130", "": "", "42": "", "王小明": "",
		"Jackson": "J222", "Pfister": "P123", // J250 and P236 in the US census
	} {
		if got := similar.Soundex(word).String(); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

// TestCodesAreTheirText checks that a code and its text say the same, so that
// the number alone serves as a key.
func TestCodesAreTheirText(t *testing.T) {
	p := newPairs(t)
	for range 20_000 {
		a, b := p.any()
		if x, y := similar.Cologne(a), similar.Cologne(b); (x == y) != (x.String() == y.String()) {
			t.Fatalf("%q, %q: codes %x and %x, texts %s and %s", a, b, uint64(x), uint64(y), x, y)
		}
		x, _ := similar.DoubleMetaphone(a)
		_, y := similar.DoubleMetaphone(b)
		if (x == y) != (x.String() == y.String()) {
			t.Fatalf("%q, %q: codes %x and %x, texts %s and %s", a, b, uint64(x), uint64(y), x, y)
		}
		n := p.IntN(17)
		if got, whole := x.Head(n).String(), x.String(); got != whole[:min(n, len(whole))] {
			t.Fatalf("the first %d sounds of %s: got %s", n, whole, got)
		}
	}
}

func TestCodesOfAnything(t *testing.T) {
	long := strings.Repeat("Donaudampfschifffahrtsgesellschaftskapitän ", 1<<14)
	if got := similar.Cologne(long).String(); len(got) != 15 {
		t.Errorf("a code has 15 digits at most: got %s", got)
	}
	if p, _ := similar.DoubleMetaphone(long); len(p.String()) != 15 {
		t.Errorf("a code has 15 sounds at most: got %s", p)
	}
}

func TestCodesDoNotKnowCase(t *testing.T) {
	p := newPairs(t)
	for range 20_000 {
		lower := strings.ToLower(p.name() + string(pick(p, []rune("äöüßçñ"))) + p.random(9))
		upper := strings.ToUpper(lower)
		p1, a1 := similar.DoubleMetaphone(lower)
		p2, a2 := similar.DoubleMetaphone(upper)
		if p1 != p2 || a1 != a2 {
			t.Fatalf("%q: %s %s, in capitals %s %s", lower, p1, a1, p2, a2)
		}
		if c1, c2 := similar.Cologne(lower), similar.Cologne(upper); c1 != c2 {
			t.Fatalf("%q: %s, in capitals %s", lower, c1, c2)
		}
	}
}

func FuzzPhonetics(f *testing.F) {
	for _, s := range []string{"", "schmidt", "Müller-Lüdenscheidt", "WITZ", "van der berg", "\xff\xfe", "王小明", "ccc", "ghgh", "j", "İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkCologne(t, s)
		code := similar.Cologne(s)
		if strings.Contains(code.String()[min(1, len(code.String())):], "0") || strings.Contains(code.String(), "9") {
			t.Fatalf("a zero begins a code or is none: %s", code)
		}
		primary, alternate := similar.DoubleMetaphone(s)
		for _, c := range []similar.MetaphoneCode{primary, alternate} {
			if strings.Trim(c.String(), "0AFHJKLMNPRSTX") != "" {
				t.Fatalf("a code has other letters: %s", c)
			}
			if c.Head(15) != c {
				t.Fatalf("more than 15 sounds: %s", c)
			}
		}
		if text := similar.Soundex(s).String(); text != "" && len(text) != 4 {
			t.Fatalf("a soundex code has four characters: %q", text)
		}
	})
}
