package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/reconkit/reconkit/pipeline/internal/safeguard"
)

// leased runs the applier under the lease of its target.
func (a *applier) leased(ctx context.Context) error {
	keep := context.WithoutCancel(ctx)
	now, lease := a.opt.Now(), leaseOf(a.target)
	if safeguard.On(safeguard.Lease) {
		if err := a.opt.State.Acquire(ctx, lease, a.opt.Holder, now, leaseTime(a.opt.Settle)); err != nil {
			return a.orStopped(ctx, err)
		}
	}
	defer func() {
		if a.keep {
			return // so that nobody believes the target before the call has settled
		}
		if err := a.opt.State.Release(keep, lease, a.opt.Holder); err != nil {
			a.opt.Log.Warn("release lease", "target", lease, "error", err)
		}
	}()
	if err := a.recallDeclined(ctx); err != nil {
		return a.orStopped(ctx, err)
	}
	run := RunRecord{ID: a.runID(), Pipeline: a.plan.Header.Pipeline, Target: a.binding.Identity, Digest: a.plan.Digest, Start: now, Binding: a.binding.withoutLinks(), Approval: a.approval(), Extends: new(extendedBy(a.target))}
	if err := a.opt.State.StartRun(ctx, run); err != nil {
		return a.orStopped(ctx, fmt.Errorf("note the start of the run: %w", err))
	}
	err := whileRenewed(ctx, a.opt, lease, func(ctx context.Context) error {
		err := a.carryOut(ctx)
		a.nameOverwritten(ctx)
		return err
	})
	if !a.keep {
		err = a.orStopped(ctx, err) // in a reading, or before it: what was sent, by this apply or an earlier one, goes on; a verdict that is lost is told
	}
	if err == nil {
		err = a.rememberMarks(keep)
	}
	status := RunDone
	if err != nil || a.result.Stopped != "" {
		status = "stopped"
	}
	return errors.Join(err, a.keepOutcomes(keep, run.ID), a.opt.State.EndRun(keep, run.ID, a.opt.Now(), status, a.count()))
}

// orStopped is an error, unless it is that the apply was told to stop: the result says so then.
func (a *applier) orStopped(ctx context.Context, err error) error {
	if end := ctx.Err(); end != nil && errors.Is(err, end) && a.ended(ctx) {
		return nil
	}
	return err
}

// leaseTime is how long a lease lasts: longer than calls take to settle, by more
// than the time between two renewals.
func leaseTime(settle time.Duration) time.Duration {
	return max(LeaseTime, settle+LeaseTime/4+time.Minute)
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
				if err := opt.State.Renew(ctx, target, opt.Holder, opt.Now(), leaseTime(opt.Settle)); err != nil && ctx.Err() == nil {
					lost(fmt.Errorf("the lease of %s could not be renewed, so that nothing more is written: %w; another apply may have taken over, or the clock of this machine jumped: look, and go on with --resume", target, err))
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
