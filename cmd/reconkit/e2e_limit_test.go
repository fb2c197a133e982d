package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// TestSilentCap holds the worst list there is: 5,000 contacts of one moment
// behind a cap of 1,000 that nobody tells of. Each row of the source is there,
// most of them out of sight.
func TestSilentCap(t *testing.T) {
	t.Parallel()
	const contacts, shown = 5000, 1000
	var rows strings.Builder
	rows.WriteString("id;nr;mail;firma;vorname;nachname;tel;plz;ort;note;gruppe\n")
	for i := range 50 {
		fmt.Fprintf(&rows, "r%d;;c%d@many.example;;;N%d;;;;;\n", i, i*contacts/50, i*contacts/50)
	}
	for name, form := range map[string]struct {
		ties   plandockettest.Ties
		ignore string // a parameter that the server does not look at
	}{
		"sorted both ways": {}, "equal ones anywhere": {ties: plandockettest.TiesShuffled}, "order ignored": {ignore: "order"}, "sort ignored": {ignore: "sort"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := tenantOptions{empty: true, csv: rows.String()}
			o.plandocket.Dialect = plandockettest.Dialect{Paging: plandockettest.PagingCap, PageSize: shown, Ties: form.ties}
			o.wrap = func(_ string, h http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					q := r.URL.Query()
					q.Del(form.ignore)
					r.URL.RawQuery = q.Encode()
					h.ServeHTTP(rw, r)
				})
			}
			inTenant(t, o, func(w *tenant) {
				at := time.Date(2025, 6, 1, 8, 0, 0, 0, time.UTC)
				for i := range contacts {
					w.add(plandockettest.Contact{Email: fmt.Sprintf("c%d@many.example", i), LastName: fmt.Sprintf("N%d", i), CreatedAt: at, UpdatedAt: at})
				}
				w.createsNothing(contacts)
			})
		})
	}
}

// createsNothing expects a plan that creates nothing because the list is not
// proven to be whole, and that says so of the list and of each row.
func (w *tenant) createsNothing(contacts int) {
	w.t.Helper()
	p := w.plan()
	b := p.Header.Bindings[0]
	if b.Evidence.Grade != pipeline.Unproven || len(b.Evidence.Reasons) == 0 {
		w.t.Errorf("the list is graded %s, %v", b.Evidence.Grade, b.Evidence.Reasons)
	}
	if b.Counts.Create != 0 || len(p.Blocked) == 0 {
		w.t.Errorf("%d creates and %d blocked rows are planned", b.Counts.Create, len(p.Blocked))
	}
	for _, block := range p.Blocked {
		if block.Code != "absence-not-proven" || !strings.Contains(block.Reason, "not proven to be whole") {
			w.t.Errorf("blocked as %s: %s", block.Code, block.Reason)
		}
	}
	w.applyToEnd(p)
	wantEqual(w.t, "number of contacts afterwards", contacts, len(w.contacts()))
	w.t.Log(b.Evidence.Reasons)
}

// TestHiddenNamesake lets the cap hide a contact that shares the e-mail of one
// that is shown: an update must not reach the hidden one.
func TestHiddenNamesake(t *testing.T) {
	t.Parallel()
	for _, several := range []plandockettest.SeveralMatches{plandockettest.SeveralFirst, plandockettest.SeveralLast, plandockettest.SeveralAll} {
		t.Run(string(several), func(t *testing.T) {
			t.Parallel()
			o := tenantOptions{}
			o.plandocket.Dialect = plandockettest.Dialect{Paging: plandockettest.PagingCap, PageSize: 4, SeveralMatches: several}
			inTenant(t, o, func(w *tenant) {
				hidden := plandockettest.Contact{Email: "bert@bau.example", FirstName: "Berta", Rating: 3}
				w.edit(6, func(c *plandockettest.Contact) { c.Email, c.FirstName = hidden.Email, hidden.FirstName })
				w.applyToEnd(w.plan())
				want := endUnder(o.plandocket.Dialect).after
				berta := want["paul"]
				berta.Email, berta.FirstName = hidden.Email, hidden.FirstName
				want["paul"] = berta
				w.wantContacts(want)
			})
		})
	}
}

