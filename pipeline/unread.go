package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// An apply that is stopped, or that does not wait, may have created a record that it did
// not live to read back, so that no link of it is remembered. A plan of the next day has
// another key for the row, where that has changed, and would make a second record. The
// journal tells of the first one, however long ago that was. It is the same with an update
// of a record that was found by its keys: what was sent is a row of that record, whatever
// keys it has the next day.

// RunJournal is a journal whose runs are looked at one by one, so that the calls of a
// large one are never all held.
type RunJournal interface {
	// Runs returns every run, the oldest first.
	Runs(ctx context.Context) ([]RunSummary, error)
	// EachRunCall hands out the calls of a run in their order, without those that cannot be read.
	EachRunCall(ctx context.Context, run string, do func(CallRecord) error) error
	// RunOutcomes returns what became of the changes of a run in the end, by id, as far as
	// it came to its end.
	RunOutcomes(ctx context.Context, run string) (map[string]Outcome, error)
}

// CodeUnread says that an earlier apply may have written the record of a row, and that
// nobody knows which one it is.
const CodeUnread = "created-unread"

// unreadChange is a create or update that may have been carried out, and that no apply read
// back.
type unreadChange struct {
	Change
	run    string
	record string    // that it updated, or that the target's answer named; "": none
	made   string    // that the call created, if the answer named it and confirmed the call; else ""
	over   time.Time // when the call of it that the target confirmed was over; zero: it did not
}

// unreadQuery says which changes are asked for.
type unreadQuery struct {
	target, pipeline string             // of the rows
	but              string             // the digest of a plan that is left out; "": none
	wanted           func(*Change) bool // the others are not kept
}

// unreadChanges returns the creates and updates of a pipeline's rows that some apply sent and
// none read back, those of each plan together, the oldest first.
func unreadChanges(ctx context.Context, memory any, q unreadQuery) ([]*unreadChange, error) {
	journal, ok := memory.(RunJournal)
	if !ok {
		return nil, nil
	}
	runs, err := journal.Runs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	var found []*unreadChange
	for _, of := range plansUnread(runs) {
		if r := of[0]; r.Target != q.target || r.Digest == q.but || r.rowsOf() != q.pipeline {
			continue
		}
		list, err := unreadOf(ctx, journal, of, q.wanted)
		if err != nil {
			return nil, err
		}
		found = append(found, list...)
	}
	return found, nil
}

// plansUnread are the runs of each plan that may have left something unread, the oldest first.
func plansUnread(runs []RunSummary) (plans [][]*RunSummary) {
	at := map[[2]string]int{}
	for i := range runs {
		r := &runs[i]
		n, known := at[[2]string{r.Target, r.Digest}]
		if !known {
			n = len(plans)
			at[[2]string{r.Target, r.Digest}], plans = n, append(plans, nil)
		}
		plans[n] = append(plans[n], r)
	}
	return slices.DeleteFunc(plans, func(of []*RunSummary) bool { return of[len(of)-1].readAll(len(of) == 1) })
}

// EachUnread tells of the plans of which an apply sent a create or update that none read
// back: what a later plan knows of their rows is in their calls.
func EachUnread(ctx context.Context, journal RunJournal, do func(target, digest string)) error {
	runs, err := journal.Runs(ctx)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	for _, of := range plansUnread(runs) {
		found, err := unreadOf(ctx, journal, of, func(*Change) bool { return true })
		if err != nil {
			return err
		}
		if len(found) > 0 {
			do(of[0].Target, of[0].Digest)
		}
	}
	return nil
}

// rowsOf is the pipeline whose rows a run was about.
func (r *RunSummary) rowsOf() string {
	if r.Binding != nil && r.Binding.Pipeline != "" {
		return r.Binding.Pipeline
	}
	return r.Pipeline
}

// readAll reports whether a run, which takes up what earlier applies of its plan left, came
// to its end with nothing that may have been written without having been read, as some of a call
// may have been that was refused. What the only
// run of a plan left blocked or declined, it did not send.
func (r *RunSummary) readAll(only bool) bool {
	c := r.Counts
	left := c[Sent] + c[Unknown] + c[Unseen] + c[Pending] + c[Drifted] + c[Refused]
	if !only {
		left += c[Blocked] + c[Declined]
	}
	return !r.Finish.IsZero() && !r.Damaged && left == 0
}

