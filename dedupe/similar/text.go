package similar

import (
	"math/bits"
	"unicode/utf8"
)

// CharsMax is the number of characters of a value that are compared at most.
// A name, a company or a line of an address is below it.
const CharsMax = 1024

// wordChars is the number of characters that are compared at once, one to a
// bit of a machine word.
const wordChars = 64

// Text is a value made ready for comparison. Make it once for each distinct
// value. The zero Text is the empty text. A Text is immutable and safe for use
// by many goroutines.
type Text struct {
	s string
	Sketch
}

// NewText makes a value ready. It shares the memory of s and takes time
// proportional to its length.
func NewText(s string) Text { return Text{s, NewSketch(s)} }

// String returns the value.
func (t Text) String() string { return t.s }

// narrow reports whether each byte is a character, so that comparing bytes is
// comparing characters.
func (t Text) narrow() bool { return int(t.chars) == len(t.s) }

// Bag returns a signature of which characters s has, wherever they stand. Each
// letter from a to z has two bits (one such letter; two or more), in either
// case; each digit has one; all others share the bits by a hash. Texts of the
// same characters have the same bag, and BagDistance bounds how much two texts
// can have in common.
//
// The layout may change from version to version: do not store a bag.
func Bag(s string) uint64 {
	_, bag := measure(s)
	return bag
}

// BagDistance returns, for the bags of two texts, a number of characters that
// one of them certainly has and the other has not, for the direction in which
// it is larger. No Levenshtein and no OSA distance of the texts is smaller.
func BagDistance(a, b uint64) int {
	return max(bits.OnesCount64(a&^b), bits.OnesCount64(b&^a))
}

// The layout of a bag. Any assignment of characters to bits gives a true
// bound, because a bit that one text has and the other has not stands for a
// character without a partner, and different bits for different ones. This
// layout spreads folded names best.
const (
	bagDigits = 52 // first bit of the digits; the letters are below, two bits each
	bagOthers = 62 // first bit of the rest of ASCII
)

// bagBits is the bit of each ASCII character in a bag, of a letter the first one.
var bagBits = func() (bits [utf8.RuneSelf]uint64) {
	for c := range byte(utf8.RuneSelf) {
		switch small := c | 0x20; {
		case small >= 'a' && small <= 'z':
			bits[c] = 1 << (2 * (small - 'a'))
		case c >= '0' && c <= '9':
			bits[c] = 1 << (bagDigits + c - '0')
		default:
			bits[c] = 1 << (bagOthers + c&1)
		}
	}
	return bits
}()

// bagLetters are the first bits of the letters.
const bagLetters = (1<<bagDigits - 1) / 3

// measure counts the characters of s and makes its bag.
func measure(s string) (chars int, bag uint64) {
	var once, again uint64
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return measureWide(s, i, once, again)
		}
		again |= once & bagBits[c]
		once |= bagBits[c]
	}
	return len(s), bagOf(once, again)
}

// bagOf returns the bag of a text by the bits of its characters, and those of
// characters that it has again.
func bagOf(once, again uint64) uint64 { return once | again&bagLetters<<1 }

// measureWide goes on where the first character that is not ASCII begins. The
// bits of such characters are kept apart, because they say nothing of letters.
func measureWide(s string, i int, once, again uint64) (chars int, bag uint64) {
	chars = i
	wide := uint64(0)
	for i < len(s) {
		c, size := charAt(s, i)
		if c < utf8.RuneSelf {
			again |= once & bagBits[c]
			once |= bagBits[c]
		} else {
			wide |= 1 << (uint32(c) * 0x9e3779b1 >> 26)
		}
		chars++
		i += size
	}
	return chars, bagOf(once, again) | wide
}

// invalidFrom is added to a byte that is no valid UTF-8, to make it a
// character that equals nothing but itself.
const invalidFrom = utf8.MaxRune + 1

// charAt returns the character that begins at s[i], and its bytes.
func charAt(s string, i int) (c rune, size int) {
	c, size = utf8.DecodeRuneInString(s[i:])
	if c == utf8.RuneError && size == 1 {
		c = invalidFrom + rune(s[i])
	}
	return c, size
}

// charsOf appends at most the first n characters of t to buf.
func charsOf(buf []rune, t Text, n int) []rune {
	for i := 0; i < len(t.s) && len(buf) < n; {
		c, size := charAt(t.s, i)
		buf = append(buf, c)
		i += size
	}
	return buf
}
