package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// TestUndoLooksAtWhatHangsOnContacts takes back a run that created contacts, with which
// their participations and custom fields would be lost: those that others made, in places
// that the pipeline does not write, keep the contact; what cannot be looked at is told.
func TestUndoLooksAtWhatHangsOnContacts(t *testing.T) {
	t.Parallel()
	all := []string{"contacts", "custom_fields", "participants", "events"}
	for name, c := range map[string]struct {
		scopes  []string
		more    int // contacts that the run creates beside one
		byHand  func(w *tenant)
		deleted int
		kept    string // what keeps a contact
		unknown string
		fails   bool // requests do, and are sent again
	}{
		"nothing":        {scopes: all, deleted: 1},
		"a custom field": {scopes: all, byHand: func(w *tenant) { w.check(w.pd.SetCustom(4, map[string]string{"seat": `"12"`})) }, kept: "seat: somebody made it 12"},
		"custom fields that say nothing": {scopes: all, byHand: func(w *tenant) {
			w.check(w.pd.SetCustom(4, map[string]string{"seat": `""`, "staff": `0`, "opt_in": `false`}))
		}, deleted: 1},
		"a participation":         {scopes: all, byHand: func(w *tenant) { w.enrol(4) }, kept: "it has a participation in event expo"},
		"another's participation": {scopes: all, byHand: func(w *tenant) { w.enrol(1) }, deleted: 1},
		"without events":          {scopes: []string{"contacts", "custom_fields", "participants"}, byHand: func(w *tenant) { w.enrol(4) }, kept: "it has a participation in event 1", unknown: "it is not proven to be whole"},
		"contacts alone":          {scopes: []string{"contacts"}, byHand: func(w *tenant) { w.enrol(4) }, deleted: 1, unknown: "participations, since the key may not read them, or the tenant does not have them (403); custom fields, since"},
		"more than are asked for": {scopes: all, more: 5, byHand: func(w *tenant) { w.check(w.pd.SetCustom(5, map[string]string{"seat": `"12"`})) }, deleted: 5, kept: "seat: somebody made it 12", unknown: "custom fields of 2 contacts, the last by their ids"},
		"one that fails": {scopes: all, more: 2, byHand: func(w *tenant) {
			w.faults.Add(faults.Fault{Route: "GET /api/v1/custom-fields/contact/5", Kind: faults.ServerError})
		}, deleted: 2, kept: "nobody could look at its custom fields", fails: true},
		"odd answers": {scopes: all, more: 3, byHand: func(w *tenant) {
			w.faults.Add(faults.Fault{Route: "GET /api/v1/custom-fields/contact/*", From: 2, Kind: faults.LoginHTML})
		}, deleted: 1, kept: "nobody could look at its custom fields", fails: true},
		"odd answers, of more than are asked for": {scopes: all, more: 5, byHand: func(w *tenant) {
			w.faults.Add(faults.Fault{Route: "GET /api/v1/custom-fields/contact/*", From: 2, Kind: faults.LoginHTML})
		}, deleted: 3, kept: "nobody could look at its custom fields", unknown: "custom fields of 2 contacts, the last by their ids", fails: true},
		"participations that fail": {scopes: all, byHand: func(w *tenant) {
			w.faults.Add(faults.Fault{Route: "GET /api/v1/participants", Kind: faults.ServerError})
		}, kept: "nobody could look at its participations", fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBadges(t, tenantOptions{}, func(w *tenant) {
				w.text = strings.Replace(w.text, "  - { model: badges, target: plandocket, resource: custom_fields }\n", "", 1)
				w.text = strings.Replace(w.text, `where: ID == "new"`, `where: ID startsWith "new"`, 1)
				rows := "ID,Email,Number,Badge,Staff,OptIn,Diet\nnew,new@x.example,N9,,,yes,\n"
				for i := range c.more {
					rows += fmt.Sprintf("new%d,new%d@x.example,M%d,,,yes,\n", i, i, i)
				}
				w.writeCSV(rows)
				w.check(w.pd.AddEvent(plandockettest.Event{Key: "expo", Title: "expo", From: time.Now(), To: time.Now()}))
				r, err := w.apply(w.plan(), false)
				w.check(err)
				wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 1 + c.more}, r.Count())
				if c.byHand != nil {
					c.byHand(w)
				}
				time.Sleep(time.Minute)
				w.check(w.pd.SetKey(tenantKey, c.scopes...))
				sent := len(w.pd.Requests())
				told, lists := 0, 0
				undo := w.undoTelling(r.Run, func(s pipeline.Step) { told += s.Calls })
				for _, q := range w.pd.Requests()[sent:] {
					if q.Path == "/api/v1/contacts" {
						lists++
					}
				}
				if !c.fails {
					wantEqual(t, "requests told", len(w.pd.Requests())-sent, told)
				}
				wantEqual(t, "requests that each reading of the apply takes", lists, undo.Header.Bindings[0].Requests.Read)
				wantEqual(t, "contacts that the undo deletes", c.deleted, len(undo.Changes))
				said, unknown := "", ""
				for _, b := range undo.Blocked {
					said += b.Reason
				}
				for _, f := range undo.Findings {
					if f.Code == "not-looked-at" {
						unknown += f.Message
					}
				}
				wantEqual(t, "contacts that stay", 1+c.more-c.deleted, len(undo.Blocked))
				if !strings.Contains(said, c.kept) {
					t.Errorf("left alone: %q, want %q", said, c.kept)
				}
				if !strings.Contains(unknown, c.unknown) || (unknown == "") != (c.unknown == "") {
					t.Errorf("not looked at: %q, want %q", unknown, c.unknown)
				}
			})
		})
	}
}

