package linkage

import (
	"context"
	"fmt"
	"iter"
	"unsafe"

	"github.com/reconkit/reconkit/pipeline"
)

// reader takes the columns of a table.
type reader struct {
	ctx     context.Context
	batches []*pipeline.Batch
	n       int
	columns []Column
	at      []int     // by column: its place in the schema
	votes   dateVotes // of records that were read before
	gone    []bool    // records that are no longer there; nil: all are

	numberFrom int // records from which on they get other numbers than their rows; 0: never
}

func newReader(ctx context.Context, t *pipeline.Table, columns []Column) (*reader, error) {
	if t == nil {
		return nil, fmt.Errorf("linking got no records")
	}
	if t.Len() > RecordsMax {
		return nil, fmt.Errorf("linking got %d records, more than %d", t.Len(), RecordsMax)
	}
	r := &reader{ctx: ctx, batches: t.Batches(), n: t.Len(), columns: columns}
	for _, c := range columns {
		at := t.Schema().Index(c.Name)
		if at < 0 {
			return nil, fmt.Errorf("the records have no column %q", c.Name)
		}
		r.at = append(r.at, at)
	}
	return r, nil
}

// of returns the columns of a kind.
func (r *reader) of(kinds ...Kind) (at []int) {
	for _, k := range kinds {
		for i, c := range r.columns {
			if c.Kind == k {
				at = append(at, i)
			}
		}
	}
	return at
}

// filled is how many records have a value in some columns, at most.
func (r *reader) filled(columns []int) (n int) {
	for _, b := range r.batches {
		for _, c := range columns {
			column := b.Column(r.at[c])
			for row := range b.Len() {
				if !column.IsNull(row) {
					n++
				}
			}
		}
	}
	return n
}

func cellText(c *pipeline.Column, row int) string {
	if c.IsNull(row) {
		return ""
	}
	if c.Type() == pipeline.String {
		return c.Str(row)
	}
	return c.Value(row).String()
}

// raws yields the texts of some columns, joined by spaces, of lookupMax records
// at most at a time, and the number of the first record. The texts are good until
// the next ones.
func (r *reader) raws(columns []int) iter.Seq2[int, []string] {
	return func(yield func(int, []string) bool) {
		var buf []byte
		var some [lookupMax]string
		var ends [lookupMax]int
		start := 0
		for _, b := range r.batches {
			first := b.Column(r.at[columns[0]])
			plain := first.Type() == pipeline.String
			for from := 0; from < b.Len(); from += lookupMax {
				n := min(lookupMax, b.Len()-from)
				switch {
				case len(columns) > 1:
					buf = buf[:0]
					for k := range n {
						buf = r.joined(buf, b, columns, from+k)
						ends[k] = len(buf)
					}
					all, begin := string(buf), 0
					for k, end := range ends[:n] {
						some[k], begin = all[begin:end], end
					}
				case plain:
					for k := range n {
						some[k] = first.Str(from + k)
					}
				default:
					for k := range n {
						some[k] = cellText(first, from+k)
					}
				}
				if r.ctx.Err() != nil || !yield(start+from, some[:n]) {
					return
				}
			}
			start += b.Len()
		}
	}
}

// scan gives the records their numbers of some columns, joined by spaces. Fresh
// gives the number of a text; it is asked once for a text that is seen again.
func (r *reader) scan(columns []int, ids []uint32, fresh func(raw string) uint32) {
	w := newWritten()
	for start, some := range r.raws(columns) {
		w.find(some)
		for k, raw := range some {
			if raw == "" {
				continue
			}
			id, known := w.number(k, raw)
			if !known {
				id = fresh(raw)
				w.add(raw, w.hashes[k], id)
			}
			ids[start+k] = id
		}
	}
}

// reading is how the values of a column are numbered that are seldom seen again.
type reading struct {
	values *dict
	normal func(b []byte, k int, raw string) []byte // appends a value as it is compared; k is below lookupMax
	fresh  func(news []int, l *lookup)              // is told which of the texts that were normalised last are new; may be nil
}

// scanMany gives the records their numbers of some columns, joined by spaces.
func (r *reader) scanMany(columns []int, ids []uint32, how reading) {
	var l lookup
	var normal []byte
	var ends [lookupMax]int
	var news []int
	for start, some := range r.raws(columns) {
		normal, news = normal[:0], news[:0]
		for k, raw := range some {
			if raw != "" {
				normal = how.normal(normal, k, raw)
			}
			ends[k] = len(normal)
		}
		all, from := unsafeText(normal), 0 // good until the next ones, as what is looked up may be
		for k := range some {
			l.texts[k] = all[from:ends[k]]
			from = ends[k]
		}
		l.add(how.values, len(some), func(k int, _ uint32) { news = append(news, k) })
		if len(news) > 0 && how.fresh != nil {
			how.fresh(news, &l)
		}
		copy(ids[start:], l.ids[:len(some)])
	}
}

// unsafeText is a text in the memory of b, for those who do not keep it.
func unsafeText(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// joined appends the texts of some columns of one row, joined by spaces.
func (r *reader) joined(buf []byte, b *pipeline.Batch, columns []int, row int) []byte {
	start := len(buf)
	for _, c := range columns {
		if t := cellText(b.Column(r.at[c]), row); t != "" {
			if len(buf) > start {
				buf = append(buf, ' ')
			}
			buf = append(buf, t...)
		}
	}
	return buf
}
