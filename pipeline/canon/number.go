package canon

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// numberBytesMax bounds the text of a number.
const numberBytesMax = 100

// groupDigits is how many digits stand between two thousands marks.
const groupDigits = 3

// Marks are the characters that divide a written number. The zero Marks mean a
// full stop before the decimals and nothing between thousands.
type Marks struct {
	Decimal   string // one character; "" is "."
	Thousands string // one character; "" is none. A space stands for every kind of space.
}

// check makes the zero value explicit and refuses marks that cannot work.
func (m Marks) check() (Marks, error) {
	if m.Decimal == "" {
		m.Decimal = "."
	}
	for _, mark := range [...]string{m.Decimal, m.Thousands} {
		if mark != "" && (utf8.RuneCountInString(mark) != 1 || strings.ContainsAny(mark, "0123456789+-eE")) {
			return m, fmt.Errorf("%s is no mark within a number; name one character such as . or ,", show(mark))
		}
	}
	if m.Decimal == m.Thousands {
		return m, fmt.Errorf("the decimal mark and the thousands mark are both %s; name the decimal mark too", show(m.Decimal))
	}
	return m, nil
}

// ParseInt reads a whole number of 64 bits. Decimals that are all zero (3.0)
// are taken, others are an error, as are numbers beyond 64 bits.
func ParseInt(s string, m Marks) (int64, error) {
	if len(s) <= plainDigitsMax && digitsOnly(s) && m == (Marks{}) {
		i := int64(0)
		for _, c := range []byte(s) {
			i = 10*i + int64(c-'0')
		}
		return i, nil
	}
	plain, err := plainNumber(s, m)
	if err != nil {
		return 0, err
	}
	whole, decimals, _ := strings.Cut(plain, ".")
	if strings.Trim(decimals, "0") != "" || strings.ContainsAny(plain, "eE") {
		return 0, fmt.Errorf("%s is not a whole number", show(s))
	}
	if whole == "" || whole == "-" {
		whole += "0"
	}
	i, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s does not fit into 64 bits", show(s))
	}
	return i, nil
}

// ParseFloat reads a number; an exponent may follow (1.5e3). Infinity, NaN and
// hexadecimal numbers are errors.
func ParseFloat(s string, m Marks) (float64, error) {
	if m == (Marks{}) {
		if f, ok := shortDecimal(s); ok {
			return f, nil
		}
	}
	if m == (Marks{}) && plainDecimal(s) {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return f, nil
		}
	}
	plain, err := plainNumber(s, m)
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(plain, 64)
	if errors.Is(err, strconv.ErrRange) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%s is too large for a number", show(s))
	}
	if err != nil {
		return 0, fmt.Errorf("%s is not a number", show(s))
	}
	return f, nil
}

// tens are the powers of ten that shortDecimal divides by.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14}

// shortDecimal reads at most 15 digits with a full stop between two of them, or
// none. Digits and power of ten are exact, so that the quotient is the nearest
// float (Clinger, How to Read Floating Point Numbers Accurately, 1990).
func shortDecimal(s string) (f float64, ok bool) {
	digits, decimals, stop := int64(0), 0, false
	if len(s) == 0 || len(s) > len(tens) {
		return 0, false
	}
	for i, c := range []byte(s) {
		switch {
		case c-'0' <= 9:
			digits = 10*digits + int64(c-'0')
		case c != '.' || stop || i == 0 || i == len(s)-1:
			return 0, false
		default:
			stop, decimals = true, len(s)-1-i
		}
	}
	return float64(digits) / tens[decimals], true
}

// plainDigitsMax is how many digits fit into 64 bits whatever they are.
const plainDigitsMax = 18

// plainDecimal reports digits with a full stop between them, or none.
func plainDecimal(s string) bool {
	if len(s) > numberBytesMax {
		return false
	}
	whole, decimals, stop := strings.Cut(s, ".")
	return digitsOnly(whole) && (!stop || digitsOnly(decimals))
}

// plainNumber checks the shape of a number and writes it with a full stop and
// without thousands marks.
func plainNumber(s string, m Marks) (string, error) {
	m, err := m.check()
	if err != nil {
		return "", err
	}
	if len(s) > numberBytesMax {
		return "", tooLong(s, "a number", numberBytesMax)
	}
	text := strings.ReplaceAll(Squish(norm.NFKC.String(s)), "−", "-")
	sign := ""
	if text != "" && (text[0] == '-' || text[0] == '+') {
		sign, text = strings.Trim(text[:1], "+"), text[1:]
	}
	text, exponent := cutExponent(text)
	whole, decimals, hasDecimals := strings.Cut(text, m.Decimal)
	plain, err := ungrouped(whole, m.Thousands)
	if err != nil || hasDecimals && decimals != "" && !digitsOnly(decimals) || plain+decimals == "" {
		return "", fmt.Errorf("%s is not a number%s", show(s), marksHint(text, m))
	}
	if plain == "" {
		plain = "0"
	}
	if decimals != "" {
		plain += "." + decimals
	}
	return sign + plain + exponent, nil
}

// cutExponent splits off e and what follows where that is an exponent.
func cutExponent(s string) (number, exponent string) {
	i := strings.IndexAny(s, "eE")
	if i < 0 || !digitsOnly(strings.TrimLeft(s[i+1:], "+-")) || len(strings.TrimLeft(s[i+1:], "+-")) < len(s[i+1:])-1 {
		return s, ""
	}
	return s[:i], s[i:]
}

// ungrouped takes thousands marks out, which must stand before each three
// digits or nowhere.
func ungrouped(whole, mark string) (string, error) {
	if whole == "" || digitsOnly(whole) {
		return whole, nil
	}
	if mark == "" {
		return "", errors.New("not digits")
	}
	if mark == "'" {
		whole = strings.ReplaceAll(whole, "’", "'")
	}
	groups := strings.Split(whole, mark)
	for i, g := range groups {
		if !digitsOnly(g) || i > 0 && len(g) != groupDigits || i == 0 && len(g) > groupDigits {
			return "", errors.New("not grouped by three")
		}
	}
	return strings.Join(groups, ""), nil
}

// marksHint says what to name where a number uses other marks.
func marksHint(text string, m Marks) string {
	other := ""
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
		case strings.ContainsRune(".,' ’", r):
			other = string(r)
		default:
			return ""
		}
	}
	if other == "" {
		return ""
	}
	return fmt.Sprintf(" with %s as the decimal mark and %s between thousands; name its marks", show(m.Decimal), thousandsName(m.Thousands))
}

func thousandsName(mark string) string {
	if mark == "" {
		return "nothing"
	}
	return show(mark)
}

// ParseBool reads yes and no: true, false, yes, no, y, n, 1, 0, on, off, and
// the same in German, French, Spanish, Italian and Dutch. Anything else is an
// error.
func ParseBool(s string) (bool, error) {
	if len(s) <= numberBytesMax {
		switch Fold(s) {
		case "true", "t", "yes", "y", "1", "on", "x", "ja", "j", "wahr", "oui", "o", "vrai", "si", "s", "verdadero", "vero", "sim", "verdadeiro", "waar", "1.0":
			return true, nil
		case "false", "f", "no", "n", "0", "off", "nein", "falsch", "non", "faux", "falso", "nao", "nee", "onwaar", "0.0":
			return false, nil
		}
	}
	return false, fmt.Errorf("%s is neither yes nor no", show(s))
}
