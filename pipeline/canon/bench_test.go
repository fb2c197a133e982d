package canon_test

import (
	"testing"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// A run calls these once or more for each row.
func BenchmarkCanon(b *testing.B) {
	for _, c := range []struct {
		name string
		call func()
	}{
		{"Fold/ascii", func() { canon.Fold("Anna Meier") }},
		{"Fold/umlaut", func() { canon.Fold("Jörg Müller") }},
		{"ParsePerson/plain", func() { canon.ParsePerson("Anna Meier") }},
		{"ParsePerson/title", func() { canon.ParsePerson("Dr. Anna von der Heide") }},
		{"ParsePerson/umlaut", func() { canon.ParsePerson("Jörg Müller") }},
		{"ParsePerson/capitals", func() { canon.ParsePerson("ANNA MEIER") }},
		{"ParseCompany/plain", func() { canon.ParseCompany("Novotrade International") }},
		{"ParseCompany/form", func() { canon.ParseCompany("Müller Messebau GmbH & Co. KG") }},
		{"ParseCountry/code", func() { _, _ = canon.ParseCountry("DE") }},
		{"ParseCountry/name", func() { _, _ = canon.ParseCountry("Deutschland") }},
		{"ParseCountry/umlaut", func() { _, _ = canon.ParseCountry("Österreich") }},
		{"ParseEmail", func() { _, _ = canon.ParseEmail("Anna.Meier@example.com") }},
		{"ParsePhone/international", func() { _, _ = canon.ParsePhone("+49 30 0285384", "DE") }},
		{"ParsePhone/national", func() { _, _ = canon.ParsePhone("030 901820", "DE") }},
		{"ParsePhone/mobile", func() { _, _ = canon.ParsePhone("0171 57135210", "DE") }},
		{"ParsePhone/american", func() { _, _ = canon.ParsePhone("(212) 555-0123", "US") }},
		{"ParsePhone/label", func() { _, _ = canon.ParsePhone("Tel. 030 901820", "DE") }},
		{"ParsePhone/refused", func() { _, _ = canon.ParsePhone("+49 30", "DE") }},
		{"ParsePostcode", func() { _, _ = canon.ParsePostcode("D-01067", "DE") }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.call()
			}
		})
	}
}

// BenchmarkTypicalRow is what a pipeline that maps people spends on one row:
// the name is read twice, once for the first and once for the last.
func BenchmarkTypicalRow(b *testing.B) {
	rows := [...]struct{ email, person, phone, country, company string }{
		{"Anna.Meier@example.com", "Anna Meier", "+49 30 0285384", "Deutschland", "Meier Messebau GmbH"},
		{"joerg.mueller@example.de", "Jörg Müller", "0171 57135210", "DE", "Müller & Söhne KG"},
		{"smith@example.org", "Smith, John", "(212) 555-0123", "USA", "Acme, Inc."},
		{"info@example.fr", "Dr. Chloé de la Tour", "+33 1 42 68 53 00", "France", "Tour Conseil"},
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r := &rows[i%len(rows)]
		_, _ = canon.ParseEmail(r.email)
		_ = canon.ParsePerson(r.person).First
		_ = canon.ParsePerson(r.person).Last
		_, _ = canon.ParsePhone(r.phone, "DE")
		_, _ = canon.ParseCountry(r.country)
		_ = canon.ParseCompany(r.company)
	}
}
