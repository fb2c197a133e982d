package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// claimedPipeline joins no rows; what hangs on a contact is told by the keys of the contact.
const claimedPipeline = `version: 1
name: claimed
sources:
  rows: { type: csv, path: exhibitors.csv, id: ID, identifiers: { customer_number: plandocket } }
models:
  contacts:
    from:
      - source: rows
        map: { email: Email, customer_number: Number, first_name: First, last_name: Last }
  seats:
    from:
      - source: rows
        where: Event != ""
        map: { event_key: Event, email: Email, customer_number: Number }
  badges:
    from:
      - source: rows
        where: Badge != ""
        map: { email: Email, customer_number: Number, badge_name: Badge }
targets:
  plandocket:
    type: plandocket
    base_url: https://demo.plandocket.example
    api_key: ${PLANDOCKET_API_KEY}
    requests_per_hour: PER_HOUR
    custom_fields: { badge_name: string }
sinks:
  - { model: contacts, target: plandocket, resource: contacts }
  - { model: seats, target: plandocket, resource: participants }
  - { model: badges, target: plandocket, resource: custom_fields }
`

const claimedHead = "ID,Email,Number,First,Last,Event,Badge\n"

// TestRowsThatClaimOneContact has rows that become one contact though nothing joins them.
// None of them is written; what hangs on the contact is written only for rows that are not
// evidently of two people, or for the one row that is known to be the contact.
func TestRowsThatClaimOneContact(t *testing.T) {
	t.Parallel()
	const anna = "1,anna@x.example,K1,Anna,Quandt,,\n"
	for name, c := range map[string]struct {
		known, rows string
		seats       []int64
		badge       string
	}{
		"by the number of somebody else":     {rows: "1,anna@x.example,,Anna,Quandt,,\n2,bodo@x.example,K1,Bodo,Weber,expo,Bodo\n"},
		"numbers changed places":             {rows: "1,anna@x.example,K2,Anna,Quandt,expo,\n2,bodo@x.example,K1,Bodo,Weber,expo,Bodo\n"},
		"a household":                        {rows: "1,anna@x.example,,Anna,Quandt,,Anna\n2,anna@x.example,,Bodo,Quandt,expo,\n"},
		"a row without a name, and two with": {rows: "1,anna@x.example,,,,expo,\n2,anna@x.example,,Anna,Quandt,,\n3,anna@x.example,,Bodo,Quandt,,Bodo\n"},
		"one of them is known to be her": {known: anna, rows: "1,anna@x.example,,Anna,Quandt,expo,Anna\n2,bodo@x.example,K1,Bodo,Weber,,\n",
			seats: []int64{1}, badge: "Anna"},
		"another one is known to be her": {known: anna, rows: "1,anna@x.example,,Anna,Quandt,,\n2,bodo@x.example,K1,Bodo,Weber,expo,Bodo\n"},
		"one person of two rows": {rows: "1,anna@x.example,K1,Anna,Quandt,expo,\n2,anna@x.example,,Anna,Quandt,,Anna\n",
			seats: []int64{1}, badge: "Anna"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{pipeline: claimedPipeline, csv: claimedHead, empty: true}, func(w *tenant) {
				w.check(w.pd.SetKey(tenantKey, "contacts", "participants", "events", "custom_fields"))
				w.check(w.pd.AddCustomField(plandockettest.CustomField{Key: "badge_name", Label: "Badge", Type: "text"}))
				w.check(w.pd.AddEvent(plandockettest.Event{Key: "expo", Title: "expo", From: time.Now(), To: time.Now()}))
				w.add(plandockettest.Contact{Email: "anna@x.example", CustomerNumber: "K1", FirstName: "Anna", LastName: "Quandt"})
				if c.known != "" {
					w.writeCSV(claimedHead + c.known)
					w.applyEvents(w.plan())
				}
				time.Sleep(time.Hour)
				w.writeCSV(claimedHead + c.rows)
				p := w.plan()
				if !slices.ContainsFunc(p.Blocked, func(b pipeline.BlockedRow) bool { return b.Code == "duplicate-rows" }) {
					t.Errorf("no row is blocked as one of several that become one contact: %+v", p.Blocked)
				}
				w.applyEvents(p)
				wantEqual(t, "name of the contact", "Anna", w.contacts()[0].FirstName)
				wantEqual(t, "who is enrolled", c.seats, w.seatsAt("expo"))
				fields, err := w.pd.Custom(1)
				w.check(err)
				wantEqual(t, "badge", c.badge, strings.Trim(fields["badge_name"], `"`))
			})
		})
	}
}
