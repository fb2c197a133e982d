package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

// mixed is a job whose plan has creates, updates and deletes: people 1 to 5
// are to be updated, 6 and 7 are gone from the source, 8 to 12 are new, and 13
// is as it should be.
func mixed(t testing.TB) *job {
	t.Helper()
	var existing, desired []row
	for n := 1; n <= 7; n++ {
		existing = append(existing, person(n).with("note", text("kept")))
	}
	existing = append(existing, person(13))
	for n := 1; n <= 5; n++ {
		desired = append(desired, person(n).with("phone", text(fmt.Sprintf("+49 %d", n))))
	}
	for n := 8; n <= 13; n++ {
		desired = append(desired, person(n))
	}
	j := newJob(t, existing, desired)
	j.policy.OnMissing = pipeline.DeleteMissing
	var links []pipeline.RowLink
	for n := 1; n <= 7; n++ {
		links = append(links, pipeline.RowLink{Source: "fair", ID: fmt.Sprintf("N%02d", n), Target: fmt.Sprintf("t%03d", n)})
	}
	if err := j.state.SaveLinks(t.Context(), j.target.Identity(), links); err != nil {
		t.Fatal(err)
	}
	j.created(t, "t006", "t007") // so that they may go
	j.target.pack = 2
	return j
}

func TestDeathAtAnyPointEndsAsUndisturbed(t *testing.T) {
	undisturbed := mixed(t)
	plan := undisturbed.plan(t)
	if c := plan.Total(); c.Create != 5 || c.Update != 5 || c.Delete != 2 {
		t.Fatalf("the plan creates %d, updates %d, deletes %d", c.Create, c.Update, c.Delete)
	}
	first := len(undisturbed.w.events)
	for id, s := range statuses(plan, undisturbed.apply(t, plan)) {
		if s != pipeline.Verified {
			t.Fatalf("%s ended %s", id, s)
		}
	}
	want, effects := undisturbed.target.content(), len(undisturbed.w.events)-first
	if len(want) != 11 || effects < 20 {
		t.Fatalf("%d records after %d effects", len(want), effects)
	}
	wantLinks, _ := undisturbed.state.Links(t.Context(), "fake shop")
	for at := 1; at <= effects; at++ {
		for _, mode := range []string{"before", "half", "after"} {
			t.Run(fmt.Sprintf("%d %s", at, mode), func(t *testing.T) {
				j := mixed(t)
				plan := j.plan(t)
				j.w.dieAt, j.w.mode = len(j.w.events)+at, mode
				if _, err := pipeline.Apply(t.Context(), plan, j.options()); !errors.Is(err, errDead) && !j.w.dead {
					t.Fatalf("the process did not die: %v", err)
				}
				j.w.revive()
				j.w.advance(pipeline.SettleDefault + pipeline.LeaseTime)
				r := j.resume(t, plan)
				for i, o := range r.Outcomes {
					if !o.Status.Done() {
						t.Errorf("%s ended %s: %s", plan.Changes[i].Label, o.Status, o.Message)
					}
				}
				if diff := cmp.Diff(j.target.content(), want); diff != "" {
					t.Errorf("target after resume (-got +want):\n%s", diff)
				}
				links, _ := j.state.Links(t.Context(), "fake shop")
				if len(links) != len(wantLinks) {
					t.Errorf("got %d links, want %d", len(links), len(wantLinks))
				}
				again := j.resume(t, plan)
				if n := again.Count()[pipeline.Already]; n != len(plan.Changes) || again.Calls != 0 {
					t.Errorf("the third apply: %v in %d calls", again.Count(), again.Calls)
				}
			})
		}
	}
}

