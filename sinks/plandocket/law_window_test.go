package plandocket_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/pipeline/retry"
	"github.com/reconkit/reconkit/sinks/plandocket"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// drain lets nothing leave for an hour.
func (l *lab) drain(t *testing.T) {
	t.Helper()
	for must(l.budget.Take(t.Context(), time.Now(), 0)) == 0 {
	}
}

// journalsOnce fails when the journal holds a call that did not leave: one that waits is
// intended again.
func (l *lab) journalsOnce(t *testing.T) {
	t.Helper()
	for _, c := range l.memory.calls {
		if c.Verdict == nil || c.Verdict.Outcomes[0].Status == pipeline.Pending {
			t.Errorf("call %d of run %s is in the journal and was not sent", c.Seq, c.Run)
		}
	}
}

// oldest is the longest time between the beginning of a reading and a write that rests on
// it, since a moment, as the server saw them.
func (l *lab) oldest(since time.Time) (most time.Duration) {
	const pause = 70 * time.Second // between two readings; requests are a minute apart at most
	var read, last time.Time
	reads := false
	for _, q := range l.server.Requests() {
		get := q.Method == http.MethodGet
		switch {
		case q.Time.Before(since):
			continue
		case get && (!reads || q.Time.Sub(last) > pause):
			read = q.Time
		case !get && q.Status != http.StatusTooManyRequests:
			most = max(most, q.Time.Sub(read))
		}
		reads, last = get, q.Time
	}
	return most
}

// waitsBeforeWrites are the ways in which a write has to wait though it was read what it rests on.
var waitsBeforeWrites = []struct {
	name string
	make func(t *testing.T, l *lab)
}{
	{"the requests of the hour are used up", func(t *testing.T, l *lab) { l.atCall(http.MethodGet, 2, func() { l.drain(t) }) }},
	{"bare 429", func(_ *testing.T, l *lab) {
		for _, route := range []string{"POST *", "PATCH *", "DELETE *"} {
			l.schedule.Add(faults.Fault{Route: route, From: 1, Count: 8, Kind: faults.TooMany})
		}
	}},
	{"429 that says when to come again", func(_ *testing.T, l *lab) {
		for _, route := range []string{"POST *", "PATCH *", "DELETE *"} {
			l.schedule.Add(faults.Fault{Route: route, From: 1, Count: 1, Kind: faults.TooManyRetryAfter, Delay: 50 * time.Minute})
		}
	}},
}

// TestNothingIsWrittenOnAnOldReading has a write wait, and somebody edit the record
// meanwhile: the edit stays, by each route, and the longest time between a reading and a write is
// told as it was.
func TestNothingIsWrittenOnAnOldReading(t *testing.T) {
	for _, how := range waitsBeforeWrites {
		for _, route := range []string{plandocket.RouteUpdateByEmail, plandocket.RoutePatch, plandocket.RouteDelete} {
			t.Run(how.name+", "+route, func(t *testing.T) {
				inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
					const perHour = 60
					ids := l.crowdOf(route, 3)
					l.budget, l.perHour = must(retry.NewHourlyBudget(perHour)), perHour
					p := must(l.plan(t.Context()))
					if len(p.Changes) != 3 || p.Changes[0].Route != route {
						t.Fatalf("changes %+v, blocked %+v, want 3 by %s", p.Changes, p.Blocked, route)
					}
					begun := time.Now()
					how.make(t, l)
					edited := l.afterwards(3*time.Minute, func() error {
						return l.server.Edit(ids[0], func(c *plandockettest.Contact) { c.Phone = "hand" })
					})
					r := must(l.apply(t.Context(), p, false))
					if n := r.Count(); !<-edited || n[pipeline.Drifted] != 1 || n[pipeline.Verified] != 2 {
						t.Errorf("outcomes %+v, want one that drifted and two that are verified", r.Outcomes)
					}
					l.journalsOnce(t)
					if got := l.contacts()[ids[0]].Phone; got != "hand" {
						t.Errorf("the contact shows the phone %q, and was given another by hand while the write waited", got)
					}
					if took := l.oldest(begun); r.Window < took || r.Window > took+10*time.Second {
						t.Errorf("at most %s between reading and writing, and it was %s", r.Window, took)
					}
					l.keepsRate()
				})
			})
		}
	}
}

