package canon_test

import (
	"slices"
	"testing"

	"github.com/reconkit/reconkit/pipeline/canon"
)

func TestListEntries(t *testing.T) {
	lists := []canon.List{
		canon.ListTitles, canon.ListSuffixes, canon.ListParticles, canon.ListIberian, canon.ListNicknames, canon.ListLegalForms, canon.ListCompanyWords,
		canon.ListCompanyShort, canon.ListStreetWords, canon.ListCities, canon.ListRoleMailboxes, canon.ListFreeMailHosts, canon.ListMonths,
		canon.ListLargeTowns, canon.ListColumnKinds, canon.ListFormFamilies,
	}
	for _, list := range lists {
		t.Run(string(list), func(t *testing.T) {
			entries := list.Entries()
			if len(entries) == 0 || slices.Contains(entries, "") || entries[0][0] == '#' {
				t.Fatalf("%d entries, the first %q", len(entries), entries[:min(len(entries), 1)])
			}
			entries[0] = "changed"
			if list.Entries()[0] == "changed" {
				t.Error("the caller's slice is the list's")
			}
		})
	}
}
