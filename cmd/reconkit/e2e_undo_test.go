package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
)

// TestUndoOfAMixedRunWithParticipants takes back a run that created contacts and
// enrolled and confirmed people: what is still ours is as it was before, and what
// somebody changed since is listed and stays.
func TestUndoOfAMixedRunWithParticipants(t *testing.T) {
	t.Parallel()
	inEvents(t, tenantOptions{}, func(w *tenant) {
		start, contacts := w.places(), len(w.contacts())
		p := w.plan()
		r, err := w.apply(p, false)
		w.check(err)
		wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 12}, r.Count())
		byHand := w.placeID("expo", 2) // bert, whom the run enrolled
		w.check(w.pd.Confirm(byHand, true))
		time.Sleep(time.Minute)

		undo := w.undoOf(r.Run)
		listed := map[string]string{}
		for _, b := range undo.Blocked {
			listed[b.Label] = b.Code
		}
		if len(listed) != 1 {
			t.Errorf("the undo lists %v as not ours any more, want the place of bert alone", listed)
		}
		w.applyEvents(undo)
		start["expo bert"] = true
		wantEqual(t, "places", start, w.places())
		wantEqual(t, "number of contacts", contacts, len(w.contacts()))
	})
}

// undoOf is the undo of a run, which deletes what the run created.
func (w *tenant) undoOf(run string) *pipeline.Plan { return w.undoTelling(run, nil) }

func (w *tenant) undoTelling(run string, tell pipeline.Progress) *pipeline.Plan {
	reg, err := registry()
	w.check(err)
	undo, err := pipeline.Undo(w.ctx, pipeline.UndoOptions{Run: run, State: w.store, DeleteCreated: true, Now: time.Now(), Progress: tell,
		Open: func(ctx context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
			return dsl.OpenTarget(ctx, reg, w.host(), b)
		}})
	w.check(err)
	return undo
}

// placeID is the participation of a contact at an event.
func (w *tenant) placeID(event string, contact int64) int64 {
	w.t.Helper()
	all, err := w.pd.Participants()
	w.check(err)
	for _, p := range all {
		if p.EventKey == event && p.ContactID == contact {
			return p.ID
		}
	}
	w.t.Fatalf("contact %d does not take part in %s: %+v", contact, event, all)
	return 0
}

// TestUndoOfCustomFields takes a run back that wrote custom fields: what was there is
// there again, what somebody changed since is left alone, and what was empty is listed,
// since nobody knows whether the service takes an empty value.
func TestUndoOfCustomFields(t *testing.T) {
	t.Parallel()
	inBadges(t, tenantOptions{}, func(w *tenant) {
		w.asClient("PUT", "/api/v1/custom-fields/contact/2", `{"badge_name":"B.","opt_in":true}`)
		p := w.plan()
		r, err := w.apply(p, false)
		w.check(err)
		wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 4}, r.Count())
		w.asClient("PUT", "/api/v1/custom-fields/contact/2", `{"badge_name":"by hand","opt_in":false}`)
		time.Sleep(time.Minute)

		reg, err := registry()
		w.check(err)
		undo, err := pipeline.Undo(w.ctx, pipeline.UndoOptions{Run: r.Run, State: w.store, Now: time.Now(),
			Open: func(ctx context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
				return dsl.OpenTarget(ctx, reg, w.host(), b)
			}})
		w.check(err)
		listed := map[string]int{}
		for _, b := range undo.Blocked {
			listed[b.Code]++
		}
		wantEqual(t, "what the undo leaves alone", map[string]int{pipeline.CodeChangedSince: 1, pipeline.CodeNotErasable: 2, pipeline.CodeCreateStays: 1}, listed)
		w.applyEvents(undo)
		wantEqual(t, "of Ada", map[string]string{"badge_name": `"A."`, "staff": "3", "opt_in": "true", "diet": `"vegan"`, "seat": `"12"`}, w.customOf(1))
		wantEqual(t, "of Bert", map[string]string{"badge_name": `"by hand"`, "opt_in": "true"}, w.customOf(2))
	})
}

// TestUndoOfAContactWithCustomFields takes back the run that created a contact and wrote
// its custom fields: they go with it, unless somebody worked on them since; then each is
// listed. What was empty of those who were there before is listed, too.
func TestUndoOfAContactWithCustomFields(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, byHand string
		listed       map[string]int
		contacts     int
	}{
		{name: "as the run left it", listed: map[string]int{pipeline.CodeNotErasable: 2}, contacts: 3},
		{name: "edited since", byHand: `{"badge_name":"by hand"}`, listed: map[string]int{pipeline.CodeNotErasable: 3, pipeline.CodeChangedSince: 2}, contacts: 4},
		{name: "another field filled since", byHand: `{"diet":"vegan"}`, listed: map[string]int{pipeline.CodeNotErasable: 3, pipeline.CodeChangedSince: 1}, contacts: 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inBadges(t, tenantOptions{}, func(w *tenant) {
				r, err := w.apply(w.plan(), false)
				w.check(err)
				wantEqual(t, "outcomes", map[pipeline.Status]int{pipeline.Verified: 4}, r.Count())
				if c.byHand != "" {
					w.asClient("PUT", "/api/v1/custom-fields/contact/4", c.byHand)
				}
				time.Sleep(time.Minute)
				undo := w.undoOf(r.Run)
				listed := map[string]int{}
				for _, b := range undo.Blocked {
					listed[b.Code]++
				}
				wantEqual(t, "what the undo leaves alone", c.listed, listed)
				w.applyEvents(undo)
				wantEqual(t, "number of contacts", c.contacts, len(w.contacts()))
			})
		})
	}
}

