package norm_test

import (
	"testing"

	"github.com/reconkit/reconkit/dedupe/norm"
)

func TestCompany(t *testing.T) {
	tests := []struct{ in, name, form string }{
		{"", "", ""},
		{"X", "x", ""},
		{"GmbH", "gmbh", ""},
		{"Müller & Söhne GmbH & Co. KG", "muller sohne", "gmbhcokg"},
		{"Mueller und Soehne GmbH u. Co KG", "muller sohne", "gmbhcokg"},
		{"Muller + Sohne", "muller sohne", ""},
		{"Acme, Inc.", "acme", "inc"},
		{"Acme Intl. Ltd", "acme intl", "ltd"},
		{"ACME INTERNATIONAL LIMITED", "acme intl", "limited"},
		{"Smith P/L", "smith", "pl"},
		{"Smith L.L.C.", "smith", "llc"},
		{"Smith and Company", "smith", "company"},
		{"The Coca-Cola Company", "coca cola", "company"},
		{"Foo Holding Group", "foo", "holdinggroup"},
		{"Foo Grp", "foo", "grp"},
		{"Bank of America", "bank amer", ""},
		{"Siemens AG Niederlassung", "siemens niederlassung", "ag"},
		{"ACME GmbH Berlin", "acme berlin", "gmbh"},
		{"Société Générale S.A.", "soc gen", "sa"},
		{"Kowalski Sp. z o.o.", "kowalski", "spzoo"},
		{"株式会社トヨタ", "トヨタ", "株式会社"},
		{"㈱トヨタ", "トヨタ", "株"},
		{"ООО Ромашка", "romashka", "ooo"},
		{"Bakery LLC d/b/a Sweet Things", "bakery", "llc"},
		{"Alpha Ltd trading as Beta", "alpha", "ltd"},
		{"The The", "the", ""},
	}
	var c norm.Company
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			c.Read(tt.in)
			if string(c.Name) != tt.name || string(c.Form) != tt.form {
				t.Errorf("Read(%q) = %q, %q, want %q, %q", tt.in, c.Name, c.Form, tt.name, tt.form)
			}
		})
	}
}

func TestEmail(t *testing.T) {
	tests := []struct {
		in, address, local, tag, domain, words string
		flags                                  string // r(ole), f(ree), v(alid)
	}{
		{in: ""},
		{"Anna.Meier@Example.de", "anna.meier@example.de", "anna.meier", "", "example.de", "anna meier", "v"},
		{"John.Smith+news@GoogleMail.com", "johnsmith@gmail.com", "johnsmith", "news", "gmail.com", "john smith", "fv"},
		{"john.smith+a@work.com", "john.smith@work.com", "john.smith", "a", "work.com", "john smith", "v"},
		{"j_smith42@web.de", "j_smith42@web.de", "j_smith42", "", "web.de", "j smith", "fv"},
		{"info@firma.de", "info@firma.de", "info", "", "firma.de", "info", "rv"},
		{"sales2@firma.de", "sales2@firma.de", "sales2", "", "firma.de", "sales", "rv"},
		{"Anna <Anna@Example.de>", "anna@example.de", "anna", "", "example.de", "anna", "v"},
		{"mailto:anna@example.de", "anna@example.de", "anna", "", "example.de", "anna", "v"},
		{"müller@bücher.de", "müller@xn--bcher-kva.de", "müller", "", "xn--bcher-kva.de", "müller", "v"},
		{"foo", "foo", "foo", "", "", "foo", ""},
		{"a @ b@c", "a@b@c", "a@b", "", "c", "a b", ""},
		{"anna@localhost", "anna@localhost", "anna", "", "localhost", "anna", ""},
		{"@x", "@x", "", "", "x", "", ""},
	}
	var e norm.Email
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			e.Read(tt.in)
			flags := ""
			for i, on := range []bool{e.Role, norm.FreeMailHost(string(e.Domain)), e.Valid} {
				if on {
					flags += "rfv"[i : i+1]
				}
			}
			got := [...]string{string(e.Address), string(e.Local), string(e.Tag), string(e.Domain), string(e.Words), flags}
			if want := [...]string{tt.address, tt.local, tt.tag, tt.domain, tt.words, tt.flags}; got != want {
				t.Errorf("Read(%q) =\n%q, want\n%q", tt.in, got, want)
			}
		})
	}
}

