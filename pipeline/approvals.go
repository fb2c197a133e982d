package pipeline

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// ApprovalsFormat is the version of the form of an approvals file.
const ApprovalsFormat = 1

// Approvals are what a person says to one plan, as JSON: to classes of changes, to
// single ones, to the rest, and to fields that both sides changed. What is said of a
// change comes before what is said of its class, and that before what is said of the
// rest. Null says nothing: such a change is not written.
type Approvals struct {
	Format    int              `json:"format"`
	Plan      string           `json:"plan"` // digest of the plan that they are about
	Pipeline  string           `json:"pipeline"`
	By        string           `json:"by"`   // who decides; kept in the history
	When      string           `json:"when"` // the day, or the time in RFC 3339; kept in the history
	Rest      *bool            `json:"rest"` // accept what nothing is said about
	Note      string           `json:"note"` // why, in free words; kept in the history, as each note is, and never sent
	Classes   []ClassApproval  `json:"classes"`
	Rows      []RowApproval    `json:"rows"`
	Conflicts []ConflictAnswer `json:"conflicts,omitempty"`
}

// ClassApproval is about all changes of one sink, one action, one set of fields and
// one set of labels.
type ClassApproval struct {
	Class   string   `json:"class"`
	Changes int      `json:"changes"`
	Needs   []string `json:"needs_approval,omitempty"` // words of require_approval that ask for an answer
	Accept  *bool    `json:"accept"`
	Note    string   `json:"note"`
}

// RowApproval is about one change.
type RowApproval struct {
	Change string `json:"change"` // its id
	Class  string `json:"class"`
	Label  string `json:"label"`
	// Of are the rows that became one record, each as source:id, or by its place where it
	// has no id; empty where it is one row.
	Of     []string `json:"of,omitempty"`
	Accept *bool    `json:"accept"`
	Note   string   `json:"note,omitempty"`
}

// approvalsBytesMax is how large an approvals file may be.
const approvalsBytesMax = 1 << 30

// byCharsMax is how long the name of who decided may be: the history keeps it.
const byCharsMax = 200

// The words of require_approval beside the actions: labels of changes.
const (
	ApproveIdentity  = LabelIdentity  // an update changes an e-mail or another key: LabelEmail, too
	ApproveBlank     = LabelBlank     // a value is emptied
	ApproveMerge     = LabelMerge     // several source rows are one record
	ApproveNames     = LabelNames     // such rows have different first names
	ApproveOutward   = LabelOutward   // people outside will notice
	ApproveOverrides = LabelOverrides // an edit in the target gives way
)

// ApprovalsError says that approvals cannot be used for a plan, and why.
type ApprovalsError struct{ Reason string }

func (e *ApprovalsError) Error() string { return e.Reason }

// ClassOf names the class of a change of the plan: its action, its fields and its
// labels, behind the sink that it is for where the plan has several.
func (p *Plan) ClassOf(c *Change) string {
	if sink := p.SinkOf(c.Binding); sink != "" {
		return sink + ": " + ClassOf(c)
	}
	return ClassOf(c)
}

// SinkOf names a sink of the plan, so that it is told from the others: by its model,
// by the resource where a model goes to several, and by the target where that is not
// enough. It is "" where the plan has one sink alone.
func (p *Plan) SinkOf(binding int) string {
	all := p.Header.Bindings
	if len(all) < 2 || binding < 0 || binding >= len(all) {
		return ""
	}
	this, model, resource := &all[binding], 0, 0
	for i := range all {
		if all[i].Model == this.Model {
			model++
			if all[i].Resource == this.Resource {
				resource++
			}
		}
	}
	switch {
	case model < 2:
		return this.Model
	case resource < 2:
		return this.Model + " -> " + this.Resource
	default:
		return this.Model + " -> " + this.Identity
	}
}

// ClassOf names what a change has in common with others of its sink: its action, its
// fields and its labels.
func ClassOf(c *Change) string {
	var usual [classBytesUsual]byte
	name := append(append(usual[:0], c.Action...), ' ')
	for i := range c.Fields {
		if i > 0 {
			name = append(name, ", "...)
		}
		name = append(name, c.Fields[i].Field...)
	}
	name = bytes.TrimSpace(name)
	if len(c.Labels) > 0 {
		name = append(append(name, " ["...), strings.Join(c.Labels, ", ")...)
		name = append(name, ']')
	}
	return string(name)
}

// classBytesUsual is how long the name of a class seldom is.
const classBytesUsual = 256

