package linkage

import (
	"math"
	"math/bits"
)

// scorer gives pairs their score. It is shared by the workers.
type scorer struct {
	db        *records
	m         *model
	lg        *levelCountsOf
	names     [classes]nameTable
	base      [classes]float64
	typical   [fieldsMax][levelsMax]float64     // by exact level: how often its values are found, seen from one of them
	namesakes [levelsMax]float64                // of given names, by level
	full      nameTable                         // the same of whole names
	avg       [2]float64                        // of given and family names: the chance that two are equal
	tables    *[fieldsMax][levelsMax]boostTable // shared with the scorers of few records
}

func newScorer(db *records, m *model) *scorer {
	s := &scorer{db: db, m: m, lg: m.logs(), tables: new([fieldsMax][levelsMax]boostTable)}
	s.names = m.nameLogs(s.lg)
	s.base = m.base()
	for i, c := range []*column{&db.given, &db.family} {
		if !c.on() {
			continue
		}
		for _, n := range c.counts {
			s.avg[i] += float64(n) * float64(n) // whole numbers: their sum does not depend on the order
		}
		s.avg[i] = max(s.avg[i]/float64(db.counted)/float64(db.counted), 1/float64(db.counted))
	}
	s.namesakes = inCommon(&m.p[same][fieldGiven], m.marked)
	if f := db.often; f != nil {
		s.typical, s.full, s.avg = f.Typical, f.Names, f.Mean
	} else {
		s.fillTypical()
	}
	s.fillTables(db.countMax)
	return s
}

// fillTypical finds how often the values of each exact level are found, each
// value counting as often as it is there.
func (s *scorer) fillTypical() {
	db := s.db
	n := float64(db.counted)
	add := func(f field, c *column, level func(id uint32) uint8) {
		var once, twice [levelsMax]float64
		for id, count := range c.counts {
			if id > 0 && count > 0 {
				x := float64(count) // whole numbers: their sums do not depend on the order
				lv := level(uint32(id))
				once[lv] += x
				twice[lv] += x * x
			}
		}
		for lv := range once {
			if once[lv] > 0 {
				s.typical[f][lv] = twice[lv] / once[lv] / n
			}
		}
	}
	if db.given.on() {
		add(fieldGiven, &db.given, func(id uint32) uint8 { return db.exactName(&db.given, id) })
		add(fieldFamily, &db.family, func(id uint32) uint8 { return db.exactName(&db.family, id) })
		s.fillFull()
		if s.m.learned && s.m.iterations > 0 { // from these records: of few ones all names are common
			s.typical[fieldGiven][nameSwapped] = s.m.p[strangers][fieldGiven][nameSwapped]
		}
	}
	if db.date.on() {
		add(fieldDate, &db.date, func(id uint32) uint8 { return db.exactName(&db.date, id) })
	}
	shared := func(c *column, level, other uint8) func(uint32) uint8 {
		return func(id uint32) uint8 {
			if c.counts[id] > 1 {
				return level
			}
			return other
		}
	}
	if db.firm.on() {
		add(fieldEmployer, &db.firm, shared(&db.firm, firmEqual, 0))
		add(fieldFirm, &db.firm, shared(&db.firm, firmEqual, 0))
	}
	if db.street.on() {
		add(fieldAddress, &db.street, shared(&db.street, lineSame, 0))
	}
	if len(db.emails) > 0 {
		add(fieldEmail, &db.emails[0], func(id uint32) uint8 { return db.mailUsers[id].level(mailShared, 0) })
	}
	if len(db.phones) > 0 {
		add(fieldPhone, &db.phones[0], func(id uint32) uint8 { return db.phoneUsers[id].level(phoneShared, 0) })
	}
	for i := range db.extras {
		x := &db.extras[i]
		few, _ := exactLevel(fieldExtra+field(i), x.kind)
		if x.kind == Identifier {
			add(fieldExtra+field(i), &x.col, shared(&x.col, few, 0))
		} else {
			add(fieldExtra+field(i), &x.col, func(uint32) uint8 { return few })
		}
	}
}

// fillFull does the same for whole names.
func (s *scorer) fillFull() {
	db := s.db
	var once nameTable
	var twice [len(once)]wholeSum
	for id, count := range db.fullCounts {
		if id == 0 {
			continue
		}
		k := db.fullKeys[id]
		at := nameAt(int(db.exactName(&db.given, uint32(k>>32))), int(db.exactName(&db.family, uint32(k))))
		once[at] += float64(count)
		twice[at].add(uint64(count), s.fullParts(uint32(id)))
	}
	for at := range once {
		if once[at] > 0 {
			s.full[at] = twice[at].float() / once[at] / float64(db.counted) / float64(db.counted)
		}
	}
}

