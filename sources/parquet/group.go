package parquet

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// levelsPerRead is how many values are asked of Arrow at a time.
const levelsPerRead = 1024 // values

// group is one row group that is being read, all its columns in step.
type group struct {
	file    *openFile
	number  int // from 1
	left    int // records still to come
	schema  *pipeline.Schema
	columns []column // in the order of schema
}

func (g *group) errorIn(column string, err error) error {
	return fmt.Errorf("read %s: row group %d: column %q: %w", g.file.place, g.number, column, err)
}

// next reads one batch; before is the number of records of the file so far.
// What a batch holds is decided when all columns are filled, so that it does
// not depend on how many are read at a time.
func (g *group) next(before int) (*pipeline.Batch, error) {
	want := min(g.left, g.file.batchRows)
	if err := g.each(func(i int) error { return g.columns[i].fill(want) }); err != nil {
		return nil, err
	}
	for _, c := range g.columns {
		want = min(want, c.pending())
	}
	want = g.fitting(want)
	g.left -= want
	b, err := g.take(want, before)
	if err != nil || g.left > 0 {
		return b, err
	}
	return b, g.each(func(i int) error { return g.columns[i].done() })
}

// each calls do for every column, some of them at a time, and waits. Damage
// that Arrow panics at is an error; the error is that of the first column that
// has one.
func (g *group) each(do func(column int) error) error {
	errs := make([]error, len(g.columns))
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < len(g.columns); i = int(next.Add(1)) - 1 {
			errs[i] = guard(func() error { return do(i) })
		}
	}
	var running sync.WaitGroup
	for range min(g.file.workers, len(g.columns)) - 1 {
		running.Go(work)
	}
	work()
	running.Wait()
	for i, err := range errs {
		if err != nil {
			return g.errorIn(g.schema.Field(i).Name, err)
		}
	}
	return nil
}

// fitting is how many of the next rows fit into a batch, at least one.
func (g *group) fitting(rows int) int {
	size := func(n int) int {
		total := 0
		for _, c := range g.columns {
			total += c.size(n)
		}
		return total
	}
	if size(rows) <= pipeline.BatchBytesMax {
		return rows
	}
	return max(1, sort.Search(rows, func(n int) bool { return size(n+1) > pipeline.BatchBytesMax }))
}

