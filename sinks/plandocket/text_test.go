package plandocket

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// TestTextsAreSentAsJSON compares the short way of writing a text with the long one, behind
// something else.
func TestTextsAreSentAsJSON(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching("[ -~]*"), rapid.SampledFrom([]string{"", "Anna", `A & B <"C">`, "a\\b", "\x7f", "\u2028", "\xff"}))
	rapid.Check(t, func(t *rapid.T) {
		s := texts.Draw(t, "text")
		want, err := marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := appendText([]byte("x"), s)
		if err != nil || string(got) != "x"+string(want) || !json.Valid(got[1:]) {
			t.Fatalf("got %s, %v, want x%s", got, err, want)
		}
	})
}
