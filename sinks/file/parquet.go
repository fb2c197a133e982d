package file

import (
	"fmt"
	"io"
	"iter"

	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"

	"github.com/reconkit/reconkit/pipeline"
)

// A row group is written when it reaches either limit. Until then its batches
// are held.
const (
	groupRowsMax  = 128 << 10 // records
	groupBytesMax = 16 << 20  // bytes of memory
)

// writeRows is how many values are handed to a column writer at a time. It is
// small because the writer checks the size of its page only between calls.
const writeRows = 1024 // values

// writeAtOnce keeps Arrow from cutting what it is handed into calls of its own:
// it never comes to an end with a list that is longer than such a call.
const writeAtOnce = 1 << 40 // values

// zstdLevel is the fastest: files are 4 % larger than with Arrow's default, and
// a third of the time is saved.
const zstdLevel = 1

// doubling is an allocator that grows a buffer to at least twice its size.
// Arrow's own grows it to what is asked for, and its column writers ask for a
// few more levels with each call, so that a row group is copied again and
// again: a million rows of 25 columns take 17 s with it and 2.5 s with this one.
type doubling struct{}

const (
	allocationUnit = 64  // bytes; what Arrow aligns buffers to
	allocationMin  = 256 // bytes
)

// Allocate returns n zero bytes.
func (doubling) Allocate(n int) []byte {
	return make([]byte, n, (n+allocationUnit-1)/allocationUnit*allocationUnit)
}

// Reallocate returns b with a length of n.
func (doubling) Reallocate(n int, b []byte) []byte {
	if cap(b) >= n {
		return b[:n]
	}
	grown := make([]byte, n, max(n, 2*cap(b), allocationMin))
	copy(grown, b)
	return grown
}

// Free leaves the memory to the garbage collector.
func (doubling) Free([]byte) {}

// parquetWriter collects batches into row groups.
type parquetWriter struct {
	w      *file.Writer
	schema *pipeline.Schema
	held   []*pipeline.Batch
	rows   int
	bytes  int
	cells  parquetCells
}

// parquetCells are slices for what is handed to a column writer, used again
// with each call.
type parquetCells struct {
	texts      []arrowparquet.ByteArray
	ints       []int64
	floats     []float64
	bools      []bool
	defs, reps []int16
}

// newParquetWriter starts a file. Closing it leaves w open.
func newParquetWriter(w io.Writer, s *pipeline.Schema) (*parquetWriter, error) {
	fields := make(schema.FieldList, s.Len())
	for i, f := range s.Fields() {
		n, err := parquetNode(f)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", f.Name, err)
		}
		fields[i] = n
	}
	root, err := schema.NewGroupNode("schema", arrowparquet.Repetitions.Required, fields, -1)
	if err != nil {
		return nil, err
	}
	// In pages of version 1 Arrow leaves room before the levels, which makes it
	// grow their buffer by 64 bytes for each few hundred values, always copying
	// it, and pass it on to the next column: most of the time goes there.
	props := arrowparquet.NewWriterProperties(arrowparquet.WithAllocator(doubling{}),
		arrowparquet.WithDataPageVersion(arrowparquet.DataPageV2), arrowparquet.WithBatchSize(writeAtOnce),
		arrowparquet.WithCompression(compress.Codecs.Zstd), arrowparquet.WithCompressionLevel(zstdLevel),
		arrowparquet.WithCreatedBy("reconkit"))
	return &parquetWriter{w: file.NewParquetWriter(nopCloser{w}, root, file.WithWriterProps(props)), schema: s}, nil
}

// parquetNode is the column that a field is written as.
func parquetNode(f pipeline.Field) (schema.Node, error) {
	rep := arrowparquet.Repetitions
	primitive := func(name string, t schema.LogicalType, physical arrowparquet.Type) (schema.Node, error) {
		return schema.NewPrimitiveNodeLogical(name, rep.Optional, t, physical, -1, -1)
	}
	switch f.Type {
	case pipeline.String:
		return primitive(f.Name, schema.StringLogicalType{}, arrowparquet.Types.ByteArray)
	case pipeline.Float:
		return primitive(f.Name, schema.NoLogicalType{}, arrowparquet.Types.Double)
	case pipeline.Bool:
		return primitive(f.Name, schema.NoLogicalType{}, arrowparquet.Types.Boolean)
	case pipeline.Timestamp:
		return primitive(f.Name, schema.NewTimestampLogicalType(true, schema.TimeUnitMicros), arrowparquet.Types.Int64)
	case pipeline.StringList:
		item, err := schema.NewPrimitiveNodeLogical("element", rep.Required, schema.StringLogicalType{}, arrowparquet.Types.ByteArray, -1, -1)
		if err != nil {
			return nil, err
		}
		inner, err := schema.NewGroupNode("list", rep.Repeated, schema.FieldList{item}, -1)
		if err != nil {
			return nil, err
		}
		return schema.NewGroupNodeLogical(f.Name, rep.Optional, schema.FieldList{inner}, schema.ListLogicalType{}, -1)
	default:
		return primitive(f.Name, schema.NewIntLogicalType(64, true), arrowparquet.Types.Int64)
	}
}

