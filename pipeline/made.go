package pipeline

import (
	"fmt"
	"slices"
	"strings"
)

// MadeBy is the id of the change of the plan that creates the record of an update,
// whose id nobody knows before that; "" for any other change.
func (c *Change) MadeBy() string {
	if c.Action == Update && c.Target == "" && len(c.Needs) > 0 {
		return c.Needs[0]
	}
	return ""
}

// updateMade plans what is to be written to a record that the plan creates, of which
// nothing is known to be there. Should the target have given it values of its own by
// then, they are drift.
func (d *differ) updateMade(i int, golden Record) {
	ch := d.change(i, Update, golden)
	ch.Match = d.Match.LinkReason(i)
	for _, f := range d.fields {
		if f.ReadOnly || f.Reference {
			continue
		}
		if v, _ := d.sayable(f.Field, trimmed(f, golden.Value(f.model))); !blank(v) {
			ch.Fields = append(ch.Fields, d.fieldChange(i, f, Null(), v))
		}
	}
	switch {
	case len(ch.Fields) == 0:
		d.out.Counts.Unchanged++
	case d.forgotten(i):
		d.block(i, damagedBlock(), nil)
	case !d.allowed[Update]:
		d.out.Counts.NotAllowed++
	default:
		d.out.Counts.Update++
		d.keep(ch)
	}
}

// readCost is how many requests a reading of the present state takes while a plan is
// carried out. A target that reads on demand reads what the plan creates, too.
func readCost(t Target, present *Present, changes []Change) int {
	n := present.Requests
	if d, ok := t.(OnDemand); ok && d.OnDemand() {
		for i := range changes {
			if changes[i].MadeBy() != "" {
				n++
			}
		}
	}
	return n
}

// recallMade learns the ids of records that the plan has created by now, for the
// updates of them. The binding that creates them was carried out before.
func (a *applier) recallMade() {
	own := false // the changes are no longer those of the plan, which stays as it is
	for i := range a.changes {
		by := a.changes[i].MadeBy()
		if by == "" {
			continue
		}
		if need, known := a.change(by); known && a.result.Outcomes[need].Status.Done() {
			if !own {
				a.changes, own = slices.Clone(a.changes), true
			}
			a.changes[i].Target = a.result.Outcomes[need].Target
		}
	}
}

// standingGone is standing for an update whose record is not in the list of the target.
func (a *applier) standingGone(present *presentIndex, ch Change) (s Status, target, why string) {
	if ch.MadeBy() != "" && !a.allDone(ch.Needs) {
		return Pending, "", "" // mayFollow says what it waits for
	}
	if need, unseen := a.needUnseen(ch); unseen {
		return Blocked, "", unseenWords(need)
	}
	if r, ok := present.renamed(ch); ok {
		return Already, r.ID(), ""
	}
	return Drifted, "", "the record is gone from the target; make a new plan"
}

// allDone reports whether changes of the plan came to their end.
func (a *applier) allDone(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool {
		at, known := a.change(id)
		return !known || !a.result.Outcomes[at].Status.Done()
	})
}

// unmadeRecord is a record that an undo deletes, since the run created it.
type unmadeRecord struct {
	binding int
	// The plan that created it, and how its target is reached.
	digest, connection string

	record string
	rows   []Origin
	since  []string // what others did to what the run wrote to it as another resource
}

// goesWith reports whether what a run wrote belongs to a record that the run created,
// and that is deleted with all that belongs to it. What others did to it since keeps
// that record.
func (u *undoer) goesWith(w *WrittenChange, r Record, since []string) bool {
	of := u.unmadeWith(w, r)
	if of == nil {
		return false
	}
	of.since = append(of.since, since...)
	u.out.Counts.Unchanged++
	return true
}

// unmadeWith is the record that an undo deletes and that a record of another resource of
// its connection is a part of; or nil.
func (u *undoer) unmadeWith(w *WrittenChange, r Record) *unmadeRecord {
	if len(w.Needs) == 0 {
		return nil
	}
	of := u.unmade[w.Needs[0]]
	if of == nil || of.record != r.ID() || of.digest != u.digest || of.connection != u.connection {
		return nil
	}
	return of
}

// keepWorkedOn takes deletions back of records to which others did something as another
// resource.
func (u *undoer) keepWorkedOn() {
	kept := map[string]*unmadeRecord{}
	for _, of := range u.unmade {
		if of.binding == u.binding && len(of.since) > 0 {
			kept[of.record] = of
		}
	}
	u.out.Changes = slices.DeleteFunc(u.out.Changes, func(ch Change) bool {
		of := kept[ch.Target]
		if of == nil || ch.Action != Delete {
			return false
		}
		u.out.Counts.Delete--
		u.out.Counts.Blocked++
		u.out.Blocked = append(u.out.Blocked, BlockedRow{Model: ch.Model, Label: ch.Label, Rows: of.rows, Block: Block{Code: CodeChangedSince,
			Reason: "the run created it, and others have worked on it: " + strings.Join(of.since, "; "), Hint: "delete it there by hand, if nobody needs it"}})
		return true
	})
}

// created plans the deletion of a record that the run created, as long as it holds
// nothing of anybody else and is no other pipeline's, too.
func (u *undoer) created(w *WrittenChange) {
	r, found := u.recordOf(w)
	switch {
	case !found:
		u.out.Counts.Unchanged++ // it never was, or is gone again
		return
	case !w.Became.Status.Done() && w.Became.Target == "" && !u.linked(w, r):
		u.leave(w, LabelOf(r), CodeUnknown, "the call that should create it got no answer, so that nobody knows whether the run created it or somebody else", "go on with apply --resume first")
		return
	case !u.allowed[Delete]:
		u.leave(w, LabelOf(r), CodeCreateStays, "the run created it, and the policy does not allow to delete", "name delete in allow: of the sink, or add --delete-created")
		return
	}
	if u.Damage.lostLinks() {
		u.leave(w, LabelOf(r), CodeMemoryDamaged, "the run created it, and links in the memory are damaged, so that rows of others may have become it, too", damageHint)
		return
	}
	if others := u.Shared[r.ID()]; len(others) > 0 {
		u.leave(w, LabelOf(r), CodeChangedSince, "the run created it, and "+pipelineWords(others[0])+" has rows that became it, too", "delete it there by hand, if nobody needs it")
		return
	}
	wrote := map[string]FieldChange{}
	for _, fc := range w.Fields {
		wrote[fc.Field] = fc
	}
	var since []string
	for _, f := range u.fields {
		fc, ours := wrote[f.Name]
		switch {
		case !tells(f.Field):
		case ours && !u.shows(f, fc, r):
			since = append(since, u.since(f, fc, r))
		case !ours && !u.targetsOwn(r.ID(), f.Field, r.Value(f.target)):
			since = append(since, fmt.Sprintf("%s: somebody made it %s", f.Name, shownValue(r.Value(f.target))))
		}
	}
	if len(since) > 0 {
		u.leave(w, LabelOf(r), CodeChangedSince, "the run created it, and others have worked on it: "+strings.Join(since, "; "), "delete it there by hand, if nobody needs it")
		return
	}
	u.delete(r)
	u.unmade[w.ID] = &unmadeRecord{binding: u.binding, digest: u.digest, connection: u.connection, record: r.ID(), rows: w.Rows}
}

// linked reports whether a row of a change is remembered to be the record, which
// is remembered once it was verified.
func (u *undoer) linked(w *WrittenChange, r Record) bool {
	return slices.ContainsFunc(w.Rows, func(o Origin) bool { return o.ID != "" && u.Links[RowKey{o.Source, o.ID}] == r.ID() })
}
