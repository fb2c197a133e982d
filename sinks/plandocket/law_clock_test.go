package plandocket_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/pipeline/retry"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// TestLawClock lets the clock of the program jump at each request of an apply, by
// minutes, hours and days, in both directions, while requests wait for the hour,
// calls settle, and the lease and the plan run out: nothing is sent that is not in
// the journal, no hour of true time sees too many requests, and each contact is
// there once.
func TestLawClock(t *testing.T) {
	step := 1
	if raced || testing.Short() {
		step = 9
	}
	const perHour, rows = 20, 30
	points, stopped, stale := 0, 0, 0
	synctest.Test(t, func(t *testing.T) {
		server := must(plandockettest.New(plandockettest.Options{Now: time.Now}))
		defer server.Close()
		for _, jump := range []time.Duration{20 * time.Minute, -20 * time.Minute, 3 * time.Hour, -3 * time.Hour, 10 * 24 * time.Hour, -10 * 24 * time.Hour} {
			for at, more := 1, true; more; at += step {
				l := must(openLab(server, plandockettest.Options{RequestsPerHour: perHour}))
				l.perHour = perHour
				l.budget = must(retry.Steady(must(retry.NewHourlyBudget(perHour)), perHour, time.Now))
				l.wishes = many(rows)
				p := must(l.plan(t.Context()))
				l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: faults.CutBefore})
				seen := 0
				server.BeforeRequest(func(*http.Request) {
					if seen++; seen == at {
						l.skew.Add(int64(jump))
					}
				})
				for resume := false; ; resume = true {
					r, err := l.apply(t.Context(), p, resume)
					if err == nil && !unfinished(r) {
						break
					}
					var old *pipeline.StaleError
					switch {
					case errors.As(err, &old):
						if !strings.Contains(err.Error(), "make the plan again") && !strings.Contains(err.Error(), "check the clock") {
							t.Errorf("a jump of %s at request %d: %v", jump, at, err)
						}
						stale++
						l.skew.Store(0) // somebody sets it right
					case err != nil && !strings.Contains(err.Error(), "--resume") && !strings.Contains(err.Error(), "its lease is free after this time"):
						t.Errorf("a jump of %s at request %d: the message does not say what to do: %v", jump, at, err)
					}
					if stopped++; l.runs > labResumesMax {
						t.Fatalf("a jump of %s at request %d: still open: %v, %v", jump, at, r, err)
					}
					time.Sleep(pipeline.SettleDefault + pipeline.LeaseTime)
				}
				lost, doubled := l.against(rows)
				if lost != 0 || doubled != 0 {
					t.Errorf("a jump of %s at request %d: %d contacts lost, %d doubled", jump, at, lost, doubled)
				}
				l.keepsRate()
				l.report(t, "a jump of "+jump.String())
				points++
				more = seen >= at && !t.Failed()
			}
		}
	})
	t.Logf("the clock jumped at %d points: %d applies stopped, %d of them since the plan was out of its time; nothing was lost, doubled or sent too early", points, stopped, stale)
}
