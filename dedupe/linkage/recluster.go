package linkage

import (
	"context"
	"slices"
)

// Clusters hang together by pairs alone: what is decided in one part of the graph
// of pairs says nothing of another part. So where records are added, the parts
// that hold something new are clustered again, and the others stay as they are.

// cluster makes again the clusters around the pairs that are others than before,
// and around some records of which something else is known.
func (u *updater) cluster(ctx context.Context, r *Result, otherwise []int32) error {
	d, l := r.data, u.l
	told := d.edges
	if len(d.rules.said) > 0 {
		d.includeSaid()
	}
	taken, given := others(u.previous.data.edges, d.edges)
	least := l.least()
	patch := d.around(u.seeds(taken, given, otherwise, d), told, least)
	var edges []edge
	for _, e := range told {
		if e.score >= least && patch.has[e.a] {
			edges = append(edges, e)
		}
	}
	rules := *d.rules
	rules.forced = slices.DeleteFunc(slices.Clone(rules.forced), func(e edge) bool { return !patch.has[e.a] })
	f := l.form(ctx, d, edges, &rules, u.workers)
	r.Best, r.Clusters = patch.labels(u.previous.Best, f.best), patch.labels(u.previous.Clusters, f.sure)
	r.Report.ClusterLargest = largest(r.Best)
	d.doubts = d.doubtsWith(f.doubts, u.previous.data.doubts, patch)
	r.Questions = l.questions(d, &r.Report)
	u.retell(r, taken, given)
	return ctx.Err()
}

// others are the edges of two lists, by record number, that are in one of them
// alone or have another score there.
func others(before, after []edge) (taken, given []edge) {
	for len(before) > 0 && len(after) > 0 {
		x, y := before[0], after[0]
		switch {
		case x.a == y.a && x.b == y.b && x.score == y.score:
			before, after = before[1:], after[1:]
		case pairOf(x.a, x.b) <= pairOf(y.a, y.b):
			taken, before = append(taken, x), before[1:]
		default:
			given, after = append(given, y), after[1:]
		}
	}
	return append(taken, before...), append(given, after...)
}

// seeds are the records in whose parts something is new.
func (u *updater) seeds(taken, given []edge, otherwise []int32, d *linked) []int32 {
	seeds := slices.Concat(otherwise, u.newly)
	before := u.previous.data.rules
	lists := [][]edge{taken, given}
	if !slices.Equal(before.said, d.rules.said) {
		lists = append(lists, before.said, d.rules.said)
	}
	for _, list := range lists {
		for _, e := range list {
			seeds = append(seeds, e.a, e.b)
		}
	}
	for _, x := range [2][2]*rules{{before, d.rules}, {d.rules, before}} {
		for p := range x[0].apart {
			if !x[1].apart[p] {
				seeds = append(seeds, p[0], p[1])
			}
		}
	}
	return seeds
}

// patch is some records whose clusters are made again.
type patch struct {
	has  []bool  // by record
	list []int32 // ascending
}

// around is the records that hang together with some of them by edges of at least
// a score, or by an answer.
func (d *linked) around(seeds []int32, edges []edge, least Weight) *patch {
	c := newForest(d.db.n)
	tie := func(list []edge, least Weight) {
		for _, e := range list {
			if e.score >= least {
				c.tie(e.a, e.b)
			}
		}
	}
	tie(edges, least)
	tie(d.rules.said, -weightMax)
	again := make([]bool, d.db.n) // by root
	for _, i := range seeds {
		again[c.find(i)] = true
	}
	p := &patch{has: make([]bool, d.db.n)}
	for i := range p.has {
		if again[c.find(int32(i))] {
			p.has[i], p.list = true, append(p.list, int32(i))
		}
	}
	return p
}

// doubtsWith is the clusters that are in doubt: those of the patch, and of before
// those that are not of it. Both are in order.
func (d *linked) doubtsWith(now, before []doubt, p *patch) []doubt {
	out := make([]doubt, 0, len(now)+len(before))
	for _, x := range before {
		if p.has[x.a] {
			continue
		}
		for len(now) > 0 && d.doubtOrder(now[0], x) < 0 {
			out, now = append(out, now[0]), now[1:]
		}
		out = append(out, x)
	}
	return append(out, now...)
}

// labels gives each record the number of the first record of its cluster, which
// outside of the part stays as it was.
func (p *patch) labels(before []int32, c *clusters) []int32 {
	out := make([]int32, len(p.has))
	for i := copy(out, before); i < len(out); i++ {
		out[i] = int32(i)
	}
	first := make(map[int32]int32, len(p.list))
	for _, i := range p.list {
		root := c.find(i)
		if _, there := first[root]; !there {
			first[root] = i
		}
		out[i] = first[root]
	}
	return out
}

// largest is the number of records of the largest cluster.
func largest(labels []int32) int {
	sizes := make([]int32, len(labels))
	for _, l := range labels {
		sizes[l]++
	}
	if len(sizes) == 0 {
		return 0
	}
	return int(slices.Max(sizes))
}

// retell counts the pairs that are told of no longer, and those that are now.
func (u *updater) retell(r *Result, taken, given []edge) {
	before := u.previous.Report
	r.Report.SamePairs, r.Report.Bins = before.SamePairs, slices.Clone(before.Bins)
	for i := range r.Report.Bins {
		r.Report.Bins[i].Predicted *= float64(r.Report.Bins[i].Pairs)
	}
	count := func(list []edge, n int) {
		for _, e := range list {
			p := e.score.Probability()
			r.Report.SamePairs += float64(n) * p
			b := &r.Report.Bins[min(binCount-1, int(p*binCount))]
			b.Pairs += n
			b.Predicted += float64(n) * p
		}
	}
	count(taken, -1)
	count(given, 1)
	for i := range r.Report.Bins {
		if b := &r.Report.Bins[i]; b.Pairs > 0 {
			b.Predicted /= float64(b.Pairs)
		} else {
			b.Predicted = 0
		}
	}
}
