package canon_test

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// The numbers are those that companies print or that the rules' descriptions
// give as examples.
func TestParseVAT(t *testing.T) {
	for in, want := range map[string]string{
		"ATU13585627":          "ATU13585627",
		"atu 1358 5627":        "ATU13585627",
		"BE 0428.759.497":      "BE0428759497",
		"BG 175 074 752":       "BG175074752",
		"BG7523169263":         "BG7523169263",
		"BG8032056031":         "BG8032056031",
		"BG7542011030":         "BG7542011030",
		"BG7111042925":         "BG7111042925",
		"CHE-116.281.710 MWST": "CHE116281710",
		"CHE107787577IVA":      "CHE107787577",
		"CY-10259033P":         "CY10259033P",
		"CZ 25123891":          "CZ25123891",
		"CZ7103192745":         "CZ7103192745",
		"CZ640903926":          "CZ640903926",
		"DE 136,695 976":       "DE136695976",
		"DK 13585628":          "DK13585628",
		"EE 100 931 558":       "EE100931558",
		"GR 094259216":         "EL094259216",
		"EL 094259216":         "EL094259216",
		"ES A13585625":         "ESA13585625",
		"ES B58378431":         "ESB58378431",
		"ES 54362315K":         "ES54362315K",
		"ES X2482300W":         "ESX2482300W",
		"ES J99216582":         "ESJ99216582",
		"FI 20774740":          "FI20774740",
		"FR 40 303 265 045":    "FR40303265045",
		"FR K7 399 859 412":    "FRK7399859412",
		"GB 980 7806 84":       "GB980780684",
		"GB GD 001":            "GBGD001",
		"XI 980780684":         "XI980780684",
		"HR 33392005961":       "HR33392005961",
		"HU-12892312":          "HU12892312",
		"IE 6433435F":          "IE6433435F",
		"IE 6433435OA":         "IE6433435OA",
		"IE 8D79739I":          "IE8D79739I",
		"IT 00743110157":       "IT00743110157",
		"LT 119511515":         "LT119511515",
		"LT 100001919017":      "LT100001919017",
		"LU 150 274 42":        "LU15027442",
		"LV 4000 3521 600":     "LV40003521600",
		"MT 1167-9112":         "MT11679112",
		"NL 004495445B01":      "NL004495445B01",
		"NL 123456789B13":      "NL123456789B13",
		"PL 8567346215":        "PL8567346215",
		"PT 501 964 843":       "PT501964843",
		"RO 185 472 90":        "RO18547290",
		"SE 123456789701":      "SE123456789701",
		"SI 5022 3054":         "SI50223054",
		"SK 202 274 96 19":     "SK2022749619",
	} {
		got, err := canon.ParseVAT(in)
		if err != nil || got != want {
			t.Errorf("ParseVAT(%q) = %q, %v; want %q", in, got, err, want)
		}
		if again, err := canon.ParseVAT(want); err != nil || again != want {
			t.Errorf("ParseVAT(%q) = %q, %v; want it unchanged", want, again, err)
		}
	}
}

func TestVATRefused(t *testing.T) {
	for _, in := range []string{
		"", "DE", "DE136695978", "DE13669597", "136695976", "US123456789", "ATU13585626", "BE0431150351", "CHE107787578",
		"FR41303265045", "ESX2482300A", "GB802311781", "HR33392005962", "IE6433435E", "IT00743110158", "LU15027443",
		"NL004495445B00", "NL123456789B14", "PL8567346216", "SE123456789101", "SI50223055", "SK2022749618", "DE1366959X6", "ES012345678",
	} {
		if got, err := canon.ParseVAT(in); err == nil {
			t.Errorf("ParseVAT(%q) = %q, want an error", in, got)
		}
	}
}

func TestVATReasons(t *testing.T) {
	parsed{
		"DE1":                    "!too short",
		"US123456789":            "!does not begin with the code of a country",
		"DE136695978":            "!check digit is wrong",
		"DE13669597":             "!9 digits",
		"\xffDE136695976":        "!UTF-8",
		strings.Repeat("1", 100): "!too long",
	}.check(t, canon.ParseVAT)
}

// A wrong digit is noticed wherever the country has a check digit: for each
// number, at most one other last digit than the true one passes.
func TestVATCheckDigits(t *testing.T) {
	for _, in := range []string{
		"DE136695976", "DK13585628", "EE100931558", "EL094259216", "FI20774740", "HR33392005961", "HU12892312",
		"IT00743110157", "LT119511515", "LU15027442", "PL8567346215", "PT501964843", "SI50223054", "SK2022749619",
	} {
		passed := 0
		for d := byte('0'); d <= '9'; d++ {
			if _, err := canon.ParseVAT(in[:len(in)-1] + string(d)); err == nil {
				passed++
			}
		}
		if passed != 1 {
			t.Errorf("%d of the ten last digits of %s pass, want 1", passed, in)
		}
	}
}
