package norm

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The block of Greek letters without those of old texts.
const (
	greekStart = 0x370
	greekEnd   = 0x400
)

// greekRunMax is the number of Greek letters and marks that are written without
// normalising the whole text.
const greekRunMax = 64

// greekTable holds the canonical decomposition of the letters of the block, 0
// behind its end. One without an entry is left to foldSlowly.
type greekTable [greekEnd - greekStart][3]rune

var greekParts = sync.OnceValue(func() *greekTable {
	var t greekTable
	for r := rune(greekStart); r < greekEnd; r++ {
		parts := []rune(norm.NFKD.String(string(r)))
		if unicode.Is(unicode.Greek, r) && unicode.IsLetter(parts[0]) && unicode.Is(unicode.Greek, parts[0]) && len(parts) <= len(t[0]) {
			parts[0] = unicode.ToLower(parts[0])
			copy(t[r-greekStart][:], parts)
		}
	}
	return &t
})

// appendGreek appends the Greek letters that begin at i of the text, after a
// space if there is a gap, and returns where they end. False means that the text
// has to be normalised first.
func appendGreek(b []byte, s string, i int, gap bool) ([]byte, int, bool) {
	var run [greekRunMax]rune
	n, table := 0, greekParts()
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r >= greekStart && r < greekEnd && table[r-greekStart][0] != 0 && n+len(table[0]) <= greekRunMax:
			for _, part := range table[r-greekStart] {
				if part != 0 {
					run[n] = part
					n++
				}
			}
		case r >= 0x300 && r <= 0x36f && n < greekRunMax:
			run[n] = r
			n++
		case r >= greekStart && r < greekEnd || r >= 0x1f00 && r < 0x2000 || n == greekRunMax:
			return b, i, false
		case r >= utf8.RuneSelf && unicode.Is(unicode.Mn, r):
			return b, i, false
		default:
			return writeGreek(b, run[:n], gap), i, true
		}
		i += size
	}
	return writeGreek(b, run[:n], gap), i, true
}

func writeGreek(b []byte, run []rune, gap bool) []byte {
	if gap {
		b = append(b, ' ')
	}
	for i, r := range run {
		if !isMark(r) {
			b = append(b, greek(run, i)...)
		}
	}
	return b
}

// greek writes the Greek letter at i of a text in NFKD as ELOT 743 does.
func greek(text []rune, i int) string {
	r := lowerGreek(text[i])
	before, after := greekBefore(text, i), greekAfter(text, i)
	switch r {
	case 'υ':
		return ypsilon(text, i, before, after)
	case 'γ':
		if after == 'γ' || after == 'ξ' || after == 'χ' {
			return "n"
		}
	case 'π':
		if before == 'μ' && atEdge(text, letterBefore(text, i), i) {
			return "" // the μ was written as b
		}
	case 'μ':
		if after == 'π' && atEdge(text, i, letterAfter(text, i)) {
			return "b"
		}
	}
	if r >= 'α' && r <= 'ω' {
		return greekAlone[r-'α']
	}
	return oldGreek(r)
}

// atEdge reports whether the letters from and to begin or end a word.
func atEdge(text []rune, from, to int) bool {
	return letterBefore(text, from) < 0 || letterAfter(text, to) < 0
}

// greekAlone holds α to ω, with ς.
var greekAlone = [...]string{
	"a", "v", "g", "d", "e", "z", "i", "th", "i", "k", "l", "m", "n", "x", "o", "p", "r", "s", "s", "t", "y", "f", "ch", "ps", "o",
}

// oldGreek writes letters that ELOT 743 does not know.
func oldGreek(r rune) string {
	switch r {
	case 'ϝ', 'ͷ':
		return "w"
	case 'ϟ', 'ϙ':
		return "q"
	case 'ϡ', 'ͳ':
		return "ss"
	case 'ϛ':
		return "st"
	case 'ϳ':
		return "j"
	case 'ϸ':
		return "sh"
	case 'ϻ':
		return "s"
	}
	return string(r)
}

// ypsilon is o-u, or v or f after α, ε and η, unless an accent on the vowel or
// a dialytika parts the two.
func ypsilon(text []rune, i int, before, after rune) string {
	if at := letterBefore(text, i); at >= 0 && at == i-1 && !hasMark(text, i, dialytika) {
		switch before {
		case 'ο':
			return "u"
		case 'α', 'ε', 'η':
			if after == 0 || contains("θκξπστςφχψ", after) {
				return "f"
			}
			return "v"
		}
	}
	return "y"
}

const dialytika = '\u0308'

func contains(letters string, r rune) bool {
	for _, c := range letters {
		if c == r {
			return true
		}
	}
	return false
}

// letterBefore is the index of the Greek letter that comes before i, its marks
// skipped, or -1.
func letterBefore(text []rune, i int) int {
	for i--; i >= 0; i-- {
		if !isMark(text[i]) {
			break
		}
	}
	if i < 0 || !isGreek(text[i]) {
		return -1
	}
	return i
}

// letterAfter is the index of the Greek letter that comes after i, or -1.
func letterAfter(text []rune, i int) int {
	for i++; i < len(text); i++ {
		if !isMark(text[i]) {
			break
		}
	}
	if i >= len(text) || !isGreek(text[i]) {
		return -1
	}
	return i
}

func greekBefore(text []rune, i int) rune { return greekAt(text, letterBefore(text, i)) }

func greekAfter(text []rune, i int) rune { return greekAt(text, letterAfter(text, i)) }

// greekAt is the small letter at i, 0 for -1.
func greekAt(text []rune, i int) rune {
	if i < 0 {
		return 0
	}
	return lowerGreek(text[i])
}

// hasMark reports whether the letter at i bears the mark.
func hasMark(text []rune, i int, mark rune) bool {
	for i++; i < len(text) && isMark(text[i]); i++ {
		if text[i] == mark {
			return true
		}
	}
	return false
}

func isMark(r rune) bool {
	return r >= 0x300 && r <= 0x36f || (r < greekStart || r >= greekEnd) && unicode.Is(unicode.Mn, r)
}

func isGreek(r rune) bool { return r >= 'α' && r <= 'ω' || unicode.Is(unicode.Greek, r) }

func lowerGreek(r rune) rune {
	if r >= 'α' && r <= 'ω' {
		return r
	}
	return unicode.ToLower(r)
}
