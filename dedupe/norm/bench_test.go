package norm_test

import (
	"testing"

	"github.com/reconkit/reconkit/dedupe/norm"
)

// run gives each value of a column to read, again and again; ns/op and
// allocs/op are those of one value.
func run(b *testing.B, values []string, read func(string)) {
	for _, v := range values {
		read(v) // tables and buffers
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		read(values[i%len(values)])
	}
}

func BenchmarkFold(b *testing.B) {
	var buf []byte
	fold := func(s string) { buf = norm.AppendFold(buf[:0], s) }
	b.Run("ascii", func(b *testing.B) { run(b, []string{"Anna Meier", "SMITH", "Robert J. Brown", "o'brien"}, fold) })
	b.Run("latin", func(b *testing.B) { run(b, []string{"Jürgen Müller", "Łukasz", "Søren Åkesson", "Weiß"}, fold) })
	b.Run("cyrillic", func(b *testing.B) { run(b, []string{"Юрий Щербаков", "Мария Иванова"}, fold) })
	b.Run("greek", func(b *testing.B) { run(b, []string{"Ευάγγελος Παπαδόπουλος"}, fold) })
	b.Run("han", func(b *testing.B) { run(b, []string{"王小明", "김철수", "山田太郎"}, fold) })
}

func BenchmarkWords(b *testing.B) {
	var buf []byte
	run(b, []string{"Mueller", "Jürgen Müller", "Michael", "plain free text of some length"}, func(s string) { buf = norm.AppendWords(buf[:0], s) })
}

func BenchmarkPerson(b *testing.B) {
	var p norm.Person
	b.Run("full", func(b *testing.B) {
		run(b, []string{"Anna Meier", "Smith, John", "Dr. Jörg Müller", "Robert J. Brown Jr.", "Vincent van Gogh", "Anna-Lena Schmidt"}, p.ReadFull)
	})
	b.Run("parts", func(b *testing.B) {
		names := [][2]string{{"Anna", "Meier"}, {"John", "Smith"}, {"Jörg", "Müller"}, {"ROBERT", "BROWN"}, {"Anna-Lena", "von der Heide"}}
		for _, n := range names {
			p.ReadParts(n[0], n[1])
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			n := names[i%len(names)]
			p.ReadParts(n[0], n[1])
		}
	})
}

func BenchmarkRoots(b *testing.B) {
	words := [][]byte{[]byte("bob"), []byte("anna"), []byte("xaviera"), []byte("hansi")}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		norm.Roots(words[i%len(words)])
	}
}

func BenchmarkCompany(b *testing.B) {
	var c norm.Company
	run(b, []string{"Müller & Söhne GmbH & Co. KG", "Acme, Inc.", "Northern Logistics Pty Ltd", "Smith Consulting", "Brown & White International Limited"}, c.Read)
}

func BenchmarkEmail(b *testing.B) {
	var e norm.Email
	run(b, []string{"anna.meier@example.de", "John.Smith+news@gmail.com", "info@acme.com", "j_smith42@web.de"}, e.Read)
}

func BenchmarkPhone(b *testing.B) {
	var p norm.Phone
	values := []string{"+49 30 1234567", "(212) 555-0123", "030/1234567", "0171 57135210", "212.555.0123", "2125550123"}
	b.Run("no region", func(b *testing.B) { run(b, values, func(s string) { p.Read(s, "") }) })
	b.Run("region", func(b *testing.B) { run(b, values, func(s string) { p.Read(s, "DE") }) })
}

func BenchmarkStreet(b *testing.B) {
	var a norm.Street
	run(b, []string{"12 Main Street", "Hauptstr. 12a", "221 N Washington Ave, Apt 4", "7 wallaby place", "ul. Długa 5 m. 3"}, a.Read)
}

func BenchmarkPlace(b *testing.B) {
	var buf []byte
	b.Run("postcode", func(b *testing.B) {
		run(b, []string{"10115", "SW1A 1AA", "D-80331", "89132-1234"}, func(s string) { buf = norm.AppendPostcode(buf[:0], s) })
	})
	b.Run("city", func(b *testing.B) {
		run(b, []string{"Berlin", "Frankfurt am Main", "München", "St. Louis", "north ryde"}, func(s string) { buf = norm.AppendCity(buf[:0], s) })
	})
	b.Run("country", func(b *testing.B) {
		run(b, []string{"DE", "Germany", "USA", "Österreich"}, func(s string) { buf = norm.AppendCountry(buf[:0], s) })
	})
}

func BenchmarkDate(b *testing.B) {
	run(b, []string{"1971-06-24", "19081209", "24.06.1971", "6/24/1971", "March 5, 2024"}, func(s string) { norm.ReadDate(s, norm.OrderUnknown) })
}

func BenchmarkIdentifier(b *testing.B) {
	var buf []byte
	run(b, []string{"C00012345", "6988048", "123-45-6789", "DE 123 456 789"}, func(s string) { buf = norm.AppendIdentifier(buf[:0], s) })
}
