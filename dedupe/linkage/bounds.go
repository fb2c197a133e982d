package linkage

// bounds scores compared pairs, and gives up those early that cannot come near
// the floor.
type bounds struct {
	d        *linked
	rows     []row
	floor    Weight
	silent   bool               // there is nothing but evidence
	byLevels [][classes]float64 // by row
	most     []float64          // by row: log odds that its pairs have at most; where both names are equal without what they add
}

func (d *linked) newBounds(rows []row) *bounds {
	b := &bounds{d: d, rows: rows, floor: weightAt(PairsAbove), silent: d.rules.silent()}
	b.byLevels = make([][classes]float64, len(rows))
	b.most = make([]float64, len(rows))
	for i, r := range rows {
		b.byLevels[i] = d.scorer.byLevels(r.v)
		v := r.v
		if namesEqual(v) {
			v &^= 1<<(2*levelBits) - 1
		}
		b.most[i] = d.scorer.most(b.byLevels[i], v)
	}
	return b
}

// namesEqual reports whether both names are.
func namesEqual(v vector) bool {
	return equalNames(int(v.level(fieldGiven))) && equalNames(int(v.level(fieldFamily)))
}

// namesSeen remembers what whole names add to the evidence, the last in each
// slot.
type namesSeen struct {
	full [1 << 10]uint32
	adds [1 << 10]float64
}

// boundSlack is more than what rounding can change of a bound, in nats.
const boundSlack = 1e-6

// mayReach reports whether a pair may be as likely as the floor, as far as its
// levels and the frequency of its names tell.
func (b *bounds) mayReach(r uint32, x, y int32, seen *namesSeen) bool {
	if !b.silent {
		return true
	}
	odds, v := b.most[r], b.rows[r].v
	if namesEqual(v) {
		full := b.d.db.full[x]
		slot := full % uint32(len(seen.full))
		if seen.full[slot] != full {
			s := b.d.scorer
			seen.full[slot], seen.adds[slot] = full, s.frequency(fieldGiven, v, x, y)+s.frequency(fieldFamily, v, x, y)
		}
		odds += seen.adds[slot]
	}
	return weightOf(odds+boundSlack) >= b.floor
}

// score is what linked.score says of a pair.
func (b *bounds) score(r uint32, x, y int32) Weight {
	v := b.rows[r].v
	if !b.silent {
		return b.d.score(v, x, y)
	}
	z := b.byLevels[r]
	b.d.scorer.adjust(&z, v, x, y)
	s := weightOf(logOdds(&z))
	if s >= b.floor && b.d.db.twins(x, y) {
		return weightMax
	}
	return s
}
