package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// datedTarget is a target of which it is known when its records came to be.
type datedTarget struct {
	*target
	created time.Time
}

func (d datedTarget) Dated() (*pipeline.Table, string) {
	s := pipeline.MustSchema(pipeline.Field{Name: "created", Type: pipeline.Timestamp})
	b := pipeline.NewBuilder(s, 1)
	b.Column(0).AppendValue(pipeline.TimeValue(d.created))
	ids := pipeline.NewColumnBuilder(pipeline.String, 1)
	ids.AppendString("t001")
	batch, err := b.Finish(pipeline.BatchData{Source: d.name, IDs: ids.Finish()})
	if err != nil {
		panic(err)
	}
	table := pipeline.NewTable(s)
	table.Append(batch)
	return table, "created"
}

// TestUndoBesideAnotherTenant takes back a run that created a record, where another run
// wrote to further fields of a record with the same id, at a target that cannot be opened
// any more: nothing of the kind makes the undo impossible, and the record stays only where
// that may have been its own.
func TestUndoBesideAnotherTenant(t *testing.T) {
	born := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	seen := func(created time.Time) []pipeline.SeenRecord {
		return []pipeline.SeenRecord{{ID: "t001", Created: pipeline.TimeValue(created)}}
	}
	for name, c := range map[string]struct {
		extends *string
		seen    []pipeline.SeenRecord
		kept    bool
	}{
		"another tenant, as the run says":           {extends: new("fake fair")},
		"the same tenant, as the run says":          {extends: new("fake shop"), kept: true},
		"no further fields, as the run says":        {extends: new("")},
		"an older run that saw another's records":   {seen: seen(born.Add(time.Hour))},
		"an older run that saw our records":         {seen: seen(born), kept: true},
		"an older run of which nothing is known":    {kept: true},
		"another tenant, and our records were seen": {extends: new("fake fair"), seen: seen(born)},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, nil, nil)
			k.target.insert(person(1))
			create := pipeline.Change{ID: "c", Action: pipeline.Create, Resource: "contacts", Model: "contacts", Key: pipeline.Key{Field: "number", Value: "N01"}, Label: "Person 01"}
			for f, v := range person(1) {
				create.Fields = append(create.Fields, pipeline.FieldChange{Field: f, After: v})
			}
			k.remember(t, "run/contacts", k.target, create)
			fields := newTarget(k.w)
			fields.name = "fields of another"
			k.w.advance(time.Hour)
			update := pipeline.Change{ID: "u", Action: pipeline.Update, Resource: "fields", Model: "fields", Target: "t001", Label: "fields",
				Fields: []pipeline.FieldChange{{Field: "note", Before: text("first"), After: text("second")}}}
			k.remember(t, "later/fields", fields, update)
			b := &pipeline.PlanBinding{Model: "fields", Resource: "fields", Identity: fields.Identity(), Connection: pipeline.Connection{Name: "shop", Type: "fake"}, Seen: c.seen}
			must(t, k.store.StartRun(t.Context(), pipeline.RunRecord{ID: "later/fields", Pipeline: "p", Target: fields.Identity(), Digest: "another", Start: k.w.Now(), Binding: b, Extends: c.extends}))
			p, err := pipeline.Undo(t.Context(), pipeline.UndoOptions{Run: "run", State: k.store, Now: k.w.Now(), DeleteCreated: true,
				Open: func(_ context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
					if b.Resource == "fields" {
						return nil, errors.New("OTHER_URL is not set")
					}
					return datedTarget{k.target, born}, nil
				}})
			if err != nil {
				t.Fatalf("the undo is refused: %v", err)
			}
			if kept := len(p.Changes) == 0; kept != c.kept {
				t.Errorf("the record is kept: %v, want %v; blocked %v", kept, c.kept, p.Blocked)
			}
			if c.kept && (len(p.Blocked) != 1 || !strings.Contains(p.Blocked[0].Reason, "nobody knows what apply later wrote to it, at which nobody can look now")) {
				t.Errorf("blocked %v", p.Blocked)
			}
		})
	}
}
