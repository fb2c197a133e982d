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
