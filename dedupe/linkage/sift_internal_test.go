package linkage

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
)

// What is seen of two records at a glance, and what is settled of it, gives no
// pair up that would be kept, whatever was learned and whatever the rules are.
func TestSiftingLosesNoPair(t *testing.T) {
	for name, config := range map[string]Config{"evidence alone": {}, "rules": {Same: []string{"email"}, Never: []string{"number"}}} {
		t.Run(name, func(t *testing.T) {
			d := linkedCrowd(t, 300, config)
			random := rand.New(rand.NewPCG(29, 29))
			glances, settled := 0, 0
			for range 6 {
				n, m := siftsAll(t, d)
				glances, settled = glances+n, settled+m
				model := *d.scorer.m
				for k := range model.p {
					for f := range model.p[k] {
						for level := range model.p[k][f] {
							model.p[k][f][level] = min(1, model.p[k][f][level]*(.3+2*random.Float64()))
						}
					}
				}
				d.scorer = newScorer(d.db, &model)
			}
			if glances == 0 || settled == 0 {
				t.Errorf("%d pairs were given up at a glance and %d later", glances, settled)
			}
		})
	}
}

// siftsAll compares what sifting keeps of all pairs with what scoring each keeps,
// and counts the pairs that are given up at a glance, and when they are settled.
func siftsAll(t *testing.T, d *linked) (glances, settled int) {
	t.Helper()
	pairs := allPairs(d.db.n)
	floor := weightAt(PairsAbove)
	c := newComparer(d.db)
	s := newSifter(d, newQuick(d.scorer, d.rules, floor), floor)
	var want []edge
	for _, pair := range pairs {
		x, y := int32(pair>>32), int32(uint32(pair))
		v := c.compare(x, y)
		score := d.score(v, x, y)
		if score >= floor {
			want = append(want, edge{x, y, score, v})
		}
		s.c.fetch([]uint64{pair})
		s.look(1)
		seen := len(s.left)
		s.settle()
		switch {
		case len(s.left) == 1 && s.left[0].v != v:
			t.Fatalf("records %d and %d: settled as %x, compared as %x", x, y, s.left[0].v, v)
		case len(s.left) == 0 && score >= floor:
			t.Fatalf("records %d and %d (%x) are given up, %d at a glance; their score is %v", x, y, v, 1-seen, score)
		case seen == 0:
			glances++
		case len(s.left) == 0:
			settled++
		}
	}
	for _, workers := range []int{1, 3} {
		d.edges = nil
		d.sift(context.Background(), pairs, nil, workers)
		if !slices.Equal(d.edges, want) {
			t.Fatalf("%d workers keep %d pairs, want %d", workers, len(d.edges), len(want))
		}
		known, _ := d.db.sampleCompared(pairs, len(pairs)/3)
		d.scoreAll(context.Background(), known, compareAll(context.Background(), d.db, known, workers), workers)
		scored := d.edges
		d.sift(context.Background(), pairs, known, workers)
		if len(scored) == 0 || len(scored)+len(d.edges) != len(want) {
			t.Fatalf("%d workers keep %d pairs of those that are known and %d others, want %d", workers, len(scored), len(d.edges), len(want))
		}
		if d.include(scored); !slices.Equal(d.edges, want) {
			t.Fatalf("%d workers keep other pairs where some are known", workers)
		}
	}
	return glances, settled
}

// Weights that are learned from some of the pairs do not depend on the order of
// the records or on the workers.
func TestLearningFromSomePairsDependsOnThemAlone(t *testing.T) {
	const n, most = 3000, 8000
	rows, order := crowdRows(n), make([]int, n)
	for i := range order {
		order[i] = i
	}
	first := linkRows(t, rows, Config{Workers: 1}, most)
	if first.Report.Pairs <= most || !first.Report.Learned {
		t.Fatalf("%d pairs, %s: the test needs more than are learned from, and learned weights", first.Report.Pairs, first.Report.WeightsWhy)
	}
	rand.New(rand.NewPCG(3, 3)).Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	shuffled := make([][]string, n)
	for i, k := range order {
		shuffled[i] = rows[k]
	}
	r := linkRows(t, shuffled, Config{Workers: 3}, most)
	if r.Weights.Share != first.Weights.Share {
		t.Errorf("classes are %v, and %v in another order", first.Weights.Share, r.Weights.Share)
	}
	for i := range order {
		for j := range i {
			if got, want := r.Clusters[i] == r.Clusters[j], first.Clusters[order[i]] == first.Clusters[order[j]]; got != want {
				t.Fatalf("in one order of the records alone %q and %q are one", shuffled[i], shuffled[j])
			}
		}
	}
}
