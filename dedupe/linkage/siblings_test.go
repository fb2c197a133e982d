package linkage_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// homeColumns are those of people with a date of birth.
var homeColumns = append(slices.Clone(people[:len(people)-1]), linkage.Column{Name: "born", Kind: linkage.Date})

// homes puts one household of two people behind a crowd for each pair of given names:
// they have a family name, an address and a phone in common, with born a date, and
// with mail a mailbox.
func homes(people int, pairs [][2]string, born, mail string) (rows [][]string) {
	rows, truth := crowd(people)
	for i := range rows {
		rows[i][8] = fmt.Sprintf("%d-%02d-%02d", 1940+truth[i]*7%60, 1+truth[i]*5%12, 1+truth[i]*11%28)
	}
	for i, pair := range pairs {
		box := ""
		if mail != "" {
			box = fmt.Sprintf("%s%d@web.example", mail, i)
		}
		for _, given := range pair {
			rows = append(rows, []string{given, fmt.Sprintf("Quist%corp", 'a'+i), box, fmt.Sprintf("+49 40 77%05d", 1009*(i+1)), "", fmt.Sprintf("Seestr. %d", 200+i), "Erfurt", "16555", born})
		}
	}
	return rows
}

// Two people of one home whose names are a slip apart, or one within the other, are
// never joined for sure when both names are usual ones, whatever mailbox they have
// in common; one name that is mistyped is.
func TestSiblingsAreAsked(t *testing.T) {
	names := [][2]string{{"Maria", "Marina"}, {"Mia", "Lia"}, {"Lara", "Laura"}, {"Simon", "Simone"}, {"Jan", "Jana"}, {"Tim", "Tom"}, {"Karl", "Karla"}, {"Anna", "Peter"},
		{"Joel", "Noel"}, {"Samuel", "Manuel"}, {"Bert", "Berta"}, {"Joel", "Joelle"}, {"Michael", "Michaela"}, {"Christian", "Christiane"}}
	one := [][2]string{{"Katharina", "Kathrina"}, {"Friedrich", "Freidrich"}, {"Bob", "Robert"}, {"Michael", "Micheal"}, {"Stefan", "Stephan"}, {"John", "Jon"}, {"Anna Maria", "Annamaria"}}
	for _, tt := range []struct {
		name   string
		people int
		born   string
		mail   string
	}{
		{"learned weights", 3000, "", ""}, {"shipped weights", 120, "", ""},
		{"twins", 3000, "2001-04-05", ""}, {"twins in a short list", 120, "2001-04-05", ""},
		{"one mailbox", 3000, "", "familie"}, {"one mailbox in a short list", 120, "", "familie"}, {"twins with one mailbox", 3000, "2001-04-05", "familie"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			people := tt.people
			r := run(t, linkage.Config{Columns: homeColumns}, homes(people, append(names, one...), tt.born, tt.mail))
			for i, pair := range append(names, one...) {
				a, b := int32(people+2*i), int32(people+2*i+1)
				if joined := r.Clusters[a] == r.Clusters[b]; joined != (i >= len(names)) {
					t.Errorf("%s and %s of one home: joined is %t; %v", pair[0], pair[1], joined, r.Explain(a, b))
				}
			}
		})
	}
}

// Twins may have nothing in common but the date of birth and the mailbox, which is
// that of their parents.
func TestTwinsOfOneMailboxAreAsked(t *testing.T) {
	rows := homes(120, [][2]string{{"Mia", "Lia"}, {"Michael", "Micheal"}}, "2001-04-05", "familie")
	for _, r := range rows[120:] {
		r[3], r[5], r[6], r[7] = "", "", "", ""
	}
	r := run(t, linkage.Config{Columns: homeColumns}, rows)
	if r.Clusters[120] == r.Clusters[121] {
		t.Errorf("Mia and Lia, of one mailbox and day, are joined: %v", r.Explain(120, 121))
	}
	if r.Clusters[122] != r.Clusters[123] {
		t.Errorf("Michael and Micheal, of one mailbox and day, are not joined: %v", r.Explain(122, 123))
	}
}
