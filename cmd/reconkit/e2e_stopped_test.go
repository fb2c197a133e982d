package main

import (
	"context"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/state"
)

// stoppingState stops an apply when it does something for the first time.
type stoppingState struct {
	*state.Store
	at   string
	stop func()
}

func (s *stoppingState) does(what string) {
	if what == s.at {
		s.stop()
	}
}

func (s *stoppingState) Acquire(ctx context.Context, target, holder string, now time.Time, ttl time.Duration) error {
	s.does("take the lease")
	return s.Store.Acquire(ctx, target, holder, now, ttl)
}

func (s *stoppingState) Declined(ctx context.Context, target string) (map[string]time.Time, error) {
	s.does("read what was declined")
	return s.Store.Declined(ctx, target)
}

func (s *stoppingState) StartRun(ctx context.Context, r pipeline.RunRecord) error {
	s.does("note the run")
	return s.Store.StartRun(ctx, r)
}

// TestStoppedBeforeItsFirstReading stops an apply while it takes its lease, or a moment later:
// it says that it was stopped, as it does later, writes nothing, and goes on when it is resumed.
func TestStoppedBeforeItsFirstReading(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"take the lease", "read what was declined", "note the run"} {
		t.Run(at, func(t *testing.T) {
			inUnread(t, tenantOptions{pipeline: unreadPipeline, csv: unreadHead + unreadRow}, func(w *tenant, _ func(*pipeline.Plan, string) *pipeline.Result) {
				p := w.plan()
				ctx, stop := context.WithCancel(w.ctx)
				defer stop()
				r, err := w.applyWith(ctx, p, func(o *pipeline.ApplyOptions) { o.State = &stoppingState{w.store, at, stop} })
				w.check(err)
				if r.Stopped == "" || r.Calls != 0 {
					t.Errorf("stopped %q after %d calls", r.Stopped, r.Calls)
				}
				wantEqual(t, "outcome", pipeline.Pending, r.Outcomes[0].Status)
				wantEqual(t, "outcome of the resume", pipeline.Verified, w.applied(p).Outcomes[0].Status)
			})
		})
	}
}
