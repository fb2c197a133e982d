package linkage_test

import (
	"fmt"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// homes puts one household of two people behind a crowd for each pair of given names:
// they have a family name, an address and a phone in common, and nothing else.
func homes(people int, pairs [][2]string) (rows [][]string) {
	rows, _ = crowd(people)
	for i, pair := range pairs {
		for _, given := range pair {
			rows = append(rows, []string{given, fmt.Sprintf("Quist%corp", 'a'+i), "", fmt.Sprintf("+49 40 77%05d", 1009*(i+1)), "", fmt.Sprintf("Seestr. %d", 200+i), "Erfurt", "16555", ""})
		}
	}
	return rows
}

// Two people of one home whose names are a slip apart, or one within the other, are
// never joined for sure when both names are usual ones; one name that is mistyped is.
func TestSiblingsAreAsked(t *testing.T) {
	names := [][2]string{{"Maria", "Marina"}, {"Mia", "Lia"}, {"Lara", "Laura"}, {"Simon", "Simone"}, {"Jan", "Jana"}, {"Tim", "Tom"}, {"Karl", "Karla"}}
	slips := [][2]string{{"Katharina", "Kathrina"}, {"Friedrich", "Freidrich"}, {"Bob", "Robert"}}
	for name, people := range map[string]int{"learned weights": 3000, "shipped weights": 120} {
		t.Run(name, func(t *testing.T) {
			r := run(t, linkage.Config{}, homes(people, append(names, slips...)))
			for i, pair := range append(names, slips...) {
				a, b := int32(people+2*i), int32(people+2*i+1)
				if joined := r.Clusters[a] == r.Clusters[b]; joined != (i >= len(names)) {
					t.Errorf("%s and %s of one home: joined is %t; %v", pair[0], pair[1], joined, r.Explain(a, b))
				}
			}
		})
	}
}
