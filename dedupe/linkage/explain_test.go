package linkage_test

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// What clusters say of each other is why they are two: of single records it is
// what their pair says, and between any two clusters it is below the limit.
func TestBetweenSaysWhyClustersAreTwo(t *testing.T) {
	rows, _ := crowd(1500)
	r := run(t, linkage.Config{MatchAbove: .9}, rows)
	size := map[int32]int{}
	for _, first := range r.Clusters {
		size[first]++
	}
	single, several := 0, 0
	for p := range r.Pairs() {
		a, b := r.Clusters[p.A], r.Clusters[p.B]
		if a == b {
			continue
		}
		got := r.Between(p.A, p.B)
		if want := size[a] * size[b]; got.Pairs != want {
			t.Fatalf("%d pairs between clusters of %d and %d records", got.Pairs, size[a], size[b])
		}
		if got.Probability != got.Weight.Probability() || got.Probability >= .9 {
			t.Errorf("records %d and %d are in two clusters, and these are one with %v, %v", p.A, p.B, got.Weight, got.Probability)
		}
		if back := r.Between(p.B, p.A); back != got {
			t.Errorf("between %d and %d is %+v, and the other way round %+v", p.A, p.B, got, back)
		}
		if got.Pairs > 1 {
			several++
			continue
		}
		single++
		if e := r.Explain(p.A, p.B); got.Weight != e.Sum {
			t.Errorf("records %d and %d alone say %v, their pair %v", p.A, p.B, got.Weight, e.Sum)
		}
	}
	if single < 1 || several < 5 {
		t.Errorf("only %d pairs of single records, %d of clusters", single, several)
	}
}

// What tells father and son apart counts in either column, and is shown.
func TestGenerationInFamilyName(t *testing.T) {
	senior := []string{"Eberhard", "Winterfeldt sen.", "", "030 4445566", "", "Seestr. 4", "Ulm", "89073"}
	junior := []string{"Eberhard", "Winterfeldt jun.", "", "030 4445566", "", "Seestr. 4", "Ulm", "89073"}
	mixed := []string{"Eberhard jun.", "Winterfeldt", "", "030 4445566", "", "Seestr. 4", "Ulm", "89073"}
	r := among(t, linkage.Config{}, senior, junior, mixed)
	if r.Clusters[0] == r.Clusters[1] {
		t.Error("father and son are one for sure")
	}
	if r.Clusters[1] != r.Clusters[2] {
		t.Error("the son is apart from himself")
	}
	found := false
	for _, p := range r.Explain(0, 1).Parts {
		if p.Field == "given name" {
			found = strings.Contains(p.Level, "generation") && p.A == "eberhard sen." && p.B == "eberhard jun."
		}
	}
	if !found {
		t.Errorf("the explanation does not tell of generations: %+v", r.Explain(0, 1).Parts)
	}
}
