package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// A customer number that says that there is none is not written: the number of the record
// stays, and a new record has none, whether or not numbers keep records apart.
func TestNumbersThatSayNoneAreNotWritten(t *testing.T) {
	for _, never := range []string{"", "never: [customer_number], "} {
		o := tenantOptions{pipeline: strings.Replace(nonePipeline, "NEVER", never, 1), empty: true,
			csv: "ID,Email,Number,First,Last,City\nx,anna@x.example,n/a,Anna,Quandt,Mainz\ny,bert@y.example,n/a,Bert,Holm,Trier\nz,cleo@z.example,000,Cleo,Amsel,Bonn\n"}
		inTenant(t, o, func(w *tenant) {
			for _, c := range []plandockettest.Contact{
				{Email: "anna@x.example", CustomerNumber: "K7", FirstName: "Anna", LastName: "Quandt", City: "Mainz"},
				{Email: "bert@y.example", CustomerNumber: "-", FirstName: "Bert", LastName: "Holm", City: "Worms"},
			} {
				_, err := w.pd.Add(c)
				w.check(err)
			}
			time.Sleep(time.Hour)
			w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
			p := w.plan()
			got := map[string]string{}
			for _, c := range p.Changes {
				for _, f := range c.Fields {
					got[string(c.Action)+" "+f.Field] += f.After.String()
				}
			}
			want := map[string]string{"update city": "Trier", "create email": "cleo@z.example", "create first_name": "Cleo", "create last_name": "Amsel", "create city": "Bonn"}
			if !maps.Equal(got, want) || len(p.Blocked) > 0 {
				t.Errorf("%q: planned %q, want %q; blocked: %v", never, got, want, p.Blocked)
			}
			told := 0
			for _, f := range p.Findings {
				if f.Code == "says-none" {
					told += f.Count
				}
			}
			if told != 3 {
				t.Errorf("%q: told of %d values that say none, want 3", never, told)
			}
		})
	}
}

const nonePipeline = `version: 1
name: shared
sources:
  rows: { type: csv, path: exhibitors.csv, id: ID, identifiers: { customer_number: plandocket } }
models:
  contacts:
    from:
      - source: rows
        map: { email: Email, customer_number: Number, first_name: First, last_name: Last, city: City }
    dedupe: { same: [customer_number, email], NEVERdecisions: decisions.yaml }
targets:
  plandocket:
    type: plandocket
    base_url: https://demo.plandocket.example
    api_key: ${PLANDOCKET_API_KEY}
    requests_per_hour: PER_HOUR
sinks:
  - { model: contacts, target: plandocket, resource: contacts, keyless: reserve(NEW-) }
`
