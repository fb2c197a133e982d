package plandocket_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/pipeline/retry"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// The tests of this file are about plans of contacts alone. Each fails when the
// safeguard in its name is taken away.

// TestContactLawIntent creates, updates in both ways, and deletes: each is in the
// journal before it leaves, with what was before (I6).
func TestContactLawIntent(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		s := &storm{lab: l}
		for i, kind := range []int{0, 2, 3, 4, 5, 7} {
			s.person(i, kind)
		}
		r := must(l.apply(t.Context(), must(l.plan(t.Context())), false))
		if n := r.Count(); n[pipeline.Verified] != 6 || len(l.contacts()) != 5 {
			t.Errorf("outcomes %v, %d contacts, want 6 verified and 5", n, len(l.contacts()))
		}
	})
}

// TestContactLawSettle has a server that looks up what exists when a request arrives,
// and writes later: only patience keeps contacts from being made twice (I1).
func TestContactLawSettle(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		l.wishes = many(12)
		p := must(l.plan(t.Context()))
		l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: plandockettest.LateBlindCommit, Delay: 9 * time.Minute})
		must(l.finish(t.Context(), p))
		time.Sleep(time.Hour) // whatever could still come has come
		if got := len(l.contacts()); got != 12 || l.schedule.Fired(plandockettest.LateBlindCommit) != 1 {
			t.Errorf("%d contacts, want 12", got)
		}
	})
}

// TestContactLawDrift edits by hand a contact that is to be updated, and one that is to
// be deleted: both stay as they are (I3).
func TestContactLawDrift(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		s := &storm{lab: l}
		for i, kind := range []int{3, 3, 7, 7} {
			s.person(i, kind)
		}
		p := must(l.plan(t.Context()))
		for _, id := range []int64{2, 4} {
			must("", l.server.Edit(id, func(c *plandockettest.Contact) { c.Phone = "by hand" }))
		}
		r := must(l.apply(t.Context(), p, false))
		if n := r.Count(); n[pipeline.Verified] != 2 || n[pipeline.Drifted] != 2 {
			t.Errorf("outcomes %v, want 2 verified and 2 drifted", n)
		}
		for _, id := range []int64{2, 4} {
			if c, there := l.contacts()[id]; !there || c.Phone != "by hand" {
				t.Errorf("contact %d is %+v, and was given another phone by hand", id, c)
			}
		}
	})
}

// TestContactLawCompleteness creates nobody once the list is no longer proven to be
// whole: they may be there already.
func TestContactLawCompleteness(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		l.wishes = many(3)
		p := must(l.plan(t.Context()))
		l.unsure = true
		r := must(l.apply(t.Context(), p, false))
		if n := r.Count(); n[pipeline.Blocked] != 3 || len(l.contacts()) > 0 {
			t.Errorf("outcomes %v, %d contacts; want 3 blocked, and nobody created", n, len(l.contacts()))
		}
	})
}

// TestContactLawCanary has a server that resets what an update leaves out: it does so
// to one contact, and nothing more is written (I2).
func TestContactLawCanary(t *testing.T) {
	inLab(t, resets, func(t *testing.T, l *lab) {
		s, p := resetting(t, l, 4)
		if _, err := l.apply(t.Context(), p, false); err == nil || !strings.Contains(err.Error(), "seems to reset") {
			t.Errorf("the apply ended with %v", err)
		}
		if got := s.harmedNow(); got != 1 {
			t.Errorf("%d contacts are harmed, want 1", got)
		}
	})
}

// TestContactLawLease begins a second apply while the first has a call on its way: it
// is refused, and writes nothing (I1).
func TestContactLawLease(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		l.wishes = many(12)
		l.refusesASecond(t, must(l.plan(t.Context())))
		if got := len(l.contacts()); got != 12 {
			t.Errorf("%d contacts, want 12", got)
		}
	})
}

// refusesASecond applies a plan, and again while its first call is on its way.
func (l *lab) refusesASecond(t *testing.T, p *pipeline.Plan) {
	t.Helper()
	var second error
	begun := false
	l.server.BeforeRequest(func(r *http.Request) {
		if r.Method == http.MethodGet || begun {
			return
		}
		begun = true
		_, second = l.apply(t.Context(), p, true)
	})
	must(l.finish(t.Context(), p))
	var held *pipeline.LeaseHeldError
	if !begun || !errors.As(second, &held) {
		t.Errorf("the second apply ended with %v, want that it was refused", second)
	}
}

// TestContactLawLink gives a row another e-mail: what it became is looked at before its
// keys, so that nobody is made a second time (I1).
func TestContactLawLink(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		l.wishes = many(3)
		must(l.finish(t.Context(), must(l.plan(t.Context()))))
		l.wishes[1].email = "married@example.com"
		p := must(l.plan(t.Context()))
		must(l.finish(t.Context(), p))
		if len(p.Changes) != 1 || p.Changes[0].Action != pipeline.Update || len(l.contacts()) != 3 {
			t.Errorf("%d changes, the first %+v; %d contacts", len(p.Changes), p.Changes, len(l.contacts()))
		}
	})
}

// TestContactLawBudget changes e-mails one by one, with fewer requests an hour than
// that takes (I8).
func TestContactLawBudget(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		s := &storm{lab: l}
		for i := range 30 {
			s.person(i, 5)
		}
		l.keepsHour(t, 20)
	})
}

// keepsHour plans and applies with so many requests an hour.
func (l *lab) keepsHour(t *testing.T, perHour int) {
	t.Helper()
	l.budget, l.perHour = must(retry.NewHourlyBudget(perHour)), perHour
	p, begin := must(l.plan(t.Context())), time.Now()
	r := must(l.finish(t.Context(), p))
	if n := r.Count(); n[pipeline.Verified] != len(p.Changes) || len(p.Changes) < perHour {
		t.Errorf("%d changes with %d requests an hour, outcomes %v", len(p.Changes), perHour, n)
	}
	if took := time.Since(begin); took < time.Hour {
		t.Errorf("took %s: the limit was never met", took)
	}
	l.keepsRate()
}

// TestLawBulkUpdatesNeedAWholeList changes contacts in bulk, and one by its id, once the list
// is no longer proven to be whole: a contact that it lacks may have the number or e-mail of
// another, so that only the one by id is written. The others are once the list is whole again.
func TestLawBulkUpdatesNeedAWholeList(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		l.wishes = many(6)
		must(l.finish(t.Context(), must(l.plan(t.Context()))))
		time.Sleep(time.Hour)
		for i := range l.wishes {
			l.wishes[i].phone = "+49 30 1234567"
		}
		l.wishes[0].email = "married@example.com" // which is written by id
		p := must(l.plan(t.Context()))
		l.unsure = true
		r := must(l.apply(t.Context(), p, false))
		if n := r.Count(); n[pipeline.Verified] != 1 || n[pipeline.Blocked] != 5 {
			t.Errorf("outcomes %v, want 1 verified and 5 blocked", n)
		}
		for _, c := range l.contacts() {
			if c.Phone != "" && c.Email != "married@example.com" {
				t.Errorf("contact %d was updated", c.ID)
			}
		}
		l.unsure = false
		r = must(l.apply(t.Context(), p, true))
		if n := r.Count(); n[pipeline.Already]+n[pipeline.Verified] != 6 {
			t.Errorf("outcomes of the resume %v, want all done", n)
		}
	})
}
