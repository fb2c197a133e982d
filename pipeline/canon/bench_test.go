package canon_test

import (
	"testing"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// A run calls these once or more for each row.
func BenchmarkCanon(b *testing.B) {
	for name, call := range map[string]func(){
		"Fold/ascii":    func() { canon.Fold("Anna Meier") },
		"Fold/umlaut":   func() { canon.Fold("Jörg Müller") },
		"ParsePerson":   func() { canon.ParsePerson("Dr. Anna von der Heide") },
		"ParseCompany":  func() { canon.ParseCompany("Müller Messebau GmbH & Co. KG") },
		"ParseCountry":  func() { _, _ = canon.ParseCountry("Deutschland") },
		"ParseEmail":    func() { _, _ = canon.ParseEmail("Anna.Meier@example.com") },
		"ParsePhone":    func() { _, _ = canon.ParsePhone("030 23125-012", "DE") },
		"ParsePostcode": func() { _, _ = canon.ParsePostcode("D-01067", "DE") },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
	}
}
