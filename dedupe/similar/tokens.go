package similar

import (
	"cmp"
	"slices"
)

// TokensMax is the number of words of a value that are aligned at most, the
// first ones. The others count as words without a partner.
const TokensMax = 32

// Token is one word of a company's name or of an address with what it weighs.
// The weight is the caller's: mostly the inverse document frequency, so that
// "Hotel" says less than "Adlon". A weight that is negative, infinite or NaN
// counts as 0.
type Token struct {
	Text   Text
	Weight float64
}

// Overlap is what two sets of words share, in the weights of their tokens.
type Overlap struct {
	SharedA, SharedB float64 // the weight of the words with a partner, each times its similarity
	TotalA, TotalB   float64 // of all words
}

// Dice returns the shared part of both: from 0, no word has a partner, to 1,
// equal sets. It is 0 when all weights are 0.
func (o Overlap) Dice() float64 {
	return part(o.SharedA+o.SharedB, o.TotalA+o.TotalB)
}

// Contained returns the shared part of the set that shares more of itself: 1
// when each word of one is in the other ("Adlon" in "Hotel Adlon Kempinski").
// It says how much of the smaller name is found, so the caller looks at Dice
// or at the totals, too: a set of one frequent word is soon contained.
func (o Overlap) Contained() float64 {
	return max(part(o.SharedA, o.TotalA), part(o.SharedB, o.TotalB))
}

func part(shared, total float64) float64 {
	if total <= 0 {
		return 0
	}
	return min(shared/total, 1)
}

// Tokens compares sets of words. The zero Tokens is ready; it must not be used
// by two goroutines at once.
type Tokens struct {
	pattern Pattern
	ties    []tie
	weights []float64
}

// tie is two words that may be partners.
type tie struct {
	i, j   int
	score  float64
	weight float64
}

// Overlap aligns the words of a and b one to one, the most similar first, and
// adds up what they share: equal words wholly, words of a Jaro-Winkler
// similarity of at least bound by their similarity, others not at all. With a
// bound above 1, only equal words count. Neither the order of up to TokensMax
// words nor that of the two sets changes a bit of the result, as long as equal
// words weigh the same; a word that stands twice needs two partners.
//
// Sources: W. W. Cohen, P. Ravikumar, S. E. Fienberg, "A Comparison of String
// Distance Metrics for Name-Matching Tasks", IIWeb (2003) 73-78 (SoftTFIDF);
// A. E. Monge, C. P. Elkan, "The Field Matching Problem: Algorithms and
// Applications", KDD (1996) 267-270. Unlike theirs, it aligns one to one and is
// symmetric.
func (s *Tokens) Overlap(a, b []Token, bound float64) Overlap {
	o := Overlap{TotalA: s.total(a), TotalB: s.total(b)}
	a, b = a[:min(len(a), TokensMax)], b[:min(len(b), TokensMax)]
	s.ties = s.ties[:0]
	for i := range a {
		s.pattern.Set(a[i].Text)
		for j := range b {
			score, ok := 1.0, a[i].Text.s == b[j].Text.s
			if !ok && bound <= 1 {
				score, ok = s.pattern.JaroWinklerAtLeast(b[j].Text, bound)
			}
			if ok {
				s.ties = append(s.ties, tie{i, j, score, a[i].weight() + b[j].weight()})
			}
		}
	}
	slices.SortFunc(s.ties, func(x, y tie) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(y.weight, x.weight), compareWords(a, b, x, y))
	})
	var usedA, usedB [TokensMax]bool
	for _, t := range s.ties {
		if !usedA[t.i] && !usedB[t.j] {
			usedA[t.i], usedB[t.j] = true, true
			o.SharedA += t.score * a[t.i].weight()
			o.SharedB += t.score * b[t.j].weight()
		}
	}
	return o
}

// compareWords orders ties by their words, the same for a and b exchanged.
func compareWords(a, b []Token, x, y tie) int {
	x1, x2 := a[x.i].Text.s, b[x.j].Text.s
	y1, y2 := a[y.i].Text.s, b[y.j].Text.s
	return cmp.Or(cmp.Compare(min(x1, x2), min(y1, y2)), cmp.Compare(max(x1, x2), max(y1, y2)))
}

func (t Token) weight() float64 {
	if t.Weight > 0 && t.Weight-t.Weight == 0 {
		return t.Weight
	}
	return 0
}

// total adds up the weights, the least first, so that their order does not
// show in the rounding.
func (s *Tokens) total(tokens []Token) float64 {
	s.weights = s.weights[:0]
	for i := range tokens {
		s.weights = append(s.weights, tokens[i].weight())
	}
	slices.Sort(s.weights)
	sum := 0.0
	for _, w := range s.weights {
		sum += w
	}
	return sum
}
