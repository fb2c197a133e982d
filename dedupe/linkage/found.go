package linkage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// added is what a result needs so that records can be added to it. It is made
// when the first are.
type added struct {
	standing *standing
	scored   []edge   // pairs that are told of for their evidence, by record number
	fallen   []uint64 // pairs that once were, ascending: a<<32 | b
}

func pairOf(a, b int32) uint64 { return uint64(a)<<32 | uint64(uint32(b)) }

// stand returns what adding records to d needs.
func (d *linked) stand(ctx context.Context, r *reader, workers int) (added, error) {
	if d.standing != nil {
		return d.added, nil
	}
	a := added{standing: d.newStanding(r, workers), scored: d.edges}
	var decided []uint64
	for _, list := range [][]edge{d.rules.forced, d.rules.said} {
		for _, e := range list {
			decided = append(decided, pairOf(e.a, e.b))
		}
	}
	if len(decided) == 0 {
		return a, ctx.Err()
	}
	sortAll(decided)
	a.scored = make([]edge, 0, len(d.edges))
	c, floor := newComparer(d.db), weightAt(PairsAbove)
	for _, e := range d.edges {
		for len(decided) > 0 && decided[0] < pairOf(e.a, e.b) {
			decided = decided[1:]
		}
		if len(decided) > 0 && decided[0] == pairOf(e.a, e.b) {
			if len(d.sharedKeys(e.a, e.b)) == 0 {
				continue
			}
			e.v = c.compare(e.a, e.b)
			e.score = d.score(e.v, e.a, e.b)
			if n, found := d.limited(c, e.v, e.a, e.b); found && !d.rules.decides(e.a, e.b) {
				e.score = min(e.score, n.most)
			}
			if e.score < floor {
				a.fallen = append(a.fallen, pairOf(e.a, e.b))
				continue
			}
		}
		a.scored = append(a.scored, e)
	}
	return a, ctx.Err()
}

// take puts pairs that were scored now, and what came of them, among those of
// before. Those of records that are gone are forgotten.
func (a *added) take(fresh []uint64, scored []edge, gone []bool) {
	left := func(p uint64) bool { return gone == nil || !gone[p>>32] && !gone[uint32(p)] }
	out := make([]edge, 0, len(a.scored)+len(scored))
	var fallen []uint64
	for _, e := range a.scored {
		p := pairOf(e.a, e.b)
		for len(fresh) > 0 && fresh[0] < p {
			fresh = fresh[1:]
		}
		again := len(fresh) > 0 && fresh[0] == p
		for len(scored) > 0 && pairOf(scored[0].a, scored[0].b) <= p {
			again = again && pairOf(scored[0].a, scored[0].b) != p
			if pairOf(scored[0].a, scored[0].b) == p {
				e = scored[0]
			} else {
				out = append(out, scored[0])
			}
			scored = scored[1:]
		}
		switch {
		case !left(p):
		case again:
			fallen = append(fallen, p)
		default:
			out = append(out, e)
		}
	}
	a.scored = append(out, scored...)
	a.fallen = slices.DeleteFunc(slices.Clone(union(fallen, a.fallen)), func(p uint64) bool {
		_, risen := slices.BinarySearchFunc(a.scored, p, func(e edge, p uint64) int { return cmp.Compare(pairOf(e.a, e.b), p) })
		return risen || !left(p)
	})
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
func (u *updater) report(r *Result, m *meeting, pairs int) {
	db, before := r.data.db, u.previous.Report
	r.Weights = u.previous.Weights
	r.Report = u.l.report(db, &blocker{db: db, report: m.report}, r.data.scorer.m)
	r.Report.Pairs, r.Report.Recall = before.Pairs+int64(pairs), before.Recall
	r.Report.WeightsWhy = fmt.Sprintf("the weights and frequencies of %d records are used", db.counted)
	if len(m.grown.records) > 0 {
		u.mayDiffer("they are in blocks that are too large to compare all records in them; a run from scratch would choose other pairs of these", m.grown.records)
	}
	if len(m.shrunk.records) > 0 {
		u.mayDiffer("they are in blocks that are no longer too large, or less so; a run from scratch would compare more of the records in these", m.shrunk.records)
	}
	if records := db.sharing(r.data.standing.crowded); len(records) > 0 {
		u.mayDiffer("they have a phone or mailbox, of several columns, that more people use than are told apart; a run from scratch may tell apart others", records)
	}
	r.Report.Update = &UpdateReport{Added: db.n - u.previous.data.db.n, Gone: len(u.newly), Pairs: int64(pairs), MayDiffer: u.differ}
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
	r.Weights.Keys = append(r.Weights.Keys, r.data.kinds.names...)
}

// pinnedKeys are the kinds of block key that the pinned weights name, as far as
// the records have them.
func (l *Linker) pinnedKeys(all []blockKey) []blockKey {
	if l.config.Weights == nil {
		return nil
	}
	return chosenKeys(all, l.config.Weights.Keys)
}

// chosenKeys are the kinds of block key of some names, as far as there are.
func chosenKeys(all []blockKey, names []string) (chosen []blockKey) {
	for _, name := range names {
		if at := slices.IndexFunc(all, func(k blockKey) bool { return k.name == name }); at >= 0 {
			chosen = append(chosen, all[at])
		}
	}
	return chosen
}

// likely are the edges of at least a score, as they are ordered.
func (d *linked) likely(least Weight) []edge {
	out := make([]edge, 0, len(d.edges))
	for _, e := range d.edges {
		if e.score >= least {
			out = append(out, e)
		}
	}
	return out
}