// crowdOf makes n contacts that a plan writes by one route.
func (l *lab) crowdOf(route string, n int) (ids []int64) {
	stays := plandockettest.Contact{Email: "stays@example.com", LastName: "P", CreatedAt: time.Now().Add(-200 * time.Hour)}
	l.wishes = append(l.wishes, wish{id: "stays", email: stays.Email, last: stays.LastName})
	must(l.server.Add(stays))
	for i := range n {
		c := plandockettest.Contact{Email: fmt.Sprintf("p%d@example.com", i), LastName: "P", Phone: "+49 30 2", Notes: "kept", Rating: 5, CreatedAt: time.Now().Add(time.Duration(i-100) * time.Hour)}
		w := wish{id: fmt.Sprintf("r%d", i), email: c.Email, last: c.LastName, phone: "+49 30 1"}
		id := must(l.server.Add(c))
		ids = append(ids, id)
		l.memory.links[pipeline.RowKey{Source: "fair", ID: w.id}] = fmt.Sprint(id)
		switch route {
		case plandocket.RouteDelete:
			l.memory.created(must(l.open(plandocket.Resource)).Identity(), fmt.Sprint(id), map[string]pipeline.Value{"email": pipeline.StringValue(c.Email), "last_name": pipeline.StringValue(c.LastName),
				"notes": pipeline.StringValue(c.Notes), "phone": pipeline.StringValue(c.Phone), "rating": pipeline.IntValue(int64(c.Rating))})
			continue
		case plandocket.RoutePatch:
			w.email = "new" + w.email
		}
		l.wishes = append(l.wishes, w)
	}
	return ids
}

// afterwards does something a while from now, and tells whether it was done.
func (l *lab) afterwards(d time.Duration, do func() error) <-chan bool {
	done := make(chan bool, 1)
	time.AfterFunc(d, func() { done <- do() == nil })
	return done
}

// TestCustomFieldsAreWrittenRightBehindTheirReading has the write of custom fields wait, which
// sends all that was read: a field that is edited meanwhile, and is not in the plan, stays.
func TestCustomFieldsAreWrittenRightBehindTheirReading(t *testing.T) {
	for name, wait := range map[string]func(t *testing.T, l *lab){
		"the requests of the hour are used up": func(t *testing.T, l *lab) { l.drain(t) },
		"bare 429": func(_ *testing.T, l *lab) {
			l.schedule.Add(faults.Fault{Route: "PUT *", From: 1, Count: 6, Kind: faults.TooMany})
		},
		"one 429": func(_ *testing.T, l *lab) {
			l.schedule.Add(faults.Fault{Route: "PUT *", From: 1, Count: 1, Kind: faults.TooMany})
		},
	} {
		t.Run(name, func(t *testing.T) {
			inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
				s := &storm{lab: l, seating: &seating{}}
				s.seat(0, nil)
				person := plandockettest.Contact{Email: "p0@example.com", LastName: "P", CreatedAt: time.Now().Add(-1000 * time.Hour)}
				id := must(l.server.Add(person))
				l.wishes = append(l.wishes, wish{id: "r0", email: person.Email, last: person.LastName})
				s.badgeOf("b0", id, person, 2)
				const perHour = 100
				l.budget, l.perHour = must(retry.NewHourlyBudget(perHour)), perHour
				p := must(l.plan(t.Context()))
				path, gets := fmt.Sprintf("/api/v1/custom-fields/contact/%d", id), 0
				var edited <-chan bool
				l.server.BeforeRequest(func(q *http.Request) {
					if q.Method != http.MethodGet || q.URL.Path != path {
						return
					}
					if gets++; gets == 2 { // right before the write
						wait(t, l)
						edited = l.afterwards(5*time.Second, func() error { return l.server.SetCustom(id, map[string]string{"kept": `"by hand"`}) })
					}
				})
				r := must(l.apply(t.Context(), p, false))
				if n := r.Count(); !<-edited || n[pipeline.Verified] != 1 {
					t.Errorf("outcomes %+v", r.Outcomes)
				}
				if got := must(l.server.Custom(id)); got["kept"] != `"by hand"` || got["badge_name"] != `"Badge b0"` {
					t.Errorf("custom fields %v: what was edited while the write waited was put back", got)
				}
				l.keepsRate()
			})
		})
	}
}

// TestSmallBudgets applies plans where an hour allows hardly more requests than a list
// takes, or fewer: everything is written in the end, and no hour sees too many requests.
func TestSmallBudgets(t *testing.T) {
	for _, perHour := range []int{1, 2, 3, 4, 6, 10} {
		t.Run(fmt.Sprint(perHour), func(t *testing.T) {
			inLab(t, plandockettest.Options{RequestsPerHour: perHour}, func(t *testing.T, l *lab) {
				l.budget, l.perHour = must(retry.NewHourlyBudget(perHour)), perHour
				l.crowdOf(plandocket.RoutePatch, 5)
				p := must(l.plan(t.Context()))
				begun, before := time.Now(), l.requests
				r := must(l.apply(t.Context(), p, false))
				if n := r.Count(); n[pipeline.Verified] != 5 {
					t.Errorf("outcomes %+v, stopped %q", r.Outcomes, r.Stopped)
				}
				l.keepsRate()
				if perHour > 2 && r.Window > time.Minute {
					t.Errorf("at most %s between reading and writing, though an hour has room for a list of 2 requests and a call", r.Window)
				}
				hours := int(time.Since(begun)/time.Hour) + 1
				t.Logf("%d requests in %d hours, window %s", l.requests-before, hours, r.Window)
			})
		})
	}
}

