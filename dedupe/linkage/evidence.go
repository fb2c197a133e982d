package linkage

import (
	"context"
	"iter"
	"runtime"
)

// Evidence is what the values of some records say about their pairs, for those
// who have rules and clusters of their own. It is safe for concurrent reading.
type Evidence struct {
	Weights *Weights // to pin: Config.Weights of the next time
	Report  Report   // without what is about clusters

	data *linked
}

// Evidence compares the records of in as Run does, and leaves their clusters to
// the caller. Its errors are those of Run.
func (l *Linker) Evidence(ctx context.Context, in Input) (*Evidence, error) {
	workers := l.config.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	r, err := l.evidence(ctx, in, workers)
	if err != nil {
		return nil, err
	}
	r.data.tellRows(workers)
	return &Evidence{Weights: r.Weights, Report: r.Report, data: r.data.settle()}, nil
}

// Pairs yields the pairs that came out with a probability of at least
// PairsAbove, by record number.
func (e *Evidence) Pairs() iter.Seq[Pair] { return e.data.pairs() }

// Judge weighs single pairs of the records, whether they were compared in the
// run or not, and clusters of them. It is for one goroutine at a time.
type Judge struct {
	data     *linked
	c        *comparer
	clusters *clusterJudge
}

// Explain says why two records are the same, or are not, as Result.Explain does.
func (e *Evidence) Explain(a, b int32) Explanation { return e.data.explain(min(a, b), max(a, b)) }

// Judge makes a judge.
func (e *Evidence) Judge() *Judge {
	c := newComparer(e.data.db)
	return &Judge{data: e.data, c: c, clusters: newJudge(e.data, c, new(vectors))}
}

// Weigh is what the values of two records say, whatever Same, Never and Answers
// do. It gives the same for (b, a), and panics when a or b is not the number of a
// record, as an index does.
func (j *Judge) Weigh(a, b int32) Weight {
	a, b = min(a, b), max(a, b)
	return j.data.weight(j.c, j.c.compare(a, b), a, b)
}

// WeighClusters is the evidence that two clusters are one: half what their pairs
// say on the mean, and half what they say as wholes. It gives the same for (b, a)
// where both list their records in one order. Both must hold records.
func (j *Judge) WeighClusters(a, b []int32) Weight {
	sum, pairs := j.clusters.weigh(a, b)
	return Weight(sum / pairs)
}

// Explain takes what Weigh says apart; the weights of the parts add up to it.
func (j *Judge) Explain(a, b int32) []Part {
	a, b = min(a, b), max(a, b)
	parts, _ := j.data.parts(j.c, j.c.compare(a, b), a, b)
	return parts
}

// Thin reports whether nothing but names speaks for two records being one:
// nothing personal and no phone of theirs agrees even nearly, no whole line of
// their addresses, and they do not have both a whole given name and an employer
// in common. A family name of one letter is thin beside all but what is personal;
// of organisations the name alone is.
func (j *Judge) Thin(a, b int32) bool {
	if j.Personal(a, b) {
		return false
	}
	if j.data.db.initialOnly(a) || j.data.db.initialOnly(b) {
		return true
	}
	v := j.c.compare(min(a, b), max(a, b))
	switch v.level(fieldAddress) {
	case lineSame, lineAlone, lineTypo:
		return false // every town has a Hauptstr.; its number alone, or the road alone, is nobody's
	}
	return v.level(fieldPhone) < phoneTypo && (v.level(fieldGiven) < nameAlike || v.level(fieldEmployer) < firmWhole)
}

// initialOnly reports whether a person's family name is a single letter.
func (db *records) initialOnly(i int32) bool {
	return db.family.on() && len(db.family.values.text(db.family.ids[i])) == 1
}

// Marked reports whether one of two people of one name is marked as junior or
// senior and the other is not, who share an address or a phone.
func (j *Judge) Marked(a, b int32) bool {
	v := j.c.compare(min(a, b), max(a, b))
	return v.level(fieldGiven) == nameMarked && v.level(fieldFamily) >= nameTypo && (v.level(fieldAddress) >= lineTypo || v.level(fieldPhone) >= phoneTypo)
}

// ByInitial reports whether the given names of two people agree by no more than
// an initial: J. and Jan, or J. and J.
func (j *Judge) ByInitial(a, b int32) bool {
	db := j.data.db
	v := j.c.compare(min(a, b), max(a, b))
	return v.level(fieldGiven) == nameInitial || equalNames(int(v.level(fieldGiven))) && db.names[db.given.ids[a]].head == 1
}

// Series reports whether two records differ in a number alone, as the members of a
// series do: in a name, or in their mailboxes or employers while no mailbox, date or
// number of their own agrees: Stand 101 and Stand 102. As likely as a slip is that each is somebody's
// own, so the weights of such pairs are limited to those of a question.
func (j *Judge) Series(a, b int32) bool {
	a, b = min(a, b), max(a, b)
	_, found := j.data.series(j.c, j.c.compare(a, b), a, b)
	return found
}

// OtherUnit reports whether the addresses of two records name two units of one
// house, as two flats or rooms, while nothing but names and the address speaks for
// the records, or of companies a phone: two neighbours may well be of one name. The
// weights of such pairs are limited to those of a question.
func (j *Judge) OtherUnit(a, b int32) bool {
	a, b = min(a, b), max(a, b)
	_, found := j.data.otherUnit(j.c.compare(a, b), a, b)
	return found
}

// OtherForm reports whether two companies have two legal forms, such as GmbH and AG,
// and no number agrees. The weights of such pairs are limited to those of a question.
func (j *Judge) OtherForm(a, b int32) bool {
	a, b = min(a, b), max(a, b)
	_, found := j.data.otherForm(j.c.compare(a, b), a, b)
	return found
}

// EqualTo is the first record that record i is equal to in every column, where
// that is enough to be one contact; i where there is none before it.
func (e *Evidence) EqualTo(i int32) int32 {
	if twin := e.data.db.twin; twin != nil {
		return int32(twin[i])
	}
	return i
}

// Personal reports whether something speaks for two records being one that is
// not their household's or their employer's as well: an e-mail, a date or a
// number.
func (j *Judge) Personal(a, b int32) bool {
	v := j.c.compare(min(a, b), max(a, b))
	if v.level(fieldEmail) >= mailAlike && v.level(fieldEmail) != mailShared || v.level(fieldDate) >= dateTurned {
		return true
	}
	for i, x := range j.data.db.extras {
		if x.kind == Identifier && v.level(fieldExtra+field(i)) >= numberTwoOff {
			return true
		}
	}
	return false
}
