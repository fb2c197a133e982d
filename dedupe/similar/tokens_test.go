package similar_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/similar"
)

// tokens makes tokens of "word:weight word:weight"; without a weight, 1.
func tokens(s string) []similar.Token {
	var list []similar.Token
	for f := range strings.FieldsSeq(s) {
		word, weight, weighted := strings.Cut(f, ":")
		token := similar.Token{Text: similar.NewText(word), Weight: 1}
		if weighted {
			token.Weight = float64(weight[0] - '0')
		}
		list = append(list, token)
	}
	return list
}

func TestOverlap(t *testing.T) {
	var s similar.Tokens
	for _, c := range []struct {
		name, a, b      string
		bound           float64
		dice, contained float64
	}{
		{"equal, in another order", "hotel:1 adlon:5 berlin:2", "berlin:2 adlon:5 hotel:1", .9, 1, 1},
		{"a part of the name", "adlon:5", "hotel:1 adlon:5 kempinski:4", .9, 10. / 15, 1},
		{"frequent words say little", "hotel:1 adlon:5", "hotel:1 ritz:5", .9, 2. / 12, 1. / 6},
		{"nothing in common", "adlon", "ritz", .9, 0, 0},
		{"a typing error counts by its similarity", "kempinski:4", "kempinsky:4", .9, similar.JaroWinkler("kempinski", "kempinsky"), similar.JaroWinkler("kempinski", "kempinsky")},
		{"and not at all when only equal words count", "kempinski:4", "kempinsky:4", 2, 0, 0},
		{"a word that stands twice needs two partners", "new:1 new:1 york:1", "new:1 york:1", .9, 4. / 5, 1},
		{"the equal word is the partner, not the similar one", "meier:2", "meyer:2 meier:2", .8, 4. / 6, 1},
		{"no words", "", "", .9, 0, 0},
		{"no words on one side", "", "adlon", .9, 0, 0},
		{"no weight", "hotel:0", "hotel:0", .9, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := s.Overlap(tokens(c.a), tokens(c.b), c.bound)
			if math.Abs(o.Dice()-c.dice) > 1e-12 || math.Abs(o.Contained()-c.contained) > 1e-12 {
				t.Errorf("got Dice %v, Contained %v; want %v, %v", o.Dice(), o.Contained(), c.dice, c.contained)
			}
		})
	}
}

func TestOverlapOfStrangeWeights(t *testing.T) {
	var s similar.Tokens
	for _, w := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -3} {
		strange := append(tokens("adlon:5"), similar.Token{Text: similar.NewText("hotel"), Weight: w})
		if got := s.Overlap(strange, tokens("adlon:5"), .9).Dice(); got != 1 {
			t.Errorf("a weight of %v counts as 0: got Dice %v, want 1", w, got)
		}
	}
}

func TestOverlapOfManyWords(t *testing.T) {
	var s similar.Tokens
	many := tokens(strings.Repeat("word ", 100_000))
	o := s.Overlap(many, many, .9)
	if o.TotalA != 100_000 || o.SharedA != similar.TokensMax {
		t.Errorf("of 100000 words, the first %d are aligned: got %v of %v", similar.TokensMax, o.SharedA, o.TotalA)
	}
}

func TestOverlapLaw(t *testing.T) {
	p := newPairs(t)
	var s similar.Tokens
	for range *pairCount / 20 {
		a, b := p.any()
		checkOverlap(t, p, &s, a, b, p.Float64()*1.1)
	}
}

// checkOverlap checks that neither the order of words nor that of the sets
// matters, and that the result is a share.
func checkOverlap(t *testing.T, p pairs, s *similar.Tokens, x, y string, bound float64) {
	t.Helper()
	set := func(text string) (list []similar.Token) {
		for w := range strings.FieldsSeq(text) {
			list = append(list, similar.Token{Text: similar.NewText(w), Weight: 1 + .1*float64(len(w)%7)})
		}
		return list[:min(len(list), similar.TokensMax)]
	}
	a, b := set(x), set(y)
	o := s.Overlap(a, b, bound)
	mirrored := s.Overlap(b, a, bound)
	if want := (similar.Overlap{SharedA: mirrored.SharedB, SharedB: mirrored.SharedA, TotalA: mirrored.TotalB, TotalB: mirrored.TotalA}); o != want {
		t.Fatalf("%q, %q at least %v: %+v, and exchanged %+v", x, y, bound, o, want)
	}
	p.Shuffle(len(a), func(i, j int) { a[i], a[j] = a[j], a[i] })
	if got := s.Overlap(a, b, bound); got != o {
		t.Fatalf("%q, %q at least %v: %+v, and in another order %+v", x, y, bound, o, got)
	}
	if d, c := o.Dice(), o.Contained(); !(d >= 0 && d <= 1 && c >= 0 && c <= 1) || d > c+1e-12 {
		t.Fatalf("%q, %q at least %v: Dice %v, Contained %v", x, y, bound, d, c)
	}
	if own := s.Overlap(a, slices.Clone(a), bound).Dice(); len(a) > 0 && math.Abs(own-1) > 1e-12 {
		t.Fatalf("%q with itself at least %v: Dice %v", x, bound, own)
	}
}

func FuzzOverlap(f *testing.F) {
	f.Add("hotel adlon", "adlon hotel berlin", .9)
	f.Add("a a ab b", "b a ba ab", .1)
	f.Add("王 小明", "小 朋 王", .0)
	p := newPairs(f)
	var s similar.Tokens
	f.Fuzz(func(t *testing.T, a, b string, bound float64) {
		if len(a) < 1000 && len(b) < 1000 {
			checkOverlap(t, p, &s, a, b, bound)
		}
	})
}
