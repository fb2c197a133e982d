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
	if diff := cmp.Diff([]Pair{{0, 2}, {3, 4}}, slices.Collect(m.Wrong)); diff != "" {
		t.Errorf("wrong:\n%s", diff)
	}
	if diff := cmp.Diff([]Pair{{0, 5}, {2, 3}}, slices.Collect(m.Missed)); diff != "" {
		t.Errorf("missed:\n%s", diff)
	}
	for range m.Wrong {
		break // who has seen enough may stop
	}
	if _, err := truth.Mistakes([]int32{0}); err == nil {
		t.Error("too few labels: no error")
	}
}

// Each pair is a mistake of its kind, and there are none exactly where the
// clusters are the truth.
func TestMistakesAreMistakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 25).Draw(t, "records")
		truth, err := FromClusters(labels(t, n, "truth"), 0)
		if err != nil {
			t.Fatal(err)
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
		c, err := truth.Clusters(predicted)
		if err != nil {
			t.Fatal(err)
		}
		if (len(wrong) == 0) != (c.Pairs.Right == c.Pairs.Found) || (len(missed) == 0) != (c.Pairs.Right == c.Pairs.True) {
			t.Fatalf("%d wrong, %d missed; pairs %+v", len(wrong), len(missed), c.Pairs)
		}
	})
}
