package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"

	"github.com/reconkit/reconkit/pipeline/diag"
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

// lookLabel is the label of two texts that look the same and are not; "" for others.
func lookLabel(a, b string) string {
	switch {
	case a == b || !utf8.ValidString(a) || !utf8.ValidString(b):
		return ""
	case look(a) == look(b):
		return LabelSameLook
	case latin(a) && latin(b):
		return "" // nothing of them is drawn as another letter
	case skeleton(a) == skeleton(b):
		return LabelLookAlike
	}
	return ""
}

// latin reports whether a text is of the characters that Latin scripts began with, ASCII.
func latin(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// lookAlikes are letters that are drawn as a Latin one, and that one: of Cyrillic, Greek
// and Armenian, as far as fonts for all of them draw them alike (after Unicode Technical
// Standard 39, confusables). Latin letters are none of them: who spells Yildiz as Yıldız
// corrects a name.
var lookAlikes = strings.NewReplacer(
	"\u0430", "a", "\u0435", "e", "\u043e", "o", "\u0440", "p", "\u0441", "c", "\u0443", "y", "\u0445", "x", "\u0456", "i", "\u0458", "j", "\u0455", "s",
	"\u04bb", "h", "\u0501", "d", "\u051b", "q", "\u051d", "w", "\u0475", "v", "\u04cf", "l", "\u04af", "y",
	"\u0410", "A", "\u0412", "B", "\u0415", "E", "\u041a", "K", "\u041c", "M", "\u041d", "H", "\u041e", "O", "\u0420", "P", "\u0421", "C", "\u0422", "T",
	"\u0425", "X", "\u0406", "I", "\u0408", "J", "\u0405", "S", "\u04ae", "Y", "\u051a", "Q", "\u051c", "W", "\u050c", "G", "\u0474", "V", "\u04c0", "I",
	"\u0391", "A", "\u0392", "B", "\u0395", "E", "\u0396", "Z", "\u0397", "H", "\u0399", "I", "\u039a", "K", "\u039c", "M", "\u039d", "N", "\u039f", "O",
	"\u03a1", "P", "\u03a4", "T", "\u03a5", "Y", "\u03a7", "X", "\u03bf", "o", "\u03bd", "v", "\u03b1", "a", "\u03c1", "p", "\u03f2", "c", "\u03f3", "j",
	"\u0585", "o", "\u0570", "h", "\u057d", "u", "\u0578", "n",
	"\u03b9", "i")

// skeleton is what a person sees of a text who does not know one script from the other.
func skeleton(s string) string {
	return norm.NFC.String(lookAlikes.Replace(norm.NFD.String(look(s))))
}

// LookOf says whether two values look the same and are not: as LabelSameLook, as
// LabelLookAlike, or "". Of lists the members are compared, in whatever order.
func LookOf(a, b Value) string {
	switch {
	case blank(a) || blank(b):
		return ""
	case a.Type() == String && b.Type() == String:
		return lookLabel(a.Str(), b.Str())
	case a.Type() != StringList || b.Type() != StringList:
		return ""
	}
	loses, gains := apart(a.List(), b.List())
	seen, drawn := Field{Unordered: true}, func(list []string) []string {
		out := make([]string, len(list))
		for i, m := range list {
			if out[i] = m; utf8.ValidString(m) {
				out[i] = skeleton(m)
			}
		}
		return set(out)
	}
	switch {
	case len(loses)+len(gains) == 0:
		return ""
	case slices.Equal(looks(seen, a.List()), looks(seen, b.List())):
		return LabelSameLook
	case slices.Equal(drawn(a.List()), drawn(b.List())):
		return LabelLookAlike
	}
	return ""
}

// apart are the members that a list has alone, and those that the other has.
func apart(a, b []string) (one, other []string) {
	lacks := func(list []string) func(string) bool {
		return func(m string) bool { return slices.Contains(list, m) }
	}
	return slices.DeleteFunc(set(a), lacks(b)), slices.DeleteFunc(set(b), lacks(a))
}

// codePointsMax is how many code points are named of a place in which two values that
// look the same differ.
const codePointsMax = 8

// CodePoints says of which code points the difference of two values is made; "" for
// lists that differ in more than one member, and where there is no difference.
func CodePoints(before, after Value) string {
	old, now := before.String(), after.String()
	if before.Type() == StringList {
		loses, gains := apart(before.List(), after.List())
		if len(loses) != 1 || len(gains) != 1 {
			return ""
		}
		old, now = loses[0], gains[0]
	}
	c := diag.ContrastOf(old, now)
	if len(c.Old)+len(c.Now) == 0 {
		return ""
	}
	return codePoints(c.Old) + " -> " + codePoints(c.Now)
}

func codePoints(text []rune) string {
	if len(text) == 0 {
		return "nothing"
	}
	var names []string
	for _, r := range text[:min(len(text), codePointsMax)] {
		names = append(names, fmt.Sprintf("%U", r))
	}
	if len(text) > codePointsMax {
		names = append(names, "...")
	}
	return strings.Join(names, " ")
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
