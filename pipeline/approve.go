package pipeline

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// The ways in which a person agrees to an apply.
const (
	AgreedApprovals = "approvals" // change by change, in a file
	AgreedTerminal  = "terminal"  // to the whole plan, after it was shown
	AgreedYes       = "yes"       // somebody has looked, says whoever began the apply
)

// Approval is who agreed to a run, and how, for the history.
type Approval struct {
	How      string `json:"how"`            // see the Agreed constants
	By       string `json:"by,omitempty"`   // as they call themselves; nobody proves it
	When     string `json:"when,omitempty"` // as the approvals say; else the run began right after
	Accepted int    `json:"accepted"`       // changes
	Declined int    `json:"declined"`       // now or earlier
	Open     int    `json:"open"`           // changes that were left out, or still need an answer
	// Notes are what they wrote to their decisions, NotesMax of them at most.
	Notes []ApprovalNote `json:"notes,omitempty"`
}

// approval is what was agreed to about the changes of the binding.
func (a *applier) approval() *Approval {
	said := &Approval{How: AgreedYes, By: a.opt.By}
	switch {
	case a.opt.Approvals != nil:
		said.How, said.When = AgreedApprovals, a.opt.Approvals.When
		if a.opt.Approvals.By != "" {
			said.By = a.opt.Approvals.By
		}
	case a.opt.Approved:
		said.How = AgreedTerminal
	}
	said.Notes = a.notes()
	for i := range a.changes {
		status, _ := a.held(&a.changes[i])
		switch leftOut := a.opt.Only != nil && !a.opt.Only[a.changes[i].ID]; {
		case leftOut || status == Blocked:
			said.Open++
		case status == Declined:
			said.Declined++
		default:
			said.Accepted++
		}
	}
	return said
}

// answers are approvals by change and class.
type answers struct {
	plan          *Plan
	rest          *bool
	classes, rows map[string]*bool
}

func (d *Approvals) answers(p *Plan) *answers {
	if d == nil {
		return nil
	}
	a := &answers{plan: p, rest: d.Rest, classes: map[string]*bool{}, rows: map[string]*bool{}}
	for _, c := range d.Classes {
		a.classes[c.Class] = c.Accept
	}
	for _, r := range d.Rows {
		a.rows[r.Change] = r.Accept
	}
	return a
}

// of is what is said of a change; nil: nothing.
func (a *answers) of(c *Change) *bool {
	if a == nil {
		return nil
	}
	if said := a.rows[c.ID]; said != nil {
		return said
	}
	if said := a.classes[a.plan.ClassOf(c)]; said != nil {
		return said
	}
	return a.rest
}

// held says why a change is not to be sent, by what people decided; "" when it may
// be.
func (a *applier) held(c *Change) (Status, string) {
	said := a.answers.of(c)
	needs := a.binding.Policy.NeedsApproval(c)
	switch {
	case a.opt.Only != nil && !a.opt.Only[c.ID]:
		return Declined, "left out of this apply"
	case said != nil && !*said:
		return Declined, "declined"
	case said == nil && !a.opt.Approved && !a.declined[c.ID].IsZero():
		return Declined, "declined on " + a.declined[c.ID].UTC().Format(time.DateOnly) + "; to write it all the same, accept it with --approvals"
	case said == nil && !a.opt.Approved && a.damage.Declines > 0:
		return Blocked, "a person may have declined it: what was declined is remembered and damaged; look at the change, and accept it with --approvals, or " + damageHint
	case said == nil && a.answers != nil:
		return Blocked, "nothing was decided about it; it is in the plan, and the approvals neither accept nor decline it"
	case said == nil && len(needs) > 0 && !a.opt.Approved:
		return Blocked, "it needs approval (require_approval: " + strings.Join(needs, ", ") + "); write the approvals with show --approve-out FILE, fill them in, and apply with --approvals FILE"
	}
	return Pending, ""
}

// recallDeclined finds out what a person declined earlier.
func (a *applier) recallDeclined(ctx context.Context) (err error) {
	if memory, ok := a.opt.State.(Declines); ok {
		a.declined, err = memory.Declined(ctx, a.binding.Identity)
		a.damage.Declines = damageOf(a.opt.State, a.binding.Identity).Declines
	}
	return err
}

// rememberAnswers remembers what a person declined, and that what is accepted now
// is no longer declined. What was declined earlier stays so when nothing is said of
// it: going on with a plan does not need the approvals again.
func (a *applier) rememberAnswers(ctx context.Context) error {
	memory, ok := a.opt.State.(Declines)
	if !ok {
		return nil
	}
	if err := a.rememberConflicts(ctx, memory); err != nil {
		return err
	}
	var declined, accepted []string
	for i := range a.changes {
		id := a.changes[i].ID
		if a.opt.Only != nil && !a.opt.Only[id] {
			continue // nothing is said of what is left out
		}
		switch said := a.answers.of(&a.changes[i]); {
		case said == nil && a.opt.Approved && !a.declined[id].IsZero(), said != nil && *said:
			accepted = append(accepted, id)
		case said != nil:
			declined = append(declined, id)
		}
	}
	if err := memory.Decline(ctx, a.binding.Identity, a.opt.Now(), declined, accepted); err != nil {
		return fmt.Errorf("remember what was declined: %w", err)
	}
	return nil
}

// CodeDeclined says that a person said no to the change, whose values are the same
// since.
const CodeDeclined = "declined"

// declinedOf is what a person declined earlier of a target; nil when nothing is
// remembered.
func declinedOf(ctx context.Context, identity string, memory Declines) (map[string]time.Time, error) {
	if memory == nil {
		return nil, nil
	}
	return memory.Declined(ctx, identity)
}

// blockDeclined takes back changes that a person declined earlier.
func (d *Difference) blockDeclined(b *Binding, present *Present, declined map[string]time.Time, noteTo func(*Change) string) {
	before := len(d.Blocked)
	d.blockIf(func(ch *Change) (Block, bool) {
		at, no := declined[ch.ID]
		if !no {
			return Block{}, false
		}
		reason := "a person said no to this change on " + at.UTC().Format(time.DateOnly) + ", and its values are the same since"
		if note := noteTo(ch); note != "" {
			reason += "; the note: " + diag.Quoted(note)
		}
		return Block{Code: CodeDeclined, Reason: reason, Hint: "plan --ask-again plans it again"}, true
	})
	if len(d.Blocked) > before {
		d.blockTaken(b.Target.Keys(), present.Records)
		sortBlocked(d.Blocked)
	}
}
