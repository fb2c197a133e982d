package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// HowUndo says that a value is the one before a run that is undone.
const HowUndo = "undo"

// The codes of what an undo leaves alone.
const (
	CodeChangedSince = "changed-since"   // somebody, or a later run, wrote the field
	CodeRecordGone   = "record-gone"     // the record is no longer in the target
	CodeNotErasable  = "not-erasable"    // the field was empty, and cannot be emptied again
	CodeCreateStays  = "create-stays"    // the policy does not allow to delete what was created
	CodeUnknown      = "unknown-outcome" // nobody knows whether the run created the record
	CodeErased       = "erased"          // the person was forgotten
	CodeCannotCreate = "cannot-create"   // a deleted record cannot be created again
)

// UndoOptions are what an undo needs beside the run.
type UndoOptions struct {
	Run   string // of an apply, or of a part of it
	State interface {
		History
		Links
		Ledger
	}
	// Open connects to the target of a binding, by the references that the run kept.
	Open func(ctx context.Context, b PlanBinding) (Target, error)
	// DeleteCreated allows to delete records that the run created, where its policy
	// did not.
	DeleteCreated bool
	// Limits take the place of those of the same name under which the run was applied.
	Limits   map[string]Limit
	Now      time.Time
	Valid    time.Duration // 0: ValidDefault
	Version  string
	Place    string // of the state, for the header
	Progress Progress
}

// Undo makes a plan that takes back what a run wrote, as far as it is still ours:
// a field that still shows what the run wrote gets the value before, a record that
// the run created is deleted where that is allowed, and one that it deleted is
// created again. What was changed since, by a person or by a later run, is blocked
// with the reason. The plan is reviewed and applied like any other.
//
// The limits are those of the run's policy, unless opt.Limits says otherwise: deletes
// count against delete, emptied fields against blank, and so on; beyond one, a
// *LimitError comes beside the plan.
func Undo(ctx context.Context, opt UndoOptions) (*Plan, error) {
	if opt.Valid == 0 {
		opt.Valid = ValidDefault
	}
	if opt.Progress == nil {
		opt.Progress = func(Step) {}
	}
	all, err := opt.State.Runs(ctx)
	if err != nil {
		return nil, err
	}
	runs := RunsOf(all, opt.Run)
	if len(runs) == 0 {
		return nil, fmt.Errorf("there is no run %s; history lists them", diag.Shorten(opt.Run, 60))
	}
	p := &Plan{Header: Header{Format: PlanFormat, Pipeline: undoOf + ApplyOf(runs[0].ID), Version: opt.Version, State: opt.Place, Undo: ApplyOf(runs[0].ID),
		Made: opt.Now.UTC().Truncate(time.Second), Expires: opt.Now.Add(opt.Valid).UTC().Truncate(time.Second)}}
	var over error
	unmade := unmadeRecords{}
	todo, err := recallRuns(ctx, runs, opt)
	if err != nil {
		return nil, err
	}
	undoers := make([]*undoer, len(todo))
	for i, r := range todo {
		if undoers[i], err = takeBack(ctx, r, i, unmade, opt); err != nil {
			return nil, fmt.Errorf("undo run %s: %w", r.ID, err)
		}
	}
	for _, u := range undoers {
		u.findParts()
	}
	if err := lookBeside(ctx, all, runs, undoers, unmade, opt); err != nil {
		return nil, err
	}
	if err := lookAttached(ctx, undoers, unmade, opt); err != nil {
		return nil, err
	}
	order := byNeeds(undoers)
	for _, i := range order {
		r := &todo[i]
		err := p.undo(undoers[i], r.RunSummary, opt)
		if limit := (*LimitError)(nil); errors.As(err, &limit) {
			over = errors.Join(over, err)
		} else if err != nil {
			return nil, fmt.Errorf("undo run %s: %w", r.ID, err)
		}
		p.otherRuns(all, r.RunSummary, runs)
	}
	for at, i := range order {
		p.Header.Bindings[at].Seen = p.seenIn(undoers[i].Binding.Target, nil)
	}
	p.seal()
	return p, over
}

// takeBack plans what takes one run back, which is of a binding of the plan.
func takeBack(ctx context.Context, r undoneRun, binding int, unmade unmadeRecords, opt UndoOptions) (*undoer, error) {
	u, err := undoerOf(ctx, r, unmade, opt)
	if err != nil {
		return nil, err
	}
	open, err := openCalls(ctx, opt.State, r.Target, opt.Now)
	if err != nil {
		return nil, err
	}
	u.Damage.Calls = damageOf(opt.State, r.Target).Calls
	u.out.Findings = append(append(u.out.Findings, open...), u.Damage.findings(r.Target)...)
	u.binding = binding
	u.tellForgotten(r)
	for i := range r.written {
		u.one(&r.written[i])
	}
	return u, nil
}

