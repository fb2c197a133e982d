package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// sharedPipeline writes people, of whom some share an address.
const sharedPipeline = `version: 1
name: shared
sources:
  rows: { type: csv, path: exhibitors.csv, id: ID, identifiers: { customer_number: plandocket } }
models:
  contacts:
    from:
      - source: rows
        map: { email: Email, customer_number: Number, first_name: First, last_name: Last, city: City }
    dedupe: { same: [customer_number, email], decisions: decisions.yaml }
targets:
  plandocket:
    type: plandocket
    base_url: https://demo.plandocket.example
    api_key: ${PLANDOCKET_API_KEY}
    requests_per_hour: PER_HOUR
sinks:
  - { model: contacts, target: plandocket, resource: contacts, keyless: reserve(NEW-) }
`

const sharedCSV = `ID,Email,Number,First,Last,City
x,home@x.example,K1,Xaveria,Quandt,Mainz
b,home@x.example,K2,Bodo,Quandt,Mainz
c,home@x.example,,Cosima,Quandt,Mainz
`

const sharedDecisions = `- { a: { source: rows, id: b }, b: { source: rows, id: x }, same: false }
- { a: { source: rows, id: c }, b: { source: rows, id: x }, same: false }
- { a: { source: rows, id: c }, b: { source: rows, id: b }, same: false }
`

// TestTwoContactsWithOneAddress has people who share the address of a contact that is in the
// target. Once a person has said that they are others, each of them is created, by a number of
// its own, in every dialect and though the answer is lost; the contact that was there stays as
// it is, and the next plans are empty, with and without a memory.
func TestTwoContactsWithOneAddress(t *testing.T) {
	t.Parallel()
	for _, d := range plandockettest.Dialects() {
		if d.Dialect.Paging == plandockettest.PagingCap || d.Name == "list=object" {
			continue // such a list is not proven whole: nothing is created
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			o := tenantOptions{pipeline: sharedPipeline, csv: sharedCSV, empty: true}
			o.plandocket.Dialect = dialectOf(d.Dialect)
			inTenant(t, o, func(w *tenant) {
				_, err := w.pd.Add(plandockettest.Contact{Email: "home@x.example", CustomerNumber: "K1", FirstName: "Xaveria", LastName: "Quandt", City: "Mainz", Notes: "hers"})
				w.check(err)
				before := w.contacts()
				time.Sleep(time.Hour)
				w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
				if p := w.plan(); len(p.Changes) != 0 || len(p.Blocked) != 2 {
					t.Fatalf("before anybody said who is who: %d changes, blocked %v", len(p.Changes), p.Blocked)
				}
				w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte(sharedDecisions), 0o600))
				p := w.plan()
				if len(p.Changes) != 2 || len(p.Blocked) != 0 {
					t.Fatalf("%d changes, blocked %+v", len(p.Changes), p.Blocked)
				}
				w.faults.Add(faults.Fault{Route: "POST /api/v1/bulk-import/contacts", Count: 2, Kind: faults.CutAfter})
				e := w.applyEvents(p)
				wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 2}, e)
				after := w.contacts()
				wantEqual(t, "contacts", 3, len(after))
				wantEqual(t, "the one that was there", before[0], after[0])
				if next := w.plan(); len(next.Changes)+len(next.Blocked) != 0 {
					t.Errorf("the next plan has %d changes, blocked %+v", len(next.Changes), next.Blocked)
				}
				w.forget()
				if next := w.plan(); len(next.Changes) != 0 {
					t.Errorf("without a memory, the next plan has %d changes", len(next.Changes))
				}
				if d.Name == "bulk_update=reset" {
					return // on such a server an apply stops at the first update
				}
				w.writeCSV("ID,Email,Number,First,Last,City\nx,home@x.example,K1,Xaveria,Quandt,Trier\nb,home@x.example,K2,Bodo,Quandt,Mainz\nc,home@x.example,,Cosima,Quandt,Mainz\n")
				w.applyEvents(w.plan())
				for i, c := range w.contacts() {
					wantEqual(t, "city of "+c.FirstName, []string{"Trier", "Mainz", "Mainz"}[i], c.City)
				}
			})
		})
	}
}

// forget loses the memory.
func (w *tenant) forget() {
	w.t.Helper()
	w.check(w.store.Close())
	files, err := filepath.Glob(filepath.Join(w.dir, "state.db*"))
	w.check(err)
	for _, f := range files {
		w.check(os.Remove(f))
	}
	w.store = nil
	w.reopen()
}

// TestAnAddressThatMoves has a row leave its address, which another row takes: the contact of
// the one has it until the plan is applied. So the other is created where a person said that
// they are two, and else by the next plan; nothing is planned that apply cannot write.
func TestAnAddressThatMoves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		decisions string
		outcomes  []map[pipeline.Status]int // of the plans, one after the other
		blocked   []int
	}{
		"answered": {"- { a: { source: rows, id: c }, b: { target: \"1\" }, same: false }\n", []map[pipeline.Status]int{{pipeline.Verified: 2}, {}}, []int{0, 0}},
		"unsaid":   {"[]\n", []map[pipeline.Status]int{{pipeline.Verified: 1}, {pipeline.Verified: 1}, {}}, []int{1, 0, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := tenantOptions{pipeline: strings.Replace(sharedPipeline, "email], decisions", "email], never: [customer_number], decisions", 1), csv: "ID,Email,Number,First,Last,City\nx,new@x.example,K1,Xaveria,Quandt,Mainz\nc,home@x.example,K9,Cosima,Berger,Mainz\n", empty: true}
			inTenant(t, o, func(w *tenant) {
				_, err := w.pd.Add(plandockettest.Contact{Email: "home@x.example", CustomerNumber: "K1", FirstName: "Xaveria", LastName: "Quandt", City: "Mainz"})
				w.check(err)
				time.Sleep(time.Hour)
				w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte(c.decisions), 0o600))
				for i, want := range c.outcomes {
					p := w.plan()
					wantEqual(t, "blocked", c.blocked[i], len(p.Blocked))
					r, err := w.apply(p, false)
					w.check(err)
					wantEqual(t, "outcomes", want, r.Count())
					time.Sleep(time.Hour)
				}
				wantEqual(t, "addresses", "new@x.example home@x.example", w.contacts()[0].Email+" "+w.contacts()[1].Email)
			})
		})
	}
}
