package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// DecisionsFormat is the version of the form of a decisions file.
const DecisionsFormat = 1

// Decisions are what a person says to the changes of one plan, as JSON: to classes
// of changes, to single ones, and to the rest. What is said of a change comes before
// what is said of its class, and that before what is said of the rest. Null says
// nothing: such a change is not written.
type Decisions struct {
	Format   int             `json:"format"`
	Plan     string          `json:"plan"` // digest of the plan that they are about
	Pipeline string          `json:"pipeline"`
	By       string          `json:"by,omitempty"` // who decides, for people
	Rest     *bool           `json:"rest"`         // accept what nothing is said about
	Classes  []ClassDecision `json:"classes"`
	Rows     []RowDecision   `json:"rows"`
}

// ClassDecision is about all changes of one action, one set of fields and one set
// of labels.
type ClassDecision struct {
	Class   string   `json:"class"`
	Changes int      `json:"changes"`
	Needs   []string `json:"needs_approval,omitempty"` // words of require_approval that ask for an answer
	Accept  *bool    `json:"accept"`
}

// RowDecision is about one change.
type RowDecision struct {
	Change string `json:"change"` // its id
	Class  string `json:"class"`
	Label  string `json:"label"`
	Accept *bool  `json:"accept"`
}

// decisionsBytesMax is how large a decisions file may be.
const decisionsBytesMax = 1 << 30

// The words of require_approval beside the actions.
const (
	ApproveIdentity = "identity" // an update changes an e-mail or another key
	ApproveBlank    = "blank"    // a value is emptied
)

// DecisionsError says that decisions cannot be used for a plan, and why.
type DecisionsError struct{ Reason string }

func (e *DecisionsError) Error() string { return e.Reason }

// ClassOf names the class of a change: its action, its fields and its labels.
func ClassOf(c *Change) string {
	fields := make([]string, len(c.Fields))
	for k, f := range c.Fields {
		fields[k] = f.Field
	}
	name := strings.TrimSpace(string(c.Action) + " " + strings.Join(fields, ", "))
	if len(c.Labels) > 0 {
		name += " [" + strings.Join(c.Labels, ", ") + "]"
	}
	return name
}

// NeedsApproval returns the words of require_approval by which a change must be
// accepted by a person; none for most.
func (p Policy) NeedsApproval(c *Change) []string {
	var words []string
	for _, w := range p.RequireApproval {
		switch {
		case w == string(c.Action),
			w == ApproveIdentity && (slices.Contains(c.Labels, LabelIdentity) || slices.Contains(c.Labels, LabelEmail)),
			w == ApproveBlank && slices.Contains(c.Labels, LabelBlank):
			words = append(words, w)
		}
	}
	return words
}

// Undecided returns decisions about the plan that say nothing yet, with every class
// and every change, in the order of the plan.
func (p *Plan) Undecided() *Decisions {
	d := &Decisions{Format: DecisionsFormat, Plan: p.Digest, Pipeline: p.Header.Pipeline, Classes: []ClassDecision{}, Rows: []RowDecision{}}
	at := map[string]int{}
	for i := range p.Changes {
		c := &p.Changes[i]
		class := ClassOf(c)
		k, known := at[class]
		if !known {
			k = len(d.Classes)
			at[class] = k
			d.Classes = append(d.Classes, ClassDecision{Class: class})
		}
		d.Classes[k].Changes++
		for _, w := range p.Header.Bindings[c.Binding].Policy.NeedsApproval(c) {
			if !slices.Contains(d.Classes[k].Needs, w) {
				d.Classes[k].Needs = append(d.Classes[k].Needs, w)
			}
		}
		d.Rows = append(d.Rows, RowDecision{Change: c.ID, Class: class, Label: c.Label})
	}
	return d
}

// Write writes the decisions for a person or a program to answer.
func (d *Decisions) Write(w io.Writer) error {
	e := diag.JSONEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(d)
}

// ReadDecisions reads what Write wrote and somebody answered. What cannot be
// understood whole is a *DecisionsError.
func ReadDecisions(r io.Reader) (*Decisions, error) {
	text, err := io.ReadAll(io.LimitReader(r, decisionsBytesMax+1))
	if err != nil {
		return nil, err
	}
	if len(text) > decisionsBytesMax {
		return nil, &DecisionsError{fmt.Sprintf("the decisions are larger than %d bytes", decisionsBytesMax)}
	}
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, &DecisionsError{"not a decisions file, or cut off: " + jsonPlace(text, err)}
	}
	if head.Format != DecisionsFormat {
		return nil, &DecisionsError{fmt.Sprintf("the decisions have format %d; this reconkit reads format %d: write them anew with plan --approve-out", head.Format, DecisionsFormat)}
	}
	d := &Decisions{}
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(d); err != nil {
		return nil, &DecisionsError{"the decisions cannot be understood: " + jsonPlace(text, err)}
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, &DecisionsError{"there is something behind the decisions"}
	}
	return d, nil
}

