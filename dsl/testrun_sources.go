package dsl

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// Columns by which the rows of an API know who they are and when they changed,
// unless the source has an id: or updated: of its own.
const (
	ownIDColumn   = "uuid"
	ownTimeColumn = "updated"
)

// noColumn is the one column, always null, of a source of which nobody names a
// column: a batch needs one to have rows.
const noColumn = "(none)"

// givenSource stands in for a source: the rows of a test, one in each batch, so
// that what becomes of each is told apart.
type givenSource struct {
	def    *sourceDef
	schema *pipeline.Schema
	rows   []*pipeline.Batch
}

var _ pipeline.Source = (*givenSource)(nil)

func (s *givenSource) Schema(context.Context) (*pipeline.Schema, error) { return s.schema, nil }

func (s *givenSource) Read(ctx context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		for _, b := range s.rows {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// given makes the source that stands in for def in a test.
func (l *loader) given(c *testCase, def *sourceDef) (*givenSource, error) {
	rows := c.given[def.name]
	s := &givenSource{def: def, schema: def.schema}
	if s.schema == nil {
		var err error
		if s.schema, err = l.guessedSchema(def, rows); err != nil {
			return nil, err
		}
	}
	keep := l.keepsEmpty(def)
	for _, row := range rows {
		b, err := l.givenBatch(s, row, keep)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", def.name, err)
		}
		s.rows = append(s.rows, b)
	}
	return s, nil
}

func (l *loader) givenBatch(s *givenSource, row *givenRow, keepEmpty bool) (*pipeline.Batch, error) {
	b := pipeline.NewBuilder(s.schema, 1)
	d := pipeline.BatchData{Source: s.def.name, Place: filepath.Base(l.file), Rows: []int32{int32(l.start(row.node).line)}}
	for i, f := range s.schema.Fields() {
		v := row.values[f.Name]
		if f.Type == pipeline.String && v.Str() == "" && !keepEmpty {
			v = pipeline.Null()
		}
		b.Column(i).AppendValue(v)
		if f.Name == ownIDColumn && s.def.id == nil {
			d.IDs = asText(oneValue(f.Type, v))
		}
		if f.Name == ownTimeColumn && f.Type == pipeline.Timestamp && s.def.updated == nil {
			d.Times = oneValue(f.Type, v)
		}
	}
	return b.Finish(d)
}

func oneValue(t pipeline.Type, v pipeline.Value) *pipeline.Column {
	b := pipeline.NewColumnBuilder(t, 1)
	b.AppendValue(v)
	return b.Finish()
}

// guessedSchema is the columns of a source that could not be asked: those that
// the test names and those that the pipeline reads, all of them text, as the
// expressions take them.
func (l *loader) guessedSchema(def *sourceDef, rows []*givenRow) (*pipeline.Schema, error) {
	var names []string
	add := func(list ...string) {
		for _, name := range list {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	for _, row := range rows {
		add(sortedKeys(row.values)...)
	}
	for _, name := range l.order {
		for _, f := range l.models[name].froms {
			if f.source != def {
				continue
			}
			for _, p := range f.programs() {
				add(p.Columns()...)
			}
		}
	}
	for _, name := range sortedKeys(l.lookups) {
		if look := l.lookups[name]; look.source == def {
			add(look.keys...)
		}
	}
	if len(names) == 0 {
		add(noColumn)
	}
	fields := make([]pipeline.Field, len(names))
	for i, name := range names {
		fields[i] = pipeline.Field{Name: name, Type: pipeline.String}
	}
	s, err := pipeline.NewSchema(fields...)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", def.name, err)
	}
	return s, nil
}

// keepsEmpty reports whether an empty cell of the source is empty text and not
// null.
func (l *loader) keepsEmpty(def *sourceDef) bool {
	if !slices.ContainsFunc(def.kind.options, func(o Option) bool { return o.Name == "empty" }) {
		return false
	}
	sources := find(l.mapping(l.root, "the pipeline"), "sources")
	if sources == nil {
		return false
	}
	own := find(l.mapping(sources, "sources"), def.name)
	if own == nil {
		return false
	}
	option := find(l.mapping(own, "source"), "empty")
	return option != nil && option.Value == "keep"
}
