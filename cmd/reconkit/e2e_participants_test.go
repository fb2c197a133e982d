package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// eventPipeline sends new contacts, and the places of contacts at events.
const eventPipeline = `version: 1
name: events
sources:
  rows: { type: csv, path: exhibitors.csv, id: ID, identifiers: { customer_number: plandocket } }
models:
  contacts:
    from:
      - source: rows
        where: New == "yes"
        map: { email: Email, customer_number: Number, last_name: ID }
  attendees:
    from:
      - source: rows
        map: { event_key: Event, email: Email, customer_number: Number, is_confirmed: 'Paid == "yes"' }
targets:
  plandocket: { type: plandocket, base_url: "https://demo.plandocket.example", api_key: "${PLANDOCKET_API_KEY}", requests_per_hour: PER_HOUR }
sinks:
  - { model: attendees, target: plandocket, resource: participants }
  - { model: contacts, target: plandocket, resource: contacts }
`

const eventCSV = `ID,Email,Number,Event,Paid,New
ada,ada@x.example,A1,expo,yes,
bert,bert@x.example,B2,expo,no,
cleo,cleo@x.example,,expo,yes,
dora,,D4,fair,yes,
sue,,S6,expo,yes,
neu,neu@x.example,N7,expo,yes,yes
max,max@x.example,,expo,yes,yes
shared,shared@x.example,,expo,yes,
typo,ada@x.example,A1,exop,yes,
stranger,nobody@x.example,,expo,yes,
gil,gil@x.example,G8,fair,yes,
hal,hal@x.example,H9,fair,yes,
ida,ida@x.example,I10,fair,yes,
again,ada@x.example,A1,fair,no,
`

// eventContacts are those of the tenant before, in the order of their ids.
func eventContacts() []plandockettest.Contact {
	return []plandockettest.Contact{
		{Email: "ada@x.example", CustomerNumber: "A1"}, {Email: "bert@x.example", CustomerNumber: "B2"}, {Email: "cleo@x.example"},
		{Email: "dora@x.example", CustomerNumber: "D4"}, {Email: "shared@x.example", CustomerNumber: "S5"}, {Email: "shared@x.example", CustomerNumber: "S6"},
		{Email: "gil@x.example", CustomerNumber: "G8"}, {Email: "hal@x.example", CustomerNumber: "H9"}, {Email: "ida@x.example", CustomerNumber: "I10"},
	}
}

// eventPlaces are who is enrolled before, by event and number, and whether that
// is confirmed.
func eventPlaces() map[string]bool {
	return map[string]bool{"expo A1": false, "fair G8": false, "fair H9": false, "fair I10": false, "fair A1": false, "fair S5": true}
}

// eventEnd is who is enrolled in the end, by event and contact.
func eventEnd() map[string]bool {
	return map[string]bool{"expo ada": true, "expo bert": false, "expo cleo": true, "fair dora": true, "expo S6": true, "expo neu": true, "expo max": true,
		"fair gil": true, "fair hal": true, "fair ida": true, "fair ada": false, "fair S5": true}
}

var eventBlocked = map[string]string{"shared": "contact-ambiguous", "typo": "unknown-event", "stranger": "contact-unknown"}

// tellEvents makes the tenant of the story.
func (w *tenant) tellEvents() {
	w.t.Helper()
	w.check(w.pd.SetKey(tenantKey, "contacts", "participants", "events", "categories"))
	for _, key := range []string{"expo", "fair"} {
		w.check(w.pd.AddEvent(plandockettest.Event{Key: key, Title: key, City: "Dresden", From: time.Now(), To: time.Now()}))
	}
	for _, c := range eventContacts() {
		time.Sleep(time.Minute)
		_, err := w.pd.Add(c)
		w.check(err)
	}
	for _, place := range slices.Sorted(maps.Keys(eventPlaces())) {
		event, number, _ := strings.Cut(place, " ")
		w.asClient("POST", "/api/v1/participants", fmt.Sprintf(`{"event_key":%q,"customer_number":%q,"is_confirmed":%t}`, event, number, eventPlaces()[place]))
	}
}

