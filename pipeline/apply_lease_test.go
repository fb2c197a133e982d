package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

func TestLeaseThatIsHeld(t *testing.T) {
	j := newJob(t, nil, people(1, 2))
	plan := j.plan(t)
	if err := j.state.Acquire(t.Context(), "fake shop", "Anna's laptop", j.w.Now(), time.Hour); err != nil {
		t.Fatal(err)
	}
	_, err := pipeline.Apply(t.Context(), plan, j.options())
	var held *pipeline.LeaseHeldError
	if !errors.As(err, &held) || held.Holder != "Anna's laptop" || len(j.target.calls) != 0 {
		t.Errorf("apply: %v after %d calls", err, len(j.target.calls))
	}
	j.w.advance(time.Hour)
	if r := j.apply(t, plan); r.Count()[pipeline.Verified] != 2 {
		t.Errorf("once the lease ran out: %v", r.Count())
	}
	if len(j.state.leases) != 0 {
		t.Error("the lease was not given back")
	}
}

// waitingTarget takes real (bubble) time for each call.
type waitingTarget struct {
	*target
	by time.Duration
}

func (s *waitingTarget) Apply(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	time.Sleep(s.by) // in a synctest bubble: no real time passes
	return s.target.Apply(context.WithoutCancel(ctx), changes)
}

func TestLeaseLostInTheMiddleStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJob(t, nil, people(1, 10))
		plan := j.plan(t)
		j.state.renewed = func() error { return errors.New("taken over by another") }
		opt := j.options()
		opt.Open = func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) {
			return &waitingTarget{j.target, pipeline.LeaseTime / 8}, nil
		}
		r, err := pipeline.Apply(t.Context(), plan, opt)
		if err == nil || !strings.Contains(err.Error(), "taken over by another") {
			t.Fatalf("apply: %v", err)
		}
		// The call in flight is finished; none begins after the lease is lost.
		if n := len(j.target.calls); n == 0 || n > 3 {
			t.Errorf("%d calls", n)
		}
		if r.Stopped == "" || r.Count()[pipeline.Pending] < 7 {
			t.Errorf("stopped %q: %v", r.Stopped, r.Count())
		}
	})
}

// slowJournal takes real (bubble) time to write one call down.
type slowJournal struct {
	*memory
	at int // which of the calls
	by time.Duration
}

func (s *slowJournal) Intend(ctx context.Context, c pipeline.Call) error {
	if s.at--; s.at == 0 {
		time.Sleep(s.by) // in a synctest bubble: no real time passes
	}
	return s.memory.Intend(ctx, c)
}

// A lease that is lost at the moment in which a call is written down is what the apply
// tells of; nothing of that call is sent, and it is resumed.
func TestLeaseLostWhileACallIsJournalled(t *testing.T) {
	for at := 1; at <= 3; at++ {
		synctest.Test(t, func(t *testing.T) {
			j := newJob(t, nil, people(1, 10))
			plan := j.plan(t)
			j.state.renewed = func() error { return errors.New("taken over by another") }
			opt := j.options()
			opt.State = &slowJournal{j.state, at, pipeline.LeaseTime/4 + time.Second}
			r, err := pipeline.Apply(t.Context(), plan, opt)
			if err == nil || !strings.Contains(err.Error(), "taken over by another") || r.Stopped == "" || len(j.target.calls) != at-1 {
				t.Errorf("lost at call %d: %v, %d calls, %+v", at, err, len(j.target.calls), r)
			}
			j.state.renewed = nil
			opt = j.options()
			opt.Resume = true
			if r, err := pipeline.Apply(t.Context(), plan, opt); err != nil || r.Count()[pipeline.Verified]+r.Count()[pipeline.Already] != 10 {
				t.Errorf("resumed after call %d: %v, %v", at, err, r)
			}
		})
	}
}

func TestLeaseIsRenewedWhileItLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJob(t, nil, people(1, 4))
		plan := j.plan(t)
		n := 0
		j.state.renewed = func() error { n++; return nil }
		opt := j.options()
		opt.Open = func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) {
			return &waitingTarget{j.target, pipeline.LeaseTime}, nil
		}
		if _, err := pipeline.Apply(t.Context(), plan, opt); err != nil {
			t.Fatal(err)
		}
		if n < 4*3 { // four calls of the whole time of a lease each
			t.Errorf("renewed %d times", n)
		}
	})
}

func TestCancelBetweenCallsCanBeResumed(t *testing.T) {
	undisturbed := mixed(t)
	undisturbed.apply(t, undisturbed.plan(t))
	want, calls := undisturbed.target.content(), len(undisturbed.target.calls)
	for after := 1; after < calls; after++ {
		j := mixed(t)
		plan := j.plan(t)
		ctx, cancel := context.WithCancel(t.Context())
		opt := j.options()
		stopping := &cancelling{target: j.target, after: after, cancel: cancel}
		opt.Open = func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) { return stopping, nil }
		r, err := pipeline.Apply(ctx, plan, opt)
		cancel()
		if err != nil || !strings.Contains(r.Stopped, "--resume") || len(j.target.calls) != after {
			t.Fatalf("after %d calls: %v, %q, %d calls", after, err, r.Stopped, len(j.target.calls))
		}
		if len(j.state.leases) != 0 {
			t.Error("the lease was kept")
		}
		j.resume(t, plan)
		if diff := cmp.Diff(j.target.content(), want); diff != "" {
			t.Errorf("cancelled after %d calls (-got +want):\n%s", after, diff)
		}
	}
}

type cancelling struct {
	*target
	after  int
	cancel func()
}

func (c *cancelling) Apply(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	if c.after--; c.after == 0 {
		c.cancel()
		ctx = context.WithoutCancel(ctx) // the call is on its way
	}
	return c.target.Apply(ctx, changes)
}
