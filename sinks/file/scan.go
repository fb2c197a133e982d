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
// for all below a limit, and for all of ASCII from another limit on. It is
// immutable.
type scanner struct {
	first uint64    // a special byte of ASCII, eight times
	rest  [3]uint64 // as first
	more  bool      // rest holds other bytes than first
	flip  uint64    // see special, eight times
	less  uint64    // the limit, eight times; 0: none
	above uint64    // what makes a byte from the other limit on one of 0x80 or more, eight times; 0: none
	wide  uint64    // a special byte, eight times: of those outside ASCII, or one of first
	table [256]marks
}

// special says which bytes a scanner looks for.
type special struct {
	bytes []byte // one to four bytes of ASCII
	flip  byte   // see less; of ASCII
	less  byte   // and all that are below it with the bits of flip turned, a byte of ASCII; 0: none
	from  byte   // and all of ASCII from it on; 0: none
	wide  byte   // and this one outside ASCII; 0: none
}

func newScanner(of special) *scanner {
	s := &scanner{flip: uint64(of.flip) * lowBits, less: uint64(of.less) * lowBits, more: len(of.bytes) > 1}
	for i := range s.table {
		if i >= utf8.RuneSelf {
			s.table[i] |= markWide
		} else if i^int(of.flip) < int(of.less) || of.from > 0 && i >= int(of.from) {
			s.table[i] |= markSpecial
		}
	}
	for _, b := range of.bytes {
		s.table[b] |= markSpecial
	}
	s.first = uint64(of.bytes[0]) * lowBits
	for i := range s.rest {
		s.rest[i] = uint64(of.bytes[min(i+1, len(of.bytes)-1)]) * lowBits
	}
	if of.from > 0 {
		s.above = uint64(utf8.RuneSelf-of.from) * lowBits
	}
	s.wide = s.first
	if of.wide > 0 {
		s.wide = uint64(of.wide) * lowBits
		s.table[of.wide] |= markSpecial
	}
	return s
}

// scan returns what kinds of bytes a text holds.
func (s *scanner) scan(text []byte) marks {
	all := text
	m := marks(0)
	a, flip, less, above := s.first, s.flip, s.less, s.above
	found := uint64(0)
	for len(text) >= 2*wordSize {
		x, y := binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[wordSize:])
		text = text[2*wordSize:]
		if (x|y)&highBits != 0 {
			m |= markWide
			found |= s.exact(x) | s.exact(y)
			continue
		}
		// No byte has its highest bit. A subtraction sets it in bytes that are
		// below what is taken off, so in those that equal a special byte; it may
		// borrow from the byte above only where it found one.
		found |= ((x ^ flip) - less) | (x + above) | ((x ^ a) - lowBits)
		found |= ((y ^ flip) - less) | (y + above) | ((y ^ a) - lowBits)
		if s.more {
			for _, b := range s.rest {
				found |= ((x ^ b) - lowBits) | ((y ^ b) - lowBits)
			}
		}
	}
	switch n := len(all); {
	case n >= wordSize: // the last eight bytes, of which some were looked at
		for ; len(text) > 0; text = text[min(len(text), wordSize):] {
			x := binary.LittleEndian.Uint64(all[min(n-len(text), n-wordSize):])
			if x&highBits != 0 {
				m |= markWide
			}
			found |= s.exact(x)
		}
	default:
		for _, b := range text {
			m |= s.table[b]
		}
	}
	if found&highBits != 0 {
		m |= markSpecial
	}
	return m
}

// exact has the highest bit of some byte set where eight bytes, of which some
// may be outside ASCII, hold a special one.
func (s *scanner) exact(x uint64) uint64 {
	// With its highest bit set, a byte lends nothing to the next one.
	none := ((x ^ s.flip | highBits) - s.less) & ((x ^ s.first | highBits) - lowBits)
	if s.more {
		for _, b := range s.rest {
			none &= (x ^ b | highBits) - lowBits
		}
	}
	wide := x ^ s.wide
	return (^none|(x&^highBits+s.above))&^x | ^(wide&^highBits + ^uint64(highBits) | wide)
}

// bytesOf looks at a string as bytes, which are not to be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
