package pipeline

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// look is what a person sees of a text: composed (NFC), every kind of blank as a
// blank, and nothing of characters that take no room and change nothing around them.
// What joins or parts letters and pictures (zero-width joiners, variation selectors),
// stands around a number, or turns the direction of reading stays, since it shows.
func look(s string) string {
	s = strings.Map(seen, strings.ReplaceAll(s, "\r\n", "\n"))
	if strings.ContainsRune(s, leftToRightMark) && !turning(s) {
		s = strings.ReplaceAll(s, string(leftToRightMark), "")
	}
	return strings.Trim(norm.NFC.String(s), " ")
}

// leftToRightMark does nothing among letters that are read from left to right. Its
// twin, U+200F, changes the order of the numbers behind it.
const leftToRightMark = '\u200e'

// turning reports whether a part of a text is read from right to left.
func turning(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.R, bidi.AL, bidi.AN, bidi.Control:
			return r != leftToRightMark
		}
		return false
	})
}

// looks is what a person sees of the members of a list.
func looks(f Field, list []string) []string {
	seen := make([]string, len(list))
	for i, m := range list {
		if seen[i] = m; utf8.ValidString(m) {
			seen[i] = look(m)
		}
	}
	if f.Unordered {
		return set(seen)
	}
	return seen
}

// seen is a character as it looks; -1 for one that does not show.
func seen(r rune) rune {
	switch {
	case unicode.Is(unicode.Zs, r), r == '\t':
		return ' '
	case r == '\u00ad', r == '\u200b', r == '\u2060', r == '\ufeff': // soft hyphen, places for a break, none, byte order mark
		return -1
	}
	return r
}

// sameWriting reports whether two texts have the same letters and digits, some at
// least, read in the same order.
func sameWriting(a, b string) bool {
	x := significant(a)
	return x != "" && x == significant(b) && (a == b || ordering(a) == ordering(b))
}

// ordering is the letters and digits of a text with the marks among them that turn the
// direction of reading; of a text without such marks it is "".
func ordering(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) }) {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) || unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// formLabel is the label of an update that changes no more than how its fields are
// written: that of all its fields, or format-only where they differ in it; "" when
// some field says something else.
func formLabel(fields []FieldChange) string {
	form := ""
	for i := range fields {
		of := ""
		for _, l := range [...]string{LabelCaseOnly, LabelSameLook, LabelFormatOnly} {
			if slices.Contains(fields[i].Labels, l) {
				of = l
			}
		}
		switch {
		case of == "":
			return ""
		case form != "" && of != form:
			of = LabelFormatOnly
		}
		form = of
	}
	return form
}
