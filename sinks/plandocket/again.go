package plandocket

import (
	"bytes"

	"github.com/reconkit/reconkit/pipeline"
)

// A list that is asked for again, in another order or after some contacts were written,
// shows most of them byte for byte as it did before. Such a row is not read anew: it is
// the record that it was.

// shown is the last whole list, as it was written.
type shown struct {
	body []byte
	rows *rows // all of that body, each with its span
}

// span is where a row stands in its body.
type span struct{ from, to uint32 }

// rowPlace is where the values of a row are.
type rowPlace struct {
	table *pipeline.Table
	row   int32
}

// marks are what is known of a row beside its values.
type marks struct {
	created         stampForm
	hidden          bool // its categories
	categoryUnnamed bool
}

// comparison goes through a list beside the last one.
type comparison struct {
	*shown
	last int // the row of the last list that the one before was
	step int // to the next one, 1 or -1
}

// compare begins at the first row; there may be no last list.
func (s *shown) compare() *comparison { return &comparison{shown: s, last: -1, step: 1} }

// next finds the row that rest begins with among those next to the last one, and says
// how long it is; 0: it is another one.
func (c *comparison) next(rest []byte) (row, length int) {
	if c.shown == nil {
		return 0, 0
	}
	for range 2 {
		if row = c.last + c.step; row >= 0 && row < len(c.rows.spans) {
			s := c.rows.spans[row]
			before := c.body[s.from:s.to]
			if len(rest) > len(before) && bytes.Equal(rest[:len(before)], before) {
				c.last = row
				return row, len(before)
			}
		}
		c.step = -c.step
	}
	return 0, 0
}

// meet notes that a row is not as it was, so that the next ones are looked for beside it.
func (c *comparison) meet(id string) {
	if c.shown == nil {
		return
	}
	if row, known := c.rows.index[id]; known {
		c.last = row
	}
}

// addKnown takes over a row of the last list, and reports whether it is new here.
func (s *rows) addKnown(of *rows, row int) bool {
	if !s.note(of.ids[row], of.marks[row]) {
		return false
	}
	if s.table != nil {
		s.places = append(s.places, of.places[row])
	}
	return true
}

// keep makes a list that came in one answer the one that the next is compared with.
func (r *reader) keep(v *view, p *page) {
	if r.again && !p.single && len(v.spans) == len(v.ids) {
		r.t.shown = &shown{p.body, v.rows}
	}
}

// record is a row with its values.
func (s *rows) record(row int) pipeline.Record {
	if s.places == nil {
		return s.table.Record(row)
	}
	p := s.places[row]
	return p.table.Record(int(p.row))
}
