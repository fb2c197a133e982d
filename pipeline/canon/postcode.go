package canon

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// postcodeBytesMax bounds the text that may hold a postcode.
const postcodeBytesMax = 40

// ParsePostcode writes a postcode the way its country does: capitals, one
// space or hyphen at the usual place, a country prefix ("D-10115") off. It is
// text and keeps its leading zeros. Country is an ISO alpha-2 code; of a
// country whose shape is not listed, and of "", any postcode of letters,
// digits, spaces and hyphens is taken. A postcode of another shape than its
// country's is an error.
func ParsePostcode(s, country string) (string, error) {
	switch {
	case len(s) > postcodeBytesMax:
		return "", tooLong(s, "a postcode", postcodeBytesMax)
	case !utf8.ValidString(s):
		return "", fmt.Errorf("%s is not a postcode: it is not valid UTF-8", show(s))
	}
	text := strings.ToUpper(Squish(norm.NFKC.String(s)))
	country = strings.ToUpper(strings.TrimSpace(country))
	shapes := postcodes()[country]
	if shapes == nil {
		return anyPostcode(s, text)
	}
	code := postcodeSigns(text)
	out, ok := shapes.write(code, country)
	for i := 0; i < len(shapes.prefixes) && !ok; i++ {
		if rest, cut := strings.CutPrefix(code, shapes.prefixes[i]); cut {
			out, ok = shapes.write(rest, country)
		}
	}
	if ok {
		return out, nil
	}
	hint := ""
	if lost := len(strings.ReplaceAll(shapes.shapes[0], " ", "")) - len(code); lost == 1 && digitsOnly(code) {
		hint = "; a leading zero may have been lost"
	}
	return "", fmt.Errorf("%s is not a postcode of %s, which looks like %s%s", show(s), country, strings.Join(shapes.shapes, " or "), hint)
}

// anyPostcode is the canonical form where no shape is known.
func anyPostcode(s, text string) (string, error) {
	text = strings.Trim(text, " -.,")
	for i := 0; i < len(text); i++ {
		if c := text[i]; !letterOrDigit(c) && c != ' ' && c != '-' {
			return "", fmt.Errorf("%s is not a postcode: it may have letters, digits, spaces and hyphens only", show(s))
		}
	}
	if text == "" {
		return "", fmt.Errorf("%s is not a postcode", show(s))
	}
	return text, nil
}

// postcodeSigns is what counts of a postcode: its letters and digits.
func postcodeSigns(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, s)
}

func letterOrDigit(c byte) bool { return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' }

// shaped writes code in the shape, in which N is a digit, A a letter, X either, and
// every other character stands for itself; spaces and hyphens of the shape are
// put in.
func shaped(code, shape string) (string, bool) {
	var b strings.Builder
	at := 0
	for i := 0; i < len(shape); i++ {
		want := shape[i]
		if want == ' ' || want == '-' {
			b.WriteByte(want)
			continue
		}
		if at >= len(code) {
			return "", false
		}
		c := code[at]
		switch {
		case want == 'N' && c >= '0' && c <= '9', want == 'A' && c >= 'A' && c <= 'Z', want == 'X' && letterOrDigit(c):
		case want >= 'a' && want <= 'z' && c == want-'a'+'A': // a small letter is that letter
		case want >= '0' && want <= '9' && c == want:
		default:
			return "", false
		}
		b.WriteByte(c)
		at++
	}
	return b.String(), at == len(code)
}

// postcodeShapes are the shapes of one country and what may stand before.
type postcodeShapes struct {
	shapes   []string
	prefixes []string
}

// write puts the signs of a postcode into the first shape that fits. Where the
// shape begins with the code of the country, it may be missing.
func (p *postcodeShapes) write(code, country string) (string, bool) {
	for _, shape := range p.shapes {
		if out, ok := shaped(code, shape); ok {
			return out, true
		}
		if strings.HasPrefix(shape, strings.ToLower(country)) {
			if out, ok := shaped(country+code, shape); ok {
				return out, true
			}
		}
	}
	return "", false
}

// postcodes reads lines such as "DE D: NNNNN": the country, prefixes besides
// its code, a colon, shapes with | between them.
var postcodes = sync.OnceValue(func() map[string]*postcodeShapes {
	table := map[string]*postcodeShapes{}
	for _, line := range lines("postcodes") {
		head, shapes, _ := strings.Cut(line, ":")
		for group := range strings.SplitSeq(head, ",") {
			prefixes := strings.Fields(group)
			p := &postcodeShapes{prefixes: prefixes}
			for shape := range strings.SplitSeq(shapes, "|") {
				p.shapes = append(p.shapes, strings.TrimSpace(shape))
			}
			table[prefixes[0]] = p
		}
	}
	return table
})