// write takes a batch of the writer's schema.
func (p *parquetWriter) write(b *pipeline.Batch) error {
	p.held = append(p.held, b)
	p.rows += b.Len()
	p.bytes += b.Size()
	if p.rows < groupRowsMax && p.bytes < groupBytesMax {
		return nil
	}
	return p.flush()
}

// flush writes the batches held as one row group.
func (p *parquetWriter) flush() error {
	if p.rows == 0 {
		return nil
	}
	group := p.w.AppendRowGroup()
	for i := range p.schema.Len() {
		w, err := group.NextColumn()
		if err != nil {
			return err
		}
		for _, b := range p.held {
			if err := p.cells.writeColumn(w, b.Column(i)); err != nil {
				return fmt.Errorf("column %q: %w", p.schema.Field(i).Name, err)
			}
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	p.held, p.rows, p.bytes = nil, 0, 0
	return group.Close()
}

func (p *parquetWriter) close() error {
	if err := p.flush(); err != nil {
		return err
	}
	return p.w.Close()
}

// writeColumn writes all values of a column of a batch.
func (p *parquetCells) writeColumn(w file.ColumnChunkWriter, c *pipeline.Column) error {
	for from := 0; from < c.Len(); from += writeRows {
		to := min(from+writeRows, c.Len())
		var err error
		switch w := w.(type) {
		case *file.ByteArrayColumnChunkWriter:
			if c.Type() == pipeline.StringList {
				err = p.writeLists(w, c, from, to)
				break
			}
			p.texts = p.texts[:0]
			for i := range p.present(c, from, to) {
				p.texts = append(p.texts, c.Bytes(i))
			}
			_, err = w.WriteBatch(p.texts, p.defs, nil)
		case *file.Int64ColumnChunkWriter:
			p.ints = p.ints[:0]
			for i := range p.present(c, from, to) {
				p.ints = append(p.ints, c.Int(i))
			}
			_, err = w.WriteBatch(p.ints, p.defs, nil)
		case *file.Float64ColumnChunkWriter:
			p.floats = p.floats[:0]
			for i := range p.present(c, from, to) {
				p.floats = append(p.floats, c.Float(i))
			}
			_, err = w.WriteBatch(p.floats, p.defs, nil)
		case *file.BooleanColumnChunkWriter:
			p.bools = p.bools[:0]
			for i := range p.present(c, from, to) {
				p.bools = append(p.bools, c.Bool(i))
			}
			_, err = w.WriteBatch(p.bools, p.defs, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// present goes through the values that are there, and notes the level of each:
// 1, or 0 for a null.
func (p *parquetCells) present(c *pipeline.Column, from, to int) iter.Seq[int] {
	return func(yield func(int) bool) {
		p.defs = p.defs[:0]
		for i := from; i < to; i++ {
			if c.IsNull(i) {
				p.defs = append(p.defs, 0)
				continue
			}
			p.defs = append(p.defs, 1)
			if !yield(i) {
				return
			}
		}
	}
}

// writeLists writes lists with the levels of the standard form: 0 null, 1 an
// empty list, 2 an item.
func (p *parquetCells) writeLists(w *file.ByteArrayColumnChunkWriter, c *pipeline.Column, from, to int) error {
	p.texts, p.defs, p.reps = p.texts[:0], p.defs[:0], p.reps[:0]
	for i := from; i < to; i++ {
		if c.IsNull(i) {
			p.defs, p.reps = append(p.defs, 0), append(p.reps, 0)
			continue
		}
		list := c.List(i)
		if len(list) == 0 {
			p.defs, p.reps = append(p.defs, 1), append(p.reps, 0)
		}
		for k, s := range list {
			p.texts = append(p.texts, bytesOf(s))
			p.defs, p.reps = append(p.defs, 2), append(p.reps, int16(min(k, 1)))
		}
	}
	_, err := w.WriteBatch(p.texts, p.defs, p.reps)
	return err
}
