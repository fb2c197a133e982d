package plandocket_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// resetting is a tenant that resets what a bulk update leaves out, with n contacts that a
// plan updates in bulk.
func resetting(t *testing.T, l *lab, n int) (*storm, *pipeline.Plan) {
	t.Helper()
	s := &storm{lab: l}
	for i := range n {
		s.person(i, 3)
	}
	s.before = l.contacts()
	p := must(l.plan(t.Context()))
	if len(p.Changes) != n {
		t.Fatalf("planned are %d changes", len(p.Changes))
	}
	return s, p
}

// harmedNow are the contacts of which the server reset a field that was not sent.
func (s *storm) harmedNow() (n int) {
	for id, c := range s.contacts() {
		if c.Notes != s.before[id].Notes {
			n++
		}
	}
	return n
}

var resets = plandockettest.Options{Dialect: plandockettest.Dialect{BulkUpdate: plandockettest.BulkUpdateResets}}

// TestCanaryOutlivesDeaths loses the first call of a way, resumes, and lets the process that
// sends it again die at each of its effects: whoever goes on compares that first contact
// before a second one is written (I2), also where an apply does not wait.
func TestCanaryOutlivesDeaths(t *testing.T) {
	for at, met := 1, true; met; at++ {
		met = false
		for _, how := range []death{diesBefore, diesSent, diesAfter, diesAnswered} {
			inLab(t, resets, func(t *testing.T, l *lab) {
				s, p := resetting(t, l, 4)
				l.noWait = true
				l.schedule.Add(faults.Fault{Route: "POST *", From: 1, Count: 1, Kind: faults.CutBefore})
				_, _ = l.apply(t.Context(), p, false) // its call is open then
				time.Sleep(2 * pipeline.SettleDefault)
				l.life = &life{dieAt: at, how: how}
				_, err := l.apply(t.Context(), p, true)
				met = met || l.life.dead.Load()
				for n := 0; n < 5 && (err == nil || !strings.Contains(err.Error(), "seems to reset")); n++ {
					l.revive()
					time.Sleep(2 * pipeline.SettleDefault)
					_, err = l.apply(t.Context(), p, true)
				}
				if err == nil || !strings.Contains(err.Error(), "seems to reset") || s.harmedNow() != 1 {
					t.Errorf("dies %s effect %d: %d contacts are harmed, want 1; %v", how, at, s.harmedNow(), err)
				}
			})
		}
	}
}

// TestCanaryThatSomebodyEdits loses the answer of the first call of a way, which was
// carried out, and has somebody edit its contact then: what the server reset is not taken
// for an edit, by which the next contact would be the first (I2).
func TestCanaryThatSomebodyEdits(t *testing.T) {
	inLab(t, resets, func(t *testing.T, l *lab) {
		s, p := resetting(t, l, 4)
		l.schedule.Add(faults.Fault{Route: "POST *", From: 1, Count: 1, Kind: faults.CutAfter})
		sent := false
		l.server.BeforeRequest(func(r *http.Request) {
			if r.Method != http.MethodGet {
				sent = true
			} else if sent && l.schedule.Fired(faults.CutAfter) == 1 {
				must("", l.server.Edit(1, func(c *plandockettest.Contact) { c.Phone = "by hand" }))
			}
		})
		if r, err := l.apply(t.Context(), p, false); err == nil || !strings.Contains(err.Error(), "seems to reset") {
			t.Errorf("the apply ended with %v, %v", r.Count(), err)
		}
		if got := s.harmedNow(); got != 1 {
			t.Errorf("%d contacts are harmed, want 1", got)
		}
	})
}

// TestCanaryInAListThatLags updates contacts of a server that resets fields and shows it
// late, by an apply that does not wait: it writes one, which it does not call verified, and
// whoever goes on finds what became of it.
func TestCanaryInAListThatLags(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			inLab(t, resets, func(t *testing.T, l *lab) {
				s, p := resetting(t, l, n)
				l.noWait = true
				l.server.SetReadLag(4 * time.Minute)
				r := must(l.apply(t.Context(), p, false))
				if c := r.Count(); c[pipeline.Verified]+c[pipeline.Already] > 0 || c[pipeline.Unseen] != 1 || (n > 1) != (r.Stopped != "") {
					t.Errorf("outcomes %v, stopped %q", c, r.Stopped)
				}
				time.Sleep(2 * pipeline.SettleDefault)
				if _, err := l.apply(t.Context(), p, true); err == nil || !strings.Contains(err.Error(), "seems to reset") {
					t.Errorf("the resume ended with %v", err)
				}
				if got := s.harmedNow(); got != 1 {
					t.Errorf("%d contacts are harmed, want 1", got)
				}
			})
		})
	}
}
