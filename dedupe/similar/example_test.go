package similar_test

import (
	"fmt"

	"github.com/reconkit/reconkit/dedupe/similar"
)

func ExamplePattern() {
	var p similar.Pattern
	p.Set(similar.NewText("bergmann"))
	for _, name := range []string{"bergman", "bregmann", "lehmann"} {
		t := similar.NewText(name)
		score, alike := p.JaroWinklerAtLeast(t, 0.9)
		fmt.Printf("%s: %.2f %v, %d edits, %v within one swap\n", name, score, alike, p.Levenshtein(t), p.OSAWithin(t, 1))
	}
	// Output:
	// bergman: 0.97 true, 1 edits, true within one swap
	// bregmann: 0.96 true, 2 edits, true within one swap
	// lehmann: 0.00 false, 3 edits, false within one swap
}

func ExampleTokens() {
	name := func(words ...string) (list []similar.Token) {
		weights := map[string]float64{"hotel": 1, "berlin": 2, "kempinski": 5, "kempinsky": 5}
		for _, w := range words {
			list = append(list, similar.Token{Text: similar.NewText(w), Weight: weights[w]})
		}
		return list
	}
	var s similar.Tokens
	o := s.Overlap(name("hotel", "kempinski"), name("kempinsky", "berlin"), 0.9)
	fmt.Printf("in common %.2f, of the one that shares more %.2f\n", o.Dice(), o.Contained())
	// Output: in common 0.74, of the one that shares more 0.80
}

func ExampleDoubleMetaphone() {
	for _, name := range []string{"Smith", "Schmidt"} {
		primary, alternate := similar.DoubleMetaphone(name)
		fmt.Println(name, primary, alternate)
	}
	fmt.Println(similar.Cologne("Meier"), similar.Cologne("Mayr"))
	// Output:
	// Smith SM0 XMT
	// Schmidt XMT SMT
	// 67 67
}
