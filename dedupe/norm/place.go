package norm

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/canon"
	"golang.org/x/text/unicode/norm"
)

// AppendPostcode appends a postcode as capital letters and digits, without
// spaces and signs, without the country before it (D-10115) and without the
// four further digits of a ZIP code (89132-1234 is 89132).
func AppendPostcode(b []byte, postcode string) []byte {
	start := len(b)
	postcode = withoutDecimal(strings.TrimSpace(postcode))
	for i := 0; i < len(postcode); i++ {
		c := postcode[i]
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z':
			b = append(b, c)
		case c >= 'a' && c <= 'z':
			b = append(b, c-'a'+'A')
		case c == '-' && i+1 < len(postcode):
			switch n := len(b) - start; {
			case n <= 3 && onlyLetters(b[start:]) && digitAhead(postcode[i+1:]):
				b = b[:start] // D-
			case n == 5 && len(postcode)-i-1 == 4 && onlyDigits(b[start:]) && onlyDigitsText(postcode[i+1:]):
				return b // ZIP+4
			}
		case c >= utf8.RuneSelf:
			return appendWidePostcode(b[:start], postcode)
		}
	}
	return b
}

// appendWidePostcode is AppendPostcode for text with other characters than
// ASCII: wide letters, typographic hyphens. Letters of other scripts are folded.
func appendWidePostcode(b []byte, postcode string) []byte {
	plain := norm.NFKC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Pd, r) || r == '−' {
			return '-'
		}
		return visible(r)
	}, postcode))
	if isASCII(plain) {
		return AppendPostcode(b, plain)
	}
	start := len(b)
	b = AppendFold(b, plain)
	kept := b[:start]
	for _, c := range b[start:] {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != ' ' {
			kept = append(kept, c)
		}
	}
	return append(kept[:start], norm.NFC.Bytes(kept[start:])...) // marks met
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// digitAhead reports that a digit comes next, spaces aside.
func digitAhead(s string) bool {
	s = strings.TrimLeft(s, " ")
	return s != "" && s[0] >= '0' && s[0] <= '9'
}

func onlyLetters(b []byte) bool {
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(b) > 0
}

func onlyDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

func onlyDigitsText(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// AppendCity appends a place as words: Saint, Sankt and St. are st, Frankfurt am
// Main, Frankfurt a.M. and Frankfurt/Main are "frankfurt main", places with
// names in several languages have one (Munich is munchen).
func AppendCity(b []byte, city string) []byte {
	start := len(b)
	b = AppendWords(b, spacedStops(city))
	b = b[:start+writeCity(b[start:])]
	if usual, ok := cities()[string(b[start:])]; ok {
		b = append(b[:start], usual...)
	}
	return b
}

// spacedStops parts what full stops join (Frankfurt a.M.).
func spacedStops(city string) string {
	for i := 1; i < len(city); i++ {
		if city[i-1] == '.' && city[i] > '/' {
			return strings.ReplaceAll(city, ".", ". ")
		}
	}
	return city
}

// writeCity rewrites the words of a place in place and returns their length.
func writeCity(words []byte) int {
	out := words[:0]
	for rest := words; len(rest) > 0; {
		var word []byte
		word, rest = NextWord(rest)
		kept := cityWord(word, len(out) == 0)
		if kept == "" {
			continue
		}
		if len(out) > 0 {
			out = append(out, ' ')
		}
		if kept == sameWord {
			out = append(out, word...)
		} else {
			out = append(out, kept...)
		}
	}
	return len(out)
}

const sameWord = " "

// cityWord is what a word of a place becomes: sameWord, or "" for one that is
// not compared. All replacements are shorter than the words.
func cityWord(word []byte, first bool) string {
	switch string(word) {
	case "saint", "sankt", "sint":
		return "st"
	case "sainte", "santa":
		return "ste"
	}
	if first {
		return sameWord
	}
	switch string(word) {
	case "am", "an", "a", "der", "die", "d", "dem", "im", "in", "ob", "bei", "b", "upon", "on", "sur", "sous", "near", "nad", "pod":
		return ""
	}
	return sameWord
}

// cities has the usual name for the others, as AppendCity writes them.
var cities = sync.OnceValue(func() map[string]string {
	t := map[string]string{}
	key := func(name string) string {
		b := AppendWords(nil, spacedStops(name))
		return string(b[:writeCity(b)])
	}
	entries := canon.ListCities.Entries()
	usual := map[string]bool{}
	for _, line := range entries {
		name, _, _ := strings.Cut(line, ":")
		usual[key(name)] = true
	}
	for _, line := range entries {
		name, others, _ := strings.Cut(line, ":")
		for other := range strings.SplitSeq(others, ",") {
			if k := key(other); !usual[k] {
				t[k] = key(name)
			}
		}
	}
	return t
})

// AppendCountry appends the ISO 3166-1 alpha-2 code of a country in small
// letters, or, where none is known by that name or several are, its words.
func AppendCountry(b []byte, country string) []byte {
	code, err := canon.ParseCountry(country)
	if err == nil {
		return appendLower(b, code)
	}
	start := len(b)
	b = AppendWords(b, country)
	if code, err = canon.ParseCountry(string(b[start:])); err == nil {
		return appendLower(b[:start], code)
	}
	return b
}
