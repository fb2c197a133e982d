package canon

import (
	"strings"
	"testing"
)

// The table folds every two characters as the whole text does.
func TestFoldLatin(t *testing.T) {
	for a := rune(0); a < latinEnd; a++ {
		for b := rune(0); b < latinEnd; b++ {
			s := string([]rune{a, b})
			for _, u := range []umlauts{plainUmlauts, germanUmlauts} {
				if got, want := string(appendFold(nil, s, u)), foldSlowly(s, u); got != want {
					t.Fatalf("%q folds to %q, want %q", s, got, want)
				}
			}
			words := foldWordsSlowly(s)
			if got := FoldWords(s); got != words {
				t.Fatalf("the words of %q are %q, want %q", s, got, words)
			}
			if got, want := formKey(s), strings.ReplaceAll(words, " ", ""); got != want {
				t.Fatalf("the key of %q is %q, want %q", s, got, want)
			}
		}
	}
}
