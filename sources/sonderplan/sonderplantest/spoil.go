package sonderplantest

import (
	"net/http"
	"strconv"

	"github.com/reconkit/reconkit/pipeline/faults"
)

// The kinds of fault that spoil a page of a listing, for a schedule of package
// faults with the route "GET /v2/contact". They act on second and later pages
// only; Fault.N is how many rows they move, 1 when 0.
const (
	PageTwice       faults.Kind = "page-twice"        // the rows of the page before come again
	PageShiftDelete faults.Kind = "page-shift-delete" // the first row of the listing is deleted: a row is skipped
	PageShiftInsert faults.Kind = "page-shift-insert" // a row is put in first place: a row is seen twice
	PageShiftBoth   faults.Kind = "page-shift-both"   // the first row goes and one comes last: a row is skipped, the total stays
	PageTotal       faults.Kind = "page-total"        // the total is larger than before
	PageShort       faults.Kind = "page-short"        // the last row of the page is left out
	PageCount       faults.Kind = "page-count"        // count is wrong
	PageTwin        faults.Kind = "page-twin"         // an older version of a row of the first page comes again
)

// PageFaults lists the kinds that spoil a page.
func PageFaults() []faults.Kind {
	return []faults.Kind{PageTwice, PageShiftDelete, PageShiftInsert, PageShiftBoth, PageTotal, PageShort, PageCount, PageTwin}
}

// spoilBefore takes the fault of this request and moves rows where it says so.
func (s *Server) spoilBefore(r *http.Request, l listing) (f faults.Fault, ok bool, err error) {
	if l.page < 2 {
		return f, false, nil
	}
	f, ok = faults.Take(r, PageFaults()...)
	f.N = max(1, f.N)
	for i := 0; ok && err == nil && i < f.N; i++ {
		switch f.Kind {
		case PageShiftDelete:
			err = s.deleteFirst(l)
		case PageShiftInsert:
			err = s.insertFirst(l)
		case PageShiftBoth:
			if err = s.deleteFirst(l); err == nil {
				_, err = s.add(s.newcomer(l))
			}
		}
	}
	return f, ok, err
}

func firstPage(l listing) listing {
	l.page, l.limit = 1, 1
	return l
}

// newcomer is a contact of the type that the listing is about.
func (s *Server) newcomer(l listing) Contact {
	c := Contact{Type: Person, Name: "Nora Newcomer", Email1: "nora.newcomer@example.com", Client: true}
	if first, err := s.pageOf(firstPage(l)); err == nil && len(first) == 1 {
		c.Type = first[0].Type
	}
	return c
}

func (s *Server) deleteFirst(l listing) error {
	first, err := s.pageOf(firstPage(l))
	if err != nil || len(first) == 0 {
		return err
	}
	return s.remove(first[0])
}

// insertFirst adds a contact with an id below all others of its table.
func (s *Server) insertFirst(l listing) error {
	c := s.newcomer(l)
	var lowest int64
	if err := s.store.db.QueryRow("SELECT coalesce(min(id), 1) FROM " + tableOf(c.Type)).Scan(&lowest); err != nil {
		return err
	}
	c.ID = lowest - 1
	c.UUID = s.store.prefix[c.Type] + strconv.FormatInt(c.ID, 10)
	_, err := s.add(c)
	return err
}

// twinSeconds is how much older the twin of a row is.
const twinSeconds = 60

// spoilAfter changes the page that is about to be sent.
func (s *Server) spoilAfter(f faults.Fault, l listing, contacts []Contact, p pagination) ([]Contact, pagination, error) {
	switch f.Kind {
	case PageTotal:
		p.total += f.N
	case PageShort:
		contacts = contacts[:max(0, len(contacts)-f.N)]
		p.count = len(contacts)
	case PageCount:
		p.count += f.N
	case PageTwin:
		first, err := s.pageOf(firstPage(l))
		if err != nil {
			return nil, p, err
		}
		for _, c := range first {
			c.Updated -= twinSeconds
			c.Name = "Formerly " + c.Name
			contacts = append(contacts, c)
		}
		p.count = len(contacts)
	}
	return contacts, p, nil
}
