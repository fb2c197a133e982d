package linkage

import (
	"fmt"
	"math"
)

// Limits of trust in learned weights.
const (
	learnRowsMin  = 500  // records
	learnPairsMin = 20   // compared pairs that are taken for the same
	halvesDiffer  = 0.10 // share of these that weights of half the candidates may take for others
)

// learn makes the model: pinned, learned, or with the shipped weights of the
// levels where the records do not teach enough. Why says which and why.
func (l *Linker) learn(db *records, rows []row, half []row, le *learner) (m *model, why string) {
	db.progress.begin(StageWeigh, 0)
	if w := l.config.Weights; w != nil {
		m = w.pinned(db)
		m.expectedSame(&learner{db: db, rows: byVector(rows), possible: m.possible})
		return m, fmt.Sprintf("the pinned weights of %d records are used", w.Records)
	}
	why = fmt.Sprintf("there are only %d records; learning needs %d", db.n, learnRowsMin)
	if db.n == 1 {
		why = fmt.Sprintf("there is only 1 record; learning needs %d", learnRowsMin)
	}
	if db.n >= learnRowsMin {
		m = le.run()
		halved := *le
		halved.rows = byVector(half)
		halved.halve()
		h := halved.run()
		differ := m.differs(h, le.rows)
		if why = m.doubts(db, differ); why == "" {
			m.learned = true
			return m, fmt.Sprintf("learned from %d records%s; half of their pairs would teach to decide %.1f %% of the duplicates otherwise", db.n, le.some(), 100*differ)
		}
	}
	le.fixed, le.strange = true, shippedStrangers(db)
	le.total, le.totalNames = [fieldsMax][levelsMax]float64{}, nameTable{}
	return le.run(), "shipped weights are used: " + why
}

// doubts says why learned weights are not trusted, of which those of half the
// candidates differ in a share of the duplicates; "" when they are.
func (m *model) doubts(db *records, differ float64) string {
	if m.found[same] < learnPairsMin {
		return fmt.Sprintf("these records have about %.0f pairs of duplicates; learning needs %d", m.found[same], learnPairsMin)
	}
	if differ > halvesDiffer {
		return fmt.Sprintf("learning is not stable on these records, since half of their pairs would teach to decide %.1f %% of the duplicates otherwise; at most %.0f %% is trusted", 100*differ, 100*halvesDiffer)
	}
	if slips := m.slips(db); slips != "" {
		return fmt.Sprintf("what these records teach is not trusted: of the pairs that it takes for the same, more differ by a slip in %s than be equal in it, as the members of a numbered series do", slips)
	}
	return ""
}

// differs is by how much another model thinks otherwise of the pairs that m takes
// for the same, as a share of them: the sum over the pairs by which the
// probabilities differ. How many pairs a half has tells less: it may have more or
// fewer of the duplicates, and decide each as the whole does.
func (m *model) differs(other *model, rows []row) float64 {
	a, b := m.sameness(rows), other.sameness(rows)
	sum := 0.0
	for i := range rows {
		sum += rows[i].n * math.Abs(a[i]-b[i])
	}
	return sum / max(m.found[same], 1)
}

// slips names a mailbox, phone or number in which more pairs that a model takes for
// the same are one slip apart than equal; "" where there is none. Those of one
// contact are seldom mistyped: such a model has taken the members of a series, such
// as stand101@ and stand102@, for duplicates of each other. Names are misspelt more
// often.
func (m *model) slips(db *records) string {
	for f := range field(fieldsMax) {
		p := &m.p[same][f]
		name, slip, equal := fieldNames[f], 0.0, 0.0
		switch {
		case f == fieldEmail:
			slip, equal = p[mailTypo], p[mailShared]+p[mailPrivate]
		case f == fieldPhone:
			slip, equal = p[phoneTypo], p[phoneTail]+p[phoneShared]+p[phonePrivate]
		case db.kindOf(f) == Identifier:
			name, slip, equal = db.extras[f-fieldExtra].name, p[numberOneOff], p[numberEqual]
		}
		if slip > equal {
			return name
		}
	}
	return ""
}

// some says of which pairs weights are learned, where it is not from all.
func (l *learner) some() string {
	if l.each <= 1 {
		return ""
	}
	return fmt.Sprintf(" by one in %.0f of their pairs", l.each)
}

// halve makes a learner expect half of everything that was not compared.
func (l *learner) halve() {
	l.possible /= 2
	for f := range l.outside {
		for lv := range l.outside[f] {
			l.outside[f][lv] /= 2
		}
	}
	for at := range l.outsideNames {
		l.outsideNames[at] /= 2
	}
	l.total, l.totalNames = [fieldsMax][levelsMax]float64{}, nameTable{}
}

// expectedSame finds how many of the compared pairs a model takes for the same.
func (m *model) expectedSame(l *learner) {
	l.expect(m)
}
