package norm

import (
	"strings"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// Phone is a phone number, taken apart, in digits.
type Phone struct {
	National  []byte // the national number without trunk prefix or leading zeros: what two spellings share
	Extension []byte // of a switchboard
	Valid     bool   // a number of 7 to 15 digits that is no filler such as 0000000 or 1234567

	code   []byte // the calling code where the text or its region says it
	digits []byte
	e164   []byte
}

// The digits that a phone number has: at least those of a small town's, at most
// those that E.164 allows.
const (
	phoneDigitsMin = 7
	phoneDigitsMax = 15
)

// Read takes a phone number apart. Region, an ISO alpha-2 code, is the country
// of a number without a calling code; it may be "". Of several numbers in one
// text the first is read. What is not Valid has its digits in National.
func (p *Phone) Read(number, region string) {
	p.National, p.code, p.Extension, p.digits = p.National[:0], p.code[:0], p.Extension[:0], p.digits[:0]
	p.Valid = false
	if len(number) > BytesMax {
		number = number[:BytesMax]
	}
	plus := p.readDigits(number)
	switch n := len(p.digits); {
	case plus:
		p.splitCode(p.digits)
	case n > 2 && p.digits[0] == '0' && p.digits[1] == '0' && p.digits[2] != '0':
		p.splitCode(p.digits[2:])
	case region == "" || !p.readAtHome(region):
		p.National = append(p.National, withoutTrunk(p.digits)...)
	}
	p.Valid = len(p.National) >= phoneDigitsMin && len(p.National)+len(p.code) <= phoneDigitsMax && !filler(p.National)
}

// Tail returns the last n digits of the national number, or all when it has
// fewer.
func (p *Phone) Tail(n int) []byte { return p.National[max(0, len(p.National)-n):] }

// readDigits reads the first number of the text and its extension, and reports
// whether it begins with a plus.
func (p *Phone) readDigits(s string) (plus bool) {
	slash := 0 // digits before the last /
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			p.digits = append(p.digits, c)
		case c == '+' && len(p.digits) == 0:
			plus = true
		case c == '(' && (plus || len(p.digits) > 3) && strings.HasPrefix(s[i:], "(0)"):
			i += len("(0)") - 1
		case c == '/':
			slash = len(p.digits)
		case c == ' ' && secondNumber(s[i:], len(p.digits), slash), c == ';' || c == '|' || c == '\n':
			if len(p.digits) >= phoneDigitsMin {
				return plus
			}
		case c == '#' || c|0x20 >= 'a' && c|0x20 <= 'z':
			if len(p.digits) >= beforeExtensionMin {
				p.readExtension(s[i:])
				return plus
			}
		case c >= 0x80:
			return p.readWide(s, plus)
		}
	}
	return plus
}

// beforeExtensionMin is the number of digits after which letters announce an
// extension: before them they are a label.
const beforeExtensionMin = 5

// secondNumber reports that after enough digits and a slash another number of
// a length of its own begins.
func secondNumber(s string, digits, slash int) bool {
	if digits < phoneDigitsMin || slash != digits {
		return false
	}
	more := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= '0' && s[i] <= '9' {
			more++
		}
	}
	return more >= phoneDigitsMin
}

// extensionDigitsMax is the number of digits that an extension has at most.
const extensionDigitsMax = 7

// readExtension takes the digits after letters or # as the extension, when they
// are few and nothing else follows.
func (p *Phone) readExtension(s string) {
	for i := 0; i < len(s) && len(p.Extension) < extensionDigitsMax; i++ {
		if c := s[i]; c >= '0' && c <= '9' {
			p.Extension = append(p.Extension, c)
		}
	}
}

// readWide reads a number with characters that are not ASCII: digits of other
// scripts, typographic hyphens.
func (p *Phone) readWide(s string, plus bool) bool {
	folded := AppendFold(nil, strings.ReplaceAll(s, "(0)", ""))
	p.digits, p.Extension = p.digits[:0], p.Extension[:0]
	for _, c := range folded {
		if c >= '0' && c <= '9' {
			p.digits = append(p.digits, c)
		}
	}
	return plus || strings.HasPrefix(strings.TrimSpace(s), "＋")
}

// splitCode divides international digits.
func (p *Phone) splitCode(digits []byte) {
	n := codeLength(digits)
	p.code = append(p.code, digits[:n]...)
	p.National = append(p.National, withoutZeros(digits[n:])...)
}

// codeLength is the number of digits of the calling code that a number begins
// with (ITU-T E.164, annex to Operational Bulletin): one in zones 1 and 7, two
// for the listed codes, else three.
func codeLength(digits []byte) int {
	if len(digits) < 4 {
		return 0
	}
	switch {
	case digits[0] == '1' || digits[0] == '7':
		return 1
	case twoDigitCodes[int(digits[0]-'0')*10+int(digits[1]-'0')]:
		return 2
	}
	return 3
}

var twoDigitCodes = [100]bool{
	20: true, 27: true, 28: true, 30: true, 31: true, 32: true, 33: true, 34: true, 36: true, 39: true,
	40: true, 41: true, 43: true, 44: true, 45: true, 46: true, 47: true, 48: true, 49: true,
	51: true, 52: true, 53: true, 54: true, 55: true, 56: true, 57: true, 58: true,
	60: true, 61: true, 62: true, 63: true, 64: true, 65: true, 66: true,
	81: true, 82: true, 83: true, 84: true, 86: true, 89: true, 90: true, 91: true, 92: true, 93: true, 94: true, 95: true, 98: true,
}

// readAtHome reads a number as it is dialled in the region, where the numbering
// plans know it.
func (p *Phone) readAtHome(region string) bool {
	if len(p.digits) > phoneDigitsMax {
		return false
	}
	var err error
	if p.e164, err = canon.AppendPhone(p.e164[:0], string(p.digits), region); err != nil || len(p.e164) < 2 {
		return false
	}
	p.splitCode(p.e164[1:])
	return true
}

// withoutTrunk takes the leading zeros off a national number, and the 1 that
// North Americans put before their ten digits.
func withoutTrunk(digits []byte) []byte {
	if len(digits) == 11 && digits[0] == '1' && digits[1] >= '2' {
		return digits[1:]
	}
	return withoutZeros(digits)
}

func withoutZeros(digits []byte) []byte {
	for len(digits) > 0 && digits[0] == '0' {
		digits = digits[1:]
	}
	return digits
}

// fillerRun is the number of equal digits at the end from which a number was
// written to fill a field.
const fillerRun = 7

// filler reports 0000000, 9999999, 1234567 and the like.
func filler(digits []byte) bool {
	n, same, rising := len(digits), 1, 1
	for same < n && digits[n-1-same] == digits[n-1] {
		same++
	}
	for rising < n && (digits[rising] == digits[rising-1]+1 || digits[rising] == '0' && digits[rising-1] == '9') {
		rising++
	}
	return same >= min(fillerRun, n) || rising == n
}
