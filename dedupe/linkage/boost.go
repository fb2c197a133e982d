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
func (s *scorer) fillTables() {
	for f := range field(fieldsMax) {
		most := min(s.db.countMax(f), boostsMax-1)
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

// boosted is what a field says for each class but strangers, with the frequency
// of the values and without; nil where that makes no difference.
func (s *scorer) boosted(f field, v vector, a, b int32) (e [strangers]float64, plain *[strangers]float64) {
	level := v.level(f)
	t := &s.tables[f][level]
	if f == fieldFamily && namesEqual(v) {
		if boost := s.frequency(f, v, a, b); boost != 0 {
			return s.ofLevel(f, level, boost), &t.plain
		}
		return t.plain, nil
	}
	if t.by == nil {
		return t.plain, nil
	}
	n := s.countOf(f, level, a, b)
	switch {
	case n == 0:
		return t.plain, nil
	case int(n) < len(t.by):
		return t.by[int(n)], &t.plain
	}
	return s.ofLevel(f, level, s.boost(f, level, n)), &t.plain
}

// inField is what one field says for each class, as log likelihoods.
func (s *scorer) inField(f field, v vector, a, b int32) (e [classes]float64) {
	of, _ := s.boosted(f, v, a, b)
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
