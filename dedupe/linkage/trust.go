package linkage

import "fmt"

// Limits of trust in learned weights.
const (
	learnRowsMin = 500  // records
	halvesDiffer = 0.20 // by how much half the candidates may move the number of same pairs
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
		moved := 2*h.found[same]/max(m.found[same], 1) - 1
		stable := moved >= -halvesDiffer && moved <= halvesDiffer
		slips := m.slips(db)
		if stable && slips == "" {
			m.learned = true
			return m, fmt.Sprintf("learned from %d records%s; half of their pairs tell of %+.1f %% duplicates beside all of them", db.n, le.some(), 100*moved)
		}
		why = fmt.Sprintf("learning is not stable on these records, since half of their pairs tell of %+.1f %% duplicates beside all of them; at most %.0f %% is trusted", 100*moved, 100*halvesDiffer)
		if stable {
			why = fmt.Sprintf("what these records teach is not trusted: of the pairs that it takes for the same, more differ by a slip in %s than be equal in it, as the members of a numbered series do", slips)
		}
	}
	le.fixed, le.strange = true, shippedStrangers(db)
	le.total, le.totalNames = [fieldsMax][levelsMax]float64{}, nameTable{}
	return le.run(), "shipped weights are used: " + why
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