// TestWhatIsOverwrittenIsNamed edits records between their reading and the call, which no
// program can see in time: where the log of the target tells of it, the outcome names the
// field; where it does not, the result counts the change as one of which that is not known.
func TestWhatIsOverwrittenIsNamed(t *testing.T) {
	for _, c := range []struct {
		name  string
		audit plandockettest.Audit
		keys  map[string][]string
		field string // what is edited
		named bool
		heard bool
	}{
		{name: "a field that is written", keys: withAudit(), field: "phone", named: true, heard: true},
		{name: "a field that is not", keys: withAudit(), field: "notes", heard: true},
		{name: "nothing", keys: withAudit(), heard: true},
		{name: "no order", audit: plandockettest.AuditShuffled, keys: withAudit(), field: "phone", named: true, heard: true},
		{name: "no scope", field: "phone"},
		{name: "no values", audit: plandockettest.AuditBare, keys: withAudit(), field: "phone"},
		{name: "late", audit: plandockettest.AuditLate, keys: withAudit(), field: "phone"},
		{name: "nothing of the API", audit: plandockettest.AuditSilent, keys: withAudit(), field: "phone"},
	} {
		for _, route := range []string{plandocket.RouteUpdateByEmail, plandocket.RoutePatch} {
			t.Run(c.name+", "+route, func(t *testing.T) {
				inLab(t, plandockettest.Options{Keys: c.keys, Dialect: plandockettest.Dialect{Audit: c.audit}}, func(t *testing.T, l *lab) {
					for _, id := range l.crowdOf(route, 3) { // an earlier edit, which the plan knows
						must("", l.server.Edit(id, func(e *plandockettest.Contact) { e.Phone = "before" }))
					}
					p := must(l.plan(t.Context()))
					const second = 1 // the first of each way is compared whole
					id := must(strconv.ParseInt(p.Changes[second].Target, 10, 64))
					method := http.MethodPost
					if route == plandocket.RoutePatch {
						method = http.MethodPatch
					}
					l.atCall(method, 2, func() {
						if c.field != "" {
							must("", l.server.Edit(id, func(e *plandockettest.Contact) { *fieldOf(e, c.field) = "hand" }))
						}
					})
					r := must(l.apply(t.Context(), p, false))
					o := r.Outcomes[second]
					if n := r.Count(); n[pipeline.Verified] != 3 {
						t.Fatalf("outcomes %+v", r.Outcomes)
					}
					if named := strings.Contains(o.Message, "overwritten: phone, which somebody changed at "); named != c.named || (r.Overwritten == 1) != c.named {
						t.Errorf("%d overwritten, outcome %+v, want it named: %t", r.Overwritten, o, c.named)
					}
					if strings.Contains(o.Message, "hand") {
						t.Errorf("the outcome shows what was written by hand: %s", o.Message)
					}
					if (r.Unheard == 0) != c.heard {
						t.Errorf("%d changes of which nobody can tell, want some: %t", r.Unheard, !c.heard)
					}
				})
			})
		}
	}
}

// TestWhatADeletionTookIsNamed edits a contact between its reading and the call that
// deletes it: a field that had a value, or one that had none.
func TestWhatADeletionTookIsNamed(t *testing.T) {
	for field, edit := range map[string]func(*plandockettest.Contact){
		"phone": func(c *plandockettest.Contact) { c.Phone = "hand" },
		"city":  func(c *plandockettest.Contact) { c.City = "hand" },
		"":      nil,
	} {
		inLab(t, plandockettest.Options{Keys: withAudit()}, func(t *testing.T, l *lab) {
			s := &storm{lab: l}
			s.person(0, 7)
			s.person(1, 8) // so that the source is not empty
			p := must(l.plan(t.Context()))
			l.atCall(http.MethodDelete, 1, func() {
				if edit != nil {
					must("", l.server.Edit(1, edit))
				}
			})
			r := must(l.apply(t.Context(), p, false))
			if len(r.Outcomes) != 1 || r.Outcomes[0].Status != pipeline.Verified || r.Unheard > 0 {
				t.Fatalf("outcomes %+v, %d unheard", r.Outcomes, r.Unheard)
			}
			named := strings.Contains(r.Outcomes[0].Message, "overwritten: "+field+", which somebody changed at ")
			if want := edit != nil; named != want || (r.Overwritten == 1) != want {
				t.Errorf("edited %q: %d overwritten, %q", field, r.Overwritten, r.Outcomes[0].Message)
			}
		})
	}
}
