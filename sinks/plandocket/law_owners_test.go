package plandocket_test

import (
	"slices"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// behindACall has contacts Aaa and Bbb. A first plan changes Bbb by a call without an answer;
// a second plan, made a minute later by a pipeline of its own, enrols both and gives both a
// badge.
type behindACall struct {
	seated  bool // both take part already, and are confirmed by the second plan
	first   wish // what the first plan makes of Bbb
	kind    faults.Kind
	second  string // the e-mail by which the second plan knows Bbb
	waits   bool
	want    pipeline.Status // of what the second plan writes of Bbb
	settled bool            // and only after the call has settled
}

func (c behindACall) run(t *testing.T, l *lab) {
	was := wishes{{id: "a", email: "a@x.example", last: "Aaa"}, {id: "b", email: "b@x.example", last: "Bbb"}}
	must("", l.server.AddEvent(plandockettest.Event{Key: "expo", Title: "Expo", From: time.Now(), To: time.Now()}))
	for key, kind := range map[string]string{"badge_name": "text", "table_number": "number"} {
		must("", l.server.AddCustomField(plandockettest.CustomField{Key: key, Type: kind}))
	}
	l.wishes = was
	must(l.apply(t.Context(), must(l.plan(t.Context())), false))
	for id := range int64(2) {
		if c.seated {
			must(l.server.Enrol(id+1, "expo", false))
		}
	}
	time.Sleep(time.Hour)

	l.wishes, l.noWait = wishes{was[0], c.first}, true
	first := must(l.plan(t.Context()))
	for _, route := range []string{"PATCH *contacts*", "POST *contacts"} {
		l.schedule.Add(faults.Fault{Route: route, Count: 1, Kind: c.kind, Delay: 8 * time.Minute})
	}
	must(l.apply(t.Context(), first, false))
	sent := time.Now()
	time.Sleep(time.Minute)

	l.noWait = !c.waits
	l.seats = &seats{places: []place{{id: "sa", event: "expo", email: "a@x.example", confirmed: "yes"}, {id: "sb", event: "expo", email: c.second, confirmed: "yes"}},
		badges: []badge{{id: "ba", email: "a@x.example", name: "A"}, {id: "bb", email: c.second, name: "B"}}}
	alone := &pipeline.Pipeline{Name: "alone", Bindings: must(l.seats.bindings(l))}
	for _, b := range alone.Bindings {
		alone.Models = append(alone.Models, b.Model)
	}
	second := must(alone.Plan(t.Context(), pipeline.Options{Now: l.now(), Links: l.memory, Ledger: l.memory, Workers: 1}))
	if !slices.ContainsFunc(second.Findings, func(f diag.Finding) bool { return f.Code == "open-call" }) {
		t.Errorf("the second plan says only %v", second.Findings)
	}
	r := must(l.apply(t.Context(), second, false))
	for i, ch := range second.Changes {
		o, want := r.Outcomes[i], pipeline.Verified
		if ch.Rows[0].ID == "sb" || ch.Rows[0].ID == "bb" {
			want = c.want
		}
		if o.Status != want {
			t.Errorf("%s of row %s is %s (%s), want %s", ch.Resource, ch.Rows[0].ID, o.Status, o.Message, want)
		}
	}
	if took := time.Since(sent); c.settled != (took >= pipeline.SettleDefault) {
		t.Errorf("the second plan was done %s after the call", took)
	}
}

// TestLawSeatsWaitForOpenContacts loses the answer of a call that may change who has the keys
// of a contact. What another plan writes of that contact waits until the call has settled, or
// is left to a resume, and is not written once the contact has other keys. What it writes of
// others is written at once.
func TestLawSeatsWaitForOpenContacts(t *testing.T) {
	renamed := wish{id: "b", email: "new@x.example", last: "Bbb"}
	for name, c := range map[string]behindACall{
		"late":              {first: renamed, kind: plandockettest.LateCommit, second: "b@x.example", waits: true, want: pipeline.Drifted, settled: true},
		"late, seated":      {seated: true, first: renamed, kind: plandockettest.LateCommit, second: "b@x.example", waits: true, want: pipeline.Drifted, settled: true},
		"late, not waiting": {first: renamed, kind: plandockettest.LateCommit, second: "b@x.example", want: pipeline.Unknown},
		"never":             {first: renamed, kind: faults.CutBefore, second: "b@x.example", waits: true, want: pipeline.Verified, settled: true},
		"at once":           {first: renamed, kind: faults.CutAfter, second: "new@x.example", waits: true, want: pipeline.Verified},
		"of no key":         {first: wish{id: "b", email: "b@x.example", last: "Ccc"}, kind: plandockettest.LateCommit, second: "b@x.example", waits: true, want: pipeline.Verified},
	} {
		t.Run(name, func(t *testing.T) { inLab(t, plandockettest.Options{}, c.run) })
	}
}
