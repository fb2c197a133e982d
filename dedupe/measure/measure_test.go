package measure

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func truthOf(t *testing.T, left int, labels ...int32) *Truth {
	t.Helper()
	truth, err := FromClusters(labels, left)
	if err != nil {
		t.Fatal(err)
	}
	return truth
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

// Six records. Truth: {0 1} {2 3 4} {5}. Found: {0 1 2} {3 4} {5}.
func TestClustersByHand(t *testing.T) {
	truth := truthOf(t, 0, 0, 0, 1, 1, 1, 2)
	got, err := truth.Clusters([]int32{4, 4, 4, 0, 0, 3})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Score{Right: 2, Found: 4, True: 4}); got.Pairs != want {
		t.Errorf("pairs: %+v, want %+v", got.Pairs, want)
	}
	if want := (Score{Right: 1, Found: 3, True: 3}); got.Exact != want {
		t.Errorf("exact: %+v, want %+v", got.Exact, want)
	}
	if want := (Score{Right: 0, Found: 2, True: 2}); got.ExactJoined != want {
		t.Errorf("exact, joined: %+v, want %+v", got.ExactJoined, want)
	}
	// By record: 2/3, 2/3, 1/3, 1, 1, 1; then 1, 1, 1/3, 2/3, 2/3, 1.
	if want := 14.0 / 18; !near(got.BCubed.Precision, want) || !near(got.BCubed.Recall, want) || !near(got.BCubed.F1(), want) {
		t.Errorf("B-cubed: %+v, want %v", got.BCubed, want)
	}
	if got.Clusters != 3 || got.Largest != 3 || truth.Entities() != 3 {
		t.Errorf("%d clusters, the largest of %d, %d entities; want 3, 3, 3", got.Clusters, got.Largest, truth.Entities())
	}
	if p := got.Pairs; p.Precision() != .5 || p.Recall() != .5 || p.F1() != .5 {
		t.Errorf("precision %v, recall %v, F1 %v; want .5", p.Precision(), p.Recall(), p.F1())
	}
}

// The example of Bagga and Baldwin: entities of 5, 2 and 5 records. The answer
// that joins the two large ones has precision .58, the one that joins the small
// one to a large one .76; recall is 1.
func TestBCubedOfItsPaper(t *testing.T) {
	truth := truthOf(t, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 2)
	for _, x := range []struct {
		predicted []int32
		want      float64
	}{
		{[]int32{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1}, .76},
		{[]int32{0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0}, .58},
	} {
		got, err := truth.Clusters(x.predicted)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got.BCubed.Precision-x.want) > .005 || got.BCubed.Recall != 1 {
			t.Errorf("precision %.3f, recall %.3f; want %.2f and 1", got.BCubed.Precision, got.BCubed.Recall, x.want)
		}
	}
}

