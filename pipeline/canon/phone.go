package canon

import (
	"errors"
	"regexp"
	"strconv"
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
// letters (1-800-FLOWERS) is refused, and so are digits that are set as a date
// is, 2024-12-31 or 31.12.2024; an extension ("ext. 12", "Durchwahl 12", "x12")
// is kept apart.
//
// The error holds s and region themselves and makes its message in Error: where
// their memory is used again, Error is called before.
func ParsePhone(s, region string) (Phone, error) {
	if len(s) > phoneTextBytesMax {
		return Phone{}, &phoneError{text: s, fault: faultBytes}
	}
	region = strings.ToUpper(strings.TrimSpace(region))
	var d dialling
	n, why := plainPhone(&d, s, region)
	switch why {
	case faultNone:
		return n.phone(&d), nil
	case faultUnsure:
		return readPhone(s, region)
	}
	return Phone{}, &phoneError{text: s, fault: why, code: n.code}
}

// AppendPhone appends what ParsePhone finds to b, as Phone.String writes it.
// With an error, which is that of ParsePhone, b stays as it is.
func AppendPhone(b []byte, s, region string) ([]byte, error) {
	if len(s) <= phoneTextBytesMax {
		var d dialling
		switch n, why := plainPhone(&d, s, region); why {
		case faultNone:
			return n.append(b, &d), nil
		case faultUnsure:
		default:
			return b, &phoneError{text: s, fault: why, code: n.code}
		}
	}
	p, err := ParsePhone(s, region)
	if err != nil {
		return b, err
	}
	return append(b, p.String()...), nil
}

// plainPhone reads a number that is written with digits and the usual signs
// alone, into d, where its plan is known; elsewhere the fault is faultUnsure.
func plainPhone(d *dialling, s, region string) (planned, phoneFault) {
	if !d.plain(s) {
		return planned{}, faultUnsure
	}
	return plans().find(d, region)
}

// readPhone reads a number that is not written with digits alone, or whose
// plan is not known.
func readPhone(s, region string) (Phone, error) {
	number, extension, failed := splitPhone(s)
	if failed != nil {
		return Phone{}, failed
	}
	why, code := faultUnsure, ""
	if d, ok := diallingOf(number); ok {
		var n planned
		if n, why = plans().find(&d, region); why == faultNone {
			p := n.phone(&d)
			p.Extension = extension
			return p, nil
		}
		code = n.code
	}
	if why == faultUnsure {
		var p Phone
		if p, why, code = askLibrary(number, region); why == faultNone {
			p.Extension = extension
			return p, nil
		}
	}
	return Phone{}, &phoneError{text: s, region: region, fault: why, code: code}
}

// askLibrary finds what a number of digits, perhaps after a plus, means, or why
// it means nothing, with the calling code of faultBegin. It knows all that
// phonePlans.find knows, and takes a hundred times as long.
func askLibrary(number, region string) (p Phone, why phoneFault, code string) {
	parsed, why := dialled(number, region)
	if why != faultNone {
		return Phone{}, why, strconv.Itoa(int(parsed.GetCountryCode()))
	}
	p = Phone{E164: phonenumbers.Format(parsed, phonenumbers.E164)}
	if found := phonenumbers.GetRegionCodeForNumber(parsed); IsCountryCode(found) {
		p.Region = found
	}
	return p, faultNone, ""
}

// dialled finds the number that is meant, first as dialled in the region and
// then, where it begins with 00, as an international one.
func dialled(number, region string) (parsed *phonenumbers.PhoneNumber, why phoneFault) {
	why = faultRegionless
	if region != "" || strings.HasPrefix(number, "+") {
		if parsed, why = parseIn(number, region); why == faultNone {
			return parsed, why
		}
	}
	if strings.HasPrefix(number, "00") {
		return parseIn("+"+number[2:], "")
	}
	return parsed, why
}

func parseIn(number, region string) (*phonenumbers.PhoneNumber, phoneFault) {
	parsed, err := phonenumbers.Parse(number, region)
	if err == nil && phonenumbers.IsValidNumber(parsed) {
		return parsed, faultNone
	}
	return parsed, libraryFault(parsed, err, region)
}

func libraryFault(parsed *phonenumbers.PhoneNumber, err error, region string) phoneFault {
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode) && region != "" && phonenumbers.GetCountryCodeForRegion(region) == 0:
		return faultRegion
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return faultCode
	case err != nil:
		return faultShape
	}
	switch phonenumbers.IsPossibleNumberWithReason(parsed) {
	case phonenumbers.TOO_SHORT:
		return faultShort
	case phonenumbers.TOO_LONG:
		return faultLong
	}
	if parsed.GetCountryCode() != 0 {
		return faultBegin
	}
	return faultNumber
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

// dateShaped reports that a text is set as a day of a calendar is, year-month-day
// or day.month.year with all four digits of the year, perhaps with spaces after
// the full stops.
func dateShaped(s string) bool {
	if len(s) == len("2006-01-02") && s[4] == '-' && s[7] == '-' {
		return isDay(s[:4], s[5:7], s[8:])
	}
	day, rest, dotted := strings.Cut(s, ".")
	if !dotted || len(day) > 2 {
		return false
	}
	month, year, _ := strings.Cut(rest, ".")
	return isDay(strings.TrimLeft(year, " "), strings.TrimLeft(month, " "), day)
}

// The years of a date that a phone number is not mixed up with.
const yearLeast, yearMost = 1900, 2099

func isDay(year, month, day string) bool {
	y, m, d := smallNumber(year), smallNumber(month), smallNumber(day)
	return len(year) == 4 && y >= yearLeast && y <= yearMost && len(month) <= 2 && m >= 1 && m <= 12 && len(day) <= 2 && d >= 1 && d <= 31
}

// smallNumber is the number that one to four digits write, and -1 of any other text.
func smallNumber(s string) int {
	if len(s) == 0 || len(s) > 4 {
		return -1
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// splitPhone takes labels off a number and its extension from it. What is left
// is digits, perhaps after a plus.
func splitPhone(text string) (number, extension string, failed *phoneError) {
	refuse := func(why phoneFault) (string, string, *phoneError) {
		return "", "", &phoneError{text: text, fault: why}
	}
	if !utf8.ValidString(text) {
		return refuse(faultUTF8)
	}
	s := Squish(norm.NFKC.String(text))
	if dateShaped(s) {
		return refuse(faultDate)
	}
	if len(s) >= len("tel:") && strings.EqualFold(s[:len("tel:")], "tel:") {
		s = s[len("tel:"):]
	}
	if lettered(s) { // labels have letters
		s = strings.TrimSpace(phoneLabel().ReplaceAllString(s, ""))
	}
	if (lettered(s) || strings.Contains(s, "#")) && strings.ContainsAny(s, "0123456789") { // as have extensions, but for #
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
			return refuse(faultDigits)
		case r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case r == '+':
			return refuse(faultPlus)
		case unicode.IsLetter(r):
			return refuse(faultLetters)
		case r == ';' || r == ',' || r == '|':
			return refuse(faultSeveral)
		case r == '/':
			slash = len(strings.TrimPrefix(b.String(), "+"))
		case strings.ContainsRune(" ()[]-.·\u00a0‐‑‒–—−~*'", r):
		default:
			return "", "", &phoneError{text: text, fault: faultSign, sign: r}
		}
	}
	if twoEndings(slash, len(strings.TrimPrefix(b.String(), "+"))) {
		return refuse(faultEnding)
	}
	if strings.Trim(b.String(), "+") == "" {
		return refuse(faultEmpty)
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
