package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

const (
	goneHead = "ID,Email,Number,First,Last,City\n"
	goneAnna = "1,anna@x.example,,Anna,Quandt,Mainz\n"
	goneBodo = "2,bodo@x.example,,Bodo,Weber,Trier\n"
)

// mirroredRules is mirrored with a rule that some rows break.
var mirroredRules = strings.Replace(mirrored, "    dedupe:", "    validate:\n      - { check: 'city != \"Nowhere\"', field: city, message: no city }\n    dedupe:", 1)

// blockedCodes are the codes of what a plan blocks, in order.
func blockedCodes(p *pipeline.Plan) (codes []string) {
	for _, b := range p.Blocked {
		codes = append(codes, b.Code)
	}
	slices.Sort(codes)
	return codes
}

// ids are the contacts of the target, in order.
func (w *tenant) ids() (ids []int64) {
	for _, c := range w.contacts() {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}

// TestARowUnderAnotherIDIsNotGone takes the rows of a mirror away by their ids, while what
// they said is still there, in rows that are no contact yet. None of these contacts is
// deleted, today or tomorrow; those of whom nothing is left are.
func TestARowUnderAnotherIDIsNotGone(t *testing.T) {
	t.Parallel()
	const unsure, reused = pipeline.CodeNotSurelyGone, "reused-id"
	byEmail := func(text string) string { return strings.Replace(text, "id: ID", "id: Email", 1) }
	for name, c := range map[string]struct {
		text, rows string
		blocked    []string
		said       string // by the plan, of what it leaves alone
		left       []int64
	}{
		"really gone":                                   {mirroredRules, goneBodo, nil, "", []int64{2}},
		"really gone, and others came":                  {mirroredRules, goneBodo + "3,cleo@x.example,,Cleo,Kern,Ulm\n4,dora@x.example,,Dora,Lang,Nowhere\n", nil, "", []int64{2, 3}},
		"ids moved by one":                              {mirroredRules, "2,anna@x.example,,Anna,Quandt,Mainz\n", []string{unsure, reused}, "row rows:2, which is blocked, has its email", []int64{1, 2}},
		"rejected, by its address":                      {mirroredRules, "9,ANNA@x.example,,Anna,Weber,Nowhere\n" + goneBodo, []string{unsure}, "row rows:9, which is rejected, has its email", []int64{1, 2}},
		"rejected, by its name":                         {mirroredRules, "9,a.q@x.example,,ANNA,Quandt,Nowhere\n" + goneBodo, []string{unsure}, "row rows:9, which is rejected, has its name", []int64{1, 2}},
		"rejected as one of two":                        {strings.Replace(mirroredRules, "    dedupe:", "      - { is: unique, field: city, message: twice }\n    dedupe:", 1), "8,x@x.example,,Xaver,Berg,Ulm\n9,anna@x.example,,Anna,Quandt,Ulm\n" + goneBodo, []string{unsure}, "row rows:9, which is rejected, has its email", []int64{1, 2, 3}},
		"rejected, and could be no row":                 {mirroredRules, "9,anna@x.example,,Anna,Quandt,Mainz,and,more\n" + goneBodo, nil, "source rows has 1 rejected row", []int64{1, 2}},
		"the address is the id":                         {byEmail(mirroredRules), "1,anna.quandt@x.example,,Anna,Quandt,Mainz\n" + goneBodo, []string{unsure, unsure}, "record #1, whose rows are gone from the sources and which would be deleted, has the same name", []int64{1, 2}},
		"the address is the id, and somebody else came": {byEmail(mirroredRules), "1,cleo@x.example,,Cleo,Kern,Mainz\n" + goneBodo, nil, "", []int64{2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{pipeline: c.text, csv: goneHead + goneAnna + goneBodo, empty: true}, func(w *tenant) {
				w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
				w.applyEvents(w.plan())
				w.writeCSV(goneHead + c.rows)
				for range 2 {
					time.Sleep(24 * time.Hour)
					p := w.plan()
					wantEqual(t, "blocked", c.blocked, blockedCodes(p))
					if said := fmt.Sprint(p.Blocked, p.Findings); !strings.Contains(said, c.said) {
						t.Errorf("%q is not said: %s", c.said, said)
					}
					w.applyEvents(p)
					wantEqual(t, "contacts", c.left, w.ids())
				}
			})
		})
	}
}

