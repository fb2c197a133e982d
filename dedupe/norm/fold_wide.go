package norm

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/canon"
	"golang.org/x/text/unicode/norm"
)

// What asciiFold says of a byte besides the character that it folds to.
const (
	asciiDrop  = 0 // it vanishes
	asciiOther = 1 // it belongs to a character that is not ASCII
	asciiGap   = 2 // it parts words
)

// asciiFold is what each byte folds to.
var asciiFold = func() (t [256]byte) {
	for i := range t {
		switch c := byte(i); {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			t[i] = c
		case c >= 'A' && c <= 'Z':
			t[i] = c + 'a' - 'A'
		case c == '.' || c == '\'' || c == '`':
			t[i] = asciiDrop
		case c >= utf8.RuneSelf:
			t[i] = asciiOther
		default:
			t[i] = asciiGap
		}
	}
	return t
}()

// The blocks whose characters fold each by itself, but for Greek: Latin,
// Cyrillic, Armenian, Hebrew and Arabic, then Latin Extended Additional.
const (
	lowEnd    = 0x700
	highStart = 0x1e00
	highEnd   = 0x1f00
)

// wideTable is what each character of these blocks folds to: wideDrop and
// wideGap as in ASCII, "" where only the whole text decides.
type wideTable struct {
	low  [lowEnd]string
	high [highEnd - highStart]string
}

const (
	wideDrop = "\x00"
	wideGap  = " "
)

func (t *wideTable) of(r rune) string {
	switch {
	case r < lowEnd:
		return t.low[r]
	case r >= highStart && r < highEnd:
		return t.high[r-highStart]
	}
	return ""
}

var wideFold = sync.OnceValue(func() *wideTable {
	var t wideTable
	for r := rune(0); r < lowEnd; r++ {
		t.low[r] = foldedAlone(r)
	}
	for r := rune(highStart); r < highEnd; r++ {
		t.high[r-highStart] = foldedAlone(r)
	}
	return &t
})

// foldedAlone is the entry of a character of the tables.
func foldedAlone(r rune) string {
	if unicode.Is(unicode.Greek, r) || r == '\u00b5' { // µ, whose letter is Greek
		return ""
	}
	marked := string(foldSlowly(nil, "x"+string(r)+"x"))
	switch folded := marked[1 : len(marked)-1]; {
	case folded == "":
		return wideDrop
	default:
		return folded // a space where it parts words
	}
}

// appendFoldWide is AppendFold for text with other characters than ASCII.
func appendFoldWide(b []byte, s string) []byte {
	t, start, gap := wideFold(), len(b), false
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			c := asciiFold[s[i]]
			i++
			switch {
			case c > asciiGap:
				if gap {
					b, gap = append(b, ' '), false
				}
				b = append(b, c)
			case c == asciiGap:
				gap = len(b) > start
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			r = rune(s[i]) // Latin-1
		}
		if r >= greekStart && r < greekEnd {
			var ok bool
			if b, i, ok = appendGreek(b, s, i, gap); !ok {
				return foldSlowly(b[:start], s)
			}
			gap = false
			continue
		}
		folded := t.of(r)
		switch {
		case folded == wideDrop:
			i += size
			continue
		case folded == wideGap:
			gap = len(b) > start
			i += size
			continue
		case folded == "" && !eastAsian(r):
			return foldSlowly(b[:start], s)
		case folded == "":
			folded = s[i : i+size]
		}
		if gap {
			b, gap = append(b, ' '), false
		}
		if len(folded) == 1 {
			b = append(b, folded[0])
		} else {
			b = append(b, folded...)
		}
		i += size
	}
	return b
}

// eastAsian reports letters that are their own folded form: Han, Hangul
// syllables, kana.
func eastAsian(r rune) bool {
	return r >= 0x4e00 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7a3 || r >= 0x3400 && r <= 0x4dbf ||
		r >= 0x3041 && r <= 0x3096 || r >= 0x30a1 && r <= 0x30fa || r == 0x30fc
}

// foldSlowly is AppendFold by its definition.
func foldSlowly(b []byte, s string) []byte {
	w := wideWriter{runes: []rune(norm.NFKD.String(readable(s)))}
	for i, r := range w.runes {
		w.put(i, r)
	}
	return append(b, norm.NFC.Bytes(w.out)...)
}

// readable is s in UTF-8, without the characters that vanish but would
// decompose into something else.
func readable(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			r = rune(s[i])
		}
		i += size
		switch r {
		case '´', '™', '℠', '…', utf8.RuneError:
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// wideWriter folds the characters of a text in NFKD.
type wideWriter struct {
	runes []rune
	out   []byte
	gap   bool
}

func (w *wideWriter) put(i int, r rune) {
	r = unicode.ToLower(r)
	switch {
	case r < utf8.RuneSelf:
		switch c := asciiFold[r]; {
		case c > asciiGap:
			w.write(string(rune(c)))
		case c == asciiGap:
			w.gap = true
		}
	case vanishes(r):
	case unicode.Is(unicode.Nd, r):
		w.write(string(rune('0' + digitOf(r))))
	case !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r):
		w.gap = true
	case unicode.Is(unicode.Greek, r):
		w.write(greek(w.runes, i))
	default:
		w.write(latinLetters(r))
	}
}

// write appends letters, after a space if one is due.
func (w *wideWriter) write(letters string) {
	if letters == "" {
		return
	}
	if w.gap && len(w.out) > 0 {
		w.out = append(w.out, ' ')
	}
	w.gap = false
	w.out = append(w.out, letters...)
}

// vanishes reports characters that say how a letter is written, not which:
// accents, Hebrew points, Arabic vowel signs, apostrophes, and all that is
// invisible.
func vanishes(r rune) bool {
	switch {
	case r >= 0x300 && r <= 0x36f, r >= 0x483 && r <= 0x489, // accents, Cyrillic signs
		r >= 0x591 && r <= 0x5c7 && unicode.Is(unicode.Mn, r),             // Hebrew
		r >= 0x610 && r <= 0x6ed && unicode.Is(unicode.Mn, r), r == 0x640, // Arabic
		r >= 0x1ab0 && r <= 0x1aff, r >= 0x1dc0 && r <= 0x1dff, r >= 0x20d0 && r <= 0x20ff,
		r >= 0xfe00 && r <= 0xfe0f, r >= 0xfe20 && r <= 0xfe2f, r >= 0xe0100 && r <= 0xe01ef,
		r >= 0x2b0 && r <= 0x2ff: // modifiers such as the ʻokina
		return true
	case r == '‘', r == '’', r == '‛', r == '′', r == '·', r == 0x55a, r == 0x5f3, r == 0x5f4:
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

// visible is r, or -1 for what nobody sees: marks of direction, joiners, a byte
// order mark.
func visible(r rune) rune {
	if unicode.Is(unicode.Cf, r) {
		return -1
	}
	return r
}

// digitOf is the value of a decimal digit: the digits of a script stand one
// after the other, and ranges of them begin with a zero.
func digitOf(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}

// latinLetters is how a small letter without marks is written in Latin letters,
// and the letter itself where its script has no usual way.
func latinLetters(r rune) string {
	if letters, ok := cyrillicLetters(r); ok {
		return letters
	}
	if unicode.In(r, unicode.Latin, unicode.Cyrillic) {
		if letters := lettersOnly(canon.FoldASCII(string(r))); letters != "" {
			return letters
		}
	}
	return string(r)
}

// lettersOnly is s without what is no small letter or digit.
func lettersOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