// TestUndoKeepsContactsWhoseParticipationStays takes back a run that created a contact and
// enrolled it. What becomes of the participation while the undo is applied decides about the
// contact: as long as it is there, the contact is not deleted under it.
func TestUndoKeepsContactsWhoseParticipationStays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(w *tenant, place int64)
		apply  func(o *pipeline.ApplyOptions, undo *pipeline.Plan, place string)
		place  pipeline.Status
		stays  bool
	}{
		"as it was":         {place: pipeline.Verified},
		"confirmed by hand": {before: func(w *tenant, place int64) { w.check(w.pd.Confirm(place, false)) }, place: pipeline.Drifted, stays: true},
		"declined": {apply: func(o *pipeline.ApplyOptions, undo *pipeline.Plan, place string) {
			yes, no := true, false
			o.Approvals = &pipeline.Approvals{Format: 1, Plan: undo.Digest, By: "somebody", Rest: &yes, Rows: []pipeline.RowApproval{{Change: place, Accept: &no}}}
		}, place: pipeline.Declined, stays: true},
		"left out": {apply: func(o *pipeline.ApplyOptions, undo *pipeline.Plan, place string) {
			o.Only = map[string]bool{}
			for _, ch := range undo.Changes {
				o.Only[ch.ID] = ch.ID != place
			}
		}, place: pipeline.Declined, stays: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inEvents(t, tenantOptions{}, func(w *tenant) {
				r, err := w.apply(w.plan(), false)
				w.check(err)
				created := slices.IndexFunc(w.contacts(), func(c plandockettest.Contact) bool { return c.Email == "neu@x.example" })
				contact := w.contacts()[created].ID
				place := w.placeID("expo", contact)
				time.Sleep(time.Hour)
				undo := w.undoOf(r.Run)
				at := slices.IndexFunc(undo.Changes, func(ch pipeline.Change) bool {
					return ch.Resource == "participants" && ch.Target == strconv.FormatInt(place, 10)
				})
				if at < 0 {
					t.Fatal("the undo does not delete the participation")
				}
				if c.before != nil {
					c.before(w, place)
				}
				reg, err := registry()
				w.check(err)
				o := pipeline.ApplyOptions{Run: "undo-1", Holder: "undo-1", Now: time.Now, State: w.store, Log: w.log(),
					Open: func(ctx context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
						return dsl.OpenTarget(ctx, reg, w.host(), b)
					}}
				if c.apply != nil {
					c.apply(&o, undo, undo.Changes[at].ID)
				}
				r, err = pipeline.Apply(w.ctx, undo, o)
				w.check(err)
				wantEqual(t, "the participation", c.place, r.Outcomes[at].Status)
				stays := slices.ContainsFunc(w.contacts(), func(one plandockettest.Contact) bool { return one.ID == contact })
				wantEqual(t, "the contact is there", c.stays, stays)
			})
		})
	}
}

// enrol lets a contact take part in the event, by hand.
func (w *tenant) enrol(contact int64) {
	w.t.Helper()
	_, err := w.pd.Enrol(contact, "expo", false)
	w.check(err)
}
