package pipeline

import (
	"context"
	"fmt"
	"slices"
)

// A target that refuses a call of several records as a whole may have kept some of them
// all the same: it worked through them until something was in the way, such as a limit.
// The next reading shows them. As long as none has, such a call is as open as one without
// an answer, for an apply that goes on with the plan and for other plans.

// noteRefused keeps the verdict of a call that was refused as a whole.
func (a *applier) noteRefused(v Verdict) {
	if slices.ContainsFunc(v.Outcomes, func(o Outcome) bool { return o.Partly }) {
		a.refused = append(a.refused, v)
	}
}

// lookAtRefused reads what came of calls that were refused as a whole, where the apply
// stops for them.
func (a *applier) lookAtRefused(ctx context.Context) error {
	if len(a.refused) == 0 {
		return nil
	}
	return a.lookBack(ctx)
}

// lookAtRefusedAgain has the next look at what was sent find what came of calls that were
// refused as a whole, of which no reading has told for sure.
func (a *applier) lookAtRefusedAgain() {
	if len(a.refused) == 0 {
		return
	}
	looked := make(map[string]bool, len(a.sent))
	for _, ch := range a.sent {
		looked[ch.ID] = true
	}
	for _, v := range a.refused {
		for _, o := range v.Outcomes {
			if ch := &a.plan.Changes[a.at[o.Change]]; o.Partly && !looked[o.Change] && !a.status(*ch).Done() {
				a.sent = append(a.sent, ch)
			}
		}
	}
}

// closeRefused writes to the journal what a reading showed of calls that were refused as a
// whole: what the target kept was sent, and the rest came to nothing. A list that is not
// proven to be whole does not tell that.
func (a *applier) closeRefused(ctx context.Context, present *presentIndex) error {
	open := a.refused
	a.refused = nil
	for _, v := range open {
		if present.Evidence.Grade != Proven || present.ReadAt.Before(v.At) {
			a.refused = append(a.refused, v)
			continue
		}
		v.Outcomes = slices.Clone(v.Outcomes)
		for i := range v.Outcomes {
			o := &v.Outcomes[i]
			if became := a.result.Outcomes[a.at[o.Change]]; o.Partly && became.Status.Done() {
				o.Status, o.Target = Sent, became.Target
			}
			o.Partly = false
		}
		if err := a.opt.State.Settle(ctx, v); err != nil {
			return fmt.Errorf("write what came of a refused call to the journal: %w", err)
		}
	}
	return nil
}

// refusedWords say of a change that the target shows that it was refused.
func (a *applier) refusedWords(ch Change) string {
	if !a.partly[ch.ID] {
		return ""
	}
	return "the target refused the whole call, and kept this record all the same"
}
