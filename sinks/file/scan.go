package file

import (
	"encoding/binary"
	"unicode/utf8"
	"unsafe"
)

// marks say what kinds of bytes a text holds.
type marks uint8

const (
	markWide    marks = 1 << iota // bytes outside ASCII
	markSpecial                   // bytes that cannot be written as they are
)

// One bit, or the highest bit, of each of the eight bytes of a word.
const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
	wordSize = 8 // bytes
)

// scanner looks for special bytes, eight at a time: for some of fixed value,
// and for all below a limit. It is immutable.
type scanner struct {
	needles [4]uint64 // each a special byte of ASCII, eight times
	less    uint64    // the limit, eight times; 0: none
	table   [256]marks
}

// newScanner makes a scanner for the four bytes of ASCII, for the bytes below
// less, a byte of ASCII too, and for wide, if it is not 0.
func newScanner(special [4]byte, less, wide byte) *scanner {
	s := &scanner{less: uint64(less) * lowBits}
	for i := range s.table {
		if i < int(less) {
			s.table[i] |= markSpecial
		}
		if i >= utf8.RuneSelf {
			s.table[i] |= markWide
		}
	}
	for i, b := range special {
		s.needles[i] = uint64(b) * lowBits
		s.table[b] |= markSpecial
	}
	if wide > 0 {
		s.table[wide] |= markSpecial
	}
	return s
}

// scan returns what kinds of bytes a text holds.
func (s *scanner) scan(text []byte) marks {
	m := marks(0)
	a, b, c, d, less := s.needles[0], s.needles[1], s.needles[2], s.needles[3], s.less
	found := uint64(0)
	for len(text) >= wordSize {
		x := binary.LittleEndian.Uint64(text)
		if x&highBits != 0 {
			for _, b := range text[:wordSize] {
				m |= s.table[b]
			}
			if m == markWide|markSpecial {
				return m
			}
		} else {
			// No byte has its highest bit. A subtraction sets it in bytes that
			// are below what is taken off, so in those that equal a needle; it
			// may borrow from the byte above only where it found one.
			found |= (x - less) | ((x ^ a) - lowBits) | ((x ^ b) - lowBits) | ((x ^ c) - lowBits) | ((x ^ d) - lowBits)
		}
		text = text[wordSize:]
	}
	for _, b := range text {
		m |= s.table[b]
	}
	if found&highBits != 0 {
		m |= markSpecial
	}
	return m
}

// bytesOf looks at a string as bytes, which are not to be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
