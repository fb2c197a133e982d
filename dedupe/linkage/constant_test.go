package linkage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/reconkit/reconkit/dedupe/linkage"
)

// Columns that have one value tell nothing: every pair scores as it does without
// them, and that is said.
func TestColumnsOfOneValueTellNothing(t *testing.T) {
	constant := []linkage.Column{{Name: "land", Kind: linkage.Country}, {Name: "list", Kind: linkage.Text}, {Name: "area", Kind: linkage.Region}}
	for name, of := range map[string]struct {
		records     int
		with, which []linkage.Column
		values      []string
		said        []string
	}{
		"few":  {120, people, constant, []string{"Germany", "newsletter", "Bayern"}, []string{"land", "list", "area"}},
		"many": {900, people, constant, []string{"Germany", "newsletter", "Bayern"}, []string{"land", "list", "area"}},
	} {
		t.Run(name, func(t *testing.T) {
			rows, _ := crowd(of.records)
			var less, more [][]string
			for i, row := range rows {
				var kept []string
				for k, c := range people {
					if slices.Contains(of.with, c) {
						kept = append(kept, row[k])
					}
				}
				values := slices.Clone(of.values)
				if i%7 == 0 {
					clear(values)
				}
				less, more = append(less, kept), append(more, append(slices.Clone(kept), values...))
			}
			plain := run(t, linkage.Config{Columns: of.with}, less)
			r := run(t, linkage.Config{Columns: slices.Concat(of.with, of.which)}, more)
			if diff := cmp.Diff(partition(plain.Clusters, less), partition(r.Clusters, less)); diff != "" {
				t.Errorf("other clusters (-without +with):\n%s", diff)
			}
			for _, column := range of.said {
				if !slices.ContainsFunc(r.Report.Notes, func(n string) bool { return strings.HasPrefix(n, column+" is the same in all records") }) {
					t.Errorf("nothing is said of %s: %q", column, r.Report.Notes)
				}
			}
			for p := range plain.Pairs() {
				if got := r.Explain(p.A, p.B).Sum; got != p.Score {
					t.Errorf("%q and %q score %v, and %v without", more[p.A], more[p.B], got, p.Score)
				}
			}
		})
	}
}

// One value of few records may be what connects them.
func TestOneValueOfFewRecordsTells(t *testing.T) {
	columns := []linkage.Column{{Name: "given", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName}, {Name: "note", Kind: linkage.Text}}
	r := run(t, linkage.Config{Columns: columns}, [][]string{{"Anna", "Bergmann", "blue door behind the mill"}, {"Anna", "Bergmann", "blue door behind the mill"}, {"Kurt", "Oberhauser", ""}})
	if slices.ContainsFunc(r.Report.Notes, func(n string) bool { return strings.Contains(n, "not weighed") }) {
		t.Errorf("a note that two records have in common is not weighed: %q", r.Report.Notes)
	}
}
