package norm

import (
	"strings"
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

// Umlauts are joined letter by letter, wherever the first one stands.
func TestUmlautsAreJoinedByTheirDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringMatching("[aeouylqb ]{0,12}").Draw(t, "words")
		want := []byte(nil)
		for i := range len(words) {
			if c := words[i]; i > 0 && (c == 'e' || c == 'a') && umlaut(want, c, []byte(words[i+1:])) {
				continue
			}
			want = append(want, words[i])
		}
		if got := string(joinUmlauts([]byte(words))); got != string(want) {
			t.Errorf("%q is joined to %q, by definition to %q", words, got, want)
		}
	})
}

// The letters of words are the words without spaces, whatever the text is.
func FuzzLetters(f *testing.F) {
	for _, s := range []string{"mueller luedenscheidt", "joe xue", "michael  a", " aa", "aae e", "l oel", "müller", "j smith 3", "que ", "caesar aal"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want := strings.ReplaceAll(string(AppendWords(nil, s)), " ", "")
		if got := string(AppendLetters([]byte("a "), []byte(s))); got != "a "+want {
			t.Errorf("the letters of %q are %q, want %q behind a", s, got, want)
		}
	})
}

func TestLettersAreThoseOfWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching("[aeouylqb ]{0,12}").Draw(t, "words")
		if got, want := string(AppendLetters(nil, []byte(s))), strings.ReplaceAll(string(AppendWords(nil, s)), " ", ""); got != want {
			t.Errorf("the letters of %q are %q, want %q", s, got, want)
		}
	})
}

// Fillers end in one digit many times, or rise from the first digit to the last.
func TestFillersAreTheirDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.StringMatching("[0-9]{0,3}(0{5,9}|9{5,9})"), rapid.StringMatching("(123|789|901|890|012|345|456){0,4}[0-9]?"), rapid.StringMatching("[0-9]{0,9}")).Draw(t, "digits")
		rising := s != ""
		for i := 1; i < len(s); i++ {
			rising = rising && s[i]-'0' == (s[i-1]-'0'+1)%10
		}
		end := len(s) - len(strings.TrimRight(s, s[max(0, len(s)-1):]))
		if want := rising || end >= min(fillerRun, len(s)); filler([]byte(s)) != want {
			t.Errorf("%q is a filler: %v, by definition %v", s, !want, want)
		}
	})
}
