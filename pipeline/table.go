package pipeline

// Table is batches of one schema held together, their records numbered from 0
// in order. It is what matching and comparing need whole. A table is filled
// once and then only read.
type Table struct {
	schema  *Schema
	batches []*Batch
	starts  []int   // number of the first record of each batch
	pages   []int32 // by pageRows records: the batch that holds the first of them
	n       int
}

// pageRows is how many records share a place in Table.pages.
const pageRows = 512

// NewTable makes an empty table.
func NewTable(s *Schema) *Table { return &Table{schema: s} }

// Append adds a batch of the table's schema; an empty one is left out.
func (t *Table) Append(b *Batch) {
	if b.Len() == 0 {
		return
	}
	if !t.schema.Equal(b.schema) {
		panic("pipeline: batch of another schema appended to a table")
	}
	t.batches = append(t.batches, b)
	t.starts = append(t.starts, t.n)
	for len(t.pages)*pageRows < t.n+b.n {
		t.pages = append(t.pages, int32(len(t.batches)-1))
	}
	t.n += b.n
}

// Schema is the schema of the records.
func (t *Table) Schema() *Schema { return t.schema }

// Len is the number of records.
func (t *Table) Len() int { return t.n }

// Batches returns the batches in order.
func (t *Table) Batches() []*Batch { return t.batches }

// Record returns record i as a view.
func (t *Table) Record(i int) Record {
	k := int(t.pages[i/pageRows])
	for k+1 < len(t.starts) && t.starts[k+1] <= i {
		k++
	}
	return Record{Batch: t.batches[k], Row: i - t.starts[k]}
}

// Value returns field f of record i.
func (t *Table) Value(i, f int) Value {
	r := t.Record(i)
	return r.Batch.columns[f].Value(r.Row)
}

// Record is one row: a view into a batch.
type Record struct {
	Batch *Batch
	Row   int
}

// Value returns field f.
func (r Record) Value(f int) Value { return r.Batch.columns[f].Value(r.Row) }

// Get returns the named field, null when the schema has none of that name.
func (r Record) Get(name string) Value {
	if f := r.Batch.schema.Index(name); f >= 0 {
		return r.Value(f)
	}
	return Null()
}

// Origin returns where the record came from.
func (r Record) Origin() Origin { return r.Batch.Origin(r.Row) }

// ID returns what makes the record the same record tomorrow, or "".
func (r Record) ID() string { return r.Batch.ID(r.Row) }
