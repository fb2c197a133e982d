package plandocket_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// crowd gives the tenant n contacts, and the source as many rows that are them.
// The first changed of them want another phone; they travel by PATCH, since servers
// differ in how they compare such an e-mail.
func (l *lab) crowd(n, changed int) {
	for i := range n {
		w := wish{id: fmt.Sprintf("r%05d", i), email: fmt.Sprintf("ü%d@example.com", i), last: fmt.Sprintf("Person %d", i), phone: "+49 30 1"}
		id := must(l.server.Add(plandockettest.Contact{Email: w.email, LastName: w.last, Phone: w.phone, Notes: "kept", CreatedAt: time.Now().Add(time.Duration(i-n) * time.Minute)}))
		l.memory.links[pipeline.RowKey{Source: "fair", ID: w.id}] = fmt.Sprint(id)
		if i < changed {
			w.phone = "+49 30 2"
		}
		l.wishes = append(l.wishes, w)
	}
}

// asked counts the readings of the list, page by page, and those by id.
func (l *lab) asked() (pages, singles int) {
	for _, r := range l.server.Requests() {
		switch {
		case r.Method != http.MethodGet:
		case r.Path == "/api/v1/contacts":
			pages++
		default:
			singles++
		}
	}
	return pages, singles
}

// TestFewAreLookedAtByID changes a handful of contacts of a list in many pages: the
// list is read whole to begin with, and then only what is in doubt is, also when
// answers are lost and readings lag behind.
func TestFewAreLookedAtByID(t *testing.T) {
	const contacts, changed, pageSize = 403, 4, 20
	dialect := plandockettest.Dialect{Paging: plandockettest.PagingPageBare, PageSize: pageSize}
	lags := dialect
	lags.Singles = plandockettest.SinglesLag
	for _, c := range []struct {
		name    string
		dialect plandockettest.Dialect
		fault   faults.Fault
	}{
		{"calm", dialect, faults.Fault{}},
		{"lost answers", dialect, faults.Fault{Route: "PATCH *", Kind: faults.CutAfter}},
		{"lost calls", dialect, faults.Fault{Route: "PATCH *", From: 2, Count: 2, Kind: faults.CutBefore}},
		{"late commits", dialect, faults.Fault{Route: "PATCH *", From: 2, Kind: plandockettest.LateCommit, Delay: 7 * time.Minute}},
		{"lists lag", dialect, faults.Fault{Route: "PATCH *", Kind: plandockettest.StaleReads, Delay: 4 * time.Minute}},
		{"all readings lag", lags, faults.Fault{Route: "PATCH *", Kind: plandockettest.StaleReads, Delay: 4 * time.Minute}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inLab(t, plandockettest.Options{Dialect: c.dialect}, func(t *testing.T, l *lab) {
				l.crowd(contacts, changed)
				p := must(l.plan(t.Context()))
				if c.fault.Kind != "" {
					l.schedule.Add(c.fault)
				}
				planned, _ := l.asked()
				r, err := l.apply(t.Context(), p, false)
				if err != nil || r.Count()[pipeline.Verified] != changed {
					t.Fatalf("%v, %v, want all %d verified", err, r.Count(), changed)
				}
				pages, singles := l.asked()
				if pages -= planned; pages > planned || singles == 0 {
					t.Errorf("%d pages and %d single contacts were read, where the plan took %d pages: want the list once", pages, singles, planned)
				}
				for _, ch := range p.Changes {
					var id int64
					_, _ = fmt.Sscan(ch.Target, &id)
					if now := l.contacts()[id]; now.Phone != "+49 30 2" || now.Notes != "kept" {
						t.Errorf("contact %d is %+v", id, now)
					}
				}
			})
		})
	}
}

// TestLookFindsWhatOthersDid edits contacts by hand after the list was read, and
// deletes one: what is looked at before it is sent is left alone (I3).
func TestLookFindsWhatOthersDid(t *testing.T) {
	dialect := plandockettest.Dialect{Paging: plandockettest.PagingPageBare, PageSize: 20}
	inLab(t, plandockettest.Options{Dialect: dialect}, func(t *testing.T, l *lab) {
		l.crowd(403, 5)
		p := must(l.plan(t.Context()))
		writes := 0
		l.server.BeforeRequest(func(q *http.Request) {
			if q.Method != http.MethodPatch {
				return
			}
			if writes++; writes == 1 {
				must("", l.server.Edit(3, func(c *plandockettest.Contact) { c.Phone = "by hand" }))
				must("", l.server.Delete(5))
			}
		})
		r, err := l.apply(t.Context(), p, false)
		if n := r.Count(); err != nil || n[pipeline.Verified] != 3 || n[pipeline.Drifted] != 2 {
			t.Errorf("%v, %v, want 3 verified and 2 drifted", err, n)
		}
		if got := l.contacts()[3].Phone; got != "by hand" {
			t.Errorf("contact 3 has the phone %q: an edit by hand was lost", got)
		}
		if _, there := l.contacts()[5]; there {
			t.Error("contact 5 is back")
		}
	})
}
