package pipeline

import (
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
	Resume   bool
	Settle   time.Duration // 0: SettleDefault
	Progress Progress
	Log      *slog.Logger
	// Decisions say what a person accepted; nil: everything that needs no approval.
	Decisions *Decisions
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
	failuresMax  = 3         // calls in a row that nothing came of before an apply stops
	clockSkewMax = time.Hour // a plan may be this much younger than the clock says
)

// Result is what became of a plan.
type Result struct {
	Run      string
	Outcomes []Outcome // of the changes of the plan, in their order
	Calls    int       // that wrote
	Requests int       // that read the present state
	Window   time.Duration
	// Stopped says why the apply ended before every change was reached; "" when
	// it reached them all.
	Stopped string
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
	if opt.Decisions != nil {
		if err := opt.Decisions.Fit(p); err != nil {
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
	r := &Result{Run: opt.Run, Outcomes: make([]Outcome, len(p.Changes))}
	for i := range r.Outcomes {
		r.Outcomes[i] = Outcome{Change: p.Changes[i].ID, Status: Pending}
	}
	for i, t := range targets {
		a := newApplier(p, i, t, r, opt)
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
		return &StaleError{fmt.Sprintf("the plan has format %d; this reconkit applies format %d: make the plan again", p.Header.Format, PlanFormat)}
	case p.Header.Redacted != "":
		return &StaleError{"the plan is a twin without personal data, for reading only; apply the plan that it was made from, which begins with " + p.Header.Redacted[:min(12, len(p.Header.Redacted))]}
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

	at       map[string]int       // position in the plan by change id
	changes  []Change             // of this binding
	earlier  map[string]time.Time // when a change was sent to which no answer came
	creates  map[Key]bool         // the folded keys by which the plan creates records
	written  map[string]bool      // changes that the target confirmed to an earlier apply of this plan
	seq      int                  // of the last call of this run
	canaries []*canary            // the first update of each way
	trusted  map[way]bool         // ways by which some call has come to something
	failures int                  // calls in a row that nothing came of
	sent     []Change             // since the last read, or found to be there already
}

// way is how changes are written: what goes wrong with one of them may go
// wrong with all.
type way struct {
	action Action
	route  string
}

func wayOf(ch Change) way { return way{ch.Action, ch.Route} }

func newApplier(p *Plan, binding int, t Target, r *Result, opt ApplyOptions) *applier {
	a := &applier{opt: opt, plan: p, binding: p.Header.Bindings[binding], target: t, result: r, answers: opt.Decisions.answers(),
		at: map[string]int{}, earlier: map[string]time.Time{}, written: map[string]bool{}, creates: map[Key]bool{}, trusted: map[way]bool{}}
	for i, c := range p.Changes {
		if c.Binding == binding {
			a.at[c.ID] = i
			a.changes = append(a.changes, c)
			if c.Action == Create {
				a.creates[Key{c.Key.Field, foldKey(c.Key.Value)}] = true
			}
		}
	}
	return a
}

// leased runs the applier under the lease of its target.
func (a *applier) leased(ctx context.Context) error {
	keep := context.WithoutCancel(ctx)
	now := a.opt.Now()
	if err := a.opt.State.Acquire(ctx, a.binding.Identity, a.opt.Holder, now, LeaseTime); err != nil {
		return err
	}
	defer func() {
		if err := a.opt.State.Release(keep, a.binding.Identity, a.opt.Holder); err != nil {
			a.opt.Log.Warn("release lease", "target", a.binding.Identity, "error", err)
		}
	}()
	run := RunRecord{ID: a.runID(), Pipeline: a.plan.Header.Pipeline, Target: a.binding.Identity, Digest: a.plan.Digest, Start: now, Binding: a.binding.withoutLinks()}
	if err := a.opt.State.StartRun(ctx, run); err != nil {
		return fmt.Errorf("note the start of the run: %w", err)
	}
	err := whileRenewed(ctx, a.opt, a.binding.Identity, a.carryOut)
	status := "done"
	if err != nil || a.result.Stopped != "" {
		status = "stopped"
	}
	return errors.Join(err, a.keepOutcomes(keep, run.ID), a.opt.State.EndRun(keep, run.ID, a.opt.Now(), status, a.count()))
}

// whileRenewed calls do while the lease is renewed in the background. When it
// cannot be renewed, the context of do ends, so that no further call begins.
func whileRenewed(ctx context.Context, opt ApplyOptions, target string, do func(context.Context) error) error {
	outer := ctx
	ctx, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(LeaseTime / 4)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if err := opt.State.Renew(ctx, target, opt.Holder, opt.Now(), LeaseTime); err != nil && ctx.Err() == nil {
					lost(fmt.Errorf("the lease of %s could not be renewed, so that nothing more is written: %w", target, err))
					return
				}
			}
		}
	}()
	err := do(ctx)
	cause := context.Cause(ctx)
	lost(nil)
	<-ended
	if err == nil && cause != nil && outer.Err() == nil {
		return cause
	}
	return err
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
	if err := a.opt.State.SaveLinks(ctx, a.binding.Identity, a.binding.Links); err != nil {
		return fmt.Errorf("remember links: %w", err)
	}
	if err := a.rememberDecisions(ctx); err != nil {
		return err
	}
	if len(a.changes) == 0 {
		return nil
	}
	present, err := a.read(ctx)
	if err != nil {
		return err
	}
	ready := a.check(present, a.changes)
	if err := a.interrupted(); err != nil {
		return err
	}
	calls := Pack(a.target, ready)
	if err := a.verify(ctx, present); err != nil {
		return err
	}
	for size := 1; len(calls) > 0 && a.result.Stopped == ""; {
		var wave [][]Change
		wave, calls = a.next(calls, size)
		good, err := a.wave(ctx, present, wave)
		if err != nil {
			return errors.Join(err, a.lookBack(ctx))
		}
		if ctx.Err() != nil {
			a.stop(fmt.Sprintf("stopped before everything was written and verified (%v); go on with --resume", context.Cause(ctx)))
			return nil
		}
		if len(a.sent) > 0 {
			if present, err = a.read(ctx); err != nil && ctx.Err() != nil {
				a.stop(fmt.Sprintf("stopped before everything was written and verified (%v); go on with --resume", context.Cause(ctx)))
				return nil
			}
			if err == nil {
				err = a.verify(ctx, present)
			}
			if err != nil {
				return err
			}
		}
		if size = min(2*size, waveCallsMax); !good {
			size = 1
		}
	}
	return nil
}

