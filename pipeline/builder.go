package pipeline

import "math/bits"

// ColumnBuilder collects the values of one column.
type ColumnBuilder struct {
	c    Column
	null bool // a null was appended: the bitmap is kept
}

// NewColumnBuilder starts a column of the type with room for n values.
func NewColumnBuilder(t Type, n int) *ColumnBuilder { return (*Memory)(nil).NewColumnBuilder(t, n) }

// NewColumnBuilder starts a column of the type with room for n values, whose
// texts lie in m.
func (m *Memory) NewColumnBuilder(t Type, n int) *ColumnBuilder {
	b := &ColumnBuilder{c: Column{typ: t}}
	switch t {
	case String:
		b.c.lent = m
		b.c.offsets = append(m.Offsets(n+1), 0)
	case StringList:
		b.c.offsets = make([]int32, 1, n+1)
		b.c.members = &NewColumnBuilder(String, n).c
	case Int, Timestamp:
		b.c.ints = make([]int64, 0, n)
	case Float:
		b.c.floats = make([]float64, 0, n)
	case Bool:
		b.c.bits = make([]byte, 0, (n+7)/8)
	default:
		panic("pipeline: column builder of no valid type")
	}
	return b
}

// Len is the number of values so far.
func (b *ColumnBuilder) Len() int { return b.c.n }

// Bytes is the number of bytes of text so far.
func (b *ColumnBuilder) Bytes() int {
	if b.c.members != nil {
		return len(b.c.members.bytes)
	}
	return len(b.c.bytes)
}

// mark counts one more value and notes whether it is null. The bitmap is made
// at the first null.
func (b *ColumnBuilder) mark(valid bool) {
	i := b.c.n
	b.c.n++
	if !valid && !b.null {
		b.startNulls(i)
		return
	}
	if !b.null {
		return
	}
	if i>>3 >= len(b.c.valid) {
		b.c.valid = append(b.c.valid, 0)
	}
	if valid {
		b.c.valid[i>>3] |= 1 << (i & 7)
	}
}

// AppendNull appends "no opinion".
func (b *ColumnBuilder) AppendNull() {
	switch b.c.typ {
	case String, StringList:
		b.c.offsets = append(b.c.offsets, b.c.offsets[b.c.n])
	case Int, Timestamp:
		b.c.ints = append(b.c.ints, 0)
	case Float:
		b.c.floats = append(b.c.floats, 0)
	case Bool:
		b.growBits()
	}
	b.mark(false)
}

// AppendErase appends the wish that the field be emptied.
func (b *ColumnBuilder) AppendErase() {
	i := b.c.n
	b.AppendNull()
	for len(b.c.erase) <= i>>3 {
		b.c.erase = append(b.c.erase, 0)
	}
	b.c.erase[i>>3] |= 1 << (i & 7)
}

// AppendBytes appends a string; the bytes are copied. The type must be String.
func (b *ColumnBuilder) AppendBytes(s []byte) {
	b.c.bytes = append(b.c.bytes, s...)
	b.c.offsets = append(b.c.offsets, int32(len(b.c.bytes)))
	b.mark(true)
}

// AppendString appends a string. The type must be String.
func (b *ColumnBuilder) AppendString(s string) {
	b.c.bytes = append(b.c.bytes, s...)
	b.c.offsets = append(b.c.offsets, int32(len(b.c.bytes)))
	b.mark(true)
}

// GrowBytes makes room for n more bytes of text, exactly. The type must be
// String.
func (b *ColumnBuilder) GrowBytes(n int) {
	if cap(b.c.bytes)-len(b.c.bytes) < n {
		b.c.bytes = append(b.c.lent.Bytes(len(b.c.bytes)+n), b.c.bytes...)
	}
}

// Texts lends the text of the strings so far, one behind the other, and the
// offsets at which they begin and end, for further strings to be appended to
// both. They are given back to Extend. The type must be String.
func (b *ColumnBuilder) Texts() (text []byte, offsets []int32) { return b.c.bytes, b.c.offsets }

// Extend takes what Texts lent with further strings appended: their text, and for
// each the offset at which it ends. EmptyNull says that an empty string is null.
func (b *ColumnBuilder) Extend(text []byte, offsets []int32, emptyNull bool) {
	b.c.bytes, b.c.offsets = text, offsets
	for from := b.c.n; from < len(offsets)-1; from = b.c.n {
		n := min(len(offsets)-1-from, 64)
		some, before := uint64(0), offsets[from] // a bit for each string that is not empty
		for _, o := range offsets[from+1 : from+1+n] {
			// The difference is negative where there is text: no branch.
			some = some>>1 | uint64(int64(before)-int64(o))&(1<<63)
			before = o
		}
		if !emptyNull {
			some = ^uint64(0)
		}
		b.markAll(n, some>>(64-n))
	}
}

// markAll counts n values, at most 64, whose bits in valid say which are not
// null.
func (b *ColumnBuilder) markAll(n int, valid uint64) {
	i := b.c.n
	b.c.n += n
	if !b.null {
		if bits.OnesCount64(valid) == n {
			return
		}
		b.startNulls(i)
	}
	for len(b.c.valid)*8 < b.c.n {
		b.c.valid = append(b.c.valid, 0)
	}
	for n > 0 {
		b.c.valid[i>>3] |= byte(valid << (i & 7))
		here := min(n, 8-i&7)
		valid >>= here
		i += here
		n -= here
	}
}

