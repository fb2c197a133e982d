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

// mirrorPipeline deletes contacts whose rows are gone, and their places.
const mirrorPipeline = `version: 1
name: mirror
sources:
  people: { type: csv, path: exhibitors.csv, id: ID }
  places: { type: csv, path: places.csv, id: ID }
  badges: { type: csv, path: badges.csv, id: ID }
models:
  contacts:
    from: [{ source: people, map: { email: Email, last_name: ID } }]
  attendees:
    from: [{ source: places, map: { event_key: Event, email: Email } }]
  badges:
    from: [{ source: badges, map: { email: Email, badge_name: Badge } }]
targets:
  plandocket:
    type: plandocket
    base_url: https://demo.plandocket.example
    api_key: ${PLANDOCKET_API_KEY}
    requests_per_hour: PER_HOUR
    custom_fields: { badge_name: string }
sinks:
  - { model: contacts, target: plandocket, resource: contacts, allow: [create, update, delete], on_missing: delete }
  - { model: attendees, target: plandocket, resource: participants, allow: [create, delete], on_missing: delete }
  - { model: badges, target: plandocket, resource: custom_fields }
`

// mirrorSource writes what the sources hold: ann is always there.
func (w *tenant) mirrorSource(people, places, badges string) {
	w.t.Helper()
	w.writeCSV("ID,Email\nann,ann@x.example\n" + people)
	w.check(os.WriteFile(filepath.Join(w.dir, "places.csv"), []byte("ID,Event,Email\np1,expo,ann@x.example\n"+places), 0o600))
	w.check(os.WriteFile(filepath.Join(w.dir, "badges.csv"), []byte("ID,Email,Badge\nb1,ann@x.example,Ann\n"+badges), 0o600))
}

// TestMirrorLooksAtWhatHangsOnContacts takes a row out of a mirror. What others hung on its
// contact, and what cannot be looked at for now, keeps it; so do its own participations,
// until they are gone. The custom fields that the pipeline wrote go with it.
func TestMirrorLooksAtWhatHangsOnContacts(t *testing.T) {
	t.Parallel()
	all := []string{"contacts", "custom_fields", "participants", "events"}
	const ben, his = "ben,ben@x.example\n", "p2,expo,ben@x.example\n"
	for name, c := range map[string]struct {
		scopes         []string // nil: all that the pipeline needs
		place, badge   string   // rows of his before
		keepPlace      bool
		byHand         func(w *tenant, id int64)
		stays, unknown string // what the plan says
		next           bool   // the plan after it deletes him
	}{
		"nothing":                   {},
		"a badge of ours":           {badge: "b2,ben@x.example,Ben\n"},
		"a badge by hand":           {badge: "b2,ben@x.example,Ben\n", byHand: func(w *tenant, id int64) { w.check(w.pd.SetCustom(id, map[string]string{"badge_name": `"B."`})) }, stays: "somebody filled badge_name"},
		"a seat by hand":            {byHand: func(w *tenant, id int64) { w.check(w.pd.SetCustom(id, map[string]string{"seat": `"12"`})) }, stays: "somebody filled seat"},
		"a participation by hand":   {byHand: func(w *tenant, id int64) { w.enrol(id) }, stays: "there is a participation in event expo"},
		"a participation that goes": {place: his, stays: "there is a participation in event expo", next: true},
		"one that stays":            {place: his, keepPlace: true, stays: "there is a participation in event expo"},
		"custom fields that fail": {byHand: func(w *tenant, _ int64) {
			w.faults.Add(faults.Fault{Route: "GET /api/v1/custom-fields/contact/2", Kind: faults.ServerError})
		}, stays: "nobody could look at its custom fields"},
		"contacts alone": {scopes: []string{"contacts"}, byHand: func(w *tenant, id int64) { w.enrol(id) }, unknown: "participations, since the key may not read them"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := mirrorPipeline
			if c.scopes != nil {
				text = strings.SplitAfter(text, "resource: contacts, allow: [create, update, delete], on_missing: delete }\n")[0]
			}
			inTenant(t, tenantOptions{pipeline: text, csv: "ID,Email\n", empty: true}, func(w *tenant) {
				w.check(w.pd.SetKey(tenantKey, all...))
				w.check(w.pd.AddEvent(plandockettest.Event{Key: "expo", Title: "expo", From: time.Now(), To: time.Now()}))
				for _, f := range []string{"badge_name", "seat"} {
					w.check(w.pd.AddCustomField(plandockettest.CustomField{Key: f, Label: f, Type: "text"}))
				}
				w.mirrorSource(ben, c.place, c.badge)
				w.applyEvents(w.plan())
				contacts := w.contacts()
				wantEqual(t, "contacts", 2, len(contacts))
				reading := w.plan().Header.Bindings[0].Requests.Read
				time.Sleep(time.Hour)
				if c.byHand != nil {
					c.byHand(w, contacts[1].ID)
				}
				if c.scopes != nil {
					w.check(w.pd.SetKey(tenantKey, c.scopes...))
				}
				place := ""
				if c.keepPlace {
					place = c.place
				}
				w.mirrorSource("", place, "")
				p := w.plan()
				said := map[string]string{}
				for _, f := range p.Findings {
					said[f.Code] += f.Message
				}
				deletes := 0
				for _, ch := range p.Changes {
					if ch.Action == pipeline.Delete && ch.Resource == "contacts" {
						deletes++
					}
				}
				wantEqual(t, "he is to be deleted", c.stays == "", deletes == 1)
				wantEqual(t, "requests that each reading of the apply takes", reading, p.Header.Bindings[0].Requests.Read)
				wantEqual(t, "deletions that are counted", deletes, p.Header.Bindings[0].Counts.Delete)
				if !strings.Contains(said["attached"], c.stays) || (said["attached"] == "") != (c.stays == "") {
					t.Errorf("he stays: %q, want %q", said["attached"], c.stays)
				}
				if !strings.Contains(said["not-looked-at"], c.unknown) || (said["not-looked-at"] == "") != (c.unknown == "") {
					t.Errorf("not looked at: %q, want %q", said["not-looked-at"], c.unknown)
				}
				w.applyEvents(p)
				if c.next {
					w.applyEvents(w.plan())
					wantEqual(t, "changes of the last plan", 0, len(w.plan().Changes))
				}
				wantEqual(t, "contacts in the end", map[bool]int{true: 1, false: 2}[c.stays == "" || c.next], len(w.contacts()))
			})
		})
	}
}