// next takes the calls of the next wave: at most size of them. The first
// change of each way of writing travels alone, in a wave of its own, until one
// call of that way has come to something: what goes wrong with it goes wrong
// once.
func (a *applier) next(calls [][]Change, size int) (wave, rest [][]Change) {
	whole := a.wholeCalls()
	for n, call := range calls[:min(size, len(calls))] {
		if whole || a.trusted[wayOf(call[0])] {
			continue
		}
		if n > 0 {
			return calls[:n], calls[n:]
		}
		rest = calls[1:]
		if len(call) > 1 {
			rest = append([][]Change{call[1:]}, rest...)
		}
		return [][]Change{call[:1]}, rest
	}
	n := min(size, len(calls))
	return calls[:n], calls[n:]
}

func (a *applier) wholeCalls() bool {
	w, ok := a.target.(WholeCaller)
	return ok && w.WholeCalls()
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

// recallCalls learns from the journal which changes an earlier apply of this
// plan sent without getting an answer.
func (a *applier) recallCalls(ctx context.Context) error {
	calls, err := a.opt.State.Calls(ctx, a.binding.Identity, a.plan.Digest)
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	for _, c := range calls {
		for i, ch := range c.Changes {
			switch {
			case c.Verdict == nil:
				a.earlier[ch.ID] = c.At
			case c.Verdict.Outcomes[i].Status == Unknown:
				a.earlier[ch.ID] = c.Verdict.At // it may have left long after it was intended
			default:
				delete(a.earlier, ch.ID)
				a.written[ch.ID] = a.written[ch.ID] || c.Verdict.Outcomes[i].Status == Sent
			}
		}
	}
	return nil
}

// interrupted says that Resume is needed: an earlier apply of this plan sent
// changes without getting an answer, and the target does not show them.
func (a *applier) interrupted() error {
	open := 0
	for _, ch := range a.changes {
		if _, sent := a.earlier[ch.ID]; sent && !a.status(ch).Done() {
			open++
		}
	}
	if open == 0 || a.opt.Resume {
		return nil
	}
	return fmt.Errorf("%w: %d changes were sent and got no answer, and the target does not show them; go on with --resume, which sends them again only once that is safe", ErrInterrupted, open)
}

// read reads the present state, which must hold the records that the plan names.
func (a *applier) read(ctx context.Context) (*presentIndex, error) {
	known := make([]string, 0, len(a.changes))
	for _, c := range a.changes {
		if c.Target != "" {
			known = append(known, c.Target)
		}
	}
	p, err := ReadPresent(ctx, a.target, known, a.opt.Now())
	if err != nil {
		return nil, fmt.Errorf("read the present state of %s: %w", a.binding.Identity, err)
	}
	a.result.Requests += p.Requests
	return indexPresent(p, a.target.Keys()), nil
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
