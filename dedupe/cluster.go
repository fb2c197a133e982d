package dedupe

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// rule is why two records are put together, the surest first.
type rule uint8

const (
	byDecision rule = iota
	byLink
	bySame
	bySimilar
)

var ruleNames = [...]string{"decision", "link", "same", pipeline.RuleSimilar}

// edge is two records of the model that are one, as far as the two can say.
// a comes before b by content.
type edge struct {
	weight linkage.Weight
	a, b   int32
	rule   rule
}

// claim is a value of a never key: within one slot (key and namespace) no
// cluster may hold two.
type claim struct{ slot, value uint32 }

// claims numbers distinct sets of claims; number 0 is the empty set.
type claims struct {
	all   []claim  // of all sets, one set behind the other
	ends  []uint32 // by number: where the set ends in all
	slots []uint64 // open addressing: half a hash, and the number of its set; 0 is free; nil until a set is looked for
}

func newClaims() *claims { return &claims{ends: []uint32{0}} }

// of is the set of a number, sorted by slot; not to be changed.
func (c *claims) of(id uint32) []claim {
	if id == 0 {
		return nil
	}
	return c.all[c.ends[id-1]:c.ends[id]]
}

// id numbers a set that is sorted by slot.
func (c *claims) id(set []claim) uint32 {
	if len(set) == 0 {
		return 0
	}
	if c.slots == nil {
		c.index()
	}
	half, at := c.find(set)
	if slot := c.slots[at]; slot != 0 {
		return uint32(slot)
	}
	id := uint32(len(c.ends))
	c.all = append(c.all, set...)
	c.ends = append(c.ends, uint32(len(c.all)))
	c.slots[at] = half<<32 | uint64(id)
	if 4*len(c.ends) > dictFullMax*len(c.slots) {
		c.slots = doubled(c.slots)
	}
	return id
}

// find returns half the hash of a set and the place of the set in slots, or the
// free one where it belongs.
func (c *claims) find(set []claim) (half, at uint64) {
	h := uint64(len(set))
	for _, s := range set {
		h = mix(h, uint64(s.slot)<<32|uint64(s.value))
	}
	half = h >> 32
	mask := uint64(len(c.slots) - 1)
	at = half & mask
	for c.slots[at] != 0 && (c.slots[at]>>32 != half || !slices.Equal(c.of(uint32(c.slots[at])), set)) {
		at = (at + 1) & mask
	}
	return half, at
}

// index makes the sets that there are known to find.
func (c *claims) index() {
	size := dictSlotsMin
	for size*dictFullMax < 4*len(c.ends) {
		size *= 2
	}
	c.slots = make([]uint64, size)
	for id := 1; id < len(c.ends); id++ {
		half, at := c.find(c.of(uint32(id)))
		c.slots[at] = half<<32 | uint64(id)
	}
}

// conflict reports whether two sets claim one slot with different values.
func (c *claims) conflict(a, b uint32) bool {
	_, _, conflict := c.between(a, b)
	return conflict
}

// between returns the first two claims that contradict each other.
func (c *claims) between(a, b uint32) (of, with claim, conflict bool) {
	if a == b || a == 0 || b == 0 {
		return of, with, false
	}
	x, y := c.of(a), c.of(b)
	for len(x) > 0 && len(y) > 0 {
		switch {
		case x[0].slot < y[0].slot:
			x = x[1:]
		case x[0].slot > y[0].slot:
			y = y[1:]
		case x[0].value != y[0].value:
			return x[0], y[0], true
		default:
			x, y = x[1:], y[1:]
		}
	}
	return of, with, false
}

// join numbers the union of two sets that do not conflict.
func (c *claims) join(a, b uint32) uint32 {
	if a == b || b == 0 {
		return a
	}
	if a == 0 {
		return b
	}
	set := slices.Concat(c.of(a), c.of(b))
	slices.SortFunc(set, func(x, y claim) int { return cmp.Compare(x.slot, y.slot) })
	return c.id(slices.Compact(set))
}

