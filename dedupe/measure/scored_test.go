package measure

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestScoresByHand(t *testing.T) {
	truth := truthOf(t, 0, 0, 0, 0, 1, 1) // true pairs 0-1, 0-2, 1-2, 3-4
	got, err := truth.Scores(slices.Values([]Scored{
		{1, 0, 1}, {0, 2, .96}, {2, 3, .94}, {0, 4, .5}, {0, 3, .1}, {3, 4, .05},
	}), []float64{.5, .95})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Score{{2, 4, 4}, {2, 2, 4}}, got.At); diff != "" {
		t.Error(diff)
	}
	if got.Pairs != 6 || got.True != 3 {
		t.Errorf("%d pairs, %d true; want 6 and 3", got.Pairs, got.True)
	}
	var pairs, same []int64
	for _, b := range got.Reliability {
		pairs, same = append(pairs, b.Pairs), append(same, b.True)
	}
	if diff := cmp.Diff([]int64{1, 1, 0, 0, 0, 1, 0, 0, 0, 3}, pairs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int64{1, 0, 0, 0, 0, 0, 0, 0, 0, 2}, same); diff != "" {
		t.Error(diff)
	}
	top := got.Reliability[9]
	if !near(top.Predicted(), (1+.96+.94)/3) || !near(top.Observed(), 2.0/3) || !near(top.Gap(), .9/3) {
		t.Errorf("predicted %v, observed %v, gap %v", top.Predicted(), top.Observed(), top.Gap())
	}
	// The gaps by bin, of sums: .95, .1, .5 and .9.
	if want := (.95 + .1 + .5 + .9) / 6; !near(got.Reliability.Error(), want) {
		t.Errorf("error %v, want %v", got.Reliability.Error(), want)
	}
	if worst, ok := got.Reliability.Worst(.5, 1); !ok || worst.From != .5 {
		t.Errorf("worst bin above .5 is %+v", worst)
	}
	if worst, ok := got.Reliability.Worst(.5, 3); !ok || worst.From != .9 {
		t.Errorf("worst bin of three pairs is %+v", worst)
	}
	if worst, ok := got.Reliability.Worst(0, 4); ok {
		t.Errorf("no bin has four pairs, not %+v", worst)
	}
}

// The float before .9 times ten is 9.
func TestProbabilitiesFallIntoTheirBin(t *testing.T) {
	check := func(t rapid.TB, p float64) {
		i := binOf(p)
		if from, to := float64(i)/10, float64(i+1)/10; p < from || p >= to && p < 1 {
			t.Errorf("%v lies in the bin from %v to %v", p, from, to)
		}
	}
	for i := range 11 {
		edge := float64(i) / 10
		for _, p := range []float64{math.Nextafter(edge, 0), edge, math.Nextafter(edge, 1)} {
			check(t, p)
		}
	}
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.Float64Range(0, 1).Draw(t, "p")) })
}

func TestNoPairIsScored(t *testing.T) {
	got, err := truthOf(t, 0, 0, 0).Scores(slices.Values([]Scored{}), []float64{.5})
	if err != nil {
		t.Fatal(err)
	}
	if got.Reliability.Error() != 0 || got.At[0].Precision() != 1 || got.At[0].Recall() != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAnswersByHand(t *testing.T) {
	truth := truthOf(t, 0, 0, 0, 0, 1, 1)
	// {0 1} {2} {3} {4}: 0-2 joins, 1-2 is then known, 3-0 is not the same, which
	// settles 3-2 of what is now one cluster.
	got, err := truth.Answer([]int32{0, 0, 1, 2, 3}, slices.Values([]Pair{{0, 2}, {1, 2}, {3, 0}, {3, 2}}))
	if err != nil {
		t.Fatal(err)
	}
	if got.Asked != 2 || got.Same != 1 || got.Spared != 2 {
		t.Errorf("asked %d, same %d, spared %d; want 2, 1, 2", got.Asked, got.Same, got.Spared)
	}
	after, err := truth.Clusters(got.Clusters)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Score{3, 3, 4}); after.Pairs != want {
		t.Errorf("pairs after the answers: %+v, want %+v", after.Pairs, want)
	}
	if q := PerThousand(got.Asked, truth.Records()); q != 400 {
		t.Errorf("%v questions for 1,000 records, want 400", q)
	}
}

func TestWhatIsRefusedGoesWithTheCluster(t *testing.T) {
	truth := truthOf(t, 0, 0, 1, 1, 0)
	// 0 is not 1; 1 is 2; so 2 is not asked about 0, in whichever way it is joined.
	for _, questions := range [][]Pair{{{0, 1}, {1, 2}, {2, 0}}, {{0, 2}, {1, 2}, {0, 1}}, {{1, 0}, {2, 1}, {3, 0}, {3, 2}}} {
		got, err := truth.Answer([]int32{0, 1, 2, 3}, slices.Values(questions))
		if err != nil {
			t.Fatal(err)
		}
		if got.Spared != 1 {
			t.Errorf("%v: %d questions spared, want the last", questions, got.Spared)
		}
	}
}

// Whoever is asked about everything knows the truth.
func TestAllQuestionsGiveTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 20).Draw(t, "records")
		truth, err := FromClusters(labels(t, n, "truth"), 0)
		if err != nil {
			t.Fatal(err)
		}
		alone := make([]int32, n)
		var all []Pair
		for i := range n {
			alone[i] = int32(i)
			for j := range i {
				all = append(all, Pair{int32(i), int32(j)})
			}
		}
		if n > 1 {
			all = rapid.Permutation(all).Draw(t, "order")
		}
		got, err := truth.Answer(alone, slices.Values(all))
		if err != nil {
			t.Fatal(err)
		}
		after, err := truth.Clusters(got.Clusters)
		if err != nil {
			t.Fatal(err)
		}
		if after.Exact.F1() != 1 || got.Same != n-truth.Entities() || got.Asked+got.Spared != len(all) {
			t.Fatalf("asked %d, same %d, spared %d of %d; exact %+v", got.Asked, got.Same, got.Spared, len(all), after.Exact)
		}
	})
}
