package canon

import (
	"encoding/binary"
	"unicode/utf8"
)

// ValidUTF8 is utf8.Valid, and faster for text in which single letters of two
// bytes, such as umlauts, stand among ASCII: it looks at eight bytes at a time.
func ValidUTF8(text []byte) bool {
	const (
		ones = 0x0101010101010101
		high = 0x80 * ones
	)
	begun := uint64(0) // the highest bit of byte 0: a letter began with the byte before
	b := text
	for len(b) >= 8 {
		x := binary.LittleEndian.Uint64(b)
		wide := x & high
		if wide|begun == 0 {
			b = b[8:]
			continue
		}
		// A byte of two bits and a zero begins a letter of two bytes, one with a
		// single bit and a zero goes on with a letter. The first is not 0xC0 or
		// 0xC1, for what ASCII can say.
		two, goesOn := wide&(x<<1)&^(x<<2), wide&^(x<<1)
		if two|goesOn == wide && goesOn == two<<8|begun && two&^(x&(0x1e*ones)+0x7e*ones) == 0 {
			begun = two >> 56
			b = b[8:]
			continue
		}
		// Other letters, or none: one by one until the end of the eight bytes.
		end := len(b) - 8
		if begun != 0 {
			b = text[len(text)-len(b)-1:]
		}
		for len(b) > end {
			r, size := utf8.DecodeRune(b)
			if r == utf8.RuneError && size < 2 {
				return false
			}
			b = b[size:]
		}
		begun = 0
	}
	if begun != 0 {
		b = text[len(text)-len(b)-1:]
	}
	return utf8.Valid(b)
}