// take makes a batch of the next rows of all columns.
func (g *group) take(rows, before int) (*pipeline.Batch, error) {
	d := pipeline.BatchData{Schema: g.schema, Len: rows, Columns: make([]*pipeline.Column, len(g.columns)),
		Source: g.file.source, Place: g.file.place, Rows: make([]int32, rows)}
	for i := range d.Rows {
		d.Rows[i] = int32(before + i + 1)
	}
	found := make([]map[int]*problem, len(g.columns)) // by column and row
	err := g.each(func(i int) error {
		var err error
		d.Columns[i], err = g.columns[i].take(rows, func(row int, p *problem) {
			if found[i] == nil {
				found[i] = map[int]*problem{}
			}
			found[i][row] = p
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	b, err := pipeline.NewBatch(d)
	if err == nil && slices.ContainsFunc(found, func(bad map[int]*problem) bool { return bad != nil }) {
		b, err = withoutProblems(b, found)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: row group %d: %w", g.file.place, g.number, err)
	}
	return b, nil
}

// withoutProblems moves the rows with problems, which are found by column and
// row, from the records of a batch to its rejects. The finding of a row is about
// the first of its columns that has one.
func withoutProblems(b *pipeline.Batch, found []map[int]*problem) (*pipeline.Batch, error) {
	var keep []int32
	var rejects []pipeline.Reject
	for row := range b.Len() {
		var r *pipeline.Reject
		for i, bad := range found {
			p := bad[row]
			if p == nil {
				continue
			}
			if r == nil {
				r = &pipeline.Reject{Origin: b.Origin(row), Columns: b.Schema().Names(), Cells: b.Cells(row)}
				r.Finding = diag.Finding{Severity: diag.Error, Code: "unreadable-value",
					Message: fmt.Sprintf("column %q: %s", r.Columns[i], p.why), Where: r.Origin.String(),
					Hint: "mend the value where the file is written, or leave the column out with the option columns"}
			}
			r.Cells[i] = p.text
		}
		if r == nil {
			keep = append(keep, int32(row))
		} else {
			rejects = append(rejects, *r)
		}
	}
	d := b.Take(keep).Data()
	d.Rejects = rejects
	return pipeline.NewBatch(d)
}

// column is one column chunk that is being read. Values that were decoded and
// not yet taken are pending.
type column interface {
	fill(rows int) error // decodes until so many rows are pending, or enough bytes
	pending() int        // whole rows
	size(rows int) int   // bytes of text in the next rows
	// take moves the next rows into a column; bad hears of the values that have
	// no counterpart, which are null.
	take(rows int, bad func(row int, p *problem)) (*pipeline.Column, error)
	done() error // says why the chunk is not at its end, or nil
}

// chunk is a column chunk with physical values of type T.
type chunk[T any] struct {
	leaf
	reader   levelReader[T]
	put      func(to *pipeline.ColumnBuilder, v T) *problem
	bytes    func(v T) []byte // of text; nil for values of fixed width
	defMax   int16
	unread   int64 // values that the chunk still has
	defs     []int16
	reps     []int16
	values   []T
	levelAt  int // of the first pending level, and of its value
	valueAt  int
	rows     int // that begin among the pending levels
	textSize int // bytes of pending text
}

// newColumn chooses the reader for the physical type of a column.
func newColumn(l leaf, r file.ColumnChunkReader, s *schema.Column, p *pages) (column, error) {
	f, typ, values := l.form, l.typ, p.left
	if l.list {
		typ = pipeline.String
	}
	text := !l.list && f.kind == kindPlain
	switch r := r.(type) {
	case *file.BooleanColumnChunkReader:
		return newChunk(l, levelReader[bool]{r.ReadBatch, r.Err}, s, values, nil, func(to *pipeline.ColumnBuilder, v bool) *problem {
			to.AppendBool(v)
			return nil
		}), nil
	case *file.Int32ColumnChunkReader:
		return newChunk(l, levelReader[int32]{r.ReadBatch, r.Err}, s, values, nil, func(to *pipeline.ColumnBuilder, v int32) *problem {
			return f.appendInt(to, typ, int64(v))
		}), nil
	case *file.Int64ColumnChunkReader:
		return newChunk(l, levelReader[int64]{r.ReadBatch, r.Err}, s, values, nil, func(to *pipeline.ColumnBuilder, v int64) *problem {
			return f.appendInt(to, typ, v)
		}), nil
	case *file.Int96ColumnChunkReader:
		return newChunk(l, levelReader[arrowparquet.Int96]{r.ReadBatch, r.Err}, s, values, nil, appendInt96), nil
	case *file.Float32ColumnChunkReader:
		return newChunk(l, levelReader[float32]{r.ReadBatch, r.Err}, s, values, nil, func(to *pipeline.ColumnBuilder, v float32) *problem {
			to.AppendFloat(float64(v))
			return nil
		}), nil
	case *file.Float64ColumnChunkReader:
		return newChunk(l, levelReader[float64]{r.ReadBatch, r.Err}, s, values, nil, func(to *pipeline.ColumnBuilder, v float64) *problem {
			to.AppendFloat(v)
			return nil
		}), nil
	case *file.ByteArrayColumnChunkReader:
		read := levelReader[arrowparquet.ByteArray]{r.ReadBatch, r.Err}
		if text {
			return newTextChunk(l, read, s, p), nil
		}
		return newChunk(l, read, s, values, func(v arrowparquet.ByteArray) []byte { return v },
			func(to *pipeline.ColumnBuilder, v arrowparquet.ByteArray) *problem { return f.appendBytes(to, typ, v) }), nil
	case *file.FixedLenByteArrayColumnChunkReader:
		read := levelReader[arrowparquet.FixedLenByteArray]{r.ReadBatch, r.Err}
		if text {
			return newTextChunk(l, read, s, p), nil
		}
		return newChunk(l, read, s, values, func(v arrowparquet.FixedLenByteArray) []byte { return v },
			func(to *pipeline.ColumnBuilder, v arrowparquet.FixedLenByteArray) *problem {
				return f.appendBytes(to, typ, v)
			}), nil
	}
	return nil, fmt.Errorf("it is of the unknown type %s", s.PhysicalType())
}

func newChunk[T any](l leaf, r levelReader[T], s *schema.Column, values int64, bytes func(T) []byte,
	put func(*pipeline.ColumnBuilder, T) *problem) column {
	return &chunk[T]{leaf: l, reader: r, put: put, bytes: bytes, defMax: s.MaxDefinitionLevel(), unread: values}
}

func (c *chunk[T]) pending() int {
	if c.list && c.unread > 0 {
		return c.rows - 1 // the last one may go on
	}
	return c.rows
}

func (c *chunk[T]) fill(rows int) error {
	for c.pending() < rows {
		if c.unread == 0 {
			return fmt.Errorf("it ends %d records too early", rows-c.pending())
		}
		if c.textSize >= pipeline.BatchBytesMax && c.pending() > 0 {
			return nil
		}
		if err := c.more(); err != nil {
			return err
		}
	}
	return nil
}

// more decodes some more values.
func (c *chunk[T]) more() error {
	c.defs = slices.Delete(c.defs, 0, min(c.levelAt, len(c.defs)))
	c.reps = slices.Delete(c.reps, 0, min(c.levelAt, len(c.reps)))
	c.values = slices.Delete(c.values, 0, c.valueAt)
	c.levelAt, c.valueAt = 0, 0

	n := int(min(c.unread, levelsPerRead))
	levels, values := len(c.defs), len(c.values)
	c.values = slices.Grow(c.values, n)[:values+n]
	var defs, reps []int16
	if c.defMax > 0 {
		c.defs = slices.Grow(c.defs, n)[:levels+n]
		defs = c.defs[levels:]
	}
	if c.list {
		c.reps = slices.Grow(c.reps, n)[:levels+n]
		reps = c.reps[levels:]
	}
	total, read, err := c.reader.read(int64(n), c.values[values:], defs, reps)
	if err == nil {
		err = c.reader.failed()
	}
	switch {
	case err != nil:
		return err
	case total <= 0 || total > int64(n) || read < 0 || read > int(total):
		return fmt.Errorf("it ends %d values too early", c.unread)
	}
	c.unread -= total
	c.values = c.values[:values+read]
	if c.defMax > 0 {
		c.defs = c.defs[:levels+int(total)]
		if err := checkLevels(c.defs[levels:], c.defMax, read); err != nil {
			return err
		}
	} else if read != int(total) {
		return fmt.Errorf("%d values are there where %d should be", read, total)
	}
	c.countText(values)
	return c.countRows(levels, int(total))
}

// checkLevels makes sure that as many definition levels as there are values say
// that there is one.
func checkLevels(defs []int16, defMax int16, values int) error {
	full, over := 0, int16(0)
	for _, d := range defs {
		over |= d | (defMax - d) // its sign is set by a level out of range
		if d == defMax {
			full++
		}
	}
	if over < 0 {
		return fmt.Errorf("a definition level is not from 0 to %d", defMax)
	}
	if full != values {
		return fmt.Errorf("%d values are there where %d should be", values, full)
	}
	return nil
}

func (c *chunk[T]) countText(from int) {
	if c.bytes == nil {
		return
	}
	for _, v := range c.values[from:] {
		c.textSize += len(c.bytes(v))
	}
}

func (c *chunk[T]) countRows(levels, total int) error {
	if !c.list {
		c.rows += total
		return nil
	}
	c.reps = c.reps[:levels+total]
	for _, r := range c.reps[levels:] {
		switch {
		case r == 0:
			c.rows++
		case r != 1:
			return fmt.Errorf("a repetition level is %d", r)
		case c.rows == 0:
			return errors.New("its first list has no beginning")
		}
	}
	return nil
}

func (c *chunk[T]) size(rows int) int {
	if c.bytes == nil {
		return 0
	}
	if rows == c.rows {
		return c.textSize
	}
	size, value := 0, c.valueAt
	c.walk(rows, func(_ int, _, last int) {
		for ; value < last; value++ {
			size += len(c.bytes(c.values[value]))
		}
	})
	return size
}

// walk calls each for the next rows with the levels and the end of the values
// of the row, without moving on.
func (c *chunk[T]) walk(rows int, each func(row int, level, lastValue int)) (level, value int) {
	level, value = c.levelAt, c.valueAt
	for row := range rows {
		first := level
		for {
			if c.defMax == 0 || c.defs[level] == c.defMax {
				value++
			}
			level++
			if !c.list || level >= len(c.reps) || c.reps[level] == 0 {
				break
			}
		}
		each(row, first, value)
	}
	return level, value
}

func (c *chunk[T]) take(rows int, bad func(int, *problem)) (*pipeline.Column, error) {
	to := pipeline.NewColumnBuilder(c.typ, rows)
	value := c.valueAt
	c.levelAt, c.valueAt = c.walk(rows, func(row, level, last int) {
		var p *problem
		switch {
		case c.list:
			p = c.putList(to, level, c.values[value:last])
		case value == last:
			to.AppendNull()
		default:
			p = c.put(to, c.values[value])
		}
		if p != nil {
			to.AppendNull()
			bad(row, p)
		}
		if c.bytes != nil {
			for _, v := range c.values[value:last] {
				c.textSize -= len(c.bytes(v))
			}
		}
		value = last
	})
	c.rows -= rows
	return to.Finish(), nil
}

// putList appends a list, or null, by the level of its first item.
func (c *chunk[T]) putList(to *pipeline.ColumnBuilder, level int, values []T) *problem {
	if c.defs[level] < c.itemLevel-1 {
		to.AppendNull()
		return nil
	}
	members := pipeline.NewColumnBuilder(pipeline.String, len(values))
	for _, v := range values {
		if p := c.put(members, v); p != nil {
			return p
		}
	}
	column := members.Finish()
	list := make([]string, column.Len())
	for i := range list {
		list[i] = column.Str(i)
	}
	to.AppendList(list)
	return nil
}

func (c *chunk[T]) done() error {
	if c.unread > 0 || c.rows > 0 {
		return fmt.Errorf("it holds more records than its row group: %d values are left", c.unread+int64(c.rows))
	}
	return nil
}
