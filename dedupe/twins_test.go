package dedupe_test

import (
	"fmt"
	"testing"
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
