package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"

	"github.com/reconkit/reconkit/pipeline"
)

// document is one state of the file.
type document struct {
	stamp   stamp
	records *pipeline.Table // the model's fields, with ids
	body    body
}

// body is a file as its format lays it out, with what the model does not know
// of.
type body interface {
	// encode writes the file with the edits carried out.
	encode(w io.Writer, model *pipeline.Schema, e *edits) error
}

// edits are what becomes of the records of a document.
type edits struct {
	values  map[int]map[int]pipeline.Value // by record and field of the model
	deleted map[int]bool
	created [][]pipeline.Value // by field of the model
}

func (e *edits) none() bool {
	return len(e.values) == 0 && len(e.deleted) == 0 && len(e.created) == 0
}

// fills reports whether the edits give field f a value anywhere.
func (e *edits) fills(f int) bool {
	for _, record := range e.values {
		if v, ok := record[f]; ok && !v.Empty() {
			return true
		}
	}
	for _, record := range e.created {
		if !record[f].Empty() {
			return true
		}
	}
	return false
}

// columnsFor are the model's fields that the file needs a column for: all when
// it has none yet, else those that it has not and that are given a value.
func (e *edits) columnsFor(model *pipeline.Schema, has func(name string) bool, fresh bool) []int {
	var fields []int
	for f := range model.Len() {
		if fresh || (!has(model.Field(f).Name) && e.fills(f)) {
			fields = append(fields, f)
		}
	}
	return fields
}

// readsMax is how often a file is read again because it was replaced while it
// was being read.
const readsMax = 5 // times

// read reads the file. What is returned is one state of it.
func (t *Target) read(ctx context.Context) (*document, error) {
	for range readsMax {
		before, err := stampOf(t.path)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t.config.Path, err)
		}
		d, err := t.readOnce(ctx, before)
		after, statErr := stampOf(t.path)
		if statErr != nil {
			return nil, fmt.Errorf("read %s: %w", t.config.Path, statErr)
		}
		if after.same(before) {
			return d, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("read %s: it was changed while it was being read, %d times over", t.config.Path, readsMax)
}

func (t *Target) readOnce(ctx context.Context, s stamp) (*document, error) {
	d := &document{stamp: s, records: pipeline.NewTable(t.schema)}
	empty := !s.exists || s.info.Size() == 0
	var err error
	switch t.format {
	case formatCSV:
		d.body, err = t.readCSV(ctx, d, empty)
	case formatJSONL:
		d.body, err = t.readLines(ctx, d, empty)
	default:
		d.body, err = t.readParquet(ctx, d, empty)
	}
	return d, err
}

// addTable makes the records of the document from a table of the file's
// columns. Convert makes a column of a field from one of the file.
func (t *Target) addTable(d *document, table *pipeline.Table, convert func(f pipeline.Field, b *pipeline.Batch, column int) (*pipeline.Column, error)) error {
	ids := newNamer(t)
	for _, b := range table.Batches() {
		data := pipeline.BatchData{Schema: t.schema, Len: b.Len(), Source: t.config.Name, Place: t.config.Path, Rows: b.Data().Rows}
		for _, f := range t.schema.Fields() {
			column := b.Schema().Index(f.Name)
			if column < 0 {
				data.Columns = append(data.Columns, nulls(f.Type, b.Len()))
				continue
			}
			c, err := convert(f, b, column)
			if err != nil {
				return err
			}
			data.Columns = append(data.Columns, c)
		}
		data.IDs = ids.column(data.Columns, b.Len())
		records, err := pipeline.NewBatch(data)
		if err != nil {
			return fmt.Errorf("read %s: %w", t.config.Path, err)
		}
		d.records.Append(records)
	}
	return nil
}

func nulls(typ pipeline.Type, n int) *pipeline.Column {
	b := pipeline.NewColumnBuilder(typ, n)
	for range n {
		b.AppendNull()
	}
	return b.Finish()
}

// hold reads a source into a table. A row that cannot be read is an error.
func (t *Target) hold(ctx context.Context, s pipeline.Source) (*pipeline.Table, error) {
	schema, err := s.Schema(ctx)
	if err != nil {
		return nil, err
	}
	table := pipeline.NewTable(schema)
	for b, err := range s.Read(ctx) {
		if err != nil {
			return nil, err
		}
		if rejects := b.Rejects(); len(rejects) > 0 {
			return nil, fmt.Errorf("read %s: a row cannot be read, and would be lost when the file is rewritten; mend it first: %s", t.config.Path, rejects[0].Finding)
		}
		table.Append(b)
	}
	return table, nil
}