// fill returns the claims of each record.
func (c *claims) fill(u *universe) []uint32 {
	var never []int
	for k := range u.keys {
		if u.keys[k].never {
			never = append(never, k)
		}
	}
	if len(never) == 1 {
		return c.fillSole(u, never[0])
	}
	out := u.column()
	var set []claim
	for i := range out {
		set = set[:0]
		for _, k := range never {
			column := &u.keys[k]
			if id := column.ids[i]; id != 0 {
				set = append(set, claim{slot: uint32(k)<<20 | column.spaces[id], value: id})
			}
		}
		out[i] = c.id(set)
	}
	return out
}

// fillSole does so where there is one never key: the claims of a record have the
// number of its value.
func (c *claims) fillSole(u *universe, k int) []uint32 {
	column := &u.keys[k]
	c.all, c.ends = make([]claim, 0, len(column.spaces)), append(make([]uint32, 0, len(column.spaces)), c.ends...)
	for id := 1; id < len(column.spaces); id++ {
		c.all = append(c.all, claim{slot: uint32(k)<<20 | column.spaces[id], value: uint32(id)})
		c.ends = append(c.ends, uint32(id))
	}
	return column.ids
}

// frontMax is the number of members that speak for a cluster when it is asked
// whether it goes together with another.
const frontMax = 20

// groups is a union-find of the rows that also knows what each group claims,
// who must not come in, and which members speak for it.
type groups struct {
	parent []int32
	size   []int32
	claim  []uint32 // by root
	claims *claims
	foes   map[int32][]int32 // by root: records that a person said are others
	front  map[int32][]int32 // by root, of groups of two and more: the first members by content
	ties   []edge            // that joined something, in order
}

func newGroups(rows int, c *claims, claim []uint32) *groups {
	g := &groups{parent: make([]int32, rows), size: make([]int32, rows), claims: c,
		claim: slices.Clone(claim[:rows]), foes: map[int32][]int32{}, front: map[int32][]int32{}}
	for i := range g.parent {
		g.parent[i], g.size[i] = int32(i), 1
	}
	return g
}

func (g *groups) find(i int32) int32 {
	for g.parent[i] != i {
		g.parent[i] = g.parent[g.parent[i]]
		i = g.parent[i]
	}
	return i
}

// flat points every record at its root, so that root can be read by several
// goroutines.
func (g *groups) flat() {
	for i := range g.parent {
		g.parent[i] = g.find(int32(i))
	}
}

// root is the root of a record after flat.
func (g *groups) root(i int32) int32 { return g.parent[i] }

// separate notes that a person said that two records are different.
func (g *groups) separate(a, b int32) {
	g.foes[a] = append(g.foes[a], b)
	g.foes[b] = append(g.foes[b], a)
}

// forbidden reports whether two groups, by root, must stay apart.
func (g *groups) forbidden(a, b int32) bool {
	if g.claims.conflict(g.claim[a], g.claim[b]) {
		return true
	}
	foes, other := g.foes[a], b
	if theirs := g.foes[b]; len(theirs) < len(foes) {
		foes, other = theirs, a
	}
	for _, f := range foes {
		if g.find(f) == other {
			return true
		}
	}
	return false
}

func (g *groups) fronts(root int32) []int32 {
	if f := g.front[root]; f != nil {
		return f
	}
	return []int32{root}
}

// join makes one group of two, by root.
func (g *groups) join(a, b int32, rank []int32) {
	if g.size[a] < g.size[b] {
		a, b = b, a
	}
	front := slices.Concat(g.fronts(a), g.fronts(b))
	slices.SortFunc(front, func(x, y int32) int { return cmp.Compare(rank[x], rank[y]) })
	g.front[a] = front[:min(len(front), frontMax)]
	delete(g.front, b)
	if foes := g.foes[b]; foes != nil {
		g.foes[a] = append(g.foes[a], foes...)
		delete(g.foes, b)
	}
	g.parent[b] = a
	g.size[a] += g.size[b]
	g.claim[a] = g.claims.join(g.claim[a], g.claim[b])
}

