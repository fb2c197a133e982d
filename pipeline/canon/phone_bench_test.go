package canon_test

import (
	"testing"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// BenchmarkPhoneMix reads a column of phone numbers as lists of contacts hold
// them: a sixth of them does not exist.
func BenchmarkPhoneMix(b *testing.B) {
	column := [...]struct{ text, region string }{
		{"+49 30 0285384", "DE"}, {"0171 57135210", "DE"}, {"+41 44 285 0489", "CH"}, {"0161 408 9542", "GB"}, {"+1 310 639 4610", "US"}, {"+44 20 329 7770", "GB"},
		{"+43 1 563 9512", "AT"}, {"0221 240 4101", "DE"}, {"+34 91 168 9110", "ES"}, {"030 901820", "DE"}, {"+39 02 049 9425", "IT"}, {"+33 1 705 1820", "FR"},
		{"+31 20 274 0763", ""}, {"(212) 555-0123", "US"}, {"+49 (0)30 23125-012", "DE"}, {"0049 30 23125012", "DE"}, {"020 7946 0958", "GB"}, {"0221 347 9730", ""},
		{"Tel. 030 901820", "DE"}, {"+49 89 380 3617", ""}, {"044 668 18 00", "CH"}, {"+33 1 42 68 53 00", "FR"}, {"+45 32 12 34 56", "DK"}, {"+999 123456", "DE"},
	}
	buffer := make([]byte, 0, 48)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c := &column[i%len(column)]
		_, _ = canon.AppendPhone(buffer, c.text, c.region)
	}
}
