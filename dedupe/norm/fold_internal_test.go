package norm

import (
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// TestFoldIsItsDefinition: the quick ways give what foldSlowly gives.
func TestFoldIsItsDefinition(t *testing.T) {
	text := rapid.StringOf(rapid.OneOf(
		rapid.RuneFrom([]rune("αβγμπουεηάύϋΰώςΜΠΓΧΞΟΥ ")),
		rapid.RuneFrom([]rune("aeiouAZ09 -.'&\x00")),
		rapid.RuneFrom([]rune("\u0301\u0308\u0345\u0327\u3099\u11a8\u200d")),
		rapid.RuneFrom(nil, unicode.Greek, unicode.Cyrillic, unicode.Latin, unicode.Arabic, unicode.Hebrew, unicode.Armenian),
		rapid.RuneFrom(nil, unicode.Hangul, unicode.Han, unicode.Hiragana, unicode.Katakana),
	))
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		if got, want := string(AppendFold(nil, s)), string(foldSlowly(nil, s)); got != want {
			t.Errorf("%q folds to %q, by definition to %q", s, got, want)
		}
	})
}