// unreadOf are the unread changes of the runs of one plan.
func unreadOf(ctx context.Context, journal RunJournal, runs []*RunSummary, wanted func(*Change) bool) ([]*unreadChange, error) {
	byID, order := map[string]*unreadChange{}, []string{}
	for _, r := range runs {
		err := journal.EachRunCall(ctx, r.ID, func(c CallRecord) error {
			for i := range c.Changes {
				ch, o := &c.Changes[i], Outcome{Status: Unknown}
				if c.Verdict != nil {
					o = c.Verdict.Outcomes[i]
				}
				if ch.Action == Delete || o.Status != Sent && !o.Open() || !wanted(ch) {
					continue
				}
				u := byID[ch.ID]
				if u == nil {
					u = &unreadChange{Change: *ch, record: ch.Target}
					byID[ch.ID], order = u, append(order, ch.ID)
				}
				u.run = ApplyOf(r.ID)
				if o.Status == Sent {
					u.over = c.Verdict.At
					if ch.Action == Create {
						u.made = o.Target
					}
				}
				if o.Target != "" {
					u.record = o.Target
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read what run %s sent: %w", r.ID, err)
		}
	}
	for i := 0; i < len(runs) && len(byID) > 0; i++ {
		outcomes, err := journal.RunOutcomes(ctx, runs[i].ID)
		if err != nil {
			return nil, err
		}
		for id := range byID {
			if s := outcomes[id].Status; s.Done() && s != Unseen { // its links were remembered
				delete(byID, id)
			}
		}
	}
	var found []*unreadChange
	for _, id := range order {
		if u := byID[id]; u != nil {
			found = append(found, u)
		}
	}
	return found, nil
}

// shown are the records that a change wrote for all that the target shows: the one that it
// updated or that the answer named, or else those that have its key, or another of its keys,
// where somebody changed that one. Owner is the field by which records of the target belong to
// others; "": they do not. Others tells which records are known to be those of other rows.
func (u *unreadChange) shown(present *presentIndex, owner string, others map[string]bool) (ids []string, sure bool) {
	if u.record != "" {
		r, found := present.byID(u.record)
		if !found {
			return nil, false
		}
		sure = len(present.matches(r, u.Fields, after)) == 0 || slices.ContainsFunc(u.Keys, func(k Key) bool { return foldKey(r.Get(k.Field).String()) == foldKey(k.Value) })
		return []string{u.record}, sure // else somebody has edited it, or the id was given again
	}
	if ids = u.bearers(present, owner, []Key{u.Key}); len(ids) == 0 {
		ids = u.bearers(present, owner, u.Keys)
		return slices.DeleteFunc(ids, func(id string) bool { return others[id] }), false
	}
	if len(ids) != 1 {
		return ids, false
	}
	r, _ := present.byID(ids[0])
	return ids, len(present.matches(r, u.Fields, after)) == 0 // else it may be somebody else's, who has the key by now
}

// bearers are the records that have one of some keys, and the owner of a change.
func (u *unreadChange) bearers(present *presentIndex, owner string, keys []Key) (ids []string) {
	for _, at := range present.carrying(keys) {
		r := present.Records.Record(int(at))
		if i := slices.IndexFunc(u.Fields, func(f FieldChange) bool { return f.Field == owner }); owner == "" || i < 0 || r.Get(owner).Equal(u.Fields[i].After) {
			ids = append(ids, r.ID())
		}
	}
	return ids
}

// unverifiedRows is what unread changes say of rows.
type unverifiedRows struct {
	links  map[RowKey]string       // the record that a row became
	doubts map[RowKey]*unreadDoubt // rows that became one of some records, and nobody knows which
}

// unreadDoubt is what a row may have become.
type unreadDoubt struct {
	run     string
	records []string
}

// rowsUnread finds what came of changes of rows that are linked to no record of the target.
// A record that other rows are known to be is not believed to be that of a row, too.
func rowsUnread(changes []*unreadChange, present *presentIndex, links map[RowKey]string, owner string) unverifiedRows {
	out := unverifiedRows{links: map[RowKey]string{}, doubts: map[RowKey]*unreadDoubt{}}
	if len(changes) == 0 {
		return out
	}
	others := make(map[string]bool, len(links))
	for _, record := range links {
		others[record] = true
	}
	for _, u := range changes {
		ids, sure := u.shown(present, owner, others)
		if len(ids) == 0 {
			continue
		}
		for _, o := range u.Rows {
			row := RowKey{o.Source, o.ID}
			if o.ID == "" || present.has(links[row]) {
				continue
			}
			if d := out.doubts[row]; d != nil || !sure || others[ids[0]] || out.links[row] != "" && out.links[row] != ids[0] {
				out.doubt(row, u.run, ids)
				continue
			}
			out.links[row] = ids[0]
		}
	}
	return out
}

// doubtful reports whether a create is of a row that may be a record in spite of which it
// was not planned.
func (r *unverifiedRows) doubtful(ch *Change) bool {
	return ch.hasRow(func(row RowKey) bool {
		d := r.doubts[row]
		return d != nil && slices.ContainsFunc(d.records, func(id string) bool {
			return !slices.Contains(ch.Known, RowLink{Source: row.Source, ID: row.ID, Target: id})
		})
	})
}

// doubt notes that a row may be one of some records more.
func (r *unverifiedRows) doubt(row RowKey, run string, ids []string) {
	d := r.doubts[row]
	if d == nil {
		d = &unreadDoubt{}
		r.doubts[row] = d
	}
	if known := r.links[row]; known != "" {
		ids = append([]string{known}, ids...)
		delete(r.links, row)
	}
	d.run = run
	for _, id := range ids {
		if !slices.Contains(d.records, id) {
			d.records = append(d.records, id)
		}
	}
}

// has reports whether a record is there.
func (x *presentIndex) has(id string) bool {
	_, found := x.ids[id]
	return found
}

// findUnread finds, for a plan, what came of changes that no apply read back.
func findUnread(ctx context.Context, b *Binding, rows *Table, present *Present, m *recollection, opt Options, pipeline string) (unverifiedRows, error) {
	var index *presentIndex
	var held map[RowKey]bool
	changes, err := unreadChanges(ctx, opt.Links, unreadQuery{target: b.Target.Identity(), pipeline: pipeline, wanted: func(ch *Change) bool {
		if index == nil { // which is seldom
			index, held = indexPresent(present, b.Target.Keys()), rowsHeld(rows)
		}
		return ch.hasRow(func(row RowKey) bool { return held[row] && !index.has(m.own[row]) })
	}})
	if err != nil {
		return unverifiedRows{}, err
	}
	return rowsUnread(changes, index, m.own, belongsBy(b.Target)), nil
}

// hasRow reports whether one of the rows of a change, by its id, is as is asked.
func (ch *Change) hasRow(is func(RowKey) bool) bool {
	return slices.ContainsFunc(ch.Rows, func(o Origin) bool { return o.ID != "" && is(RowKey{o.Source, o.ID}) })
}

// rowsHeld are the rows of a table that have an id.
func rowsHeld(t *Table) map[RowKey]bool {
	held := make(map[RowKey]bool, t.Len())
	for _, b := range t.batches {
		for i := range b.n {
			held[RowKey{b.source, b.ID(i)}] = true
		}
	}
	return held
}

// with are links and those that were found out.
func (r *unverifiedRows) with(links map[RowKey]string) map[RowKey]string {
	if len(r.links) == 0 {
		return links
	}
	all := make(map[RowKey]string, len(links)+len(r.links))
	maps.Copy(all, links)
	maps.Copy(all, r.links)
	return all
}

// mayBeMade says why a record is not to be created for a cluster: an earlier apply may have
// made that of one of its rows.
func (d *differ) mayBeMade(i int) (Block, bool) {
	if len(d.unverified.doubts) == 0 {
		return Block{}, false
	}
	for _, o := range d.rows(i) {
		doubt := d.unverified.doubts[RowKey{o.Source, o.ID}]
		if doubt == nil || o.ID == "" {
			continue
		}
		ids := slices.DeleteFunc(slices.Clone(doubt.records), func(id string) bool { return slices.Contains(d.Match.Apart[i], id) })
		if len(ids) == 0 {
			continue
		}
		return Block{Code: CodeUnread, Candidates: ids,
			Reason: "apply " + diag.Shorten(doubt.run, 60) + " sent a record of row " + diag.Shorten(o.Source, 60) + ":" + diag.Shorten(o.ID, 60) + ", and nothing shows which one of the target that is; it may be " + recordsNamed(ids),
			Hint:   "say in the decisions whether it is: " + decisionForm(o, ids[0]) + ", or same: false; or give that record the key of the row in the target. As long as nobody changed the record and the plan that sent it has not expired, apply --resume of that plan finds out, too"}, true
	}
	return Block{}, false
}

// recallUnread finds out which rows of creates became a record by a call of another plan
// that no apply read back. What such a call wrote and the target does not show is waited
// for until it has settled.
func (a *applier) recallUnread(ctx context.Context, present *presentIndex) error {
	rows := map[RowKey]bool{}
	for i := range a.changes {
		if ch := &a.changes[i]; ch.Action == Create && !a.written[ch.ID] {
			for _, o := range ch.Rows {
				if row := (RowKey{o.Source, o.ID}); o.ID != "" && !present.has(a.links[row]) {
					rows[row] = true
				}
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	changes, err := unreadChanges(ctx, a.opt.State, unreadQuery{target: a.binding.Identity, pipeline: a.plan.RowsOf(&a.binding), but: a.plan.Digest,
		wanted: func(ch *Change) bool { return ch.hasRow(func(row RowKey) bool { return rows[row] }) }})
	if err != nil {
		return err
	}
	owner, keys := belongsBy(a.target), a.target.Keys()
	found := rowsUnread(changes, present, a.links, owner)
	a.links = found.with(a.links)
	of := openElsewhere{sent: map[string]time.Time{}, places: map[string]time.Time{}}
	for _, u := range changes {
		if ids, _ := u.shown(present, owner, nil); len(ids) > 0 || !u.over.Add(a.opt.Settle).After(present.ReadAt) {
			continue
		}
		of.sent[u.ID] = u.over
		of.hold(places(u.Change, keys), u.over)
	}
	for _, ch := range a.changes {
		latest, same := of.until(ch.ID, places(ch, keys))
		a.waitFor(ch, latest, same)
		if ch.Action == Create && a.status(ch) == Pending && found.doubtful(&ch) {
			a.set(ch, Blocked, "", "another apply sent a record of its row, and nothing shows which one of the target that is; make a new plan")
		}
	}
	return nil
}
