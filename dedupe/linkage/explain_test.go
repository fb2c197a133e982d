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
	alone, several := 0, 0
	for p := range r.Pairs() {
		n := sizes[r.Clusters[p.A]] * sizes[r.Clusters[p.B]]
		if r.Clusters[p.A] == r.Clusters[p.B] || n > 20 {
			continue
		}
		got := r.Between(p.A, p.B)
		if got.Pairs != n || got.Probability != got.Mean.Probability() || got != r.Between(p.B, p.A) {
			t.Fatalf("between the clusters of %d and %d: %+v, the other way round %+v, want %d pairs", p.A, p.B, got, r.Between(p.B, p.A), n)
		}
		if n > 1 {
			several++
			continue
		}
		alone++
		if want := max(-clip, min(clip, p.Score)); got.Mean != want {
			t.Fatalf("between %d and %d: %v, their pair says %v", p.A, p.B, got.Mean, want)
		}
	}
	if alone < 10 || several < 5 {
		t.Errorf("only %d pairs of rows alone and %d of clusters", alone, several)
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
