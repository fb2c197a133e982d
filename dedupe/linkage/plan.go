package linkage

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Limits of choosing block keys.
const (
	planRecordsMax = 40_000 // records on which the kinds of key are tried
	planPairsEach  = 4      // pairs per record that each kind may make in the trial
	planThinned    = 4      // of so many pairs of a kind that makes too many to be chosen one is looked at
	keyCost        = .08    // what a kind of key costs by itself, in pairs per record
	gainMin        = 5e-5   // share of the same pairs that a kind must add
	pairsForOneMax = 250    // pairs, beyond perKeyMin, that a kind may make for each likely same one that it adds
	fewPairs       = 1      // pairs per record that the kinds with blocks of few records make together, about
	fewBudgetMin   = 2      // pairs per record from which on these are used
	likelyAbove    = .05    // probability from which on a pair counts, in part, as the same
)

// planner chooses the kinds of block key: those that find the most pairs that
// are likely the same, by the shipped weights, among the fewest compared.
type planner struct {
	db      *records
	keys    []blockKey
	second  []part
	workers int
	budget  float64 // pairs per record
}

// trial is what a kind of key finds among some records.
type trial struct {
	pairs []uint64
	rows  []uint32 // of pairs, in the union of all kinds
}

// takeFew takes away the kinds of which a block holds few records, and what they
// cost of the budget. What these find cannot be seen among some of the records,
// where all blocks are small; by their limits they are always cheap.
func (p *planner) takeFew() (few []blockKey) {
	all := p.keys
	p.keys = nil
	for _, k := range all {
		if k.most > 0 {
			few = append(few, k)
		} else {
			p.keys = append(p.keys, k)
		}
	}
	if p.budget < fewBudgetMin {
		return nil
	}
	if len(few) > 0 {
		p.budget -= fewPairs
	}
	return few
}

// choose returns the chosen kinds, best first, and the share of the likely same
// pairs that they find among those that all kinds find.
func (p *planner) choose(ctx context.Context) ([]blockKey, float64, error) {
	few := p.takeFew()
	sample := p.db.sampleRecords(planRecordsMax)
	b := &blocker{db: p.db, keys: p.keys, second: p.second, workers: p.workers, among: sample}
	scale := float64(p.db.n) / float64(len(sample))
	var tried []bool
	b.revise = func() {
		most := math.Inf(1)
		if scale > 1 {
			most = p.budget * float64(p.db.n) / scale / scale
		}
		tried = p.thin(b.lists, most)
	}
	if err := b.run(ctx, int64(planPairsEach*len(sample))); err != nil {
		return nil, 0, err
	}
	chances := p.chances(ctx, b.pairs)
	trials := make([]trial, len(p.keys))
	together(p.workers, len(p.keys), func(_, k int) { trials[k] = newTrial(b.lists[k], b.pairs) })
	total := p.total(trials, tried, chances)
	chosen, found := p.greedy(trials, tried, chances, total, scale)
	recall := 1.0
	if total > 0 {
		recall = found / total
	}
	return append(chosen, few...), recall, ctx.Err()
}

func newTrial(list, union []uint64) trial {
	t := trial{pairs: list, rows: make([]uint32, len(list))}
	at := 0
	for i, pair := range list {
		for union[at] != pair {
			at++
		}
		t.rows[i] = uint32(at)
	}
	return t
}

// thin leaves a part of the pairs of those kinds that would take the whole budget
// by themselves: they are not chosen, and only show what the others do not find.
// It tells which kinds may be chosen.
func (p *planner) thin(lists [][]uint64, most float64) (tried []bool) {
	tried = make([]bool, len(lists))
	hash := p.db.hash
	for k, list := range lists {
		if tried[k] = float64(len(list)) <= most; !tried[k] {
			lists[k] = slices.DeleteFunc(list, func(pair uint64) bool { return mix(hash[pair>>32]+hash[uint32(pair)], hashB)%planThinned != 0 })
		}
	}
	return tried
}