// asClient sends a request as some other client of the tenant.
func (w *tenant) asClient(method, path, body string) {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.ctx, method, "https://demo.plandocket.example"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+tenantKey)
	answer := httptest.NewRecorder()
	w.pd.Handler().ServeHTTP(answer, r)
	if answer.Code >= http.StatusBadRequest {
		text, err := io.ReadAll(answer.Body)
		w.t.Fatalf("%s %s: %d %s (%v)", method, path, answer.Code, text, err)
	}
}

// places are who is enrolled, by event and contact. A place that is taken twice
// is an error.
func (w *tenant) places() map[string]bool {
	w.t.Helper()
	name := map[int64]string{}
	for _, c := range w.contacts() {
		name[c.ID], _, _ = strings.Cut(c.Email, "@")
		if name[c.ID] == "shared" {
			name[c.ID] = c.CustomerNumber
		}
	}
	all, err := w.pd.Participants()
	w.check(err)
	places := map[string]bool{}
	for _, p := range all {
		place := p.EventKey + " " + name[p.ContactID]
		if _, twice := places[place]; twice {
			w.t.Errorf("%s is enrolled twice", place)
		}
		places[place] = p.Confirmed
	}
	return places
}

// applyEvents applies a plan and resumes it until nothing is open.
func (w *tenant) applyEvents(p *pipeline.Plan) map[pipeline.Status]int {
	w.t.Helper()
	for resumed := range resumesMax {
		r, err := w.apply(p, resumed > 0)
		if err == nil && !open(r) {
			return r.Count()
		}
		time.Sleep(pipeline.SettleDefault + time.Minute)
		w.reopen()
	}
	w.t.Fatalf("still open after %d resumes", resumesMax)
	return nil
}

// inEvents runs a test in the tenant of the story.
func inEvents(t *testing.T, o tenantOptions, test func(w *tenant)) {
	t.Helper()
	if o.pipeline == "" {
		o.pipeline = eventPipeline
	}
	o.csv, o.empty = eventCSV, true
	inTenant(t, o, func(w *tenant) {
		w.tellEvents()
		test(w)
	})
}

func (w *tenant) writeCSV(text string) {
	w.t.Helper()
	w.check(os.WriteFile(filepath.Join(w.dir, "exhibitors.csv"), []byte(text), 0o600))
}

// blockedAttendees are the codes of blocked rows of participants, by row.
func blockedAttendees(p *pipeline.Plan) map[string]string {
	out := map[string]string{}
	for _, b := range p.Blocked {
		if b.Model == "attendees" {
			out[b.Rows[0].ID] = b.Code
		}
	}
	return out
}

func TestParticipantsUnderEveryDialect(t *testing.T) {
	t.Parallel()
	all := plandockettest.Dialects()
	for _, d := range append(all, plandockettest.SampleDialects(20261122, 10)...) {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			o := tenantOptions{}
			o.plandocket.Dialect = dialectOf(d.Dialect)
			inEvents(t, o, func(w *tenant) {
				want := eventEnd()
				if d.Dialect.Paging == plandockettest.PagingCap {
					w.onlyConfirms()
					return
				}
				p := w.plan()
				wantEqual(t, "blocked rows", eventBlocked, blockedAttendees(p))
				wantEqual(t, "changes", 12, len(p.Changes))
				wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 12}, w.applyEvents(p))
				wantEqual(t, "places", want, w.places())
				wantEqual(t, "number of contacts", len(eventContacts())+2, len(w.contacts()))
				wantEqual(t, "changes of the next plan", 0, len(w.plan().Changes))
			})
		})
	}
}

// onlyConfirms expects that where the lists are cut nobody is enrolled, and that
// the participations which are shown are confirmed one by one.
func (w *tenant) onlyConfirms() {
	w.t.Helper()
	p := w.plan()
	for _, c := range p.Changes {
		if c.Action != pipeline.Update || c.Route != "patch" {
			w.t.Errorf("%s %s is planned by %s although the lists are cut", c.Action, c.Label, c.Route)
		}
	}
	w.applyEvents(p)
	wantEqual(w.t, "number of places", len(eventPlaces()), len(w.places()))
}

