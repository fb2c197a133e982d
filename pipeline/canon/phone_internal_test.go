package canon

import (
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// asLibrary is ParsePhone without the numbering plans.
func asLibrary(s, region string) (Phone, error) {
	region = strings.ToUpper(strings.TrimSpace(region))
	number, extension, failed := splitPhone(s)
	if failed != nil {
		return Phone{}, failed
	}
	p, why, code := askLibrary(number, region)
	if why != faultNone {
		return Phone{}, &phoneError{text: s, region: region, fault: why, code: code}
	}
	p.Extension = extension
	return p, nil
}

// sameAsLibrary checks that ParsePhone and AppendPhone say what the library
// says, to the letter. It returns what the numbering plans said by themselves,
// faultUnsure where they left it to the library.
func sameAsLibrary(t interface {
	Errorf(format string, args ...any)
}, s, region string) phoneFault {
	want, wantErr := asLibrary(s, region)
	wanted := fmt.Sprintf("%+v, %v", want, wantErr)
	p, err := ParsePhone(s, region)
	if got := fmt.Sprintf("%+v, %v", p, err); got != wanted {
		t.Errorf("%q in %q is %s; to the library %s", s, region, got, wanted)
	}
	b, err := AppendPhone([]byte("before "), s, region)
	wanted = fmt.Sprintf("before %s, %v", want, wantErr)
	if got := fmt.Sprintf("%s, %v", b, err); got != wanted {
		t.Errorf("%q in %q is %s appended; to the library %s", s, region, got, wanted)
	}
	number, _, failed := splitPhone(s)
	if d, ok := diallingOf(number); ok && failed == nil {
		_, why := plans().find(&d, strings.ToUpper(strings.TrimSpace(region)))
		return why
	}
	return faultUnsure
}

// coveredRegions are those of phones/table.txt, and some that are not covered.
func coveredRegions() []string {
	regions := []string{"", "GG", "VA", "PR", "AX", "BR", "XX"}
	for line := range strings.Lines(phoneTable) {
		if rest, ok := strings.CutPrefix(line, "region "); ok {
			regions = append(regions, rest[:2])
		}
	}
	return regions
}

// phoneText writes numbers as people do: existing ones of all plans, drawn
// from the automaton, some of them spoilt, and digits that mean nothing.
func phoneText() *rapid.Generator[string] {
	p := plans()
	digit := rapid.RuneFrom([]rune("0123456789"))
	return rapid.Custom(func(t *rapid.T) string {
		code := p.codes[rapid.IntRange(1, len(p.codes)-1).Draw(t, "code")]
		digits := walkedNumber(t, p, code.root)
		switch rapid.IntRange(0, 9).Draw(t, "spoilt") {
		case 0:
			digits += rapid.StringOfN(digit, 1, 3, -1).Draw(t, "more")
		case 1:
			digits = digits[:rapid.IntRange(0, len(digits)).Draw(t, "kept")]
		case 2, 3:
			digits = rapid.StringOfN(digit, 0, 22, -1).Draw(t, "any")
		}
		other := strconv.Itoa(rapid.IntRange(0, 999).Draw(t, "other"))
		lead := rapid.SampledFrom([]string{
			"0", "0", "", "1", "+" + code.digits, "+" + code.digits, "+" + code.digits + "(0)", "+" + code.digits + " 0", "00" + code.digits,
			"011" + code.digits, "0011" + code.digits, code.digits, "(+" + code.digits + ")", "000", "8", "99", "+", "+" + other, "00" + other, "+0",
		}).Draw(t, "lead")
		var b strings.Builder
		b.WriteString(lead)
		for _, c := range digits {
			b.WriteString(rapid.SampledFrom([]string{"", "", "", "", "", " ", "-", "/", ".", "(", ")", "  "}).Draw(t, "sign"))
			b.WriteRune(c)
		}
		return b.String()
	})
}

// walkedNumber goes at random through the automaton until a number ends.
func walkedNumber(t *rapid.T, p *phonePlans, at uint16) string {
	var digits []byte
	for {
		s := p.states[at]
		var ways []byte
		for d, next := range s.next {
			if next != 0 {
				ways = append(ways, byte(d))
			}
		}
		if len(ways) == 0 || s.end != 0 && rapid.Bool().Draw(t, "ends") {
			return string(digits)
		}
		d := rapid.SampledFrom(ways).Draw(t, "digit")
		digits = append(digits, '0'+d)
		at = s.next[d]
	}
}

func TestPhonePlansLaw(t *testing.T) {
	regions, texts := rapid.SampledFrom(coveredRegions()), phoneText()
	said := map[phoneFault]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 60 {
			said[sameAsLibrary(t, texts.Draw(t, "text"), regions.Draw(t, "region"))]++
		}
	})
	for _, why := range []phoneFault{faultNone, faultRegionless, faultCode, faultShape, faultShort, faultLong, faultBegin} {
		if said[why] < 10 {
			t.Errorf("the plans said only %d times what %q is", said[why], (&phoneError{fault: why}).reason())
		}
	}
}

