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
	chosen  *choice // nil: the records are those of batches
}

// choice is records of two tables in an order of its own.
type choice struct {
	of, made *Table
	places   []int32 // by record: its number in of, or minus one minus its number in made
}

// pageRows is how many records share a place in Table.pages.
const pageRows = 512

// NewTable makes an empty table.
func NewTable(s *Schema) *Table { return &Table{schema: s} }

// NewChoice makes a table of records of two others of one schema, without
// copying them: record i is record places[i] of the first, or record -1-places[i]
// of the second where that is negative. Records keep their origins. It is not
// appended to.
func NewChoice(of, made *Table, places []int32) *Table {
	return &Table{schema: of.schema, n: len(places), chosen: &choice{of, made, places}}
}

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

// Batches returns the batches in order. Those of a choice are copied, one for each
// run of records of one batch.
func (t *Table) Batches() []*Batch {
	if t.chosen == nil {
		return t.batches
	}
	var copied []*Batch
	for i := 0; i < t.n; {
		first := t.Record(i)
		var rows []int32
		for ; i < t.n && t.Record(i).Batch == first.Batch; i++ {
			rows = append(rows, int32(t.Record(i).Row))
		}
		copied = append(copied, first.Batch.Take(rows))
	}
	return copied
}

// lying returns the numbers of the records in the order in which they lie in
// memory, nil when that is their own order.
func (t *Table) lying() []int32 {
	c := t.chosen
	if c == nil {
		return nil
	}
	at := make([]int32, c.of.n+c.made.n)
	for i, place := range c.places {
		if place < 0 {
			place = int32(c.of.n) - 1 - place
		}
		at[place] = int32(i) + 1
	}
	order := at[:0]
	for _, i := range at {
		if i > 0 {
			order = append(order, i-1)
		}
	}
	return order
}

// Record returns record i as a view.
func (t *Table) Record(i int) Record {
	if c := t.chosen; c != nil {
		if place := int(c.places[i]); place >= 0 {
			return c.of.Record(place)
		}
		return c.made.Record(-1 - int(c.places[i]))
	}
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
