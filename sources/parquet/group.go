package parquet

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"unicode/utf8"

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
func (g *group) next(before int) (*pipeline.Batch, error) {
	want := min(g.left, g.file.batchRows)
	for i, c := range g.columns {
		if err := guard(func() error { return c.fill(want) }); err != nil {
			return nil, g.errorIn(g.schema.Field(i).Name, err)
		}
		want = min(want, c.pending())
	}
	want = g.fitting(want)
	g.left -= want
	b, err := g.take(want, before)
	if err != nil {
		return nil, fmt.Errorf("read %s: row group %d: %w", g.file.place, g.number, err)
	}
	if g.left > 0 {
		return b, nil
	}
	for i, c := range g.columns {
		if err := c.done(); err != nil {
			return nil, g.errorIn(g.schema.Field(i).Name, err)
		}
	}
	return b, nil
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
	problems := map[int]map[int]*problem{} // by row and field
	for i, c := range g.columns {
		var err error
		d.Columns[i], err = c.take(rows, func(row int, p *problem) {
			if problems[row] == nil {
				problems[row] = map[int]*problem{}
			}
			problems[row][i] = p
		})
		if err != nil {
			return nil, err
		}
	}
	b, err := pipeline.NewBatch(d)
	if err != nil || len(problems) == 0 {
		return b, err
	}
	return withoutProblems(b, problems)
}

// withoutProblems moves the rows with problems from the records of a batch to
// its rejects.
func withoutProblems(b *pipeline.Batch, problems map[int]map[int]*problem) (*pipeline.Batch, error) {
	var keep []int32
	var rejects []pipeline.Reject
	for row := range b.Len() {
		bad := problems[row]
		if bad == nil {
			keep = append(keep, int32(row))
			continue
		}
		r := pipeline.Reject{Origin: b.Origin(row), Columns: b.Schema().Names(), Cells: b.Cells(row)}
		for _, f := range slices.Backward(r.Columns) {
			i := b.Schema().Index(f)
			if p := bad[i]; p != nil {
				r.Cells[i] = p.text
				r.Finding = diag.Finding{Severity: diag.Error, Code: "unreadable-value",
					Message: fmt.Sprintf("column %q: %s", f, p.why), Where: r.Origin.String(),
					Hint: "mend the value where the file is written, or leave the column out with the option columns"}
			}
		}
		rejects = append(rejects, r)
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
	read     func(n int64, values []T, defs, reps []int16) (int64, int, error)
	failed   func() error // of the reader, when it stops early
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
func newColumn(l leaf, r file.ColumnChunkReader, s *schema.Column, values int64) (column, error) {
	f, typ := l.form, l.typ
	if l.list {
		typ = pipeline.String
	}
	switch r := r.(type) {
	case *file.BooleanColumnChunkReader:
		return start(l, r.ReadBatch, r.Err, s, values, nil, func(to *pipeline.ColumnBuilder, v bool) *problem {
			to.AppendBool(v)
			return nil
		}), nil
	case *file.Int32ColumnChunkReader:
		return start(l, r.ReadBatch, r.Err, s, values, nil, func(to *pipeline.ColumnBuilder, v int32) *problem {
			return f.appendInt(to, typ, int64(v))
		}), nil
	case *file.Int64ColumnChunkReader:
		return start(l, r.ReadBatch, r.Err, s, values, nil, func(to *pipeline.ColumnBuilder, v int64) *problem {
			return f.appendInt(to, typ, v)
		}), nil
	case *file.Int96ColumnChunkReader:
		return start(l, r.ReadBatch, r.Err, s, values, nil, appendInt96), nil
	case *file.Float32ColumnChunkReader:
		return start(l, r.ReadBatch, r.Err, s, values, nil, func(to *pipeline.ColumnBuilder, v float32) *problem {
			to.AppendFloat(float64(v))
			return nil
		}), nil
	case *file.Float64ColumnChunkReader:
		return start(l, r.ReadBatch, r.Err, s, values, nil, func(to *pipeline.ColumnBuilder, v float64) *problem {
			to.AppendFloat(v)
			return nil
		}), nil
	case *file.ByteArrayColumnChunkReader:
		return start(l, r.ReadBatch, r.Err, s, values, func(v arrowparquet.ByteArray) []byte { return v },
			func(to *pipeline.ColumnBuilder, v arrowparquet.ByteArray) *problem { return f.appendBytes(to, typ, v) }), nil
	case *file.FixedLenByteArrayColumnChunkReader:
		return start(l, r.ReadBatch, r.Err, s, values, func(v arrowparquet.FixedLenByteArray) []byte { return v },
			func(to *pipeline.ColumnBuilder, v arrowparquet.FixedLenByteArray) *problem {
				return f.appendBytes(to, typ, v)
			}), nil
	}
	return nil, fmt.Errorf("it is of the unknown type %s", s.PhysicalType())
}

func start[T any](l leaf, read func(int64, []T, []int16, []int16) (int64, int, error), failed func() error, s *schema.Column,
	values int64, bytes func(T) []byte, put func(*pipeline.ColumnBuilder, T) *problem) column {
	return &chunk[T]{leaf: l, read: read, failed: failed, put: put, bytes: bytes, defMax: s.MaxDefinitionLevel(), unread: values}
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
	total, read, err := c.read(int64(n), c.values[values:], defs, reps)
	if err == nil {
		err = c.failed()
	}
	switch {
	case err != nil:
		return err
	case total <= 0 || total > int64(n) || read < 0 || read > int(total):
		return fmt.Errorf("it ends %d values too early", c.unread)
	}
	c.unread -= total
	c.values = c.values[:values+read]
	full := int(total)
	if c.defMax > 0 {
		c.defs = c.defs[:levels+int(total)]
		full = 0
		for _, d := range c.defs[levels:] {
			if d < 0 || d > c.defMax {
				return fmt.Errorf("a definition level is %d", d)
			}
			if d == c.defMax {
				full++
			}
		}
	}
	if full != read {
		return fmt.Errorf("%d values are there where %d should be", read, full)
	}
	c.countText(values)
	return c.countRows(levels, int(total))
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
	if c.bytes != nil && !c.list && c.form.kind == kindPlain {
		if column, err := c.takeText(rows); column != nil || err != nil {
			return column, err
		}
	}
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

// takeText takes plain text, which most columns are, in one go. It returns nil
// and takes nothing when a value is not text, for take to find out which.
func (c *chunk[T]) takeText(rows int) (*pipeline.Column, error) {
	text := make([]byte, 0, c.size(rows))
	offsets := make([]int32, rows+1)
	valid := make([]byte, (rows+7)/8)
	value, clean := c.valueAt, true
	for row := range rows {
		if c.defMax == 0 || c.defs[c.levelAt+row] == c.defMax {
			b := c.bytes(c.values[value])
			// All values together may be UTF-8 where one ends within a
			// character and the next goes on; a value never begins there.
			clean = clean && (len(b) == 0 || utf8.RuneStart(b[0])) && len(b) <= pipeline.ValueBytesMax
			text = append(text, b...)
			valid[row>>3] |= 1 << (row & 7)
			value++
		}
		offsets[row+1] = int32(len(text))
	}
	if !clean || !utf8.Valid(text) {
		return nil, nil
	}
	if value-c.valueAt == rows {
		valid = nil
	}
	if c.defMax > 0 {
		c.levelAt += rows
	}
	c.valueAt = value
	c.rows -= rows
	c.textSize -= len(text)
	return pipeline.NewColumn(pipeline.ColumnData{Type: pipeline.String, Len: rows, Valid: valid, Offsets: offsets, Bytes: text})
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
