package canon

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-unidecode"
)

// shownRunesMax is how many characters of a value an error shows.
const shownRunesMax = 60

// show quotes a value for an error: cut to shownRunesMax characters, and
// characters that a terminal would act on or hide escaped.
func show(s string) string {
	if utf8.RuneCountInString(s) <= shownRunesMax {
		return strconv.Quote(s)
	}
	cut := 0
	for range shownRunesMax {
		_, n := utf8.DecodeRuneInString(s[cut:])
		cut += n
	}
	return fmt.Sprintf("%s... (%d bytes)", strconv.Quote(s[:cut]), len(s))
}

// tooLong is the error for text above the limit of its kind.
func tooLong(s, what string, bytesMax int) error {
	return fmt.Errorf("%s is too long for %s: %d bytes, at most %d", show(s), what, len(s), bytesMax)
}

// Squish trims s, makes each run of Unicode white space one plain space, and
// takes out the invisible zero-width space, word joiner and byte order mark.
func Squish(s string) string {
	if squished(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
			gap = b.Len() > 0
			continue
		case invisible(r):
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		if r == utf8.RuneError && s[i] != utf8Replacement {
			b.WriteByte(s[i]) // a byte that is no UTF-8 stays that byte
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// utf8Replacement is the first byte of an encoded U+FFFD, which tells it from
// a byte that could not be decoded.
const utf8Replacement = 0xef

func invisible(r rune) bool { return r == '\u200b' || r == '\u2060' || r == '\ufeff' }

// squished reports that there is nothing to squish.
func squished(s string) bool {
	space := true
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ':
			if space {
				return false
			}
			space = true
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			if invisible(r) || unicode.IsSpace(r) {
				return false
			}
			space = false
			i += size
			continue
		case c >= '\t' && c <= '\r':
			return false
		default:
			space = false
		}
		i++
	}
	return !space || s == ""
}

// FoldASCII is Fold with what is left of other scripts written in Latin
// letters (王小明 becomes wang xiao ming), in ASCII alone. Characters without
// a transliteration, such as emoji, are dropped: the result may be empty.
func FoldASCII(s string) string {
	folded := Fold(s)
	if ascii(folded) {
		return folded
	}
	return Fold(unidecode.Unidecode(folded))
}

// Slug is FoldASCII with every run of other characters than a to z and 0 to 9
// made one hyphen, none at the ends. It may be empty.
func Slug(s string) string {
	var b strings.Builder
	gap := false
	for _, c := range []byte(FoldASCII(s)) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteByte(c)
	}
	return b.String()
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// digitsOnly reports whether s is one or more ASCII digits.
func digitsOnly(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