// wholeSum is a sum of products of whole numbers. It does not depend on their
// order, as one of fractions does in its last digits.
type wholeSum struct{ high, low uint64 }

func (s *wholeSum) add(a, b uint64) {
	high, low := bits.Mul64(a, b)
	var carry uint64
	s.low, carry = bits.Add64(s.low, low, 0)
	s.high += high + carry
}

func (s *wholeSum) float() float64 { return math.Ldexp(float64(s.high), 64) + float64(s.low) }

// ownMax is how many records of one contact may bear a whole name before the
// name counts as common for that.
const ownMax = 6

// fullShare is the share of records that bear a whole name: by its parts, or by
// itself where more bear it than the parts let expect.
func (s *scorer) fullShare(id uint32) float64 {
	db := s.db
	n := float64(db.counted)
	k := db.fullKeys[id]
	byParts := float64(db.given.counts[k>>32]) / n * float64(db.family.counts[uint32(k)]) / n
	return max(byParts, float64(db.fullCounts[id]-ownMax)/n)
}

// fullParts is fullShare times the records, squared.
func (s *scorer) fullParts(id uint32) uint64 {
	db := s.db
	k := db.fullKeys[id]
	byParts := uint64(db.given.counts[k>>32]) * uint64(db.family.counts[uint32(k)])
	return max(byParts, uint64(max(0, db.fullCounts[id]-ownMax))*uint64(db.counted))
}

// Limits of what the frequency of a value may add, in nats.
const (
	rareMax    = 3
	commonMin  = -4
	sharedMin  = -6
	fuzzyShare = .5 // of the full adjustment, for values that are only alike
	fuzzyMax   = 2
	fuzzyMin   = -3
)

// frequency is the evidence that a value is rarer or more common than those of
// its level are, in nats. A shared place, phone or number of a contact is never
// better evidence for being rare, only worse for being common.
func (s *scorer) frequency(f field, v vector, a, b int32) float64 {
	level := v.level(f)
	if level < levelFuzzy {
		return 0
	}
	if f == fieldFamily && equalNames(int(level)) && equalNames(int(v.level(fieldGiven))) {
		return s.frequencyOfWhole(v.level(fieldGiven), level, s.db.full[a]) - s.frequency(fieldGiven, v, a, b)
	}
	if f == fieldGiven && level == nameSwapped {
		return s.frequencyOfTurned(a, b)
	}
	if !s.counts(f, level) {
		return 0
	}
	n := s.countOf(f, level, a, b)
	if n == 0 {
		return 0
	}
	return s.boost(f, level, n)
}

// frequencyOfWhole is the same for a whole name, of equal names by their levels.
func (s *scorer) frequencyOfWhole(given, family uint8, full uint32) float64 {
	e := math.Log(s.full[nameAt(int(given), int(family))] / s.fullShare(full))
	return max(2*commonMin, min(2*rareMax, e))
}

// counts reports whether the frequency of values says something at a level.
func (s *scorer) counts(f field, level uint8) bool {
	if f == fieldGiven && level == nameSwapped {
		return false // it is the names of both columns that are frequent
	}
	return s.typical[f][level] > 0 || fuzzyName(f, level)
}

// fuzzyName reports whether a level is that of names that are only alike.
func fuzzyName(f field, level uint8) bool {
	return (f == fieldGiven || f == fieldFamily) && (level <= nameTypo && level >= nameAlike || level == nameMarked)
}

// boost is what it says of a value that so many records have it, in nats.
func (s *scorer) boost(f field, level uint8, n float64) float64 {
	typical := s.typical[f][level]
	if typical <= 0 {
		e := math.Log(s.avg[f] / (n / float64(s.db.counted)))
		return fuzzyShare * max(fuzzyMin, min(fuzzyMax, e))
	}
	e := math.Log(typical * float64(s.db.counted) / n)
	if s.onlyLess(f) {
		return max(sharedMin, min(0, e))
	}
	return max(commonMin, min(rareMax, e))
}

// onlyLess reports whether a rare value of a field is no better evidence than
// another, only a common one worse.
func (s *scorer) onlyLess(f field) bool {
	switch f {
	case fieldAddress, fieldEmployer, fieldPhone, fieldEmail:
		return true
	}
	return s.db.kindOf(f) == Identifier
}

// levelFuzzy is the lowest level at which the frequency of values says
// something.
const levelFuzzy = textEqual