// Every two digits that may begin a number, in every region and behind every
// code, followed by digits that exist.
func TestPhonePlansBegin(t *testing.T) {
	tails := []string{"", "1", "30", "123456", "0123456", "301234567", "71234567", "12345678", "612345678", "2125550100", "1512345678", "5550100"}
	for _, region := range coveredRegions() {
		for begin := range 100 {
			pair := string([]byte{byte('0' + begin/10), byte('0' + begin%10)})
			for _, tail := range tails {
				sameAsLibrary(t, pair+tail, region)
			}
		}
	}
	for _, code := range plans().codes[1:] {
		for begin := range 100 {
			pair := string([]byte{byte('0' + begin/10), byte('0' + begin%10)})
			for _, tail := range tails {
				sameAsLibrary(t, "+"+code.digits+pair+tail, "")
			}
		}
	}
}

// The table is what its generator makes of the library in go.mod today.
func TestPhoneTableIsMade(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the generator")
	}
	command := exec.Command("go", "run", "phones.go")
	command.Dir = "gen"
	var problems bytes.Buffer
	command.Stderr = &problems
	made, err := command.Output()
	if err != nil {
		t.Fatalf("go run gen/phones.go: %v\n%s", err, problems.String())
	}
	if string(made) != phoneTable {
		t.Error("phones/table.txt is not of this version of the library: cd gen && go run phones.go > ../phones/table.txt")
	}
}

func FuzzPhonePlans(f *testing.F) {
	for _, seed := range []string{
		"+49 30 0285384", "030 901820", "0171 57135210", "(212) 555-0123", "1-212-555-0123", "+1 (541) 754-3010", "+49 (0)30 23125-012", "0049 30 23125012",
		"+39 06 6982", "020 7946 0958", "+44 1481 720014", "044 668 18 00", "+33 1 42 68 53 00", "01 42 68 53 00", "1300 975 707", "+61 2 9374 4000", "+358 18 12345",
		"(+49)(0)30 23125012", "+49(0)30(0)23125012", "4930 23125012", "011 49 30 23125012", "00 00 49 30 1234567", "2024-12-31", "+999 123456", "+49 30", "0", "00", "+1 541", "+44 20 329 7770", "030 23125012345678901",
	} {
		for _, region := range []string{"", "DE", "US", "FI", "IT"} {
			f.Add(seed, region)
		}
	}
	f.Fuzz(func(t *testing.T, s, region string) {
		if len(s) > phoneTextBytesMax {
			return
		}
		sameAsLibrary(t, s, region)
		for _, r := range [...]string{"DE", "AT", "CH", "GB", "US", "FR", "NL", "ES", "IT", "PL", "BE", "DK", "SE", "AU", "BR", "XX"} {
			sameAsLibrary(t, s, r)
		}
	})
}
