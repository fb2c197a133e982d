package canon

import (
	"testing"

	"pgregory.net/rapid"
)

// Squished looks at eight bytes at a time; it must say what writing the text
// anew would show.
func TestSquishedIsWhatSquishLeaves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("aaaaaaaab  \t\n\x00\x1f\x7f!üß\u0085\u00a0\u1680\u200b\u3000\ufeff")), 0, 40, -1).Draw(t, "text")
		if rapid.IntRange(0, 9).Draw(t, "torn") == 0 && text != "" {
			text = text[:len(text)-1] // perhaps within a character
		}
		if got, want := Squished(text), string(AppendSquish(nil, text)) == text; got != want {
			t.Errorf("Squished(%q) = %v, want %v", text, got, want)
		}
	})
}
