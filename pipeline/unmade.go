package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// unmadeRecord is a record that an undo deletes, since the run created it.
type unmadeRecord struct {
	binding int
	rows    []Origin
	// The plan that created it, when the apply of that began, and how its target is reached.
	digest     string
	begun      time.Time
	connection Connection

	since []string        // what others did to it, or to what is a part of it
	wrote map[string]bool // the fields of its parts that the plan wrote, and of which what others did is known
}

// written notes that the plan wrote fields of parts of the record.
func (of *unmadeRecord) written(fields []FieldChange) {
	if of.wrote == nil {
		of.wrote = map[string]bool{}
	}
	for i := range fields {
		of.wrote[fields[i].Field] = true
	}
}

// recordOfTarget is a record by the identity of its target.
type recordOfTarget struct{ target, record string }

// unmadeRecords are the records that an undo deletes.
type unmadeRecords map[recordOfTarget]*unmadeRecord

// part is what a run wrote to a record that is deleted with another one, should that
// be deleted.
type part struct {
	written      *WrittenChange
	of           *unmadeRecord
	change       Change // that takes it back, should it stay
	since, stuck []string
}

// findParts finds out which of the records that the run wrote to are parts of records that
// the undo deletes, and what others did to these.
func (u *undoer) findParts() {
	for i := range u.parts {
		p := &u.parts[i]
		w := p.written
		r, found := u.updatedRecord(w)
		if !found {
			u.leaveGone(w)
			continue
		}
		p.change, p.since, p.stuck = u.compared(w, r)
		p.of = u.unmade[recordOfTarget{u.extends, r.ID()}]
		if p.of == nil || p.of.connection.Name != u.connection {
			u.takenBack(w, p.change, p.since, p.stuck)
			p.of = nil
			continue
		}
		p.of.written(w.Fields)
		p.of.note(append(slices.Clone(p.since), u.notWritten(w, r)...)...)
	}
	u.parts = slices.DeleteFunc(u.parts, func(p part) bool { return p.of == nil })
}

// notWritten says what a part of a record holds that the run did not write.
func (u *undoer) notWritten(w *WrittenChange, r Record) (others []string) {
	for _, f := range u.fields {
		wrote := slices.ContainsFunc(w.Fields, func(fc FieldChange) bool { return fc.Field == f.Name })
		if !wrote && tells(f.Field) && !u.targetsOwn(r.ID(), f.Field, r.Value(f.target)) {
			others = append(others, u.notSent(f, r))
		}
	}
	return others
}

// settleParts leaves out what goes with the records that are deleted, and takes the
// others back like any record.
func (u *undoer) settleParts() {
	for i := range u.parts {
		p := &u.parts[i]
		if len(p.of.since) == 0 {
			u.out.Counts.Unchanged++
			continue
		}
		u.takenBack(p.written, p.change, p.since, p.stuck)
	}
}

// keepWorkedOn takes deletions back of records to which others did something as another
// resource.
func (u *undoer) keepWorkedOn() {
	u.out.Changes = slices.DeleteFunc(u.out.Changes, func(ch Change) bool {
		of := u.unmade[recordOfTarget{u.Binding.Target.Identity(), ch.Target}]
		if ch.Action != Delete || of == nil || of.binding != u.binding || len(of.since) == 0 {
			return false
		}
		u.out.Counts.Delete--
		u.out.Counts.Blocked++
		u.out.Blocked = append(u.out.Blocked, BlockedRow{Model: ch.Model, Label: ch.Label, Rows: of.rows, Block: Block{Code: CodeChangedSince,
			Reason: keptSince(of.since, nil), Hint: "delete it there by hand, if nobody needs it"}})
		return true
	})
}

// keptSince says why a record that the run created is kept: what others did to it since,
// and fields of which nobody saw what the target itself made of them.
func keptSince(since, unwitnessed []string) string {
	why := "the run created it"
	if len(since) > 0 {
		why += ", and others have worked on it: " + strings.Join(since, "; ")
	}
	if len(unwitnessed) > 0 {
		why += "; the call got no answer, so that nobody saw whether it came to be so or somebody made it so: " + strings.Join(unwitnessed, ", ")
	}
	return why
}

// otherRows are the links of rows that became a record after a run created it.
func (u *undoer) otherRows(w *WrittenChange, record string) []RowLink {
	if u.rowsOf == nil {
		u.rowsOf = rowsOfRecords(u.Links)
	}
	var known []RowLink
	for _, o := range originsOf(u.rowsOf[record]) {
		if !slices.ContainsFunc(w.Rows, func(x Origin) bool { return x.Source == o.Source && x.ID == o.ID }) {
			known = append(known, RowLink{Source: o.Source, ID: o.ID, Target: record})
		}
	}
	return known
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
	var since, unwitnessed []string
	for _, f := range u.fields {
		fc, ours := wrote[f.Name]
		_, known := u.entry(r.ID(), f.Name)
		switch {
		case !tells(f.Field):
		case ours && !u.shows(f, fc, r):
			since = append(since, u.since(f, fc, r))
		case ours, u.targetsOwn(r.ID(), f.Field, r.Value(f.target)):
		case w.Unanswered && !known:
			unwitnessed = append(unwitnessed, fmt.Sprintf("%s is %s", f.Name, shownValue(r.Value(f.target))))
		default:
			since = append(since, u.notSent(f, r))
		}
	}
	if len(since)+len(unwitnessed) > 0 {
		u.leave(w, LabelOf(r), CodeChangedSince, keptSince(since, unwitnessed), "delete it there by hand, if nobody needs it")
		return
	}
	u.delete(r, w.Rows)
	u.out.Changes[len(u.out.Changes)-1].Known = u.otherRows(w, r.ID())
	u.unmade[recordOfTarget{u.Binding.Target.Identity(), r.ID()}] = &unmadeRecord{binding: u.binding, rows: w.Rows, digest: u.digest, begun: u.begun, connection: u.Binding.Connection}
}

// linked reports whether a row of a change is remembered to be the record, which
// is remembered once it was verified.
func (u *undoer) linked(w *WrittenChange, r Record) bool {
	return slices.ContainsFunc(w.Rows, func(o Origin) bool { return o.ID != "" && u.Links[RowKey{o.Source, o.ID}] == r.ID() })
}

// notSent says of a field that the run did not send what it is now, and who did it.
func (u *undoer) notSent(f pairedField, r Record) string {
	have := r.Value(f.target)
	return fmt.Sprintf("%s: %s made it %s", f.Name, u.whoMade(f, r), shownValue(have))
}
