package linkage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// An agreement that speaks against two records says for whom it is more usual;
// nothing else does.
func TestUsualAgreementsAreExplained(t *testing.T) {
	var rows [][]string
	for i, given := range []string{"Anna", "Bruno", "Clara", "Dieter", "Emma"} {
		rows = append(rows, []string{given, fmt.Sprintf("Weber%c", 'a'+i), "buntspecht@haus.example"})
	}
	columns := []linkage.Column{{Name: "given", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName}, {Name: "mail", Kind: linkage.Email}}
	told := 0
	for _, p := range run(t, linkage.Config{Columns: columns}, rows).Explain(0, 1).Parts {
		switch {
		case p.Usual == "" && p.Words() != p.Level:
			t.Errorf("%+v is told as %q", p, p.Words())
		case p.Usual == "":
		case p.Weight >= 0 || strings.Contains(p.Level, "different") || p.Words() != p.Level+", as is even more usual for "+p.Usual:
			t.Errorf("%+v is told as %q", p, p.Words())
		default:
			told++
		}
	}
	if told != 1 {
		t.Errorf("agreements that speak against the two: got %d, want that of the mailbox alone", told)
	}
}
