package canon

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// countryTextBytesMax bounds the text that may hold the name of a country.
const countryTextBytesMax = 200

// countryCodeBytesMax bounds the text of a code of two letters: some small
// letters take more bytes than their capitals.
const countryCodeBytesMax = 4

//go:embed countries/names.txt
var countryNames string

// AmbiguousError says that a name means more than one country. It is never
// resolved by a guess.
type AmbiguousError struct {
	Name  string   // as given
	Codes []string // ISO alpha-2, sorted
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%s may be %s; write the full name or the code", show(e.Name), strings.Join(e.Codes, " or "))
}

// unknownCountryError says that nothing is known by a name. Files are full of
// such names, so that the message is made only where somebody reads it.
type unknownCountryError struct{ text string }

func (e *unknownCountryError) Error() string {
	return show(e.text) + " is not a country that is known by this name"
}

// ParseCountry finds the ISO 3166-1 alpha-2 code of a country that is given as
// alpha-2, alpha-3 or numeric code, as a name in any of 78 languages or under a
// common alias (BRD, Holland, USA, England, D). Case, diacritics, punctuation
// and a leading article do not matter. A name that several countries share is
// an *AmbiguousError. Parts of a country that people write as one (England,
// Scotland, Tyrol) are mapped to it where the alias list names them.
func ParseCountry(s string) (alpha2 string, err error) {
	if len(s) > countryTextBytesMax {
		return "", tooLong(s, "a country", countryTextBytesMax)
	}
	trimmed := strings.TrimSpace(s)
	if code := countryCode(trimmed); code != "" {
		return code, nil
	}
	table := countries()
	if code, ok := table.alpha3[trimmed]; ok { // NGA is Nigeria, Nga Russia in Vietnamese
		return code, nil
	}
	var buf [foldBufferBytes]byte
	key := appendFoldWords(buf[:0], s)
	if len(key) == 0 {
		return "", fmt.Errorf("%s is not a country", show(s))
	}
	code, known := table.one[string(key)]
	if !known {
		key = withoutArticle(s, key)
		code, known = table.one[string(key)]
	}
	// The letter of a car stands alone: "A/B" are two countries, "the B" is none.
	if !known || len(key) == 1 && len(strings.TrimSuffix(trimmed, ".")) > 1 {
		return "", &unknownCountryError{s}
	}
	if codes := table.many[string(key)]; codes != nil {
		return "", &AmbiguousError{Name: s, Codes: slices.Clone(codes)}
	}
	return code, nil
}

// countryCode is the code that a text is, in whatever letters, or "".
func countryCode(s string) string {
	if len(s) > countryCodeBytesMax {
		return ""
	}
	if len(s) != 2 || s[0] >= utf8.RuneSelf || s[1] >= utf8.RuneSelf {
		s = strings.ToUpper(s)
	} else {
		s = string([]byte{capital(s[0]), capital(s[1])})
	}
	if i, ok := letterPair(s); ok {
		return countryCodes()[i]
	}
	return ""
}

func capital(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// articles may stand before the name of a country without being part of it.
var articles = [...]string{"the", "die", "der", "das", "la", "le", "les", "el", "los", "las", "il", "lo", "gli", "os", "as", "o", "a"}

func withoutArticle(s string, key []byte) []byte {
	if first, rest, more := bytes.Cut(key, []byte(" ")); more && slices.Contains(articles[:], string(first)) {
		return rest
	}
	if ascii(s) && !strings.ContainsAny(s, "'`") {
		return key
	}
	if rest, ok := strings.CutPrefix(Fold(s), "l'"); ok {
		return []byte(FoldWords(rest))
	}
	return key
}

// IsCountryCode reports whether s is an assigned ISO 3166-1 alpha-2 code in
// upper case, or XK, which is in use for Kosovo.
func IsCountryCode(s string) bool {
	i, ok := letterPair(s)
	return ok && countryCodes()[i] != ""
}

// countryCodes holds each code at the place of its letters.
var countryCodes = sync.OnceValue(func() *[26 * 26]string {
	var codes [26 * 26]string
	for line := range strings.Lines(countryNames) {
		if i, ok := letterPair(line[:2]); ok {
			codes[i] = line[:2]
		}
	}
	return &codes
})

// countriesAbout and namesAbout size the tables.
const (
	countriesAbout = 260
	namesAbout     = 13_000
)

// countryTable finds codes by folded name. Most names have one code; those
// with more are held apart, and have the first of them as their one.
type countryTable struct {
	one    map[string]string
	many   map[string][]string
	alpha3 map[string]string // by the code in capitals
}

func (t *countryTable) add(key, code string) {
	switch before, taken := t.one[key]; {
	case !taken:
		t.one[key] = code
	case before != code && !slices.Contains(t.many[key], code):
		codes := t.many[key]
		if codes == nil {
			codes = []string{before}
		}
		codes = append(codes, code)
		slices.Sort(codes)
		t.many[key] = codes
	}
}

// countries reads the names of all languages and then the aliases, which
// decide: an alias of one code settles a name, one of several makes it
// ambiguous.
var countries = sync.OnceValue(func() *countryTable {
	t := &countryTable{one: make(map[string]string, namesAbout), many: map[string][]string{}, alpha3: make(map[string]string, countriesAbout)}
	for line := range strings.Lines(countryNames) {
		head, names, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		codes := strings.Fields(head)
		for name := range strings.SplitSeq(names, "|") {
			if name != "" {
				t.add(name, codes[0])
			}
		}
		t.alpha3[codes[1]] = codes[0]
		t.add(strings.ToLower(codes[1]), codes[0])
		t.add(codes[2], codes[0])
		if short := strings.TrimLeft(codes[2], "0"); short != codes[2] {
			t.add(short, codes[0])
		}
	}
	for _, entry := range lines("country_aliases") {
		head, names, _ := strings.Cut(entry, ":")
		codes := strings.Fields(head)
		for name := range strings.SplitSeq(names, ",") {
			key := FoldWords(name)
			delete(t.many, key)
			t.one[key] = codes[0]
			if len(codes) > 1 {
				t.many[key] = codes
			}
		}
	}
	return t
})
