package dedupe_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// TestCouplesAreNotOnePerson has two people whose first names are a letter or
// two apart and who share all else, e-mail included: nothing may join them
// unasked, also not with the contact of the other that the target has.
func TestCouplesAreNotOnePerson(t *testing.T) {
	for _, pair := range [][2]string{{"Peter", "Petra"}, {"Daniela", "Daniel"}, {"Christian", "Christine"}, {"Martin", "Martina"},
		{"Andreas", "Andrea"}, {"René", "Renée"}, {"Gabriele", "Gabriel"},
		{"Michael", "Michaela"}, {"Manuela", "Manuel"}, {"Raphael", "Raphaela"}, {"Samuel", "Samuela"}, {"Emanuel", "Emanuela"}} {
		t.Run(pair[0], func(t *testing.T) {
			home := func(id, first string) row {
				return row{source: "people", id: id, cells: map[string]string{"first_name": first, "last_name": "Maier", "email": "maier@example.com",
					"phone": "+49221123456", "city": "Köln", "postal_code": "50667", "address": "Domstr. 1"}}
			}
			res := match(t, contactMatcher(t), []row{home("1", pair[0]), home("2", pair[1])}, nil)
			if len(res.Clusters) != 2 || len(res.Questions) == 0 {
				t.Errorf("%d clusters, questions %v; want 2 and a question", len(res.Clusters), res.Questions)
			}
			target := home("9", pair[1])
			target.source = "target"
			res = match(t, contactMatcher(t), []row{home("1", pair[0])}, []row{target})
			if link := res.Links[0]; link.Block == nil {
				t.Errorf("link %+v, want a question", link)
			}
		})
	}
}

// Brothers and sisters have names that are alike and the mailbox of their parents:
// nothing may join them unasked, also not with the contact of the other that the
// target has. A number is one person's.
func TestSiblingsOfOneMailboxAreAsked(t *testing.T) {
	child := func(id, first string) row {
		return row{source: "people", id: id, cells: map[string]string{"first_name": first, "last_name": "Maier", "email": "familie.maier@example.com",
			"phone": "+49221123456", "city": "Köln", "postal_code": "50667", "address": "Domstr. 1"}}
	}
	for _, c := range []struct {
		a, b string
		one  bool
	}{
		{"Joel", "Noel", false}, {"Samuel", "Manuel", false}, {"Bert", "Berta", false}, {"Mia", "Lia", false}, {"Lara", "Laura", false},
		{"Michael", "Micheal", true}, {"Stefan", "Stephan", true}, {"Jon", "John", true}, {"Max", "Maximilian", true},
		{"Anna Maria", "Annamaria", true}, {"Anna Lena", "Annalena", true}, {"Hans Peter", "Hans", true}, {"Lara", "Lrara", true},
	} {
		t.Run(c.a+", "+c.b, func(t *testing.T) {
			x, y := child("1", c.a), child("2", c.b)
			res := match(t, contactMatcher(t), []row{x, y}, nil)
			if one := len(res.Clusters) == 1; one != c.one || !one && len(res.Questions) != 1 {
				t.Errorf("%d clusters, %d questions; want one: %v, or a question", len(res.Clusters), len(res.Questions), c.one)
			}
			told, err := contactMatcher(t).Explain(t.Context(), pipeline.MatchInput{Records: tableOf(t, []row{x, y}, uncut)}, 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			if joins := slices.Contains(told.Rules, "same: equal value of email"); joins != c.one {
				t.Errorf("explained with %q", told.Rules)
			}
			y.source = "target"
			res = match(t, contactMatcher(t), []row{x}, []row{y})
			if linked := res.Links[0].Block == nil && res.Links[0].Target == 0; linked != c.one {
				t.Errorf("beside the target: %+v, want one: %v", res.Links[0], c.one)
			}
		})
	}
	x, y := child("1", "Joel"), child("2", "Noel")
	x.cells["customer_number"], y.cells["customer_number"] = "4711", "4711"
	if res := match(t, contactMatcher(t), []row{x, y}, nil); len(res.Clusters) != 1 {
		t.Errorf("%d clusters of one customer number, want 1", len(res.Clusters))
	}
}

// TestInitialsAreNotOnePerson has people who share a family name and a phone, and
// of whose first names initials are known: Jan and Julia are both J.
func TestInitialsAreNotOnePerson(t *testing.T) {
	others := []row{}
	for i, first := range []string{"Anna", "Peter", "Rosa", "Pavel", "Ida"} {
		others = append(others, row{source: "people", id: fmt.Sprint("other", i), cells: map[string]string{"first_name": first, "last_name": "Weber",
			"phone": fmt.Sprintf("+4930%d", 1234567+31*i), "email": first + "@example.com"}})
	}
	of := func(id, first, email string) row {
		return row{source: "people", id: id, cells: map[string]string{"first_name": first, "last_name": "Müller", "phone": "+49221123456", "email": email, "notes": id}}
	}
	for _, pair := range [][2]string{{"J.", "Jan"}, {"J. P.", "J. T."}, {"J.", "Julia Maria"}} {
		rows := append([]row{of("1", pair[0], ""), of("2", pair[1], "")}, others...)
		if res := match(t, contactMatcher(t), rows, nil); len(res.Clusters) != len(rows) {
			t.Errorf("%v with one phone are one contact", pair)
		}
	}
	rows := append([]row{of("1", "J.", ""), of("2", "Jan", "")}, others...)
	if res := match(t, contactMatcher(t), rows, nil); len(res.Questions) == 0 {
		t.Error("nobody asks whether J. and Jan with one phone are one")
	}
	rows = append([]row{of("1", "J.", "sonnenblume71@example.com"), of("2", "Jan", "sonnenblume71@example.com")}, others...)
	if res := match(t, contactMatcher(t), rows, nil); len(res.Clusters) != len(rows)-1 {
		t.Error("J. and Jan with one e-mail of their own are two contacts")
	}
}

// TestOneNameOfManySpellings joins what one person writes one way or another.
func TestOneNameOfManySpellings(t *testing.T) {
	for _, pair := range [][2]string{{"Anna", "Anne"}, {"Stefan", "Stephan"}, {"Jürgen", "Juergen"}, {"Daniel", "Danel"}} {
		rows := []row{
			{source: "people", id: "1", cells: map[string]string{"first_name": pair[0], "last_name": "Maier", "email": "maier@example.com"}},
			{source: "people", id: "2", cells: map[string]string{"first_name": pair[1], "last_name": "Maier", "email": "maier@example.com"}}}
		if res := match(t, contactMatcher(t), rows, nil); len(res.Clusters) != 1 {
			t.Errorf("%s and %s with one e-mail are %d contacts, want 1", pair[0], pair[1], len(res.Clusters))
		}
	}
}

// A pair that is likely to be one and asked about all the same says why.
func TestLikelyQuestionsSayWhy(t *testing.T) {
	x := row{source: "people", id: "1", cells: map[string]string{"first_name": "G.", "last_name": "Zimmermann", "phone": "+49221123456", "city": "Köln", "postal_code": "50667", "address": "Domstr. 1"}}
	y := row{source: "people", id: "2", cells: map[string]string{"first_name": "Gisela", "last_name": "Zimmermann", "phone": "+49221123456", "city": "Köln", "postal_code": "50667", "address": "Domstr. 1"}}
	res := match(t, contactMatcher(t), []row{x, y}, nil)
	if len(res.Questions) != 1 || res.Questions[0].Score < .95 || !strings.Contains(res.Questions[0].Why, "first names are alike") {
		t.Errorf("questions %+v", res.Questions)
	}
}
