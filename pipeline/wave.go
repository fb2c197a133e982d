package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/reconkit/reconkit/pipeline/internal/safeguard"
)

// canary is the first updated record of a way of writing, as it was before.
type canary struct {
	change Change // with the fields that it does not send
	seen   bool   // compared after the write
}

// waves sends changes in waves, each with a read after it, until all are sent,
// or until something must be found out before more is. It returns the last reading.
func (a *applier) waves(ctx context.Context, present *presentIndex, ready []Change) (*presentIndex, error) {
	calls := a.smaller(Pack(a.target, ready))
	for size := 1; len(calls) > 0; {
		var wave [][]Change
		wave, calls = a.next(calls, size)
		good, late, err := a.wave(ctx, present, wave)
		if err != nil {
			return present, errors.Join(err, a.lookBack(ctx))
		}
		if a.ended(ctx) {
			return present, a.lookAtRefused(ctx)
		}
		wave, calls = wave[:len(wave)-late], slices.Concat(wave[len(wave)-late:], calls)
		if late == 0 {
			size = min(2*size, waveCallsMax)
		}
		if !good {
			size = 1
		}
		if len(a.sent) > 0 || late > 0 {
			latest, err := a.rereadFor(ctx, present, calls[:min(size, len(calls))], late)
			if err != nil {
				if a.ended(ctx) {
					return present, nil
				}
				return present, err
			}
			present = a.hear(ctx, latest)
			if err := a.verify(ctx, present); err != nil {
				return present, err
			}
			a.judgeFailures(wave)
		}
		if a.mustResolve(wave) {
			return present, nil
		}
	}
	return present, nil
}

// rereadFor reads what was sent, and what the next calls rest on. When calls of the last
// wave had to wait, it waits first until both the reading and those calls can leave.
func (a *applier) rereadFor(ctx context.Context, present *presentIndex, calls [][]Change, late int) (*presentIndex, error) {
	if late > 0 {
		ctx = Room(ctx, Behind{Reads: a.listCost - 1, Writes: min(late, len(calls))})
	}
	next := slices.Clone(a.sent)
	for _, call := range calls {
		for i := range call {
			next = append(next, &call[i])
		}
	}
	return a.reread(ctx, present, next)
}

// next takes the calls of the next wave: at most size of them.
func (a *applier) next(calls [][]Change, size int) (wave, rest [][]Change) {
	return nextWave(calls, size, func(w way) bool { return a.trusted[w] || wholeCalls(a.target) })
}

