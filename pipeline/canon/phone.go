package canon

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// phoneTextBytesMax bounds the text that may hold a phone number.
const phoneTextBytesMax = 120

// Phone is a phone number in canonical form.
type Phone struct {
	E164      string // + and digits
	Region    string // ISO alpha-2, or "" for numbers of no one country, such as +800
	Extension string // digits, or ""
}

// String writes the number, and the extension if there is one, in a form that
// ParsePhone reads: "+493012345678 ext. 12".
func (p Phone) String() string {
	if p.Extension == "" {
		return p.E164
	}
	return p.E164 + " ext. " + p.Extension
}

// ParsePhone reads a phone number. The region, an ISO alpha-2 code, says how a
// number without a country code is meant; with "" such a number is an error.
// Only numbers of a known numbering range are accepted. A number written with
// letters (1-800-FLOWERS) is refused; an extension ("ext. 12", "Durchwahl 12",
// "x12") is kept apart.
func ParsePhone(s, region string) (Phone, error) {
	if len(s) > phoneTextBytesMax {
		return Phone{}, tooLong(s, "a phone number", phoneTextBytesMax)
	}
	region = strings.ToUpper(strings.TrimSpace(region))
	if d, ok := plainDialling(s); ok {
		if n, ok := plans().find(&d, region); ok {
			return n.phone(), nil
		}
	}
	return readPhone(s, region)
}

// AppendPhone appends what ParsePhone finds to b, as Phone.String writes it.
// With an error b stays as it is.
func AppendPhone(b []byte, s, region string) ([]byte, error) {
	if len(s) <= phoneTextBytesMax {
		if d, ok := plainDialling(s); ok {
			if n, ok := plans().find(&d, region); ok {
				return n.append(b), nil
			}
		}
	}
	p, err := ParsePhone(s, region)
	if err != nil {
		return b, err
	}
	return append(b, p.String()...), nil
}

// readPhone reads a number that is not written with digits alone, or whose
// plan is not known.
func readPhone(s, region string) (Phone, error) {
	if !utf8.ValidString(s) {
		return Phone{}, fmt.Errorf("%s is not a phone number: it is not valid UTF-8", show(s))
	}
	number, extension, err := splitPhone(s)
	if err != nil {
		return Phone{}, fmt.Errorf("%s is not a phone number: %w", show(s), err)
	}
	if d, ok := diallingOf(number); ok {
		if n, ok := plans().find(&d, region); ok {
			p := n.phone()
			p.Extension = extension
			return p, nil
		}
	}
	p, err := askLibrary(number, region)
	if err != nil {
		return Phone{}, fmt.Errorf("%s is not a phone number: %w", show(s), err)
	}
	p.Extension = extension
	return p, nil
}

// askLibrary finds what a number of digits, perhaps after a plus, means. It
// knows all that phonePlans.find knows, and takes a hundred times as long.
func askLibrary(number, region string) (Phone, error) {
	parsed, err := dialled(number, region)
	if err != nil {
		return Phone{}, err
	}
	p := Phone{E164: phonenumbers.Format(parsed, phonenumbers.E164)}
	if found := phonenumbers.GetRegionCodeForNumber(parsed); IsCountryCode(found) {
		p.Region = found
	}
	return p, nil
}

// dialled finds the number that is meant, first as dialled in the region and
// then, where it begins with 00, as an international one.
func dialled(number, region string) (*phonenumbers.PhoneNumber, error) {
	reason := error(nil)
	if region != "" || strings.HasPrefix(number, "+") {
		parsed, err := phonenumbers.Parse(number, region)
		if err == nil && phonenumbers.IsValidNumber(parsed) {
			return parsed, nil
		}
		reason = phoneReason(parsed, err, region)
	}
	if strings.HasPrefix(number, "00") {
		parsed, err := phonenumbers.Parse("+"+number[2:], "")
		if err == nil && phonenumbers.IsValidNumber(parsed) {
			return parsed, nil
		}
		reason = phoneReason(parsed, err, "")
	}
	if reason == nil {
		reason = errors.New("it has no country code and no region is given")
	}
	return nil, reason
}

