package canon

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
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
	if len(trimmed) <= countryCodeBytesMax {
		if code := strings.ToUpper(trimmed); IsCountryCode(code) {
			return code, nil
		}
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
		key = []byte(withoutArticle(s, string(key)))
		code, known = table.one[string(key)]
	}
	if !known {
		return "", fmt.Errorf("%s is not a country that is known by this name", show(s))
	}
	if codes := table.many[string(key)]; codes != nil {
		return "", &AmbiguousError{Name: s, Codes: slices.Clone(codes)}
	}
	return code, nil
}

// articles may stand before the name of a country without being part of it.
var articles = [...]string{"the", "die", "der", "das", "la", "le", "les", "el", "los", "las", "il", "lo", "gli", "os", "as", "o", "a"}

func withoutArticle(s, key string) string {
	for _, article := range articles {
		if rest, ok := strings.CutPrefix(key, article+" "); ok {
			return rest
		}
	}
	if rest, ok := strings.CutPrefix(Fold(s), "l'"); ok {
		return FoldWords(rest)
	}
	return key
}

// IsCountryCode reports whether s is an assigned ISO 3166-1 alpha-2 code in
// upper case, or XK, which is in use for Kosovo.
func IsCountryCode(s string) bool {
	return len(s) == 2 && countryCodes()[s]
}

var countryCodes = sync.OnceValue(func() map[string]bool {
	codes := make(map[string]bool, countriesAbout)
	for line := range strings.Lines(countryNames) {
		codes[line[:2]] = true
	}
	return codes
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
