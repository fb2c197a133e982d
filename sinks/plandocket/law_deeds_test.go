package plandocket_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// deedsFrom has an audit log that tells of what people did before a call that then got
// no answer and never arrived: the log tells what the plan wants, but not that the call
// wrote it, and each change is carried out all the same (I11).
func deedsFrom(t *testing.T, verified int, before func(t *testing.T, l *lab) *pipeline.Plan) {
	t.Helper()
	dialect := plandockettest.Dialect{Paging: plandockettest.PagingPageBare, PageSize: 20}
	inLab(t, plandockettest.Options{Keys: withAudit(), Dialect: dialect}, func(t *testing.T, l *lab) {
		p := before(t, l)
		r, err := l.apply(t.Context(), p, false)
		if n := r.Count(); err != nil || n[pipeline.Verified] != verified || l.heard() == 0 {
			t.Errorf("%v, %v, the log was read %d times; want all %d verified", err, n, l.heard(), verified)
		}
		for _, o := range r.Outcomes {
			if o.Status != pipeline.Verified {
				t.Errorf("change of record %q is %s: %s", o.Target, o.Status, o.Message)
			}
		}
	})
}

// TestDeedsBeforeThePlan has somebody add a contact, or change one, and take it back,
// before the plan is made.
func TestDeedsBeforeThePlan(t *testing.T) {
	t.Run("a contact was there", func(t *testing.T) {
		deedsFrom(t, 6, func(t *testing.T, l *lab) *pipeline.Plan {
			l.wishes = many(6)
			w := l.wishes[3]
			id := must(l.server.Add(plandockettest.Contact{Email: w.email, LastName: w.last, Phone: w.phone}))
			time.Sleep(time.Minute)
			must("", l.server.Delete(id))
			time.Sleep(time.Minute)
			l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: faults.CutBefore})
			return must(l.plan(t.Context()))
		})
	})
	t.Run("a phone was there", func(t *testing.T) {
		deedsFrom(t, 4, func(t *testing.T, l *lab) *pipeline.Plan {
			l.crowd(43, 4)
			l.thereAndBack(3)
			l.schedule.Add(faults.Fault{Route: "PATCH *", From: 2, Count: 3, Kind: faults.CutBefore})
			return must(l.plan(t.Context()))
		})
	})
}

// beforeRead does something once, right before the next reading.
func (l *lab) beforeRead(do func()) {
	l.server.BeforeRequest(func(q *http.Request) {
		if q.Method == http.MethodGet {
			l.server.BeforeRequest(nil)
			do()
		}
	})
}

// thereAndBack has somebody give a contact of a crowd the phone that the plan wants, and
// take it back.
func (l *lab) thereAndBack(id int64) {
	for _, phone := range []string{"+49 30 2", "+49 30 1"} {
		must("", l.server.Edit(id, func(c *plandockettest.Contact) { c.Phone = phone }))
		time.Sleep(10 * time.Second)
	}
}

// TestDeedsBetweenTwoCalls has somebody change contacts there and back between two calls
// of an apply, of which the second is lost: these edits are younger than what proves the
// log, and older than the call.
func TestDeedsBetweenTwoCalls(t *testing.T) {
	deedsFrom(t, 4, func(t *testing.T, l *lab) *pipeline.Plan {
		l.crowd(43, 4)
		p := must(l.plan(t.Context()))
		l.atCall(http.MethodPatch, 1, func() {
			l.beforeRead(func() {
				for id, c := range l.contacts() {
					if id <= 4 && c.Phone == "+49 30 1" {
						l.thereAndBack(id)
					}
				}
			})
		})
		l.schedule.Add(faults.Fault{Route: "PATCH *", From: 2, Count: 1, Kind: faults.CutBefore})
		return p
	})
}

// TestDeedsUndoneAndWantedAgain takes back what an apply wrote, and applies the same
// wishes again a minute later, whose second call is lost.
func TestDeedsUndoneAndWantedAgain(t *testing.T) {
	deedsFrom(t, 6, func(t *testing.T, l *lab) *pipeline.Plan {
		l.wishes = many(6)
		must(l.finish(t.Context(), must(l.plan(t.Context()))))
		for id := range l.contacts() {
			must("", l.server.Delete(id))
		}
		time.Sleep(time.Minute)
		l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: faults.CutBefore})
		return must(l.plan(t.Context()))
	})
}

// TestOtherFieldIsNoWayBack loses the answer of an update that is carried out while the
// list and single contacts lag, and has somebody edit another field afterwards: nobody
// changed it back, and nobody is told so.
func TestOtherFieldIsNoWayBack(t *testing.T) {
	dialect := plandockettest.Dialect{Paging: plandockettest.PagingPageBare, PageSize: 20, Singles: plandockettest.SinglesLag}
	inLab(t, plandockettest.Options{Keys: withAudit(), Dialect: dialect}, func(t *testing.T, l *lab) {
		l.crowd(43, 4)
		p := must(l.plan(t.Context()))
		l.schedule.Add(faults.Fault{Route: "PATCH *", From: 2, Count: 1, Kind: faults.CutAfter})
		l.atCall(http.MethodPatch, 2, func() {
			l.server.SetReadLag(4 * time.Minute)
			l.beforeRead(func() {
				must("", l.server.Edit(2, func(c *plandockettest.Contact) { c.Notes = "by hand" }))
			})
		})
		r := must(l.apply(t.Context(), p, false))
		for _, o := range r.Outcomes {
			if o.Status != pipeline.Verified || strings.Contains(o.Message, "back") {
				t.Errorf("change of record %s is %s: %s", o.Target, o.Status, o.Message)
			}
		}
	})
}
