package pipeline_test

import (
	"context"
	"slices"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// partsTarget is a target whose records are further fields of those of another one.
type partsTarget struct {
	*target
	of string
}

func (p partsTarget) Extends() string { return p.of }

// TestUndoTellsResourcesApart takes back a run that created a record, and one that wrote
// to a record of another resource that has the same id and followed it. That is a part of
// the created record, and gone with it, only where the target says so.
func TestUndoTellsResourcesApart(t *testing.T) {
	for name, c := range map[string]struct {
		extends, now string
		want         []string
	}{
		"another resource":                {now: "second", want: []string{"contacts delete t001", "places update t001"}},
		"more fields of the record":       {extends: "fake shop", now: "second", want: []string{"contacts delete t001"}},
		"the same, and edited by hand":    {extends: "fake shop", now: "by hand", want: []string{}},
		"more fields of another resource": {extends: "fake fair", now: "second", want: []string{"contacts delete t001", "places update t001"}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, nil, nil)
			k.target.insert(person(1))
			places := newTarget(k.w, row{"note": text(c.now)})
			places.name = "places"
			create := pipeline.Change{ID: "c", Action: pipeline.Create, Resource: "contacts", Model: "contacts", Key: pipeline.Key{Field: "number", Value: "N01"}, Label: "Person 01"}
			for f, v := range person(1) {
				create.Fields = append(create.Fields, pipeline.FieldChange{Field: f, After: v})
			}
			update := pipeline.Change{ID: "u", Action: pipeline.Update, Resource: "places", Model: "places", Target: "t001", Label: "a place", Needs: []string{"c"},
				Fields: []pipeline.FieldChange{{Field: "note", Before: text("first"), After: text("second")}}}
			k.remember(t, "run/contacts", k.target, create)
			k.remember(t, "run/places", places, update)
			p, err := pipeline.Undo(t.Context(), pipeline.UndoOptions{Run: "run", State: k.store, Now: k.w.Now(), DeleteCreated: true,
				Open: func(_ context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
					switch {
					case b.Resource == "contacts":
						return k.target, nil
					case c.extends == "":
						return places, nil
					}
					return partsTarget{places, c.extends}, nil
				}})
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, ch := range p.Changes {
				got = append(got, ch.Resource+" "+string(ch.Action)+" "+ch.Target)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("the undo has %q, want %q; blocked: %v", got, c.want, blockedCodes(p))
			}
		})
	}
}

// remember lets the memory say that a run carried out a change of one target.
func (k *kept) remember(t testing.TB, run string, to *target, ch pipeline.Change) {
	t.Helper()
	b := &pipeline.PlanBinding{Model: ch.Model, Resource: ch.Resource, Identity: to.Identity(), Connection: pipeline.Connection{Name: "shop", Type: "fake"},
		Policy: pipeline.Policy{Allow: []pipeline.Action{pipeline.Create, pipeline.Update}, Accept: pipeline.Proven}}
	o := []pipeline.Outcome{{Change: ch.ID, Status: pipeline.Verified, Target: "t001"}}
	now := k.w.Now()
	for _, err := range []error{
		k.store.StartRun(t.Context(), pipeline.RunRecord{ID: run, Pipeline: "p", Target: to.Identity(), Digest: "d", Start: now, Binding: b}),
		k.store.Intend(t.Context(), pipeline.Call{Run: run, Seq: 1, Target: to.Identity(), Digest: "d", Route: "r", At: now, Changes: []pipeline.Change{ch}}),
		k.store.Settle(t.Context(), pipeline.Verdict{Run: run, Seq: 1, At: now, Outcomes: []pipeline.Outcome{{Change: ch.ID, Status: pipeline.Sent, Target: "t001"}}}),
		k.store.KeepOutcomes(t.Context(), run, o),
		k.store.EndRun(t.Context(), run, now, "done", map[pipeline.Status]int{pipeline.Verified: 1}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}
