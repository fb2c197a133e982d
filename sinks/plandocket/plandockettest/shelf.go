package plandockettest

import (
	"database/sql"
	"fmt"
	"iter"
	"slices"
)

// A shelf keeps the contacts as the last whole list showed them, as long as nothing is written, here or by another
// process: clients that want to be sure of a list ask for it in several orders, and the same contacts need not be read
// and written anew for each.
type shelf struct {
	changes, version int // of the store, by then
	include          string
	rows             []byte // that list
	at               map[int64]span
	order            []span // of that list, in its order
	field            string // by which it was sorted
	down             bool
	size             int // of the last list, in bytes: a contact of the next one is about as large
	contacts         int // of that list
}

// expected is about how many bytes the next list has.
func (s *shelf) expected(u *unit) (int, error) {
	n, err := u.count(`SELECT count(*) FROM contacts`)
	if s.contacts == 0 {
		return n * contactBytes, err
	}
	return int(int64(s.size) * int64(n) / int64(s.contacts)), err
}

// A span is where a contact stands in the rows.
type span struct{ from, to int }

// fits reports whether the shelf holds every contact as a list is to show it now. One that does not is cleared, for the
// list that is read next.
func (s *shelf) fits(u *unit, include string) (bool, error) {
	changes, err := u.count(`SELECT total_changes()`)
	if err != nil {
		return false, err
	}
	version, err := u.count(`PRAGMA data_version`)
	if err != nil {
		return false, err
	}
	if s.at != nil && s.changes == changes && s.version == version && s.include == include {
		return true, nil
	}
	*s = shelf{changes: changes, version: version, include: include, size: s.size, contacts: s.contacts}
	return false, nil
}

// sorted is the list in the order that it has, or the other way round, but for its end. A list is long, and is not
// copied for that. It stays what it is when the shelf is cleared.
func (s *shelf) sorted(down bool) iter.Seq[[]byte] {
	rows, order, turned := s.rows, s.order, down != s.down
	return func(yield func([]byte) bool) {
		if !yield([]byte(`{"data":[`)) {
			return
		}
		if !turned {
			yield(rows[order[0].from:order[len(order)-1].to])
			return
		}
		for i, at := range slices.Backward(order) {
			if !yield(rows[at.from:at.to]) || i > 0 && !yield([]byte{','}) {
				return
			}
		}
	}
}

// contactBytes is about how long a contact is in a list, in bytes.
const contactBytes = 450

// shelved answers a list of contacts, from the shelf where that holds them.
func (c *call) shelved(l *listing, scan func(rows *sql.Rows, buf []byte) (id int64, out []byte, err error)) (reply, error) {
	s := &c.server.shelf
	known, err := s.fits(c.unit, c.query("include"))
	if err != nil {
		return reply{}, err
	}
	whole := len(l.where) == 0 && c.d.Paging == PagingAll
	if whole {
		if l.size, err = s.expected(c.unit); err != nil {
			return reply{}, err
		}
	}
	if known && whole && l.field == s.field && c.d.Ties == TiesByID {
		a := c.listed([]byte{']'}, window{limit: -1})
		a.before = s.sorted(l.down)
		return a, nil
	}
	if known {
		l.columns = "id"
		return c.list(l, func(rows *sql.Rows, buf []byte) ([]byte, error) {
			var id int64
			if err := rows.Scan(&id); err != nil {
				return nil, err
			}
			at, ok := s.at[id]
			if !ok {
				return nil, fmt.Errorf("contact %d is not on the shelf", id)
			}
			return append(buf, s.rows[at.from:at.to]...), nil
		})
	}
	at := make(map[int64]span, l.size/contactBytes)
	order := make([]span, 0, l.size/contactBytes)
	a, err := c.list(l, func(rows *sql.Rows, buf []byte) ([]byte, error) {
		from := len(buf)
		id, buf, err := scan(rows, buf)
		at[id] = span{from, len(buf)}
		order = append(order, at[id])
		return buf, err
	})
	if whole && err == nil && a.status == 200 && len(at) > 1 {
		s.rows, s.at, s.size, s.contacts, s.order, s.field, s.down = a.body, at, len(a.body), len(at), order, l.field, l.down
	}
	return a, err
}
