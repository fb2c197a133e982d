package canon

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold makes text comparable: NFKC, lower case, diacritics off letters of the
// Latin, Greek, Cyrillic, Arabic and Hebrew scripts, ß to ss, æ to ae, ø to o
// and the like, typographic dashes and apostrophes to ASCII, white space and
// control characters squeezed to single spaces and trimmed. Other scripts are
// kept (王小明 stays), as are marks that carry their meaning there.
func Fold(s string) string {
	if foldedPlain(s) {
		return s
	}
	var buf [foldBufferBytes]byte
	return string(appendFold(buf[:0], s, plainUmlauts))
}

// FoldGerman is Fold with ä, ö and ü made ae, oe and ue, the way German
// writes them where umlauts are missing.
func FoldGerman(s string) string {
	if foldedPlain(s) {
		return s
	}
	var buf [foldBufferBytes]byte
	return string(appendFold(buf[:0], s, germanUmlauts))
}

// foldBufferBytes is room for most names without an allocation.
const foldBufferBytes = 96

// FoldWords is Fold with full stops and apostrophes taken out and every other
// character that is no letter, mark or digit made a space: what the spellings
// of one name share ("U.S.A." and "USA", "Trinidad & Tobago" and
// "Trinidad-Tobago").
func FoldWords(s string) string {
	var buf [foldBufferBytes]byte
	return string(appendFoldWords(buf[:0], s))
}

// appendFoldWords appends FoldWords(s) to b.
func appendFoldWords(b []byte, s string) []byte {
	start, gap := len(b), false
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			b, gap = appendWordByte(b, start, asciiFold(c), gap)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		folded := foldedLatin(r, plainUmlauts)
		if folded == "" {
			return append(b[:start], foldWordsSlowly(s)...)
		}
		for j := range len(folded) {
			b, gap = appendWordByte(b, start, folded[j], gap)
		}
		i += size
	}
	return b
}

// appendWordByte appends a byte of folded ASCII text to words that begin at
// start; gap says that a space is due.
func appendWordByte(b []byte, start int, c byte, gap bool) ([]byte, bool) {
	switch {
	case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		if gap && len(b) > start {
			b = append(b, ' ')
		}
		return append(b, c), false
	case c == '.' || c == '\'':
		return b, gap
	}
	return b, true
}

