package plandocket_test

import (
	"fmt"
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

// inLab runs a test on virtual time with a tenant of its own.
func inLab(t *testing.T, o plandockettest.Options, test func(t *testing.T, l *lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := must(plandockettest.New(plandockettest.Options{Now: time.Now}))
		defer server.Close()
		l := must(openLab(server, o))
		test(t, l)
		l.report(t, t.Name())
	})
}

// many makes n rows without a contact.
func many(n int) wishes {
	rows := make(wishes, n)
	for i := range rows {
		rows[i] = wish{id: fmt.Sprintf("r%06d", i), email: fmt.Sprintf("p%d@example.com", i), last: fmt.Sprintf("Person %d", i)}
	}
	return rows
}

// manyRows is how many rows the large tests have.
func manyRows() int {
	if raced || testing.Short() {
		return 3_000
	}
	return 10_000
}

// TestLostAnswersOfEveryCall loses the answer of every call, whatever became of
// the call itself: in the end each contact is there once, and nobody was asked.
func TestLostAnswersOfEveryCall(t *testing.T) {
	for _, c := range []struct {
		kind  faults.Kind
		delay time.Duration
	}{
		{faults.CutAfter, 0},
		{plandockettest.LateCommit, 7 * time.Minute},
		{plandockettest.BulkPartialCommit, 0},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
				rows := manyRows()
				l.wishes = many(rows)
				p := must(l.plan(t.Context()))
				l.schedule.Add(faults.Fault{Route: "POST *", Kind: c.kind, Delay: c.delay, N: 700})
				begin, before := time.Now(), l.requests
				r, err := l.apply(t.Context(), p, false)
				if err != nil || r.Stopped != "" {
					t.Fatalf("apply: %v, %q, %v", err, r.Stopped, r.Count())
				}
				took := time.Since(begin)
				lost, doubled := l.against(rows)
				if lost != 0 || doubled != 0 {
					t.Errorf("of %d contacts %d are lost and %d doubled", rows, lost, doubled)
				}
				if n := r.Count()[pipeline.Verified]; n != rows {
					t.Errorf("outcomes %v, want all %d verified", r.Count(), rows)
				}
				if l.schedule.Fired(c.kind) != r.Calls {
					t.Errorf("%d of %d calls lost their answer", l.schedule.Fired(c.kind), r.Calls)
				}
				// One call alone, calls of up to a thousand, and again in halves what a cut call left.
				if most := 2 + 10*rows/1000; r.Calls > most {
					t.Errorf("%d calls for %d rows, want at most %d", r.Calls, rows, most)
				}
				t.Logf("%d rows, %d contacts, %d lost, %d doubled; %d calls, all without an answer, %d requests, %s",
					rows, len(l.contacts()), lost, doubled, r.Calls, l.requests-before, took.Round(time.Minute))
			})
		})
	}
}

// against holds the contacts against those that many(rows) asks for.
func (l *lab) against(rows int) (lost, doubled int) {
	by := map[string]int{}
	for _, c := range l.contacts() {
		by[c.Email]++
	}
	for _, w := range many(rows) {
		switch n := by[w.email]; n {
		case 0:
			lost++
		default:
			doubled += n - 1
		}
		delete(by, w.email)
	}
	for email, n := range by {
		l.fail("%d contacts %s came into being unplanned", n, email)
	}
	return lost, doubled
}

// TestLawCaution holds that under any single fault at least 95 of 100 rows end
// verified without a person (I11), whatever request it meets.
func TestLawCaution(t *testing.T) {
	kinds := stormKinds()
	if raced || testing.Short() {
		kinds = kinds[:6]
	}
	synctest.Test(t, func(t *testing.T) {
		server := must(plandockettest.New(plandockettest.Options{Now: time.Now}))
		defer server.Close()
		for _, kind := range kinds {
			n := 30
			if kind == plandockettest.BulkPartialRefusal {
				n = 57 // what the server refuses by its own word is no caution
			}
			for _, route := range []string{"GET *", "POST *"} {
				for from := 1; from <= 3; from++ {
					l := must(openLab(server, plandockettest.Options{}))
					l.wishes = many(60)
					p := must(l.plan(t.Context()))
					l.schedule.Add(faults.Fault{Route: route, From: from, Count: 1, Kind: kind, Delay: 4 * time.Minute, N: n})
					r, err := l.apply(t.Context(), p, false)
					resumed := err != nil || unfinished(r)
					if resumed {
						time.Sleep(time.Minute)
						r, err = l.apply(t.Context(), p, true)
					}
					if n := r.Count(); err != nil || (n[pipeline.Verified]+n[pipeline.Already])*100 < 95*len(p.Changes) {
						t.Errorf("%s at request %d of %s: %v, %v", kind, from, route, n, err)
					}
					if stops := kind == faults.Unauthorized || kind == faults.Forbidden || kind == plandockettest.BulkPartialRefusal || route == "GET *"; resumed && !stops {
						t.Errorf("%s at request %d of %s ended the apply: it had to be resumed", kind, from, route)
					}
					if got := len(l.contacts()); got < 57 || got > 60 {
						t.Errorf("%s at request %d of %s: %d contacts", kind, from, route, got)
					}
				}
			}
		}
	})
}

