package pipeline_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// forget leaves of a call of the journal only that it was.
func (j *job) forget(at int, answered bool) {
	c := &j.state.calls[at]
	c.Route, c.Changes = pipeline.RouteForgotten, nil
	if c.Verdict != nil {
		c.Verdict.Outcomes = nil
	}
	if !answered {
		c.Verdict = nil
	}
}

// TestLastCallIsForgotten applies a plan again after the last call of its journal was
// damaged and taken out.
func TestLastCallIsForgotten(t *testing.T) {
	j := newJob(t, []row{person(1), person(2)}, []row{person(1).with("note", text("a")), person(2).with("note", text("b"))})
	p := j.plan(t)
	j.apply(t, p)
	j.forget(len(j.state.calls)-1, true)
	if got := statuses(p, j.resume(t, p)); got["Person 01 <p01@example.com>"] != pipeline.Already || got["Person 02 <p02@example.com>"] != pipeline.Already {
		t.Errorf("applied again: %v", got)
	}
}

// TestForgottenCallMayStillBeCarriedOut: nobody knows what a call without an answer sent
// after it was taken out of the journal, so that nothing is sent before it has settled.
func TestForgottenCallMayStillBeCarriedOut(t *testing.T) {
	j := newJob(t, nil, []row{person(1)})
	p := j.plan(t)
	j.target.faults[1] = late
	if got := statuses(p, j.apply(t, p)); got["Person 01 <p01@example.com>"] != pipeline.Unknown {
		t.Fatalf("the answer was lost: %v", got)
	}
	j.forget(0, true)
	if _, err := pipeline.Apply(t.Context(), p, j.options()); !errors.Is(err, pipeline.ErrInterrupted) {
		t.Errorf("without --resume: %v", err)
	}
	r := j.resume(t, p)
	if got := statuses(p, r); got["Person 01 <p01@example.com>"] != pipeline.Unknown || len(j.target.sent()) != 1 {
		t.Errorf("at once: %v after calls %v", got, j.target.sent())
	}
	j.w.advance(pipeline.SettleDefault + time.Minute)
	if got := statuses(p, j.resume(t, p)); got["Person 01 <p01@example.com>"] != pipeline.Already {
		t.Errorf("once it has settled: %v", got)
	}
	if calls := j.target.sent(); len(calls) != 1 || len(j.target.content()) != 1 {
		t.Errorf("calls %v made %q", calls, j.target.content())
	}
	if created, err := j.state.Created(t.Context(), j.target.Identity()); err != nil || len(created) > 0 {
		t.Errorf("of what nobody remembers, %v is said to be ours (%v)", created, err)
	}
}

// TestForgottenCallThatDidNothing: what is not there once the forgotten call has settled
// is sent.
func TestForgottenCallThatDidNothing(t *testing.T) {
	j := newJob(t, nil, []row{person(1), person(2)})
	p := j.plan(t)
	j.target.faults[2] = lostBefore
	j.apply(t, p)
	j.forget(len(j.state.calls)-1, false)
	j.w.advance(pipeline.LeaseTime + pipeline.SettleDefault)
	got := statuses(p, j.resume(t, p))
	if slices.ContainsFunc([]string{"Person 01 <p01@example.com>", "Person 02 <p02@example.com>"}, func(who string) bool { return !got[who].Done() }) || len(j.target.content()) != 2 {
		t.Errorf("ended with %v and %q", got, j.target.content())
	}
}