// After an apply, whatever one fault does to one of its calls, and a resume
// once it is settled, the target is as it should be and nothing is doubled.
func TestAnySingleFaultEndsAsUndisturbed(t *testing.T) {
	undisturbed := mixed(t)
	undisturbed.apply(t, undisturbed.plan(t))
	want, calls := undisturbed.target.content(), len(undisturbed.target.calls)
	hits := map[fault]int{}
	for call := 1; call <= calls; call++ {
		for _, f := range []fault{refuse, lostBefore, lostAfter, late, stopHard, stopSoft, miscount} {
			t.Run(fmt.Sprintf("%s %d", f, call), func(t *testing.T) {
				j := mixed(t)
				plan := j.plan(t)
				j.target.faults[call] = f
				if _, err := pipeline.Apply(t.Context(), plan, j.options()); (err != nil) != (f == stopHard || f == stopSoft) {
					t.Fatalf("apply: %v", err)
				}
				if len(j.target.calls) >= call {
					hits[f]++
				}
				j.w.advance(pipeline.SettleDefault)
				j.resume(t, plan)
				if diff := cmp.Diff(j.target.content(), want); diff != "" {
					t.Errorf("target after resume (-got +want):\n%s", diff)
				}
			})
		}
	}
	for f, n := range hits {
		if n != calls {
			t.Errorf("fault %s hit %d of %d calls", f, n, calls)
		}
	}
}

func TestUnansweredCreateIsSentAgainOnlyAfterSettling(t *testing.T) {
	j := newJob(t, nil, []row{person(1)})
	plan := j.plan(t)
	j.target.faults[1] = lostBefore
	r := j.apply(t, plan)
	if got := r.Outcomes[0].Status; got != pipeline.Unknown {
		t.Fatalf("without an answer: %s", got)
	}
	if _, err := pipeline.Apply(t.Context(), plan, j.options()); !errors.Is(err, pipeline.ErrInterrupted) {
		t.Fatalf("without resume: %v", err)
	}
	j.w.advance(pipeline.SettleDefault - time.Minute)
	if r := j.resume(t, plan); r.Outcomes[0].Status != pipeline.Unknown || len(j.target.calls) != 1 {
		t.Fatalf("before it settled: %+v after %d calls", r.Outcomes[0], len(j.target.calls))
	}
	j.w.advance(time.Minute)
	if r := j.resume(t, plan); r.Outcomes[0].Status != pipeline.Verified || len(j.target.calls) != 2 {
		t.Fatalf("after it settled: %+v after %d calls", r.Outcomes[0], len(j.target.calls))
	}
}

// The time of settling counts from the end of the call, which may have waited
// long before it left.
func TestSettlingCountsFromTheVerdict(t *testing.T) {
	j := newJob(t, nil, []row{person(1)})
	plan := j.plan(t)
	j.target.faults[1] = lostBefore
	slow := &slowTarget{target: j.target, by: time.Hour}
	opt := j.options()
	opt.Open = slow.open
	if _, err := pipeline.Apply(t.Context(), plan, opt); err != nil {
		t.Fatal(err)
	}
	if r := j.resume(t, plan); len(j.target.calls) != 1 {
		t.Fatalf("sent again within the time of settling: %+v", r.Outcomes[0])
	}
}

// slowReader takes its time for a reading, after it has looked.
type slowReader struct {
	*target
	by time.Duration
}

func (s *slowReader) Present(ctx context.Context, known []string) (*pipeline.Present, error) {
	p, err := s.target.Present(ctx, known)
	s.w.advance(s.by)
	return p, err
}

// What counts is when a reading began: one that lasts until a call has settled
// does not show what came of it in between.
func TestSettlingEndsBeforeTheReading(t *testing.T) {
	j := newJob(t, nil, []row{person(1)})
	plan := j.plan(t)
	j.target.faults[1] = lostBefore
	j.apply(t, plan)
	j.w.advance(pipeline.SettleDefault - time.Minute)
	slow := &slowReader{target: j.target, by: 5 * time.Minute}
	opt := j.options()
	opt.Resume, opt.Open = true, func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) { return slow, nil }
	r, err := pipeline.Apply(t.Context(), plan, opt)
	if err != nil || len(j.target.calls) != 1 || r.Outcomes[0].Status != pipeline.Unknown {
		t.Fatalf("sent again on a reading from before it settled: %d calls, %+v, %v", len(j.target.calls), r.Outcomes[0], err)
	}
}