// TestLawRequests writes much at a thousand requests an hour, over three
// restarts, and counts: no more requests than the formula, and none too many in
// any hour (I8, I10).
func TestLawRequests(t *testing.T) {
	share := 1
	if raced || testing.Short() {
		share = 25
	}
	for _, c := range []struct {
		name    string
		rows    int
		perHour int
		change  func(w *wish)
	}{
		{"creates", 50_000 / share, 1000, nil},
		{"bulk updates", 50_000 / share, 1000, func(w *wish) { w.phone = "+49 30 1" }},
		{"patches", 5_000 / share, 1000, func(w *wish) { w.email = "new" + w.email }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inLab(t, plandockettest.Options{RequestsPerHour: c.perHour, Dialect: plandockettest.Dialect{Audit: plandockettest.AuditSilent}}, func(t *testing.T, l *lab) {
				l.budget, l.perHour = must(retry.NewHourlyBudget(c.perHour)), c.perHour
				l.wishes = many(c.rows)
				if c.change != nil {
					for i := range l.wishes {
						w := &l.wishes[i]
						id := must(l.server.Add(plandockettest.Contact{Email: w.email, LastName: w.last, CreatedAt: time.Now().Add(time.Duration(i-c.rows) * time.Second)}))
						l.memory.links[pipeline.RowKey{Source: "fair", ID: w.id}] = fmt.Sprint(id)
						c.change(w)
					}
				}
				p := must(l.plan(t.Context()))
				if len(p.Changes) != c.rows {
					t.Fatalf("%d changes, want %d", len(p.Changes), c.rows)
				}
				calls, reads := p.Header.Bindings[0].Requests.Write, p.Header.Bindings[0].Requests.Read
				before, restarts, begin := l.requests, 3, time.Now()
				var r *pipeline.Result
				for n := range restarts + 1 {
					writes := 0
					l.server.BeforeRequest(func(q *http.Request) {
						if writes++; q.Method != http.MethodGet && n < restarts && writes > 2+calls/5 {
							l.life.dieNext(diesAfter)
						}
					})
					var err error
					if r, err = l.apply(t.Context(), p, n > 0); err != nil && !l.life.dead.Load() {
						t.Fatal(err)
					}
					l.revive()
				}
				if n := r.Count(); n[pipeline.Verified]+n[pipeline.Already]+n[pipeline.Unverified] != c.rows || len(l.contacts()) != c.rows {
					t.Errorf("outcomes %v, %d contacts", n, len(l.contacts()))
				}
				// Each restart tries a way anew, reads before and after it, and sends the lost call again.
				most := calls + reads*((calls+19)/20+6) + restarts*(2+reads*10)
				if got := l.requests - before; got > most {
					t.Errorf("%d requests for %d calls, want at most %d", got, calls, most)
				}
				l.keepsRate()
				if busiest := l.busiestHour(); share == 1 && most > c.perHour && busiest < c.perHour*9/10 {
					t.Errorf("the busiest hour saw %d requests of %d: the limit was never met", busiest, c.perHour)
				}
				t.Logf("%d rows, %d requests (at most %d) over %d restarts, %d of %d in the busiest hour, %s",
					c.rows, l.requests-before, most, restarts, l.busiestHour(), c.perHour, time.Since(begin).Round(time.Minute))
			})
		})
	}
}

// TestLawScenarios are ways in which other tools went wrong.
func TestLawScenarios(t *testing.T) {
	t.Run("one success does not mark a batch as done", oneSuccess)
	t.Run("a failed row is tried again though its source did not change", failedRow)
	t.Run("nothing is sent again after a timeout that was none", slowAnswerOnly)
	t.Run("a reading that failed is no empty target", failedReading)
	t.Run("an apply that is cancelled keeps the ids that it made", cancelledApply)
}

func oneSuccess(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		l.wishes = many(40)
		p := must(l.plan(t.Context()))
		l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: plandockettest.BulkRecordsFail, N: 8})
		r := must(l.apply(t.Context(), p, false))
		if n := r.Count(); n[pipeline.Refused] == 0 || n[pipeline.Verified]+n[pipeline.Refused] != 40 || len(l.contacts()) != n[pipeline.Verified] {
			t.Errorf("outcomes %v, %d contacts", n, len(l.contacts()))
		}
		for key, target := range l.memory.links {
			if target == "" {
				t.Errorf("row %v is linked to nothing", key)
			}
		}
		if len(l.memory.links) != r.Count()[pipeline.Verified] {
			t.Errorf("%d links for %d contacts", len(l.memory.links), r.Count()[pipeline.Verified])
		}
	})
}

