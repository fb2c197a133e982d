package canon

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

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
	if t, ok := SquishedPart(s); ok {
		return t
	}
	return string(AppendSquish(make([]byte, 0, len(s)), s))
}

// SquishedPart is Squish(s) where that is a part of s, and false where it has
// to be written anew.
func SquishedPart(s string) (string, bool) {
	if Squished(s) {
		return s, true
	}
	t := strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || invisible(r) })
	return t, Squished(t)
}

// AppendSquish appends Squish(s) to b.
func AppendSquish(b []byte, s string) []byte {
	start, gap := len(b), false
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
			gap = len(b) > start
			continue
		case invisible(r):
			continue
		}
		if gap {
			b = append(b, ' ')
			gap = false
		}
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			b = append(b, s[i]) // a byte that is no UTF-8 stays that byte
			continue
		}
		b = utf8.AppendRune(b, r)
	}
	return b
}

// Blank reports text of which Squish leaves nothing.
func Blank(s string) bool {
	if s != "" && s[0] > ' ' && s[0] < utf8.RuneSelf {
		return false
	}
	for _, r := range s {
		if !unicode.IsSpace(r) && !invisible(r) {
			return false
		}
	}
	return true
}

func invisible(r rune) bool { return r == '\u200b' || r == '\u2060' || r == '\ufeff' }

// Squished reports that Squish leaves s as it is.
func Squished(s string) bool {
	i, space := squishedStart(s)
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c > ' ' && c < utf8.RuneSelf:
			space = false
		case c == ' ':
			if space {
				return false
			}
			space = true
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			if r >= firstOddSpace && (invisible(r) || unicode.IsSpace(r)) || r == '\u0085' || r == '\u00a0' {
				return false
			}
			space = false
			i += size - 1
		case c >= '\t' && c <= '\r':
			return false
		default:
			space = false
		}
	}
	return !space || s == ""
}

// squishedStart looks at eight bytes of s at a time, as long as they are ASCII
// and hold single spaces alone. It returns how far it came and whether the byte
// before it is a space; the beginning counts as one.
func squishedStart(s string) (i int, space bool) {
	carry := uint64(highBits) >> 56 // the highest bit of the byte before: a space
	text := unsafe.Slice(unsafe.StringData(s), len(s))
	for ; i+8 <= len(s); i += 8 {
		gaps, ok := singleSpaces(binary.LittleEndian.Uint64(text[i:]), carry)
		if !ok {
			return i, carry != 0
		}
		carry = gaps >> 56
	}
	if i > 0 && i < len(s) { // the last eight bytes, of which some were looked at
		if gaps, ok := singleSpaces(binary.LittleEndian.Uint64(text[len(s)-8:]), 0); ok {
			return len(s), gaps>>56 != 0
		}
	}
	return i, carry != 0
}

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// singleSpaces reports eight bytes of ASCII that hold no white space but single
// spaces, and the highest bits of these. Carry is that of a space before them.
func singleSpaces(x, carry uint64) (gaps uint64, ok bool) {
	// With its highest bit set, a byte lends nothing to the next one.
	low := ^((x | highBits) - (' '+1)*lowBits) & highBits // bytes up to the space
	gaps = ^((x ^ ' '*lowBits | highBits) - lowBits) & highBits
	return gaps, x&highBits == 0 && low == gaps && gaps&(gaps<<8|carry) == 0
}

// firstOddSpace is the first character past Latin-1 that is white space.
const firstOddSpace = '\u1680'

// FoldASCII is Fold with what is left of other scripts written in Latin
// letters (王小明 becomes wang xiao ming), in ASCII alone. Characters without
// a transliteration, such as emoji, are dropped: the result may be empty.
func FoldASCII(s string) string {
	if foldedPlain(s) {
		return s
	}
	var buf [foldBufferBytes]byte
	return string(AppendFoldASCII(buf[:0], s))
}

// FoldedASCII reports text that FoldASCII leaves as it is, where that is seen
// at once.
func FoldedASCII(s string) bool { return foldedPlain(s) }

// AppendFoldASCII appends FoldASCII(s) to b.
func AppendFoldASCII(b []byte, s string) []byte {
	start := len(b)
	b = appendFold(b, s, plainUmlauts)
	for _, c := range b[start:] {
		if c >= utf8.RuneSelf {
			return append(b[:start], Fold(unidecode.Unidecode(string(b[start:])))...)
		}
	}
	return b
}

// Slug is FoldASCII with every run of other characters than a to z and 0 to 9
// made one hyphen, none at the ends. It may be empty.
func Slug(s string) string {
	var buf [foldBufferBytes]byte
	return string(AppendSlug(buf[:0], s))
}

// AppendSlug appends Slug(s) to b.
func AppendSlug(b []byte, s string) []byte {
	start, gap := len(b), false
	b = AppendFoldASCII(b, s)
	kept := b[:start]
	for _, c := range b[start:] {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			gap = len(kept) > start
			continue
		}
		if gap { // it stands for at least one character before it
			kept = append(kept, '-')
			gap = false
		}
		kept = append(kept, c)
	}
	return kept
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
