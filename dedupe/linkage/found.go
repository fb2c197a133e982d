package linkage

import (
	"context"
	"fmt"
	"slices"
)

// added is what a result needs so that records can be added to it. It is made
// when the first are.
type added struct {
	standing *standing
	found    []uint64 // pairs that may be the same by the evidence, ascending: a<<32 | b
	vectors  []vector // of found
}

// stand returns what adding records to d needs.
func (d *linked) stand(ctx context.Context, r *reader, workers int) (added, error) {
	if d.standing != nil {
		return d.added, nil
	}
	a := added{standing: d.newStanding(r, workers)}
	decided := map[[2]int32]bool{}
	for _, list := range [][]edge{d.rules.forced, d.rules.said} {
		for _, e := range list {
			decided[[2]int32{e.a, e.b}] = true
		}
	}
	for _, e := range d.edges {
		if !decided[[2]int32{e.a, e.b}] || len(d.sharedKeys(e.a, e.b)) > 0 {
			a.found = append(a.found, uint64(e.a)<<32|uint64(uint32(e.b)))
		}
	}
	a.vectors = compareAll(ctx, d.db, a.found, workers).vectors()
	return a, ctx.Err()
}

// mergeFound merges two ascending lists of pairs with their vectors; of a pair
// that is in both the second has the say.
func mergeFound(pairs []uint64, vectors []vector, more []uint64, moreVectors []vector) ([]uint64, []vector) {
	outP, outV := make([]uint64, 0, len(pairs)+len(more)), make([]vector, 0, len(pairs)+len(more))
	for i, p := range pairs {
		for len(more) > 0 && more[0] <= p {
			outP, outV = append(outP, more[0]), append(outV, moreVectors[0])
			more, moreVectors = more[1:], moreVectors[1:]
		}
		if len(outP) == 0 || outP[len(outP)-1] != p {
			outP, outV = append(outP, p), append(outV, vectors[i])
		}
	}
	return append(outP, more...), append(outV, moreVectors...)
}

// keep forgets the pairs that were never found to be the same, perhaps; before
// are those that once were.
func (d *linked) keep(before []uint64) {
	once := make([]uint64, 0, len(d.edges))
	for _, e := range d.edges {
		once = append(once, uint64(e.a)<<32|uint64(uint32(e.b)))
	}
	once = union(once, before)
	vectors := make([]vector, 0, len(once))
	at := 0
	for _, p := range once {
		for d.found[at] != p {
			at++
		}
		vectors = append(vectors, d.vectors[at])
	}
	d.found, d.vectors = once, vectors
}

// again lists the pairs of before that what is said of their records now may
// have made the same: an answer was taken back, or a mailbox tells a name.
func (u *updater) again(d *linked, m *meeting) []uint64 {
	var out []uint64
	for p := range u.previous.data.rules.apart {
		if len(d.sharedKeys(p[0], p[1])) > 0 {
			out = append(out, uint64(p[0])<<32|uint64(p[1]))
		}
	}
	for i := range d.standing.stale {
		for _, j := range m.mates(d, i) {
			out = append(out, uint64(min(i, j))<<32|uint64(max(i, j)))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// mayDiffer notes that the clusters of some records may differ from those of a
// run from scratch.
func (u *updater) mayDiffer(why string, records []int32) {
	at := slices.IndexFunc(u.differ, func(d Difference) bool { return d.Why == why })
	if at < 0 {
		at = len(u.differ)
		u.differ = append(u.differ, Difference{Why: why})
	}
	all := slices.Concat(u.differ[at].Records, records)
	slices.Sort(all)
	u.differ[at].Records = slices.Compact(all)
}

// report tells of the run and of where it may differ from one from scratch.
func (u *updater) report(r *Result, m *meeting, model *model) {
	db := r.data.db
	for _, e := range r.data.edges {
		model.found[same] += e.score.Probability()
	}
	before := u.previous.Report
	r.Report = u.l.report(db, &blocker{db: db, report: m.report}, model)
	r.Report.Pairs, r.Report.Recall = before.Pairs+int64(len(m.pairs)), before.Recall
	r.Report.WeightsWhy = fmt.Sprintf("the weights of the %d records before are used", before.Records)
	r.Weights = model.weights(u.l.config.Columns, db)
	r.pinKeys()
	if len(m.grown.records) > 0 {
		u.mayDiffer("they are in blocks that are too large to compare all records in them; a run from scratch would choose other pairs of these", m.grown.records)
	}
	if len(m.shrunk.records) > 0 {
		u.mayDiffer("they are in blocks that are no longer too large, or less so; a run from scratch would compare more of the records in these", m.shrunk.records)
	}
	if records := u.reworded(db); len(records) > 0 {
		u.mayDiffer("other words of their companies are the rarest now; a run from scratch would look for pairs by these", records)
	}
	if records := db.sharing(r.data.standing.crowded); len(records) > 0 {
		u.mayDiffer("they have a phone or mailbox, of several columns, that more people use than are told apart; a run from scratch may tell apart others", records)
	}
	r.Report.Update = &UpdateReport{Added: db.n - u.previous.data.db.n, Gone: len(u.newly), Pairs: int64(len(m.pairs)), MayDiffer: u.differ}
}

// reworded lists the records of companies whose names are found by other words
// than before.
func (u *updater) reworded(db *records) (records []int32) {
	old := u.previous.data.db
	if !old.firm.on() {
		return nil
	}
	was, is := old.rarest(), db.rarest()
	other := make([]bool, len(is))
	for id := range was {
		other[id] = was[id] != is[id]
	}
	for i, id := range db.firm.ids {
		if other[id] {
			records = append(records, int32(i))
		}
	}
	return records
}

// sharing lists the records that have a phone or mailbox of one of some records.
func (db *records) sharing(some []int32) (all []int32) {
	if len(some) == 0 {
		return nil
	}
	for _, columns := range [][]column{db.emails, db.phones} {
		values := map[uint32]bool{}
		for _, c := range columns {
			for _, i := range some {
				values[c.ids[i]] = c.ids[i] != 0
			}
		}
		for _, c := range columns {
			for i, id := range c.ids {
				if values[id] {
					all = append(all, int32(i))
				}
			}
		}
	}
	return all
}

// pinKeys notes in the weights which kinds of block key were chosen.
func (r *Result) pinKeys() {
	if r.data.db.exhaustive() {
		return
	}
	r.Weights.Recall = r.Report.Recall
	for _, k := range r.data.keys {
		r.Weights.Keys = append(r.Weights.Keys, k.name)
	}
}

// pinnedKeys are the kinds of block key that the pinned weights name, as far as
// the records have them.
func (l *Linker) pinnedKeys(all []blockKey) (chosen []blockKey) {
	if l.config.Weights == nil {
		return nil
	}
	for _, name := range l.config.Weights.Keys {
		if at := slices.IndexFunc(all, func(k blockKey) bool { return k.name == name }); at >= 0 {
			chosen = append(chosen, all[at])
		}
	}
	return chosen
}

// likely are the edges of at least a score, best first.
func (d *linked) likely(least Weight) []edge {
	var out []edge
	for _, e := range d.edges {
		if e.score >= least {
			out = append(out, e)
		}
	}
	sortEdges(out, d.db.hash)
	return out
}