// countOf is the number of records with the value in which a and b are equal; of
// names that are only alike, with the more frequent one of the two. It is 0 where
// that is not known.
func (s *scorer) countOf(f field, level uint8, a, b int32) float64 {
	db := s.db
	p, q := &db.packed[a], &db.packed[b]
	one := func(c *column, x, y uint32) float64 { return float64(max(c.counts[x], c.counts[y])) }
	switch f {
	case fieldGiven:
		return s.countOfName(&db.given, level, p.given, q.given)
	case fieldFamily:
		return s.countOfName(&db.family, level, p.family, q.family)
	case fieldFirm, fieldEmployer:
		return one(&db.firm, p.firm, q.firm)
	case fieldDate:
		return one(&db.date, p.date, q.date)
	case fieldEmail:
		return countShared(db.emails, a, b, p.email, q.email)
	case fieldPhone:
		return countShared(db.phones, a, b, p.phone, q.phone)
	case fieldAddress:
		return one(&db.street, p.street, q.street)
	case fieldNature:
		return 0
	}
	c := &db.extras[f-fieldExtra].col
	return one(c, c.ids[a], c.ids[b])
}

func (s *scorer) countOfName(c *column, level uint8, a, b uint32) float64 {
	x, y := c.counts[a], c.counts[b]
	if (x == 0 || y == 0) && fuzzyName(fieldGiven, level) {
		return 0
	}
	return float64(max(x, y))
}

// countShared finds the count among several columns; x and y are the values of a
// and b in the first.
func countShared(columns []column, a, b int32, x, y uint32) (n float64) {
	if len(columns) == 1 {
		if x != 0 && x == y {
			return float64(columns[0].counts[x])
		}
		return 0
	}
	for i := range columns {
		x := columns[i].ids[a]
		for j := range columns {
			if x != 0 && x == columns[j].ids[b] {
				n = max(n, float64(columns[i].counts[x]))
			}
		}
	}
	return n
}

// chances gives the log likelihood of each class.
func (s *scorer) chances(v vector, a, b int32) [classes]float64 {
	z := s.byLevels(v)
	s.adjust(&z, v, a, b, nil)
	return z
}

// byLevels is what the levels say, whatever the values are.
func (s *scorer) byLevels(v vector) [classes]float64 {
	z := s.base
	z[without(v)] = math.Inf(-1)
	for f := range field(fieldsMax) {
		if v.level(f) != 0 {
			for k := range z {
				z[k] += s.evidence(f, v, k, 0)
			}
		}
	}
	return z
}

// adjust adds what the frequency of the values says. It says nothing of
// strangers.
func (s *scorer) adjust(z *[classes]float64, v vector, a, b int32, seen *boostsSeen) {
	for f, left := field(0), v; left != 0; f, left = f+1, left>>levelBits {
		if left&levelMask < levelFuzzy {
			continue
		}
		e, plain := s.boosted(f, v, a, b, seen)
		if plain == nil {
			continue
		}
		for k := range strangers {
			z[k] += e[k] - plain[k]
		}
	}
}

// weigh is what one field says for a class, as a log likelihood.
func (s *scorer) weigh(f field, v vector, class int, a, b int32) float64 {
	return s.evidence(f, v, class, s.frequency(f, v, a, b))
}

func (s *scorer) evidence(f field, v vector, class int, boost float64) float64 {
	m := s.m
	level := v.level(f)
	switch {
	case class == strangers && f == fieldFamily:
		return s.names[strangers][nameOf(v)] - s.lg[strangers][fieldGiven][v.level(fieldGiven)]
	case class == strangers:
		return s.lg[strangers][f][level]
	case class == same:
		return s.lg[same][f][level] + boost
	case m.leak[f] > 0 && !(f == fieldFirm && class == branches):
		leak, alike := m.leak[f], m.p[same][f][level]
		if f == fieldGiven && class == household {
			leak, alike = namesakesAtHome, s.namesakes[level]
		}
		return math.Log(max((1-leak)*m.p[strangers][f][level]+leak*alike*math.Exp(boost), shareMin))
	case f == fieldFamily && class == colleagues, f == fieldAddress && class == branches:
		return s.lg[class][f][level]
	}
	return s.lg[class][f][level] + boost
}

// score is the weight of "same" against everything else.
func (s *scorer) score(v vector, a, b int32) Weight {
	z := s.chances(v, a, b)
	return weightOf(logOdds(&z))
}

func logOdds(z *[classes]float64) float64 {
	top := max(z[household], z[colleagues], z[branches], z[strangers])
	sum := 0.0
	for _, x := range z[household:] {
		if x -= top; x > -40 { // what is less is lost in rounding
			sum += math.Exp(x)
		}
	}
	return z[same] - top - math.Log(sum)
}
