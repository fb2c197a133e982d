package pipeline_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// starved is a target of which another process takes each request that becomes free: its
// readings leave at last, and no call behind them can.
type starved struct {
	*target
	calls int
}

func (s *starved) Apply(context.Context, []pipeline.Change) ([]pipeline.Outcome, error) {
	s.calls++
	return nil, &pipeline.LateError{Wait: time.Hour}
}

// An apply behind whose readings no call can leave ends after some of them, and can be
// resumed; it does not read for ever.
func TestApplyStopsWhereOthersTakeEachRequest(t *testing.T) {
	k := newKept(t, nil, []row{person(1), person(2)})
	p := k.plan(t)
	s := &starved{target: k.target}
	opt := k.options()
	opt.State = k.store
	opt.Open = func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) { return s, nil }
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	opt.Now = func() time.Time {
		if k.w.advance(time.Minute); s.calls > 100 {
			stop()
		}
		return k.w.Now()
	}
	r, err := pipeline.Apply(ctx, p, opt)
	must(t, err)
	if !strings.Contains(r.Stopped, "others use up the requests") || r.Count()[pipeline.Pending] != 2 {
		t.Errorf("after %d calls it stopped %q, outcomes %+v", s.calls, r.Stopped, r.Outcomes)
	}
	opt = k.options()
	opt.State, opt.Resume = k.store, true
	if r, err = pipeline.Apply(t.Context(), p, opt); err != nil || r.Count()[pipeline.Verified] != 2 {
		t.Errorf("resumed: %v, %+v", err, r)
	}
}
