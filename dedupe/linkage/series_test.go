package linkage_test

import (
	"fmt"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// Mailboxes, phones and names that are numbered in series are nearly equal to
// their neighbours, and nobody's duplicates: what they teach is not believed.
func TestSeriesTeachNothing(t *testing.T) {
	columns := []linkage.Column{{Name: "family", Kind: linkage.FamilyName}, {Name: "email", Kind: linkage.Email}, {Name: "phone", Kind: linkage.Phone}}
	for name, row := range map[string]func(i int) []string{
		"names, too": func(i int) []string {
			return []string{fmt.Sprintf("Person %d", i), fmt.Sprintf("p%d@example.com", i), fmt.Sprintf("+49 30 1%05d", i)}
		},
		"no names": func(i int) []string {
			return []string{"", fmt.Sprintf("p%d@example.com", i), fmt.Sprintf("+49 30 1%05d", i)}
		},
		"one name": func(i int) []string {
			return []string{"Stand", fmt.Sprintf("stand%04d@example.com", i), fmt.Sprintf("+49 30 1%05d", i)}
		},
	} {
		var rows [][]string
		for i := range 8000 {
			rows = append(rows, row(i))
		}
		for i := 0; i < 8000; i += 3 {
			old := row(i)
			rows = append(rows, []string{"Old", old[1], ""})
		}
		r := run(t, linkage.Config{Columns: columns, Same: []string{"email"}}, rows)
		wrong := 0
		for i := range r.Clusters[:8000] {
			if r.Clusters[i] != int32(i) {
				wrong++
			}
		}
		if wrong > 0 {
			t.Errorf("%s: %d of 8000 records are in the cluster of another one; weights: %s", name, wrong, r.Report.WeightsWhy)
		}
	}
}