// A lease is kept when the verdict of a call could not be written, so that
// nobody believes the target before the call has settled.
func TestVerdictThatIsLostKeepsTheLease(t *testing.T) {
	j := newJob(t, nil, []row{person(1)})
	plan := j.plan(t)
	opt := j.options()
	opt.State = fullDisk{j.state}
	if _, err := pipeline.Apply(t.Context(), plan, opt); err == nil {
		t.Fatal("an apply without a verdict ended well")
	}
	var held *pipeline.LeaseHeldError
	again := j.options()
	again.Resume = true
	if _, err := pipeline.Apply(t.Context(), plan, again); !errors.As(err, &held) || !strings.Contains(err.Error(), "--resume takes over") {
		t.Fatalf("right after: %v", err)
	}
	j.w.advance(pipeline.LeaseTime)
	if r := j.resume(t, plan); !r.Outcomes[0].Status.Done() || len(j.target.records) != 1 {
		t.Errorf("after the lease: %+v, %d records", r.Outcomes[0], len(j.target.records))
	}
}

// The verdict that cannot be written is told also where the apply is stopped at that moment.
func TestVerdictThatIsLostIsToldOfAStoppedApply(t *testing.T) {
	j := newJob(t, nil, []row{person(1)})
	plan := j.plan(t)
	ctx, stop := context.WithCancel(t.Context())
	opt := j.options()
	opt.State = fullDisk{j.state}
	opt.Open = func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) {
		return stoppedTarget{j.target, stop}, nil
	}
	if _, err := pipeline.Apply(ctx, plan, opt); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("the apply ended with %v, and its journal has no verdict", err)
	}
}

// stoppedTarget is stopped in the middle of each call.
type stoppedTarget struct {
	*target
	stop func()
}

func (s stoppedTarget) Apply(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	outcomes, err := s.target.Apply(ctx, changes)
	s.stop()
	return outcomes, errors.Join(err, ctx.Err())
}

// fullDisk takes intents, and no verdict any more.
type fullDisk struct{ *memory }

func (fullDisk) Settle(context.Context, pipeline.Verdict) error { return errors.New("disk full") }

func TestLongestTimeStopsCleanly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJob(t, nil, people(1, 30))
		plan := j.plan(t)
		slow := &sleepyTarget{j.target}
		opt := j.options()
		opt.MaxDuration, opt.Open = 10*time.Minute, func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) { return slow, nil }
		r, err := pipeline.Apply(t.Context(), plan, opt)
		if err != nil || !strings.Contains(r.Stopped, "longest time of 10m0s") || r.Count()[pipeline.Pending] == 0 || len(j.target.calls) == 0 {
			t.Fatalf("stopped %q after %d calls: %v, %v", r.Stopped, len(j.target.calls), r.Count(), err)
		}
		if r := j.resume(t, plan); len(j.target.records) != 30 || r.Count()[pipeline.Pending] > 0 {
			t.Errorf("%d records after the resume: %v", len(j.target.records), r.Count())
		}
	})
}

// sleepyTarget takes a minute for each call.
type sleepyTarget struct{ *target }

func (s *sleepyTarget) Apply(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	time.Sleep(time.Minute)
	return s.target.Apply(context.WithoutCancel(ctx), changes)
}

// An apply that waits for calls to settle stops cleanly when it is told to.
func TestWaitingCanBeInterrupted(t *testing.T) {
	j := newJob(t, nil, []row{person(1)})
	plan := j.plan(t)
	j.target.faults[1] = lostBefore
	ctx, stop := context.WithCancelCause(t.Context())
	opt := j.options()
	opt.Wait = func(ctx context.Context, d time.Duration) error {
		if d <= 0 || d > pipeline.SettleDefault {
			t.Errorf("waits %v", d)
		}
		stop(errors.New("interrupted"))
		return ctx.Err()
	}
	r, err := pipeline.Apply(ctx, plan, opt)
	if err != nil || !strings.Contains(r.Stopped, "interrupted") || len(j.target.calls) != 1 {
		t.Fatalf("stopped %q after %d calls: %v", r.Stopped, len(j.target.calls), err)
	}
	j.w.advance(pipeline.SettleDefault)
	if r := j.resume(t, plan); r.Count()[pipeline.Verified] != 1 {
		t.Errorf("after the resume: %v", r.Count())
	}
}
