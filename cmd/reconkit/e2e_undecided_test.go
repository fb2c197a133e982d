package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// TestWhoIsUndecidedTakesNobodysPlace has a row with the address of a contact of another name.
// As long as nobody said who is who, neither its participation nor its custom fields go to
// that contact; once somebody said that they are two, each has its own.
func TestWhoIsUndecidedTakesNobodysPlace(t *testing.T) {
	t.Parallel()
	inOneAddress(t, func(w *tenant, her int64, decide func(string)) {
		decide("[]\n")
		wantUndecided(w, w.plan(), "undecided-match")
		decide(saidTwo)
		r, err := w.apply(w.plan(), false)
		w.check(err)
		wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 3}, r.Count())
		seats, err := w.pd.Participants()
		w.check(err)
		if len(seats) != 1 || seats[0].ContactID == her {
			t.Errorf("participants %+v", seats)
		}
	})
}

// TestWhoIsDeclinedTakesNobodysPlace has a person say that the two are others, and no to the
// new contact.
func TestWhoIsDeclinedTakesNobodysPlace(t *testing.T) {
	t.Parallel()
	inOneAddress(t, func(w *tenant, _ int64, decide func(string)) {
		decide(saidTwo)
		p := w.plan()
		for i := range p.Changes {
			if p.Changes[i].Action == pipeline.Create && p.Changes[i].Resource == plandocket.Resource {
				w.check(w.store.Decline(w.ctx, p.Header.Bindings[p.Changes[i].Binding].Identity, time.Now(), []string{p.Changes[i].ID}, nil))
			}
		}
		p, err := w.load().Plan(w.ctx, pipeline.Options{Now: time.Now(), Links: w.store, Ledger: w.store, Declines: w.store, Log: w.log()})
		w.check(err)
		wantUndecided(w, p, pipeline.CodeDeclined)
	})
}

const saidTwo = "- { a: { source: rows, id: b }, b: { target: \"1\" }, same: false }\n"

// wantUndecided holds that a plan writes nothing, and why the contact waits.
func wantUndecided(w *tenant, p *pipeline.Plan, contact string) {
	w.t.Helper()
	codes := map[string]string{}
	for _, b := range p.Blocked {
		codes[b.Model] = b.Code
	}
	wantEqual(w.t, "changes", 0, len(p.Changes))
	wantEqual(w.t, "blocked", map[string]string{"contacts": contact, "seats": "contact-undecided", "badges": "contact-undecided"}, codes)
}

// inOneAddress has a contact, who has custom fields, and a row of another name with her
// address, which is to take part in an event and has custom fields, too.
func inOneAddress(t *testing.T, test func(w *tenant, her int64, decide func(string))) {
	t.Helper()
	text := strings.Replace(sharedPipeline, "targets:\n", `  seats:
    from:
      - source: rows
        map: { event_key: "\"expo\"", email: Email, customer_number: Number }
  badges:
    from:
      - source: rows
        map: { email: Email, customer_number: Number, badge: First }
targets:
`, 1) + "  - { model: seats, target: plandocket, resource: participants }\n  - { model: badges, target: plandocket, resource: custom_fields }\n"
	text = strings.Replace(text, "    requests_per_hour: PER_HOUR\n", "    requests_per_hour: PER_HOUR\n    custom_fields: { badge: string }\n", 1)
	o := tenantOptions{pipeline: text, csv: "ID,Email,Number,First,Last,City\nb,home@x.example,K2,Bodo,Quandt,Mainz\n", empty: true}
	inTenant(t, o, func(w *tenant) {
		w.check(w.pd.SetKey(tenantKey, "contacts", "participants", "events", "custom_fields"))
		w.check(w.pd.AddCustomField(plandockettest.CustomField{Key: "badge", Type: "text"}))
		her, err := w.pd.Add(plandockettest.Contact{Email: "home@x.example", FirstName: "Xaveria", LastName: "Quandt", City: "Mainz"})
		w.check(err)
		w.check(w.pd.AddEvent(plandockettest.Event{Key: "expo", Title: "expo", From: time.Now(), To: time.Now()}))
		w.check(w.pd.SetCustom(her, map[string]string{"badge": `"Xaveria"`}))
		time.Sleep(time.Hour)
		decisions := filepath.Join(w.dir, "decisions.yaml")
		test(w, her, func(text string) { w.check(os.WriteFile(decisions, []byte(text), 0o600)) })
	})
}