// TestListOfOne has a server that shows a list of one contact as the contact:
// whether there are more is not known, so that nothing is created.
func TestListOfOne(t *testing.T) {
	t.Parallel()
	o := tenantOptions{empty: true}
	o.plandocket.Dialect = plandockettest.Dialect{List: plandockettest.ListObject}
	inTenant(t, o, func(w *tenant) {
		w.add(plandockettest.Contact{Email: "dora@fern.example", Rating: 3})
		p := w.plan()
		wantEqual(t, "changes", []string{}, subjectsOf(p))
		for subject, code := range blockedIn(p) {
			wantEqual(t, "why "+subject+" is blocked", "absence-not-proven", code)
		}
	})
}

// TestContactLimit has a tenant with room for two more contacts. What finds no
// room is told with the server's words, and the next plan makes up for it.
func TestContactLimit(t *testing.T) {
	t.Parallel()
	const room = 2
	for form, left := range map[plandockettest.ContactLimit][]string{
		plandockettest.ContactLimitForbidden:     {"chris", "ghost", "greta", "juergen", "zoe"}, // 403 ends the apply
		plandockettest.ContactLimitUnprocessable: {"ghost", "greta", "zoe"},
		plandockettest.ContactLimitRecord:        {"ghost", "greta", "zoe"},
	} {
		t.Run("form "+string(form), func(t *testing.T) {
			t.Parallel()
			o := tenantOptions{}
			o.plandocket.Dialect = plandockettest.Dialect{ContactLimit: form}
			o.plandocket.Tenant.ContactLimit = len(storyBefore()) + room
			inTenant(t, o, func(w *tenant) {
				p := w.plan()
				r, err := w.apply(p, false)
				for i, c := range p.Changes {
					if s := subjectOf(c.Rows); slices.Contains(left, s) == r.Outcomes[i].Status.Done() {
						t.Errorf("%s ended as %s: %s", s, r.Outcomes[i].Status, r.Outcomes[i].Message)
					}
				}
				if !strings.Contains(strings.ToLower(fmt.Sprint(err, r.Outcomes)), "limit") {
					t.Errorf("nothing says that a limit was reached: %v, %v", err, r.Outcomes)
				}
				wantEqual(t, "number of contacts", len(storyBefore())+room, len(w.contacts()))
				w.pd.SetTenant(plandockettest.Tenant{}) // the tenant buys more
				next := w.plan()
				wantEqual(t, "changes of the next plan", left, subjectsOf(next))
				w.applyToEnd(next)
				w.wantContacts(storyAfter())
			})
		})
	}
}

// TestFeatureOff has a tenant whose API is switched off, before the plan and in
// the middle of the apply.
func TestFeatureOff(t *testing.T) {
	t.Parallel()
	for _, form := range []plandockettest.FeatureOff{plandockettest.FeatureOffForbidden, plandockettest.FeatureOffNotFound} {
		t.Run("form "+string(form), func(t *testing.T) {
			t.Parallel()
			o := tenantOptions{}
			o.plandocket.Dialect = plandockettest.Dialect{FeatureOff: form}
			inTenant(t, o, func(w *tenant) {
				w.pd.SetTenant(plandockettest.Tenant{Off: true})
				if _, err := w.tryPlan(); err == nil || !strings.Contains(err.Error(), "switched on") {
					t.Errorf("the plan ended with %v, want an error that speaks of the switch", err)
				}
				w.pd.SetTenant(plandockettest.Tenant{})
				p, calls := w.plan(), 0
				w.pd.BeforeRequest(func(r *http.Request) {
					if r.Method == http.MethodPost {
						calls++
						w.pd.SetTenant(plandockettest.Tenant{Off: calls == 2})
					}
				})
				if _, err := w.apply(p, false); err == nil || !strings.Contains(err.Error(), "switched on") {
					t.Errorf("the apply ended with %v, want an error that speaks of the switch", err)
				}
				w.pd.SetTenant(plandockettest.Tenant{})
				time.Sleep(pipeline.SettleDefault + time.Minute)
				e := ended{outcomes: map[string]pipeline.Status{}}
				r, err := w.apply(p, true)
				w.check(err)
				w.settleOutcomes(&e, p, r)
				w.wantContacts(storyAfter())
			})
		})
	}
}