// total is how many likely same pairs all kinds find.
func (p *planner) total(trials []trial, tried []bool, chances []float32) (total float64) {
	whole := make([]bool, len(chances))
	for k, t := range trials {
		for _, row := range t.rows {
			whole[row] = whole[row] || tried[k]
		}
	}
	for row, c := range chances {
		if whole[row] {
			total += float64(c)
		} else {
			total += planThinned * float64(c)
		}
	}
	return total
}

// greedy adds the kind with the best gain for its cost until none is worth it.
func (p *planner) greedy(trials []trial, tried []bool, chances []float32, total, scale float64) (chosen []blockKey, found float64) {
	have := make([]bool, len(chances))
	left := p.budget * float64(p.db.n)
	used := make([]bool, len(trials))
	for {
		best, at, bestGain, bestCost := 0.0, -1, 0.0, 0.0
		for k, t := range trials {
			if used[k] || !tried[k] {
				continue
			}
			gain, cost := 0.0, 0.0
			for _, row := range t.rows {
				if !have[row] {
					gain += float64(chances[row])
					cost++
				}
			}
			dear := cost > pairsForOneMax*gain
			if cost *= scale * scale; dear && cost > perKeyMin {
				continue
			}
			if gain < gainMin*total || cost > left {
				continue
			}
			if v := gain / (cost + keyCost*float64(p.db.n)); v > best {
				best, at, bestGain, bestCost = v, k, gain, cost
			}
		}
		if at < 0 {
			return chosen, found
		}
		used[at] = true
		chosen = append(chosen, p.keys[at])
		found += bestGain
		left -= bestCost
		for _, row := range trials[at].rows {
			have[row] = true
		}
	}
}

// chances are the probabilities that pairs are the same, by the shipped weights;
// 0 for those that are not likely.
func (p *planner) chances(ctx context.Context, pairs []uint64) []float32 {
	found := compareAll(ctx, p.db, pairs, p.workers)
	l := &learner{db: p.db, rows: found.rows, possible: p.db.possible(), prior: shippedSame(p.db)}
	l.sampleOutside(ctx, pairs, planSampleMax, p.workers)
	if ctx.Err() != nil {
		return make([]float32, len(pairs))
	}
	return p.likely(pairs, found, newModel(l))
}

// likely are the probabilities that compared pairs are the same by a model; 0 for
// those that are not likely.
func (p *planner) likely(pairs []uint64, found *compared, m *model) []float32 {
	d := &linked{db: p.db, scorer: newScorer(p.db, m), rules: &rules{db: p.db}}
	b := d.newBounds(found.rows, weightAt(likelyAbove))
	out := make([]float32, len(pairs))
	together(p.workers, ranges(len(pairs), pairsPerTask), func(_, t int) {
		var names namesSeen
		for i := t * pairsPerTask; i < min(len(pairs), (t+1)*pairsPerTask); i++ {
			r, x, y := found.at[i], int32(pairs[i]>>32), int32(uint32(pairs[i]))
			if !b.mayReach(r, x, y, &names) {
				continue
			}
			if c := b.evidence(r, x, y).Probability(); c >= likelyAbove {
				out[i] = float32(c)
			}
		}
	})
	return out
}

// sampleRecords returns some records by what they hold, or nil for all.
func (db *records) sampleRecords(most int) []uint32 {
	order := db.byContent()
	return order[:min(most, len(order))]
}

// byContent orders the records by their hashes.
func (db *records) byContent() []uint32 {
	if db.order != nil {
		return db.order
	}
	sorted := make([]uint64, db.n)
	for i, h := range db.hash {
		sorted[i] = h>>32<<32 | uint64(i)
	}
	sortHigh(sorted)
	db.order = make([]uint32, db.n)
	for i, x := range sorted {
		db.order[i] = uint32(x)
	}
	for i := 0; i < db.n; {
		j := i + 1
		for j < db.n && sorted[j]>>32 == sorted[i]>>32 {
			j++
		}
		if j-i > 1 {
			slices.SortFunc(db.order[i:j], func(x, y uint32) int {
				return cmp.Or(cmp.Compare(db.hash[x], db.hash[y]), cmp.Compare(x, y))
			})
		}
		i = j
	}
	return db.order
}