func foldWordsSlowly(s string) string {
	folded := Fold(s)
	var b strings.Builder
	b.Grow(len(folded))
	gap := false
	for _, r := range folded {
		switch {
		case r == '.' || r == '\'':
			continue
		case r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9'),
			r >= utf8.RuneSelf && r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	if words := b.String(); ascii(words) {
		return words
	}
	return Fold(b.String()) // a mark may have come to stand on a letter
}

// formKey is the comparable form of a spelling: folded, without spaces and
// signs.
func formKey(spelling string) string {
	var buf [foldBufferBytes]byte
	return string(appendFormKey(buf[:0], spelling))
}

// appendFormKey appends formKey(spelling) to b.
func appendFormKey(b []byte, spelling string) []byte {
	start := len(b)
	for i := 0; i < len(spelling); {
		if c := spelling[i]; c < utf8.RuneSelf {
			if c = asciiFold(c); c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
				b = append(b, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(spelling[i:])
		folded := foldedLatin(r, plainUmlauts)
		if folded == "" {
			return append(b[:start], strings.ReplaceAll(foldWordsSlowly(spelling), " ", "")...)
		}
		for j := range len(folded) {
			if c := folded[j]; c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
				b = append(b, c)
			}
		}
		i += size
	}
	return b
}

// foldedPlain reports ASCII text that is folded already.
func foldedPlain(s string) bool {
	space := true
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7f || c >= 'A' && c <= 'Z' || c == '`' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return !space || s == ""
}

// asciiFold is what an ASCII character folds to; ' ' stands for all that is
// squeezed.
func asciiFold(c byte) byte {
	switch {
	case c >= 'a' && c <= 'z':
		return c
	case c >= 'A' && c <= 'Z':
		return c + 'a' - 'A'
	case c <= ' ' || c == 0x7f:
		return ' '
	case c == '`':
		return '\''
	}
	return c
}

// umlauts says what becomes of ä, ö and ü.
type umlauts int

const (
	plainUmlauts  umlauts = iota // a, o, u
	germanUmlauts                // ae, oe, ue
)

const combiningDiaeresis = '\u0308'

// appendFold appends the folded text to b.
func appendFold(b []byte, s string, u umlauts) []byte {
	start, gap := len(b), false
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			i++
			if c = asciiFold(c); c == ' ' {
				gap = len(b) > start
				continue
			}
			if gap {
				b = append(b, ' ')
				gap = false
			}
			b = append(b, c)
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		folded := foldedLatin(r, u)
		switch folded {
		case "":
			return append(b[:start], foldSlowly(s, u)...)
		case " ":
			gap = len(b) > start
			continue
		}
		if gap {
			b = append(b, ' ')
			gap = false
		}
		b = append(b, folded...)
	}
	return b
}

// foldedLatin is what a character folds to by itself, or "".
func foldedLatin(r rune, u umlauts) string {
	if r >= latinEnd {
		return ""
	}
	return foldTables()[u][r]
}

// latinEnd ends the block of letters, Latin-1 and Latin Extended-A, in which
// most European names are written and each letter folds by itself.
const latinEnd = 0x180

// foldTable is what each character below latinEnd folds to: " " for white
// space, "" for one that only the whole text decides.
type foldTable [latinEnd]string

// foldTables holds a table for each kind of umlauts.
var foldTables = sync.OnceValue(func() *[2]foldTable {
	var tables [2]foldTable
	for u := range tables {
		for r := rune(0); r < latinEnd; r++ {
			switch folded := foldSlowly(string(r), umlauts(u)); {
			case unicode.IsSpace(r) || unicode.Is(unicode.Cc, r):
				tables[u][r] = " "
			case ascii(folded) && !strings.Contains(norm.NFKD.String(string(r)), " "):
				tables[u][r] = folded
			}
		}
	}
	return &tables
})

func foldSlowly(s string, u umlauts) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false
	base := rune(0) // the letter that marks belong to, lower case
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "\ufffd")) {
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Zs, r):
			gap, base = b.Len() > 0, ' '
			continue
		case unicode.Is(unicode.Cf, r):
			continue
		case unicode.Is(unicode.Mn, r) && marksAreDecoration(base):
			if u == germanUmlauts && r == combiningDiaeresis && (base == 'a' || base == 'o' || base == 'u') {
				b.WriteByte('e')
			}
			continue
		}
		if gap {
			b.WriteByte(' ')
			gap = false
		}
		r = unicode.ToLower(r)
		if !unicode.IsMark(r) {
			base = r
		}
		if letters := foldLetter(r); letters != "" {
			b.WriteString(letters)
			continue
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// marksAreDecoration reports whether marks on the letter may be dropped
// without making another letter of it: not so in, say, Devanagari or kana.
func marksAreDecoration(base rune) bool {
	if base < utf8.RuneSelf {
		return base >= 'a' && base <= 'z'
	}
	return unicode.In(base, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew)
}

// foldLetter is the plain spelling of a lower-case letter or sign that does
// not decompose into one, or "".
func foldLetter(r rune) string {
	if r < utf8.RuneSelf {
		if r == '`' {
			return "'"
		}
		return ""
	}
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'đ', 'ð', 'ɖ':
		return "d"
	case 'þ':
		return "th"
	case 'ł':
		return "l"
	case 'ı', 'ɨ':
		return "i"
	case 'ħ':
		return "h"
	case 'ŋ':
		return "n"
	case 'ŧ':
		return "t"
	case 'ĸ':
		return "k"
	case 'ə':
		return "a"
	case 'ς':
		return "σ"
	case '‘', '’', '‛', '′', 'ʼ', 'ʹ', '´':
		return "'"
	case '“', '”', '„', '«', '»', '″':
		return `"`
	case '‐', '‑', '‒', '–', '—', '―', '−':
		return "-"
	}
	return ""
}
