package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// FieldConflict is a field that the source and somebody in the target both changed
// since it was last written.
type FieldConflict struct {
	ID     string    `json:"id"` // made of both values, so that other values are another conflict
	Field  string    `json:"field"`
	Wrote  Value     `json:"wrote"` // what we wrote last
	At     time.Time `json:"at"`    // and when
	Ours   Value     `json:"ours"`  // what the source says now
	Theirs Value     `json:"theirs"`
}

// ConflictRecord stands in the place of a field where the rows of a record are gone and
// somebody has worked on it: ours is that it is deleted, theirs that it stays.
const ConflictRecord = "(whole record)"

func (c FieldConflict) String() string {
	if c.Field == ConflictRecord {
		return "its rows are gone from the sources, and somebody has worked on it: " + shownValue(c.Theirs)
	}
	return fmt.Sprintf("field %s was changed on both sides since we wrote %s on %s: the source says %s now, and somebody made it %s in the target",
		c.Field, shownValue(c.Wrote), c.At.UTC().Format(time.DateOnly), shownValue(c.Ours), shownValue(c.Theirs))
}

// The sides that an answer to a conflict may take.
const (
	TakeOurs   = "ours"   // what the source says is written; a record without rows is deleted
	TakeTheirs = "theirs" // what the target has stays
)

// ConflictAnswer is what a person says to a field that both sides changed.
type ConflictAnswer struct {
	Conflict string `json:"conflict"` // its id
	Label    string `json:"label"`    // the record, for people
	Field    string `json:"field"`
	Wrote    Value  `json:"wrote"`
	Ours     Value  `json:"ours"`
	Theirs   Value  `json:"theirs"`
	// SameLook names the code points in which the sides differ where they look the same.
	SameLook string  `json:"same_look,omitempty"`
	Take     *string `json:"take"` // TakeOurs or TakeTheirs; null says nothing
	Note     string  `json:"note"`
}

