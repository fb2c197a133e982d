package canon_test

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/reconkit/reconkit/pipeline/canon"
)

func TestParsePhoneDates(t *testing.T) {
	for _, text := range []string{
		"2024-12-31", " 2024-12-31 ", "1999-01-01", "31.12.2024", "1.2.2024", "01.2.1987", "31. 12. 2024", "31.\u00a012.\u00a02024", "３１.１２.２０２４",
	} {
		for _, region := range []string{"DE", "AT", "DK", "BR", ""} {
			if p, err := canon.ParsePhone(text, region); err == nil || !strings.Contains(err.Error(), "written as a date") {
				t.Errorf("ParsePhone(%q, %q) = %v, %v; want a date refused", text, region, p, err)
			}
			if b, err := canon.AppendPhone(nil, text, region); err == nil || len(b) > 0 {
				t.Errorf("AppendPhone(%q, %q) = %q, %v; want a date refused", text, region, b, err)
			}
		}
	}
	for text, want := range map[string]string{
		"20241231":      "+4920241231", // no signs: a number of Wuppertal
		"2024 12 31":    "+4920241231",
		"+49 2024-1231": "+4920241231",
		"2024-13-31":    "+4920241331", // no such month
		"2024-12-32":    "+4920241232",
		"2224-12-31":    "+4922241231", // not of our time
		"0202-41-2331":  "+49202412331",
	} {
		if p, err := canon.ParsePhone(text, "DE"); err != nil || p.E164 != want {
			t.Errorf("ParsePhone(%q, DE) = %v, %v; want %s", text, p, err, want)
		}
	}
}

// The words are made when they are asked for, from the text as it is then, so
// that a list with many wrong numbers costs no words that nobody reads.
func TestParsePhoneErrorIsMadeWhenRead(t *testing.T) {
	memory := []byte("+49 30")
	text := unsafe.String(&memory[0], len(memory))
	_, err := canon.ParsePhone(text, "DE")
	if err == nil {
		t.Fatal("+49 30 is a number")
	}
	if got := err.Error(); !strings.HasPrefix(got, `"+49 30" is not a phone number: `) {
		t.Errorf("the error is %s", got)
	}
	copy(memory, "+49 31")
	if got := err.Error(); !strings.HasPrefix(got, `"+49 31"`) {
		t.Errorf("the error holds a copy of the text: %s", got)
	}
	buffer := make([]byte, 0, 48)
	for _, text := range []string{"+49 30", "+999 123456", "030 1", "+33 1 705 1820", "2"} {
		made := testing.AllocsPerRun(100, func() { _, err = canon.AppendPhone(buffer, text, "DE") })
		if err == nil || made > 1 {
			t.Errorf("AppendPhone(%q) is %v after %v allocations; want the error alone", text, err, made)
		}
	}
}

// Whatever stands in a file is refused with one short line that shows it.
func TestParsePhoneHostile(t *testing.T) {
	for _, text := range []string{
		"=cmd|' /C calc'!A0", "+49\x1b[31m30", "\u202e030 1234567", "030\x00123", "\xff\xfe", "+", "()", "-", "0", "00", "+0", strings.Repeat("0", 120), strings.Repeat("+49", 400_000),
	} {
		for _, region := range []string{"", "DE", "US", "BR", "XX", "\x1b[31m"} {
			_, err := canon.ParsePhone(text, region)
			if err == nil {
				t.Errorf("%.20q in %q is a number", text, region)
				continue
			}
			message := err.Error()
			if len(message) > 500 || strings.ContainsAny(message, "\x00\x1b\u202e\n") {
				t.Errorf("%.20q in %q: the message is %.600q", text, region, message)
			}
		}
	}
}
