package linkage_test

import (
	"fmt"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// A mailbox of many people is shared by any two of them, whichever rows come
// first.
func TestSharedMailboxInAnyOrder(t *testing.T) {
	var rows [][]string
	for i, given := range []string{"Anna", "Bruno", "Clara", "Dieter", "Emma"} {
		rows = append(rows, []string{given, fmt.Sprintf("Weber%c", 'a'+i), "buntspecht@haus.example"})
	}
	columns := []linkage.Column{{Name: "given", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName}, {Name: "mail", Kind: linkage.Email}}
	r := run(t, linkage.Config{Columns: columns}, rows)
	for a := range rows {
		for b := range a {
			for _, p := range r.Explain(int32(b), int32(a)).Parts {
				if p.Field == "e-mail" && p.Level != "equal, shared by several" {
					t.Errorf("the mailbox of five people is %q between rows %d and %d", p.Level, b, a)
				}
			}
		}
	}
}
