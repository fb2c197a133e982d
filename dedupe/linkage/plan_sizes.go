package linkage

import (
	"maps"
	"slices"
)

// A trial among some of the records splits the blocks that a run among all of them
// would split. A value of many records makes few pairs in the sample, of which each
// stands for many: the pairs count, not the records.

// trialSizes are the blocks of a kind of key in the sample.
type trialSizes struct {
	keyed   int // records with a key
	outsize int // of these, in blocks that a run splits
	largest int // records of all that the largest block stands for, about
}

// pairsPerKind is how many pairs each kind of key may make of some records. Two
// thirds of the budget leave room for another kind.
func pairsPerKind(perRecord float64, records int) int64 {
	return max(perKeyMin, int64(perRecord*float64(records)*2/3))
}

// sampled reports whether the records stand for others, too.
func (m *pairMaker) sampled() bool { return m.b.trial != nil && m.b.trial.scale > 1 }

// limitInSample is the size of blocks in the sample from which on a run splits those
// that they stand for; 0: none is.
func (m *pairMaker) limitInSample(kind int, sorted []uint64, budget int64) int {
	p, made, counts := m.b.trial, map[int]float64{}, map[int]int{}
	s := &p.sizes[kind]
	*s = trialSizes{keyed: len(sorted)}
	for _, at := range m.blocks {
		n := int(at.to - at.from)
		inside, across := m.pairsIn(sorted[at.from:at.to])
		made[n] += p.scale*inside + p.scale*p.scale*across
		counts[n]++
		size := n
		if across > inside {
			size = int(p.scale * float64(n))
		}
		s.largest = max(s.largest, size)
	}
	total, limit := 0.0, 0
	for _, n := range slices.Sorted(maps.Keys(made)) {
		if total += made[n]; total > float64(budget) {
			if limit == 0 {
				limit = n
			}
			s.outsize += n * counts[n]
		}
	}
	return limit
}

// pairsIn counts the pairs of a block within units, and the others.
func (m *pairMaker) pairsIn(block []uint64) (inside, across float64) {
	n, p := float64(len(block)), m.b.trial
	all := n * (n - 1) / 2
	if p.units == nil {
		return 0, all
	}
	m.units = m.units[:0]
	for _, x := range block {
		m.units = append(m.units, p.unit(uint32(x)))
	}
	slices.Sort(m.units)
	for from := 0; from < len(m.units); {
		to := from + 1
		for to < len(m.units) && m.units[to] == m.units[from] {
			to++
		}
		k := float64(to - from)
		inside += k * (k - 1) / 2
		from = to
	}
	return inside, all - inside
}

// pairPart pairs the records of a part of a block that is split. In a sample, those
// of one unit alone: such parts are there as they are among all records, while others
// are larger there, and are cut.
func (m *pairMaker) pairPart(some []uint64) (made int64) {
	if !m.sampled() {
		return m.pairAll(some)
	}
	p := m.b.trial
	for i, x := range some {
		for _, y := range some[i+1:] {
			if p.units != nil && p.unit(uint32(x)) == p.unit(uint32(y)) {
				made += m.pair(x, y)
			}
		}
	}
	return made
}
