package linkage

import (
	"context"
	"fmt"
	"iter"
	"math"

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

// Where more than distinctMax of the first distinctLook values of a column are
// different, remembering what was read costs more than it saves.
const (
	distinctLook = 1 << 16
	distinctMax  = distinctLook / 4 * 3
)

// raws yields the texts of some columns, joined by spaces, of lookupMax records
// at most at a time, and the number of the first record. The texts are good until
// the next ones.
func (r *reader) raws(columns []int) iter.Seq2[int, []string] {
	return func(yield func(int, []string) bool) {
		var buf []byte
		var some [lookupMax]string
		start := 0
		for _, b := range r.batches {
			first := b.Column(r.at[columns[0]])
			for from := 0; from < b.Len(); from += lookupMax {
				n := min(lookupMax, b.Len()-from)
				for k := range n {
					if some[k] = cellText(first, from+k); len(columns) > 1 {
						buf = r.joined(buf[:0], b, columns, from+k)
						some[k] = string(buf)
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
// gives the number of a text; it is asked once for a text that is seen again,
// unless few are.
func (r *reader) scan(columns []int, ids []uint32, fresh func(raw string) uint32) {
	raws := newDict(min(r.n, 1<<12))
	given := []uint32{0}
	seen, direct := 0, false
	var l lookup
	for start, some := range r.raws(columns) {
		if direct {
			for k, raw := range some {
				if raw != "" {
					ids[start+k] = fresh(raw)
				}
			}
			continue
		}
		n := copy(l.texts[:], some)
		l.add(raws, n, func(k int, _ uint32) { given = append(given, fresh(some[k])) })
		for k, id := range l.ids[:n] {
			ids[start+k] = given[id]
			if id != 0 {
				seen++
			}
		}
		if seen >= distinctLook {
			seen = math.MinInt
			direct = raws.len() > distinctMax
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
		all, from := string(normal), 0
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

// joined appends the texts of some columns of one row.
func (r *reader) joined(buf []byte, b *pipeline.Batch, columns []int, row int) []byte {
	for _, c := range columns {
		if t := cellText(b.Column(r.at[c]), row); t != "" {
			if len(buf) > 0 {
				buf = append(buf, ' ')
			}
			buf = append(buf, t...)
		}
	}
	return buf
}
