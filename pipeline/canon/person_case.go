package canon

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameCase is how the letters of words are written.
type nameCase int

const (
	mixedCase nameCase = iota
	upperCase
	lowerCase
)

// letterCase tells words all in capitals or all in small letters from others.
// A single letter, such as an initial, says nothing.
func letterCase(words ...[]string) nameCase {
	upper, lower := false, false
	for _, list := range words {
		for _, w := range list {
			u, l := casesOf(w)
			upper, lower = upper || u, lower || l
			if upper && lower {
				return mixedCase
			}
		}
	}
	switch {
	case upper:
		return upperCase
	case lower:
		return lowerCase
	}
	return mixedCase
}

// casesOf reports which cases the letters of a word have; of a word of fewer
// than two letters, none.
func casesOf(w string) (upper, lower bool) {
	letters := 0
	for _, r := range w {
		switch {
		case r >= 'a' && r <= 'z':
			lower = true
		case r >= 'A' && r <= 'Z':
			upper = true
		case r < utf8.RuneSelf || !unicode.IsLetter(r):
			upper = upper || r >= utf8.RuneSelf && unicode.IsUpper(r)
			lower = lower || r >= utf8.RuneSelf && unicode.IsLower(r)
			continue
		default:
			upper = upper || unicode.IsUpper(r)
			lower = lower || unicode.IsLower(r)
		}
		letters++
	}
	return upper && letters > 1, lower && letters > 1
}

func letterCount(w string) int {
	n := 0
	for _, r := range w {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf && unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

// inCapitals reports a word of at least so many letters, all capitals, that is
// not an abbreviation with full stops.
func inCapitals(w string, lettersMin int) bool {
	letters := 0
	for _, r := range w {
		switch {
		case r == '.' || r >= 'a' && r <= 'z' || r >= utf8.RuneSelf && unicode.IsLower(r):
			return false
		case r >= 'A' && r <= 'Z' || r >= utf8.RuneSelf && unicode.IsLetter(r):
			letters++
		}
	}
	return letters >= lettersMin
}

func lowerStart(w string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(w, "'’"))
	return unicode.IsLower(r)
}

// acronymLettersMax is the longest single word in capitals that is taken for
// an abbreviation and left so.
const acronymLettersMax = 3

// repair gives names the usual capitals where they are written without any
// difference between large and small letters.
func (n *nameParts) repair() {
	whole := letterCase(n.given, n.last)
	if whole == upperCase && len(n.given)+len(n.last) == 1 && letterCount(strings.Join(n.given, "")+strings.Join(n.last, "")) <= acronymLettersMax {
		return
	}
	if whole != mixedCase || capitalsApart(n.given) {
		repairWords(n.given, false)
	}
	if whole != mixedCase || len(n.given) > 0 && letterCase(n.last) == upperCase {
		repairWords(n.last, true)
	}
}

// capitalsApart reports given names in capitals beside a surname that is not.
func capitalsApart(given []string) bool {
	for _, w := range given {
		if !inCapitals(w, acronymLettersMax+1) {
			return false
		}
	}
	return len(given) > 0
}

// repairWords changes the words in place. A particle of a surname is written
// small unless it ends it.
func repairWords(words []string, surname bool) {
	for i, w := range words {
		if surname && i < len(words)-1 && particle(w, true) && !names().capital[formKey(w)] || surname && names().join[strings.ToLower(w)] {
			words[i] = strings.ToLower(w)
			continue
		}
		words[i] = repairWord(w)
	}
}

func repairWord(w string) string {
	if inCapitals(w, 2) && letterCount(w) == 2 && !strings.ContainsAny(Fold(w), "aeiouy") {
		return w // JP, DJ
	}
	parts := strings.Split(w, "-")
	for i, p := range parts {
		if lower := strings.ToLower(p); i == 0 && len(parts) > 1 && (lower == "al" || lower == "el") {
			parts[i] = lower
			continue
		}
		parts[i] = repairSimple(p)
	}
	return strings.Join(parts, "-")
}

// repairSimple writes a word without hyphens.
func repairSimple(w string) string {
	var buf [foldBufferBytes]byte
	if spelling, ok := names().spelling[string(appendFold(buf[:0], w, plainUmlauts))]; ok {
		return spelling
	}
	lower := strings.ToLower(w)
	if i := strings.IndexAny(lower, "'’"); i > 0 {
		_, size := utf8.DecodeRuneInString(lower[i:])
		head, mark, tail := lower[:i], lower[i:i+size], lower[i+size:]
		switch {
		case head == "d":
			return head + mark + upperFirst(tail)
		case letterCount(tail) > 1:
			return upperFirst(head) + mark + upperFirst(tail)
		}
		return upperFirst(head) + mark + tail
	}
	switch {
	case strings.HasPrefix(lower, "mc") && len(lower) > len("mc")+1:
		return "Mc" + upperFirst(lower[len("mc"):])
	case strings.HasPrefix(lower, "ij") && len(lower) > len("ij"):
		return "IJ" + lower[len("ij"):]
	case strings.ContainsRune(lower, '.'):
		return upperAfterStops(lower)
	}
	return upperFirst(lower)
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 || r == utf8.RuneError {
		return s
	}
	return string(unicode.ToTitle(r)) + s[size:]
}

// upperAfterStops writes initials that stand together: j.r.r. to J.R.R.
func upperAfterStops(s string) string {
	parts := strings.SplitAfter(s, ".")
	for i, p := range parts {
		parts[i] = upperFirst(p)
	}
	return strings.Join(parts, "")
}
