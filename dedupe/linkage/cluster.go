package linkage

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// edge is a compared pair that may be the same.
type edge struct {
	a, b  int32
	score Weight
	v     vector // 0: not known
}

// sortEdges puts the best first; equal scores are ordered by what the records
// hold, so that their numbers do not matter.
func (db *records) sortEdges(edges []edge) { slices.SortFunc(edges, db.edgeOrder) }

func (db *records) edgeOrder(x, y edge) int {
	if x.score != y.score {
		return cmp.Compare(y.score, x.score)
	}
	xa, xb := ordered(db.hash[x.a], db.hash[x.b])
	ya, yb := ordered(db.hash[y.a], db.hash[y.b])
	if xa != ya || xb != yb {
		return cmp.Or(cmp.Compare(xa, ya), cmp.Compare(xb, yb))
	}
	if db.rows != nil {
		x, y = x.inRows(db.rows), y.inRows(db.rows)
	}
	return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
}

func ordered(a, b uint64) (uint64, uint64) {
	if a > b {
		return b, a
	}
	return a, b
}

// delegatesMax is how many records of a cluster are compared with those of
// another.
const delegatesMax = 20

// clusters is a partition of the records that grows by merging. Workers share the
// first part of it: each reads and writes what is of its component.
type clusters struct {
	db     *records
	rules  *rules
	parent forest
	size   []int32           // by root
	at     []int32           // by root: its place in delegates; 0: the root alone
	never  [][]uint32        // by never column and root: the value of the cluster, 0 for none
	lists  []listSet         // by root, where there are lists
	told   map[int32][]int32 // by record: those that were answered to differ from others and stand with it, sorted

	judge     *clusterJudge
	delegates [][]int32         // of a component: the records of a cluster, or the first of them by hash
	room      []int32           // that delegates are kept in
	answered  map[int32][]int32 // by root that has grown: as told
	weighed   [weighedSlots]weighing
}

// weighedSlots is how many weighings of two clusters are remembered.
const weighedSlots = 1 << 9

// weighing is what two clusters say together. A cluster of one root and size is
// always the same.
type weighing struct {
	rootA, rootB, sizeA, sizeB int32
	sum, pairs                 int64
}

// listSet is the lists that the records of a cluster are of.
type listSet [4]uint64

func newClusters(db *records, u *rules) *clusters {
	c := &clusters{db: db, rules: u, parent: newForest(db.n), size: make([]int32, db.n), at: make([]int32, db.n), told: map[int32][]int32{}}
	for i := range c.size {
		c.size[i] = 1
	}
	for _, n := range u.never {
		c.never = append(c.never, slices.Clone(n.col.ids))
	}
	if db.links {
		c.lists = make([]listSet, db.n)
		for i, l := range db.lists {
			if l > 0 || !db.open {
				c.lists[i][l>>6] = 1 << (l & 63)
			}
		}
	}
	for i := range u.near {
		c.told[i] = []int32{i}
	}
	return c.by(nil)
}

// by is the clusters as a worker has them.
func (c *clusters) by(j *clusterJudge) *clusters {
	own := *c
	own.judge, own.delegates, own.room, own.answered = j, make([][]int32, 1), nil, map[int32][]int32{}
	return &own
}

func (c *clusters) find(x int32) int32 { return c.parent.find(x) }

func (c *clusters) of(root int32) []int32 {
	if at := c.at[root]; at != 0 {
		return c.delegates[at]
	}
	return []int32{root}
}

// grow joins what the rules join in a component, then merges along its edges. What
// was answered to be the same is joined after that: joined before, a record would
// be refused by a cluster that had taken it by itself. It forbids from the start,
// though, so that no evidence stands between two records of one answer.
func (c *clusters) grow(ctx context.Context, of component, limit Weight) {
	c.delegates, c.room = c.delegates[:1], c.room[:0]
	c.join(of.forced)
	c.along(ctx, of.edges, limit)
	if len(of.said) > 0 {
		c.join(of.said)
		c.along(ctx, of.edges, limit)
	}
}

// foresee gives the records that were answered to be the same what forbids any
// of them to be with others.
func (c *clusters) foresee() {
	if len(c.rules.said) == 0 {
		return
	}
	whole := newClusters(c.db, c.rules)
	whole.join(c.rules.said)
	for _, e := range c.rules.said {
		for _, i := range []int32{e.a, e.b} {
			root := whole.find(i)
			for k, values := range whole.never {
				c.never[k][i] = values[root]
			}
			if list := whole.answersOf(root); list != nil {
				c.told[i] = list
			}
		}
	}
}

// join merges two records of each edge, unless a rule keeps them apart.
func (c *clusters) join(edges []edge) {
	for _, e := range edges {
		if a, b := c.find(e.a), c.find(e.b); a != b && !c.apart(a, b) {
			c.merge(a, b)
		}
	}
}

// along merges along the edges, best first, where the evidence between two
// clusters is at least the limit. A second pass gives those another chance that
// were refused before their clusters had grown.
func (c *clusters) along(ctx context.Context, edges []edge, limit Weight) {
	for range 2 {
		refused := false
		for i, e := range edges {
			if e.score < limit || i%pairsPerTask == pairsPerTask-1 && ctx.Err() != nil {
				break
			}
			a, b := c.find(e.a), c.find(e.b)
			if a == b || c.apart(a, b) {
				continue
			}
			if c.together(e, a, b, limit) {
				c.merge(a, b)
			} else {
				refused = true
			}
		}
		if !refused {
			return
		}
	}
}

