package canon

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// vatBytesMax bounds the text that may hold a VAT number.
const vatBytesMax = 60

// ParseVAT writes a VAT identification number of the 27 countries of the EU,
// the United Kingdom (GB, and XI for Northern Ireland) or Switzerland with its
// country code and without spaces and signs: DE136695976, CHE116281710. Greece
// is EL, also where GR is written. Shape and check digits are checked, for
// these by check digits where a rule is known:
//
// AT BE BG CH CY CZ DE DK EE EL ES FI FR GB HR HU IE IT LT LU LV MT NL PL PT RO
// SE SI SK. By shape alone: French numbers whose key holds a letter, Czech
// numbers of nine digits that begin with 6, Latvian numbers of natural
// persons, and GB numbers of departments and health authorities (GD, HA).
//
// That a number is well formed does not say that it was ever given out.
func ParseVAT(s string) (string, error) {
	switch {
	case len(s) > vatBytesMax:
		return "", tooLong(s, "a VAT number", vatBytesMax)
	case !utf8.ValidString(s):
		return "", fmt.Errorf("%s is not a VAT number: it is not valid UTF-8", show(s))
	}
	text := vatSigns(s)
	if len(text) < 4 {
		return "", fmt.Errorf("%s is not a VAT number: it is too short", show(s))
	}
	country, number := text[:2], text[2:]
	switch {
	case country == "GR":
		country = "EL"
	case strings.HasPrefix(text, "CHE"):
		country, number = "CHE", text[3:]
		for _, tax := range [...]string{"MWST", "TVA", "IVA"} {
			number = strings.TrimSuffix(number, tax)
		}
	}
	rule, known := vatRule(country)
	if !known {
		return "", fmt.Errorf("%s is not a VAT number: it does not begin with the code of a country of the EU, GB, XI or CHE", show(s))
	}
	for _, shape := range rule.shapes {
		if !vatShaped(number, shape) {
			continue
		}
		if rule.check != nil && !rule.check(number) {
			return "", fmt.Errorf("%s is not a VAT number: its check digit is wrong", show(s))
		}
		return country + number, nil
	}
	return "", fmt.Errorf("%s is not a VAT number of %s: after the code come %s", show(s), country, vatShapes(rule.shapes))
}

// vatSigns is what counts of a VAT number: its letters and digits, capitals.
// + and * may stand in Irish numbers.
func vatSigns(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '+', r == '*':
			return r
		case strings.ContainsRune(" .-/,:'\t\u2010\u2011\u2013", r):
			return -1
		}
		return '?' // fits no shape
	}, Squish(norm.NFKC.String(s)))
}

// vatShaped compares with a shape: 9 is a digit, A a letter, X a letter or
// digit, * a letter, digit, + or *, everything else itself.
func vatShaped(number, shape string) bool {
	if len(number) != len(shape) {
		return false
	}
	for i := 0; i < len(shape); i++ {
		c := number[i]
		digit, letter := c >= '0' && c <= '9', c >= 'A' && c <= 'Z'
		switch shape[i] {
		case '9':
			if !digit {
				return false
			}
		case 'A':
			if !letter {
				return false
			}
		case 'X':
			if !digit && !letter {
				return false
			}
		case '*':
			if !digit && !letter && c != '+' && c != '*' {
				return false
			}
		default:
			if c != shape[i] {
				return false
			}
		}
	}
	return true
}

// vatShapes describes shapes to a person.
func vatShapes(shapes []string) string {
	plain := true
	for _, s := range shapes {
		plain = plain && strings.Trim(s, "9") == ""
	}
	if !plain {
		return "signs such as " + strings.Join(shapes, " or ") + " (9 a digit, A a letter, X either)"
	}
	var counts []string
	for _, s := range shapes {
		counts = append(counts, fmt.Sprint(len(s)))
	}
	return strings.Join(counts, " or ") + " digits"
}
