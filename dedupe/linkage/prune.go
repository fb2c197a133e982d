package linkage

import (
	"context"
	"math/bits"
)

// Limits of leaving kinds of block key out again.
const (
	pruneFrom      = 400_000 // pairs of all kinds from which on kinds are left out
	pruneSampleMax = 400_000 // pairs of all kinds that are looked at, about
	pruneSampleOf  = 10      // and at most one of so many
	pruneGain      = .01     // share of the pairs that leaving a kind out must spare
	pruneLikely    = .9      // probability from which on a pair counts as found
	pairsForOne    = 2500    // pairs compared that finding one is worth
)

// sampled is some of the pairs that kinds of block key make.
type sampled struct {
	pairs  []uint64
	kinds  []uint64 // by pair: a bit for each kind that makes it
	likely []bool   // by pair: it is likely the same
	each   float64  // how many pairs one of these stands for
}

// prune leaves those kinds out that make many pairs that no other kind does, and
// hardly any of them likely the same. The kinds are chosen by the pairs among some
// records, where those that belong together are few; here some of the pairs among
// all records are looked at. Those of them that no kind makes any more still teach
// what pairs are like. It returns the kinds that are left, and the share of
// the likely same pairs that they find of those that were found.
func (p *planner) prune(ctx context.Context, b *blocker) ([]blockKey, float64) {
	total := 0
	for _, list := range b.lists {
		total += len(list)
	}
	if total < pruneFrom || len(b.keys) > 64 {
		return b.keys, 1
	}
	s := p.sample(ctx, b.lists, float64(total))
	alive := uint64(1)<<len(b.keys) - 1
	for ctx.Err() == nil {
		k := s.idle(alive, len(b.keys))
		if k < 0 {
			break
		}
		alive &^= 1 << k
	}
	var kept []blockKey
	var lists [][]uint64
	var report []KeyReport
	for k := range b.keys {
		if alive>>k&1 != 0 {
			kept, lists, report = append(kept, b.keys[k]), append(lists, b.lists[k]), append(report, b.report[k])
		}
	}
	b.lists, b.report = lists, report
	for i, of := range s.kinds {
		if of&alive == 0 {
			b.shown = append(b.shown, s.pairs[i])
		}
	}
	b.shownFor = s.each
	return kept, s.found(alive)
}

// sample takes the pairs of some records, by what these hold, and which are likely the same.
func (p *planner) sample(ctx context.Context, lists [][]uint64, total float64) *sampled {
	db := p.db
	one := uint64(2 * max(pruneSampleOf, total/pruneSampleMax)) // record of so many is taken, and with it its pairs
	taken := make([]bool, db.n)
	for i, h := range db.hash {
		taken[i] = h>>20%one == 0
	}
	some := make([][]uint64, len(lists))
	together(p.workers, len(lists), func(_, k int) {
		for _, pair := range lists[k] {
			if taken[pair>>32] || taken[uint32(pair)] {
				some[k] = append(some[k], pair)
			}
		}
	})
	s := &sampled{each: float64(one) / 2}
	for _, list := range some {
		s.pairs = union(s.pairs, list)
	}
	s.kinds, s.likely = make([]uint64, len(s.pairs)), make([]bool, len(s.pairs))
	for k, list := range some {
		for _, row := range newTrial(list, s.pairs).rows {
			s.kinds[row] |= 1 << k
		}
	}
	for i, c := range p.learned(ctx, s.pairs, s.each) {
		s.likely[i] = c >= pruneLikely
	}
	return s
}

// idle is the kind without which the most pairs are spared, as far as they are
// worth more than what they find; -1 where none is.
func (s *sampled) idle(alive uint64, kinds int) int {
	alone, found := make([]int, kinds), make([]int, kinds)
	for i, of := range s.kinds {
		if of &= alive; of != 0 && of&(of-1) == 0 {
			k := bits.TrailingZeros64(of)
			alone[k]++
			if s.likely[i] {
				found[k]++
			}
		}
	}
	worst, most := -1, int(pruneGain*float64(len(s.pairs)))
	for k := range kinds {
		if spared := alone[k] - pairsForOne*found[k]; spared > most {
			worst, most = k, spared
		}
	}
	return worst
}

// found is the share of the likely same pairs that some kinds find.
func (s *sampled) found(alive uint64) float64 {
	all, kept := 0, 0
	for i, of := range s.kinds {
		if s.likely[i] {
			all++
			if of&alive != 0 {
				kept++
			}
		}
	}
	return float64(max(kept, 1)) / float64(max(all, 1))
}
