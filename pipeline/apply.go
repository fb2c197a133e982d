package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// ApplyOptions are what an apply needs beside the plan.
type ApplyOptions struct {
	Run    string // names this apply; unique among all applies
	Holder string // who applies, for whoever finds the lease taken
	Now    func() time.Time
	// Open connects to the target of a binding, by the references in the plan.
	Open  func(ctx context.Context, b PlanBinding) (Target, error)
	State State
	// Resume allows going on with an apply of the same plan that ended in
	// between. Rows whose call got no answer are sent again only when the
	// target shows, Settle after the call, that nothing came of it.
	Resume bool
	Settle time.Duration // 0: SettleDefault
	// Wait returns after a time, or with an error once ctx is done. With it, an
	// apply waits for calls without an answer to settle, and goes on by itself;
	// nil: their changes stay unknown, and Resume goes on.
	Wait func(ctx context.Context, d time.Duration) error
	// MaxDuration is how long an apply may go on before it stops, to be resumed;
	// 0: as long as it takes.
	MaxDuration time.Duration
	Progress    Progress
	Log         *slog.Logger
	// Approvals say what a person accepted; nil: everything that needs no approval.
	Approvals *Approvals
	// By is who applies, for the history, unless the approvals say who decided.
	By string
	// Approved says that a person has seen the whole plan and agreed, so that nothing
	// needs further approval.
	Approved bool
	// Only names the changes that are to be sent, by id; nil: all.
	Only map[string]bool
}

// Limits of an apply.
const (
	SettleDefault = 10 * time.Minute // a call without an answer may be carried out this late
	// LeaseTime is how long a lease lasts that is not renewed. It is renewed each
	// quarter of it, so that the lease of a process that died outlasts its last
	// call by more than SettleDefault.
	LeaseTime    = 15 * time.Minute
	waveCallsMax = 20        // calls between two reads of the present state
	failuresMax  = 3         // calls in a row that nothing came of before no further one is sent
	rereadsMax   = 2         // further readings of a list that is no longer proven to be whole
	clockSkewMax = time.Hour // a plan may be this much younger than the clock says
)

// Result is what became of a plan.
type Result struct {
	Run      string
	Outcomes []Outcome     // of the changes of the plan, in their order
	Calls    int           // that wrote
	Requests int           // that read the present state
	Window   time.Duration // the longest from the reading of a record to the answer to a call that wrote it
	// Settled counts the fields that both sides changed of which a person took one side:
	// the next plan takes it.
	Settled int
	// Stopped says why the apply ended before every change was reached; "" when
	// it reached them all.
	Stopped string

	// Overwritten counts the changes that took the place of what somebody else made
	// within Window, as the log of the target tells; their outcomes name it. Unheard
	// counts those written of which no log tells whether they did.
	Overwritten, Unheard int

	unseen map[string]bool // changes that the target confirmed and never showed, by id
}

// Count returns the number of outcomes by status.
func (r *Result) Count() map[Status]int {
	n := map[Status]int{}
	for _, o := range r.Outcomes {
		n[o.Status]++
	}
	return n
}

// StaleError says that a plan must not be applied any more, or not here.
type StaleError struct{ Reason string }

func (e *StaleError) Error() string { return e.Reason }

// ErrInterrupted says that an earlier apply of the plan ended with calls that
// got no answer, and that Resume is needed to go on.
var ErrInterrupted = errors.New("an earlier apply of this plan was interrupted")

