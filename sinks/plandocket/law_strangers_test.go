package plandocket_test

import (
	"errors"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// inFair has a tenant with an event and the contacts Aaa and Bbb, and a plan that enrols Bbb
// and confirms that.
func inFair(t *testing.T, d plandockettest.Dialect, seat place, test func(t *testing.T, l *lab, p *pipeline.Plan)) {
	t.Helper()
	inLab(t, plandockettest.Options{Dialect: d}, func(t *testing.T, l *lab) {
		must("", l.server.AddEvent(plandockettest.Event{Key: "expo", Title: "Expo", From: time.Now(), To: time.Now()}))
		must(l.server.Add(plandockettest.Contact{Email: "a@x.example", CustomerNumber: "K1", LastName: "Aaa"}))
		must(l.server.Add(plandockettest.Contact{Email: "b@x.example", CustomerNumber: "K2", LastName: "Bbb"}))
		time.Sleep(time.Hour)
		seat.id, seat.event, seat.confirmed = "s", "expo", "yes"
		l.seats = &seats{places: []place{seat}}
		test(t, l, must(l.plan(t.Context())))
	})
}

// TestLawNobodyElseIsEnrolled has somebody give another contact the number by which a seat is
// planned, long before it is sent. The seat is that of the contact of the plan, or of nobody.
func TestLawNobodyElseIsEnrolled(t *testing.T) {
	for _, d := range []plandockettest.Dialect{{}, {SeveralMatches: plandockettest.SeveralLast}, {SeveralMatches: plandockettest.SeveralAll}} {
		for name, byHand := range map[string]func(l *lab){
			"edited": func(l *lab) {
				must("", l.server.Edit(1, func(c *plandockettest.Contact) { c.CustomerNumber = "K2" }))
			},
			"new": func(l *lab) { must(l.server.Add(plandockettest.Contact{CustomerNumber: "K2", LastName: "Ccc"})) },
		} {
			t.Run(name+string(d.SeveralMatches), func(t *testing.T) {
				inFair(t, d, place{email: "b@x.example", number: "K2"}, func(t *testing.T, l *lab, p *pipeline.Plan) {
					byHand(l)
					time.Sleep(time.Hour)
					r := must(l.finish(t.Context(), p))
					if r.Outcomes[0].Status != pipeline.Drifted {
						t.Errorf("outcome %+v", r.Outcomes[0])
					}
					for _, s := range l.participants() {
						t.Errorf("contact %d takes part", s.ContactID)
					}
				})
			})
		}
	}
}

// TestLawSwapInTheWindow exchanges the addresses of two contacts between the reading and the
// call, so that the wrong one is enrolled: that is told, not counted as done, and the seat is
// not remembered as ours.
func TestLawSwapInTheWindow(t *testing.T) {
	inFair(t, plandockettest.Dialect{}, place{email: "b@x.example"}, func(t *testing.T, l *lab, p *pipeline.Plan) {
		l.onWrite = func() {
			l.onWrite = nil
			for id, c := range map[int64]plandockettest.Contact{1: {Email: "b@x.example", CustomerNumber: "K2"}, 2: {Email: "a@x.example", CustomerNumber: "K1"}} {
				must("", l.server.Edit(id, func(now *plandockettest.Contact) { now.Email, now.CustomerNumber = c.Email, c.CustomerNumber }))
			}
		}
		r := must(l.apply(t.Context(), p, false))
		if o := r.Outcomes[0]; o.Status != pipeline.Unseen || o.Target != "" {
			t.Errorf("outcome %+v", o)
		}
		links := must(l.memory.Links(t.Context(), p.Header.Bindings[1].Identity))
		if len(links) != 0 {
			t.Errorf("the row of the seat became %v", links)
		}
	})
}

// TestLawOneApplyForContactsAndSeats starts an apply that exchanges the addresses of two
// contacts at the moment at which another one enrols by such an address.
func TestLawOneApplyForContactsAndSeats(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		must("", l.server.AddEvent(plandockettest.Event{Key: "expo", Title: "Expo", From: time.Now(), To: time.Now()}))
		was := wishes{{id: "a", email: "a@x.example", last: "Aaa"}, {id: "b", email: "b@x.example", last: "Bbb"}, {id: "c", email: "c@x.example", last: "Ccc"}}
		l.wishes = was
		must(l.apply(t.Context(), must(l.plan(t.Context())), false))
		time.Sleep(time.Hour)
		l.wishes = wishes{{id: "a", email: "b@x.example", last: "Aaa"}, {id: "b", email: "a@x.example", last: "Bbb"}, {id: "c", email: "c@x.example", last: "Ccc"}}
		swap := must(l.plan(t.Context()))
		l.wishes, l.seats = was, &seats{places: []place{{id: "s", event: "expo", email: "b@x.example", confirmed: "yes"}}}
		enrol := must(l.plan(t.Context()))
		var second error
		l.onWrite = func() {
			l.onWrite = nil
			_, second = l.apply(t.Context(), swap, false)
		}
		r := must(l.apply(t.Context(), enrol, false))
		var held *pipeline.LeaseHeldError
		if !errors.As(second, &held) {
			t.Errorf("the second apply: %v", second)
		}
		if got := r.Count()[pipeline.Verified]; got != 1 {
			t.Errorf("outcomes %v", r.Count())
		}
		for _, s := range l.participants() {
			if s.ContactID != 2 {
				t.Errorf("contact %d takes part", s.ContactID)
			}
		}
	})
}
