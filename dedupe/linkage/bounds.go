package linkage

// bounds scores compared pairs, and gives up those early that cannot come near
// the floor.
type bounds struct {
	d        *linked
	rows     []row
	floor    Weight
	silent   bool               // there is nothing but evidence
	byLevels [][classes]float64 // by row
	most     []atMost           // by row
	met      *tally             // numbers the rows as they are met; nil: they are given
}

// atMost is the log odds that pairs with some levels have at most, whatever their
// values are: against all other classes, and, where both names are equal, without
// what they add, against those classes for which they say nothing or less.
type atMost struct {
	odds, withNames float64
}

// newBounds makes bounds for pairs with some levels that are to be kept from a
// weight on.
func (d *linked) newBounds(rows []row, floor Weight) *bounds {
	b := &bounds{d: d, floor: floor, silent: d.rules.silent()}
	b.byLevels = make([][classes]float64, 0, len(rows))
	b.most = make([]atMost, 0, len(rows))
	for _, r := range rows {
		b.add(r.v)
	}
	b.rows = rows
	return b
}

func (b *bounds) add(v vector) {
	z := b.d.scorer.byLevels(v)
	b.rows = append(b.rows, row{v: v})
	b.byLevels = append(b.byLevels, z)
	b.most = append(b.most, b.d.scorer.atMost(&z, v))
}

// of is the row of some levels, a new one where they were not met before.
func (b *bounds) of(v vector) uint32 {
	if b.met == nil {
		b.met = newTally()
	}
	r := b.met.add(v, 0)
	if int(r) == len(b.rows) {
		b.add(v)
	}
	return r
}

// atMost bounds the log odds of pairs with these levels. The odds against each
// class alone are a bound; of each field they grow with what the frequency of its
// value adds for the same, since it never adds more for another class.
func (s *scorer) atMost(z *[classes]float64, v vector) atMost {
	var over [classes]float64
	names := namesEqual(v)
	for f := range field(fieldsMax) {
		level := v.level(f)
		if level < levelFuzzy || names && f == fieldFamily {
			continue
		}
		boost, e := s.most(f, level)
		if names && f == fieldGiven {
			over[household] += boost - e[household]
			over[branches] += boost - e[branches]
			over[colleagues] -= s.least(colleagues, level)
			continue
		}
		over[strangers] += boost
		for k := household; k < strangers; k++ {
			over[k] += boost - e[k]
		}
	}
	against := func(k int) float64 { return z[same] - z[k] + over[k] }
	most := atMost{odds: min(against(household), against(branches)), withNames: min(against(colleagues), against(strangers))}
	if !names {
		most.odds = min(most.odds, most.withNames)
	}
	return most
}

// namesEqual reports whether both names are.
func namesEqual(v vector) bool {
	return equalNames(int(v.level(fieldGiven))) && equalNames(int(v.level(fieldFamily)))
}

// namesSeen remembers what whole names add to the evidence, and what frequencies
// do, the last in each slot.
type namesSeen struct {
	full   [1 << 10]uint32
	adds   [1 << 10]float64
	boosts boostsSeen
}

// boundSlack is more than what rounding can change of a bound, in nats.
const boundSlack = 1e-6

// mayReach reports whether a pair may be as likely as the floor, as far as its
// levels and the frequency of its names tell.
func (b *bounds) mayReach(r uint32, x, y int32, seen *namesSeen) bool {
	if !b.silent {
		return true
	}
	odds, v := b.most[r].odds, b.rows[r].v
	if weightOf(odds+boundSlack) < b.floor {
		return false
	}
	if namesEqual(v) {
		full := b.d.db.full[x]
		slot := full % uint32(len(seen.full))
		if seen.full[slot] != full {
			s := b.d.scorer
			seen.full[slot], seen.adds[slot] = full, s.frequency(fieldGiven, v, x, y)+s.frequency(fieldFamily, v, x, y)
		}
		odds = b.most[r].withNames + seen.adds[slot]
	}
	return weightOf(odds+boundSlack) >= b.floor
}

// score is what linked.score says of a pair.
func (b *bounds) score(r uint32, x, y int32, seen *namesSeen) Weight {
	v := b.rows[r].v
	if !b.silent {
		return b.d.score(v, x, y)
	}
	s := b.evidence(r, x, y, seen)
	if s >= b.floor && b.d.db.twins(x, y) {
		return weightMax
	}
	return s
}

// evidence is what scorer.score says of a pair.
func (b *bounds) evidence(r uint32, x, y int32, seen *namesSeen) Weight {
	z := b.byLevels[r]
	b.d.scorer.adjust(&z, b.rows[r].v, x, y, &seen.boosts)
	return weightOf(logOdds(&z))
}
