package plandocket_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// TestLawRequestsBySize applies creates of many sizes, undisturbed, and holds what the
// plan says of its calls and of all its requests, also where all contacts come into being
// at one moment, so that the order says nothing.
func TestLawRequestsBySize(t *testing.T) {
	const largeFrom = 1_000 // rows
	for _, c := range []struct {
		had, rows int
		atOnce    bool
	}{
		{0, 1, false}, {0, 10, false}, {0, 11, false}, {0, 499, false}, {0, 500, false}, {0, 1_000, false}, {0, 5_000, false}, {0, 20_000, false},
		{1, 1, false}, {1, 499, false}, {1, 500, false}, {1, 4_999, false}, {1, 19_999, false},
		{7, 1, false}, {7, 43, false}, {7, 1_000, false}, {40, 1, false}, {40, 10, false}, {40, 500, false},
		{0, 10, true}, {0, 500, true}, {40, 10, true},
	} {
		if c.rows > largeFrom && (raced || testing.Short()) {
			continue
		}
		t.Run(fmt.Sprintf("%d beside %d at once %t", c.rows, c.had, c.atOnce), func(t *testing.T) {
			inLab(t, plandockettest.Options{Dialect: plandockettest.Dialect{Audit: plandockettest.AuditSilent}}, func(t *testing.T, l *lab) {
				for i := range c.had {
					must(l.server.Add(plandockettest.Contact{Email: fmt.Sprintf("old%d@example.com", i), CreatedAt: time.Now().Add(time.Duration(i-c.had) * time.Hour)}))
				}
				l.wishes, l.swift = many(c.rows), c.atOnce
				p := must(l.plan(t.Context()))
				before := l.requests
				r := must(l.apply(t.Context(), p, false))
				took, writes, told := l.requests-before, 0, p.Header.Bindings[0].Requests
				if n := r.Count(); n[pipeline.Verified] != c.rows {
					t.Fatalf("outcomes %v", n)
				}
				for _, q := range l.server.Requests() {
					if q.Method != http.MethodGet {
						writes++
					}
				}
				if writes != told.Write || took > told.Requests() {
					t.Errorf("%d calls and %d requests, and the plan says %d and at most %d", writes, took, told.Write, told.Requests())
				}
				t.Logf("%d requests, at most %d: %d calls", took, told.Requests(), writes)
			})
		})
	}
}

// TestLawRequestsOfDeletions has contacts created, deleted and created again, undisturbed:
// each that is deleted is asked for once by its id, and none again, so that an apply takes
// no more than the plan says, and the plan says no more than that.
func TestLawRequestsOfDeletions(t *testing.T) {
	for _, n := range []int{1, 3, 8, 43, 100, 160} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			inLab(t, plandockettest.Options{Dialect: plandockettest.Dialect{Audit: plandockettest.AuditSilent}}, func(t *testing.T, l *lab) {
				for i := range 3 {
					must(l.server.Add(plandockettest.Contact{Email: fmt.Sprintf("old%d@example.com", i), CreatedAt: time.Now().Add(time.Duration(i-3) * time.Hour)}))
				}
				all := many(n + 1)
				l.wishes = all[:1] // who stays, since an empty source deletes nothing
				must(l.apply(t.Context(), must(l.plan(t.Context())), false))
				for _, wishes := range []wishes{all, all[:1], all} {
					l.wishes = wishes
					p := must(l.plan(t.Context()))
					before, told := l.requests, p.Header.Bindings[0].Requests
					r := must(l.apply(t.Context(), p, false))
					if c := r.Count(); c[pipeline.Verified] != n {
						t.Fatalf("outcomes %v", c)
					}
					took, asked := l.requests-before, 0
					if len(wishes) == 1 {
						asked = n
					}
					if most := told.Write + 2*((told.Write+19)/20+6) + asked; took > told.Requests() || told.Requests() > 2*most {
						t.Errorf("%d wishes: %d requests, the plan says at most %d, and by size it is %d", len(wishes), took, told.Requests(), most)
					}
				}
			})
		})
	}
}

// TestLawRequestsOfCustomFields applies custom fields of contacts that are there and of
// contacts that the same plan creates, undisturbed: what the plan says of its requests
// holds, though each contact takes some of its own.
func TestLawRequestsOfCustomFields(t *testing.T) {
	for _, c := range []struct{ had, created int }{{0, 1}, {0, 40}, {1, 0}, {40, 0}, {3, 21}, {25, 25}} {
		t.Run(fmt.Sprintf("%d there and %d created", c.had, c.created), func(t *testing.T) {
			inLab(t, plandockettest.Options{}, func(t *testing.T, l *lab) {
				s := &storm{lab: l, seating: &seating{}}
				s.seat(0, nil)
				for i := range c.had + c.created {
					p := plandockettest.Contact{Email: fmt.Sprintf("p%d@example.com", i), LastName: "P", CreatedAt: time.Now().Add(time.Duration(i-1000) * time.Hour)}
					id := int64(0)
					if i < c.had {
						id = must(l.server.Add(p))
					}
					l.wishes = append(l.wishes, wish{id: fmt.Sprintf("r%d", i), email: p.Email, last: p.LastName})
					s.badgeOf(fmt.Sprintf("b%d", i), id, p, 1)
				}
				p := must(l.plan(t.Context()))
				told := 0
				for _, b := range p.Header.Bindings {
					told += b.Requests.Requests()
				}
				before := l.requests
				r := must(l.apply(t.Context(), p, false))
				if n := r.Count(); n[pipeline.Verified] != c.had+2*c.created {
					t.Fatalf("outcomes %v", n)
				}
				if took := l.requests - before; took > told {
					t.Errorf("%d requests, and the plan says %d at most", took, told)
				}
			})
		})
	}
}