// undo adds what takes one run back to the plan.
func (p *Plan) undo(u *undoer, r RunSummary, opt UndoOptions) error {
	u.keepWorkedOn()
	u.settleParts()
	u.finish()
	u.out.blockTaken(u.Binding.Target.Keys(), u.Present.Records)
	u.out.route(u.Binding, u.Present)
	return u.within(p.addUndone(u, r, u.Present), opt.Limits)
}

// undoerOf reads what a run wrote to, and what is remembered of it.
func undoerOf(ctx context.Context, r undoneRun, unmade unmadeRecords, opt UndoOptions) (*undoer, error) {
	target, err := opt.Open(ctx, *r.Binding)
	if err != nil {
		return nil, fmt.Errorf("open target %s: %w", r.Binding.Connection.Name, err)
	}
	if got := target.Identity(); got != r.Target {
		return nil, &StaleError{fmt.Sprintf("the run wrote to %s, but its connection now leads to %s", r.Target, got)}
	}
	ledger, err := viewLedger(ctx, opt.State, r.Target)
	if err != nil {
		return nil, fmt.Errorf("read the ledger of %s: %w", r.Target, err)
	}
	rowsOf := cmp.Or(r.Binding.Pipeline, r.Pipeline)
	links, err := linksOf(ctx, opt.State, r.Target, rowsOf)
	if err != nil {
		return nil, fmt.Errorf("read the links of %s: %w", r.Target, err)
	}
	known := make([]string, 0, len(r.written))
	for _, w := range r.written {
		if w.Became.Target != "" {
			known = append(known, w.Became.Target)
		} else if w.Target != "" {
			known = append(known, w.Target)
		}
	}
	present, err := ReadPresent(ctx, target, known, opt.Now)
	if err != nil {
		return nil, fmt.Errorf("read the present state of %s: %w", r.Target, err)
	}
	if why := otherAccount(target, r.Binding.Seen); why != "" {
		return nil, &StaleError{fmt.Sprintf("%s does not lead to what the run wrote to: %s; %s", r.Target, why, otherAccountHint)}
	}
	opt.Progress(Step{What: "read " + r.Binding.Connection.Name, Done: int64(present.Records.Len()), Total: int64(present.Records.Len()), Calls: present.Requests})
	u := newUndoer(r.Binding, target, present, ledger, links.own, opt)
	u.Pipeline, u.Shared, u.Damage = rowsOf, links.shared, damageOf(opt.State, r.Target)
	u.unmade, u.digest, u.begun, u.connection = unmade, r.Digest, r.Start, r.Binding.Connection.Name
	u.extends, u.ofUndo = extendedBy(target), strings.HasPrefix(r.Pipeline, undoOf)
	return u, nil
}

func (p *Plan) addUndone(u *undoer, r RunSummary, present *Present) error {
	counts := u.out.Counts
	counts.Read, counts.Current, counts.Records = map[string]int{}, present.Records.Len(), len(u.out.Changes)+counts.Unchanged+counts.Blocked
	p.Header.Bindings = append(p.Header.Bindings, PlanBinding{Model: r.Binding.Model, Resource: r.Binding.Resource, Identity: r.Target, Pipeline: u.Pipeline,
		Connection: r.Binding.Connection, Policy: u.Binding.Policy, Evidence: present.Evidence, ReadAt: present.ReadAt.UTC().Truncate(time.Second),
		Counts: counts, Requests: costOf(u.Binding.Target, present, u.out.Changes), Ledger: true})
	for _, c := range u.out.Changes {
		c.Binding = len(p.Header.Bindings) - 1
		p.Changes = append(p.Changes, c)
	}
	p.Blocked = append(p.Blocked, u.out.Blocked...)
	p.Findings = append(p.Findings, u.out.Findings...)
	return u.Binding.Policy.enforce(r.Binding.Model, counts)
}

// undoer takes back the changes of one run. It is a differ for what it plans.
type undoer struct {
	*differ
	index   *presentIndex
	binding int // place of its run among those that are undone
	unmade  unmadeRecords
	parts   []part              // what the run wrote to records that may go with others
	extends string              // see Extension; "": its records are no parts of others
	ofUndo  bool                // the run was an undo itself
	rowsOf  map[string][]RowKey // the remembered rows of each record; see otherRows
	// The plan of the run, when it began, and the name of its connection.
	digest     string
	begun      time.Time
	connection string
}

