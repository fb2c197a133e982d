package pipeline

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/reconkit/reconkit/pipeline/internal/safeguard"
)

// The limits of finding out what came of calls.
const (
	notShownShare = 5  // a wave stops for what the target confirms and does not show from one in so many changes on
	refusedShare  = 5  // a call was refused much from one in so many changes on
	refusedCalls  = 2  // in a row that were refused much, before an apply stops
	muchMin       = 10 // changes; of fewer, no share is much
	looksMax      = 12 // readings until what is open settles
)

// laterReads are the times after a call at which a target that does not show
// yet what it confirmed is read again; the last one is when calls have settled.
var laterReads = [...]time.Duration{30 * time.Second, 2 * time.Minute}

// smaller cuts the calls of ways in which a larger call was lost.
func (a *applier) smaller(calls [][]Change) [][]Change {
	var out [][]Change
	for _, call := range calls {
		most := a.most[wayOf(call[0])]
		for most > 0 && len(call) > most {
			out = append(out, call[:most:most])
			call = call[most:]
		}
		out = append(out, call)
	}
	return out
}

// judgeFailures looks at the calls of a wave again, after the read: one without
// an answer that turns out to be carried out was no failure, and what was read
// back makes its way of writing a trusted one.
func (a *applier) judgeFailures(wave [][]Change) {
	for _, call := range wave {
		if a.anyDone(call) {
			a.failures = 0
		}
		if slices.ContainsFunc(call, func(ch Change) bool { return a.status(ch).Done() }) {
			a.trusted[wayOf(call[0])] = true
		}
	}
}

// mustResolve reports whether something must be found out before the next
// wave: calls in a row came to nothing, or the target does not show what it
// confirmed, be it the first change of a way or many.
func (a *applier) mustResolve(wave [][]Change) bool {
	n := 0
	for _, call := range wave {
		n += len(call)
	}
	return a.failures >= failuresMax || a.canaryOpen() || len(a.sent) > 0 && n == 1 || len(a.sent) >= muchMin && len(a.sent)*notShownShare >= n
}

// countRefused stops an apply of which the target refuses more than single
// records.
func (a *applier) countRefused(call []Change) {
	n := 0
	for _, ch := range call {
		if a.status(ch) == Refused {
			n++
		}
	}
	switch {
	case len(call) < muchMin:
		return
	case n*refusedShare < len(call):
		a.refusals = 0
		return
	}
	if a.refusals++; a.refusals == refusedCalls {
		a.stop(fmt.Sprintf("stopped since the target refuses much: %d of the %d changes of the last call; the outcomes say why", n, len(call)))
	}
}

// resolve finds out what came of the changes whose calls got no answer, and of
// those that the target confirmed and does not show, or after which its list is not
// proven to be whole. It waits until they have settled, reads, and returns what is
// ready to be sent: what is proven not to have been carried out, and what was held
// back meanwhile.
func (a *applier) resolve(ctx context.Context, present *presentIndex) (*presentIndex, []Change, error) {
	tired, waited := a.failures >= failuresMax, false
	for step := 0; step < looksMax; step++ {
		until, open := a.settlesAt(step)
		if !open {
			break
		}
		if a.opt.Wait == nil {
			if err := a.giveUp(ctx, present, func(Change) bool { return true }); err != nil {
				return present, nil, err
			}
			if until.After(a.opt.Now()) && !tired && a.pending() {
				a.stop("stopped before everything was written, since the target does not show yet what came of the first calls; go on with --resume after " + until.UTC().Format(time.RFC3339))
			}
			break
		}
		if err := a.opt.Wait(ctx, until.Sub(a.opt.Now())); err != nil {
			if a.ended(ctx) {
				return present, nil, nil
			}
			return present, nil, fmt.Errorf("wait for calls to settle: %w", err)
		}
		next, err := a.reread(ctx, present, a.open())
		if err != nil {
			if a.ended(ctx) {
				return present, nil, nil
			}
			return present, nil, err
		}
		waited = true
		present = a.hear(ctx, next)
		if err := a.lookAgain(ctx, present); err != nil {
			return present, nil, err
		}
	}
	if tired && !waited {
		a.stop(fmt.Sprintf("stopped after %d calls in a row that nothing came of; the outcomes say why", a.failures))
	}
	if a.result.Stopped != "" {
		return present, nil, nil
	}
	a.failures = 0
	if slices.ContainsFunc(a.open(), func(ch *Change) bool { return !present.covers(*ch) }) {
		next, err := a.read(ctx)
		if err != nil {
			if a.ended(ctx) {
				return present, nil, nil
			}
			return present, nil, err
		}
		present = next
	}
	ready := a.check(present, a.changes)
	return present, ready, a.verify(ctx, present)
}