// Apply carries out a plan: exactly its changes, each only where the target is
// still as the plan says. The intent of each call is in the journal before the
// call leaves, and what was written is read back. Result is not nil when
// anything may have been sent, also beside an error.
//
// When ctx is done no further call begins; a call under way is finished first.
func Apply(ctx context.Context, p *Plan, opt ApplyOptions) (*Result, error) {
	if opt.Settle < 0 || opt.MaxDuration < 0 {
		return nil, fmt.Errorf("apply with a settle time of %s and a longest time of %s: neither can be negative", opt.Settle, opt.MaxDuration)
	}
	if opt.Settle == 0 {
		opt.Settle = SettleDefault
	}
	if opt.Progress == nil {
		opt.Progress = func(Step) {}
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if err := p.fresh(opt.Now()); err != nil {
		return nil, err
	}
	if opt.Approvals != nil {
		if err := opt.Approvals.Fit(p); err != nil {
			return nil, err
		}
	}
	targets := make([]Target, len(p.Header.Bindings))
	for i, b := range p.Header.Bindings {
		t, err := opt.Open(ctx, b)
		if err != nil {
			return nil, fmt.Errorf("open target %s: %w", b.Connection.Name, err)
		}
		if got := t.Identity(); got != b.Identity {
			return nil, &StaleError{fmt.Sprintf("the plan was made for %s, but its connection now leads to %s; make a plan for that target", b.Identity, got)}
		}
		targets[i] = t
	}
	r := &Result{Run: opt.Run, Outcomes: make([]Outcome, len(p.Changes)), unseen: map[string]bool{}}
	for i := range r.Outcomes {
		r.Outcomes[i] = Outcome{Change: p.Changes[i].ID, Status: Pending}
	}
	if opt.MaxDuration > 0 {
		limited, cancel := context.WithTimeoutCause(ctx, opt.MaxDuration, fmt.Errorf("the longest time of %s is over", opt.MaxDuration))
		defer cancel()
		ctx = limited
	}
	taken := map[string]superseded{} // of all bindings, since changes need others
	for i, t := range targets {
		a := newApplier(p, i, t, r, opt)
		a.superseded = taken
		if err := a.leased(ctx); err != nil || r.Stopped != "" {
			return r, err
		}
	}
	return r, nil
}

// fresh checks what can be checked without the target.
func (p *Plan) fresh(now time.Time) error {
	switch {
	case p.Header.Format != PlanFormat:
		return &StaleError{fmt.Sprintf("the plan has format %d; this reconkit applies format %d alone, since it may lack what decides about writes: make the plan again", p.Header.Format, PlanFormat)}
	case p.Header.Redacted != "":
		return &StaleError{"the plan is a twin without personal data, for reading only; apply the plan that it was made from, whose digest begins with " + p.Header.Redacted[:min(12, len(p.Header.Redacted))] + ", or make the plan again where that is gone, as after state forget"}
	case p.digest() != p.Digest:
		return &StaleError{"the changes of the plan do not fit its digest; make the plan again"}
	case now.After(p.Header.Expires):
		return &StaleError{"the plan expired on " + p.Header.Expires.Format(time.RFC3339) + "; make the plan again"}
	case now.Before(p.Header.Made.Add(-clockSkewMax)):
		return &StaleError{"the plan was made in the future (" + p.Header.Made.Format(time.RFC3339) + "); check the clock of this machine"}
	}
	return nil
}

// applier carries out the changes of one binding.
type applier struct {
	opt      ApplyOptions
	plan     *Plan
	binding  PlanBinding
	target   Target
	result   *Result
	answers  *answers             // nil: nobody decided row by row
	declined map[string]time.Time // when a person said no, by change

	at       map[string]int           // position in the plan by change id
	changes  []Change                 // of this binding; those of the plan itself where it has one binding
	ofRecord map[string][]int32       // places in changes by record of the target; see leaves
	earlier  map[string]time.Time     // when a change was sent to which no answer came
	carried  map[string]bool          // changes that calls of this apply carried
	begun    map[string]time.Time     // when the last call of a change was intended that left, or may have
	guessed  map[string]bool          // changes in earlier of which nobody knows that a call carried them
	foreign  map[string]bool          // changes in earlier only since a call of another plan is open
	existed  map[string]bool          // creates in earlier of which every call found the record there: nothing of it is ours
	partly   map[string]bool          // changes of calls that the target refused as a whole, and may have kept in part
	refused  []Verdict                // of such calls, until a reading shows what came of them
	others   []Change                 // creates of other plans that got no answer
	behind   map[string]bool          // changes in earlier only since a call to the records that they belong to is open
	confirms map[string]time.Time     // when the target confirmed a change, to this or an earlier apply of this plan
	written  map[string]bool          // changes that it confirmed to an earlier one
	madeAs   map[string]string        // records that earlier applies of the plan made, by change
	ledger   map[string][]LedgerEntry // by record, from before this apply; nil: no change is in written
	damage   Damage                   // of what is remembered
	lost     map[RowKey]bool          // rows of this pipeline whose link is damaged
	creates  map[Key]int32            // places in changes by the folded keys by which the plan creates records
	places   map[string]int           // see change
	created  map[string]string        // which pipeline created each record, where the memory tells
	links    map[RowKey]string        // which record each source row is by now
	shared   map[string][]string      // other pipelines that have rows which became a record
	rowsOf   map[string][]RowKey      // the remembered rows of each record, where something is to be deleted
	seq      int                      // of the last call of this run
	canaries []*canary                // the first update of each way
	trusted  map[way]bool             // ways by which some call has come to something
	most     map[way]int              // changes of a call, once a larger one was lost
	failures int                      // calls in a row that nothing came of
	lates    int                      // readings in a row behind which no call could leave at once
	refusals int                      // calls in a row of which the target refused much
	sent     []*Change                // what the next read is to show, and what was found to be there already
	doubted  map[string]time.Time     // changes that wait for the list to be proven whole again, and since when
	doubtful bool                     // the list is no longer proven to be whole, however often it is read
	listCost int                      // requests that the last reading of the whole list took
	orphans  map[string]time.Time     // when a call of a process that died was intended that carried a change, by change
	rested   map[string]time.Time     // when the record was read that a call of this apply changed, by change
	latest   *presentIndex            // the last reading
	deaf     bool                     // the log of the target cannot be read by us
	told     map[string]string        // what it tells of changes that are not as they were sent, by change
	// Changes that an earlier apply of the plan wrote and a later one of ours took back, by id.
	superseded map[string]superseded
	newer      bool // a plan that was made later has been applied
	replanned  bool // and it was one of the pipeline whose rows this one is about
	keep       bool // the lease, since the verdict of a call could not be written
}

// way is how changes are written: what goes wrong with one of them may go
// wrong with all.
type way struct {
	action Action
	route  string
}

func wayOf(ch Change) way { return way{ch.Action, ch.Route} }

func newApplier(p *Plan, binding int, t Target, r *Result, opt ApplyOptions) *applier {
	a := &applier{opt: opt, plan: p, binding: p.Header.Bindings[binding], target: t, result: r, answers: opt.Approvals.answers(p),
		at: make(map[string]int, len(p.Changes)), earlier: map[string]time.Time{}, guessed: map[string]bool{}, foreign: map[string]bool{}, existed: map[string]bool{}, partly: map[string]bool{}, behind: map[string]bool{}, carried: map[string]bool{}, begun: map[string]time.Time{}, confirms: map[string]time.Time{}, written: map[string]bool{},
		creates: map[Key]int32{}, trusted: map[way]bool{}, most: map[way]int{}, doubted: map[string]time.Time{}, told: map[string]string{}, rested: map[string]time.Time{}}
	for i := range p.Changes {
		c := &p.Changes[i]
		if c.Binding != binding {
			continue
		}
		a.at[c.ID] = i
		a.changes = keepNext(a.changes, p.Changes, i)
		if c.Action == Create {
			a.creates[Key{c.Key.Field, foldKey(c.Key.Value)}] = int32(len(a.changes) - 1)
		}
	}
	return a
}

// keepNext adds the change at i to those that are kept of all. As long as none is left
// out, what is kept is a part of all and nothing is copied: changes are large, and most
// of most lists are kept. Neither is to be changed.
func keepNext(kept, all []Change, i int) []Change {
	if len(kept) == i {
		return all[: i+1 : i+1]
	}
	return append(kept, all[i])
}

// runID names the part of the run that is about this binding.
func (a *applier) runID() string {
	return a.opt.Run + "/" + a.binding.Model + "/" + a.binding.Connection.Name + "/" + a.binding.Resource
}

// count returns the number of outcomes of this binding by status.
func (a *applier) count() map[Status]int {
	n := map[Status]int{}
	for _, ch := range a.changes {
		n[a.status(ch)]++
	}
	return n
}

// carryOut sends the changes in waves.
func (a *applier) carryOut(ctx context.Context) error {
	if err := a.recallCalls(ctx); err != nil {
		return err
	}
	if err := a.recallLinks(ctx); err != nil {
		return err
	}
	if err := a.recallMadeAs(ctx); err != nil {
		return err
	}
	if err := a.rememberUnread(ctx); err != nil {
		return err
	}
	if err := a.savePlanned(ctx); err != nil {
		return err
	}
	if err := a.rememberWeights(ctx); err != nil {
		return err
	}
	if err := a.rememberAsked(ctx); err != nil {
		return err
	}
	if err := a.rememberAnswers(ctx); err != nil {
		return err
	}
	if len(a.changes) == 0 {
		return nil
	}
	a.recallMade()
	present, err := a.read(ctx)
	if err != nil {
		return err
	}
	if err := a.sameAccount(); err != nil {
		return err
	}
	if err := a.recallSuperseded(ctx, present); err != nil {
		return err
	}
	if err := a.recallOthers(ctx, present); err != nil {
		return err
	}
	if err := a.recallUnread(ctx, present); err != nil {
		return err
	}
	ready := a.check(present, a.changes)
	if err := a.interrupted(); err != nil {
		return err
	}
	if err := a.verify(ctx, present); err != nil {
		return err
	}
	present = a.hear(ctx, present)
	for idle := 0; ; {
		before := a.doneChanges()
		if !a.canaryOpen() {
			if present, err = a.waves(ctx, present, ready); err != nil || a.ended(ctx) {
				return err
			}
		}
		if present, ready, err = a.resolve(ctx, present); err != nil || a.ended(ctx) || len(ready) == 0 {
			return err
		}
		if idle++; a.doneChanges() > before {
			idle = 0
		}
		if idle == failuresMax {
			a.stop(fmt.Sprintf("stopped after %d attempts in a row that nothing came of; the outcomes say why", idle))
			return nil
		}
	}
}

// ended notes that the apply must not go on, if so.
func (a *applier) ended(ctx context.Context) bool {
	if ctx.Err() != nil {
		a.stop(fmt.Sprintf("stopped before everything was written and verified (%v); go on with --resume", context.Cause(ctx)))
	}
	return a.result.Stopped != ""
}

// doneChanges counts the changes about which nothing remains to be done.
func (a *applier) doneChanges() int {
	n := 0
	for _, ch := range a.changes {
		if a.status(ch).Done() {
			n++
		}
	}
	return n
}

// lookBack verifies what a wave wrote before an error ended it. That it cannot
// be read back is not the news: a later run looks at it again.
func (a *applier) lookBack(ctx context.Context) error {
	if len(a.sent) == 0 || ctx.Err() != nil {
		return nil
	}
	present, err := a.read(ctx)
	if err != nil {
		a.opt.Log.Warn("read back what was written", "target", a.binding.Identity, "error", err)
		return nil
	}
	return a.verify(ctx, present)
}

// interrupted says that Resume is needed: an earlier apply of this plan sent
// changes without getting an answer, and the target does not show them.
func (a *applier) interrupted() error {
	open := 0
	for _, ch := range a.changes {
		_, taken := a.takenBack(&ch)
		if _, sent := a.earlier[ch.ID]; sent && !taken && !a.foreign[ch.ID] && !a.status(ch).Done() {
			open++
		}
	}
	if open == 0 || a.opt.Resume {
		return nil
	}
	return fmt.Errorf("%w: %d changes were sent and got no answer, and the target does not show them; --resume sends them again only once that is safe", ErrInterrupted, open)
}

// read reads the present state, which must hold the records that the plan names, but for
// those that it deleted.
// A list that was proven to be whole for the plan and no longer is may have
// changed while it was read, and is read again.
func (a *applier) read(ctx context.Context) (*presentIndex, error) {
	known := make([]string, 0, len(a.changes))
	for _, c := range a.changes {
		if c.Target != "" && (c.Action != Delete || !a.status(c).Done()) {
			known = append(known, c.Target)
		}
	}
	least := a.binding.Policy.Accept
	for again := 0; ; again++ {
		asked, ctx := a.opt.Now(), roomFor(ctx, cmp.Or(a.listCost, a.binding.Requests.Read))
		p, err := ReadPresent(ctx, a.target, known, asked)
		if err != nil {
			return nil, fmt.Errorf("read the present state of %s: %w", a.binding.Identity, err)
		}
		p.ReadAt = readSince(ctx, asked, p.ReadAt)
		a.result.Requests += p.Requests
		a.listCost = p.Requests
		good := p.Evidence.Grade.AtLeast(least) || !a.binding.Evidence.Grade.AtLeast(least)
		if good || a.doubtful || again == rereadsMax {
			a.doubtful = !good
			return indexPresent(p, a.target.Keys()), nil
		}
	}
}

// set notes the outcome of a change; an empty target leaves the id that is
// known already.
func (a *applier) set(ch Change, s Status, target, message string) {
	o := &a.result.Outcomes[a.at[ch.ID]]
	o.Status, o.Message = s, message
	if target != "" {
		o.Target = target
	}
}

func (a *applier) status(ch Change) Status { return a.result.Outcomes[a.at[ch.ID]].Status }