// TestUndoOfAContactWhoseCustomFieldsAnotherApplyWrote takes back the apply that created a
// contact; the custom fields of it were written by another apply of the same plan, and
// somebody has worked on them since.
func TestUndoOfAContactWhoseCustomFieldsAnotherApplyWrote(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		byHand   string
		deleted  int
		requests int
	}{
		"as the applies left it": {deleted: 1, requests: 1},
		"edited since":           {byHand: `{"badge_name":"by hand"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBadges(t, tenantOptions{}, func(w *tenant) {
				reg, err := registry()
				w.check(err)
				connect := func(ctx context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
					return dsl.OpenTarget(ctx, reg, w.host(), b)
				}
				p, only := w.plan(), map[string]bool{}
				for _, ch := range p.Changes {
					only[ch.ID] = ch.Resource == "contacts"
				}
				_, err = pipeline.Apply(w.ctx, p, pipeline.ApplyOptions{Run: "first", Holder: "first", Now: time.Now, State: w.store, Only: only, Open: connect})
				w.check(err)
				_, err = w.apply(p, true)
				w.check(err)
				if c.byHand != "" {
					w.asClient("PUT", "/api/v1/custom-fields/contact/4", c.byHand)
				}
				time.Sleep(time.Minute)
				undo, err := pipeline.Undo(w.ctx, pipeline.UndoOptions{Run: "first", State: w.store, DeleteCreated: true, Now: time.Now(), Open: connect})
				w.check(err)
				deleted, requests := 0, 0
				for _, b := range undo.Header.Bindings {
					deleted, requests = deleted+b.Counts.Delete, requests+b.Requests.Write
				}
				wantEqual(t, "deleted contacts", c.deleted, deleted)
				wantEqual(t, "deletions of the plan", c.deleted, len(undo.Changes))
				wantEqual(t, "writing requests", c.requests, requests)
				if c.deleted == 0 && (len(undo.Blocked) != 1 || !strings.Contains(undo.Blocked[0].Reason, "by hand")) {
					t.Errorf("blocked is %v", undo.Blocked)
				}
			})
		})
	}
}

// TestUndoOfAContactWhoseCustomFieldsAnotherPlanWrote takes back the run that created a
// contact, of which a later plan wrote custom fields: they would be lost with it.
func TestUndoOfAContactWhoseCustomFieldsAnotherPlanWrote(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sinks   string // of the first plan
		emptied bool
		kept    bool
	}{
		"custom fields of the later plan alone": {sinks: "contacts", kept: true},
		"of both":                               {sinks: "badges, contacts", kept: true},
		"emptied since":                         {sinks: "contacts", emptied: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBadges(t, tenantOptions{}, func(w *tenant) {
				whole := w.text
				if c.sinks == "contacts" {
					w.text = strings.Replace(whole, "  - { model: badges, target: plandocket, resource: custom_fields }\n", "", 1)
				}
				w.writeCSV("ID,Email,Number,Badge,Staff,OptIn,Diet\nnew,new@x.example,N9,,,yes,\n")
				first, err := w.apply(w.plan(), false)
				w.check(err)
				time.Sleep(2 * time.Hour)
				w.text = whole
				w.writeCSV("ID,Email,Number,Badge,Staff,OptIn,Diet\nnew,new@x.example,N9,New,,yes,\n")
				second, err := w.apply(w.plan(), false)
				w.check(err)
				wantEqual(t, "badge", `"New"`, w.customOf(4)["badge_name"])
				if c.emptied {
					w.asClient("PUT", "/api/v1/custom-fields/contact/4", `{"badge_name":null,"opt_in":false}`)
				}
				time.Sleep(time.Minute)
				undo := w.undoOf(first.Run)
				if n := len(undo.Changes); n != 0 && c.kept || n != 1 && !c.kept {
					t.Errorf("the undo has %d changes", n)
				}
				said := ""
				for _, b := range undo.Blocked {
					said += b.Reason + "\n"
				}
				if want := "badge_name: apply " + second.Run + " of another plan wrote it, and it is New"; c.sinks == "contacts" && strings.Contains(said, want) != c.kept {
					t.Errorf("the undo says:\n%s", said)
				}
			})
		})
	}
}