// settlesAt says until when to wait before the next look, if anything is open.
func (a *applier) settlesAt(step int) (until time.Time, open bool) {
	for _, ch := range a.changes {
		var at time.Time
		switch a.status(ch) {
		case Unknown:
			if at = a.earlier[ch.ID]; safeguard.On(safeguard.Settle) {
				at = at.Add(a.opt.Settle)
			}
		case Sent:
			at = a.confirms[ch.ID].Add(a.spaced(step))
		case Blocked:
			since, doubted := a.doubted[ch.ID]
			if !doubted || a.opt.Wait == nil {
				continue
			}
			at = since.Add(a.spaced(step))
		default:
			continue
		}
		if !open || at.After(until) {
			until = at
		}
		open = true
	}
	return until, open
}

// spaced is how long after a call a list that may lag behind is read again.
func (a *applier) spaced(step int) time.Duration {
	if step < len(laterReads) {
		return min(laterReads[step], a.opt.Settle)
	}
	return a.opt.Settle
}

// trustAgain lets go on what waited for the list to be proven whole again, and no
// longer waits once what was written has settled.
func (a *applier) trustAgain(present *presentIndex) {
	for _, ch := range a.changes {
		since, doubted := a.doubted[ch.ID]
		switch {
		case !doubted || a.status(ch) != Blocked:
		case !a.doubtful:
			a.set(ch, Pending, "", "")
			delete(a.doubted, ch.ID)
		case !present.ReadAt.Before(since.Add(a.opt.Settle)):
			delete(a.doubted, ch.ID)
		}
	}
}

// lookAgain verifies what is open by a later read. What has settled and is not
// there was not carried out, if its call got no answer; if the target confirmed
// it, that is all that is known, and it is not sent again.
func (a *applier) lookAgain(ctx context.Context, present *presentIndex) error {
	for i := range a.changes {
		if ch := &a.changes[i]; a.status(*ch) == Unknown && !a.guessed[ch.ID] {
			a.sent = append(a.sent, ch)
		}
	}
	a.trustAgain(present)
	open := slices.Clone(a.sent)
	if err := a.verify(ctx, present); err != nil {
		return err
	}
	for _, ch := range open {
		if a.status(*ch).Done() { // also late: its way of writing comes to something
			a.trusted[wayOf(*ch)] = true
		}
	}
	lost := map[way]int{}
	for _, ch := range a.changes {
		if _, open := a.settles(present, ch); a.status(ch) == Unknown && !open {
			a.set(ch, Pending, "", "a call got no answer, and nothing came of it")
			if !a.guessed[ch.ID] {
				lost[wayOf(ch)]++
			}
		}
	}
	for w, n := range lost {
		a.most[w] = max(1, (n+1)/2)
	}
	return a.giveUp(ctx, present, func(ch Change) bool { return !present.readAt(ch).Before(a.confirms[ch.ID].Add(a.opt.Settle)) })
}

// giveUp no longer waits to be shown what the target confirmed, and remembers
// what it keeps though it should have been taken away. When that is much of what
// it confirmed, nothing more is sent.
func (a *applier) giveUp(ctx context.Context, present *presentIndex, late func(Change) bool) error {
	n := 0
	var kept []LedgerEntry
	for _, ch := range a.changes {
		if a.status(ch) == Sent && late(ch) {
			kept = append(kept, a.keptBy(present, ch)...)
			a.result.unseen[ch.ID] = true
			status := Unseen
			if _, there := present.byID(ch.Target); there && ch.Action == Update && !slices.ContainsFunc(ch.Fields, func(f FieldChange) bool { return !onlyTakesAway(f) }) {
				status = Unverified // it keeps what it was to give away, which is remembered
			}
			a.unsure(ch, status, "", a.result.Outcomes[a.at[ch.ID]].Message)
			if !a.written[ch.ID] {
				n++
			}
		}
	}
	a.sent = slices.DeleteFunc(a.sent, func(ch *Change) bool { return a.status(*ch).Done() })
	if n > 0 && a.opt.Wait != nil && a.pending() && n*notShownShare >= len(a.confirms) {
		a.stop(fmt.Sprintf("stopped since the target confirmed %d changes that it does not show, of %d in all; look at these records before going on", n, len(a.confirms)))
	}
	return a.saveEntries(context.WithoutCancel(ctx), kept)
}

// keptBy are the ledger entries of fields from which an update only takes away,
// and which the target shows as they were.
func (a *applier) keptBy(present *presentIndex, ch Change) (entries []LedgerEntry) {
	r, ok := present.byID(ch.Target)
	if !ok || ch.Action != Update {
		return nil
	}
	for _, f := range ch.Fields {
		if onlyTakesAway(f) && !a.readBack(ch, ch.Target, f.Field) {
			entries = append(entries, LedgerEntry{Record: ch.Target, Field: f.Field, Sent: f.After, Shown: r.Get(f.Field), At: a.opt.Now()})
		}
	}
	return entries
}

// pending reports whether changes were not reached yet.
func (a *applier) pending() bool {
	return slices.ContainsFunc(a.changes, func(ch Change) bool { return a.status(ch) == Pending })
}