func newUndoer(b *PlanBinding, target Target, present *Present, ledger LedgerView, links map[RowKey]string, opt UndoOptions) *undoer {
	policy := b.Policy
	policy.OnMissing = IgnoreMissing
	policy.Allow = slices.Clone(policy.Allow)
	policy.Limits = maps.Clone(policy.Limits)
	for name, limit := range opt.Limits {
		if policy.Limits == nil {
			policy.Limits = map[string]Limit{}
		}
		policy.Limits[name] = limit
	}
	if opt.DeleteCreated && !slices.Contains(policy.Allow, Delete) {
		policy.Allow = append(policy.Allow, Delete)
	}
	d := &differ{out: &Difference{}, allowed: map[Action]bool{}, edits: map[string][]string{}, DiffInput: DiffInput{Present: present, Ledger: ledger, Links: links,
		Binding: &Binding{Model: &Model{Name: b.Model}, Resource: b.Resource, Connection: b.Connection, Target: target, Policy: policy}}}
	for at, f := range present.Records.Schema().fields {
		d.fields = append(d.fields, pairedField{Field: f, model: at, target: at})
	}
	for _, a := range policy.Allow {
		d.allowed[a] = true
	}
	return &undoer{differ: d, index: indexPresent(present, target.Keys())}
}

// one takes one change back.
func (u *undoer) one(w *WrittenChange) {
	switch {
	case slices.Contains(w.Labels, LabelErased):
		u.leave(w, "a person who was forgotten", CodeErased, "what the run wrote is not remembered any more, since the person was forgotten", "")
	case w.Action == Create:
		u.created(w)
	case w.Action == Delete:
		u.deleted(w)
	default:
		u.updated(w)
	}
}

// leave lists a change that is not taken back, or not whole.
func (u *undoer) leave(w *WrittenChange, label, code, reason, hint string) {
	u.out.Blocked = append(u.out.Blocked, BlockedRow{Model: u.Binding.Model.Name, Label: label, Rows: w.Rows, Block: Block{Code: code, Reason: reason, Hint: hint}})
	u.out.Counts.Blocked++
}

// updated restores the fields of a record that still show what was written.
func (u *undoer) updated(w *WrittenChange) {
	if u.extends != "" {
		u.parts = append(u.parts, part{written: w})
		return // until it is known what the undo deletes
	}
	r, found := u.updatedRecord(w)
	if !found {
		u.leaveGone(w)
		return
	}
	ch, since, stuck := u.compared(w, r)
	u.takenBack(w, ch, since, stuck)
}

// leaveGone lists a change whose record is gone.
func (u *undoer) leaveGone(w *WrittenChange) {
	u.leave(w, w.Label, CodeRecordGone, "the record #"+diag.Shorten(w.Target, 60)+" is no longer in the target", "")
}

// takenBack plans what restores the fields of a record, and lists those that stay.
func (u *undoer) takenBack(w *WrittenChange, ch Change, since, stuck []string) {
	if len(since) > 0 {
		u.leave(w, ch.Label, CodeChangedSince, strings.Join(since, "; ")+"; left alone", "decide by hand what it should be")
	}
	if len(stuck) > 0 {
		u.leave(w, ch.Label, CodeNotErasable, "before the run there was nothing in "+strings.Join(stuck, ", ")+", and the target is not known to accept that it is emptied", "empty it there by hand")
	}
	switch {
	case len(ch.Fields) > 0:
		u.out.Counts.Update++
		u.keep(ch)
	case len(since)+len(stuck) == 0:
		u.out.Counts.Unchanged++
	}
}

// updatedRecord finds the record that a run updated.
func (u *undoer) updatedRecord(w *WrittenChange) (Record, bool) {
	r, found := u.index.byID(w.Target)
	if id := w.Became.Target; id != "" {
		r, found = u.index.byID(id) // of a target whose ids are made of keys
	}
	if !found {
		return u.index.renamed(w.Change)
	}
	return r, true
}

// compared is the change that restores the fields of a record that still show what was
// written; what became of others since; and which cannot be emptied.
func (u *undoer) compared(w *WrittenChange, r Record) (ch Change, since, stuck []string) {
	ch = u.changeOf(w, Update, r)
	for _, fc := range w.Fields {
		f, ok := u.field(fc.Field)
		if !ok || f.ReadOnly || sameValue(f.Field, r.Value(f.target), fc.Before) {
			continue // it is as it was
		}
		want, ours := u.restored(f, fc, r)
		switch {
		case !ours:
			since = append(since, u.since(f, fc, r))
		case want.IsErase() && !f.Erasable:
			stuck = append(stuck, f.Name)
		default:
			undone := u.fieldUndone(f, r.Value(f.target), want)
			undone.Ours, undone.Yields = u.ours(f.Field, undone.Before, r.ID()), !fc.Ours
			ch.Fields = append(ch.Fields, undone)
		}
	}
	return ch, since, stuck
}

