package funcs

import (
	"strings"
	"testing"
)

// Each byte at each place of texts of each length that is looked at in another way.
func TestIsLowerSeesEveryByte(t *testing.T) {
	if isLower("") {
		t.Error("the empty text is null")
	}
	for n := 1; n < 26; n++ {
		for at := range n {
			for c := range 256 {
				text := []byte(strings.Repeat("z@[", 9)[:n])
				text[at] = byte(c)
				want := c < 'A' || c > 'Z' && c < 0x80
				if got := isLower(string(text)); got != want {
					t.Fatalf("%q: got %v", text, got)
				}
			}
		}
	}
}
