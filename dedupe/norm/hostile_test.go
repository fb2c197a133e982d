package norm_test

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/norm"
)

// hostile are values that nobody should send, each to every kind.
func hostile() []string {
	const mega, long = 1 << 20, 1 << 14
	return []string{
		strings.Repeat("a", mega), strings.Repeat("ü", mega/2), strings.Repeat("\xff", mega), strings.Repeat("王", mega/3),
		strings.Repeat("ae", long), strings.Repeat(" ", long), strings.Repeat("\x00", long), strings.Repeat("1", long), strings.Repeat("a\u0301", long),
		strings.Repeat("ﷺ", 1000), strings.Repeat("α\u0308", 1000),
		strings.Repeat("1/", 500), strings.Repeat("a@", 500), strings.Repeat("(", 1000), strings.Repeat("\"", 999), strings.Repeat("Dr. ", 250),
		strings.Repeat("von ", 250), strings.Repeat(",", 1000), strings.Repeat("GmbH ", 200), strings.Repeat("& Co. KG ", 100), strings.Repeat("apt ", 250), strings.Repeat("#1 ", 300),
		strings.Repeat("a.", 500), strings.Repeat("-", 1000), "=cmd|' /C calc'!A0", "\x1b[31mred", "\u202eabc\u202c", "\x00", "a\x00b", "\xff\xfe", "\xc3", "e\u0301\u0301\u0301\u0301",
		"\u0301", "\ufeff", "\ufffd", "geb.", "(", "()", "\"\"", ".", "..", "-.-", "@", "+", "0", "00", "000000000000000000000000", "1e9", "T", "1T", "'", "St", "Nr", "PO Box", "#", "/",
	}
}

// growthMax is the factor by which folding may lengthen a text: ﷺ, of three
// bytes, stands for eighteen letters.
const growthMax = 11

func TestHostileValues(t *testing.T) {
	var p norm.Person
	var c norm.Company
	var e norm.Email
	var ph norm.Phone
	var a norm.Street
	for _, s := range hostile() {
		checkFold(t, s[:min(len(s), 4096)])
		for name, appendTo := range appenders {
			if got := appendTo(nil, s); len(got) > growthMax*len(s) {
				t.Errorf("%s made %d bytes of %d", name, len(got), len(s))
			}
		}
		p.ReadFull(s)
		checkPerson(t, &p)
		p.ReadParts(s, s)
		checkPerson(t, &p)
		c.Read(s)
		e.Read(s)
		ph.Read(s, "DE")
		a.Read(s)
		a.ReadParts(s, s)
		norm.ReadDate(s, norm.DayFirst)
		norm.OrderOf(s)
		norm.Roots([]byte(s))
	}
}

func checkPerson(t tester, p *norm.Person) {
	t.Helper()
	for what, part := range map[string][]byte{"Given": p.Given, "Family": p.Family, "Particles": p.Particles} {
		checkWords(t, what, part)
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Müller", "Παπαδόπουλος", "Щ", "王小明", "\xff", "´", "u\u0308e", "ﬁ", "İ", "각\u11a8", "か\u3099", "aa\u0345"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkFold(t, s) })
}

func FuzzPerson(f *testing.F) {
	for _, s := range []string{"Dr. Anna Müller-Lüdenscheidt", "von der Heide, Hans", "DUPONT Jean", "J.R.R. Tolkien", "A (B) C, Jr.", "geb. X", "王 小明", "Müller GmbH"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		var p norm.Person
		p.ReadFull(a)
		checkPerson(t, &p)
		if letters := fold(a); letters != "" && len(p.Given)+len(p.Family) == 0 {
			t.Errorf("%q left nothing of a name", a)
		}
		p.ReadParts(a, b)
		checkPerson(t, &p)
	})
}

func FuzzCompany(f *testing.F) {
	for _, s := range []string{"Müller & Söhne GmbH & Co. KG", "The X", "株式会社トヨタ", "A t/a B", "and of the", "Co Co Co"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var c norm.Company
		c.Read(s)
		checkWords(t, "Name", c.Name)
		checkWords(t, "Form", c.Form)
		if fold(s) != "" && len(c.Name) == 0 {
			t.Errorf("%q left nothing of a name", s)
		}
	})
}

func FuzzContact(f *testing.F) {
	for _, s := range []string{"a.b+c@gmail.com", "A <a@b.de>", "+49 (0)30 1234 ext 5", "030/1 / 2", "٠١", "a@@b", "\xff@x.y"} {
		f.Add(s, "DE")
	}
	f.Fuzz(func(t *testing.T, s, region string) {
		var e norm.Email
		e.Read(s)
		if e.Valid && (len(e.Domain) == 0 || len(e.Address) < 3 || strings.Count(string(e.Address), "@") != 1) {
			t.Errorf("%q is said to be an address: %q", s, e.Address)
		}
		if e.Valid {
			again := string(e.Address)
			if e.Read(again); string(e.Address) != again {
				t.Errorf("%q has the address %q, and that has %q", s, again, e.Address)
			}
		}
		var p norm.Phone
		p.Read(s, region)
		for _, digits := range [][]byte{p.National, p.Extension} {
			if strings.Trim(string(digits), "0123456789") != "" {
				t.Errorf("%q has the digits %q", s, digits)
			}
		}
		if p.Valid && (len(p.National) < 7 || len(p.National) > 15 || p.National[0] == '0') {
			t.Errorf("%q is said to be a number: %q", s, p.National)
		}
	})
}

func FuzzStreet(f *testing.F) {
	for _, s := range []string{"12 Main St., Apt. 4", "Hauptstr. 12/3", "PO Box 1", "3/12 X, 4", "17. Juni 1", "#1 #", "Nr 1 Nr 2", "12, rue", "ul. A 5 m. 3"} {
		f.Add(s, "12a")
	}
	f.Fuzz(func(t *testing.T, line, number string) {
		var a norm.Street
		check := func() {
			t.Helper()
			for what, part := range map[string][]byte{"Suffix": a.Suffix, "Words": a.Words, "Unit": a.Unit, "Rest": a.Rest} {
				checkWords(t, what, part)
			}
			if strings.Trim(string(a.Number), "0123456789") != "" {
				t.Errorf("%q has the number %q", line, a.Number)
			}
		}
		a.Read(line)
		check()
		a.ReadParts(line, number)
		for what, part := range map[string][]byte{"Suffix": a.Suffix, "Words": a.Words, "Unit": a.Unit, "Rest": a.Rest} {
			checkWords(t, what, part)
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2024-03-05", "5. März 2024", "20240305", "3/4/24", "1T", "9999999999999999999999"} {
		f.Add(s, uint8(0))
	}
	f.Fuzz(func(t *testing.T, s string, order uint8) {
		d := norm.ReadDate(s, norm.DateOrder(order%3))
		if d.Swapped != 0 && (d.Swapped/10000 != d.Day/10000 || d.Swapped/100%100 != d.Day%100 || d.Swapped%100 != d.Day/100%100) {
			t.Errorf("%q: %+v", s, d)
		}
		if d.Day > 99999999 || d.Exists && d.Day == 0 || !d.Exists && d.Swapped != 0 {
			t.Errorf("%q: %+v", s, d)
		}
	})
}
