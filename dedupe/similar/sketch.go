package similar

import (
	"math"
	"math/bits"
)

// Sketch is what a Text knows of its value beside the characters: how many they
// are, which, and the first few. It tells of most pairs of values that they are
// not alike, and holds no pointer, so that many fit where comparing them is
// fast. The zero Sketch is that of the empty text.
type Sketch struct {
	bag   uint64
	start uint32 // the first prefixMax bytes, the first one lowest; 0 when a character has several bytes
	chars uint32
}

// NewSketch makes the sketch of a value, in time proportional to its length.
func NewSketch(s string) Sketch {
	chars, bag := measure(s)
	k := Sketch{bag: bag, chars: uint32(min(uint64(chars), math.MaxUint32))}
	switch {
	case chars != len(s):
	case len(s) >= prefixMax:
		k.start = uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
	default:
		for i := range len(s) {
			k.start |= uint32(s[i]) << (8 * i)
		}
	}
	return k
}

// Text returns what NewText(s) does, without looking at s, of which k is the
// sketch.
func (k Sketch) Text(s string) Text { return Text{s, k} }

// Chars returns the number of characters: of runes, where a byte that is no
// valid UTF-8 counts as one.
func (k Sketch) Chars() int { return int(k.chars) }

// Bag returns the letter bag of the value; see the function Bag.
func (k Sketch) Bag() uint64 { return k.bag }

// MayBeWithin reports whether the Levenshtein or OSA distance of two values may
// be as low as n. Where it is false, the distance is higher.
func (k Sketch) MayBeWithin(o Sketch, n int) bool {
	return max(int(k.chars)-int(o.chars), int(o.chars)-int(k.chars), BagDistance(k.bag, o.bag)) <= n
}

// MayStartAlike reports whether the first n bytes of two values may be equal,
// for n up to 4. Where it is false, they are not.
func (k Sketch) MayStartAlike(o Sketch, n int) bool {
	return k.start == 0 || o.start == 0 || bits.TrailingZeros32(k.start^o.start) >= 8*n
}

// Before reports whether a value comes before another in the order of their
// bytes, where their sketches tell.
func (k Sketch) Before(o Sketch) (before, known bool) {
	x, y := bits.ReverseBytes32(k.start), bits.ReverseBytes32(o.start)
	return x < y, x != y && x != 0 && y != 0
}

// MayReach reports whether the similarity of Jaro and Winkler of two values may
// be as high as bound. Where it is false, it is lower. It is symmetric.
func (k Sketch) MayReach(o Sketch, bound float64) bool {
	la, lb := int(k.chars), int(o.chars)
	if la == 0 || lb == 0 || la > wordChars || lb > wordChars {
		return true
	}
	common := min(la-bits.OnesCount64(k.bag&^o.bag), lb-bits.OnesCount64(o.bag&^k.bag))
	if common <= 0 {
		return bound <= 0
	}
	// What follows is boosted(jaroOf(common, 0, la, lb), start) >= bound, solved
	// for common and without a division: this is where nearly all pairs end.
	have, need := float64(common*(la+lb)), float64(la*lb)
	if bound <= boostAbove {
		return have >= need*(3*bound-1-roundingMax)
	}
	boost := boostBy * float64(k.commonStart(o))
	return have*(1-boost) >= need*(3*(bound-boost)-(1-boost)-roundingMax) && have >= need*(3*boostAbove-1-roundingMax)
}

// commonStart returns the number of characters that begin both values, up to
// prefixMax, and prefixMax where it is not known.
func (k Sketch) commonStart(o Sketch) int {
	if k.start == 0 || o.start == 0 {
		return prefixMax
	}
	return min(bits.TrailingZeros32(k.start^o.start)/8, prefixMax, int(k.chars), int(o.chars))
}
