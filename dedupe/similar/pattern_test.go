package similar_test

import (
	"testing"

	"github.com/reconkit/reconkit/dedupe/similar"
)

func TestComparisonsDoNotAllocate(t *testing.T) {
	var p similar.Pattern
	var s similar.Tokens
	ascii, wide := similar.NewText("bergmann"), similar.NewText("бергман")
	words := tokens("hotel:1 adlon:5 berlin:2")
	compare := func() {
		for _, x := range []similar.Text{ascii, wide} {
			for _, y := range []similar.Text{ascii, wide, similar.NewText("bregmann"), similar.NewText("брегман")} {
				p.Set(x)
				p.JaroWinkler(y)
				p.JaroWinklerAtLeast(y, .5)
				p.Levenshtein(y)
				p.OSAWithin(y, 2)
			}
		}
		s.Overlap(words, words, .9)
		similar.JaroWinkler("bergmann", "bregmann")
		similar.Cologne("bergmann")
		similar.DoubleMetaphone("bergmann")
	}
	if n := testing.AllocsPerRun(10, compare); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// TestPatternForgets sets one pattern to texts of all kinds, one after the
// other; each must be compared as if it were the first.
func TestPatternForgets(t *testing.T) {
	p := newPairs(t)
	var used similar.Pattern
	for range 20_000 {
		a, b := p.any()
		x, y := similar.NewText(a), similar.NewText(b)
		var fresh similar.Pattern
		fresh.Set(x)
		used.Set(x)
		if p.IntN(2) == 0 {
			used.JaroWinklerAtLeast(y, .9)
		}
		if got, want := used.OSA(y), fresh.OSA(y); got != want {
			t.Fatalf("%q, %q: OSA %d, by a new pattern %d", a, b, got, want)
		}
		if p.IntN(2) == 0 {
			used.Set(y)
			used.JaroWinklerAtLeast(x, p.Float64())
		}
		used.Set(x)
		if got, want := used.JaroWinkler(y), fresh.JaroWinkler(y); got != want {
			t.Fatalf("%q, %q: Jaro-Winkler %v, by a new pattern %v", a, b, got, want)
		}
	}
}