// TestRateOverRestarts writes 90 contacts by a request each where 60 an hour
// may leave, and is ended and started anew on the way.
func TestRateOverRestarts(t *testing.T) {
	t.Parallel()
	const contacts, perHour = 90, 60
	var rows strings.Builder
	rows.WriteString("id;nr;mail;firma;vorname;nachname;tel;plz;ort;note;gruppe\n")
	for i := range contacts {
		fmt.Fprintf(&rows, "r%d;;ü%d@many.example;;;N%d;;;Ulm;;\n", i, i, i)
	}
	inTenant(t, tenantOptions{empty: true, csv: rows.String(), perHour: perHour}, func(w *tenant) {
		for i := range contacts {
			w.add(plandockettest.Contact{Email: fmt.Sprintf("ü%d@many.example", i), LastName: fmt.Sprintf("N%d", i),
				CreatedAt: time.Date(2025, 6, 1, 8, i, 0, 0, time.UTC)})
		}
		p := w.plan()
		wantEqual(t, "changes", contacts, len(p.Changes))
		ctx, stop := context.WithCancelCause(w.ctx)
		patches := 0
		w.pd.BeforeRequest(func(r *http.Request) {
			if r.Method != http.MethodPatch {
				return
			}
			if patches++; patches == 40 {
				stop(errors.New("interrupted"))
			}
		})
		r, err := w.applyUnder(ctx, p, false)
		w.check(err)
		if !strings.Contains(r.Stopped, "interrupted") {
			t.Errorf("the apply ended with %q", r.Stopped)
		}
		w.reopen()
		w.plan() // costs requests of the same hour
		w.reopen()
		e := w.applyToEnd(p)
		for subject, s := range e.outcomes {
			if !s.Done() {
				t.Errorf("%s ended as %s", subject, s)
			}
		}
		if patches != contacts {
			t.Errorf("%d PATCH requests for %d contacts", patches, contacts)
		}
		w.keepsRate(perHour)
	})
}

// keepsRate checks each sliding hour of the requests that arrived: that none has more
// than may leave, and the fullest as many as can, since a list begins only when the
// two requests that it takes here may both leave.
func (w *tenant) keepsRate(perHour int) {
	w.t.Helper()
	requests, most := w.pd.Requests(), 0
	first := 0
	for i, r := range requests {
		for r.Time.Sub(requests[first].Time) >= time.Hour {
			first++
		}
		most = max(most, i-first+1)
	}
	if most > perHour || most < perHour-1 {
		w.t.Errorf("up to %d of %d requests arrived within an hour, want no more than %d, and one less at least when there is much to do", most, len(requests), perHour)
	}
}

// TestSecretsInAnswers has servers that repeat what they were sent: the key is
// in no text that the program makes.
func TestSecretsInAnswers(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 400, 401, 403, 422, 500} {
		for _, form := range []string{`{"error":"bad key %s"}`, `{"error":"Validation failed","errors":{"%s":["%s is bad"]}}`,
			`{"total":1,"created":0,"updated":0,"skipped":0,"errors":["Row 1: %s"]}`, `<html>%s</html>`, `{"data":[{"id":"%s","%s":1}]}`} {
			for _, where := range []string{"GET plandocket", "POST plandocket", "PATCH plandocket", "GET sonderplan"} {
				t.Run(fmt.Sprint(status, " ", where), func(t *testing.T) {
					t.Parallel()
					o := tenantOptions{}
					o.wrap = func(kind string, h http.Handler) http.Handler {
						return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
							if r.Method+" "+kind != where {
								h.ServeHTTP(rw, r)
								return
							}
							key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
							_, _ = io.Copy(io.Discard, r.Body)
							rw.WriteHeader(status)
							fmt.Fprint(rw, strings.ReplaceAll(form, "%s", key))
						})
					}
					inTenant(t, o, func(w *tenant) {
						p, err := w.tryPlan()
						if err == nil {
							_, err = w.apply(p, false)
						}
						_ = err
						if w.said.String() == "" {
							t.Error("the program said nothing")
						}
					})
				})
			}
		}
	}
}
