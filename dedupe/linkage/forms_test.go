package linkage_test

import (
	"fmt"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// Two companies of one name and house that differ in the legal form are asked about,
// however much else they share, and the explanation adds up; ways to write one form
// are nothing to ask about, and a form that one of them lacks says nothing.
func TestLegalFormsAreAskedAbout(t *testing.T) {
	firm := func(name, mail, phone, number string) []string {
		return []string{"", "", mail, phone, name, "Marktplatz 1", "Dresden", "01067", number}
	}
	const mail, phone = "info@mueller.example", "0351 4400"
	for name, c := range map[string]struct {
		a, b []string
		want string // sure, guess: asked, and taken for one till then; asked
	}{
		"GmbH and AG, all else equal":     {firm("Müller GmbH", mail, phone, ""), firm("Müller AG", mail, phone, ""), "asked"},
		"GmbH and AG, other phones":       {firm("Müller GmbH", mail, phone, ""), firm("Müller AG", mail, "0351 887766", ""), "asked"},
		"GmbH and AG, no mailbox":         {firm("Müller GmbH", "", phone, ""), firm("Müller AG", "", phone, ""), "asked"},
		"a holding":                       {firm("Müller GmbH", mail, phone, ""), firm("Müller Holding GmbH", mail, phone, ""), "asked"},
		"GmbH and its GmbH & Co. KG":      {firm("Müller GmbH", mail, phone, ""), firm("Müller GmbH & Co. KG", mail, phone, ""), "guess"},
		"Ltd and Limited":                 {firm("Miller Ltd", mail, phone, ""), firm("Miller Limited", mail, phone, ""), "sure"},
		"GmbH and G.m.b.H.":               {firm("Müller GmbH", mail, phone, ""), firm("Müller G.m.b.H.", mail, phone, ""), "sure"},
		"Inc and Incorporated":            {firm("Miller Inc", mail, phone, ""), firm("Miller Incorporated", mail, phone, ""), "sure"},
		"UG and the GmbH that it became":  {firm("Müller UG", mail, phone, ""), firm("Müller GmbH", mail, phone, ""), "sure"},
		"GmbH & Co. KG without spaces":    {firm("Müller GmbH & Co. KG", mail, phone, ""), firm("Müller GmbH&Co.KG", mail, phone, ""), "sure"},
		"BVBA, and BV since 2019":         {firm("Jansen BVBA", mail, phone, ""), firm("Jansen BV", mail, phone, ""), "sure"},
		"Inc., LLC and LLC":               {firm("Miller, Inc., LLC", mail, phone, ""), firm("Miller LLC", mail, phone, ""), "sure"},
		"Inc and LLC":                     {firm("Miller Inc", mail, phone, ""), firm("Miller LLC", mail, phone, ""), "asked"},
		"a form is missing":               {firm("Müller GmbH", mail, phone, ""), firm("Müller", mail, phone, ""), "sure"},
		"one number: the form was chosen": {firm("Müller GmbH", mail, phone, "4711007"), firm("Müller AG", mail, phone, "4711007"), "sure"},
		"an employer's form":              {append([]string{"Anna", "Quandt", "anna.quandt@mueller.example"}, firm("Müller GmbH", "", phone, "")[3:]...), append([]string{"Anna", "Quandt", "anna.quandt@mueller.example"}, firm("Müller AG", "", phone, "")[3:]...), "sure"},
	} {
		for _, people := range []int{0, 700} {
			t.Run(fmt.Sprintf("%s, %d people", name, people), func(t *testing.T) {
				rows, _ := crowd(people)
				a, b := int32(len(rows)), int32(len(rows)+1)
				r := run(t, linkage.Config{}, append(rows, c.a, c.b))
				e := r.Explain(a, b)
				sum := linkage.Weight(0)
				for _, p := range e.Parts {
					sum += p.Weight
				}
				if sum != e.Sum {
					t.Errorf("the parts add up to %v, the score is %v", sum, e.Sum)
				}
				got := "apart"
				switch {
				case r.Clusters[a] == r.Clusters[b]:
					got = "sure"
				case r.Best[a] == r.Best[b]:
					got = "guess"
				case e.Probability >= linkage.PairsAbove:
					got = "asked"
				}
				if got != c.want {
					t.Errorf("%s with %.3f, want %s: %+v", got, e.Probability, c.want, e.Parts)
				}
			})
		}
	}
}

// An equal mailbox does not join two legal persons, and an equal number joins what was
// one company before it changed its form.
func TestLegalFormsAndSameColumns(t *testing.T) {
	firm := func(name string) []string {
		return []string{"", "", "info@mueller.example", "0351 4400", name, "Marktplatz 1", "Dresden", "01067", "4711007"}
	}
	for column, joined := range map[string]bool{"email": false, "number": true} {
		columns := people[:8]
		if joined {
			columns = people
		}
		rows, _ := crowd(700)
		a, b := len(rows), len(rows)+1
		r := run(t, linkage.Config{Columns: columns, Same: []string{column}}, append(rows, firm("Müller GmbH"), firm("Müller AG")))
		if (r.Clusters[a] == r.Clusters[b]) != joined {
			t.Errorf("same %s: joined is %v, want %v", column, !joined, joined)
		}
	}
}