// TestWhoeverIsNotSurelyGoneIsAskedAbout answers whether a new row is the contact whose rows
// are gone: who is it gets a new address, who is not is created, and the other one goes.
func TestWhoeverIsNotSurelyGoneIsAskedAbout(t *testing.T) {
	t.Parallel()
	for same, want := range map[bool]string{true: "1 anna.quandt@x.example", false: "3 anna.quandt@x.example"} {
		t.Run(fmt.Sprint(same), func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{pipeline: strings.Replace(mirrored, "id: ID", "id: Email", 1), csv: goneHead + goneAnna + goneBodo, empty: true}, func(w *tenant) {
				w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
				w.applyEvents(w.plan())
				time.Sleep(24 * time.Hour)
				w.writeCSV(goneHead + "1,anna.quandt@x.example,,Anna,Quandt,Mainz\n" + goneBodo)
				wantEqual(t, "blocked", 2, len(w.plan().Blocked))
				answer := fmt.Sprintf("- { a: { source: rows, id: anna.quandt@x.example }, b: { target: \"1\" }, same: %v }\n", same)
				w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte(answer), 0o600))
				p := w.plan()
				wantEqual(t, "blocked", nil, blockedCodes(p))
				w.applyEvents(p)
				contacts := slices.DeleteFunc(w.contacts(), func(c plandockettest.Contact) bool { return c.ID == 2 })
				wantEqual(t, "contacts", 1, len(contacts))
				wantEqual(t, "Anna", want, fmt.Sprint(contacts[0].ID, " ", contacts[0].Email))
				time.Sleep(24 * time.Hour)
				if p := w.plan(); len(p.Changes)+len(p.Blocked) != 0 {
					t.Errorf("the next plan: %+v, %+v", p.Changes, p.Blocked)
				}
			})
		})
	}
}

// TestAPlaceIsNotSurelyGone has a mirror of contacts and of their places at an event. The
// place of a contact stays as long as a row of that event may be about it.
func TestAPlaceIsNotSurelyGone(t *testing.T) {
	t.Parallel()
	const head = "ID,Email,Number,First,Last,Event,Paid\n"
	text := strings.Replace(mirrored, ", city: City", "", 1)
	text = strings.Replace(text, "    dedupe:", "    validate: [{ check: 'email != \"cleo@w.example\"', field: email, message: no }]\n    dedupe:", 1)
	text = strings.Replace(text, "\ntargets:", "\n  seats:\n    validate: [{ check: 'email not in [\"cleo@w.example\", \"cleo@z.example\"]', field: email, message: no }]\n    from:\n      - source: rows\n        map: { event_key: Event, email: Email, customer_number: Number, is_confirmed: 'Paid == \"yes\"' }\ntargets:", 1) +
		"  - { model: seats, target: plandocket, resource: participants, allow: [create, update, delete], on_missing: delete, limits: { delete: 100% } }\n"
	const anna, bodo, cleo = "1,anna@x.example,,Anna,Quandt,expo,yes\n", "2,bodo@x.example,,Bodo,Weber,expo,yes\n", "3,cleo@x.example,,Cleo,Kern,expo,no\n"
	for name, c := range map[string]struct {
		rows, decisions string
		contacts, seats []int64
	}{
		"really gone":                        {anna + bodo, "[]\n", []int64{1, 2}, []int64{1, 2}},
		"somebody else is not known, either": {"1,bodo@x.example,,Bodo,Weber,expo,yes\n" + bodo, "[]\n", []int64{1, 2}, []int64{1, 2}},
		"ids moved by one":                   {"1,bodo@x.example,,Bodo,Weber,expo,yes\n2,cleo@x.example,,Cleo,Kern,expo,no\n", "[]\n", []int64{1, 2, 3}, []int64{1, 2, 3}},
		"of another event":                   {"1,bodo@x.example,,Bodo,Weber,expo,yes\n2,cleo@x.example,,Cleo,Kern,fair,no\n", "[]\n", []int64{1, 2, 3}, []int64{1, 2}},
		"another address":                    {anna + bodo + "9,cleo@y.example,,Cleo,Kern,expo,no\n", "[]\n", []int64{1, 2, 3}, []int64{1, 2, 3}},
		"another address, and rejected":      {anna + bodo + "9,cleo@z.example,,Cleo,Kern,expo,no\n", "[]\n", []int64{1, 2, 3}, []int64{1, 2, 3}},
		"and rejected as a contact, too":     {anna + bodo + "9,cleo@w.example,,Cleo,Kern,expo,no\n", "[]\n", []int64{1, 2, 3}, []int64{1, 2, 3}},
		"the address of somebody else":       {anna + bodo + "9,bodo@x.example,,Cleo,Kern,expo,no\n", "- { a: { source: rows, id: \"9\" }, b: { target: \"3\" }, same: true }\n", []int64{1, 2, 3}, []int64{1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{pipeline: text, csv: head + anna + bodo + cleo, empty: true}, func(w *tenant) {
				w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
				w.check(w.pd.SetKey(tenantKey, "contacts", "participants", "events", "custom_fields"))
				for _, event := range []string{"expo", "fair"} {
					w.check(w.pd.AddEvent(plandockettest.Event{Key: event, Title: event, From: time.Now(), To: time.Now()}))
				}
				w.applyEvents(w.plan())
				w.writeCSV(head + c.rows)
				w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte(c.decisions), 0o600))
				for range 3 { // seats go first, and their contacts by the next plan
					time.Sleep(time.Hour)
					w.applyEvents(w.plan())
				}
				wantEqual(t, "contacts", c.contacts, w.ids())
				wantEqual(t, "seats at expo", c.seats, w.seatsAt("expo"))
			})
		})
	}
}
