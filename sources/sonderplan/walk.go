package sonderplan

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// pagesMax is the largest number of pages that one list may have.
const pagesMax = 100_000

// walked is a list that was read page by page.
type walked struct {
	pages    int
	total    int    // as the server says, the same on each page
	distinct int    // uuids
	nameless int    // rows without a uuid
	updated  int64  // the largest seen, unix seconds
	newest   newest // the contact of it
	dated    bool   // every row says when it was updated
	ordered  bool   // ids never went down
	problem  string // why the list is not proven whole; "" when it is
}

// query is what all requests of one list have in common.
func (s *Source) query(l *layout, typ string) url.Values {
	fields := l.fields()
	if s.config.Incremental && !slices.Contains(strings.Split(fields, ","), "created") {
		fields += ",created" // for the contact of the mark
	}
	return url.Values{
		"fields":          {fields},
		"filter_operator": {"AND"}, // the API joins with OR unless told
		"limit":           {strconv.Itoa(s.config.PageSize)},
		"order_asc":       {"id"}, // unique within a type
		"type":            {typ},
	}
}

// walk reads a list to its end and compares what came with what the server
// says there is. It stops when it has as many rows as the total and a page that
// is not full, at a page that is empty, unknown or brings nothing new. visit
// gets the rows of each page. What names the list in errors.
func (s *Source) walk(ctx context.Context, l *layout, q url.Values, what string, visit func(page int, rows []row) error) (walked, error) {
	w := walked{dated: true, ordered: true}
	seen := map[string]bool{}
	last := int64(-1 << 63)
	for page := 1; ; page++ {
		if page > pagesMax {
			return w, fmt.Errorf("%s: more than %d pages; narrow the filter", what, pagesMax)
		}
		q.Set("page", strconv.Itoa(page))
		e, err := s.client.get(ctx, q, fmt.Sprintf("%s, page %d", what, page))
		if page > 1 && isStatus(err, http.StatusNotFound) {
			break // one of the ways to say that there is no such page
		}
		if err != nil {
			return w, err
		}
		w.pages = page
		if page == 1 {
			w.total = e.total
		} else if e.total != w.total {
			w.problem = fmt.Sprintf("%s: the total was %d and on page %d it is %d", what, w.total, page, e.total)
			return w, nil
		}
		rows, before := make([]row, len(e.rows)), w
		for i, raw := range e.rows {
			rows[i] = l.parse(raw)
			if w.count(rows[i], seen) {
				w.ordered = w.ordered && rows[i].id >= last
				last = rows[i].id
			}
		}
		if w.distinct == before.distinct && page > 1 {
			w = before
			break // empty, or a page that came before; rows without a uuid may be repeats
		}
		got := w.distinct + w.nameless
		if err := visit(page, rows); err != nil {
			return w, err
		}
		if got == 0 || got >= w.total && len(rows) < perPage(e, s.config.PageSize) {
			break
		}
	}
	if got := w.distinct + w.nameless; got != w.total {
		w.problem = fmt.Sprintf("%s: the total is %d and %d different contacts came in %d pages", what, w.total, got, w.pages)
	}
	return w, nil
}

// count notes one row and reports whether it is new.
func (w *walked) count(r row, seen map[string]bool) bool {
	w.updated = max(w.updated, r.updated)
	w.newest.meet(r)
	w.dated = w.dated && r.updated > 0
	switch {
	case r.uuid == "":
		w.nameless++
	case seen[r.uuid]:
		return false
	default:
		seen[r.uuid] = true
		w.distinct++
	}
	return true
}

// perPage is the size of a full page. The server's word counts: it may have
// lowered what was asked for.
func perPage(e envelope, asked int) int {
	if e.perPage > 0 {
		return e.perPage
	}
	return asked
}

func isStatus(err error, status int) bool {
	var refused *StatusError
	return errors.As(err, &refused) && refused.Status == status
}
