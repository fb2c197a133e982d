package dedupe_test

import (
	"fmt"
	"testing"
)

// Two companies of one name that differ in the legal form are two contacts until a
// person says otherwise, also by an equal mailbox and beside the one that the target
// has. A number is one company's, which has changed its form.
func TestLegalFormsAreAskedAbout(t *testing.T) {
	firm := func(id, name string) row {
		return row{source: "firms", id: id, cells: map[string]string{"company_name": name, "email": "info@mueller.example", "phone": "+49 351 4400",
			"address": "Marktplatz 1", "city": "Dresden", "postal_code": "01067"}}
	}
	for _, c := range []struct {
		a, b string
		one  bool
	}{
		{"Müller GmbH", "Müller AG", false},
		{"Müller GmbH", "Müller GmbH & Co. KG", false},
		{"Müller GmbH", "Müller G.m.b.H.", true},
		{"Miller Ltd", "Miller Limited", true},
		{"Miller Inc", "Miller Incorporated", true},
		{"Müller GmbH", "Müller", true},
		{"Müller GmbH & Co. KG", "Müller GmbH&Co.KG", true},
		{"Müller GmbH & Co. KG", "Müller KG GmbH & Co", true},
		{"Müller GbR", "Müller BGB-Gesellschaft", true},
		{"Gomez S.L.", "Gomez S.L.U.", true},
		{"Jansen BVBA", "Jansen BV", true},
		{"Acme LLC", "Acme, Inc., LLC", true},
		{"Rossi S.p.A.", "Rossi S.r.l.", false},
	} {
		for _, left := range []string{"", "email"} {
			t.Run(fmt.Sprintf("%s, %s, without %s", c.a, c.b, left), func(t *testing.T) {
				x, y := firm("1", c.a), firm("2", c.b)
				delete(x.cells, left)
				delete(y.cells, left)
				res := match(t, contactMatcher(t), []row{x, y}, nil)
				if one := len(res.Clusters) == 1; one != c.one || !one && len(res.Questions) != 1 {
					t.Errorf("%d clusters, %d questions; want one: %v, or a question", len(res.Clusters), len(res.Questions), c.one)
				}
				y.source = "target"
				res = match(t, contactMatcher(t), []row{x}, []row{y})
				if linked := res.Links[0].Block == nil && res.Links[0].Target == 0; linked != c.one {
					t.Errorf("beside the target: %+v, want one: %v", res.Links[0], c.one)
				}
			})
		}
	}
	x, y := firm("1", "Müller GmbH"), firm("2", "Müller AG")
	x.cells["customer_number"], y.cells["customer_number"] = "4711", "4711"
	if res := match(t, contactMatcher(t), []row{x, y}, nil); len(res.Clusters) != 1 {
		t.Errorf("%d clusters of one customer number, want 1", len(res.Clusters))
	}
}
