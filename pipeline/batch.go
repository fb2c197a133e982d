package pipeline

import (
	"fmt"
	"iter"
	"strconv"
)

// Limits of a batch. A source starts a new batch when either is reached.
const (
	BatchRowsDefault = 2048     // rows: as fast as 4,096, in half the memory
	BatchBytesMax    = 16 << 20 // bytes of values; one row may exceed it
	ValueBytesMax    = 64 << 20 // bytes of one value; a longer one is refused by its source
)

// Stream is a sequence of batches in order. A nil batch comes with an error,
// which is the last thing that a stream yields. A stream opens what it needs
// when it is iterated and closes it when the iteration ends, early or not.
// It can be iterated again; the source is then read again.
type Stream = iter.Seq2[*Batch, error]

// Origin says where a row came from.
type Origin struct {
	Source string `json:"source"`          // name of the source in the pipeline
	Place  string `json:"place,omitempty"` // file, or path of the API
	Page   int    `json:"page,omitempty"`  // of an API, from 1; 0 for files
	Row    int    `json:"row,omitempty"`   // line of a text file, record number of Parquet, position in a page; from 1
	ID     string `json:"id,omitempty"`    // what makes the row the same row tomorrow; "" when the source cannot say
}

// String writes the origin for people, as place:row, or as
// source:id for a row of an API.
func (o Origin) String() string {
	var room [originBytesUsual]byte
	return string(o.Append(room[:0]))
}

// originBytesUsual is how long the text of an origin seldom is.
const originBytesUsual = 128

// Append appends the text of String.
func (o Origin) Append(b []byte) []byte {
	switch {
	case o.Page > 0 && o.ID != "":
		return append(append(append(b, o.Source...), ':'), o.ID...)
	case o.Page > 0:
		b = strconv.AppendInt(append(append(b, o.Source...), ":page "...), int64(o.Page), 10)
		return strconv.AppendInt(append(b, " row "...), int64(o.Row), 10)
	case o.Row == 0 && o.Place != "":
		return append(b, o.Place...)
	case o.Row == 0 && o.ID != "":
		return append(append(append(b, o.Source...), ':'), o.ID...)
	case o.Row == 0:
		return append(b, o.Source...)
	case o.Place == "":
		b = append(b, o.Source...)
	default:
		b = append(b, o.Place...)
	}
	return strconv.AppendInt(append(b, ':'), int64(o.Row), 10)
}

// Batch is some records of one schema and one origin. It is immutable.
type Batch struct {
	schema  *Schema
	n       int
	columns []*Column
	source  string
	place   string
	page    int
	rows    []int32 // place of each record in its origin; nil: unknown
	ids     *Column // String; nil: the source cannot say
	shared  *Column // what ids was before dropRepeatedIDs; nil: the same
	times   *Column // Timestamp; nil: not known when a record changed
	rejects []Reject
	memory  *Memory // for columns that are made of these; nil: they have their own
}

// BatchData is what a batch is made of. Columns are in the order of Schema.
type BatchData struct {
	Schema  *Schema
	Len     int
	Columns []*Column
	Source  string   // name of the source in the pipeline
	Place   string   // file, or path of the API
	Page    int      // of an API, from 1
	Rows    []int32  // line, record number or position of each record, from 1; nil: unknown
	IDs     *Column  // String: what makes each record the same tomorrow; nil: cannot say
	Times   *Column  // Timestamp: when each record last changed; nil: not known
	Rejects []Reject // rows among these that could not be read
	Memory  *Memory  // lends the texts of columns that are made of these; nil: they have their own
}

// NewBatch checks d and makes a batch of it, without copying.
func NewBatch(d BatchData) (*Batch, error) {
	if d.Schema == nil || len(d.Columns) != d.Schema.Len() {
		return nil, fmt.Errorf("batch has %d columns, not those of its schema", len(d.Columns))
	}
	for i, c := range d.Columns {
		if f := d.Schema.Field(i); c.Len() != d.Len || c.Type() != f.Type {
			return nil, fmt.Errorf("column %q holds %d values of %s; the batch wants %d of %s", f.Name, c.Len(), c.Type(), d.Len, f.Type)
		}
	}
	if d.Rows != nil && len(d.Rows) != d.Len {
		return nil, fmt.Errorf("batch of %d records has %d places", d.Len, len(d.Rows))
	}
	if d.IDs != nil && (d.IDs.Len() != d.Len || d.IDs.Type() != String) {
		return nil, fmt.Errorf("batch of %d records has %d ids of %s", d.Len, d.IDs.Len(), d.IDs.Type())
	}
	if d.Times != nil && (d.Times.Len() != d.Len || d.Times.Type() != Timestamp) {
		return nil, fmt.Errorf("batch of %d records has %d times of %s", d.Len, d.Times.Len(), d.Times.Type())
	}
	return &Batch{schema: d.Schema, n: d.Len, columns: d.Columns, source: d.Source, place: d.Place,
		page: d.Page, rows: d.Rows, ids: d.IDs, times: d.Times, rejects: d.Rejects, memory: d.Memory}, nil
}