func failedRow(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		l.wishes = many(20)
		p := must(l.plan(t.Context()))
		l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: plandockettest.BulkRecordsFail, N: 10})
		refused := must(l.apply(t.Context(), p, false)).Count()[pipeline.Refused]
		next := must(l.plan(t.Context()))
		if refused == 0 || len(next.Changes) != refused {
			t.Errorf("%d rows were refused, and the next plan has %d changes", refused, len(next.Changes))
		}
		must(l.finish(t.Context(), next))
		if len(l.contacts()) != 20 {
			t.Errorf("%d contacts, want 20", len(l.contacts()))
		}
	})
}

func slowAnswerOnly(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		l.wishes = many(20)
		p := must(l.plan(t.Context()))
		l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: faults.Slow, Delay: 5 * time.Minute})
		r := must(l.apply(t.Context(), p, false))
		if n := l.server.BulkCalls(); n != 2 || r.Count()[pipeline.Verified] != 20 {
			t.Errorf("%d bulk calls, outcomes %v", n, r.Count())
		}
	})
}

func failedReading(t *testing.T) {
	for _, kind := range []faults.Kind{faults.LoginHTML, faults.EmptyBody, faults.Truncated, faults.Unauthorized, plandockettest.StaleReads} {
		inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
			l.wishes = many(23)
			must(l.finish(t.Context(), must(l.plan(t.Context()))))
			l.wishes = l.wishes[:22] // one is to be deleted
			l.schedule.Add(faults.Fault{Route: "GET *", Kind: kind})
			if p, err := l.plan(t.Context()); err == nil && len(p.Changes) != 1 {
				t.Errorf("under %s the plan has %d changes", kind, len(p.Changes))
			}
			l.schedule.Calm()
			p := must(l.plan(t.Context()))
			l.schedule.Add(faults.Fault{Route: "GET *", Kind: kind})
			if r, err := l.apply(t.Context(), p, false); err == nil && r.Count()[pipeline.Verified] != 1 {
				t.Errorf("under %s: %v", kind, r.Count())
			}
			if n := len(l.contacts()); n < 22 {
				t.Errorf("under %s %d contacts are left", kind, n)
			}
		})
	}
}

func cancelledApply(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		l.wishes = many(20)
		p := must(l.plan(t.Context()))
		l.life.dieAt, l.life.how = 9, diesAfter
		if _, err := l.apply(t.Context(), p, false); err == nil {
			t.Fatal("it lives")
		}
		l.revive()
		must(l.finish(t.Context(), p))
		if len(l.memory.links) != 20 || len(l.contacts()) != 20 {
			t.Errorf("%d links, %d contacts, want 20 of each", len(l.memory.links), len(l.contacts()))
		}
	})
}

// TestLawRefusals stops an apply of which the server refuses much, before all
// has been tried.
func TestLawRefusals(t *testing.T) {
	inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
		l.wishes = many(5_000)
		p := must(l.plan(t.Context()))
		l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Kind: plandockettest.BulkRecordsFail, N: 2})
		r := must(l.apply(t.Context(), p, false))
		if !strings.Contains(r.Stopped, "refuses much") || r.Count()[pipeline.Pending] < 2_000 {
			t.Errorf("stopped %q with %v", r.Stopped, r.Count())
		}
	})
}

// TestLawSilentCap has a server that confirms all records of a call and keeps
// the first ones: what it does not show is not called done, and an apply stops.
func TestLawSilentCap(t *testing.T) {
	inLab(t, plandockettest.Options{Dialect: plandockettest.Dialect{BulkCap: 100}}, func(t *testing.T, l *lab) {
		l.wishes = many(4_000)
		p := must(l.plan(t.Context()))
		r := must(l.apply(t.Context(), p, false))
		n := r.Count()
		if !strings.Contains(r.Stopped, "does not show") || n[pipeline.Verified] != len(l.contacts()) || n[pipeline.Pending] == 0 || n[pipeline.Unseen] == 0 {
			t.Errorf("stopped %q with %v; %d contacts", r.Stopped, n, len(l.contacts()))
		}
	})
}

// TestLawSilentCapOfTheLastWave has nothing left to be stopped: what the server confirmed
// and does not show is told apart from what it shows.
func TestLawSilentCapOfTheLastWave(t *testing.T) {
	inLab(t, plandockettest.Options{Dialect: plandockettest.Dialect{BulkCap: 5}}, func(t *testing.T, l *lab) {
		l.wishes = many(100)
		p := must(l.plan(t.Context()))
		r := must(l.apply(t.Context(), p, false))
		if n := r.Count(); n[pipeline.Verified] != len(l.contacts()) || n[pipeline.Unseen] != 100-len(l.contacts()) || n[pipeline.Unseen] == 0 {
			t.Errorf("%v with %d contacts", n, len(l.contacts()))
		}
		again := must(l.apply(t.Context(), p, true))
		if n := again.Count(); n[pipeline.Unseen] != 100-len(l.contacts()) || again.Calls != 0 {
			t.Errorf("the same plan again: %v, %d calls", n, again.Calls)
		}
	})
}
