package sourcetest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

// unknownColumn is a name that no source has.
const unknownColumn = "sourcetest: no column has this name"

// checkProjection checks a source that is a [pipeline.Projector]: whichever
// columns are chosen, in whatever order they are named, the records, their
// origins and the rejects are those of the whole source, with the chosen
// columns in the order of its schema.
func checkProjection(t *testing.T, open func(t *testing.T, batchRows int) pipeline.Source) {
	src := open(t, 2)
	projector, ok := src.(pipeline.Projector)
	if !ok {
		t.Skip("the source does not project")
	}
	whole := read(t, src, 2)
	schema, err := src.Schema(t.Context())
	if err != nil {
		t.Fatalf("Schema: %v", err)
	}
	if _, err := projector.Project([]string{schema.Field(0).Name, unknownColumn}); err == nil {
		t.Error("Project of an unknown column: got no error")
	}
	for _, chosen := range choices(schema.Names()) {
		named := slices.Clone(chosen)
		slices.Reverse(named)
		part, err := projector.Project(named)
		if err != nil {
			t.Fatalf("Project(%q): %v", named, err)
		}
		whole.pick(schema, chosen).same(t, read(t, part, 2))
		got, err := part.Schema(t.Context())
		if err != nil {
			t.Fatalf("Project(%q): Schema: %v", named, err)
		}
		if diff := cmp.Diff(chosen, got.Names()); diff != "" {
			t.Errorf("Project(%q): columns (-want +got):\n%s", named, diff)
		}
	}
	whole.same(t, read(t, src, 2))
	fresh, err := open(t, 2).(pipeline.Projector).Project(schema.Names()[:1])
	if err != nil {
		t.Fatalf("Project before Schema: %v", err)
	}
	whole.pick(schema, schema.Names()[:1]).same(t, read(t, fresh, 2))
}

// choices are each column alone, all of them, and every second one.
func choices(names []string) [][]string {
	all := [][]string{names}
	var second []string
	for i, name := range names {
		all = append(all, []string{name})
		if i%2 == 1 {
			second = append(second, name)
		}
	}
	if len(second) > 1 {
		all = append(all, second)
	}
	return all
}

// pick returns the reading with the chosen columns alone.
func (r reading) pick(schema *pipeline.Schema, chosen []string) reading {
	picked := r
	picked.rows = make([]record, len(r.rows))
	for i, row := range r.rows {
		picked.rows[i] = row
		picked.rows[i].Cells = make([]string, len(chosen))
		for k, name := range chosen {
			picked.rows[i].Cells[k] = row.Cells[schema.Index(name)]
		}
	}
	return picked
}
