package plandocket

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
)

// The limits of reading pages.
const (
	pagesMax      = 10_000 // of one walk
	pageSizeAsked = 1000   // contacts; what a page is asked to hold at least
	pageSizeMax   = 100_000
	stalePagesMax = 2 // pages without anything new that end a walk: a server may repeat its last page for ever
)

// form is how a server gives further pages.
type form uint8

const (
	formWhole form = iota // one answer, as far as is known
	formPages             // page and per_page, or limit and offset: both are always sent, so that they say the same
	formNext              // the answer names what to ask next
)

// view is the whole list under one order, as far as it can be had.
type view struct {
	*rows
	field string
	order order
	calls int // requests that it took

	single  bool // the first answer was one object
	more    bool // the server says that there is more than was seen
	total   int  // of contacts, as the server says at the end; -1: it does not
	pages   int  // as the server says at the end; -1: it does not
	moved   bool // the total changed during the walk
	ended   bool // walked until a page brought nothing more
	endless bool // given up at pagesMax
	next    url.Values
}

// query is the list call of an order; without a field it is that of a list that
// cannot be sorted.
func (r *reader) query(field string, o order) url.Values {
	q := url.Values{}
	if field != "" {
		q.Set("sort", field)
		q.Set("order", string(o))
	}
	maps.Copy(q, r.filter)
	maps.Copy(q, r.wide)
	return q
}

// pageQuery asks for page k of size contacts, in both forms that are common.
func pageQuery(q url.Values, k, size int) url.Values {
	q.Set("page", strconv.Itoa(k))
	q.Set("per_page", strconv.Itoa(size))
	q.Set("limit", strconv.Itoa(size))
	q.Set("offset", strconv.Itoa((k-1)*size))
	return q
}

// view reads the list under an order, in the form that was found.
func (r *reader) view(ctx context.Context, field string, o order) (*view, error) {
	v := &view{rows: r.newRows(), field: field, order: o, total: -1, pages: -1}
	q := r.query(field, o)
	if r.form == formPages {
		q = pageQuery(q, 1, r.size)
	}
	p, err := r.list(ctx, q, v.rows)
	if err != nil {
		return nil, err
	}
	v.note(p)
	if r.form == formWhole {
		r.keep(v, p)
		return v, nil
	}
	return v, r.walk(ctx, v, p)
}

// note keeps what a page says.
func (v *view) note(p *page) {
	if v.calls > 0 && p.total != v.total {
		v.moved = true
	}
	v.single = v.single || p.single && v.calls == 0 // among pages, an object is a page of one
	v.calls++
	v.total, v.pages, v.next = p.total, p.pages, p.next
	v.more = p.more || p.next != nil || p.pages > v.calls || p.total > len(v.ids)
}

// walk reads the pages after the first until a page brings nothing more. A
// short page does not end it: servers filter after they cut.
func (r *reader) walk(ctx context.Context, v *view, p *page) error {
	stale := 0
	if p.fresh == 0 {
		v.ended = true
		return nil
	}
	for k := 2; ; k++ {
		counted := v.total >= 0 && v.repeated == 0 || v.pages >= 0
		if !v.more && (counted || r.form == formNext) {
			v.ended = true
			return nil
		}
		if k > cmp.Or(r.pagesMost, pagesMax) {
			v.endless = true
			return nil
		}
		q := r.query(v.field, v.order)
		if r.form == formPages {
			q = pageQuery(q, k, r.size)
		} else {
			maps.Copy(q, v.next)
		}
		p, err := r.list(ctx, q, v.rows)
		if err != nil {
			return fmt.Errorf("page %d: %w", k, err)
		}
		v.note(p)
		if p.rows == 0 {
			v.ended = true
			return nil
		}
		if p.fresh > 0 {
			stale = 0
			continue
		}
		if stale++; stale == stalePagesMax {
			v.ended = true
			v.repeated -= min(v.repeated, stale*p.rows) // the last page again, no shift
			return nil
		}
	}
}

// pagesIgnored reports whether the server looks neither at page and per_page nor at
// limit and offset: asked for the second half of a list alone, it gives all of it. That
// is a habit of the server and asked once, until a list is longer: it may be cut.
func (r *reader) pagesIgnored(ctx context.Context, v *view) (bool, error) {
	n := len(v.ids)
	if n <= r.t.noPages || n < roundCountFine {
		return n <= r.t.noPages, nil
	}
	half := newIDs(n)
	p, err := r.probe(ctx, pageQuery(r.query(v.field, v.order), 2, n/2), half)
	if err != nil {
		return false, err
	}
	ignored := p != nil && !p.more && p.next == nil && len(half.ids) == n && v.newIn(half) == 0
	r.t.noPages = 0
	if ignored {
		r.t.noPages = n
	}
	return ignored, nil
}

// findPages finds out whether the list has further pages, given its first
// answer, and how they are asked for. It returns the first page in the form
// that was found, which is v itself when there are none, and whether anything
// was seen that v does not hold.
func (r *reader) findPages(ctx context.Context, v *view) (*view, bool, error) {
	if v.next != nil {
		r.form = formNext
		err := r.walk(ctx, v, &page{fresh: len(v.ids)})
		return v, v.calls > 1, err
	}
	probe := &view{rows: r.newRows(), field: v.field, order: v.order, total: -1, pages: -1}
	second, err := r.probe(ctx, pageQuery(r.query(v.field, v.order), 2, max(1, len(v.ids))), probe.rows)
	if err != nil {
		return nil, false, err
	}
	if second != nil && v.newIn(probe.rows) > 0 {
		r.form, r.size = formPages, max(1, len(v.ids))
	}
	v.ended = second != nil && second.rows == 0
	wide := &view{rows: r.newRows(), field: v.field, order: v.order, total: -1, pages: -1}
	if v.ended && !v.more || r.form == formPages && r.size >= pageSizeAsked {
		return r.rewalk(ctx, v, probe)
	}
	asked := min(pageSizeMax, max(pageSizeAsked, 10*len(v.ids)))
	first, err := r.probe(ctx, pageQuery(r.query(v.field, v.order), 1, asked), wide.rows)
	if err != nil {
		return nil, false, err
	}
	if first == nil || len(wide.ids) <= len(v.ids) {
		return r.rewalk(ctx, v, probe)
	}
	wide.note(first)
	if r.form == formPages {
		r.size = len(wide.ids)
		return wide, true, r.walk(ctx, wide, first)
	}
	// A larger page can be had, a second one cannot.
	r.wide = url.Values{"per_page": {strconv.Itoa(asked)}, "limit": {strconv.Itoa(asked)}}
	return wide, true, nil
}

// rewalk walks on from the first page when pages were found.
func (r *reader) rewalk(ctx context.Context, v, probe *view) (*view, bool, error) {
	if r.form != formPages || v.ended {
		return v, v.newIn(probe.rows) > 0, nil
	}
	return v, true, r.walk(ctx, v, &page{fresh: len(v.ids)})
}

// probe asks for a page in a form that the server may refuse; then the page is
// nil.
func (r *reader) probe(ctx context.Context, q url.Values, into *rows) (*page, error) {
	p, err := r.list(ctx, q, into)
	var refused *StatusError
	if errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500 && refused.Status != http.StatusUnauthorized {
		return nil, nil
	}
	return p, err
}

// newIn counts the contacts of o that s does not hold.
func (s *rows) newIn(o *rows) int {
	n := 0
	for _, id := range o.ids {
		if _, known := s.index[id]; !known {
			n++
		}
	}
	return n
}
