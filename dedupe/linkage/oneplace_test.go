package linkage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// A small file in which everybody shares something says little about what an
// agreement means there: the staff of one firm, the pupils of one school. Nobody
// is joined with a colleague, and who is there twice is found.
func TestEverybodyAtOnePlace(t *testing.T) {
	school := []linkage.Column{{Name: "given", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName}, {Name: "born", Kind: linkage.Date},
		{Name: "school", Kind: linkage.Company}, {Name: "city", Kind: linkage.City}, {Name: "phone", Kind: linkage.Phone}}
	for name, kind := range map[string]struct {
		columns []linkage.Column
		row     func(i int, given, family string) []string
		again   func(row []string) // what differs in the second entry of one person
		own     bool               // an e-mail address or phone is one person's own: names alone are borne by several in a longer file
	}{
		"one switchboard and address": {people, func(i int, given, family string) []string {
			return []string{given, family, mailOf(given, family, i), "040 998800", "Hafenbau Nord GmbH", "Kai 7", "Husum", "25813"}
		}, func(row []string) { row[0], row[3] = row[0][:1]+".", "" }, true},
		"extensions, no e-mail": {people, func(i int, given, family string) []string {
			return []string{given, family, "", fmt.Sprintf("040 9988-%d", 100+i), "Hafenbau Nord GmbH", "Kai 7", "Husum", "25813"}
		}, func(row []string) { row[4] = "Hafenbau Nord" }, true},
		"one mailbox": {people, func(i int, given, family string) []string {
			return []string{given, family, "info@hafenbau.example", "040 998800", "Hafenbau Nord GmbH"}
		}, func(row []string) { row[3] = "" }, false},
		"names and the firm alone": {people, func(i int, given, family string) []string {
			return []string{given, family, "", "", "Hafenbau Nord GmbH", "", "Husum"}
		}, func(row []string) { row[4] = "Hafenbau Nord" }, false},
		"a school": {school, func(i int, given, family string) []string {
			return []string{given, family, fmt.Sprintf("2012-%02d-%02d", 1+i*7%12, 1+i*11%28), "Goetheschule Husum", "Husum", fmt.Sprintf("04841 %05d", 20011+i*377%70000)}
		}, func(row []string) { row[5] = "" }, false},
	} {
		for _, n := range []int{10, 30, 100, 300} {
			t.Run(fmt.Sprintf("%s, %d rows", name, n), func(t *testing.T) {
				var rows [][]string
				var truth []int
				for i := 0; len(rows) < n; i++ {
					given, family := givenNames[i%len(givenNames)], familyNames[(i*3+i/len(givenNames))%len(familyNames)]
					row := kind.row(i, given, family)
					rows, truth = append(rows, row), append(truth, i)
					if i%9 == 4 && len(rows) < n {
						second := append([]string(nil), row...)
						kind.again(second)
						rows, truth = append(rows, second), append(truth, i)
					}
				}
				r := run(t, linkage.Config{Columns: kind.columns}, rows)
				sure, best := wrongPairs(r.Clusters, truth), wrongPairs(r.Best, truth)
				if len(sure) > 0 {
					e := r.Explain(sure[0][0], sure[0][1])
					t.Errorf("%d pairs of colleagues are joined for sure, such as %v and %v: %.3f %+v", len(sure), rows[e.A], rows[e.B], e.Probability, e.Parts)
				}
				if len(best) > 0 {
					e := r.Explain(best[0][0], best[0][1])
					t.Errorf("%d pairs of colleagues are joined by the best guess, such as %v and %v: %.3f %+v", len(best), rows[e.A], rows[e.B], e.Probability, e.Parts)
				}
				twice, found := 0, 0
				for i := 1; i < n; i++ {
					if truth[i] == truth[i-1] {
						twice++
						if r.Best[i] == r.Best[i-1] {
							found++
						}
					}
				}
				if found < twice && (kind.own || n <= 30) {
					t.Errorf("%d of %d people who are there twice are found; questions %d", found, twice, len(r.Questions))
				}
			})
		}
	}
}

func mailOf(given, family string, i int) string {
	return strings.ToLower(fmt.Sprintf("%s.%s%d@hafenbau.example", given[:1], family, i%3))
}

// wrongPairs are neighbours in one cluster that are not one in truth.
func wrongPairs(clusters []int32, truth []int) (pairs [][2]int32) {
	for i, c := range clusters {
		if truth[c] != truth[i] {
			pairs = append(pairs, [2]int32{c, int32(i)})
		}
	}
	return pairs
}
