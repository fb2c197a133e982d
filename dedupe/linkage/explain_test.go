package linkage_test

import (
	"math"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// What clusters say of each other is the mean of what their pairs say, each by
// its explanation, and what joined nobody is below the limit.
func TestBetweenIsTheMeanOfItsPairs(t *testing.T) {
	rows, _ := crowd(1500)
	r := run(t, linkage.Config{}, rows)
	members := map[int32][]int32{}
	for i, first := range r.Clusters {
		members[first] = append(members[first], int32(i))
	}
	const clip = 1443 // hundredths of a bit: ten nats
	seen, several := 0, 0
	for p := range r.Pairs() {
		a, b := members[r.Clusters[p.A]], members[r.Clusters[p.B]]
		if r.Clusters[p.A] == r.Clusters[p.B] || len(a) > 20 || len(b) > 20 {
			continue
		}
		sum := 0.0
		for _, x := range a {
			for _, y := range b {
				sum += max(-clip, min(clip, float64(r.Explain(x, y).Sum)))
			}
		}
		n := len(a) * len(b)
		got := r.Between(p.A, p.B)
		if want := linkage.Weight(math.Floor(sum / float64(n))); got.Pairs != n || got.Mean != want || got.Probability != want.Probability() {
			t.Fatalf("between the clusters of %d and %d: %+v, want %d pairs and %v", p.A, p.B, got, n, want)
		}
		seen++
		if n > 1 {
			several++
		}
	}
	if seen < 30 || several < 5 {
		t.Errorf("only %d pairs of clusters, %d of several rows", seen, several)
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
