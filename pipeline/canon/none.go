package canon

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// SaysNone reports whether an identifier, such as a customer number, says that there is
// none, as people write into a form that wants one: a word such as n/a, none or
// unbekannt, nothing but zeros, or nothing but separators. Case, spaces and separators do not count. Such
// a value is of nobody: two that are equal are not one thing.
func SaysNone(id string) bool {
	var word [noneBytesMax]byte
	n, zeros := 0, false
	for i := range len(id) {
		c := id[i]
		switch {
		case c >= utf8.RuneSelf:
			return wideSaysNone(id)
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case c >= 'A' && c <= 'Z':
		case c == '0':
			zeros = true
			continue
		case c >= '1' && c <= '9' || identifierSign(rune(c)):
			return false
		default: // a separator
			continue
		}
		if n == len(word) {
			return false
		}
		word[n] = c
		n++
	}
	return noneWords[string(word[:n])] && (n == 0 || !zeros)
}

// wideSaysNone is SaysNone for other characters than ASCII.
func wideSaysNone(id string) bool {
	signs := false
	word := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Nd, r):
			if signs = signs || !zeroDigit(r); signs {
				return -1
			}
			return '0'
		case r == utf8.RuneError, unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		case r < utf8.RuneSelf:
			if signs = signs || identifierSign(r); !unicode.IsLetter(r) {
				return -1
			}
		case unicode.IsPunct(r):
			return -1
		}
		return unicode.ToUpper(r)
	}, norm.NFKC.String(strings.ToValidUTF8(id, "")))
	word = norm.NFKC.String(word)
	return !signs && (noneWords[word] || strings.Trim(word, "0") == "")
}

// identifierSign reports a sign that may tell two identifiers apart.
func identifierSign(r rune) bool { return r < utf8.RuneSelf && strings.ContainsRune("+*#@&$%=~^", r) }

// zeroDigit reports a zero of any script: digits stand in runs of ten.
func zeroDigit(r rune) bool {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r-rune(t.Lo))%10 == 0
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r-rune(t.Lo))%10 == 0
		}
	}
	return false
}

// noneBytesMax is the length of the longest of noneWords, and some more.
const noneBytesMax = 16

// noneWords are the words of which SaysNone tells, in capital letters and without
// signs. The empty one is what is left of a dash, and of zeros.
var noneWords = map[string]bool{
	"": true, "NA": true, "NV": true, "KA": true, "NONE": true, "NULL": true, "NIL": true, "NAN": true, "EMPTY": true, "UNKNOWN": true, "NOTAVAILABLE": true, "NOTAPPLICABLE": true,
	"UNBEKANNT": true, "KEINE": true, "KEINER": true, "KEINEANGABE": true, "KEINEANGABEN": true, "OHNE": true, "LEER": true, "FEHLT": true, "ENTFÄLLT": true, "ENTFAELLT": true,
}
