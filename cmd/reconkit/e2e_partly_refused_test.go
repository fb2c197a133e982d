package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

const partlyPipeline = `version: 1
name: partly
sources:
  rows: { type: csv, path: exhibitors.csv, id: ID }
models:
  contacts:
    from:
      - source: rows
        map: { email: Email, customer_number: Number, first_name: First, last_name: Last, city: City }
    dedupe: { same: [customer_number, email] }
targets:
  plandocket:
    type: plandocket
    base_url: https://demo.plandocket.example
    api_key: ${PLANDOCKET_API_KEY}
    requests_per_hour: PER_HOUR
sinks:
  - { model: contacts, target: plandocket, resource: contacts }
`

// refusal is a server that refuses a call as a whole after it has kept two records of it,
// and that may show nothing from then on.
type refusal struct {
	blind bool // until it is set to false: reads fail once a call was refused
	hit   bool
}

func (r *refusal) wrap(kind string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if r.blind && r.hit && q.Method == http.MethodGet {
			http.Error(w, `{"error":"Internal server error"}`, http.StatusInternalServerError)
			return
		}
		if q.Method != http.MethodPost {
			h.ServeHTTP(w, q)
			return
		}
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, q)
		r.hit = r.hit || answer.Code >= 400
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// refusedOptions have five new people, of whose second call the server keeps two records
// and refuses the whole.
func refusedOptions(limit plandockettest.ContactLimit, r *refusal) tenantOptions {
	o := tenantOptions{pipeline: partlyPipeline, empty: true, wrap: r.wrap, csv: "ID,Email,Number,First,Last,City\n" +
		"0,anna@x.example,K0,Anna,Quandt,Mainz\n1,bodo@y.example,K1,Bodo,Weber,Trier\n2,cleo@z.example,K2,Cleo,Kern,Ulm\n3,dora@u.example,K3,Dora,Lang,Kiel\n4,emil@v.example,K4,Emil,Brand,Bonn\n"}
	o.plandocket.Dialect = plandockettest.Dialect{ContactLimit: limit}
	o.storm = faults.New(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: plandockettest.BulkPartialRefusal, N: 2})
	return o
}

// TestWhatARefusedCallLeft has a server refuse a call as a whole and keep some of it all the
// same: those are ours, for the undo too, the others are not written, and the next plan
// begins at once with these.
func TestWhatARefusedCallLeft(t *testing.T) {
	t.Parallel()
	for _, limit := range []plandockettest.ContactLimit{plandockettest.ContactLimitForbidden, ""} {
		t.Run(string("limit "+limit), func(t *testing.T) {
			inTenant(t, refusedOptions(limit, &refusal{}), func(w *tenant) {
				r, err := w.apply(w.plan(), false)
				if r == nil {
					t.Fatal(err)
				}
				wantEqual(t, "contacts", len(w.contacts()), 3)
				wantEqual(t, "verified", r.Count()[pipeline.Verified], 3)
				told := slices.ContainsFunc(r.Outcomes, func(o pipeline.Outcome) bool { return strings.Contains(o.Message, "kept this record all the same") })
				wantEqual(t, "told what the server kept", told, true)
				wantEqual(t, "contacts of ours", len(w.created()), 3)
				next := w.plan()
				wantEqual(t, "changes of the next plan", len(next.Changes), 2)
				for _, f := range next.Findings {
					if f.Code == "open-call" {
						t.Errorf("the next plan waits for what is known: %s", f.Message)
					}
				}
				wantEqual(t, "deletions of the undo", len(w.undoOf(r.Run).Changes), 3)
				began := time.Now()
				if _, err := w.apply(next, false); err != nil {
					t.Fatal(err)
				}
				wantEqual(t, "the next apply waited", time.Since(began) < pipeline.SettleDefault, true)
				wantEqual(t, "contacts in the end", len(w.contacts()), 5)
			})
		})
	}
}

// TestARefusedCallThatNobodyLookedAt cannot be read back after the refusal. Such a call is as
// open as one without an answer, for the same plan and for the next: nobody is made twice,
// though a list lags behind, and what the server kept counts as ours.
func TestARefusedCallThatNobodyLookedAt(t *testing.T) {
	t.Parallel()
	for _, limit := range []plandockettest.ContactLimit{plandockettest.ContactLimitForbidden, ""} {
		for _, resumes := range []bool{true, false} {
			t.Run(fmt.Sprintf("limit %s resumes %v", limit, resumes), func(t *testing.T) {
				r := &refusal{blind: true}
				inTenant(t, refusedOptions(limit, r), func(w *tenant) {
					p := w.plan()
					w.faults.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: plandockettest.StaleReads, Delay: 5 * time.Minute})
					first, err := w.apply(p, false)
					if err == nil && first.Stopped == "" {
						t.Fatalf("the apply could not read back and ended as if it had: %v", first.Count())
					}
					r.blind = false
					if !resumes {
						p = w.plan()
						open := slices.ContainsFunc(p.Findings, func(f diag.Finding) bool { return f.Code == "open-call" })
						wantEqual(t, "the plan tells of the open call", open, true)
					}
					if n := w.applyEvents(p); n[pipeline.Verified]+n[pipeline.Already] != len(p.Changes) {
						t.Errorf("outcomes %v", n)
					}
					wantEqual(t, "contacts", len(w.contacts()), 5)
					wantEqual(t, "changes of a plan after that", len(w.plan().Changes), 0)
					if resumes {
						wantEqual(t, "contacts of ours", len(w.created()), 5)
					}
				})
			})
		}
	}
}

// TestARefusedCallBeforeAnUnprovenList has a list behind the refusal that may lack records:
// what it does not show may have been kept.
func TestARefusedCallBeforeAnUnprovenList(t *testing.T) {
	t.Parallel()
	o := refusedOptions("", &refusal{})
	o.pipeline = strings.Replace(o.pipeline, "resource: contacts }", "resource: contacts, accept_completeness: likely }", 1)
	o.plandocket.Dialect.Paging, o.plandocket.Dialect.PageSize = plandockettest.PagingCap, 2
	inTenant(t, o, func(w *tenant) {
		if r, err := w.apply(w.plan(), false); r == nil {
			t.Fatal(err)
		}
		open := slices.ContainsFunc(w.plan().Findings, func(f diag.Finding) bool { return f.Code == "open-call" })
		wantEqual(t, "the plan tells of the open call", open, true)
	})
}

// created are the contacts that are remembered as created by us.
func (w *tenant) created() map[string]string {
	w.t.Helper()
	made, err := w.store.Created(w.ctx, w.plan().Header.Bindings[0].Identity)
	w.check(err)
	return made
}
