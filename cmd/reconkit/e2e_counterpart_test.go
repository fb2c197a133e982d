package main

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// The pipeline of counterparts, whose seats know nobody but by an e-mail.
const counterpartPipeline = `version: 1
name: counterparts
sources:
  rows: { type: csv, path: exhibitors.csv, id: ID, identifiers: { customer_number: plandocket } }
models:
  contacts:
    from:
      - source: rows
        map: { email: Email, customer_number: Number, first_name: First, last_name: Last }
MORE
    dedupe: { same: [customer_number, email], decisions: decisions.yaml }
  seats:
    from:
      - source: rows
        map: { event_key: '"expo"', email: Guest }
targets:
  plandocket:
    type: plandocket
    base_url: https://demo.plandocket.example
    api_key: ${PLANDOCKET_API_KEY}
    requests_per_hour: PER_HOUR
sinks:
  - { model: contacts, target: plandocket, resource: contacts, fields: { email: protect_edits } }
  - { model: seats, target: plandocket, resource: participants }
`

const counterpartHead = "ID,Email,Number,First,Last,Guest\n"

// seatCase is a row of Xaveria, whose contact and seat at another event are known, and who by
// now is what the case says.
type seatCase struct {
	name, rows, said, more, sink string
	prepare                      func(w *tenant, her int64)
	want                         map[string]string
	seats                        []int64 // of which contacts
}

var seatCases = []seatCase{
	{name: "her address is another one's by now", rows: "x,home@x.example,K1,Xaveria,Quandt,home@x.example\n",
		prepare: func(w *tenant, her int64) {
			w.rename(her, "hers@x.example")
			w.add(plandockettest.Contact{Email: "home@x.example", CustomerNumber: "K7", FirstName: "Ottilie", LastName: "Berger"})
		},
		want: map[string]string{"seats/x": "contact-undecided"}},
	{name: "her address was corrected in the target", rows: "x,home@x.example,K1,Xaveria,Quandt,home@x.example\n",
		prepare: func(w *tenant, her int64) { w.rename(her, "hers@x.example") },
		want:    map[string]string{"seats/x": "create"}, seats: []int64{1}},
	{name: "she left the target", rows: "x,home@x.example,K1,Xaveria,Quandt,home@x.example\ny,home@x.example,K1,Xaveria,Quandt,home@x.example\n",
		prepare: func(w *tenant, her int64) { w.check(w.pd.Delete(her)) },
		want:    map[string]string{"contacts/x": "create", "contacts/y": "create", "seats/x": "create", "seats/y": "create"}, seats: []int64{2}},
	{name: "two rows of her, of which one has another address", rows: "x,home@x.example,K1,Xaveria,Quandt,home@x.example\ny,work@x.example,K1,Xaveria,Quandt,work@x.example\n",
		want: map[string]string{"seats/x": "create", "seats/y": "create"}, seats: []int64{1}},
	{name: "two people of one address", rows: "x,home@x.example,K1,Xaveria,Quandt,home@x.example\nb,home@x.example,K2,Bodo,Quandt,home@x.example\n",
		said: "- { a: { source: rows, id: b }, b: { source: rows, id: x }, same: false }\n- { a: { source: rows, id: b }, b: { target: \"1\" }, same: false }\n",
		want: map[string]string{"contacts/b": "create", "seats/b": "create", "seats/x": "create"}, seats: []int64{1, 2}},
	{name: "a family of one address, without numbers", rows: "x,home@x.example,K1,Xaveria,Quandt,home@x.example\nb,home@x.example,,Bodo,Quandt,home@x.example\n", sink: "keyless: reserve(NEW-), fields",
		said: "- { a: { source: rows, id: b }, b: { source: rows, id: x }, same: false }\n- { a: { source: rows, id: b }, b: { target: \"1\" }, same: false }\n",
		want: map[string]string{"contacts/b": "create", "seats/b": "create", "seats/x": "create"}, seats: []int64{1, 2}},
	{name: "she brings a guest", rows: "x,home@x.example,K1,Xaveria,Quandt,guest@x.example\n",
		prepare: func(w *tenant, _ int64) {
			w.add(plandockettest.Contact{Email: "guest@x.example", FirstName: "Ottilie", LastName: "Berger"})
		},
		want: map[string]string{"seats/x": "create"}, seats: []int64{2}},
	{name: "he is undecided, and his guest is somebody else", rows: "b,home@x.example,K2,Bodo,Quandt,guest@x.example\n",
		prepare: func(w *tenant, _ int64) {
			w.add(plandockettest.Contact{Email: "guest@x.example", FirstName: "Ottilie", LastName: "Berger"})
		},
		want: map[string]string{"contacts/b": "undecided-match", "seats/b": "create"}, seats: []int64{2}},
	{name: "he is undecided, and his guest, of the same row, is new", rows: "b,home@x.example,K2,Bodo,Quandt,guest@x.example\n",
		more: "      - source: rows\n        map: { email: Guest }\n",
		want: map[string]string{"contacts/": "undecided-match", "seats/b": "create"}, seats: []int64{2}},
	{name: "he is undecided, and known by no id", rows: "b,home@x.example,K2,Bodo,Quandt,home@x.example\n",
		more: "      - source: rows\n        map: { email: \"'guest@x.example'\" }\n",
		want: map[string]string{"contacts/": "undecided-match", "seats/b": "contact-undecided"}},
}