// nextWave takes at most size calls. The first change of each way of writing travels
// alone, in a wave of its own, until one call of that way has come to something: what
// goes wrong with it goes wrong once.
func nextWave(calls [][]Change, size int, trusted func(way) bool) (wave, rest [][]Change) {
	for n, call := range calls[:min(size, len(calls))] {
		if trusted(wayOf(call[0])) {
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

func wholeCalls(t Target) bool {
	w, ok := t.(WholeCaller)
	return ok && w.WholeCalls()
}

// wave sends some calls after one read of the present state. It reports
// whether every call got an answer that something came of, and how many calls are
// left that must wait, so that they need another reading.
func (a *applier) wave(ctx context.Context, present *presentIndex, calls [][]Change) (good bool, late int, err error) {
	good = true
	for i, planned := range calls {
		if ctx.Err() != nil || a.result.Stopped != "" {
			return good, 0, nil
		}
		call := a.routed(present, a.check(present, planned))
		if len(call) == 0 {
			continue
		}
		answered, err := a.call(ctx, present, call)
		var waits *LateError
		if errors.As(err, &waits) {
			if a.lates++; waits.Busy {
				a.lates = 0 // nothing is sent while the server wants no requests
			}
			if a.lates >= latesEnd {
				a.stop(fmt.Sprintf("stopped, since others use up the requests of each hour: behind %d readings in a row none was left for the call that rests on it; go on with --resume once they are done", a.lates))
			}
			return good, len(calls) - i, nil
		}
		if err != nil {
			return false, 0, err
		}
		if answered {
			a.failures = 0
			continue
		}
		good = false
		if a.failures++; a.failures >= failuresMax {
			return good, 0, nil
		}
	}
	return good, 0, nil
}

// prompt is how long a call may wait behind its reading. Where an hour allows too few
// requests for a reading and a call behind it, readings alone would use them up.
func (a *applier) prompt() time.Duration {
	if a.lates >= latesMax {
		return longMax
	}
	return promptMax
}

func (a *applier) stop(why string) {
	if a.result.Stopped == "" {
		a.result.Stopped = why
	}
}

// routed leaves out changes that the target can no longer write, or not as
// planned. That it would choose another way for these few changes than it chose
// for the whole plan is no reason: what counts is whether the planned way still
// leads to the record and to no other. A list that is no longer proven to be whole does not
// tell that: another record, which it lacks, may have the key.
func (a *applier) routed(present *presentIndex, call []Change) []Change {
	router, ok := a.target.(Router)
	if !ok || len(call) == 0 {
		return call
	}
	again := append([]Change(nil), call...)
	no := map[int]string{}
	for _, u := range router.Route(again, present.Present) {
		no[u.Index] = u.Reason
	}
	var kept []Change
	for i, ch := range call {
		reason, unroutable := no[i]
		need := a.needUnseen(ch)
		switch {
		case need != nil && need.Action == Create: // whoever has its keys now
			a.set(ch, Blocked, "", unseenWords(need))
		case need != nil && unroutable:
			a.set(ch, Blocked, "", unseenWords(need)+": "+reason)
		case unroutable && !sharedWithin(present, ch):
			a.set(ch, Drifted, "", "it can no longer be written safely: "+reason+"; make a new plan")
		case again[i].Route != ch.Route && present.Evidence.Grade != Proven && safeguard.On(safeguard.Completeness):
			a.set(ch, Blocked, "", "the list of the target is no longer proven to be whole ("+string(present.Evidence.Grade)+"), so that a record which it lacks may have the key by which this one is written; resume once it is whole, or make a new plan, which writes it by its id")
			a.doubt(present, ch)
		case again[i].Route != ch.Route && !present.addresses(ch):
			a.set(ch, Drifted, "", "the record can no longer be addressed as planned ("+ch.Route+"); make a new plan")
		default:
			kept = keepNext(kept, call, i)
		}
	}
	return kept
}

// sharedWithin reports whether a create, which was found to stand, shares a key
// with a record that this plan made, and is addressed by another key.
func sharedWithin(present *presentIndex, ch Change) bool {
	return ch.Action == Create && len(present.carrying(ch.Keys)) > 0 && present.addresses(ch)
}

// call journals and sends one call, and journals what is known of it. Nothing is sent
// when the apply is stopped before the journal has it, which is no error.
func (a *applier) call(ctx context.Context, present *presentIndex, changes []Change) (answered bool, err error) {
	keep := context.WithoutCancel(ctx)
	a.seq++
	c := Call{Run: a.runID(), Seq: a.seq, Target: a.binding.Identity, Digest: a.plan.Digest,
		Route: changes[0].Route, At: a.opt.Now(), Changes: a.withCanary(present, changes)}
	if safeguard.On(safeguard.Intent) {
		switch err := a.opt.State.Intend(ctx, c); {
		case err != nil && ctx.Err() != nil:
			return false, nil
		case err != nil:
			return false, fmt.Errorf("write the journal, so that nothing was sent: %w", err)
		}
	}
	outcomes, sendErr := a.target.Apply(Prompt(ctx, a.prompt()), changes)
	if !safeguard.On(safeguard.Intent) {
		if err := a.opt.State.Intend(keep, c); err != nil {
			return false, err
		}
	}
	if outcomes == nil {
		outcomes = same(changes, Pending, "not sent")
		if withdrawn, err := a.withdraw(keep, c, sendErr); withdrawn || err != nil {
			a.take(c.At, changes, outcomes)
			return false, cmp.Or(err, sendErr)
		}
	} else {
		a.result.Calls++
		a.lates = 0
		for _, ch := range changes {
			a.result.Window = max(a.result.Window, a.opt.Now().Sub(present.readAt(ch)))
			if ch.Action != Create {
				a.rested[ch.ID] = present.readAt(ch)
			}
		}
	}
	if len(outcomes) != len(changes) {
		outcomes = same(changes, Unknown, "the sink gave another number of outcomes than of changes")
	}
	a.take(c.At, changes, outcomes)
	verdict := Verdict{Run: c.Run, Seq: c.Seq, At: a.opt.Now(), Outcomes: outcomes}
	a.noteRefused(verdict)
	if err := a.opt.State.Settle(keep, verdict); err != nil {
		a.keep = true
		return false, errors.Join(fmt.Errorf("write the verdict to the journal: %w", err), sendErr)
	}
	a.countRefused(changes)
	if sendErr != nil && ctx.Err() == nil {
		return false, sendErr
	}
	return a.anyDone(changes), nil
}

// withdraw takes a call out of the journal that came too late to be sent, where the
// journal can do that: it is read and intended again, and may be late again.
func (a *applier) withdraw(ctx context.Context, c Call, sendErr error) (withdrawn bool, err error) {
	journal, ok := a.opt.State.(Withdrawer)
	if late := (*LateError)(nil); !ok || !errors.As(sendErr, &late) {
		return false, nil
	}
	if err := journal.Withdraw(ctx, c.Run, c.Seq); err != nil {
		return false, fmt.Errorf("take a call that was not sent out of the journal: %w", err)
	}
	a.seq--
	return true, nil
}

// same gives every change one status.
func same(changes []Change, s Status, why string) []Outcome {
	outcomes := make([]Outcome, len(changes))
	for i := range outcomes {
		outcomes[i] = Outcome{Change: changes[i].ID, Status: s, Message: why}
	}
	return outcomes
}

// take notes the outcomes that the sink gave to a call that began at some time; what may have been written is
// looked at after the next read.
func (a *applier) take(begun time.Time, changes []Change, outcomes []Outcome) {
	for i, ch := range changes {
		o := outcomes[i]
		a.set(ch, o.Status, o.Target, o.Message)
		delete(a.partly, ch.ID)
		if o.Partly {
			a.partly[ch.ID] = true
		}
		if o.Status == Sent || o.Status == Unknown || o.Partly {
			a.noteExisted(o)
			delete(a.guessed, ch.ID)
			delete(a.foreign, ch.ID)
			a.sent = append(a.sent, &changes[i])
			a.begun[ch.ID], a.carried[ch.ID] = begun, true
		}
		switch o.Status {
		case Unknown:
			a.earlier[ch.ID] = a.opt.Now()
		case Sent:
			delete(a.earlier, ch.ID)
			a.confirms[ch.ID] = a.opt.Now()
		}
	}
	done := 0
	for _, o := range a.result.Outcomes {
		if o.Status != Pending {
			done++
		}
	}
	a.opt.Progress(Step{What: "apply", Done: int64(done), Total: int64(len(a.result.Outcomes)), Calls: a.result.Calls})
}

func (a *applier) anyDone(changes []Change) bool {
	for _, ch := range changes {
		if s := a.status(ch); s == Sent || s.Done() {
			return true
		}
	}
	return false
}

// withCanary notes how the record of the first update of a call was, when it is
// the first of its way, and returns the changes as the journal is to have them.
func (a *applier) withCanary(present *presentIndex, changes []Change) []Change {
	ch := changes[0]
	if wholeCalls(a.target) {
		return changes // such a target has no partial updates to go wrong
	}
	r, ok := present.byID(ch.Target)
	if !ok || ch.Action != Update || slices.ContainsFunc(a.canaries, func(c *canary) bool { return wayOf(c.change) == wayOf(ch) }) {
		return changes
	}
	ch.Kept = nil
	for i, f := range present.Records.Schema().fields {
		sent := slices.ContainsFunc(ch.Fields, func(c FieldChange) bool { return c.Field == f.Name })
		if !sent && !f.ReadOnly {
			ch.Kept = append(ch.Kept, KeptField{f.Name, r.Value(i)})
		}
	}
	a.canaries = append(a.canaries, &canary{change: ch})
	return append([]Change{ch}, changes[1:]...)
}

// recallCanary takes up the first update of a way of writing that an earlier apply sent and
// did not live to compare: had it, another call would follow, or its run would have come to
// an end at which the update was verified.
func (a *applier) recallCanary(ctx context.Context, calls []CallRecord) error {
	if len(calls) == 0 {
		return nil
	}
	last := calls[len(calls)-1]
	if len(last.Changes) == 0 {
		return nil // it is forgotten what it sent; what came before it was compared
	}
	ch := last.Changes[0]
	if _, ours := a.at[ch.ID]; !ours || len(ch.Kept) == 0 {
		return nil
	}
	compared, err := a.verifiedBy(ctx, last.Run, ch.ID)
	if err == nil && !compared {
		a.canaries = append(a.canaries, &canary{change: ch})
	}
	return err
}

// verifiedBy reports whether a run came to its end and had verified a change.
func (a *applier) verifiedBy(ctx context.Context, run, change string) (bool, error) {
	journal, ok := a.opt.State.(RunJournal)
	if !ok {
		return false, nil
	}
	runs, err := journal.Runs(ctx)
	if err != nil {
		return false, fmt.Errorf("read the history: %w", err)
	}
	if !slices.ContainsFunc(runs, func(r RunSummary) bool { return r.ID == run && r.Status == RunDone && !r.Damaged }) {
		return false, nil
	}
	outcomes, err := journal.RunOutcomes(ctx, run)
	if err != nil {
		return false, err
	}
	s := outcomes[change].Status
	return s == Verified || s == Unverified, nil
}

// lookAtCanaries compares the first updated record of each way of writing,
// once, with what it was: a field that was not sent must not have changed.
func (a *applier) lookAtCanaries(present *presentIndex) error {
	kept := a.canaries[:0]
	for _, c := range a.canaries {
		_, unanswered := a.earlier[c.change.ID]
		switch s := a.status(c.change); {
		case c.seen || s == Unknown || s == Sent: // looked at already, or not shown yet
		case !s.Done() && !(s == Drifted && unanswered): // else somebody edited what a call without an answer may have written
			continue // nothing came of it: the next one is the first
		case !c.shown(present):
			continue // and it will not be
		default:
			c.seen = true
			if err := c.compare(present); err != nil && safeguard.On(safeguard.Canary) {
				return err
			}
		}
		kept = append(kept, c)
	}
	a.canaries = kept
	return nil
}

// canaryOpen reports whether the first update of a way was sent, and nobody
// has seen yet what it did.
func (a *applier) canaryOpen() bool {
	return slices.ContainsFunc(a.canaries, func(c *canary) bool {
		s := a.status(c.change)
		return !c.seen && (s == Sent || s == Unknown)
	})
}

// shown reports whether the record is there and no longer as before.
func (c *canary) shown(present *presentIndex) bool {
	r, ok := present.byID(c.change.Target)
	return ok && len(present.matches(r, c.change.Fields, before)) > 0
}

func (c *canary) compare(present *presentIndex) error {
	r, ok := present.byID(c.change.Target)
	if !ok {
		return nil
	}
	for _, k := range c.change.Kept {
		f, ok := present.Records.schema.Lookup(k.Field)
		if !ok || sameValue(f, k.Value, r.Get(k.Field)) {
			continue
		}
		return fmt.Errorf("the first update changed field %s of record %s, which was not sent; nothing more is written: "+
			"the target seems to reset what an update leaves out, or somebody else changed it at that moment: look at the record, and make a new plan", k.Field, c.change.Target)
	}
	return nil
}

// settles says until when a change that was sent without an answer may still
// be carried out, and whether that is open for a reading: what counts is when it
// began.
func (a *applier) settles(present *presentIndex, ch Change) (until time.Time, open bool) {
	at, sent := a.earlier[ch.ID]
	if !sent {
		return time.Time{}, false
	}
	until = at.Add(a.opt.Settle)
	return until, present.readAt(ch).Before(until) && safeguard.On(safeguard.Settle)
}
