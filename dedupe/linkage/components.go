package linkage

import (
	"context"
	"slices"
)

// formed is the clusters of the records, by the best guess and by what is sure,
// and what is in doubt between those that are sure.
type formed struct {
	best, sure *clusters
	doubts     []doubt // in order
}

// form joins the records of a list of edges, component by component: what is
// decided in one component of the graph of edges says nothing of another. Rules
// join the records of their edges as well, and forbid.
func (l *Linker) form(ctx context.Context, d *linked, edges []edge, u *rules, workers int) *formed {
	var c *components
	f := &formed{}
	begin := []func(){
		func() { c = d.components(edges, u) },
		func() { f.best = newClusters(d.db, u); f.best.foresee() },
		func() { f.sure = newClusters(d.db, u); f.sure.foresee() },
	}
	together(workers, len(begin), func(_, i int) { begin[i]() })
	tasks := ranges(c.n, componentsPerTask)
	doubts := make([][]doubt, tasks)
	formers := make([]*former, workers)
	together(workers, tasks, func(w, t int) {
		if formers[w] == nil {
			formers[w] = l.newFormer(d, f)
		}
		for k := t * componentsPerTask; k < min(c.n, (t+1)*componentsPerTask) && ctx.Err() == nil; k++ {
			doubts[t] = formers[w].form(ctx, c.of(k), doubts[t])
		}
	})
	f.doubts = slices.Concat(doubts...)
	slices.SortFunc(f.doubts, d.doubtOrder)
	return f
}

// componentsPerTask is how many components a worker looks at in a turn.
const componentsPerTask = 256

// components are edges by the component of the graph that they are of.
type components struct {
	n                   int
	edges, forced, said grouped
}

// grouped is edges by component.
type grouped struct {
	edges  []edge
	starts []int32 // by component, and the end; nil: there are no edges
}

func (g *grouped) of(k int) []edge {
	if g.starts == nil {
		return nil
	}
	return g.edges[g.starts[k]:g.starts[k+1]]
}

// component is the edges of one component; forced and said in their order.
type component struct {
	edges, forced, said []edge
}

func (c *components) of(k int) component {
	return component{c.edges.of(k), c.forced.of(k), c.said.of(k)}
}

// components finds the records that hang together.
func (d *linked) components(edges []edge, u *rules) *components {
	root := newForest(d.db.n)
	for _, list := range [][]edge{edges, u.forced, u.said} {
		for _, e := range list {
			root.tie(e.a, e.b)
		}
	}
	c := &components{}
	number := make([]int32, d.db.n) // by root, from 1 on
	for _, list := range [][]edge{edges, u.forced, u.said} {
		for _, e := range list {
			if at := root.find(e.a); number[at] == 0 {
				c.n++
				number[at] = int32(c.n)
			}
		}
	}
	group := func(list []edge) (g grouped) {
		if len(list) == 0 {
			return g
		}
		g.starts, g.edges = make([]int32, c.n+1), make([]edge, len(list))
		for _, e := range list {
			g.starts[number[root.find(e.a)]]++
		}
		for k := range c.n {
			g.starts[k+1] += g.starts[k]
		}
		next := slices.Clone(g.starts)
		for _, e := range list {
			k := number[root.find(e.a)] - 1
			g.edges[next[k]] = e
			next[k]++
		}
		return g
	}
	c.edges, c.forced, c.said = group(edges), group(u.forced), group(u.said)
	return c
}

// forest finds which records hang together.
type forest []int32 // by record: another one of its component; a root: itself

func newForest(n int) forest {
	f := make(forest, n)
	for i := range f {
		f[i] = int32(i)
	}
	return f
}

func (f forest) find(x int32) int32 {
	for f[x] != x {
		f[x] = f[f[x]]
		x = f[x]
	}
	return x
}

func (f forest) tie(a, b int32) {
	if a, b = f.find(a), f.find(b); a != b {
		f[max(a, b)] = min(a, b)
	}
}

// former forms the clusters of components. Each worker has its own.
type former struct {
	d          *linked
	best, sure *clusters
	kept       *vectors
	limits     [2]Weight // of best and sure
	review     Weight
	asked      map[[2]int32]bool // pairs of clusters that are in doubt
}

func (l *Linker) newFormer(d *linked, f *formed) *former {
	c, kept := newComparer(d.db), new(vectors)
	best, sure := newJudge(d, c, kept), newJudge(d, c, kept)
	best.guess = true
	return &former{
		d:      d,
		kept:   kept,
		best:   f.best.by(best),
		sure:   f.sure.by(sure),
		limits: [2]Weight{weightAt(BestAbove), weightAt(l.config.MatchAbove)},
		review: weightAt(l.config.ReviewAbove),
		asked:  map[[2]int32]bool{},
	}
}

// form forms the clusters of one component and appends what is in doubt.
func (f *former) form(ctx context.Context, c component, doubts []doubt) []doubt {
	if len(c.edges) > 1 {
		f.d.db.sortEdges(c.edges)
		for _, e := range c.edges {
			if e.v != 0 {
				f.kept.keep(pairOf(e.a, e.b), e.v)
			}
		}
	}
	f.best.grow(ctx, c, f.limits[0])
	f.sure.grow(ctx, c, f.limits[1])
	return f.doubts(c.edges, doubts)
}

// doubts appends the clusters that are in doubt.
func (f *former) doubts(edges []edge, doubts []doubt) []doubt {
	clear(f.asked)
	for _, e := range edges {
		if e.score < f.review {
			break
		}
		a, b := f.sure.find(e.a), f.sure.find(e.b)
		if a == b || len(edges) > 1 && f.asked[[2]int32{min(a, b), max(a, b)}] || f.sure.apart(a, b) {
			continue
		}
		if len(edges) > 1 {
			f.asked[[2]int32{min(a, b), max(a, b)}] = true
		}
		doubts = append(doubts, doubt{e, f.sure.expected(e, a, b)})
	}
	return doubts
}
