package similar_test

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/similar"
	"github.com/xrash/smetrics"
)

func TestDistancesPublished(t *testing.T) {
	for _, c := range []struct {
		a, b             string
		levenshtein, osa int
	}{
		{"kitten", "sitting", 3, 3}, {"saturday", "sunday", 3, 3}, {"survey", "surgery", 2, 2}, // Wagner and Fischer's and Hyyrö's examples
		{"ca", "abc", 3, 3}, {"a cat", "an abct", 4, 4}, // the unrestricted distances of Damerau are 2 and 3
		{"ab", "ba", 2, 1}, {"martha", "marhta", 2, 1},
		{"", "", 0, 0}, {"", "abc", 3, 3}, {"abc", "", 3, 3},
		{"明", "朋", 1, 1}, {"小明", "明小", 2, 1}, {"müller", "muller", 1, 1},
	} {
		if got := similar.Levenshtein(c.a, c.b); got != c.levenshtein {
			t.Errorf("Levenshtein(%q, %q): got %d, want %d", c.a, c.b, got, c.levenshtein)
		}
		if got := similar.OSA(c.a, c.b); got != c.osa {
			t.Errorf("OSA(%q, %q): got %d, want %d", c.a, c.b, got, c.osa)
		}
	}
}

func TestLevenshteinLaw(t *testing.T) {
	p := newPairs(t)
	var pattern similar.Pattern
	for range *pairCount / 3 {
		a, b := p.ascii()
		pattern.Set(similar.NewText(a))
		want := smetrics.WagnerFischer(a, b, 1, 1, 1)
		checkDistance(t, &pattern, b, want, editDistance(a, b, true), p.IntN(want+3)-1)
	}
}

func TestDistancesOfCharactersLaw(t *testing.T) {
	p := newPairs(t)
	var pattern similar.Pattern
	for range *pairCount / 10 {
		a, b := p.any()
		pattern.Set(similar.NewText(a))
		want := editDistance(a, b, false)
		checkDistance(t, &pattern, b, want, editDistance(a, b, true), p.IntN(want+3)-1)
	}
}

// checkDistance checks all forms of both distances.
func checkDistance(t *testing.T, pattern *similar.Pattern, b string, levenshtein, osa, k int) {
	t.Helper()
	other, a := similar.NewText(b), pattern.Text()
	if got := pattern.Levenshtein(other); got != levenshtein {
		t.Fatalf("Levenshtein(%q, %q): got %d, want %d", a, b, got, levenshtein)
	}
	if got := pattern.OSA(other); got != osa {
		t.Fatalf("OSA(%q, %q): got %d, want %d", a, b, got, osa)
	}
	if got, want := pattern.LevenshteinWithin(other, k), levenshtein <= k; got != want {
		t.Fatalf("LevenshteinWithin(%q, %q, %d): got %v, the distance is %d", a, b, k, got, levenshtein)
	}
	if got, want := pattern.OSAWithin(other, k), osa <= k; got != want {
		t.Fatalf("OSAWithin(%q, %q, %d): got %v, the distance is %d", a, b, k, got, osa)
	}
	if got := similar.BagDistance(a.Bag(), other.Bag()); got > osa {
		t.Fatalf("BagDistance(%q, %q) is %d, above the distance %d", a, b, got, osa)
	}
}

func TestDistancesOfLongTexts(t *testing.T) {
	p := newPairs(t)
	var pattern similar.Pattern
	for range 60 {
		a := strings.Repeat(p.name()+" ", 1+p.IntN(40))
		b := a
		for range p.IntN(4) {
			at := p.IntN(len(b) + 1)
			b = b[:at] + p.near(b[at:])
		}
		if p.IntN(5) == 0 {
			a += strings.Repeat("王小明", 30)
		}
		a, b = a[:min(len(a), 900)], b[:min(len(b), 900)]
		pattern.Set(similar.NewText(a))
		want := editDistance(a, b, false)
		checkDistance(t, &pattern, b, want, editDistance(a, b, true), p.IntN(want+5)-2)
	}
}

func TestDistancesOfMegabytes(t *testing.T) {
	const n = 1 << 20
	a := strings.Repeat("a", n)
	for _, c := range []struct {
		name, b string
		want    int
	}{
		{"equal", a, 0},
		{"one character more", a + "b", 1},
		{"two changed in the middle", a[:n/2] + "xy" + a[n/2+2:], 2},
		{"nothing in common", strings.Repeat("b", n-1), n},
		{"empty", "", n},
	} {
		if got := similar.Levenshtein(a, c.b); got != c.want {
			t.Errorf("%s: Levenshtein is %d, want %d", c.name, got, c.want)
		}
		if got := similar.OSA(a, c.b); got != c.want {
			t.Errorf("%s: OSA is %d, want %d", c.name, got, c.want)
		}
	}
}

func FuzzDistances(f *testing.F) {
	f.Add("martha", "marhta", 1)
	f.Add("ca", "abc", 2)
	f.Add("王小明", "王小朋", 1)
	f.Add("\xff\xfe", "\xe6\x98", 0)
	f.Add("\xe2\x82", "\xe2\x82\xac", 1)
	f.Add(strings.Repeat("ab", 32), strings.Repeat("ba", 33), -1)
	f.Add("x"+strings.Repeat("ab", 40)+"zz", "y"+strings.Repeat("ba", 50)+"z", 30)
	var pattern similar.Pattern
	f.Fuzz(func(t *testing.T, a, b string, k int) {
		if len(a) > 400 || len(b) > 400 {
			return
		}
		pattern.Set(similar.NewText(a))
		checkDistance(t, &pattern, b, editDistance(a, b, false), editDistance(a, b, true), k)
	})
}
