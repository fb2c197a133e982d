package diag

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Printable returns s with every character that a terminal would act on or
// hide made visible: control characters, bidirectional marks, zero-width
// characters and invalid UTF-8 become \u{...} or \x.. escapes.
func Printable(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n <= 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case hidden(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
		s = s[n:]
	}
	return b.String()
}

// Quoted writes text between double quotes, so that YAML, expressions of a
// pipeline and Go read the very same: with a backslash before quotes and
// backslashes, and an escape for each character that [Printable] would show.
// Bytes that are not UTF-8 become U+FFFD.
func Quoted(s string) string {
	b := []byte{'"'}
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case unicode.IsPrint(r) && !hidden(r):
			b = utf8.AppendRune(b, r)
		case r > 0xffff:
			b = fmt.Appendf(b, `\U%08x`, r)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
	}
	return string(append(b, '"'))
}

// cells is the number of places that characters take on a terminal once they
// are printable: two for wide ones, none for marks that sit on another.
func cells(runes []rune) int {
	n := 0
	for _, r := range runes {
		switch kind := width.LookupRune(r).Kind(); {
		case hidden(r):
			n += len(Printable(string(r)))
		case unicode.In(r, unicode.Mn, unicode.Me):
		case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

func hidden(r rune) bool {
	return r == 0xfeff || r == 0x00ad || unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) ||
		unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || unicode.Is(unicode.Co, r) ||
		(unicode.Is(unicode.Zs, r) && r != ' ') || r == '\u2800' || unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// Plural writes a number with what it is of.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Shorten cuts s to at most limit characters, marks the cut with its length,
// and makes the rest printable. Values in messages go through it.
func Shorten(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return Printable(s)
	}
	cut := 0
	for range limit {
		_, n := utf8.DecodeRuneInString(s[cut:])
		cut += n
	}
	return fmt.Sprintf("%s... (%d bytes)", Printable(s[:cut]), len(s))
}

// Nearest returns the known name that is closest to name, or "" when none is
// close enough to be worth offering: at most a third of the characters differ,
// counting a swap of neighbours as one difference and letter case as none.
func Nearest(name string, known []string) string {
	best, bestDistance := "", 1<<30
	lower := []rune(strings.ToLower(name))
	for _, k := range known {
		d := distance(lower, []rune(strings.ToLower(k)))
		if d < bestDistance || (d == bestDistance && k < best) {
			best, bestDistance = k, d
		}
	}
	if bestDistance > max(1, len(lower)/3) {
		return ""
	}
	return best
}

// DidYouMean is the hint that offers the nearest known name, or lists the
// known names when there are few of them, or "".
func DidYouMean(name string, known []string) string {
	if near := Nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 || len(known) > 12 {
		return ""
	}
	return "known here: " + strings.Join(known, ", ")
}

// distance is the restricted Damerau-Levenshtein distance (optimal string
// alignment; Boytsov 2011).
func distance(a, b []rune) int {
	if len(a) > 64 || len(b) > 64 {
		return 1 << 20
	}
	before := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	next := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		next[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
