package linkage_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/reconkit/reconkit/dedupe/linkage"
)

// told is all that can be asked of a result.
type told struct {
	Best, Clusters []int32
	Questions      []linkage.Pair
	Report         linkage.Report
	Pinned         *linkage.Weights
	Pairs          []linkage.Pair
	Explained      []linkage.Explanation
	Between        []linkage.Between
}

func allTold(r *linkage.Result) *told {
	out := &told{Best: r.Best, Clusters: r.Clusters, Questions: r.Questions, Report: r.Report, Pinned: r.Pinned(), Pairs: slices.Collect(r.Pairs())}
	n := int32(len(r.Best))
	for i := range int32(100) {
		a, b := i, (i*7+5)%n
		out.Explained, out.Between = append(out.Explained, r.Explain(a, b)), append(out.Between, r.Between(a, b))
	}
	for _, p := range out.Pairs[:min(100, len(out.Pairs))] {
		out.Explained = append(out.Explained, r.Explain(p.A, p.B))
	}
	return out
}

// Records that are matched under other numbers than their rows have give all that
// they give under those: results, evidence, and what is added to them.
func TestOtherNumbersGiveTheSame(t *testing.T) {
	const n, more = 1200, 1260
	twoLists, gone := make([]uint8, more), []int32{3, 77, 1100}
	for i := range twoLists {
		twoLists[i] = uint8(i % 2)
	}
	answers := []linkage.Answer{{A: 5, B: 900, Same: true}, {A: 1150, B: 30, Same: false}, {A: 31, B: 2, Same: true}}
	for name, c := range map[string]struct {
		config linkage.Config
		in     linkage.Input
	}{
		"alone":   {},
		"rules":   {config: linkage.Config{Same: []string{"mail"}, Never: []string{"born"}, Answers: answers}},
		"lists":   {config: linkage.Config{Answers: answers}, in: linkage.Input{Lists: twoLists}},
		"open":    {config: linkage.Config{Never: []string{"customer"}}, in: linkage.Input{Lists: twoLists, Open: true}},
		"gone":    {config: linkage.Config{Answers: answers}, in: linkage.Input{Gone: gone}},
		"workers": {config: linkage.Config{Workers: 5}},
	} {
		t.Run(name, func(t *testing.T) {
			rows := tangled(more, 31)
			c.config.Columns = everything
			input := func(n int) linkage.Input {
				in := c.in
				in.Records = tableOf(t, everything, rows[:n])
				if in.Lists != nil {
					in.Lists = in.Lists[:n]
				}
				return in
			}
			var results [2]*linkage.Result
			var evidence [2]*linkage.Evidence
			for k, from := range []int{n + more, 1} {
				l, err := linkage.New(c.config)
				if err != nil {
					t.Fatal(err)
				}
				linkage.NumberedFrom(l, from)
				if results[k], err = l.Run(context.Background(), input(n)); err != nil {
					t.Fatal(err)
				}
				if evidence[k], err = l.Evidence(context.Background(), input(n)); err != nil {
					t.Fatal(err)
				}
			}
			if len(slices.Collect(results[0].Pairs())) < 300 {
				t.Fatal("hardly any pairs are told of")
			}
			if diff := cmp.Diff(allTold(results[0]), allTold(results[1])); diff != "" {
				t.Errorf("by rows and by other numbers (-rows +others):\n%s", diff)
			}
			sameEvidence(t, evidence[0], evidence[1], n)
			in := input(more)
			in.Gone = append(slices.Clone(in.Gone), 11, 1110)
			sameUpdated(t, c.config, results, in)
		})
	}
}

// sameUpdated compares two results after the same update.
func sameUpdated(t *testing.T, config linkage.Config, results [2]*linkage.Result, in linkage.Input) {
	t.Helper()
	updated := [2]*told{}
	for k := range results {
		l, err := linkage.New(config)
		if err != nil {
			t.Fatal(err)
		}
		r, err := l.Update(context.Background(), results[k], in)
		if err != nil {
			t.Fatal(err)
		}
		updated[k] = allTold(r)
	}
	if diff := cmp.Diff(updated[0], updated[1]); diff != "" {
		t.Errorf("after an update (-rows +others):\n%s", diff)
	}
}

func sameEvidence(t *testing.T, x, y *linkage.Evidence, n int32) {
	t.Helper()
	if diff := cmp.Diff(slices.Collect(x.Pairs()), slices.Collect(y.Pairs())); diff != "" {
		t.Errorf("pairs of the evidence (-rows +others):\n%s", diff)
	}
	j, k := x.Judge(), y.Judge()
	for i := range n {
		if x.EqualTo(i) != y.EqualTo(i) {
			t.Errorf("record %d is equal to %d, and to %d under other numbers", i, x.EqualTo(i), y.EqualTo(i))
		}
		other := (i*7 + 5) % n
		if a, b := j.Weigh(i, other), k.Weigh(i, other); i != other && a != b {
			t.Errorf("records %d and %d weigh %v, and %v under other numbers", i, other, a, b)
		}
	}
}