// TestSeatsGoToTheContactOfTheirRow has rows whose contact is known by more than the keys
// that their seats have: each seat is that contact's, or waits, and is never another one's
// that has the keys. A seat of somebody else than the row's contact goes by its keys.
func TestSeatsGoToTheContactOfTheirRow(t *testing.T) {
	t.Parallel()
	for _, c := range seatCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

func (c *seatCase) run(t *testing.T) {
	text := strings.Replace(counterpartPipeline, "MORE\n", c.more, 1)
	if c.sink != "" {
		text = strings.Replace(text, "fields", c.sink, 1)
	}
	inTenant(t, tenantOptions{pipeline: text, empty: true, csv: counterpartHead + c.rows}, func(w *tenant) {
		w.check(w.pd.SetKey(tenantKey, "contacts", "participants", "events"))
		w.check(w.pd.AddEvent(plandockettest.Event{Key: "fair", Title: "fair", From: time.Now(), To: time.Now()}))
		w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
		w.writeCSV(counterpartHead + "x,home@x.example,K1,Xaveria,Quandt,home@x.example\n")
		w.text = strings.Replace(w.text, `'"expo"'`, `'"fair"'`, 1)
		_, err := w.apply(w.plan(), false) // so that her row is known
		w.check(err)
		contacts, err := w.pd.Contacts()
		w.check(err)
		w.check(w.pd.AddEvent(plandockettest.Event{Key: "expo", Title: "expo", From: time.Now(), To: time.Now()}))
		w.text = strings.Replace(w.text, `'"fair"'`, `'"expo"'`, 1)
		w.writeCSV(counterpartHead + c.rows)
		w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte(cmp.Or(c.said, "[]\n")), 0o600))
		if c.prepare != nil {
			c.prepare(w, contacts[0].ID)
		}
		time.Sleep(time.Hour)
		p := w.plan()
		wantEqual(t, "what becomes of each row", c.want, becomes(p))
		_, err = w.apply(p, false)
		w.check(err)
		wantEqual(t, "whose seats there are", c.seats, w.seatsAt("expo"))
		time.Sleep(time.Hour)
		wantEqual(t, "changes of the next plan", 0, len(w.plan().Changes))
	})
}

// seatsAt are the contacts with a seat at an event, in the order of their ids.
func (w *tenant) seatsAt(event string) (who []int64) {
	w.t.Helper()
	seats, err := w.pd.Participants()
	w.check(err)
	for _, s := range seats {
		if s.EventKey == event {
			who = append(who, s.ContactID)
		}
	}
	slices.Sort(who)
	return who
}

// rename gives a contact another address by hand.
func (w *tenant) rename(id int64, email string) {
	w.t.Helper()
	w.edit(id, func(c *plandockettest.Contact) { c.Email = email })
}

// TestUndoOfAContactAndItsSeat takes back a run that created a contact and enrolled it: both are
// deleted in one apply.
func TestUndoOfAContactAndItsSeat(t *testing.T) {
	t.Parallel()
	o := tenantOptions{pipeline: strings.Replace(counterpartPipeline, "MORE\n", "", 1), empty: true, csv: counterpartHead + "x,home@x.example,K1,Xaveria,Quandt,home@x.example\n"}
	inTenant(t, o, func(w *tenant) {
		w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
		w.check(w.pd.SetKey(tenantKey, "contacts", "participants", "events"))
		w.check(w.pd.AddEvent(plandockettest.Event{Key: "expo", Title: "expo", From: time.Now(), To: time.Now()}))
		r, err := w.apply(w.plan(), false)
		w.check(err)
		time.Sleep(time.Hour)
		r, err = w.apply(w.undoOf(r.Run), false)
		w.check(err)
		wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 2}, r.Count())
	})
}