// conflictID names a conflict by the record, the field and both values.
func conflictID(identity, model, resource, record string, c FieldConflict) string {
	h := sha256.New()
	values, _ := json.Marshal([]Value{c.Ours, c.Theirs}) // plain data; it cannot fail
	fmt.Fprintf(h, "conflict\x00%s\x00%s\x00%s\x00%s\x00%s\x00%s", identity, model, resource, record, c.Field, values)
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// sideID names one side of a conflict, as Declines remembers that a person said no
// to it.
func sideID(conflict, side string) string { return conflict + "/" + side }

// answered is the side of a conflict that a person took; "" when nobody was asked, or
// about other values.
func (d *differ) answered(c FieldConflict) string {
	_, notOurs := d.Declined[sideID(c.ID, TakeOurs)]
	_, notTheirs := d.Declined[sideID(c.ID, TakeTheirs)]
	switch {
	case notOurs:
		return TakeTheirs
	case notTheirs:
		return TakeOurs
	default:
		return ""
	}
}

// conflictBlock blocks a record of which both sides changed fields.
func conflictBlock(conflicts []FieldConflict, record string) Block {
	texts := make([]string, len(conflicts))
	for i, c := range conflicts {
		texts[i] = c.String()
	}
	return Block{Code: CodeEditConflict, Reason: strings.Join(texts, "; "), Candidates: []string{record}, Conflicts: conflicts,
		Hint: "answer it in the approvals (show PLAN --approve-out FILE, then apply PLAN --approvals FILE), make both sides agree, or say who owns the field with its policy in fields:"}
}

// editedMissing asks about a record whose rows are gone and that somebody has worked on,
// or does what a person said.
func (d *differ) editedMissing(current Record, rows []Origin, edits []handEdit) {
	texts, values := make([]string, len(edits)), make([]string, len(edits))
	for i, e := range edits {
		texts[i], values[i] = e.words, e.field+": "+e.have.String()
	}
	c := FieldConflict{Field: ConflictRecord, Ours: Null(), Theirs: ListValue(values), At: d.Present.ReadAt.UTC().Truncate(time.Second)}
	c.ID = conflictID(d.identity(), d.Binding.Model.Name, d.Binding.Resource, current.ID(), c)
	switch d.answered(c) {
	case TakeOurs:
		d.delete(current, rows, LabelOverrides)
	case TakeTheirs:
		d.stayed = append(d.stayed, current.ID())
	default:
		d.out.Counts.Blocked++
		d.out.Blocked = append(d.out.Blocked, BlockedRow{Model: d.Binding.Model.Name, Label: LabelOf(current), Rows: []Origin{},
			Block: Block{Code: CodeEditConflict, Reason: "its rows are gone from the sources, and somebody has worked on it: " + strings.Join(texts, "; "),
				Hint:       "answer it in the approvals (show PLAN --approve-out FILE, then apply PLAN --approvals FILE): ours deletes it, theirs leaves it",
				Candidates: []string{current.ID()}, Conflicts: []FieldConflict{c}}})
	}
}

// tellStayed names the records that stay since a person said so.
func (d *differ) tellStayed() {
	if len(d.stayed) > 0 {
		stay := " stay"
		if len(d.stayed) == 1 {
			stay = " stays"
		}
		d.out.Findings = append(d.out.Findings, diag.Finding{Severity: diag.Note, Code: "edit-protected", Count: len(d.stayed),
			Message: recordsNamed(d.stayed) + " without rows in the sources" + stay + " in the target: a person said so, since somebody has worked on them"})
	}
}

// openConflicts are the conflicts of a plan, to be answered.
func (p *Plan) openConflicts() []ConflictAnswer {
	var open []ConflictAnswer
	for i := range p.Blocked {
		for _, c := range p.Blocked[i].Conflicts {
			a := ConflictAnswer{Conflict: c.ID, Label: p.Blocked[i].Label, Field: c.Field, Wrote: c.Wrote, Ours: c.Ours, Theirs: c.Theirs}
			if LookOf(c.Theirs, c.Ours) != "" {
				a.SameLook = CodePoints(c.Theirs, c.Ours)
			}
			open = append(open, a)
		}
	}
	return open
}

// fitConflicts checks that answers are about conflicts of the plan.
func (d *Approvals) fitConflicts(p *Plan) error {
	open := map[string]ConflictAnswer{}
	for _, c := range p.openConflicts() {
		open[c.Conflict] = c
	}
	for _, c := range d.Conflicts {
		have, there := open[c.Conflict]
		delete(open, c.Conflict)
		told := func(v, plan Value) bool { return v.IsNull() || v.Equal(plan) }
		switch {
		case !there:
			return unfit("conflict", c.Conflict, "which the plan does not have, or name it twice")
		case c.Field != "" && c.Field != have.Field, c.Label != "" && c.Label != have.Label, !told(c.Ours, have.Ours), !told(c.Theirs, have.Theirs), !told(c.Wrote, have.Wrote):
			return unfit("conflict", c.Conflict, fmt.Sprintf("and tell it otherwise than the plan, where it is field %s of %q", have.Field, diag.Shorten(have.Label, 60)))
		}
	}
	return nil
}

// rememberConflicts remembers which sides a person took of the conflicts of the
// binding, for the next plan.
func (a *applier) rememberConflicts(ctx context.Context, memory Declines) error {
	if a.opt.Approvals == nil {
		return nil
	}
	took := map[string]string{}
	for _, c := range a.opt.Approvals.Conflicts {
		if c.Take != nil {
			took[c.Conflict] = *c.Take
		}
	}
	var declined, accepted []string
	for _, id := range slices.Sorted(maps.Keys(a.conflictRecords())) {
		side := took[id]
		if side == "" {
			continue // nothing is said of it
		}
		other := TakeOurs
		if side == TakeOurs {
			other = TakeTheirs
		}
		declined, accepted = append(declined, sideID(id, other)), append(accepted, sideID(id, side))
	}
	if err := memory.Decline(ctx, a.binding.Identity, a.opt.Now(), declined, accepted); err != nil {
		return fmt.Errorf("remember which side was taken: %w", err)
	}
	a.result.Settled += len(accepted)
	return nil
}
