package linkage

import (
	"cmp"
	"context"
	"slices"
)

// Limits of choosing block keys.
const (
	planRecordsMax = 40_000 // records on which the kinds of key are tried, or more:
	planScaleMax   = 100    // records that each of them stands for, at most
	planUnitMax    = 1000   // records of a unit
	planThinned    = 4      // of so many pairs of a kind that makes too many to be chosen one is looked at
	keyCost        = .08    // what a kind of key costs by itself, in pairs per record
	gainMin        = 5e-5   // share of the same pairs that a kind must add
	pairsForOneMax = 400    // pairs, beyond perKeyMin, that a kind may make for each likely same one that it adds
	fewPairs       = 1.5    // pairs per record that the kinds with blocks of few records make together, about
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
	perKind int64   // pairs that each kind may make of all records, beyond which its largest blocks are split

	tried  int      // records that the kinds are tried on, or more; 0: planRecordsMax
	sample []uint32 // records that the kinds are tried on
	scale  float64  // all records for each of them
	units  []uint64 // by number of a family name: its unit; nil: each record is one

	sizes []trialSizes // by kind of key, where the sample is not all records
	aside []KeyAside   // kinds that make too many pairs to be chosen
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

// wholeOf are those of the kinds with blocks of few records of which the sample holds
// the blocks whole, since they lie within units. They are taken beforehand: what they
// find is no gain of others, such as of the same kind without its limit.
func (p *planner) wholeOf(few []blockKey) (whole []blockKey) {
	for _, k := range few {
		if p.units != nil && k.named {
			whole = append(whole, k)
		}
	}
	return whole
}

// choose returns the chosen kinds, best first, and the share of the pairs from
// BestAbove on that they find among those that all kinds find. The many pairs that
// are less likely help to choose; in a long list nearly all of them are strangers,
// though.
func (p *planner) choose(ctx context.Context) ([]blockKey, float64, error) {
	few := p.takeFew()
	p.takeSample()
	taken := p.wholeOf(few)
	p.keys = append(taken, p.keys...)
	p.sizes = make([]trialSizes, len(p.keys))
	b := &blocker{db: p.db, keys: p.keys, second: p.second, workers: p.workers, among: p.sample, trial: p}
	var tried []bool
	b.revise = func() { tried = p.thin(b.lists, p.budget*float64(p.db.n), len(taken)) }
	if err := b.run(ctx, p.perKind); err != nil {
		return nil, 0, err
	}
	stands := make([]float32, len(b.pairs))
	for row, pair := range b.pairs {
		stands[row] = float32(p.standsFor(pair))
	}
	chances := p.chances(ctx, b.pairs)
	surely := make([]float32, len(chances))
	for row, c := range chances {
		if chances[row] = c * stands[row]; c >= BestAbove {
			surely[row] = chances[row]
		}
	}
	trials := make([]trial, len(p.keys))
	together(p.workers, len(p.keys), func(_, k int) { trials[k] = newTrial(b.lists[k], b.pairs) })
	chosen, have := p.greedy(trials, tried, chances, stands, p.total(trials, tried, chances), len(taken))
	recall := 1.0
	if total := p.total(trials, tried, surely); total > 0 {
		found := 0.0
		for row, is := range have {
			if is {
				found += float64(surely[row])
			}
		}
		recall = found / total
	}
	few = slices.DeleteFunc(few, func(k blockKey) bool { return slices.ContainsFunc(chosen, k.within) })
	return append(chosen, few...), recall, ctx.Err()
}

// takeSample chooses the records on which the kinds are tried. Records of one unit,
// which is a family name as it sounds, are there together or not at all, so that
// of the pairs within units as large a share is there as of the records: that is
// where nearly all pairs are that are the same. Of other pairs the share is the
// square of that; each pair stands for as many as it is one of.
func (p *planner) takeSample() {
	order := p.db.byContent()
	p.sample, p.scale = order, 1
	most := max(cmp.Or(p.tried, planRecordsMax), len(order)/planScaleMax)
	if len(order) <= most {
		return
	}
	p.scale = float64(len(order)) / float64(most)
	limit := uint64(float64(1<<63) / p.scale * 2)
	if p.units = p.unitsOf(order); p.units != nil {
		p.sample = nil
		for _, i := range order {
			if p.unit(i) < limit {
				p.sample = append(p.sample, i)
			}
		}
	}
	if n := len(p.sample); p.units == nil || n < most/2 || n > 2*most {
		p.units, p.sample = nil, slices.Clone(order[:most])
	}
	slices.Sort(p.sample) // so that what their keys are made of is near
}

// unitsOf is how family names sound, by number, and nil without names. Names of
// many are 0: their records are taken one by one.
func (p *planner) unitsOf(order []uint32) []uint64 {
	db := p.db
	if !db.given.on() {
		return nil
	}
	counts := map[uint64]int32{}
	for id := range db.names {
		counts[db.names[id].sound] += db.family.counts[id]
	}
	units := make([]uint64, len(db.names))
	for id := range db.names {
		if s := db.names[id].sound; counts[s] <= planUnitMax {
			units[id] = s
		}
	}
	return units
}

// unit is the unit of a record, spread evenly.
func (p *planner) unit(i uint32) uint64 {
	if u := p.units[p.db.family.ids[i]]; u != 0 {
		return mix(u, hashB)
	}
	return mix(p.db.hash[i], hashC)
}

// standsFor is of how many pairs one of the sample is one.
func (p *planner) standsFor(pair uint64) float64 {
	if i, j := uint32(pair>>32), uint32(pair); p.units == nil || p.unit(i) != p.unit(j) {
		return p.scale * p.scale
	}
	return p.scale
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
// It tells which kinds may be chosen. The first ones, which are taken, stay whole.
func (p *planner) thin(lists [][]uint64, most float64, taken int) (tried []bool) {
	tried = make([]bool, len(lists))
	hash := p.db.hash
	together(p.workers, len(lists), func(_, k int) {
		if k < taken {
			tried[k] = true
			return
		}
		made := 0.0
		for _, pair := range lists[k] {
			made += p.standsFor(pair)
		}
		if tried[k] = p.scale == 1 || made <= most && 2*p.sizes[k].outsize <= p.sizes[k].keyed; !tried[k] {
			lists[k] = slices.DeleteFunc(lists[k], func(pair uint64) bool { return mix(hash[pair>>32]+hash[uint32(pair)], hashB)%planThinned != 0 })
		}
	})
	for k, is := range tried {
		if !is {
			p.aside = append(p.aside, KeyAside{p.keys[k].name, p.sizes[k].largest})
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

// greedy adds the kind with the best gain for its cost until none is worth it. Have
// are the pairs that the chosen ones find, and the first ones, which are taken.
func (p *planner) greedy(trials []trial, tried []bool, chances, stands []float32, total float64, taken int) (chosen []blockKey, have []bool) {
	have = make([]bool, len(chances))
	left := p.budget * float64(p.db.n)
	used := make([]bool, len(trials))
	for k, t := range trials[:taken] {
		used[k] = true
		for _, row := range t.rows {
			have[row] = true
		}
	}
	for {
		best, at, bestCost := 0.0, -1, 0.0
		for k, t := range trials {
			if used[k] || !tried[k] {
				continue
			}
			gain, cost := 0.0, 0.0
			for _, row := range t.rows {
				if !have[row] {
					gain += float64(chances[row])
					cost += float64(stands[row])
				}
			}
			if cost > pairsForOneMax*gain && cost > perKeyMin {
				continue
			}
			if gain < gainMin*total || cost > left {
				continue
			}
			if v := gain / (cost + keyCost*float64(p.db.n)); v > best {
				best, at, bestCost = v, k, cost
			}
		}
		if at < 0 {
			return chosen, have
		}
		used[at] = true
		chosen = append(chosen, p.keys[at])
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
			if c := b.evidence(r, x, y, &names).Probability(); c >= likelyAbove {
				out[i] = float32(c)
			}
		}
	})
	return out
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