func TestPhone(t *testing.T) {
	tests := []struct {
		in, region, national, extension string
		valid                           bool
	}{
		{in: ""},
		{"+49 (0)30 1234568", "", "301234568", "", true},
		{"+49 30 1234568", "US", "301234568", "", true},
		{"0049 30 1234568", "", "301234568", "", true},
		{"030/1234568", "", "301234568", "", true},
		{"030/1234568", "DE", "301234568", "", true},
		{"Tel.: 030 1234568", "", "301234568", "", true},
		{"+1 212 555 0123", "", "2125550123", "", true},
		{"(212) 555-0123", "", "2125550123", "", true},
		{"(212) 555-0123", "US", "2125550123", "", true},
		{"1-212-555-0123 ext. 12", "", "2125550123", "12", true},
		{"212.555.0123x4", "", "2125550123", "4", true},
		{"555-0123 #7", "", "5550123", "7", true},
		{"+39 06 6982", "", "66982", "", false},
		{"+351 21 123 4568", "", "211234568", "", true},
		{"030 1234568 / 0171 4567890", "", "301234568", "", true},
		{"030 1234568; 0171 4567890", "", "301234568", "", true},
		{"٠٣٠١٢٣٤٥٦٨", "", "301234568", "", true},
		{"030–123 45 68", "", "301234568", "", true},
		{"12345", "", "12345", "", false},
		{"0000000000", "", "", "", false},
		{"9999999999", "", "9999999999", "", false},
		{"1234567", "", "1234567", "", false},
		{"12345678901234567890", "", "12345678901234567890", "", false},
		{"n/a", "", "", "", false},
	}
	var p norm.Phone
	for _, tt := range tests {
		t.Run(tt.in+" "+tt.region, func(t *testing.T) {
			p.Read(tt.in, tt.region)
			if string(p.National) != tt.national || string(p.Extension) != tt.extension || p.Valid != tt.valid {
				t.Errorf("Read(%q, %q) = %q, %q, %v, want %q, %q, %v", tt.in, tt.region, p.National, p.Extension, p.Valid, tt.national, tt.extension, tt.valid)
			}
		})
	}
	p.Read("+49 30 1234568", "")
	if string(p.Tail(7)) != "1234568" || string(p.Tail(20)) != "301234568" {
		t.Errorf("tails: %q, %q", p.Tail(7), p.Tail(20))
	}
}