// Two files, {0 1 2} and {3 4}. Truth: {0 3} {1 4} {2}. Found: {0 1 3} {2 4}:
// across the files 0-3, 1-3 and 2-4.
func TestClustersOfALinkSetByHand(t *testing.T) {
	truth := truthOf(t, 3, 0, 1, 2, 0, 1)
	if truth.Pairs() != 2 {
		t.Fatalf("%d true pairs, want 2", truth.Pairs())
	}
	got, err := truth.Clusters([]int32{0, 0, 1, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Score{Right: 1, Found: 3, True: 2}); got.Pairs != want {
		t.Errorf("pairs: %+v, want %+v", got.Pairs, want)
	}
}

func TestPairsThatAreNotClosed(t *testing.T) {
	truth, err := FromPairs(4, 0, []Pair{{1, 0}, {1, 2}, {0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if truth.Pairs() != 2 || truth.Closed() || truth.Entities() != 2 {
		t.Fatalf("%d pairs, closed %v, %d entities; want 2, false, 2", truth.Pairs(), truth.Closed(), truth.Entities())
	}
	got, err := truth.Clusters([]int32{0, 0, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Score{Right: 2, Found: 3, True: 2}); got.Pairs != want {
		t.Errorf("pairs: %+v, want %+v", got.Pairs, want)
	}
	if truth.Same(0, 2) || !truth.Same(2, 1) || truth.Same(1, 1) {
		t.Error("0 and 2 were not given as a pair, 1 and 2 were")
	}
}

// labels draws a partition of n records into few or many clusters.
func labels(t *rapid.T, n int, name string) []int32 {
	if n == 0 {
		return []int32{}
	}
	most := rapid.Int32Range(0, int32(n-1)).Draw(t, name+" most")
	return rapid.SliceOfN(rapid.Int32Range(0, most), n, n).Draw(t, name)
}

// plain measures by looking at each pair of records.
func plain(truth *Truth, predicted []int32) (Score, BCubed) {
	var s Score
	n := len(predicted)
	var precision, recall float64
	for i := range n {
		var both, found, is float64
		for j := range n {
			p, q := predicted[i] == predicted[j], truth.labels[i] == truth.labels[j]
			found += float64(one(p))
			is += float64(one(q))
			both += float64(one(p && q))
			if j <= i || truth.left > 0 && (i < truth.left) == (j < truth.left) {
				continue
			}
			q = truth.Same(int32(i), int32(j))
			s.Found += one(p)
			s.True += one(q)
			s.Right += one(p && q)
		}
		precision += both / found / float64(n)
		recall += both / is / float64(n)
	}
	return s, BCubed{precision, recall}
}

// exactly counts equal sets of records.
func exactly(truth, predicted []int32) int64 {
	sets := func(labels []int32) map[string]bool {
		members := map[int32][]int{}
		for i, l := range labels {
			members[l] = append(members[l], i)
		}
		out := map[string]bool{}
		for _, m := range members {
			out[fmt.Sprint(m)] = true
		}
		return out
	}
	a, b := sets(truth), sets(predicted)
	var n int64
	for m := range a {
		n += one(b[m])
	}
	return n
}

func TestClustersAreThoseOfThePlainCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "records")
		left := rapid.IntRange(0, n).Draw(t, "left")
		truth, err := FromClusters(labels(t, n, "truth"), left)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "pairs") {
			truth = somePairs(t, truth)
		}
		predicted := labels(t, n, "predicted")
		got, err := truth.Clusters(predicted)
		if err != nil {
			t.Fatal(err)
		}
		pairs, bcubed := plain(truth, predicted)
		if got.Pairs != pairs {
			t.Fatalf("pairs: %+v, want %+v", got.Pairs, pairs)
		}
		if !near(got.BCubed.Precision, bcubed.Precision) || !near(got.BCubed.Recall, bcubed.Recall) {
			t.Fatalf("B-cubed: %+v, want %+v", got.BCubed, bcubed)
		}
		if want := exactly(truth.labels, predicted); got.Exact.Right != want {
			t.Fatalf("%d exact clusters, want %d", got.Exact.Right, want)
		}
		again, err := truth.Clusters(Relabel(predicted))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("other labels give other numbers:\n%s", diff)
		}
	})
}

// somePairs is a truth of some of the pairs of another.
func somePairs(t *rapid.T, whole *Truth) *Truth {
	var pairs []Pair
	n := int32(whole.Records())
	for a := range n {
		for b := a + 1; b < n; b++ {
			if whole.Same(a, b) && rapid.IntRange(0, 3).Draw(t, "keep") > 0 {
				pairs = append(pairs, Pair{b, a})
			}
		}
	}
	truth, err := FromPairs(int(n), whole.left, pairs)
	if err != nil {
		t.Fatal(err)
	}
	if truth.Pairs() != int64(len(pairs)) {
		t.Fatalf("%d pairs of %d", truth.Pairs(), len(pairs))
	}
	return truth
}

func TestOrderOfRecordsChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "records")
		is, found := labels(t, n, "truth"), labels(t, n, "predicted")
		order := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := range n {
				if !yield(i) {
					return
				}
			}
		})).Draw(t, "order")
		measured := func(is, found []int32) *Clustering {
			truth, err := FromClusters(is, 0)
			if err != nil {
				t.Fatal(err)
			}
			c, err := truth.Clusters(found)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		is2, found2 := make([]int32, n), make([]int32, n)
		for i, j := range order {
			is2[i], found2[i] = is[j], found[j]
		}
		if diff := cmp.Diff(measured(is, found), measured(is2, found2)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// One cluster of a million records has half a billion pairs, and none of them is
// looked at.
func TestAMillionRecordsOfOneCluster(t *testing.T) {
	const n = 1_000_000
	truth := truthOf(t, 0, make([]int32, n)...)
	alone := make([]int32, n)
	for i := range alone {
		alone[i] = int32(i)
	}
	for _, x := range []struct {
		predicted []int32
		found     int64
	}{{make([]int32, n), n * (n - 1) / 2}, {alone, 0}} {
		got, err := truth.Clusters(x.predicted)
		if err != nil {
			t.Fatal(err)
		}
		if want := (Score{x.found, x.found, n * (n - 1) / 2}); got.Pairs != want {
			t.Errorf("%+v, want %+v", got.Pairs, want)
		}
	}
}

func TestNothingIsMeasured(t *testing.T) {
	truth := truthOf(t, 0)
	got, err := truth.Clusters(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Pairs.F1() != 1 || got.BCubed.F1() != 1 || got.Clusters != 0 || PerThousand(0, 0) != 0 {
		t.Errorf("no record, so nothing is wrong: %+v", got)
	}
	one, err := truthOf(t, 0, 0).Clusters([]int32{0})
	if err != nil {
		t.Fatal(err)
	}
	if one.Pairs != (Score{}) || one.Exact.F1() != 1 {
		t.Errorf("one record is one cluster: %+v", one)
	}
}

func TestWrongInputIsAnError(t *testing.T) {
	truth := truthOf(t, 0, 0, 0, 1)
	fails := func(name string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	_, err := FromClusters([]int32{3, 0, 1}, 0)
	fails("a label above", err)
	_, err = FromClusters([]int32{-1}, 0)
	fails("a label below", err)
	_, err = FromClusters([]int32{0}, 2)
	fails("left above the records", err)
	_, err = FromPairs(-1, 0, nil)
	fails("less than no records", err)
	_, err = FromPairs(2, 3, nil)
	fails("left above the records", err)
	_, err = FromPairs(2, 0, []Pair{{0, 2}})
	fails("a record that is not there", err)
	_, err = FromPairs(2, 0, []Pair{{1, 1}})
	fails("a record with itself", err)
	_, err = FromPairs(3, 1, []Pair{{1, 2}})
	fails("two records of one file", err)
	_, err = truth.Clusters([]int32{0, 0})
	fails("too few labels", err)
	_, err = truth.Answer([]int32{0, 0}, slices.Values([]Pair{}))
	fails("too few labels", err)
	_, err = truth.Answer([]int32{0, 1, 2}, slices.Values([]Pair{{0, 3}}))
	fails("a question about nobody", err)
	_, err = truth.Scores(slices.Values([]Scored{{0, 1, math.NaN()}}), nil)
	fails("not a number", err)
	_, err = truth.Scores(slices.Values([]Scored{{0, 1, 1.01}}), nil)
	fails("above 1", err)
	_, err = truth.Scores(slices.Values([]Scored{{2, 2, .5}}), nil)
	fails("a record with itself", err)
}

func TestRelabelCountsFromZero(t *testing.T) {
	if diff := cmp.Diff([]int32{0, 1, 0, 2, 1}, Relabel([]string{"b", "", "b", "a", ""})); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkClusters(b *testing.B) {
	const n = 10_000_000
	is, found := make([]int32, n), make([]int32, n)
	for i := range is {
		is[i], found[i] = int32(i/3), int32((i*7919)%n/3)
	}
	truth, err := FromClusters(is, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := truth.Clusters(found); err != nil {
			b.Fatal(err)
		}
	}
}