// TestParticipantsUnderEveryFault disturbs the requests of each route once by
// each kind of fault: in the end everybody is enrolled once, as without.
func TestParticipantsUnderEveryFault(t *testing.T) {
	t.Parallel()
	for _, route := range []string{"GET /api/v1/participants", "GET /api/v1/events", "POST /api/v1/bulk-import/participants", "PATCH /api/v1/participants/*"} {
		for _, kind := range faultKinds(route) {
			for call := 1; call <= 3; call++ {
				if call > 1 && strings.HasPrefix(route, "PATCH") {
					continue // there is one
				}
				t.Run(fmt.Sprintf("%s/%s/%d", route, kind, call), func(t *testing.T) {
					t.Parallel()
					f := faults.Fault{Route: route, From: call, Count: 1, Kind: kind, Delay: slowAnswer}
					if kind == plandockettest.LateCommit || kind == plandockettest.StaleReads {
						f.Delay = lateCommit
					}
					inEvents(t, tenantOptions{}, func(w *tenant) { w.enrolsAllUnder(f) })
				})
			}
		}
	}
}

func (w *tenant) enrolsAllUnder(f faults.Fault) {
	w.t.Helper()
	p := w.plan()
	w.faults.Add(f)
	w.applyEvents(p)
	if got := w.faults.Fired(f.Kind); got != 1 {
		w.t.Errorf("the fault fired %d times, want 1", got)
	}
	time.Sleep(slowAnswer + lateCommit)
	if next := w.plan(); len(next.Changes) > 0 { // what the server refused in so many words
		if f.Kind != plandockettest.BulkRecordsFail {
			w.t.Errorf("the next plan has %d changes, want none", len(next.Changes))
		}
		w.applyEvents(next)
	}
	wantEqual(w.t, "places", eventEnd(), w.places())
	wantEqual(w.t, "number of contacts", len(eventContacts())+2, len(w.contacts()))
}

// outcomeOf is what became of the change whose label begins so.
func outcomeOf(t *testing.T, p *pipeline.Plan, r *pipeline.Result, label string) pipeline.Outcome {
	t.Helper()
	for i, c := range p.Changes {
		if strings.HasPrefix(c.Label, label) {
			return r.Outcomes[i]
		}
	}
	t.Fatalf("the plan has no change of %s", label)
	return pipeline.Outcome{}
}

// TestAParticipantFollowsItsContact: nobody is enrolled whose contact did not
// come to be, and nobody else instead.
func TestAParticipantFollowsItsContact(t *testing.T) {
	t.Parallel()
	inEvents(t, tenantOptions{}, func(w *tenant) {
		p := w.plan()
		w.faults.Add(faults.Fault{Route: "POST /api/v1/bulk-import/contacts", Kind: plandockettest.BulkRecordsFail, N: 1})
		r, err := w.apply(p, false)
		w.check(err)
		o := outcomeOf(t, p, r, "neu at expo")
		wantEqual(t, "status", pipeline.Blocked, o.Status)
		if !strings.Contains(o.Message, "it needs neu <neu@x.example>, which was refused") {
			t.Errorf("the outcome says %q", o.Message)
		}
		want := eventEnd()
		delete(want, "expo neu")
		delete(want, "expo max")
		wantEqual(t, "places", want, w.places())
	})
}

// TestAParticipantIsNeverSomebodyElse: an e-mail that belongs to another contact
// by the time of the apply does not enrol that contact.
func TestAParticipantIsNeverSomebodyElse(t *testing.T) {
	t.Parallel()
	inEvents(t, tenantOptions{}, func(w *tenant) {
		p := w.plan()
		w.check(w.pd.Edit(3, func(c *plandockettest.Contact) { c.Email = "cleo.new@x.example" }))
		_, err := w.pd.Add(plandockettest.Contact{Email: "cleo@x.example", CustomerNumber: "STRANGER"})
		w.check(err)
		r, err := w.apply(p, false)
		w.check(err)
		wantEqual(t, "status", pipeline.Drifted, outcomeOf(t, p, r, "cleo@x.example at expo").Status)
		all, err := w.pd.Participants()
		w.check(err)
		for _, one := range all {
			if one.ContactID == 3 || one.ContactID == 10 {
				t.Errorf("contact %d is enrolled", one.ContactID)
			}
		}
	})
}

