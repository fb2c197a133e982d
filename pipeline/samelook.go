package pipeline

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// look is what a person sees of a text: composed (NFC), every kind of blank as a
// blank, and nothing of characters that take no room.
func look(s string) string {
	if plainASCII(s) {
		return strings.Trim(s, " ")
	}
	return strings.Trim(norm.NFC.String(strings.Map(seen, s)), " ")
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

func plainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// seen is a character as it looks; -1 for one that does not show.
func seen(r rune) rune {
	switch {
	case unicode.Is(unicode.Zs, r), r == '\t', r == '\n':
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return -1
	}
	return r
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
