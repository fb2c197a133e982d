package linkage

// pairScorer scores pairs of records for clustering, which asks for many of them
// again and again. It is for one goroutine.
type pairScorer struct {
	d      *linked
	c      *comparer
	first  []uint32 // see edgesOf
	keys   []uint64 // of the pairs that were scored, the last in each slot
	scores []Weight
}

// pairsKept is how many scores are remembered; a power of two.
const pairsKept = 1 << 16

func (d *linked) newPairScorer(first []uint32) *pairScorer {
	return &pairScorer{d: d, c: newComparer(d.db), first: first, keys: make([]uint64, pairsKept), scores: make([]Weight, pairsKept)}
}

// edgesOf tells where the edges of each record begin in which it comes first,
// and where those of the last one end.
func (d *linked) edgesOf() []uint32 {
	first := make([]uint32, d.db.n+1)
	for _, e := range d.edges {
		first[e.a+1]++
	}
	for i := range d.db.n {
		first[i+1] += first[i]
	}
	return first
}

// score is what linked.score says of two records.
func (p *pairScorer) score(a, b int32) Weight {
	if a < b {
		for _, e := range p.d.edges[p.first[a]:p.first[a+1]] {
			if e.b == b && e.score != weightMax { // that may be other than evidence
				return e.score
			}
		}
	}
	key := uint64(a)<<32 | uint64(b)
	slot := mix(key^hashA, hashB) & (pairsKept - 1)
	if p.keys[slot] != key || key == 0 {
		p.keys[slot], p.scores[slot] = key, p.d.score(p.c.compare(a, b), a, b)
	}
	return p.scores[slot]
}
