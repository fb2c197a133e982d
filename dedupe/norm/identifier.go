package norm

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// AppendIdentifier appends an identifier as capital letters and digits without
// spaces, separators (- . , / \ : _ and the like) and leading zeros, of which 0NA and
// its like, which would say none without any, keep one. Letters keep their
// diacritics and signs that may tell two apart (+ * # @ &) stay. An identifier of
// zeros is 0. What a spreadsheet puts around a number (' before it, .0 after it) is
// taken off.
func AppendIdentifier(b []byte, id string) []byte {
	start := len(b)
	id = withoutDecimal(id)
	for i := 0; i < len(id); i++ {
		c := id[i]
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z':
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case identifierSign(c):
		case c >= utf8.RuneSelf:
			b = appendWideIdentifier(b[:start], id)
			return b[:start+copy(b[start:], leadingZerosOff(b[start:]))]
		default:
			continue
		}
		b = append(b, c)
	}
	return b[:start+copy(b[start:], leadingZerosOff(b[start:]))]
}

// withoutDecimal takes .0 off digits.
func withoutDecimal(id string) string {
	n := len(id) - len(".0")
	if n < 1 || id[n:] != ".0" {
		return id
	}
	for i := range n {
		if id[i] < '0' || id[i] > '9' {
			return id
		}
	}
	return id[:n]
}

// leadingZerosOff takes leading zeros off, but for the last one before a word that
// says none: 0NA is a number that somebody gave.
func leadingZerosOff(id []byte) []byte {
	rest := id
	for len(rest) > 1 && rest[0] == '0' {
		rest = rest[1:]
	}
	if len(rest) < len(id) && (rest[0] < '0' || rest[0] > '9') && SaysNone(rest) {
		return id[len(id)-len(rest)-1:]
	}
	return rest
}

// appendWideIdentifier is AppendIdentifier for text with other characters than
// ASCII, before leading zeros are taken off.
func appendWideIdentifier(b []byte, id string) []byte {
	kept := strings.Map(identifierRune, norm.NFKC.String(strings.ToValidUTF8(id, "")))
	return append(b, norm.NFKC.String(kept)...)
}

// identifierRune is what a character of an identifier becomes, or -1.
func identifierRune(r rune) rune {
	switch {
	case unicode.Is(unicode.Nd, r):
		return '0' + digitOf(r)
	case r == utf8.RuneError, unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r):
		return -1
	case r < utf8.RuneSelf:
		if identifierSign(byte(r)) || unicode.IsLetter(r) {
			return unicode.ToUpper(r)
		}
		return -1
	case unicode.IsPunct(r):
		return -1
	}
	return unicode.ToUpper(r)
}

// identifierSign reports a sign that may tell two identifiers apart.
func identifierSign(c byte) bool {
	switch c {
	case '+', '*', '#', '@', '&', '$', '%', '=', '~', '^':
		return true
	}
	return false
}
