package main

import (
	"cmp"
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
	inOneAddress(t, tenantOptions{}, func(w *tenant, her int64, decide func(string)) {
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
	inOneAddress(t, tenantOptions{}, func(w *tenant, _ int64, decide func(string)) {
		decide(saidTwo)
		wantUndecided(w, w.declined(), pipeline.CodeDeclined)
	})
}

// TestWhoIsKnownKeepsTheirPlace has a person say no to the update of a contact: she is who she
// is, and takes part.
func TestWhoIsKnownKeepsTheirPlace(t *testing.T) {
	t.Parallel()
	o := tenantOptions{csv: rowsHead + strings.Replace(xaveria, "Mainz", "Trier", 1)}
	inOneAddress(t, o, func(w *tenant, her int64, decide func(string)) {
		decide("[]\n")
		p := w.declined()
		wantEqual(t, "what becomes of her row", map[string]string{"contacts/x": pipeline.CodeDeclined, "seats/x": "create"}, becomes(p))
		r, err := w.apply(p, false)
		w.check(err)
		wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 1}, r.Count())
		seats, err := w.pd.Participants()
		w.check(err)
		if len(seats) != 1 || seats[0].ContactID != her {
			t.Errorf("participants %+v", seats)
		}
	})
}

// declined is the plan after a person said no to every change of a contact.
func (w *tenant) declined() *pipeline.Plan {
	w.t.Helper()
	p := w.plan()
	for i := range p.Changes {
		if p.Changes[i].Resource == plandocket.Resource {
			w.check(w.store.Decline(w.ctx, p.Header.Bindings[p.Changes[i].Binding].Identity, time.Now(), []string{p.Changes[i].ID}, nil))
		}
	}
	p, err := w.load().Plan(w.ctx, pipeline.Options{Now: time.Now(), Links: w.store, Ledger: w.store, Weights: w.store, Declines: w.store, Log: w.log()})
	w.check(err)
	return p
}

// The rows of inOneAddress: Bodo, and Xaveria, who is the contact.
const (
	rowsHead = "ID,Email,Number,First,Last,City,Event\n"
	bodo     = "b,home@x.example,K2,Bodo,Quandt,Mainz,expo\n"
	xaveria  = "x,home@x.example,,Xaveria,Quandt,Mainz,expo\n"
)

// TestWhoIsNotWrittenTakesNobodysPlace has rows with the address of a contact, some of which
// the plan does not write as contacts, for one reason or another. What hangs on them goes to
// the contact that they are known to be, and to no other.
func TestWhoIsNotWrittenTakesNobodysPlace(t *testing.T) {
	t.Parallel()
	const undecided = "contact-undecided"
	for _, c := range []struct {
		name, rows, said, sink string
		dialect                plandockettest.Dialect
		prepare                func(w *tenant, her int64)
		want                   map[string]string
	}{
		{name: "the question is about two rows", rows: bodo + xaveria,
			want: map[string]string{"contacts/b": "undecided-match", "seats/b": undecided, "badges/b": undecided, "seats/x": "create"}},
		{name: "the question is about two rows, of which one is created", rows: bodo + xaveria,
			prepare: func(w *tenant, her int64) { w.check(w.pd.Delete(her)) },
			want:    map[string]string{"contacts/b": "create", "seats/b": "create", "badges/b": "update", "contacts/x": "undecided-match", "seats/x": undecided, "badges/x": undecided}},
		{name: "the sink creates nothing", rows: bodo, said: saidTwo, sink: "allow: [update]",
			want: map[string]string{"seats/b": undecided, "badges/b": undecided}},
		{name: "the list is not proven", rows: bodo, said: saidTwo, dialect: plandockettest.Dialect{List: plandockettest.ListObject},
			want: map[string]string{"contacts/b": "absence-not-proven", "seats/b": undecided, "badges/b": undecided}},
		{name: "he is said to be two others", rows: bodo, said: saidTwo + saidOthers,
			prepare: func(w *tenant, _ int64) {
				for _, number := range []string{"K8", "K9"} {
					_, err := w.pd.Add(plandockettest.Contact{CustomerNumber: number, FirstName: "Bodo", LastName: "Quandt"})
					w.check(err)
				}
			},
			want: map[string]string{"contacts/b": "ambiguous-target", "seats/b": undecided, "badges/b": undecided}},
		{name: "nobody knows his event", rows: strings.Replace(bodo, "expo", "nowhere", 1),
			want: map[string]string{"contacts/b": "undecided-match", "seats/b": "unknown-event", "badges/b": undecided}},
		{name: "she is enrolled twice", rows: strings.Replace(xaveria, "Xaveria", "Xenia", 1),
			prepare: func(w *tenant, her int64) {
				for range 2 {
					_, err := w.pd.Enrol(her, "expo", false)
					w.check(err)
				}
			},
			want: map[string]string{"contacts/x": "update", "seats/x": "ambiguous-target", "badges/x": "update"}},
		{name: "she may not be updated", rows: strings.Replace(xaveria, "Mainz", "Trier", 1), sink: "allow: [create]",
			want: map[string]string{"seats/x": "create"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := tenantOptions{csv: rowsHead + c.rows}
			o.plandocket.Dialect = c.dialect
			inOneAddress(t, o, func(w *tenant, her int64, decide func(string)) {
				if c.sink != "" {
					w.text = strings.Replace(w.text, "keyless:", c.sink+", keyless:", 1)
				}
				decide(cmp.Or(c.said, "[]\n"))
				if c.prepare != nil {
					c.prepare(w, her)
					time.Sleep(time.Hour)
				}
				wantEqual(t, "what becomes of each row", c.want, becomes(w.plan()))
			})
		})
	}
}

// becomes is what a plan makes of each row, by model and row: an action, or a code.
func becomes(p *pipeline.Plan) map[string]string {
	out := map[string]string{}
	for _, ch := range p.Changes {
		for _, r := range ch.Rows {
			out[ch.Model+"/"+r.ID] = string(ch.Action)
		}
	}
	for _, b := range p.Blocked {
		for _, r := range b.Rows {
			out[b.Model+"/"+r.ID] = b.Code
		}
	}
	return out
}

const (
	saidTwo    = "- { a: { source: rows, id: b }, b: { target: \"1\" }, same: false }\n"
	saidOthers = "- { a: { source: rows, id: b }, b: { target: \"2\" }, same: true }\n- { a: { source: rows, id: b }, b: { target: \"3\" }, same: true }\n"
)

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
func inOneAddress(t *testing.T, o tenantOptions, test func(w *tenant, her int64, decide func(string))) {
	t.Helper()
	text := strings.Replace(sharedPipeline, "targets:\n", `  seats:
    from:
      - source: rows
        map: { event_key: Event, email: Email, customer_number: Number }
  badges:
    from:
      - source: rows
        map: { email: Email, customer_number: Number, badge: First }
targets:
`, 1) + "  - { model: seats, target: plandocket, resource: participants }\n  - { model: badges, target: plandocket, resource: custom_fields }\n"
	text = strings.Replace(text, "    requests_per_hour: PER_HOUR\n", "    requests_per_hour: PER_HOUR\n    custom_fields: { badge: string }\n", 1)
	o.pipeline, o.empty = text, true
	if o.csv == "" {
		o.csv = rowsHead + bodo
	}
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
