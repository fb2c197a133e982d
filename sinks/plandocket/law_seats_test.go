package plandocket_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// The tests of this file are about plans of participants alone: the contacts are
// there, and nothing changes of them. Each whose name begins with TestSeatLaw fails when
// the safeguard in its name is taken away.

// unsure and unsureSeats are contacts and participants of which nobody knows whether
// the list is whole.
type (
	unsure      struct{ *plandocket.Target }
	unsureSeats struct{ *plandocket.Participants }
)

func (u unsure) Present(ctx context.Context, known []string) (*pipeline.Present, error) {
	return doubted(u.Target.Present(ctx, known))
}

func (u unsureSeats) Present(ctx context.Context, known []string) (*pipeline.Present, error) {
	return doubted(u.Participants.Present(ctx, known))
}

// doubting is a target of whose list nobody knows whether it is whole.
func doubting(target pipeline.Target) pipeline.Target {
	switch t := target.(type) {
	case *plandocket.Target:
		return unsure{t}
	case *plandocket.Participants:
		return unsureSeats{t}
	}
	return target
}

func doubted(p *pipeline.Present, err error) (*pipeline.Present, error) {
	if err == nil {
		p.Evidence.Grade = pipeline.Likely
	}
	return p, err
}

// inHall runs a test with an event and n contacts, of whom the first are enrolled by
// us and not confirmed.
func inHall(t *testing.T, d plandockettest.Dialect, n, enrolled int, test func(t *testing.T, l *lab)) {
	t.Helper()
	inLab(t, plandockettest.Options{Dialect: d}, func(t *testing.T, l *lab) {
		s := &storm{lab: l}
		l.seats = &seats{}
		must("", l.server.AddEvent(plandockettest.Event{Key: "expo", Title: "Expo", From: time.Now(), To: time.Now()}))
		for i := range n {
			c := plandockettest.Contact{Email: fmt.Sprintf("p%d@example.com", i), LastName: fmt.Sprintf("Person %d", i), CreatedAt: time.Now().Add(time.Duration(i-n) * time.Hour)}
			id, kind := must(l.server.Add(c)), 0
			if i < enrolled {
				kind = 6
			}
			s.placeOf(fmt.Sprintf("s%02d", i), "expo", id, c, kind)
		}
		test(t, l)
	})
}

// TestSeatLawIntent enrols, confirms and removes: each is in the journal before it
// leaves, with what was before (I6).
func TestSeatLawIntent(t *testing.T) {
	inHall(t, plandockettest.Dialect{}, 9, 4, func(t *testing.T, l *lab) {
		for i := range 2 { // the others are removed
			l.seats.places = append(l.seats.places, place{id: fmt.Sprintf("s%02d", i), event: "expo", email: fmt.Sprintf("p%d@example.com", i), confirmed: "yes"})
		}
		r := must(l.apply(t.Context(), must(l.plan(t.Context())), false))
		if n := r.Count(); n[pipeline.Verified] != 9 || len(l.participants()) != 7 {
			t.Errorf("outcomes %v, %d participations, want 9 verified and 7", n, len(l.participants()))
		}
	})
}

// TestSeatLawSettle has a server that looks up who takes part when a request arrives,
// and writes later (I1).
func TestSeatLawSettle(t *testing.T) {
	inHall(t, plandockettest.Dialect{}, 12, 0, func(t *testing.T, l *lab) {
		p := must(l.plan(t.Context()))
		l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: plandockettest.LateBlindCommit, Delay: 9 * time.Minute})
		must(l.finish(t.Context(), p))
		time.Sleep(time.Hour)
		if got := len(l.participants()); got != 12 || l.schedule.Fired(plandockettest.LateBlindCommit) != 1 {
			t.Errorf("%d participations, want 12", got)
		}
	})
}

// TestSeatLawDrift confirms by hand who is to be removed: he stays (I3).
func TestSeatLawDrift(t *testing.T) {
	inHall(t, plandockettest.Dialect{}, 4, 3, func(t *testing.T, l *lab) {
		p := must(l.plan(t.Context()))
		must("", l.server.Confirm(2, true))
		r := must(l.apply(t.Context(), p, false))
		if n := r.Count(); n[pipeline.Verified] != 3 || n[pipeline.Drifted] != 1 {
			t.Errorf("outcomes %v, want 3 verified and 1 drifted", n)
		}
		if _, there := l.participants()[2]; !there {
			t.Error("who was confirmed by hand was removed")
		}
	})
}

// TestSeatLawCompleteness enrols nobody once the list is no longer proven to be whole:
// they may take part already.
func TestSeatLawCompleteness(t *testing.T) {
	inHall(t, plandockettest.Dialect{}, 5, 2, func(t *testing.T, l *lab) {
		p := must(l.plan(t.Context()))
		l.unsure = true
		r := must(l.apply(t.Context(), p, false))
		if n := r.Count(); n[pipeline.Blocked] != 3 || len(l.participants()) > 2 {
			t.Errorf("outcomes %v, %d participations; want 3 blocked, and nobody enrolled", n, len(l.participants()))
		}
	})
}

// TestSeatLawLease begins a second apply while the first has a call on its way (I1).
func TestSeatLawLease(t *testing.T) {
	inHall(t, plandockettest.Dialect{}, 12, 0, func(t *testing.T, l *lab) {
		l.refusesASecond(t, must(l.plan(t.Context())))
		if got := len(l.participants()); got != 12 {
			t.Errorf("%d participations, want 12", got)
		}
	})
}

// TestSeatLawBudget removes participations one by one, with fewer requests an hour than
// that takes (I8).
func TestSeatLawBudget(t *testing.T) {
	inHall(t, plandockettest.Dialect{}, 60, 60, func(t *testing.T, l *lab) {
		l.seats.places = []place{{id: "s00", event: "expo", email: "p0@example.com"}} // the others go
		l.keepsHour(t, 40)
	})
}

// TestFewSeatsAreLookedAtByID confirms two participations, and loses the second call:
// they are looked at, and the lists behind them are read once.
func TestFewSeatsAreLookedAtByID(t *testing.T) {
	inHall(t, plandockettest.Dialect{}, 40, 40, func(t *testing.T, l *lab) {
		for i := range 40 {
			p := place{id: fmt.Sprintf("s%02d", i), event: "expo", email: fmt.Sprintf("p%d@example.com", i), confirmed: "no"}
			if i < 2 {
				p.confirmed = "yes"
			}
			l.seats.places = append(l.seats.places, p)
		}
		p := must(l.plan(t.Context()))
		l.schedule.Add(faults.Fault{Route: "PATCH *", From: 2, Count: 1, Kind: faults.CutBefore})
		counts := func() (lists, singles int) {
			for _, r := range l.server.Requests() {
				switch {
				case r.Method != "GET":
				case r.Path == "/api/v1/participants":
					lists++
				default:
					singles += strings.Count(r.Path, "/api/v1/participants/")
				}
			}
			return lists, singles
		}
		planned, _ := counts()
		r := must(l.apply(t.Context(), p, false))
		lists, singles := counts()
		if n := r.Count(); len(p.Changes) != 2 || n[pipeline.Verified] != 2 {
			t.Errorf("%d changes, outcomes %v, want 2 verified", len(p.Changes), n)
		}
		if lists -= planned; lists > planned || singles == 0 {
			t.Errorf("the list of participants was read %d times and %d single ones, want once and some", lists, singles)
		}
	})
}
