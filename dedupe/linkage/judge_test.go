package linkage_test

import (
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// Somebody who moved, and took another phone and mailbox, is one contact where a
// third record connects the two; without it the same two records are apart.
func TestRecordsOfOneContactComplete(t *testing.T) {
	before := []string{"Anna", "Bergmann", "anna.bergmann@post.example", "0731 4445566", "", "Seestr. 4", "Ulm", "89073"}
	after := []string{"A.", "Bergmann", "sonne77@web.example", "040 998800", "", "Kai 7", "Husum", "25813"}
	between := []string{"Anna", "Bergmann", "sonne77@web.example", "0731 4445566"}
	if r := among(t, linkage.Config{}, before, after); r.Best[0] == r.Best[1] {
		t.Errorf("two records that only share a name are together: %+v", r.Explain(0, 1))
	}
	r := among(t, linkage.Config{}, before, after, between)
	if r.Best[0] != r.Best[1] || r.Best[1] != r.Best[2] {
		t.Errorf("got clusters %v of three records that complete each other; the two that differ: %+v", r.Best[:3], r.Explain(0, 1))
	}
}

// Completing each other does not make one of two people who share a phone, an
// address and a mailbox.
func TestAHouseholdDoesNotComplete(t *testing.T) {
	r := among(t, linkage.Config{},
		[]string{"Anna", "Bergmann", "anna7@post.example", "0731 4445566", "", "Seestr. 4", "Ulm", "89073"},
		[]string{"Anna", "Bergmann", "bergmanns@post.example", "0731 4445566"},
		[]string{"Felix", "Bergmann", "felix9@web.example", "0731 4445566", "", "Seestr. 4", "Ulm", "89073"},
		[]string{"Felix", "Bergmann", "bergmanns@post.example", "", "", "Seestr. 4", "Ulm", "89073"})
	for _, pair := range [][2]int{{0, 2}, {0, 3}, {1, 2}, {1, 3}} {
		if r.Best[pair[0]] == r.Best[pair[1]] {
			t.Errorf("records %d and %d, two people, are together: clusters %v", pair[0], pair[1], r.Best[:4])
		}
	}
}