// Data returns what the batch is made of, to make a changed copy of it with
// NewBatch. Its slices are shared and not to be changed.
func (b *Batch) Data() BatchData {
	return BatchData{Schema: b.schema, Len: b.n, Columns: b.columns, Source: b.source, Place: b.place,
		Page: b.page, Rows: b.rows, IDs: b.ids, Times: b.times, Rejects: b.rejects, Memory: b.memory}
}

// Schema is the schema of the records.
func (b *Batch) Schema() *Schema { return b.schema }

// Len is the number of records.
func (b *Batch) Len() int { return b.n }

// Column returns column i of the schema.
func (b *Batch) Column(i int) *Column { return b.columns[i] }

// ColumnOf returns the column of the named field, or nil.
func (b *Batch) ColumnOf(name string) *Column {
	if i := b.schema.Index(name); i >= 0 {
		return b.columns[i]
	}
	return nil
}

// Source is the name of the source that the records came from.
func (b *Batch) Source() string { return b.source }

// Memory lends the texts of columns that are made of these records; nil, which
// is of use too, when they have their own.
func (b *Batch) Memory() *Memory { return b.memory }

// Rejects are the rows among these that could not be read, in order.
func (b *Batch) Rejects() []Reject { return b.rejects }

// ID returns what makes record i the same record tomorrow, or "".
func (b *Batch) ID(i int) string {
	if b.ids == nil || b.ids.IsNull(i) {
		return ""
	}
	return b.ids.Str(i)
}

// Micros returns when record i last changed, in microseconds since 1970 UTC,
// and whether that is known.
func (b *Batch) Micros(i int) (int64, bool) {
	if b.times == nil || b.times.IsNull(i) {
		return 0, false
	}
	return b.times.Int(i), true
}

// Origin returns where record i came from.
func (b *Batch) Origin(i int) Origin {
	o := Origin{Source: b.source, Place: b.place, Page: b.page, ID: b.ID(i)}
	if b.rows != nil {
		o.Row = int(b.rows[i])
	}
	return o
}

// Value returns field f of record i.
func (b *Batch) Value(i, f int) Value { return b.columns[f].Value(i) }

// Cells returns record i as text, in the order of the schema; nulls are "".
func (b *Batch) Cells(i int) []string {
	return b.appendCells(make([]string, 0, len(b.columns)), i)
}

func (b *Batch) appendCells(cells []string, i int) []string {
	for _, c := range b.columns {
		if c.typ == String {
			cells = append(cells, c.Str(i))
		} else {
			cells = append(cells, c.Value(i).String())
		}
	}
	return cells
}

// Take returns a batch of the records at rows, in that order, copied, without
// the rejects.
func (b *Batch) Take(rows []int32) *Batch {
	t := &Batch{schema: b.schema, n: len(rows), columns: make([]*Column, len(b.columns)), source: b.source, place: b.place, page: b.page}
	for i, c := range b.columns {
		t.columns[i] = c.Take(rows)
	}
	if b.rows != nil {
		t.rows = make([]int32, len(rows))
		for i, r := range rows {
			t.rows[i] = b.rows[r]
		}
	}
	if b.ids != nil {
		t.ids = b.ids.Take(rows)
	}
	if b.times != nil {
		t.times = b.times.Take(rows)
	}
	return t
}

// Size is the number of bytes of memory that the batch holds.
func (b *Batch) Size() int {
	size := 4 * len(b.rows)
	for _, c := range b.columns {
		size += c.Size()
	}
	if b.ids != nil {
		size += b.ids.Size()
	}
	if b.times != nil {
		size += b.times.Size()
	}
	return size
}
