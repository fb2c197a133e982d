package linkage

import (
	"context"
	"slices"
)

// Where there are very many pairs, weights are learned from a part of them: what
// is counted in it stands for all. The others are compared only as far as they
// may be the same.
const (
	learnAllMax = 1_500_000 // pairs up to which weights are learned from all
	learnSample = 400_000   // pairs that they are learned from, about, where there are more
)

// sampleCompared lists about so many of some pairs, and how many pairs each of them
// stands for. What the records of a pair hold decides, not where they stand.
func (db *records) sampleCompared(pairs []uint64, most int) (sample []uint64, each float64) {
	limit := uint64(float64(1<<32) * float64(most) / float64(len(pairs)))
	sample = make([]uint64, 0, most+most/8)
	for _, p := range pairs {
		if (db.hash[p>>32]+db.hash[uint32(p)])*hashB>>32 < limit {
			sample = append(sample, p)
		}
	}
	return sample, float64(len(pairs)) / float64(max(1, len(sample)))
}

// times makes each vector count so many times.
func (c *compared) times(each float64) {
	for _, rows := range [][]row{c.rows, c.half} {
		for i := range rows {
			rows[i].n *= each
		}
	}
}

// sift keeps the pairs that may be the same. Of the others it compares as little
// as tells that they are not.
func (d *linked) sift(ctx context.Context, pairs []uint64, workers int) {
	tasks := ranges(len(pairs), pairsPerTask)
	kept := make([][]edge, tasks)
	floor := weightAt(PairsAbove)
	q := newQuick(d.scorer, d.rules, floor)
	sifters := make([]*sifter, workers)
	together(workers, tasks, func(w, t int) {
		if ctx.Err() != nil {
			return
		}
		if sifters[w] == nil {
			sifters[w] = &sifter{q: q, c: newComparer(d.db), b: d.newBounds(nil, floor)}
		}
		some := pairs[t*pairsPerTask : min(len(pairs), (t+1)*pairsPerTask)]
		kept[t] = sifters[w].sift(some)
		d.db.progress.add(len(some))
	})
	d.edges = slices.Concat(kept...)
}

// sifter sifts the pairs of one worker.
type sifter struct {
	q     *quick
	c     *comparer
	b     *bounds
	whole wholeSeen
	names namesSeen
	kept  []edge // of a task
}

func (s *sifter) sift(pairs []uint64) []edge {
	s.kept = s.kept[:0]
	for len(pairs) > 0 {
		n := min(len(pairs), batchPairs)
		s.c.fetch(pairs[:n])
		for i := range n {
			x, y := s.c.sides(i)
			v, may := s.levels(x, y)
			if !may {
				continue
			}
			r := s.b.of(v)
			if !s.b.mayReach(r, x.at, y.at, &s.names) {
				continue
			}
			if score := s.b.score(r, x.at, y.at); score >= s.b.floor {
				s.kept = append(s.kept, edge{x.at, y.at, score, v})
			}
		}
		pairs = pairs[n:]
	}
	return slices.Clone(s.kept)
}

// levels gives the levels of two records, as far as they may be the same.
func (s *sifter) levels(a, b *side) (v vector, may bool) {
	q := s.q
	if q.off || q.joins != nil && q.joins(a.at, b.at) {
		return s.c.levels(a, b), true
	}
	var g glimpse
	q.look(a, b, &g, &s.whole)
	if !g.may() {
		return 0, false
	}
	return s.settle(a, b, &g)
}

// settle compares two records field by field, in place of what was seen of them,
// until it is clear that they are not the same.
func (s *sifter) settle(a, b *side, g *glimpse) (v vector, may bool) {
	q, c, db := s.q, s.c, s.q.db
	if db.given.on() {
		c.settleNames(a, b, &g.names, &v)
		if !g.names.whole() {
			g.sum += q.names[v.level(fieldGiven)][v.level(fieldFamily)] - g.name
			if !g.may() {
				return v, false
			}
		}
	}
	if db.firm.on() {
		c.compareFirms(a, b, &v)
		if f, _ := natureOf(a, b); !s.settled(f, &v, v.level(f), g.firm, g) {
			return v, false
		}
	}
	for i := range db.extras {
		e := &db.extras[i]
		if !s.settled(fieldExtra+field(i), &v, c.extraLevel(e, e.of(i, a), e.of(i, b)), g.extras[i], g) {
			return v, false
		}
	}
	if db.placed {
		level := c.addressLevel(a, b)
		v.set(fieldAddress, level)
		if g.sum += q.fields[fieldAddress][level] - g.place; !g.may() {
			return v, false
		}
	}
	if db.date.on() && !s.settled(fieldDate, &v, c.dateLevel(a.date, b.date), g.date, g) {
		return v, false
	}
	if len(db.phones) > 0 && !s.settled(fieldPhone, &v, c.phoneLevel(a, b), g.phone, g) {
		return v, false
	}
	return v, len(db.emails) == 0 || s.settled(fieldEmail, &v, c.emailLevel(a, b), g.email, g)
}

// settled puts the level of a field in place of what was seen of it, and reports
// whether the pair may still reach the floor.
func (s *sifter) settled(f field, v *vector, level, from uint8, g *glimpse) bool {
	v.set(f, level)
	g.sum += s.q.fields[f][level] - s.q.fields[f][from]
	return g.may()
}
