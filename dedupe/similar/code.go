package similar

import "strings"

// A phonetic code holds up to codeMax symbols, four bits each, the first one
// highest, below a leading 1 that tells how many there are: so a code is 0
// only for a text without letters, short codes are small numbers, and codes
// are equal if and only if their symbols are.
const codeMax = 15

// coder builds a code symbol by symbol.
type coder struct {
	bits  uint64
	count int
}

// add appends a symbol below 16; what comes after codeMax symbols is left out.
func (c *coder) add(symbol uint64) {
	if c.count < codeMax {
		c.bits = max(c.bits, 1)<<4 | symbol
		c.count++
	}
}

// head returns the first n symbols of a code.
func head(code uint64, n int) uint64 {
	if n <= 0 {
		return 0
	}
	for code>>(4*n) > 1 {
		code >>= 4
	}
	return code
}

// spell writes a code in its alphabet.
func spell(code uint64, alphabet string) string {
	var buf [codeMax]byte
	i := len(buf)
	for ; code > 1; code >>= 4 {
		i--
		buf[i] = alphabet[code&15]
	}
	return string(buf[i:])
}

func (c *coder) full() bool { return c.count == codeMax }

// spell appends the symbols of word, which are letters of alphabet.
func (c *coder) spell(word, alphabet string) {
	for i := range len(word) {
		c.add(uint64(strings.IndexByte(alphabet, word[i])))
	}
}