// sortEdges puts the surest edge first and breaks ties by content.
func (r *run) sortEdges(edges []edge) {
	slices.SortFunc(edges, func(x, y edge) int {
		return cmp.Or(cmp.Compare(x.rule, y.rule), cmp.Compare(y.weight, x.weight),
			cmp.Compare(r.u.rank[x.a], r.u.rank[y.a]), cmp.Compare(r.u.rank[x.b], r.u.rank[y.b]))
	})
}

// cluster joins along the edges, the surest first. A join that a never key or
// a person forbids does not happen, whichever records stand between. A
// similarity that the other pairs of the two groups speak against gets another
// chance when the groups have grown, and is a question then.
func (r *run) cluster(edges []edge) {
	r.sortEdges(edges)
	forbidden := [len(ruleNames)]int{}
	doubtful := r.along(edges, &forbidden)
	r.asks = append(r.asks, r.along(doubtful, nil)...)
	for i, n := range forbidden {
		if n > 0 && rule(i) != bySimilar && rule(i) != byDecision {
			r.notes.add(diag.Warning, "join-forbidden", n,
				fmt.Sprintf("%d joins by %s did not happen, since a never key or a decision forbids them", n, ruleNames[i]),
				"two records share a key or a link but contradict each other in another; mend the source that is wrong")
		}
	}
}

// along joins along sorted edges, counts what is forbidden by rule, but for what a person
// said of the very two, and returns the edges that other pairs speak against.
func (r *run) along(edges []edge, forbidden *[len(ruleNames)]int) (doubtful []edge) {
	for _, e := range edges {
		a, b := r.groups.find(e.a), r.groups.find(e.b)
		switch {
		case a == b:
			continue
		case r.groups.forbidden(a, b):
			if forbidden != nil && !r.apart(e.a, e.b) {
				forbidden[e.rule]++
			}
			if e.rule == byDecision {
				r.tellForbidden(e.a, e.b)
			}
			continue
		case e.rule == bySimilar && r.open.between(r.groups, a, b):
			r.asks = append(r.asks, e)
			continue
		case e.rule == bySimilar && !r.agree(a, b):
			doubtful = append(doubtful, e)
			continue
		}
		r.groups.join(a, b, r.u.rank)
		r.open.join(a, b, r.groups.find(a))
		r.groups.ties = append(r.groups.ties, e)
	}
	return doubtful
}

// doubtRivals turns the similarities of a row that is as like to one group as
// to another that a never key keeps apart from it into questions.
func (r *run) doubtRivals() {
	r.sortEdges(r.edges)
	best := map[int32]edge{} // by row
	claim := func(i int32) uint32 { return r.groups.claim[r.groups.find(i)] }
	each := func(visit func(row, other int32, e edge)) {
		for _, e := range r.edges {
			if !r.claims.conflict(claim(e.a), claim(e.b)) {
				visit(e.a, e.b, e)
				visit(e.b, e.a, e)
			}
		}
	}
	each(func(row, other int32, e edge) {
		if _, found := best[row]; !found && claim(other) != 0 {
			best[row] = e
		}
	})
	doubted := map[int32]bool{}
	each(func(row, other int32, e edge) {
		b, ok := best[row]
		if !ok || b.weight-e.weight >= looseMarginMin {
			return
		}
		rival := b.a + b.b - row
		if r.claims.conflict(claim(rival), claim(other)) {
			doubted[row] = true
		}
	})
	if len(doubted) == 0 {
		return
	}
	r.edges = slices.DeleteFunc(r.edges, func(e edge) bool {
		doubt := (doubted[e.a] && claim(e.b) != 0) || (doubted[e.b] && claim(e.a) != 0)
		if doubt {
			r.asks = append(r.asks, e)
		}
		return doubt
	})
}

// agree reports whether two groups are one, by what all of their records say
// together.
func (r *run) agree(a, b int32) bool {
	x, y := r.groups.fronts(a), r.groups.fronts(b)
	return len(x) == 1 && len(y) == 1 || r.judge.weightOfGroups(x, y) >= r.u.m.matchWeight
}
