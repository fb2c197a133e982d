package norm_test

import (
	"testing"

	"github.com/reconkit/reconkit/dedupe/norm"
)

// Ways to write one legal form are alike; GmbH and AG are two companies, and GmbH
// may be GmbH & Co. KG written short, or its partner.
func TestLegalFormsOfOneName(t *testing.T) {
	form := func(name string) string {
		var c norm.Company
		c.Read(name)
		return string(norm.AppendForm(nil, c.Form))
	}
	for _, tt := range []struct {
		a, b string
		want norm.Forms
	}{
		{"Acme Ltd", "Acme Limited", norm.FormsAlike},
		{"Müller GmbH", "Müller G.m.b.H.", norm.FormsAlike},
		{"Müller GmbH", "Müller Gesellschaft mit beschränkter Haftung", norm.FormsAlike},
		{"Acme Inc", "Acme Incorporated", norm.FormsAlike},
		{"Acme Inc.", "Acme Corp.", norm.FormsAlike},
		{"Acme Pty Ltd", "Acme Ltd", norm.FormsAlike},
		{"Müller KG", "Müller & Co. KG", norm.FormsAlike},
		{"Müller GmbH & Co. KG", "Müller GmbH und Co KG", norm.FormsAlike},
		{"Müller GmbH Berlin", "Müller Berlin GmbH", norm.FormsAlike},
		{"Müller GmbH", "Müller", norm.FormsAlike},
		{"Müller GmbH", "Müller Gruppe", norm.FormsAlike},
		{"Müller Holding GmbH", "Müller Holding", norm.FormsAlike},
		{"株式会社トヨタ", "㈱トヨタ", norm.FormsAlike},
		{"Müller GmbH", "Müller AG", norm.FormsOther},
		{"Müller GmbH", "Müller e.V.", norm.FormsOther},
		{"Müller GmbH", "Müller Holding GmbH", norm.FormsOther},
		{"Durand SA", "Durand SAS", norm.FormsOther},
		{"Merck KG", "Merck KGaA", norm.FormsOther},
		{"Acme LLC", "Acme Inc", norm.FormsOther},
		{"Müller GmbH", "Müller GmbH & Co. KG", norm.FormsShort},
		{"Müller KG", "Müller GmbH & Co. KG", norm.FormsShort},
	} {
		a, b := form(tt.a), form(tt.b)
		if got := norm.CompareForms(a, b); got != tt.want {
			t.Errorf("%s and %s: forms %q and %q compare as %d, want %d", tt.a, tt.b, a, b, got, tt.want)
		}
		if norm.CompareForms(a, b) != norm.CompareForms(b, a) {
			t.Errorf("%s and %s compare otherwise the other way round", tt.a, tt.b)
		}
	}
}
