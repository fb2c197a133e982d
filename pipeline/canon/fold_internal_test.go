package canon

import "testing"

// The table folds every two characters as the whole text does.
func TestFoldLatin(t *testing.T) {
	for a := rune(0); a < latinEnd; a++ {
		for b := rune(0); b < latinEnd; b++ {
			s := string([]rune{a, b})
			for _, u := range []umlauts{plainUmlauts, germanUmlauts} {
				if got, want := foldRunes(s, u), foldSlowly(s, u); got != want {
					t.Fatalf("%q folds to %q, want %q", s, got, want)
				}
			}
		}
	}
}
