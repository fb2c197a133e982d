package measure

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMistakesByHand(t *testing.T) {
	truth := truthOf(t, 0, 0, 0, 1, 1, 2, 0)
	m, err := truth.Mistakes([]int32{0, 0, 0, 1, 1, 3}) // {0 1 2} {3 4} {5}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Pair{{1, 2}, {3, 4}, {0, 2}}, slices.Collect(m.Wrong)); diff != "" {
		t.Errorf("wrong:\n%s", diff)
	}
	if diff := cmp.Diff([]Pair{{1, 5}, {2, 3}, {0, 5}}, slices.Collect(m.Missed)); diff != "" {
		t.Errorf("missed:\n%s", diff)
	}
	for range m.Wrong {
		break // who has seen enough may stop
	}
	if _, err := truth.Mistakes([]int32{0}); err == nil {
		t.Error("too few labels: no error")
	}
}

// Each mistake of its kind is there once, as many as the counts say, of one set and of two
// files, and of a truth of pairs that do not follow from clusters.
func TestMistakesAreAllMistakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 25).Draw(t, "records")
		truth, err := FromClusters(labels(t, n, "truth"), rapid.IntRange(0, n).Draw(t, "left"))
		if err != nil {
			t.Fatal(err)
		}
		if kept := pairsOf(truth); rapid.Bool().Draw(t, "pairs") && len(kept) > 0 {
			kept = slices.DeleteFunc(kept, func(Pair) bool { return rapid.Bool().Draw(t, "gone") })
			if truth, err = FromPairs(n, truth.left, kept); err != nil {
				t.Fatal(err)
			}
		}
		predicted := labels(t, n, "predicted")
		m, err := truth.Mistakes(predicted)
		if err != nil {
			t.Fatal(err)
		}
		wrong, missed := slices.Collect(m.Wrong), slices.Collect(m.Missed)
		for _, p := range wrong {
			if predicted[p.A] != predicted[p.B] || truth.Same(p.A, p.B) || p.A >= p.B {
				t.Fatalf("%v is not wrong", p)
			}
		}
		for _, p := range missed {
			if predicted[p.A] == predicted[p.B] || !truth.Same(p.A, p.B) || p.A >= p.B {
				t.Fatalf("%v is not missed", p)
			}
		}
		for _, list := range [][]Pair{wrong, missed} {
			once := slices.Clone(list)
			slices.SortFunc(once, comparePairs)
			if len(slices.Compact(once)) != len(list) {
				t.Fatalf("some of %v come twice", list)
			}
		}
		c, err := truth.Clusters(predicted)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(wrong)) != c.Pairs.Found-c.Pairs.Right || int64(len(missed)) != c.Pairs.True-c.Pairs.Right {
			t.Fatalf("%d wrong, %d missed; pairs %+v", len(wrong), len(missed), c.Pairs)
		}
	})
}

// pairsOf are the pairs of a truth.
func pairsOf(t *Truth) (pairs []Pair) {
	for a := range int32(t.Records()) {
		for b := a + 1; int(b) < t.Records(); b++ {
			if t.Same(a, b) {
				pairs = append(pairs, Pair{a, b})
			}
		}
	}
	return pairs
}