func TestPostcode(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "10115": "10115", "D-10115": "10115", "sw1a 1aa": "SW1A1AA", "89132-1234": "89132", " 89132-1234 ": "89132",
		"01310-100": "01310100", "00-950": "00950", "1010.0": "1010", "Ｄ－１０１１５": "10115", "D – 10115": "10115", "n/a": "NA", "01067": "01067",
	} {
		if got := string(norm.AppendPostcode(nil, in)); got != want {
			t.Errorf("AppendPostcode(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCity(t *testing.T) {
	same := [][]string{
		{"Frankfurt am Main", "Frankfurt a.M.", "Frankfurt a. M.", "Frankfurt/Main", "FRANKFURT (MAIN)", "Frankfurt"},
		{"Frankfurt (Oder)", "Frankfurt an der Oder", "Frankfurt/Oder", "Frankfurt/O."},
		{"St. Louis", "Saint Louis", "st louis"},
		{"St. Gallen", "Sankt Gallen", "St.Gallen"},
		{"München", "Munich", "Muenchen", "MÜNCHEN"},
		{"Köln", "Cologne", "Koeln"},
		{"Wien", "Vienna", "Wien "},
		{"Newcastle upon Tyne", "Newcastle-on-Tyne"},
		{"Rothenburg ob der Tauber", "Rothenburg o.d.T."},
		{"Москва", "Moskau", "Moscow"},
		{"Αθήνα", "Athens", "Athen"},
		{"New York City", "New York", "NYC"},
		{"Genève", "Genf", "Geneva"},
	}
	for _, spellings := range same {
		first := string(norm.AppendCity(nil, spellings[0]))
		for _, s := range spellings[1:] {
			if got := string(norm.AppendCity(nil, s)); got != first {
				t.Errorf("%q is %q, %q is %q", spellings[0], first, s, got)
			}
		}
	}
	for in, want := range map[string]string{"": "", "北京": "北京", "north ryde": "north ryde", "Am Mellensee": "am mellensee"} {
		if got := string(norm.AppendCity(nil, in)); got != want {
			t.Errorf("AppendCity(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCountry(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "DE": "de", "Deutschland": "de", "germany": "de", "USA": "us", "Österreich": "at", "Azerbejdżan": "az", "Atlantis": "atlantis", "276": "de",
	} {
		if got := string(norm.AppendCountry(nil, in)); got != want {
			t.Errorf("AppendCountry(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestOrderOf(t *testing.T) {
	for in, want := range map[string]norm.DateOrder{
		"": norm.OrderUnknown, "3/4/2024": norm.OrderUnknown, "4/4/2024": norm.OrderUnknown, "25/3/2024": norm.DayFirst, "25.3.24": norm.DayFirst,
		"3/25/2024": norm.MonthFirst, "12/31/1999 10:00": norm.MonthFirst, "31/31/2024": norm.OrderUnknown, "2024-25-03": norm.OrderUnknown,
		"29/2/2023": norm.OrderUnknown, "25. March 2024": norm.OrderUnknown, "25/3/99999": norm.OrderUnknown, "x": norm.OrderUnknown,
	} {
		if got := norm.OrderOf(in); got != want {
			t.Errorf("%q shows the order %d, want %d", in, got, want)
		}
	}
}

func TestDate(t *testing.T) {
	tests := []struct {
		in    string
		order norm.DateOrder
		want  norm.Date
	}{
		{"", 0, norm.Date{}},
		{"foo", 0, norm.Date{}},
		{"2024-03-05", 0, norm.Date{Day: 20240305, Swapped: 20240503, Exists: true}},
		{"1996/03/25", 0, norm.Date{Day: 19960325, Exists: true}},
		{"1996/25/03", 0, norm.Date{Day: 19960325, Exists: true}},
		{"05.03.2024", 0, norm.Date{Day: 20240305, Swapped: 20240503, Exists: true}},
		{"5.3.2024", norm.MonthFirst, norm.Date{Day: 20240503, Swapped: 20240305, Exists: true}},
		{"3/4/2024", 0, norm.Date{Day: 20240304, Swapped: 20240403, Exists: true}},
		{"3/4/2024", norm.DayFirst, norm.Date{Day: 20240403, Swapped: 20240304, Exists: true}},
		{"25/3/2024", norm.MonthFirst, norm.Date{Day: 20240325, Exists: true}},
		{"4/4/2024", 0, norm.Date{Day: 20240404, Exists: true}},
		{"March 5, 2024", 0, norm.Date{Day: 20240305, Exists: true}},
		{"5. März 2024", 0, norm.Date{Day: 20240305, Exists: true}},
		{"5 août 2024", 0, norm.Date{Day: 20240805, Exists: true}},
		{"the 5th of March 2024", 0, norm.Date{Day: 20240305, Exists: true}},
		{"Tue, 5 Mar 2024 10:00:00", 0, norm.Date{Day: 20240305, Exists: true}},
		{"20240305", 0, norm.Date{Day: 20240305, Swapped: 20240503, Exists: true}},
		{"05032024", 0, norm.Date{Day: 20240305, Swapped: 20240503, Exists: true}},
		{"2024-03-05T10:00:00Z", 0, norm.Date{Day: 20240305, Swapped: 20240503, Exists: true}},
		{"2024-03-25 10:00", 0, norm.Date{Day: 20240325, Exists: true}},
		{"20240325T100000Z", 0, norm.Date{Day: 20240325, Exists: true}},
		{"12/11/78", 0, norm.Date{Day: 19781211, Swapped: 19781112, Exists: true}},
		{"13.11.05", 0, norm.Date{Day: 20051113, Exists: true}},
		{"1978", 0, norm.Date{Day: 19780000, Exists: true}},
		{"05/2024", 0, norm.Date{Day: 20240500, Exists: true}},
		{"2024-05", 0, norm.Date{Day: 20240500, Exists: true}},
		{"May 2024", 0, norm.Date{Day: 20240500, Exists: true}},
		{"1985-02-31", 0, norm.Date{Day: 19850231}},
		{"19850231", 0, norm.Date{Day: 19850231}},
		{"2024-02-29", 0, norm.Date{Day: 20240229, Exists: true}},
		{"2023-02-29", 0, norm.Date{Day: 20230229}},
		{"0000-00-00", 0, norm.Date{}},
		{"00000000", 0, norm.Date{}},
		{"10:30", 0, norm.Date{}},
		{"12345", 0, norm.Date{}},
		{"99999999999999999999", 0, norm.Date{}},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			if got := norm.ReadDate(tt.in, tt.order); got != tt.want {
				t.Errorf("ReadDate(%q, %d) = %+v, want %+v", tt.in, tt.order, got, tt.want)
			}
		})
	}
}

func TestIdentifier(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "C-0012": "C0012", "c 0012": "C0012", "0012": "12", "000": "0", "12.0": "12", "'0012": "12", "123-45-6789": "123456789",
		"１２": "12", "ä-1": "Ä1", "a\u0308-1": "Ä1", "A+B": "A+B", "王-01": "王01", "1.5": "15", "0-0": "0", "٠١٢": "12",
	} {
		if got := string(norm.AppendIdentifier(nil, in)); got != want {
			t.Errorf("AppendIdentifier(%q) = %q, want %q", in, got, want)
		}
	}
	if string(norm.AppendIdentifier(nil, "A1")) == string(norm.AppendIdentifier(nil, "Ä1")) {
		t.Error("two identifiers became one")
	}
}
