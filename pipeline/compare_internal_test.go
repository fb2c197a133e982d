package pipeline

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Where bytes tell that a text says something else than another one, none of the labels
// is about the two.
func TestWhatSaysElseHasNoLabel(t *testing.T) {
	drawn := rapid.SampledFrom([]string{"a", "A", "b", "k", "K", "\u212a", "\u0430", "s", "\u017f", "i", "\u0131", "\u0130", "1", "2", " ", "\t", "\r\n", "\n", "\x00", ".", "-", "+", "00", "\u00a0", "\u200b", "\u00ad", "\u200e", "ä", "a\u0308", "\xff"})
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(drawn, 0, 4).Draw(t, "parts"), "")
	})
	other, labelled := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		label := lookLabel(a, b) != "" || strings.EqualFold(a, b) || sameWriting(a, b)
		if saysElse(a, b) {
			if other++; label {
				t.Fatalf("%q and %q are one but for how they are written", a, b)
			}
		}
		if label {
			labelled++
		}
	})
	if other == 0 || labelled == 0 {
		t.Errorf("%d texts say something else, %d have a label: nothing was tried", other, labelled)
	}
	for _, same := range [][2]string{{"+49 89 1", "0049891"}, {"Anna", "ANNA"}, {"a-b", "a b"}} {
		if saysElse(same[0], same[1]) != (textLabel(same[0], same[1]) == "") {
			t.Errorf("%q and %q", same[0], same[1])
		}
	}
	if !saysElse("+49 30 11", "+49 30 12") || !saysElse("Anna", "Anne") || !saysElse("a", "") {
		t.Error("texts of other letters do not say anything else")
	}
}