// startNulls makes the bitmap at the first null, of which value i may be one:
// all values before it are there.
func (b *ColumnBuilder) startNulls(i int) {
	b.null = true
	b.c.valid = make([]byte, i/8+1, max(i, cap(b.c.offsets))/8+1)
	for j := range b.c.valid {
		b.c.valid[j] = 0xff
	}
	b.c.valid[i>>3] = 1<<(i&7) - 1
}

// AppendInt appends an integer, or the microseconds of a timestamp.
func (b *ColumnBuilder) AppendInt(i int64) {
	b.c.ints = append(b.c.ints, i)
	b.mark(true)
}

// AppendFloat appends a float.
func (b *ColumnBuilder) AppendFloat(f float64) {
	b.c.floats = append(b.c.floats, f)
	b.mark(true)
}

func (b *ColumnBuilder) growBits() {
	if b.c.n>>3 >= len(b.c.bits) {
		b.c.bits = append(b.c.bits, 0)
	}
}

// AppendBool appends a boolean.
func (b *ColumnBuilder) AppendBool(v bool) {
	b.growBits()
	if v {
		b.c.bits[b.c.n>>3] |= 1 << (b.c.n & 7)
	}
	b.mark(true)
}

// AppendList appends a list of strings.
func (b *ColumnBuilder) AppendList(list []string) {
	m := b.c.members
	for _, s := range list {
		m.bytes = append(m.bytes, s...)
		m.offsets = append(m.offsets, int32(len(m.bytes)))
		m.n++
	}
	b.c.offsets = append(b.c.offsets, int32(m.n))
	b.mark(true)
}

// AppendValue appends a value of the builder's type, null or erase. Another
// type is a broken contract and panics.
func (b *ColumnBuilder) AppendValue(v Value) {
	switch {
	case v.IsErase():
		b.AppendErase()
	case v.IsNull():
		b.AppendNull()
	case v.Type() != b.c.typ:
		panic("pipeline: value of " + v.Type().String() + " appended to a column of " + b.c.typ.String())
	case b.c.typ == String:
		b.AppendString(v.str)
	case b.c.typ == Float:
		b.AppendFloat(v.Float())
	case b.c.typ == Bool:
		b.AppendBool(v.Bool())
	case b.c.typ == StringList:
		b.AppendList(v.List())
	default:
		b.AppendInt(v.bits)
	}
}

// AppendFrom appends value i of a column of the same type.
func (b *ColumnBuilder) AppendFrom(c *Column, i int) {
	switch {
	case c.IsErase(i):
		b.AppendErase()
	case c.IsNull(i):
		b.AppendNull()
	case c.typ == String:
		b.AppendBytes(c.Bytes(i))
	case c.typ == Float:
		b.AppendFloat(c.floats[i])
	case c.typ == Bool:
		b.AppendBool(c.Bool(i))
	case c.typ == StringList:
		b.AppendList(c.List(i))
	default:
		b.AppendInt(c.ints[i])
	}
}

// Finish returns the column; the builder must not be used again.
func (b *ColumnBuilder) Finish() *Column { return b.finish() }

func (b *ColumnBuilder) finish() *Column {
	c := b.c
	for c.erase != nil && len(c.erase)*8 < c.n {
		c.erase = append(c.erase, 0)
	}
	return &c
}

// Builder collects the records of one batch, column by column: for each
// record, one value is appended to each column. It is full when it holds its
// number of rows or [BatchBytesMax] bytes of text.
type Builder struct {
	schema  *Schema
	columns []*ColumnBuilder
	rowsMax int
}

// NewBuilder starts a batch of at most rowsMax records (0: BatchRowsDefault).
func NewBuilder(s *Schema, rowsMax int) *Builder {
	if rowsMax <= 0 {
		rowsMax = BatchRowsDefault
	}
	b := &Builder{schema: s, rowsMax: rowsMax, columns: make([]*ColumnBuilder, s.Len())}
	for i := range b.columns {
		b.columns[i] = NewColumnBuilder(s.Field(i).Type, rowsMax)
	}
	return b
}

// Column returns the builder of column i.
func (b *Builder) Column(i int) *ColumnBuilder { return b.columns[i] }

// Len is the number of whole records so far.
func (b *Builder) Len() int {
	if len(b.columns) == 0 {
		return 0
	}
	return b.columns[len(b.columns)-1].Len()
}

// Full reports whether the batch should be finished.
func (b *Builder) Full() bool {
	if b.Len() >= b.rowsMax {
		return true
	}
	size := 0
	for _, c := range b.columns {
		size += c.Bytes()
	}
	return size >= BatchBytesMax
}

// Finish makes the batch. Schema, Len and Columns of d are filled in.
func (b *Builder) Finish(d BatchData) (*Batch, error) {
	d.Schema, d.Len = b.schema, b.Len()
	d.Columns = make([]*Column, len(b.columns))
	for i, c := range b.columns {
		d.Columns[i] = c.finish()
	}
	return NewBatch(d)
}
