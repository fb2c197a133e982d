package file

import (
	"context"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/parquet"
)

// parquetBody is a Parquet file, all its columns.
type parquetBody struct {
	table *pipeline.Table // nil: the file is missing or empty
}

func (t *Target) readParquet(ctx context.Context, d *document, empty bool) (body, error) {
	b := &parquetBody{}
	if empty {
		return b, nil
	}
	s, err := parquet.New(parquet.Config{Path: t.config.Path, Dir: t.config.Dir, Name: t.config.Name, BatchRows: t.config.BatchRows})
	if err != nil {
		return nil, err
	}
	if b.table, err = t.hold(ctx, s); err != nil {
		return nil, err
	}
	if err := t.keyThere(b.table.Schema()); err != nil {
		return nil, err
	}
	if err := t.sameTypes(b.table.Schema()); err != nil {
		return nil, fmt.Errorf("read %s: %w", t.config.Path, err)
	}
	return b, t.addTable(d, b.table, func(f pipeline.Field, b *pipeline.Batch, column int) (*pipeline.Column, error) {
		return b.Column(column), nil
	})
}

// sameTypes makes sure that every column of the file is written as the type
// that it has now, so that rewriting the file changes no column.
func (t *Target) sameTypes(s *pipeline.Schema) error {
	r, err := file.OpenParquetFile(t.path, false)
	if err != nil {
		return bare(err)
	}
	defer r.Close()
	root := r.MetaData().Schema.Root()
	for i := range root.NumFields() {
		has := root.Field(i)
		f, _ := s.Lookup(has.Name())
		if want, ok := t.schema.Lookup(has.Name()); ok && want.Type != f.Type {
			return fmt.Errorf("column %q holds values of type %s, and the model's field is of type %s", f.Name, f.Type, want.Type)
		}
		writes, err := parquetNode(f)
		if err != nil {
			return err
		}
		if shape(has) != shape(writes) {
			return fmt.Errorf("column %q is of type %s, and would be rewritten as %s; a file target keeps the types of its columns, so write to a new file, or change the column's type first",
				f.Name, shape(has), shape(writes))
		}
	}
	return nil
}

// shape is what makes two columns of one type, whether or not they may be null.
func shape(n schema.Node) string {
	switch n := n.(type) {
	case *schema.PrimitiveNode:
		logical := n.LogicalType().String()
		if i, ok := n.LogicalType().(*schema.IntLogicalType); ok && i.IsSigned() && i.BitWidth() == 64 {
			logical = schema.NoLogicalType{}.String() // a plain INT64 is the same
		}
		if ts, ok := n.LogicalType().(*schema.TimestampLogicalType); ok {
			logical = fmt.Sprintf("timestamp utc=%t unit=%d", ts.IsAdjustedToUTC(), ts.TimeUnit())
		}
		return n.PhysicalType().String() + " " + logical
	case *schema.GroupNode:
		inner := n
		for inner.NumFields() == 1 {
			g, ok := inner.Field(0).(*schema.GroupNode)
			if !ok {
				return "list of " + shape(inner.Field(0))
			}
			inner = g
		}
	}
	return "group"
}

func (b *parquetBody) encode(w io.Writer, model *pipeline.Schema, e *edits) error {
	var columns []pipeline.Field
	var fields []int
	if b.table != nil {
		for _, f := range b.table.Schema().Fields() {
			columns, fields = append(columns, f), append(fields, model.Index(f.Name))
		}
	}
	own := len(columns)
	for _, f := range e.columnsFor(model, func(name string) bool { return b.table.Schema().Index(name) >= 0 }, own == 0) {
		columns = append(columns, pipeline.Field{Name: model.Field(f).Name, Type: model.Field(f).Type})
		fields = append(fields, f)
	}
	s, err := pipeline.NewSchema(columns...)
	if err != nil {
		return err
	}
	return guard(func() error {
		out, err := newParquetWriter(w, s)
		if err != nil {
			return err
		}
		a := &assembler{out: out, schema: s}
		if err := b.encodeRows(a, fields, own, e); err != nil {
			return err
		}
		for _, record := range e.created {
			if err := a.add(func(c int) pipeline.Value {
				if fields[c] < 0 {
					return pipeline.Null()
				}
				return record[fields[c]]
			}); err != nil {
				return err
			}
		}
		if err := a.flush(); err != nil {
			return err
		}
		return out.close()
	})
}

func (b *parquetBody) encodeRows(a *assembler, fields []int, own int, e *edits) error {
	if b.table == nil {
		return nil
	}
	for i := range b.table.Len() {
		if e.deleted[i] {
			continue
		}
		row, edited := b.table.Record(i), e.values[i]
		if err := a.add(func(c int) pipeline.Value {
			if v, ok := edited[fields[c]]; ok {
				return v
			}
			if c < own {
				return row.Value(c)
			}
			return pipeline.Null()
		}); err != nil {
			return err
		}
	}
	return nil
}

// assembler makes batches of records for a Parquet file.
type assembler struct {
	out     *parquetWriter
	schema  *pipeline.Schema
	builder *pipeline.Builder
}

func (a *assembler) add(value func(column int) pipeline.Value) error {
	if a.builder == nil {
		a.builder = pipeline.NewBuilder(a.schema, 0)
	}
	for c := range a.schema.Len() {
		a.builder.Column(c).AppendValue(value(c))
	}
	if a.builder.Full() {
		return a.flush()
	}
	return nil
}

func (a *assembler) flush() error {
	if a.builder == nil {
		return nil
	}
	b, err := a.builder.Finish(pipeline.BatchData{})
	if err != nil {
		return err
	}
	a.builder = nil
	return a.out.write(b)
}

// guard turns a panic of Arrow's writer, which it answers some write errors
// with, into an error.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			if cause, ok := r.(error); ok {
				err = cause
				return
			}
			err = fmt.Errorf("%v", r)
		}
	}()
	return f()
}