// TestAParticipantOfAContactWhoseEmailChanges: the place is looked for under the
// e-mail that the contact will have.
func TestAParticipantOfAContactWhoseEmailChanges(t *testing.T) {
	t.Parallel()
	text := strings.Replace(eventPipeline, `where: New == "yes"`, `where: ID == "ada" or ID == "cleo"`, 1)
	inEvents(t, tenantOptions{pipeline: text}, func(w *tenant) {
		w.applyEvents(w.plan())
		w.text = strings.ReplaceAll(w.text, "email: Email", `email: 'replace(Email, "cleo@", "cleopatra@")'`)
		p := w.plan()
		wantEqual(t, "changes", 1, len(p.Changes)) // the contact; her place is the same
		wantEqual(t, "resource", "contacts", p.Changes[0].Resource)
		w.applyEvents(p)
		w.check(w.pd.Edit(3, func(c *plandockettest.Contact) { c.Email = "cleo@x.example" }))
		all, err := w.pd.Participants()
		w.check(err)
		for _, one := range all {
			if one.ContactID == 3 {
				w.asClient("DELETE", fmt.Sprintf("/api/v1/participants/%d", one.ID), "")
			}
		}
		p = w.plan() // both: the e-mail again, and the place under the new one
		wantEqual(t, "changes", 2, len(p.Changes))
		wantEqual(t, "what the place needs", []string{p.Changes[0].ID}, p.Changes[1].Needs)
		wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 2}, w.applyEvents(p))
	})
}

// TestNumbersThatTheTenantGives: a new contact gets a customer number that the
// plan does not know, and is enrolled all the same.
func TestNumbersThatTheTenantGives(t *testing.T) {
	t.Parallel()
	o := tenantOptions{}
	o.plandocket.Tenant.GenerateNumbers = true
	inEvents(t, o, func(w *tenant) {
		wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 12}, w.applyEvents(w.plan()))
		wantEqual(t, "changes of the next plan", 0, len(w.plan().Changes))
	})
}

// TestAContactThatIsEnrolledTwice is written by nobody but a person.
func TestAContactThatIsEnrolledTwice(t *testing.T) {
	t.Parallel()
	o := tenantOptions{}
	o.plandocket.Dialect.ParticipantTwice = plandockettest.ParticipantTwiceSecond
	inEvents(t, o, func(w *tenant) {
		w.asClient("POST", "/api/v1/participants", `{"event_key":"expo","customer_number":"A1","is_confirmed":true}`)
		p := w.plan()
		wantEqual(t, "code", "ambiguous-target", blockedAttendees(p)["ada"])
		for _, c := range p.Changes {
			if strings.HasPrefix(c.Label, "ada@x.example at expo") {
				t.Errorf("%s is planned", c.Label)
			}
		}
	})
}

// TestRowsAboutOnePlace are one where they agree; who says nothing agrees.
func TestRowsAboutOnePlace(t *testing.T) {
	t.Parallel()
	csv := "ID,Email,Number,Event,Paid,New\n1,ada@x.example,A1,expo,yes,\n2,ADA@x.example,,expo,yes,\n3,bert@x.example,B2,expo,yes,\n4,,B2,expo,no,\n"
	inEvents(t, tenantOptions{}, func(w *tenant) {
		w.writeCSV(csv)
		p := w.plan()
		wantEqual(t, "blocked rows", map[string]string{"3": "rows-disagree"}, blockedAttendees(p))
		wantEqual(t, "changes", 1, len(p.Changes))
		wantEqual(t, "rows of the change", 2, len(p.Changes[0].Rows))
		wantEqual(t, "labels", []string{"merge", "outward"}, p.Changes[0].Labels)
	})
}

// TestUndecidedContactsAreNotEnrolled: a row that is blocked as a contact is
// blocked as a participant, and says why.
func TestUndecidedContactsAreNotEnrolled(t *testing.T) {
	t.Parallel()
	inEvents(t, tenantOptions{}, func(w *tenant) {
		w.writeCSV("ID,Email,Number,Event,Paid,New\n1,jörg@x.example,,expo,yes,yes\n")
		p := w.plan()
		for _, b := range p.Blocked {
			if b.Model == "attendees" {
				wantEqual(t, "code", "contact-unknown", b.Code)
				if !strings.Contains(b.Reason, "the same row of model contacts is blocked: ") {
					t.Errorf("the reason is %q", b.Reason)
				}
				return
			}
		}
		t.Error("the participant is not blocked")
	})
}
