package plandocket

import (
	"context"
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// streamOf streams the records of a reading.
func streamOf(ctx context.Context, present func(ctx context.Context, known []string) (*pipeline.Present, error)) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		p, err := present(ctx, nil)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, b := range p.Records.Batches() {
			if !yield(b, nil) {
				return
			}
		}
	}
}

// groupRows puts n rows into the order of compare, and those next to each other
// that are about the same into one group.
func groupRows(n int, compare func(a, b int32) int, same func(a, b int32) bool) [][]int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, compare)
	var groups [][]int32
	for len(order) > 0 {
		k := 1
		for k < len(order) && same(order[0], order[k]) {
			k++
		}
		groups = append(groups, order[:k:k])
		order = order[k:]
	}
	return groups
}

// rowsAs are the rows of a table with the values of another schema, and their
// origins as they were.
func rowsAs(schema *pipeline.Schema, rows *pipeline.Table, values func(row int32) map[string]pipeline.Value) (*pipeline.Table, error) {
	table, row := pipeline.NewTable(schema), int32(0)
	for _, b := range rows.Batches() {
		builder := pipeline.NewBuilder(schema, b.Len())
		for range b.Len() {
			appendValues(builder, schema, values(row))
			row++
		}
		d := b.Data()
		made, err := builder.Finish(pipeline.BatchData{Source: d.Source, Place: d.Place, Page: d.Page, Rows: d.Rows, IDs: d.IDs, Times: d.Times})
		if err != nil {
			return nil, fmt.Errorf("complete the rows: %w", err)
		}
		table.Append(made)
	}
	return table, nil
}

// appendValues adds a record by the names of its fields.
func appendValues(b *pipeline.Builder, schema *pipeline.Schema, v map[string]pipeline.Value) {
	for f := range schema.Len() {
		b.Column(f).AppendValue(v[schema.Field(f).Name])
	}
}
