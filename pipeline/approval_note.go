package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// The limits of what people write to their decisions.
const (
	NoteCharsMax = 500 // characters of a note
	NotesMax     = 200 // notes that the history keeps of a run
)

// What a note is about.
const (
	NoteOnAll      = "all"
	NoteOnClass    = "class"
	NoteOnChange   = "change"
	NoteOnConflict = "conflict"
)

// ApprovalNote is what a person wrote to a decision, in free words. It is remembered
// with the run, and never sent anywhere.
type ApprovalNote struct {
	On     string `json:"on"`               // NoteOnAll, NoteOnClass, NoteOnChange or NoteOnConflict
	Name   string `json:"name,omitempty"`   // of the class; the id of the change or conflict
	Field  string `json:"field,omitempty"`  // of a conflict
	Record string `json:"record,omitempty"` // id of the record of the target, of a change or conflict of one
	Said   string `json:"said,omitempty"`   // accepted, declined, ours or theirs; "" where nothing was decided
	Note   string `json:"note"`
}

// sensibleNotes checks how long the notes are.
func (d *Approvals) sensibleNotes() error {
	long := func(note, of string) error {
		if utf8.RuneCountInString(note) <= NoteCharsMax {
			return nil
		}
		return &ApprovalsError{fmt.Sprintf("the note on %s has more than %d characters; write a shorter one, or where to read on", of, NoteCharsMax)}
	}
	if err := long(d.Note, "the whole"); err != nil {
		return err
	}
	for i := range d.Classes {
		if err := long(d.Classes[i].Note, fmt.Sprintf("the class %q", diag.Shorten(d.Classes[i].Class, 100))); err != nil {
			return err
		}
	}
	for i := range d.Rows {
		if err := long(d.Rows[i].Note, fmt.Sprintf("the change %q", diag.Shorten(d.Rows[i].Change, 60))); err != nil {
			return err
		}
	}
	for i := range d.Conflicts {
		if err := long(d.Conflicts[i].Note, fmt.Sprintf("the conflict %q", diag.Shorten(d.Conflicts[i].Conflict, 60))); err != nil {
			return err
		}
	}
	return nil
}

// notes are what people wrote to their decisions about the changes and conflicts of the
// binding: to all, to classes, to changes and to conflicts, in this order.
func (a *applier) notes() []ApprovalNote {
	d := a.opt.Approvals
	if d == nil {
		return nil
	}
	var notes []ApprovalNote
	add := func(n ApprovalNote) {
		if n.Note != "" && len(notes) < NotesMax {
			notes = append(notes, n)
		}
	}
	changes, classes := map[string]*Change{}, map[string]bool{}
	for i := range a.changes {
		changes[a.changes[i].ID], classes[a.plan.ClassOf(&a.changes[i])] = &a.changes[i], true
	}
	add(ApprovalNote{On: NoteOnAll, Said: saidOf(d.Rest), Note: d.Note})
	for _, c := range d.Classes {
		if classes[c.Class] {
			add(ApprovalNote{On: NoteOnClass, Name: c.Class, Said: saidOf(c.Accept), Note: c.Note})
		}
	}
	for _, r := range d.Rows {
		if c := changes[r.Change]; c != nil {
			add(ApprovalNote{On: NoteOnChange, Name: r.Change, Record: c.Target, Said: saidOf(r.Accept), Note: r.Note})
		}
	}
	records := a.conflictRecords()
	for _, c := range d.Conflicts {
		record, own := records[c.Conflict]
		if !own {
			continue
		}
		n := ApprovalNote{On: NoteOnConflict, Name: c.Conflict, Field: c.Field, Record: record, Note: c.Note}
		if c.Take != nil {
			n.Said = *c.Take
		}
		add(n)
	}
	return notes
}

// declineNotes finds what people wrote when they declined changes of a plan: to the change,
// or else to its class or to all in the apply in which it was declined. Memory may be nil.
func declineNotes(ctx context.Context, identity string, memory Declines, declined map[string]time.Time, changes []Change) (func(*Change) string, error) {
	carried := map[string]string{}
	if c, ok := memory.(*carriedDeclines); ok {
		carried, memory = c.carried.notes, c.Declines
	}
	history, ok := memory.(History)
	if !ok || !slices.ContainsFunc(changes, func(c Change) bool { return !declined[c.ID].IsZero() }) {
		return func(c *Change) string { return carried[c.ID] }, nil
	}
	all, err := history.Runs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what was written to declined changes: %w", err)
	}
	all = slices.DeleteFunc(all, func(r RunSummary) bool {
		return r.Target != identity || r.Approval == nil || len(r.Approval.Notes) == 0
	})
	notes := make([]declineNotesOf, len(all))
	for i := range all {
		notes[i] = newDeclineNotes(&all[i])
	}
	return func(c *Change) string {
		best := carried[c.ID]
		for i := len(notes) - 1; i >= 0 && best == ""; i-- {
			best = notes[i].on(c, declined[c.ID])
		}
		return best
	}, nil
}

// declineNotesOf are the notes of a run about what was declined, those on single changes
// by their ids: there may be as many as there are changes.
type declineNotesOf struct {
	run      *RunSummary
	onChange map[string]string
	others   []ApprovalNote
}

func newDeclineNotes(run *RunSummary) declineNotesOf {
	of := declineNotesOf{run: run, onChange: map[string]string{}}
	for _, n := range run.Approval.Notes {
		switch {
		case n.Said != saidOf(new(bool)) || n.Note == LabelErased:
		case n.On != NoteOnChange:
			of.others = append(of.others, n)
		case of.onChange[n.Name] == "":
			of.onChange[n.Name] = n.Note
		}
	}
	return of
}

// on is the note of the run that is closest to a change which was declined at some time:
// on the change itself, or, where that was in the run, on its class or on all.
func (of *declineNotesOf) on(c *Change, at time.Time) (note string) {
	if note = of.onChange[c.ID]; note != "" || at.Before(of.run.Start) || !of.run.Finish.IsZero() && at.After(of.run.Finish) {
		return note
	}
	class := ClassOf(c)
	for _, n := range of.others {
		switch {
		case n.On == NoteOnClass && (n.Name == class || strings.HasSuffix(n.Name, ": "+class)):
			return n.Note
		case n.On == NoteOnAll && note == "":
			note = n.Note
		}
	}
	return note
}

func saidOf(accept *bool) string {
	switch {
	case accept == nil:
		return ""
	case *accept:
		return "accepted"
	default:
		return "declined"
	}
}

// conflictRecords are the records of the conflicts of the binding, by the ids of these.
func (a *applier) conflictRecords() map[string]string {
	records := map[string]string{}
	for i := range a.plan.Blocked {
		b := &a.plan.Blocked[i]
		for _, c := range b.Conflicts {
			if len(b.Candidates) > 0 && conflictID(a.binding.Identity, b.Model, a.binding.Resource, b.Candidates[0], c) == c.ID {
				records[c.ID] = b.Candidates[0]
			}
		}
	}
	return records
}
