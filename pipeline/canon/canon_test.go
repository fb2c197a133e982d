package canon_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// parsed holds what text is read as.
type parsed map[string]string

// check reads every text of the map; "!" and a word mean an error that holds it.
func (p parsed) check(t *testing.T, parse func(string) (string, error)) {
	t.Helper()
	for in, want := range p {
		got, err := parse(in)
		reason, refused := strings.CutPrefix(want, "!")
		switch {
		case refused && (err == nil || !strings.Contains(err.Error(), reason)):
			t.Errorf("%q = %q, %v; want an error with %q", in, got, err, reason)
		case !refused && (err != nil || got != want):
			t.Errorf("%q = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestParseEmail(t *testing.T) {
	parsed{
		"anna@example.com":                      "anna@example.com",
		" Anna.Meier@EXAMPLE.com. ":             "anna.meier@example.com",
		"Anna Meier <anna@example.com>":         "anna@example.com",
		`"Meier, Anna" <anna@example.com>`:      "anna@example.com",
		"Müller, Anna <anna@example.com>;":      "anna@example.com",
		"anna@example.com (home (private))":     "anna@example.com",
		"mailto:anna@example.com?subject=Hi":    "anna@example.com",
		"<anna@example.com>":                    "anna@example.com",
		"anna+fair@example.com":                 "anna+fair@example.com",
		"info@müller.de":                        "info@xn--mller-kva.de",
		"info@MÜLLER.de":                        "info@xn--mller-kva.de",
		"anna＠example．com":                      "anna@example.com",
		`"anna"@example.com`:                    "anna@example.com",
		"o'brien@example.ie":                    "o'brien@example.ie",
		"jörg@example.de":                       "jörg@example.de",
		"":                                      "!no @",
		"n/a":                                   "!no @",
		"anna@":                                 "!domain is missing",
		"@example.com":                          "!before the @",
		"anna@localhost":                        "!no dot",
		"anna@[127.0.0.1]":                      "!IP number",
		"anna@127.0.0.1":                        "!top-level",
		"a@b.de, c@d.de":                        "!more than one",
		"A <a@b.de>, C <c@d.de>":                "!more than one",
		"anna meier@example.com":                "!space",
		`"anna meier"@example.com`:              "!space",
		"anna..meier@example.com":               "!two stand together",
		".anna@example.com.":                    "anna@example.com",
		"anna@exa_mple.com":                     "!no domain",
		"anna@-example.com":                     "!no domain",
		"anna@example..com":                     "!",
		"anna(@example.com":                     "!without )",
		"Anna <anna@example.com":                "!without >",
		strings.Repeat("a", 65) + "@example.de": "!longer than 64",
		strings.Repeat("a", 2000):               "!too long",
		"anna\x00@example.com":                  "!cannot stand",
		"\xff@example.com":                      "!UTF-8",
	}.check(t, func(s string) (string, error) {
		e, err := canon.ParseEmail(s)
		if err == nil && e.Address != e.Local+"@"+e.Domain {
			t.Errorf("the parts of %q are not its address: %+v", s, e)
		}
		return e.Address, err
	})
}

func TestRoleAddress(t *testing.T) {
	for in, want := range map[string]bool{
		"info@example.com": true, "Sales@example.com": true, "info+fair@example.com": true, "office2@example.com": true,
		"anna@example.com": false, "infobald@example.com": false, "hr.meier@example.com": false,
	} {
		if e, err := canon.ParseEmail(in); err != nil || e.Role != want {
			t.Errorf("%q: role %v, %v; want %v", in, e.Role, err, want)
		}
	}
}

func TestOneLetterIsACountryOnlyAlone(t *testing.T) {
	for in, want := range map[string]string{"D": "DE", " a ": "AT", "I.": "IT", "A/B": "", "the B": "", "a b": "", "?D": "", "a\x00b": "", "é": "", "😀a😀": ""} {
		got, err := canon.ParseCountry(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseCountry(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestParsePhone(t *testing.T) {
	for _, c := range []struct {
		in, region string
		want       canon.Phone
		reason     string
	}{
		{"+1-541-754-3010", "", canon.Phone{E164: "+15417543010", Region: "US"}, ""},
		{"030 23125-012", "DE", canon.Phone{E164: "+493023125012", Region: "DE"}, ""},
		{"+49 (0)30 23125 012", "", canon.Phone{E164: "+493023125012", Region: "DE"}, ""},
		{"+49 (0) 30 23125 012", "", canon.Phone{E164: "+493023125012", Region: "DE"}, ""},
		{"0049 30 23125012", "", canon.Phone{E164: "+493023125012", Region: "DE"}, ""},
		{"0049 30 23125012", "US", canon.Phone{E164: "+493023125012", Region: "DE"}, ""},
		{"Tel.: 030/23125012", "de", canon.Phone{E164: "+493023125012", Region: "DE"}, ""},
		{"tel:+49-30-23125012;ext=12", "", canon.Phone{E164: "+493023125012", Region: "DE", Extension: "12"}, ""},
		{"+49 30 23125012 Durchwahl 12", "", canon.Phone{E164: "+493023125012", Region: "DE", Extension: "12"}, ""},
		{"(541) 754-3010 x99", "US", canon.Phone{E164: "+15417543010", Region: "US", Extension: "99"}, ""},
		{"(541) 754-3010 ext. 007", "US", canon.Phone{E164: "+15417543010", Region: "US", Extension: "007"}, ""},
		{"020 7946 0958", "GB", canon.Phone{E164: "+442079460958", Region: "GB"}, ""},
		{"+39 06 6982", "", canon.Phone{E164: "+39066982", Region: "VA"}, ""},
		{"+49\u00a030\u00a023125\u2013012", "", canon.Phone{E164: "+493023125012", Region: "DE"}, ""},
		{"030 23125012 #7", "DE", canon.Phone{E164: "+493023125012", Region: "DE", Extension: "7"}, ""},
		{"1-212-555-0123", "US", canon.Phone{E164: "+12125550123", Region: "US"}, ""},
		{"(416) 555-0123", "US", canon.Phone{E164: "+14165550123", Region: "CA"}, ""},
		{"+47 79 02 12 34", "", canon.Phone{E164: "+4779021234", Region: "SJ"}, ""},
		{"＋４９ ３０ ２３１２５０１２", "", canon.Phone{E164: "+493023125012", Region: "DE"}, ""},
		{"+800 1234 5678", "", canon.Phone{E164: "+80012345678"}, ""},
		{"1-800-FLOWERS", "US", canon.Phone{}, "written with letters"},
		{"030 23125012", "", canon.Phone{}, "no country code"},
		{"030 23125012", "XX", canon.Phone{}, "no region"},
		{"+1 541", "", canon.Phone{}, "few digits"},
		{"+49 30", "", canon.Phone{}, "begins like this"},
		{"+49 30 2312501234567890", "", canon.Phone{}, "not a phone number"},
		{"+999 123456", "", canon.Phone{}, "country code"},
		{"see notes", "DE", canon.Phone{}, "letters"},
		{"030 1234567; 0171 1234567", "DE", canon.Phone{}, "more than one"},
		{"0351 4567890/91", "DE", canon.Phone{}, "second ending"},
		{"+49 (351) 4567890 / 1", "", canon.Phone{}, "second ending"},
		{"0351/4567890", "DE", canon.Phone{E164: "+493514567890", Region: "DE"}, ""},
		{"0351 4567890-91", "DE", canon.Phone{E164: "+49351456789091", Region: "DE"}, ""}, // dialled through
		{"", "DE", canon.Phone{}, "no digits"},
		{"+", "DE", canon.Phone{}, "no digits"},
		{strings.Repeat("1", 500), "DE", canon.Phone{}, "too long"},
		{"\xff030", "DE", canon.Phone{}, "UTF-8"},
	} {
		got, err := canon.ParsePhone(c.in, c.region)
		if c.reason != "" {
			if err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("ParsePhone(%q, %q) = %v, %v; want an error with %q", c.in, c.region, got, err, c.reason)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("ParsePhone(%q, %q) = %+v, %v; want %+v", c.in, c.region, got, err, c.want)
		}
		if again, err := canon.ParsePhone(got.String(), ""); err != nil || again != got {
			t.Errorf("ParsePhone(%q) = %+v, %v; want %+v", got.String(), again, err, got)
		}
	}
}

func TestParseCountry(t *testing.T) {
	parsed{
		"DE": "DE", "de": "DE", "DEU": "DE", "276": "DE", "D": "DE", "BRD": "DE", "Deutschland": "DE", " deutschland ": "DE",
		"Germany": "DE", "Allemagne": "DE", "Alemania": "DE", "Tyskland": "DE", "Niemcy": "DE", "Saksa": "DE", "ドイツ": "DE", "Германия": "DE",
		"A": "AT", "Österreich": "AT", "Oesterreich": "AT", "Austria": "AT", "CH": "CH", "Schweiz": "CH", "Suisse": "CH", "Svizzera": "CH",
		"UK": "GB", "England": "GB", "Scotland": "GB", "Great Britain": "GB", "Vereinigtes Königreich": "GB", "Holland": "NL",
		"The Netherlands": "NL", "USA": "US", "U.S.A.": "US", "United States of America": "US", "Estados Unidos": "US",
		"Südkorea": "KR", "Nordkorea": "KP", "Republic of Korea": "KR", "Czech Republic": "CZ", "Tschechien": "CZ", "Côte d’Ivoire": "CI",
		"Ivory Coast": "CI", "DR Congo": "CD", "Congo-Brazzaville": "CG", "Türkiye": "TR", "TURKEY": "TR", "Australia": "AU", "8": "AL", "008": "AL",
		"Kosovo": "XK", "Georgia": "GE", "Niger": "NE", "Nigeria": "NG", "Guinea": "GN", "Guinea-Bissau": "GW", "Dominica": "DM",
		"Dominican Republic": "DO", "Taiwan": "TW", "中国": "CN", "Russia": "RU", "Holy See": "VA", "L'Italia": "IT", "Swaziland": "SZ",
		"": "!not a country", "Atlantis": "!not a country", "XX": "!not a country", "??": "!not a country", "999": "!not a country",
		strings.Repeat("x", 1000): "!too long",
	}.check(t, canon.ParseCountry)
}

func TestAmbiguousCountries(t *testing.T) {
	for in, want := range map[string][]string{
		"Congo": {"CD", "CG"}, "kongo": {"CD", "CG"}, "Korea": {"KP", "KR"}, "Corée": {"KP", "KR"}, "Virgin Islands": {"VG", "VI"},
		"St. Martin": {"MF", "SX"}, "Tschechoslowakei": {"CZ", "SK"}, "Конго": {"CD", "CG"}, "the Congo": {"CD", "CG"},
	} {
		code, err := canon.ParseCountry(in)
		var ambiguous *canon.AmbiguousError
		if !errors.As(err, &ambiguous) || code != "" {
			t.Errorf("ParseCountry(%q) = %q, %v; want it to be ambiguous", in, code, err)
			continue
		}
		if diff := cmp.Diff(want, ambiguous.Codes); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

func TestParseCompany(t *testing.T) {
	for in, want := range map[string]canon.Company{
		"Siemens AG":                       {"Siemens", "AG"},
		"Heide GmbH":                       {"Heide", "GmbH"},
		"Müller Messebau GmbH & Co. KG":    {"Müller Messebau", "GmbH & Co. KG"},
		"Müller Messebau gmbh und co kg":   {"Müller Messebau", "GmbH & Co. KG"},
		"Müller Messebau GmbH&Co.KG":       {"Müller Messebau", "GmbH & Co. KG"},
		"Müller Messebau GmbH & CoKG":      {"Müller Messebau", "GmbH & Co. KG"},
		"Müller Messebau KG GmbH & Co":     {"Müller Messebau", "GmbH & Co. KG"},
		"Müller Gesellschaft mbH & Co. KG": {"Müller", "GmbH & Co. KG"},
		"Bosch Ges.m.b.H.":                 {"Bosch", "GmbH"},
		"Henkel AG & Co. KGaA":             {"Henkel", "AG & Co. KGaA"},
		"Start UG (haftungsbeschränkt)":    {"Start", "UG (haftungsbeschränkt)"},
		"Karl Maier e.K.":                  {"Karl Maier", "e.K."},
		"Turnverein 1860 e. V.":            {"Turnverein 1860", "e.V."},
		"Barclays PLC":                     {"Barclays", "plc"},
		"Acme Ltd":                         {"Acme", "Ltd."},
		"Acme Limited":                     {"Acme", "Ltd."},
		"Acme, Inc.":                       {"Acme", "Inc."},
		"Acme L.L.C.":                      {"Acme", "LLC"},
		"Toyota Motor Corporation":         {"Toyota Motor", "Corp."},
		"BHP Pty Ltd":                      {"BHP", "Pty Ltd"},
		"Infosys Private Limited":          {"Infosys", "Pte Ltd"},
		"Petronas Sdn. Bhd.":               {"Petronas", "Sdn Bhd"},
		"Boulangerie Paul S.à r.l.":        {"Boulangerie Paul", "S.à r.l."},
		"Danone S.A.":                      {"Danone", "S.A."},
		"Orange SAS":                       {"Orange", "SAS"},
		"Philips N.V.":                     {"Philips", "N.V."},
		"Bol.com B.V.":                     {"Bol.com", "B.V."},
		"Fiat S.p.A.":                      {"Fiat", "S.p.A."},
		"Pizza Roma S.r.l.":                {"Pizza Roma", "SRL"},
		"Telefónica S.L.":                  {"Telefónica", "S.L."},
		"Cemex S.A.B. de C.V.":             {"Cemex", "S.A. de C.V."},
		"Vinhos Ltda.":                     {"Vinhos", "Ltda."},
		"Novo Nordisk A/S":                 {"Novo Nordisk", "A/S"},
		"Lego ApS":                         {"Lego", "ApS"},
		"Equinor ASA":                      {"Equinor", "ASA"},
		"Volvo AB":                         {"Volvo", "AB"},
		"Kone Oyj":                         {"Kone", "Oyj"},
		"Mustakivi Oy":                     {"Mustakivi", "Oy"},
		"Marel hf.":                        {"Marel", "ehf."},
		"Bolt Technology OÜ":               {"Bolt Technology", "OÜ"},
		"UAB Vinted":                       {"Vinted", "UAB"},
		"SIA Rimi":                         {"Rimi", "SIA"},
		"Allegro Sp. z o.o.":               {"Allegro", "Sp. z o.o."},
		"Škoda Auto a.s.":                  {"Škoda Auto", "a.s."},
		"Jan Novák spol. s r.o.":           {"Jan Novák", "s.r.o."},
		"MOL Nyrt.":                        {"MOL", "Nyrt."},
		"Rimac d.o.o.":                     {"Rimac", "d.o.o."},
		"ООО Ромашка":                      {"Ромашка", "ООО"},
		"Koç Holding A.Ş.":                 {"Koç Holding", "A.Ş."},
		"株式会社トヨタ":                          {"トヨタ", "株式会社"},
		"トヨタ自動車株式会社":                       {"トヨタ自動車", "株式会社"},
		"㈱日立":                              {"日立", "(株)"},
		"华为技术有限公司":                         {"华为技术", "有限公司"},
		"삼성전자 주식회사":                        {"삼성전자", "주식회사"},
		"Huawei Technologies Co., Ltd.":    {"Huawei Technologies", "Co., Ltd."},
		"PT Telkom":                        {"Telkom", "PT"},
		"Stichting Natuur":                 {"Natuur", "Stichting"},
		"Airbus SE":                        {"Airbus", "SE"},
		"Acme":                             {"Acme", ""},
		"GmbH":                             {"GmbH", ""},
		"Ltd. Ltd.":                        {"Ltd.", "Ltd."},
		"":                                 {"", ""},
		"  The   Agency  ":                 {"The Agency", ""},
		"A " + strings.Repeat("x", 3000):   {"A " + strings.Repeat("x", 3000), ""},
	} {
		if got := canon.ParseCompany(in); got != want {
			t.Errorf("ParseCompany(%q) = %+v, want %+v", in, got, want)
		}
	}
}

func TestParsePostcode(t *testing.T) {
	for _, c := range []struct{ country, in, want string }{
		{"DE", "01067", "01067"}, {"DE", "D-01067", "01067"}, {"DE", " 10 115 ", "10115"}, {"DE", "DE-10115", "10115"}, {"DE", "D10115", "10115"},
		{"DE", "1067", "!leading zero"}, {"DE", "ABCDE", "!not a postcode of DE"}, {"DE", "", "!not a postcode"},
		{"AT", "A-1010", "1010"}, {"CH", "8001", "8001"}, {"NL", "1234ab", "1234 AB"}, {"GB", "sw1a1aa", "SW1A 1AA"}, {"GB", "M1 1AE", "M1 1AE"}, {"GB", "gir0aa", "GIR 0AA"},
		{"GB", "SW1A", "!"}, {"PL", "00950", "00-950"}, {"PT", "1000001", "1000-001"}, {"SE", "11455", "114 55"}, {"CZ", "110 00", "110 00"},
		{"CA", "k1a0b1", "K1A 0B1"}, {"US", "90210", "90210"}, {"US", "902101234", "90210-1234"}, {"JP", "〒1000001", "!"}, {"JP", "1000001", "100-0001"},
		{"IE", "D02X285", "D02 X285"}, {"IE", "D6WXY00", "D6W XY00"}, {"LT", "01100", "LT-01100"}, {"LT", "LT 01100", "LT-01100"}, {"LV", "LV1050", "LV-1050"},
		{"MT", "vlt1010", "VLT 1010"}, {"AD", "500", "AD500"}, {"BR", "01310100", "01310-100"}, {"", "d-01067", "D-01067"}, {"", " sw1a  1aa ", "SW1A 1AA"},
		{"", "!!", "!letters, digits"}, {"AE", "12345", "12345"}, {"DE", strings.Repeat("1", 100), "!too long"}, {"DE", "\xff01067", "!UTF-8"},
	} {
		parsed{c.in: c.want}.check(t, func(s string) (string, error) { return canon.ParsePostcode(s, c.country) })
	}
}

func TestParseURL(t *testing.T) {
	parsed{
		"https://example.com":              "https://example.com",
		"HTTP://Example.COM/":              "http://example.com",
		"www.example.com":                  "https://www.example.com",
		"example.com/a/b?x=1#y":            "https://example.com/a/b?x=1#y",
		"https://example.com:443/a/":       "https://example.com/a/",
		"https://example.com:8443":         "https://example.com:8443",
		"//example.com/x":                  "https://example.com/x",
		"müller.de/Straße":                 "https://xn--mller-kva.de/Stra%C3%9Fe",
		"<https://example.com/?#>":         "https://example.com",
		"":                                 "!empty",
		"example":                          "!no dot",
		"a b.com":                          "!space",
		"ftp://example.com":                "!neither http",
		"javascript://example.com/%0a1":    "!neither http",
		"anna@example.com":                 "!e-mail",
		"https://anna:pw@example.com":      "!user name",
		"https://example.com:99999":        "!port",
		"https://[::1]/":                   "!",
		"https://%zz":                      "!",
		strings.Repeat("a", 3000) + ".com": "!too long",
	}.check(t, canon.ParseURL)
}

func TestParseDate(t *testing.T) {
	for _, c := range []struct{ layout, in, want string }{
		{"02.01.2006", "31.12.2024", "2024-12-31T00:00:00Z"},
		{"02.01.06", "31.12.24", "2024-12-31T00:00:00Z"},
		{"1/2/2006", "3/4/2024", "2024-03-04T00:00:00Z"},
		{"2006-01-02 15:04", " 2024-03-04  05:06 ", "2024-03-04T05:06:00Z"},
		{time.RFC3339, "2024-03-04T05:06:07+02:00", "2024-03-04T03:06:07Z"},
		{"02.01.2006", "31.02.2024", "!day out of range"},
		{"02.01.2006", "2024-12-31", "!not a date written as"},
		{"DD.MM.YYYY", "31.12.2024", "!names no year"},
		{"dd.01.2006", "31.12.2024", "!names no month or day"},
		{"", "2024-12-31", "2024-12-31T00:00:00Z"},
		{"", "20241231", "2024-12-31T00:00:00Z"},
		{"", "2024-12-31T10:00:00Z", "2024-12-31T10:00:00Z"},
		{"", "2024-12-31 10:00", "2024-12-31T10:00:00Z"},
		{"", "31.12.2024", "2024-12-31T00:00:00Z"},
		{"", "3.4.2024", "2024-04-03T00:00:00Z"},
		{"", "31.12.2024 18:30", "2024-12-31T18:30:00Z"},
		{"", "12/31/2024", "2024-12-31T00:00:00Z"},
		{"", "31/12/2024", "2024-12-31T00:00:00Z"},
		{"", "4/4/2024", "2024-04-04T00:00:00Z"},
		{"", "2024/12/31", "2024-12-31T00:00:00Z"},
		{"", "31 Dec 2024", "2024-12-31T00:00:00Z"},
		{"", "31. Dezember 2024", "2024-12-31T00:00:00Z"},
		{"", "December 31st, 2024", "2024-12-31T00:00:00Z"},
		{"", "1er août 2024", "2024-08-01T00:00:00Z"},
		{"", "1 août 2024", "2024-08-01T00:00:00Z"},
		{"", "Tue, 31 Dec 2024 10:00", "2024-12-31T10:00:00Z"},
		{"", "3/4/2024", "!may be the 3/4 or the 4/3"},
		{"", "31.12.24", "!two digits"},
		{"", "31.02.2024", "!no such day"},
		{"", "32/13/2024", "!no such day"},
		{"", "yesterday", "!name its layout"},
		{"", "", "!name its layout"},
		{"", strings.Repeat("1", 1000), "!too long"},
	} {
		parsed{c.in: c.want}.check(t, func(s string) (string, error) {
			at, err := canon.ParseDate(s, c.layout)
			return at.UTC().Format(time.RFC3339), err
		})
	}
}

func TestParseNumbers(t *testing.T) {
	german := canon.Marks{Decimal: ",", Thousands: "."}
	for _, c := range []struct {
		in        string
		marks     canon.Marks
		int       int64
		float     float64
		intReason string
		reason    string
	}{
		{"42", canon.Marks{}, 42, 42, "", ""},
		{" -42 ", canon.Marks{}, -42, -42, "", ""},
		{"+7", canon.Marks{}, 7, 7, "", ""},
		{"−7", canon.Marks{}, -7, -7, "", ""},
		{"3.0", canon.Marks{}, 3, 3, "", ""},
		{".5", canon.Marks{}, 0, 0.5, "not a whole number", ""},
		{"1.5e3", canon.Marks{}, 0, 1500, "not a whole number", ""},
		{"1.234.567,5", german, 0, 1234567.5, "not a whole number", ""},
		{"1.234", german, 1234, 1234, "", ""},
		{"1 234", canon.Marks{Thousands: " "}, 1234, 1234, "", ""},
		{"1\u00a0234", canon.Marks{Thousands: " "}, 1234, 1234, "", ""},
		{"1’234.50", canon.Marks{Thousands: "'"}, 0, 1234.5, "not a whole number", ""},
		{"9223372036854775807", canon.Marks{}, 9223372036854775807, 9223372036854775807, "", ""},
		{"-9223372036854775808", canon.Marks{}, -9223372036854775808, -9223372036854775808, "", ""},
		{"9223372036854775808", canon.Marks{}, 0, 9223372036854775808, "64 bits", ""},
		{"1,5", canon.Marks{}, 0, 0, "name its marks", "name its marks"},
		{"12.34.567", german, 0, 0, "not a number", "not a number"},
		{"1234.567", german, 0, 0, "not a number", "not a number"},
		{"", canon.Marks{}, 0, 0, "not a number", "not a number"},
		{"-", canon.Marks{}, 0, 0, "not a number", "not a number"},
		{".", canon.Marks{}, 0, 0, "not a number", "not a number"},
		{"0x10", canon.Marks{}, 0, 0, "not a number", "not a number"},
		{"NaN", canon.Marks{}, 0, 0, "not a number", "not a number"},
		{"1_000", canon.Marks{}, 0, 0, "not a number", "not a number"},
		{"1e999", canon.Marks{}, 0, 0, "not a whole number", "too large"},
		{"1", canon.Marks{Thousands: "."}, 0, 0, "decimal mark", "decimal mark"},
		{"1", canon.Marks{Decimal: "ab"}, 0, 0, "no mark", "no mark"},
		{strings.Repeat("1", 200), canon.Marks{}, 0, 0, "too long", "too long"},
	} {
		i, err := canon.ParseInt(c.in, c.marks)
		if failed := err != nil; failed != (c.intReason != "") || failed && !strings.Contains(err.Error(), c.intReason) || i != c.int {
			t.Errorf("ParseInt(%q, %v) = %d, %v; want %d, error %q", c.in, c.marks, i, err, c.int, c.intReason)
		}
		f, err := canon.ParseFloat(c.in, c.marks)
		if failed := err != nil; failed != (c.reason != "") || failed && !strings.Contains(err.Error(), c.reason) || f != c.float {
			t.Errorf("ParseFloat(%q, %v) = %g, %v; want %g, error %q", c.in, c.marks, f, err, c.float, c.reason)
		}
	}
}

func TestParseBool(t *testing.T) {
	for in, want := range map[string]bool{"yes": true, " JA ": true, "1": true, "Sí": true, "No": false, "nein": false, "0": false, "Não": false} {
		if got, err := canon.ParseBool(in); err != nil || got != want {
			t.Errorf("ParseBool(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "maybe", "2"} {
		if got, err := canon.ParseBool(in); err == nil {
			t.Errorf("ParseBool(%q) = %v, want an error", in, got)
		}
	}
}