// NeedsApproval returns the words of require_approval by which a change must be
// accepted by a person; none for most.
func (p Policy) NeedsApproval(c *Change) []string {
	var words []string
	for _, w := range p.RequireApproval {
		if w == string(c.Action) || slices.Contains(c.Labels, w) || w == ApproveIdentity && slices.Contains(c.Labels, LabelEmail) {
			words = append(words, w)
		}
	}
	return words
}

// Undecided returns approvals of the plan that say nothing yet, with every class,
// every change and every conflict, in the order of the plan.
func (p *Plan) Undecided() *Approvals {
	d := &Approvals{Format: ApprovalsFormat, Plan: p.Digest, Pipeline: p.Header.Pipeline, Classes: p.classes(), Rows: []RowApproval{}, Conflicts: p.openConflicts()}
	for i := range p.Changes {
		c := &p.Changes[i]
		d.Rows = append(d.Rows, RowApproval{Change: c.ID, Class: p.ClassOf(c), Label: c.Label, Of: joinedRows(c)})
	}
	return d
}

// joinedRows names the rows of a change, in order, where they are several.
func joinedRows(c *Change) (names []string) {
	if len(c.Rows) < 2 {
		return nil
	}
	for _, o := range c.Rows {
		name := o.String()
		if o.ID != "" {
			name = o.Source + ":" + o.ID
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// classes are the classes of the changes, in the order of the plan.
func (p *Plan) classes() []ClassApproval {
	classes := []ClassApproval{}
	at := map[string]int{}
	for i := range p.Changes {
		c := &p.Changes[i]
		class := p.ClassOf(c)
		k, known := at[class]
		if !known {
			k = len(classes)
			at[class] = k
			classes = append(classes, ClassApproval{Class: class})
		}
		classes[k].Changes++
		for _, w := range p.Header.Bindings[c.Binding].Policy.NeedsApproval(c) {
			if !slices.Contains(classes[k].Needs, w) {
				classes[k].Needs = append(classes[k].Needs, w)
			}
		}
	}
	return classes
}

// Answered reports whether somebody has filled anything in.
func (d *Approvals) Answered() bool {
	return d.Rest != nil || slices.ContainsFunc(d.Classes, func(c ClassApproval) bool { return c.Accept != nil }) ||
		slices.ContainsFunc(d.Rows, func(r RowApproval) bool { return r.Accept != nil }) ||
		slices.ContainsFunc(d.Conflicts, func(c ConflictAnswer) bool { return c.Take != nil })
}

// Write writes the approvals for a person or a program to fill in.
func (d *Approvals) Write(w io.Writer) error {
	e := diag.JSONEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(d)
}

// unmarked takes away the byte order mark that editors of Windows write before UTF-8.
// Of text in UTF-16, with its mark or without, it says what it is.
func unmarked(text []byte) ([]byte, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	wide := bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) ||
		bytes.HasPrefix(text, []byte("{\x00")) || bytes.HasPrefix(text, []byte("\x00{"))
	if wide {
		return nil, &ApprovalsError{"the approvals were saved as UTF-16, which some editors call Unicode; save them as UTF-8"}
	}
	return text, nil
}

// ReadApprovals reads what Write wrote and somebody filled in. What cannot be
// understood whole is an *ApprovalsError.
func ReadApprovals(r io.Reader) (*Approvals, error) {
	text, err := io.ReadAll(io.LimitReader(r, approvalsBytesMax+1))
	if err != nil {
		return nil, err
	}
	if len(text) > approvalsBytesMax {
		return nil, &ApprovalsError{fmt.Sprintf("the approvals are larger than %d bytes", approvalsBytesMax)}
	}
	if text, err = unmarked(text); err != nil {
		return nil, err
	}
	format, err := jsonFormat(text)
	if err != nil {
		return nil, &ApprovalsError{fmt.Sprintf("not an approvals file of plan --approve-out, or damaged: %v", err)}
	}
	if format != ApprovalsFormat {
		return nil, &ApprovalsError{fmt.Sprintf("the approvals have format %d; this reconkit reads format %d: write them anew with show PLAN --approve-out", format, ApprovalsFormat)}
	}
	d, err := diag.DecodeJSON[Approvals](text)
	if err != nil {
		return nil, &ApprovalsError{fmt.Sprintf("the approvals cannot be understood: %v; mend them, or write them anew with show PLAN --approve-out", err)}
	}
	return d, d.sensible()
}

// sensible checks what can be checked without the plan.
func (d *Approvals) sensible() error {
	if utf8.RuneCountInString(d.By) > byCharsMax {
		return &ApprovalsError{fmt.Sprintf("the approvals hold %q under \"by\"; write a name of at most %d characters", diag.Shorten(d.By, 60), byCharsMax)}
	}
	if d.When != "" {
		_, day := time.Parse(time.DateOnly, d.When)
		if _, at := time.Parse(time.RFC3339, d.When); day != nil && at != nil {
			return &ApprovalsError{fmt.Sprintf("the approvals hold %q under \"when\"; write a day such as 2026-03-01, a time such as 2026-03-01T09:30:00Z, or nothing", diag.Shorten(d.When, 60))}
		}
	}
	if err := d.sensibleNotes(); err != nil {
		return err
	}
	for i := range d.Conflicts {
		if t := d.Conflicts[i].Take; t != nil && *t != TakeOurs && *t != TakeTheirs {
			return &ApprovalsError{fmt.Sprintf("the approvals hold %q under \"take\" of field %s; write %q for what the source says, %q for what the target has, or null",
				diag.Shorten(*t, 60), diag.Shorten(d.Conflicts[i].Field, 60), TakeOurs, TakeTheirs)}
		}
	}
	return nil
}

// Fit checks that the approvals are about the plan: its digest, changes, classes and
// conflicts, each told as the plan tells it. Otherwise it is an *ApprovalsError.
func (d *Approvals) Fit(p *Plan) error {
	if d.Plan != p.Digest {
		return &ApprovalsError{otherPlan(d, p)}
	}
	classes := map[string]ClassApproval{}
	for _, c := range p.classes() {
		classes[c.Class] = c
	}
	for _, c := range d.Classes {
		have, there := classes[c.Class]
		delete(classes, c.Class)
		switch {
		case !there:
			return unfit("class", c.Class, "which the plan does not have, or name it twice")
		case c.Changes != 0 && c.Changes != have.Changes, c.Needs != nil && !slices.Equal(c.Needs, have.Needs):
			return unfit("class", c.Class, fmt.Sprintf("and tell it otherwise than the plan, which has %d changes of it", have.Changes))
		}
	}
	changes := make(map[string]*Change, len(p.Changes))
	for i := range p.Changes {
		changes[p.Changes[i].ID] = &p.Changes[i]
	}
	for _, r := range d.Rows {
		c := changes[r.Change]
		delete(changes, r.Change)
		switch {
		case c == nil:
			return unfit("change", r.Change, "which the plan does not have, or name it twice")
		case r.Class != "" && r.Class != p.ClassOf(c):
			return unfit("change", r.Change, fmt.Sprintf("and give it the class %q; in the plan it has the class %q", diag.Shorten(r.Class, 100), p.ClassOf(c)))
		case r.Label != "" && r.Label != c.Label:
			return unfit("change", r.Change, fmt.Sprintf("and call it %q; in the plan it is about %q", diag.Shorten(r.Label, 60), diag.Shorten(c.Label, 60)))
		}
	}
	return d.fitConflicts(p)
}

func unfit(what, name, why string) error {
	return &ApprovalsError{fmt.Sprintf("the approvals name the %s %q, %s; write them anew with show PLAN --approve-out", what, diag.Shorten(name, 100), why)}
}

// otherPlan says that approvals are about another plan, and what to do about it.
func otherPlan(d *Approvals, p *Plan) string {
	const anew = "; write them anew with show PLAN --approve-out and answer there"
	if len(d.Plan) != len(p.Digest) {
		return fmt.Sprintf("the approvals name the plan %q, which is no digest of a plan, and this is plan %s%s", diag.Shorten(d.Plan, 60), shortDigest(p.Digest), anew)
	}
	theirs, ours := shortDigest(d.Plan), shortDigest(p.Digest)
	if theirs == ours {
		theirs, ours = d.Plan, p.Digest
	}
	why := ": its changes, its target or its policy are others by now, so that nobody has answered about them" + anew + ", or apply the plan that they were written for"
	if d.Pipeline != p.Header.Pipeline {
		why = fmt.Sprintf(", of pipeline %q; name the approvals of this plan, or%s", diag.Shorten(p.Header.Pipeline, 60), strings.TrimPrefix(anew, ";"))
	}
	return fmt.Sprintf("the approvals are about plan %s of pipeline %q, and this is plan %s%s", theirs, diag.Shorten(d.Pipeline, 60), ours, why)
}

func shortDigest(digest string) string { return diag.Shorten(digest[:min(12, len(digest))], 12) }