func (u *undoer) field(name string) (pairedField, bool) {
	at := u.Present.Records.Schema().Index(name)
	if at < 0 {
		return pairedField{}, false
	}
	return u.fields[at], true
}

// restored is the value before the run, and whether the field still shows what the
// run wrote. Of a list whose order means nothing, members that somebody else added
// or took away since stay so.
func (u *undoer) restored(f pairedField, fc FieldChange, r Record) (want Value, ours bool) {
	have := r.Value(f.target)
	want = fc.Before
	if blank(want) {
		want = Erase()
	}
	if u.shows(f, fc, r) {
		return want, true
	}
	if f.Type != StringList || !f.Unordered || blank(have) || blank(fc.After) {
		return want, false
	}
	before, after := set(fc.Before.List()), set(fc.After.List())
	var members []string
	for _, m := range have.List() {
		if !slices.Contains(after, m) || slices.Contains(before, m) {
			members = append(members, m)
		}
	}
	for _, m := range before {
		if !slices.Contains(after, m) {
			members = added(members, []string{m})
		}
	}
	if want = ListValue(members); len(members) == 0 {
		want = Erase()
	}
	return want, !sameValue(f.Field, want, have)
}

// shows reports whether a field shows what a change wrote, as it was sent or in
// the form that the target made of it.
func (u *undoer) shows(f pairedField, fc FieldChange, r Record) bool {
	have := r.Value(f.target)
	e, known := u.entry(r.ID(), f.Name)
	if sameValue(f.Field, have, fc.After) {
		return !known || !e.At.After(u.begun) || sameValue(f.Field, e.Sent, fc.After) // else a later run wrote another one, and somebody took that back
	}
	return known && sameValue(f.Field, e.Sent, fc.After) && sameValue(f.Field, e.Shown, have)
}

// since says what became of a field after the run wrote it, and who did it.
func (u *undoer) since(f pairedField, fc FieldChange, r Record) string {
	return fmt.Sprintf("%s: the run wrote %s, and %s made it %s", f.Name, shownValue(fc.After), u.whoMade(f, r), shownValue(r.Value(f.target)))
}

// whoMade says who gave a field the value that it has, other than the run.
func (u *undoer) whoMade(f pairedField, r Record) string {
	if e, known := u.entry(r.ID(), f.Name); known && sameValue(f.Field, e.Shown, r.Value(f.target)) {
		return "a later run, on " + e.At.UTC().Format(time.DateOnly) + ","
	}
	return "somebody"
}

// shownValue is a value in a sentence.
func shownValue(v Value) string {
	if blank(v) {
		return "(empty)"
	}
	return diag.Shorten(v.String(), 60)
}

func (u *undoer) fieldUndone(f pairedField, before, after Value) FieldChange {
	fc := FieldChange{Field: f.Name, Before: before, After: after, Provenance: Provenance{How: HowUndo},
		Labels: fieldLabels(f.Field, slices.Contains(u.Binding.Target.Keys(), f.Name), before, after)}
	fc.tellMembers(f.Field)
	return fc
}

// changeOf begins the change that takes another one back.
func (u *undoer) changeOf(w *WrittenChange, a Action, r Record) Change {
	ch := Change{Action: a, Resource: u.Binding.Resource, Model: u.Binding.Model.Name, Target: r.ID(), Label: LabelOf(r), Rows: w.Rows}
	if ch.Keys = u.keysOf(r, false); len(ch.Keys) > 0 {
		ch.Key = ch.Keys[0]
	}
	return ch
}

// recordOf finds the record that a create made: by what was verified, or, where
// that is not known or ids are made of keys, by the links of its rows or by its
// key, if it has that still.
func (u *undoer) recordOf(w *WrittenChange) (Record, bool) {
	ids := []string{w.Became.Target}
	for _, o := range w.Rows {
		if o.ID != "" {
			ids = append(ids, u.Links[RowKey{o.Source, o.ID}])
		}
	}
	lasting := w.Became.Target != "" && w.Became.Target != w.Key.Value // not made of the key
	if lasting {
		ids = ids[:1]
	}
	for _, id := range ids {
		if r, found := u.index.byID(id); id != "" && found {
			return r, true
		}
	}
	rows := u.index.carrying([]Key{w.Key})
	if lasting || len(rows) != 1 || w.Became.Status == Drifted || w.Became.Status == Refused {
		return Record{}, false
	}
	return u.Present.Records.Record(int(rows[0])), true
}
