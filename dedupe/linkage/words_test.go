package linkage_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// facilities are the groups of some houses, of which each has one address, phone and
// mailbox, and every second group is there twice with a slip.
func facilities(houses int, groups []string, name func(group string) string) (rows [][]string, truth []int) {
	for h := range houses {
		for g, group := range groups {
			row := []string{"", "", fmt.Sprintf("info@haus%d.example", h), fmt.Sprintf("0351 44%04d", 7*h), name(group),
				fmt.Sprintf("%s %d", pick(streetNames, h), 1+h), "Dresden", "01067"}
			rows, truth = append(rows, row), append(truth, h*len(groups)+g)
			if g%2 == 0 {
				again := append([]string(nil), row...)
				again[4] = name(group[:2] + group[3:])
				rows, truth = append(rows, again), append(truth, h*len(groups)+g)
			}
		}
	}
	return rows, truth
}

// Groups of one house have one name but for a word, and share all else. No two of
// them are joined, a slip is still found, and the explanation adds up.
func TestSeriesInWords(t *testing.T) {
	for name, c := range map[string]struct {
		groups []string
		name   func(string) string
	}{
		"Kita":  {[]string{"Igelchen", "Eule", "Fuchs", "Marienkäfer"}, func(g string) string { return "Kita " + g }},
		"halls": {[]string{"Norden", "Süden", "Osten", "Westen"}, func(g string) string { return "Halle " + g + " der Messe" }},
	} {
		for _, people := range []int{0, 700} {
			t.Run(fmt.Sprintf("%s, %d people", name, people), func(t *testing.T) {
				rows, _ := crowd(people)
				more, truth := facilities(20, c.groups, c.name)
				rows = append(rows, more...)
				r := run(t, linkage.Config{}, rows)
				found := 0
				for i := people; i < len(rows); i++ {
					for _, first := range []int32{r.Clusters[i], r.Best[i]} {
						if int(first) < people || truth[int(first)-people] != truth[i-people] {
							t.Fatalf("%v is one with %v: %+v", rows[i], rows[first], r.Explain(first, int32(i)))
						}
					}
					if int(r.Best[i]) != i {
						found++
					}
				}
				if found < 30 {
					t.Errorf("%d of 40 second rows with a slip were found, want 30 at least", found)
				}
				e := r.Explain(int32(people), int32(people)+2)
				sum := linkage.Weight(0)
				for _, p := range e.Parts {
					sum += p.Weight
				}
				if sum != e.Sum || e.Probability < linkage.PairsAbove {
					t.Errorf("the parts add up to %v, the score is %v, and it is to be asked about: %+v", sum, e.Sum, e.Parts)
				}
			})
		}
	}
}

// Two names that differ in a word are no series where the list does not show one:
// a house may be written in two ways.
func TestTwoNamesAreNoSeries(t *testing.T) {
	rows, _ := crowd(700)
	a, b := int32(len(rows)), int32(len(rows)+1)
	firm := func(name string) []string {
		return []string{"", "", "info@igel.example", "0351 4400", name, "Marktplatz 1", "Dresden", "01067"}
	}
	r := run(t, linkage.Config{}, append(rows, firm("Kita Igel Dresden"), firm("Kindertagesstätte Igel Dresden")))
	if r.Best[a] != r.Best[b] {
		t.Errorf("one house in two spellings is two: %+v", r.Explain(a, b))
	}
}

// Added records that make a series of names known take back what was joined before.
func TestAddedRecordsMakeASeries(t *testing.T) {
	rows, _ := crowd(900)
	firm := func(group string) []string {
		return []string{"", "", "info@igel.example", "0351 4400", "Kita " + group, "Marktplatz 1", "Dresden", "01067"}
	}
	rows = append(rows, firm("Igel"), firm("Eule"))
	l, err := linkage.New(linkage.Config{Columns: people})
	if err != nil {
		t.Fatal(err)
	}
	before, err := l.Run(context.Background(), linkage.Input{Records: tableOf(t, people, rows)})
	if err != nil {
		t.Fatal(err)
	}
	rows = append(rows, firm("Fuchs"))
	after, err := l.Update(context.Background(), before, linkage.Input{Records: tableOf(t, people, rows)})
	if err != nil {
		t.Fatal(err)
	}
	for i := 900; i < len(rows); i++ {
		if int(after.Best[i]) != i {
			t.Errorf("%v is one with %v", rows[i], rows[after.Best[i]])
		}
	}
}

// Branches of one house that are called by codes are nearly equal, and each is one.
func TestSeriesOfCodes(t *testing.T) {
	rows, _ := crowd(700)
	from := len(rows)
	for i := range 60 {
		code := string([]rune{'J', rune('A' + i%8), rune('A' + i/8)})
		rows = append(rows, []string{"", "", "branch-" + code + "@kette.example", "0351 4400", "Filiale " + code, "Messeallee 1", "Dresden", "01067"})
	}
	r := run(t, linkage.Config{}, rows)
	for i := from; i < len(rows); i++ {
		if int(r.Clusters[i]) != i || int(r.Best[i]) != i {
			t.Fatalf("%v is one with %v: %+v", rows[i], rows[r.Best[i]], r.Explain(r.Best[i], int32(i)))
		}
	}
}
