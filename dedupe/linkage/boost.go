package linkage

// boostTable is what one level of a field says for each class, as log
// likelihoods: whatever the value is, and by how many records have it. Of
// strangers it says nothing; for them evidence does.
type boostTable struct {
	plain [strangers]float64
	by    [][strangers]float64 // by count; 0 is not used
}

// boostsMax is the number of records that have a value up to which what that adds
// is remembered.
const boostsMax = 256

// fillTables computes the evidence of each level ahead. It is the same for all
// pairs of a level whose values are as frequent.
// Frequent says how many records have the most frequent value of a field.
func (s *scorer) fillTables(frequent func(f field) int) {
	for f := range field(fieldsMax) {
		most := min(frequent(f), boostsMax-1)
		for level := uint8(1); level < levelsMax; level++ {
			t := &s.tables[f][level]
			t.plain = s.ofLevel(f, level, 0)
			if level < levelFuzzy || !s.counts(f, level) {
				continue
			}
			t.by = make([][strangers]float64, 1+most)
			for n := 1; n <= most; n++ {
				t.by[n] = s.ofLevel(f, level, s.boost(f, level, float64(n)))
			}
		}
	}
}

func (s *scorer) ofLevel(f field, level uint8, boost float64) (e [strangers]float64) {
	var v vector
	v.set(f, level)
	for k := range e {
		e[k] = s.evidence(f, v, k, boost)
	}
	return e
}

// countMax is how many records have the most frequent value of a field.
func (db *records) countMax(f field) (most int) {
	var columns []column
	switch f {
	case fieldGiven:
		columns = []column{db.given}
	case fieldFamily:
		columns = []column{db.family}
	case fieldFirm, fieldEmployer:
		columns = []column{db.firm}
	case fieldDate:
		columns = []column{db.date}
	case fieldEmail:
		columns = db.emails
	case fieldPhone:
		columns = db.phones
	case fieldAddress:
		columns = []column{db.street}
	default:
		if i := int(f) - int(fieldExtra); i < len(db.extras) {
			columns = []column{db.extras[i].col}
		}
	}
	for _, c := range columns {
		for _, n := range c.counts {
			most = max(most, int(n))
		}
	}
	return most
}

// boostsSeen remembers what frequencies say, the last in each slot. Each worker has
// its own.
type boostsSeen struct {
	of   [1 << 10]uint64
	says [1 << 10][strangers]float64
}

// ofLevel is what ofLevel of the scorer says with a boost that is made for a key,
// which stands for no other one. Seen may be nil, and then nothing is remembered.
func (seen *boostsSeen) ofLevel(s *scorer, f field, level uint8, key uint64, boost func() float64) *[strangers]float64 {
	if seen == nil {
		e := s.ofLevel(f, level, boost())
		return &e
	}
	slot := key * hashB >> 32 % uint64(len(seen.of))
	if e := &seen.says[slot]; seen.of[slot] == key {
		return e
	}
	seen.of[slot], seen.says[slot] = key, s.ofLevel(f, level, boost())
	return &seen.says[slot]
}

// boosted is what a field says for each class but strangers, with the frequency
// of the values and without; nil where that makes no difference. What it gives is
// good until the next time.
func (s *scorer) boosted(f field, v vector, a, b int32, seen *boostsSeen) (e, plain *[strangers]float64) {
	level := v.level(f)
	t := &s.tables[f][level]
	if f == fieldFamily && namesEqual(v) {
		key := 1<<63 | uint64(s.db.full[a])<<8 | uint64(nameOf(v))
		return seen.ofLevel(s, f, level, key, func() float64 { return s.frequency(f, v, a, b) }), &t.plain
	}
	if f == fieldGiven && level == nameSwapped {
		turned := s.ofLevel(f, level, s.frequencyOfTurned(a, b))
		return &turned, &t.plain
	}
	if t.by == nil {
		return &t.plain, nil
	}
	n := s.countOf(f, level, a, b)
	switch {
	case n == 0:
		return &t.plain, nil
	case int(n) < len(t.by):
		return &t.by[int(n)], &t.plain
	}
	key := uint64(n)<<8 | uint64(f)<<4 | uint64(level)
	return seen.ofLevel(s, f, level, key, func() float64 { return s.boost(f, level, n) }), &t.plain
}

// inField is what one field says for each class, as log likelihoods.
func (s *scorer) inField(f field, v vector, a, b int32, seen *boostsSeen) (e [classes]float64) {
	of, _ := s.boosted(f, v, a, b, seen)
	copy(e[:], of[:])
	e[strangers] = s.evidence(f, v, strangers, 0)
	return e
}

// most is the highest that the frequency of a value may add for the same at a
// level, in nats, and what it then adds for each class.
func (s *scorer) most(f field, level uint8) (boost float64, e [strangers]float64) {
	t := &s.tables[f][level]
	if t.by == nil {
		return 0, e
	}
	if boost = rareMax; s.typical[f][level] <= 0 {
		boost = fuzzyMax
	} else if s.onlyLess(f) {
		boost = 0
	}
	e = s.ofLevel(f, level, boost)
	for k := range e {
		e[k] -= t.plain[k]
	}
	return boost, e
}

// least is the lowest that the frequency of a given name may add for a class.
func (s *scorer) least(class int, level uint8) float64 {
	return s.ofLevel(fieldGiven, level, commonMin)[class] - s.tables[fieldGiven][level].plain[class]
}