// jsonPlace says what is wrong with some JSON, with the line as far as it is known.
func jsonPlace(text []byte, err error) string {
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	at := int64(-1)
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &typed):
		at = typed.Offset
	}
	if at < 0 || at > int64(len(text)) {
		return err.Error()
	}
	return fmt.Sprintf("line %d: %v", 1+bytes.Count(text[:at], []byte("\n")), err)
}

// Fit checks that the decisions are about the plan: its digest, changes and classes.
// Otherwise it is a *DecisionsError.
func (d *Decisions) Fit(p *Plan) error {
	if d.Plan != p.Digest {
		return &DecisionsError{fmt.Sprintf("the decisions are about the plan %s, and this is %s; write them anew with show --approve-out", shortDigest(d.Plan), shortDigest(p.Digest))}
	}
	changes, classes := make(map[string]bool, len(p.Changes)), map[string]bool{}
	for i := range p.Changes {
		changes[p.Changes[i].ID] = true
		classes[ClassOf(&p.Changes[i])] = true
	}
	for _, c := range d.Classes {
		if known, there := classes[c.Class]; !there || !known {
			return &DecisionsError{fmt.Sprintf("the decisions name the class %q, which the plan does not have, or name it twice", diag.Shorten(c.Class, 100))}
		}
		classes[c.Class] = false
	}
	for _, r := range d.Rows {
		if known, there := changes[r.Change]; !there || !known {
			return &DecisionsError{fmt.Sprintf("the decisions name the change %q, which the plan does not have, or name it twice", diag.Shorten(r.Change, 60))}
		}
		changes[r.Change] = false
	}
	return nil
}

func shortDigest(digest string) string { return diag.Shorten(digest[:min(12, len(digest))], 12) }

// answers are decisions by change and class.
type answers struct {
	rest          *bool
	classes, rows map[string]*bool
}

func (d *Decisions) answers() *answers {
	if d == nil {
		return nil
	}
	a := &answers{rest: d.Rest, classes: map[string]*bool{}, rows: map[string]*bool{}}
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
	if said := a.classes[ClassOf(c)]; said != nil {
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
		return Declined, "declined on " + a.declined[c.ID].UTC().Format(time.DateOnly) + "; to write it all the same, accept it with --decisions"
	case said == nil && a.answers != nil:
		return Blocked, "nothing was decided about it; it is in the decisions, and accept is null"
	case said == nil && len(needs) > 0 && !a.opt.Approved:
		return Blocked, "it needs approval (require_approval: " + strings.Join(needs, ", ") + "); write the decisions with show --approve-out, and apply with --decisions"
	}
	return Pending, ""
}

// rememberDecisions remembers what a person declined, and that what is accepted now
// is no longer declined. What was declined earlier stays so when nothing is said of
// it: going on with a plan does not need the decisions again.
func (a *applier) rememberDecisions(ctx context.Context) error {
	memory, ok := a.opt.State.(Declines)
	if !ok {
		return nil
	}
	var err error
	if a.declined, err = memory.Declined(ctx, a.binding.Identity); err != nil {
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

// blockDeclined takes back changes that a person declined earlier.
func (d *Difference) blockDeclined(ctx context.Context, identity string, b *Binding, present *Present, memory Declines) error {
	if memory == nil {
		return nil
	}
	declined, err := memory.Declined(ctx, identity)
	if err != nil || len(declined) == 0 {
		return err
	}
	before := len(d.Blocked)
	d.blockIf(func(ch Change) (Block, bool) {
		at, no := declined[ch.ID]
		return Block{Code: CodeDeclined, Reason: "a person said no to this change on " + at.UTC().Format(time.DateOnly) + ", and its values are the same since",
			Hint: "plan --ask-again plans it again"}, no
	})
	if len(d.Blocked) > before {
		d.blockTaken(b.Target.Keys(), present.Records)
		sortBlocked(d.Blocked)
	}
	return nil
}