func (c *clusters) merge(a, b int32) {
	if c.size[a] < c.size[b] {
		a, b = b, a
	}
	all := c.merged(c.of(a), c.of(b))
	c.delegates[c.at[b]] = nil
	if c.at[a] == 0 {
		c.at[a] = int32(len(c.delegates))
		c.delegates = append(c.delegates, nil)
	}
	c.delegates[c.at[a]] = all
	c.parent[b] = a
	c.size[a] += c.size[b]
	for _, values := range c.never {
		values[a] = max(values[a], values[b])
	}
	if c.lists != nil {
		for i := range c.lists[a] {
			c.lists[a][i] |= c.lists[b][i]
		}
	}
	if more := c.answersOf(b); more != nil {
		list := slices.Concat(c.answersOf(a), more)
		slices.Sort(list)
		c.answered[a] = slices.Compact(list)
	}
}

// answersOf are the records that were answered to differ from others and stand
// with a cluster.
func (c *clusters) answersOf(root int32) []int32 {
	if len(c.told) == 0 {
		return nil
	}
	if list, grown := c.answered[root]; grown {
		return list
	}
	return c.told[root]
}

// merged lists the first records of two clusters by what they hold.
func (c *clusters) merged(a, b []int32) []int32 {
	n := min(len(a)+len(b), delegatesMax)
	c.room = slices.Grow(c.room, n)
	out := c.room[len(c.room) : len(c.room) : len(c.room)+n]
	c.room = c.room[:len(c.room)+n]
	for len(out) < cap(out) {
		takeA := len(b) == 0
		if !takeA && len(a) > 0 {
			takeA = c.db.before(a[0], b[0])
		}
		if takeA {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return out
}

// apart reports whether a rule keeps two clusters apart. Within a cluster all
// values of a never column are equal.
func (c *clusters) apart(a, b int32) bool {
	for _, values := range c.never {
		if x, y := values[a], values[b]; x != 0 && y != 0 && x != y {
			return true
		}
	}
	if c.lists != nil {
		for i := range c.lists[a] {
			if c.lists[a][i]&c.lists[b][i] != 0 {
				return true
			}
		}
	}
	there := c.answersOf(b)
	if len(there) == 0 {
		return false
	}
	for _, i := range c.answersOf(a) {
		for _, other := range c.rules.near[i] {
			if _, found := slices.BinarySearch(there, other); found {
				return true
			}
		}
	}
	return false
}

// together reports whether the records of two clusters are one contact, by what
// all of them say.
func (c *clusters) together(e edge, rootA, rootB int32, limit Weight) bool {
	if c.size[rootA]+c.size[rootB] == 2 {
		return e.score >= limit
	}
	sum, pairs := c.between(rootA, rootB)
	return sum >= int64(limit)*pairs
}

// between weighs two clusters: what they say, times the number of their pairs.
func (c *clusters) between(rootA, rootB int32) (sum, pairs int64) {
	rootA, rootB = min(rootA, rootB), max(rootA, rootB)
	w := &c.weighed[(uint64(rootA)<<32|uint64(rootB))*hashB>>32%weighedSlots]
	if w.rootA != rootA || w.rootB != rootB || w.sizeA != c.size[rootA] || w.sizeB != c.size[rootB] {
		sum, pairs = c.judge.weigh(c.of(rootA), c.of(rootB))
		*w = weighing{rootA, rootB, c.size[rootA], c.size[rootB], sum, pairs}
	}
	return w.sum, w.pairs
}

// expected is how many pairs of records it is expected to join that the clusters
// of an edge are asked about.
func (c *clusters) expected(e edge, rootA, rootB int32) float64 {
	mean := Weight(clipped(e.score))
	if c.size[rootA]+c.size[rootB] > 2 {
		sum, n := c.between(rootA, rootB)
		mean = Weight(sum / n)
	}
	// The answer is likelier yes than the clusters say, and less than their best pair does.
	yes := math.Sqrt(mean.Probability() * e.score.Probability())
	return yes * float64(c.size[rootA]) * float64(c.size[rootB])
}

// largest is the number of records of the largest cluster.
func (c *clusters) largest() int {
	n := int32(0)
	for _, size := range c.size {
		n = max(n, size)
	}
	return int(n)
}

// labels gives each row the first row of its cluster.
func (c *clusters) labels() []int32 {
	row := func(i int32) int32 { return i }
	if rows := c.db.rows; rows != nil {
		row = func(i int32) int32 { return rows[i] }
	}
	first := make([]int32, len(c.parent))
	for i := range first {
		first[i] = math.MaxInt32
	}
	for i := range int32(len(first)) {
		root := c.find(i)
		first[root] = min(first[root], row(i))
	}
	out := make([]int32, len(c.parent))
	for i := range int32(len(out)) {
		out[row(i)] = first[c.find(i)]
	}
	return out
}

func weightAt(probability float64) Weight {
	return weightOf(math.Log(probability / (1 - probability)))
}