// keyText is the value of a key field as text; "" when it has none.
func keyText(v pipeline.Value) string { return v.String() }

// namer gives records their ids.
type namer struct {
	keys  []int // fields of the model, best first
	name  []string
	given []*pipeline.Column // ids of batches of which each id was new
	last  []byte             // the last one of these, as long as each was above the one before
	mixed bool               // they were not
	known hashSet            // of these, once they are mixed
	used  map[string]int     // ids, and how often they came up; nil while all are in given
}

func newNamer(t *Target) *namer {
	n := &namer{}
	for _, k := range t.config.Key {
		n.keys = append(n.keys, t.schema.Index(k))
		n.name = append(n.name, k)
	}
	return n
}

// id is the id of a record before it is told apart from others.
func (n *namer) id(value func(field int) pipeline.Value, fields int) string {
	for i, f := range n.keys {
		text := keyText(value(f))
		switch {
		case text == "":
		case i == 0:
			return text
		default:
			return n.name[i] + "=" + text
		}
	}
	h := sha256.New()
	for f := range fields {
		text := value(f).String()
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	return "row-" + hex.EncodeToString(h.Sum(nil))[:16]
}

// column names the records of one batch. Where all of them have the first key,
// each for the first time, that is their column of ids.
func (n *namer) column(columns []*pipeline.Column, rows int) *pipeline.Column {
	if key := columns[n.keys[0]]; key.Type() == pipeline.String && n.fresh(key) {
		n.given = append(n.given, key)
		return key
	}
	ids := pipeline.NewColumnBuilder(pipeline.String, rows)
	for row := range rows {
		ids.AppendString(n.distinct(n.id(func(f int) pipeline.Value { return columns[f].Value(row) }, len(columns))))
	}
	return ids.Finish()
}

// fresh reports whether all records of a batch have a key of their own that is no
// id yet. It goes by their order as long as it lasts, as in most files, and then by
// hashes: it may report false where it is so.
func (n *namer) fresh(key *pipeline.Column) bool {
	if n.used != nil {
		return false
	}
	if !n.mixed {
		if n.ascends(key) {
			return true
		}
		n.mixed = true
		for _, column := range n.given {
			for row := range column.Len() {
				n.known.add(column.Bytes(row))
			}
		}
	}
	for row := range key.Len() {
		if id := key.Bytes(row); len(id) == 0 || !n.known.add(id) {
			return false
		}
	}
	return true
}

// ascends reports whether each id of a column is above all before it.
func (n *namer) ascends(ids *pipeline.Column) bool {
	last := n.last
	for row := range ids.Len() {
		id := ids.Bytes(row)
		if bytes.Compare(id, last) <= 0 { // as an empty one always is
			return false
		}
		last = id
	}
	n.last = last
	return true
}

// hashSet holds hashes, in open addressing; 0 is a free place.
type hashSet struct {
	slots []uint64
	n     int
}

// hashesMin is how many places a hashSet has at first, a power of two.
const hashesMin = 1 << 10

// add adds the hash of a text, FNV-1a, and reports whether it was not there.
func (s *hashSet) add(text []byte) bool {
	if 2*s.n >= len(s.slots) {
		s.grow()
	}
	h := uint64(14695981039346656037)
	for _, c := range text {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h ^= h >> 32
	at := s.place(h)
	if h == 0 || s.slots[at] == h {
		return false
	}
	s.slots[at] = h
	s.n++
	return true
}

// place is where a hash is, or belongs.
func (s *hashSet) place(h uint64) uint64 {
	mask := uint64(len(s.slots) - 1)
	at := h & mask
	for s.slots[at] != 0 && s.slots[at] != h {
		at = (at + 1) & mask
	}
	return at
}

func (s *hashSet) grow() {
	old := s.slots
	s.slots = make([]uint64, max(hashesMin, 2*len(old)))
	for _, h := range old {
		if h != 0 {
			s.slots[s.place(h)] = h
		}
	}
}

// remember makes the ids that were given known by their text.
func (n *namer) remember() {
	if n.used != nil {
		return
	}
	n.used = map[string]int{}
	for _, column := range n.given {
		for row := range column.Len() {
			n.used[column.Str(row)] = 1
		}
	}
	n.given, n.last, n.known = nil, nil, hashSet{}
}

// distinct returns the id, with a number when it was given before.
func (n *namer) distinct(id string) string {
	n.remember()
	n.used[id]++
	numbered := id
	for k := n.used[id]; k > 1; k++ {
		if numbered = id + "#" + strconv.Itoa(k); n.used[numbered] == 0 {
			n.used[id], n.used[numbered] = k, 1
			break
		}
	}
	return numbered
}