// recallCalls learns from the journal which changes an earlier apply of this
// plan sent without getting an answer, and which ones the target confirmed.
func (a *applier) recallCalls(ctx context.Context) error {
	calls, err := a.opt.State.Calls(ctx, a.binding.Identity, a.plan.Digest)
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	ahead, err := a.ofClocksAhead(ctx, calls)
	if err != nil {
		return err
	}
	for _, c := range calls {
		if c.Verdict == nil {
			if c.Verdict, err = a.closeCall(ctx, c); err != nil {
				return err
			}
		}
		if c.Route == RouteForgotten {
			a.suspect(c.Verdict.At)
		}
		for i, ch := range c.Changes {
			a.begun[ch.ID] = c.At
			a.noteExisted(c.Verdict.Outcomes[i])
			delete(a.guessed, ch.ID)
			switch s := c.Verdict.Outcomes[i].Status; {
			case s == Unknown || c.Verdict.Outcomes[i].Partly:
				a.earlier[ch.ID] = c.Verdict.At // it may have left long after it was intended
			default:
				delete(a.earlier, ch.ID)
				if s == Sent && !a.cameBack(ch, c.Verdict.At) && !(ahead[c.Run] && ch.Action == Update) {
					a.written[ch.ID], a.confirms[ch.ID] = true, c.Verdict.At
				}
			}
		}
	}
	if err := a.recallCanary(ctx, calls); err != nil {
		return err
	}
	if err := a.recallOrphans(ctx, calls); err != nil {
		return err
	}
	if len(a.written) > 0 {
		if a.ledger, err = a.opt.State.Entries(ctx, a.binding.Identity); err != nil {
			return fmt.Errorf("read the ledger: %w", err)
		}
	}
	return nil
}

// suspect takes every change that the target did not confirm for one that a call
// carried of which nothing else is known.
func (a *applier) suspect(at time.Time) {
	for _, ch := range a.changes {
		if a.written[ch.ID] {
			continue
		}
		if _, sent := a.earlier[ch.ID]; !sent {
			a.guessed[ch.ID] = true
		}
		a.earlier[ch.ID] = at
	}
}

// cameBack reports whether a change that the target confirmed at some time is to be
// written again. A difference that came back has the digest of the plan that met it
// first: a field has its old value again, or somebody deleted the record. A plan that
// was made after the call had settled saw that.
func (a *applier) cameBack(ch Change, confirmed time.Time) bool {
	made := a.plan.Header.Made
	switch ch.Action {
	case Update:
		return confirmed.Before(made)
	case Create:
		return confirmed.Add(a.opt.Settle).Before(made)
	}
	return false
}

// ofClocksAhead are the runs of other plans of the same digest that a clock dated which was
// ahead: what they wrote is later than this plan by their time alone. A run keeps when its plan
// was read, which tells one plan from another.
func (a *applier) ofClocksAhead(ctx context.Context, calls []CallRecord) (map[string]bool, error) {
	now := a.opt.Now()
	history, ok := a.opt.State.(History)
	if !ok || !slices.ContainsFunc(calls, func(c CallRecord) bool { return c.Verdict != nil && c.Verdict.At.After(now) }) {
		return nil, nil
	}
	runs, err := history.Runs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	ahead := map[string]bool{}
	for i := range runs {
		r := &runs[i]
		ahead[r.ID] = r.Start.After(now) && r.Binding != nil && !r.Binding.ReadAt.Equal(a.binding.ReadAt)
	}
	return ahead, nil
}

// readBack reports whether somebody read a field back since an earlier apply of
// this plan wrote it. What the record shows now is no form of our value then: a
// later run or a person has changed it.
func (a *applier) readBack(ch Change, record, field string) bool {
	if a.written[ch.ID] && a.damage.Entries > 0 {
		return true // for all that is known
	}
	return a.written[ch.ID] && slices.ContainsFunc(a.ledger[record], func(e LedgerEntry) bool {
		return e.Field == field && !e.At.Before(a.confirms[ch.ID])
	})
}

// closeCall writes the verdict of a call whose process ended before it could:
// nobody knows what came of it. It may have left long after it was intended,
// since requests wait for the rate, but no later than the end of its process,
// and the lease of that has run out since. Where the verdict is damaged, the process may
// have ended a moment ago.
func (a *applier) closeCall(ctx context.Context, c CallRecord) (*Verdict, error) {
	at := a.opt.Now().Add(LeaseTime/4 - LeaseTime)
	if at.Before(c.At) {
		at = c.At
	}
	if c.Doubtful {
		at = a.opt.Now()
	}
	v := Verdict{Run: c.Run, Seq: c.Seq, At: at, Outcomes: same(c.Changes, Unknown, "the process ended before the answer was written down, or what was written down is damaged")}
	if err := a.opt.State.Settle(ctx, v); err != nil {
		return nil, fmt.Errorf("write the verdict of an earlier call to the journal: %w", err)
	}
	return &v, nil
}
