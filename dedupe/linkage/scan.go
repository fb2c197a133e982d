package linkage

import (
	"context"
	"fmt"
	"iter"
	"math/bits"
	"unsafe"

	"github.com/reconkit/reconkit/pipeline"
)

// reader takes the columns of a table.
type reader struct {
	ctx     context.Context
	batches []*pipeline.Batch
	starts  []int   // of the batches: the first record
	near    []int32 // by thousands of records: the batch of the first of them
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
	start := 0
	for k, b := range r.batches {
		r.starts = append(r.starts, start)
		start += b.Len()
		for len(r.near)<<nearBits < start {
			r.near = append(r.near, int32(k))
		}
	}
	for _, c := range columns {
		at := t.Schema().Index(c.Name)
		if at < 0 {
			return nil, fmt.Errorf("the records have no column %q", c.Name)
		}
		r.at = append(r.at, at)
	}
	return r, nil
}

// nearBits is how many records, as a power of two, reader.near goes by.
const nearBits = 10

// place is the batch of a record, and its row there.
func (r *reader) place(record int) (batch, row int) {
	batch = int(r.near[record>>nearBits])
	for batch+1 < len(r.starts) && r.starts[batch+1] <= record {
		batch++
	}
	return batch, record - r.starts[batch]
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
	s := newSeen(r, columns)
	for start, some := range r.raws(columns) {
		s.find(some)
		for k, raw := range some {
			if raw == "" {
				continue
			}
			if s.first[k] == 0 {
				s.first[k] = s.look(raw, s.hashes[k], start+k)
			}
			if first := s.first[k]; first != 0 {
				ids[start+k] = ids[first-1]
			} else {
				ids[start+k] = fresh(raw)
			}
		}
	}
}

// seen finds the first record that has a text. It keeps no texts: it looks at
// those of the records.
type seen struct {
	r       *reader
	columns []int
	slots   []uint64 // open addressing: upper half of the hash, record+1; 0 is free
	n       int      // of slots that are not free
	shift   int      // of a hash, to the slot
	one     []*pipeline.Column
	buf     []byte

	hashes [lookupMax]uint64
	first  [lookupMax]uint32 // record+1; 0: none was found
}

func newSeen(r *reader, columns []int) *seen {
	s := &seen{r: r, columns: columns}
	s.room(12)
	if at := r.at[columns[0]]; len(columns) == 1 && len(r.batches) > 0 && r.batches[0].Column(at).Type() == pipeline.String {
		for _, b := range r.batches {
			s.one = append(s.one, b.Column(at))
		}
	}
	return s
}

// find finds for some texts the first records that have them, where one look
// tells. What it needs of memory is fetched for all of them at once.
func (s *seen) find(some []string) {
	var first [lookupMax]byte
	var texts [lookupMax]string
	for k, raw := range some {
		s.hashes[k] = hashText(raw)
	}
	for k := range some {
		h := s.hashes[k]
		x := s.slots[h>>s.shift]
		if (x^h)&slotHash != 0 {
			x = 0
		}
		s.first[k] = uint32(x & slotID)
	}
	if s.one == nil {
		for k, raw := range some {
			if s.first[k] != 0 && !s.is(raw, s.first[k]) {
				s.first[k] = 0
			}
		}
		return
	}
	for k := range some {
		if i := s.first[k]; i != 0 {
			texts[k] = s.text(i)
		}
	}
	for k, text := range texts[:len(some)] {
		if text != "" {
			first[k] = text[0]
		}
	}
	for k, raw := range some {
		if raw == "" || raw[0] != first[k] || raw != texts[k] {
			s.first[k] = 0
		}
	}
}

// text is that of one column of a record.
func (s *seen) text(first uint32) string {
	b, row := s.r.place(int(first - 1))
	return s.one[b].Str(row)
}

// is reports whether a record has a text.
func (s *seen) is(raw string, first uint32) bool {
	if s.one != nil {
		return s.text(first) == raw
	}
	b, row := s.r.place(int(first - 1))
	s.buf = s.r.joined(s.buf[:0], s.r.batches[b], s.columns, row)
	return string(s.buf) == raw
}

// look finds the first record that has a text, or notes that it is this one and
// returns 0.
func (s *seen) look(raw string, h uint64, record int) uint32 {
	mask := uint64(len(s.slots) - 1)
	at := h >> s.shift
	for ; s.slots[at] != 0; at = (at + 1) & mask {
		if x := s.slots[at]; x&slotHash == h&slotHash && s.is(raw, uint32(x&slotID)) {
			return uint32(x & slotID)
		}
	}
	s.slots[at] = h&slotHash | uint64(record+1)
	if s.n++; s.n*4 > len(s.slots)*3 {
		s.room(bits.Len(uint(len(s.slots))))
	}
	return 0
}

// room makes 1<<n slots. Their numbers are the upper bits of the hashes, which the
// slots keep.
func (s *seen) room(n int) {
	old := s.slots
	s.slots, s.shift = make([]uint64, 1<<n), 64-n
	mask := uint64(len(s.slots) - 1)
	for _, x := range old {
		if x != 0 {
			at := x >> s.shift
			for s.slots[at] != 0 {
				at = (at + 1) & mask
			}
			s.slots[at] = x
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
