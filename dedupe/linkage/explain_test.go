package linkage_test

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// What two clusters say of each other is the same from either side, and of two
// rows alone it is their pair, up to the limit of what one pair may say.
func TestBetweenClusters(t *testing.T) {
	rows, _ := crowd(1500)
	r := run(t, linkage.Config{}, rows)
	sizes := map[int32]int{}
	for _, first := range r.Clusters {
		sizes[first]++
	}
	const clip = 1443 // hundredths of a bit: ten nats
	var alone []int32
	for i, first := range r.Clusters {
		if sizes[first] == 1 && len(alone) < 30 {
			alone = append(alone, int32(i))
		}
	}
	for _, a := range alone {
		for _, b := range alone {
			want := max(-clip, min(clip, r.Explain(a, b).Sum))
			if got := r.Between(a, b); a != b && (got.Pairs != 1 || got.Mean != want || got.Probability != want.Probability()) {
				t.Fatalf("between rows %d and %d alone: %+v, their pair says %v", a, b, got, want)
			}
		}
	}
	several := 0
	for p := range r.Pairs() {
		n := sizes[r.Clusters[p.A]] * sizes[r.Clusters[p.B]]
		if r.Clusters[p.A] == r.Clusters[p.B] || n == 1 || n > 20 {
			continue
		}
		several++
		if got, turned := r.Between(p.A, p.B), r.Between(p.B, p.A); got.Pairs != n || got != turned {
			t.Fatalf("between the clusters of %d and %d: %+v, the other way round %+v, want %d pairs", p.A, p.B, got, turned, n)
		}
	}
	if several < 5 {
		t.Errorf("only %d pairs of clusters", several)
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