func phoneReason(parsed *phonenumbers.PhoneNumber, err error, region string) error {
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode) && region != "" && phonenumbers.GetCountryCodeForRegion(region) == 0:
		return fmt.Errorf("%s is no region with phone numbers", show(region))
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return errors.New("its country code does not exist")
	case err != nil:
		return errors.New("it does not have the shape of one")
	}
	switch phonenumbers.IsPossibleNumberWithReason(parsed) {
	case phonenumbers.TOO_SHORT:
		return errors.New("it has too few digits")
	case phonenumbers.TOO_LONG:
		return errors.New("it has too many digits")
	}
	if parsed.GetCountryCode() != 0 {
		return fmt.Errorf("no number of country code +%d begins like this", parsed.GetCountryCode())
	}
	return errors.New("no such number exists")
}

var extensionPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)[\s,;/(-]*(?:;ext=|\b(?:ext(?:ension|n)?|durchwahl|dw|app(?:arat)?|poste|interno|int|anexo|ramal|tlw|toestel|x)\b|#|x)\s*[.:]*\s*([0-9]{1,7})\s*\)?$`)
})

var phoneLabel = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(?:tel(?:efon|ephone|éfono|efono|efoon|éphone)?|phone|fon|mobil(?:e|telefon)?|mob|handy|cell|fax|büro|office|home|work|privat|t|m|p|f)\b\s*[.:]*\s*`)
})

// What tells 0351 4567890/91, two numbers that differ in their last digits, from
// 0351/4567890.
const (
	endingDigitsMax   = 3 // of a second ending
	beforeEndingLeast = 7 // digits before it
)

// twoEndings reports that the digits after the last / of a number may be another
// ending of it. Slash is the number of digits before it, 0 without one.
func twoEndings(slash, digits int) bool {
	return slash >= beforeEndingLeast && digits > slash && digits-slash <= endingDigitsMax
}

// splitPhone takes labels off a number and its extension from it. What is left
// is digits, perhaps after a plus.
func splitPhone(s string) (number, extension string, err error) {
	s = Squish(norm.NFKC.String(s))
	if len(s) >= len("tel:") && strings.EqualFold(s[:len("tel:")], "tel:") {
		s = s[len("tel:"):]
	}
	if lettered(s) { // labels have letters
		s = strings.TrimSpace(phoneLabel().ReplaceAllString(s, ""))
	}
	if lettered(s) || strings.Contains(s, "#") { // as have extensions, but for #
		if m := extensionPattern().FindStringSubmatchIndex(s); m != nil && strings.ContainsAny(s[:m[0]], "0123456789") {
			s, extension = s[:m[0]], s[m[2]:m[3]]
		}
	}
	var b strings.Builder
	slash := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.IsDigit(r):
			return "", "", errors.New("write its digits as 0 to 9")
		case r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case r == '+':
			return "", "", errors.New("a + stands within it; keep one number")
		case unicode.IsLetter(r):
			return "", "", errors.New("it is written with letters; write the digits")
		case r == ';' || r == ',' || r == '|':
			return "", "", errors.New("it holds more than one number; keep one")
		case r == '/':
			slash = len(strings.TrimPrefix(b.String(), "+"))
		case strings.ContainsRune(" ()[]-.·\u00a0‐‑‒–—−~*'", r):
		default:
			return "", "", fmt.Errorf("%q cannot stand in one", r)
		}
	}
	if twoEndings(slash, len(strings.TrimPrefix(b.String(), "+"))) {
		return "", "", errors.New("the digits after its / may be a second ending; keep one number")
	}
	if strings.Trim(b.String(), "+") == "" {
		return "", "", errors.New("it has no digits")
	}
	// "+49 (0)30": the zero in parentheses is dialled within the country only.
	if i := strings.Index(s, "(0)"); i > 0 && strings.HasPrefix(s, "+") {
		return withoutTrunkZero(s, i), extension, nil
	}
	return b.String(), extension, nil
}

func lettered(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

func withoutTrunkZero(s string, at int) string {
	keep := func(r rune) rune {
		if r == '+' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}
	return strings.Map(keep, s[:at]+s[at+len("(0)"):])
}
