package similar

import "strings"

// CologneCode is a code of the Cologne phonetics of up to 15 digits: four bits
// each, below a leading 1. It is 0 for a text that makes no sound.
type CologneCode uint64

// Cologne returns the code of the Cologne phonetics (Kölner Phonetik), made for
// German names: Meier, Maier and Mayr are 67. It reads the letters A to Z, Ä, Ö,
// Ü and ß in either case; any other character ends a word. A silent H makes no
// digit, so equal digits beside it are one, as Postel's rules have it. The first
// 15 digits count: more than any name of one word has.
//
// Source: H. J. Postel, "Die Kölner Phonetik. Ein Verfahren zur Identifizierung
// von Personennamen auf der Grundlage der Gestaltanalyse",
// IBM-Nachrichten 19 (1969) 925-931.
func Cologne(s string) CologneCode {
	var c cologne
	before, this := byte(0), byte(0)
	for _, r := range s {
		next := germanLetter(r)
		c.letter(before, this, next)
		before, this = this, next
		if c.full() {
			break
		}
	}
	c.letter(before, this, 0)
	return CologneCode(c.bits)
}

// Head returns the first n digits of the code, for a coarser blocking key.
func (c CologneCode) Head(n int) CologneCode { return CologneCode(head(uint64(c), n)) }

// String returns the digits, "" for 0.
func (c CologneCode) String() string { return spell(uint64(c), "0123456789") }

// germanLetter returns a letter as one of A to Z, and 0 for what is none.
func germanLetter(r rune) byte {
	switch {
	case r >= 'a' && r <= 'z':
		return byte(r) - 'a' + 'A'
	case r >= 'A' && r <= 'Z':
		return byte(r)
	}
	switch r {
	case 'ä', 'Ä', 'ö', 'Ö', 'ü', 'Ü':
		return 'A' // as any vowel
	case 'ß', 'ẞ':
		return 'S'
	}
	return 0
}

// cologne builds a code.
type cologne struct {
	coder
	last int // the digit before, zeros with the others; -1 at the start of a word
}

// letter adds what a letter between two others sounds like. 0 is no letter.
func (c *cologne) letter(before, this, next byte) {
	if before == 0 {
		c.last = -1
	}
	switch this {
	case 'A', 'E', 'I', 'J', 'O', 'U', 'Y':
		c.digit(0)
	case 'B':
		c.digit(1)
	case 'P':
		if next == 'H' {
			c.digit(3)
		} else {
			c.digit(1)
		}
	case 'D', 'T':
		if oneOf(next, "CSZ") {
			c.digit(8)
		} else {
			c.digit(2)
		}
	case 'F', 'V', 'W':
		c.digit(3)
	case 'G', 'K', 'Q':
		c.digit(4)
	case 'C':
		if hardC(before, next) {
			c.digit(4)
		} else {
			c.digit(8)
		}
	case 'X':
		if !oneOf(before, "CKQ") {
			c.digit(4)
		}
		c.digit(8)
	case 'L':
		c.digit(5)
	case 'M', 'N':
		c.digit(6)
	case 'R':
		c.digit(7)
	case 'S', 'Z':
		c.digit(8)
	}
}

// hardC reports whether a C between two letters sounds like K.
func hardC(before, next byte) bool {
	if before == 0 {
		return oneOf(next, "AHKLOQRUX")
	}
	return oneOf(next, "AHKOQUX") && !oneOf(before, "SZ")
}

// digit adds a digit that is not that of the letter before; of the zeros, only
// one that begins the code.
func (c *cologne) digit(d int) {
	if d != c.last && (d != 0 || c.count == 0) {
		c.add(uint64(d))
	}
	c.last = d
}

func oneOf(letter byte, letters string) bool {
	return letter != 0 && strings.IndexByte(letters, letter) >= 0
}
