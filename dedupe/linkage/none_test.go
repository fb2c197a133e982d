package linkage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// What says that there is no number is no number: it neither forbids two rows to be
// one contact nor joins people, and the notes count it.
func TestValuesThatSayNone(t *testing.T) {
	columns := []linkage.Column{{Name: "given", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName}, {Name: "email", Kind: linkage.Email}, {Name: "phone", Kind: linkage.Phone}, {Name: "number", Kind: linkage.Identifier}}
	for _, none := range []string{"n/a", "0", "000000", "unbekannt", "-", "none", "keine", "N.A."} {
		rows := [][]string{
			{"Quirina", "Morgenstern", "", "030 5551234", "K17"},
			{"Quirina", "Morgenstern", "", "030 5551234", none},
			{"Tibor", "Oberhauser", "", "0341 998877", none},
		}
		r := run(t, linkage.Config{Columns: columns, Same: []string{"number"}, Never: []string{"number"}}, rows)
		if r.Best[0] != r.Best[1] || r.Best[2] == r.Best[0] {
			t.Errorf("with the number %q the rows are %v", none, r.Best)
		}
		if !slices.ContainsFunc(r.Report.Notes, func(n string) bool { return strings.HasPrefix(n, "2 values of number say that there is none") }) {
			t.Errorf("of the number %q the notes say %q", none, r.Report.Notes)
		}
	}
	for _, none := range []string{"keine@angabe.de", "noemail@example.com", "no-email@shop.example", "n/a"} {
		rows := [][]string{{"Quirina", "Morgenstern", none, "", ""}, {"Tibor", "Oberhauser", none, "", ""}}
		r := run(t, linkage.Config{Columns: columns, Same: []string{"email"}}, rows)
		if r.Best[0] == r.Best[1] || r.Report.Columns[2].Filled != 0 {
			t.Errorf("with the e-mail address %q the rows are %v and %d have one", none, r.Best, r.Report.Columns[2].Filled)
		}
	}
}
