package linkage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// Rows that differ in the unit of one house alone are not equal: nobody is joined
// with a neighbour of the same name, for sure or as a guess, and the explanation
// adds up. What is written in another way alone, or missing, is no difference.
func TestUnitsOfOneHouse(t *testing.T) {
	person := func(street string) []string {
		return []string{"Anna", "Müller", "", "", "", street, "Hamburg", "20095"}
	}
	hotel := func(street string) []string {
		return []string{"", "", "", "0351 4400", "Hotel Adler", street, "Dresden", "01067"}
	}
	for name, c := range map[string]struct {
		row           func(street string) []string
		a, b          string
		equal, asking bool
	}{
		"flats":                   {person, "Lindenweg 4, Wohnung 1", "Lindenweg 4, Wohnung 2", false, true},
		"a flat and a floor":      {person, "Lindenweg 4, Apt 12", "Lindenweg 4, 3. OG links", false, true},
		"flat and floor of 3":     {person, "Lindenweg 4, Wohnung 3", "Lindenweg 4, 3. OG", false, false},
		"marks":                   {person, "Lindenweg 4 #12", "Lindenweg 4 #13", false, true},
		"letters of the number":   {person, "Lindenweg 4a", "Lindenweg 4b", false, true},
		"guests":                  {person, "Lindenweg 4, c/o Weber", "Lindenweg 4, c/o Keller", false, true},
		"houses in a yard":        {person, "Lindenweg 4, Haus 2", "Lindenweg 4, Haus 3", false, true},
		"rooms of a company":      {hotel, "Marktplatz 1 Zimmer 100", "Marktplatz 1 Zimmer 101", false, true},
		"left and right":          {person, "Lindenweg 4, 3. OG links", "Lindenweg 4, 3. OG rechts", false, true},
		"a flat and stairs":       {person, "Lindenweg 4, Wohnung 2", "Lindenweg 4, Stiege 2 Tür 5", false, true},
		"one flat, written short": {person, "Lindenweg 4, Wohnung 1", "Lindenweg 4, Whg. 1", true, false},
		"a flat is missing":       {person, "Lindenweg 4, Wohnung 1", "Lindenweg 4", false, false},
		"stairs are missing":      {person, "Lindenweg 4, Stiege 2 Tür 5", "Lindenweg 4, Top 5", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			rows, _ := crowd(700)
			a, b := int32(len(rows)), int32(len(rows)+1)
			r := run(t, linkage.Config{}, append(rows, c.row(c.a), c.row(c.b)))
			e := r.Explain(a, b)
			sum, equal, asking := linkage.Weight(0), false, false
			for _, p := range e.Parts {
				sum += p.Weight
				equal = equal || strings.Contains(p.Level, "equal in every column")
				asking = asking || p.Field == "unit of the house"
			}
			if sum != e.Sum {
				t.Errorf("the parts add up to %v, the score is %v", sum, e.Sum)
			}
			if equal != c.equal || asking != c.asking {
				t.Errorf("equal in every column is %v, limited %v: %+v", equal, asking, e.Parts)
			}
			if c.asking && (r.Clusters[a] == r.Clusters[b] || r.Best[a] == r.Best[b] || e.Probability >= linkage.BestAbove) {
				t.Errorf("%q and %q are one, with %.3f", c.a, c.b, e.Probability)
			}
		})
	}
}

// A list of companies alone, with mailboxes, has no names of people.
func TestCompaniesWithMailboxes(t *testing.T) {
	columns := []linkage.Column{{Name: "company", Kind: linkage.Company}, {Name: "email", Kind: linkage.Email}}
	r := run(t, linkage.Config{Columns: columns}, [][]string{{"Kita Igel", "igel@kita.example"}, {"Kita Biene", "biene@kita.example"}, {"Kita Igel", "igel@kita.example"}})
	if r.Clusters[0] != r.Clusters[2] || r.Clusters[0] == r.Clusters[1] {
		t.Errorf("clusters %v, want the first and the last in one", r.Clusters)
	}
}

// A mailbox, a date of birth or a phone of one's own says more than the unit: who
// has it has moved within the house.
func TestUnitsOfOnePerson(t *testing.T) {
	rows, _ := crowd(700)
	a, b := int32(len(rows)), int32(len(rows)+1)
	r := run(t, linkage.Config{}, append(rows,
		[]string{"Anna", "Müller", "anna.mueller@mail3.example", "040 7654321", "", "Lindenweg 4, Wohnung 1", "Hamburg", "20095"},
		[]string{"Anna", "Müller", "anna.mueller@mail3.example", "040 7654321", "", "Lindenweg 4, Wohnung 2", "Hamburg", "20095"}))
	if r.Clusters[a] != r.Clusters[b] {
		t.Errorf("one mailbox and phone, two flats: %+v", r.Explain(a, b))
	}
}

// In a list of nothing but neighbours of one name nobody is joined: each row is
// another flat or room.
func TestListOfUnits(t *testing.T) {
	for name, row := range map[string]func(i int) []string{
		"flats": func(i int) []string {
			return []string{"Anna", "Müller", "", "", "", fmt.Sprintf("Lindenweg 4, Wohnung %d", i), "Hamburg", "20095"}
		},
		"rooms": func(i int) []string {
			return []string{"", "", "", "0351 4400", "Hotel Adler", fmt.Sprintf("Marktplatz 1 Zimmer %d", 100+i), "Dresden", "01067"}
		},
		"letters": func(i int) []string {
			return []string{"", "", "", "0351 4400", "Wohnbau eG", fmt.Sprintf("Lindenweg 1%c", 'a'+i-1), "Dresden", "01067"}
		},
	} {
		var rows [][]string
		for i := 1; i <= 26; i++ {
			rows = append(rows, row(i))
		}
		r := run(t, linkage.Config{}, rows)
		for i, first := range r.Best {
			if int(first) != i || int(r.Clusters[i]) != i {
				t.Errorf("%s: %v is joined with %v", name, rows[i], rows[first])
			}
		}
	}
}
