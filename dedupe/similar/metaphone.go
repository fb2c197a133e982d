package similar

import (
	"strings"
	"unicode/utf8"
)

// MetaphoneCode is a code of the double metaphone of up to 15 sounds: four bits
// each, below a leading 1. It is 0 for a text that makes no sound.
type MetaphoneCode uint64

// metaphoneBytesMax is the length of text that is listened to.
const metaphoneBytesMax = 128

// DoubleMetaphone returns how s is likely to sound, and how else it may be
// said, by the rules for English names of many origins: Smith is SM0 and XMT,
// Schmidt is XMT and SMT. Where there is one way alone, both codes are equal.
// Two names sound alike when one code of the one is one of the other.
//
// It reads the letters A to Z in either case, Ç and Ñ; other characters make no
// sound, but separate. The original stops after four sounds, Head(4); here the
// first 15 count, and the first 128 bytes are read.
//
// Source: L. Philips, "The Double Metaphone Search Algorithm", C/C++ Users
// Journal 18 (2000), June.
func DoubleMetaphone(s string) (primary, alternate MetaphoneCode) {
	var m metaphone
	m.read(strings.TrimSpace(s[:min(len(s), metaphoneBytesMax)]))
	i := 0
	switch {
	case m.any(0, "GN", "KN", "PN", "WR", "PS"):
		i = 1 // the first letter is silent
	case m.at(0) == 'X':
		m.add("S", "S") // Xavier
		i = 1
	}
	for i < m.n && !(m.primary.full() && m.alternate.full()) {
		i += m.letter(i)
	}
	return MetaphoneCode(m.primary.bits), MetaphoneCode(m.alternate.bits)
}

// Head returns the first n sounds of the code; 4 gives the code of the original.
func (c MetaphoneCode) Head(n int) MetaphoneCode { return MetaphoneCode(head(uint64(c), n)) }

// String returns the sounds in the letters of the source, where X is sh and 0
// is th; "" for 0.
func (c MetaphoneCode) String() string { return spell(uint64(c), metaphoneLetters) }

// metaphoneLetters are the symbols of a code, in the order of their numbers.
const metaphoneLetters = "0AFHJKLMNPRSTX"

// The letters beyond ASCII that sound, as bytes of ISO 8859-1, and what stands
// for characters that do not.
const (
	cCedilla = 0xC7
	nTilde   = 0xD1
	silent   = 1
)

// metaphone is a text that is listened to, and what was heard.
type metaphone struct {
	text               [metaphoneBytesMax]byte // upper case
	n                  int
	slavic             bool // Slavic or Germanic
	primary, alternate coder
}

// read takes the text.
func (m *metaphone) read(s string) {
	for _, c := range s {
		b := byte(silent)
		switch {
		case c >= 'a' && c <= 'z':
			b = byte(c) - 'a' + 'A'
		case c < utf8.RuneSelf:
			b = byte(c)
		case c == 'ç' || c == 'Ç':
			b = cCedilla
		case c == 'ñ' || c == 'Ñ':
			b = nTilde
		}
		m.text[m.n] = b
		m.n++
		m.slavic = m.slavic || b == 'W' || b == 'K' || b == 'Z' && m.at(m.n-2) == 'C'
	}
}

// at returns a letter: a blank behind the end and nothing before the start.
func (m *metaphone) at(i int) byte {
	if i < 0 {
		return 0
	}
	if i >= m.n {
		return ' '
	}
	return m.text[i]
}

// is reports whether the letters from i on are those of word.
func (m *metaphone) is(i int, word string) bool {
	for j := range len(word) {
		if m.at(i+j) != word[j] {
			return false
		}
	}
	return true
}

// any reports whether one of the words begins at i.
func (m *metaphone) any(i int, words ...string) bool {
	for _, w := range words {
		if m.is(i, w) {
			return true
		}
	}
	return false
}

// in reports whether the letter at i is one of letters.
func (m *metaphone) in(i int, letters string) bool {
	return strings.IndexByte(letters, m.at(i)) >= 0
}

func (m *metaphone) vowel(i int) bool { return m.in(i, "AEIOUY") }

// germanic reports whether the whole text is certainly German or Dutch.
func (m *metaphone) germanic() bool { return m.any(0, "VAN ", "VON ", "SCH") }

// add appends sounds to the two codes.
func (m *metaphone) add(primary, alternate string) {
	m.primary.spell(primary, metaphoneLetters)
	m.alternate.spell(alternate, metaphoneLetters)
}

// sound appends one sound to both codes and returns 2 when the next letter
// is one of those that melt into it, else 1: how far to go.
func (m *metaphone) sound(s string, i int, melting string) int {
	m.add(s, s)
	if m.in(i+1, melting) {
		return 2
	}
	return 1
}

// letter listens to the letter at i and returns how many letters it heard.
func (m *metaphone) letter(i int) int {
	switch m.at(i) {
	case 'A', 'E', 'I', 'O', 'U', 'Y':
		if i == 0 {
			m.add("A", "A")
		}
		return 1
	case 'B':
		return m.sound("P", i, "B")
	case cCedilla:
		return m.sound("S", i, "")
	case 'C':
		return m.letterC(i)
	case 'D':
		return m.letterD(i)
	case 'F':
		return m.sound("F", i, "F")
	case 'V':
		return m.sound("F", i, "V")
	case 'G':
		return m.letterG(i)
	case 'H':
		if (i == 0 || m.vowel(i-1)) && m.vowel(i+1) {
			m.add("H", "H")
			return 2
		}
		return 1
	case 'J':
		return m.letterJ(i)
	case 'K':
		return m.sound("K", i, "K")
	case 'L':
		return m.letterL(i)
	case 'M':
		if m.is(i-1, "UMB") && (i+2 == m.n || m.is(i+2, "ER")) { // dumb, thumb
			m.add("M", "M")
			return 2
		}
		return m.sound("M", i, "M")
	case 'N':
		return m.sound("N", i, "N")
	case nTilde:
		return m.sound("N", i, "")
	case 'P':
		if m.at(i+1) == 'H' {
			m.add("F", "F")
			return 2
		}
		return m.sound("P", i, "PB") // Campbell, raspberry
	case 'Q':
		return m.sound("K", i, "Q")
	case 'R':
		return m.letterR(i)
	case 'S':
		return m.letterS(i)
	case 'T':
		return m.letterT(i)
	case 'W':
		return m.letterW(i)
	case 'X':
		return m.letterX(i)
	case 'Z':
		return m.letterZ(i)
	}
	return 1
}
