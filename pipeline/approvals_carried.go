package pipeline

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// The id of a change, and that of a conflict, is made of the target, the record and all
// values, so that what a person said of one is an answer in the next plan, too, where it
// is still the same. What was said of a class or of the rest holds there only for the
// changes that the approvals name: another plan may have others of the class.

// Carried are the answers of approvals of an earlier plan, for the next one.
type Carried struct {
	by, when string
	notes    map[string]string       // to changes
	accepted map[string]bool         // by id of the change
	seen     map[string]*RowApproval // what was accepted, as the person saw it, by id of the change
	declined map[string]bool         // changes, and sides of conflicts
}

// Carry returns the answers of approvals for the next plan of a pipeline. Approvals of
// another pipeline are an *ApprovalsError.
func (d *Approvals) Carry(pipeline string) (*Carried, error) {
	if d.Pipeline != pipeline {
		return nil, &ApprovalsError{fmt.Sprintf("the approvals are about pipeline %q, and this is %q; name those of an earlier plan of this one", diag.Shorten(d.Pipeline, 60), diag.Shorten(pipeline, 60))}
	}
	c := &Carried{by: d.By, when: d.When, notes: map[string]string{}, accepted: map[string]bool{}, seen: map[string]*RowApproval{}, declined: map[string]bool{}}
	said := d.answers(nil) // rows name their classes themselves
	for i := range d.Rows {
		r := &d.Rows[i]
		accept := r.Accept
		if accept == nil {
			accept = said.classes[r.Class]
		}
		if accept == nil {
			accept = said.rest
		}
		c.notes[r.Change] = r.Note
		switch {
		case accept == nil:
		case *accept:
			c.accepted[r.Change], c.seen[r.Change] = true, r
		default:
			c.declined[r.Change] = true
		}
	}
	for _, f := range d.Conflicts {
		if f.Take == nil {
			continue
		}
		other := TakeOurs
		if *f.Take == TakeOurs {
			other = TakeTheirs
		}
		c.declined[sideID(f.Conflict, other)], c.accepted[sideID(f.Conflict, *f.Take)] = true, true
	}
	return c, nil
}

// Over is what a memory says was declined, with the answers in its place where there are
// any. Memory may be nil. Nothing is remembered by it.
func (c *Carried) Over(memory Declines, now time.Time) Declines {
	return &carriedDeclines{Declines: memory, carried: c, at: now}
}

type carriedDeclines struct {
	Declines // nil: nothing is remembered
	carried  *Carried
	at       time.Time
}

// Declined is what the memory says, but for what the answers say.
func (c *carriedDeclines) Declined(ctx context.Context, target string) (map[string]time.Time, error) {
	declined := map[string]time.Time{}
	if c.Declines != nil {
		var err error
		if declined, err = c.Declines.Declined(ctx, target); err != nil {
			return nil, err
		}
	}
	for id := range c.carried.accepted {
		delete(declined, id)
	}
	for id := range c.carried.declined {
		if declined[id].IsZero() {
			declined[id] = c.at
		}
	}
	return declined, nil
}

// Fill puts the answers into approvals of the next plan, for the changes that it still
// holds as they were accepted, and returns how many there are. A change of the same values
// may have become another question: of another class, by its labels, or of other rows.
func (c *Carried) Fill(d *Approvals) (n int) {
	for i := range d.Rows {
		if seen := c.seen[d.Rows[i].Change]; seen != nil && seen.Class == d.Rows[i].Class && slices.Equal(seen.Of, d.Rows[i].Of) {
			yes := true
			d.Rows[i].Accept, d.Rows[i].Note = &yes, c.notes[d.Rows[i].Change]
			n++
		}
	}
	if n > 0 {
		d.By, d.When = c.by, c.when
	}
	return n
}
