package plandocket

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// order is a direction of a sorted list.
type order string

const (
	ascending  order = "ASC"
	descending order = "DESC"
)

// page is what one answer to a list call says about itself.
type page struct {
	body   []byte
	rows   int  // contacts in this answer
	fresh  int  // of them, those that were not known before
	single bool // data was one object, not a list
	total  int  // of all pages, as the server says; -1: it does not
	pages  int  // number of pages, as the server says; -1: it does not
	more   bool // the server says that there is more, in so many words
	next   url.Values
}

// list asks for one page of contacts and adds them to the rows. After an error
// the rows are of no use.
func (r *reader) list(ctx context.Context, query url.Values, into *rows) (*page, error) {
	r.kind.addTo(query, r.include)
	r.requests++
	a, err := r.t.ask(ctx, http.MethodGet, "/"+r.kind.path, query, nil)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		e := r.t.refusal(a)
		if e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed {
			e.Kind = ErrNoAPI
		}
		return nil, e
	}
	p, err := r.decodeList(a.body, into)
	if err != nil {
		return nil, a.nonsense(err)
	}
	if r.kind.path == Resource {
		r.t.contactBytes = 0
		if r.form == formWhole && p.rows > 0 {
			r.t.contactBytes = len(a.body) / p.rows
		}
	}
	return p, nil
}

func (r *reader) decodeList(body []byte, into *rows) (*page, error) {
	p := &page{total: -1, pages: -1}
	like := r.t.shown.compare()
	if len(into.ids) > 0 {
		into.spans = nil // it is of several answers
	}
	var json *parser
	values := make([]pipeline.Value, r.kind.schema.Len())
	take := func(row *node) error {
		p.rows++
		c, err := r.kind.decode(row, r.kind.schema, values)
		if err != nil {
			return fmt.Errorf("row %d: %w", p.rows, err)
		}
		fresh, err := into.add(&c, r.t.c.BatchRows)
		if fresh {
			p.fresh++
			into.stands(json.rowFrom, json.at)
		}
		if r.again {
			like.meet(c.id)
		}
		return err
	}
	json = newParser(body, take)
	if r.again {
		json.known = func(rest []byte) int {
			row, n := like.next(rest)
			if n > 0 {
				p.rows++
				if into.addKnown(like.rows, row) {
					p.fresh++
					into.stands(json.at, json.at+n)
				}
			}
			return n
		}
	}
	n, err := json.whole()
	if err != nil {
		return nil, err
	}
	data := n.get("data")
	switch {
	case data == nil:
		return nil, errors.New(`the answer has no "data"`)
	case data.kind == objectNode:
		p.single = true
		if err := take(data); err != nil {
			return nil, fmt.Errorf(`"data" is one object and no list: %w`, err)
		}
	case data.kind != arrayNode:
		return nil, errors.New(`"data" is no list`)
	}
	p.readMeta(n, r.kind.path)
	if err := into.flush(); err != nil {
		return nil, err
	}
	p.body = json.b
	return p, nil
}

// readMeta looks for what a server may say about pages. Nothing of it is
// documented; a name that is missing means that it is not said.
func (p *page) readMeta(n *node, path string) {
	places := []*node{n}
	for _, name := range []string{"meta", "pagination", "links"} {
		for _, place := range places {
			if inner := place.get(name); inner != nil && inner.kind == objectNode {
				places = append(places, inner)
			}
		}
	}
	for _, place := range places {
		p.total = max(p.total, place.count("total", "total_count", "total_records", "totalCount"))
		p.pages = max(p.pages, place.count("last_page", "total_pages", "page_count", "pages", "lastPage", "totalPages"))
		if b := place.get("has_more"); b != nil && (b.text == "true" || b.text == "1") {
			p.more = true
		}
		for _, name := range []string{"next_cursor", "nextCursor"} {
			if c := place.get(name); c != nil && c.kind == textNode && c.text != "" && p.next == nil {
				p.next = url.Values{"cursor": {c.text}}
			}
		}
		for _, name := range []string{"next", "next_page_url"} {
			if u := place.get(name); u != nil && u.kind == textNode && p.next == nil {
				p.next = nextQuery(u.text, path)
			}
		}
	}
}

// nextQuery is the query of a link to the next page. Only the query is
// followed, never the address.
func nextQuery(link, path string) url.Values {
	u, err := url.Parse(link)
	if err != nil || !strings.HasSuffix(u.Path, "/"+path) || u.RawQuery == "" {
		return nil
	}
	q := u.Query()
	q.Del("api_key")
	return q
}

// count is the first of the named members that is a whole number, else -1.
func (n *node) count(names ...string) int {
	for _, name := range names {
		if c := n.get(name); c != nil && (c.kind == numberNode || c.kind == textNode) {
			if i, err := strconv.Atoi(c.text); err == nil && i >= 0 {
				return i
			}
		}
	}
	return -1
}

// one asks for one record by id. A record that is gone is nil.
func (r *reader) one(ctx context.Context, id string) (*item, error) {
	query := url.Values{}
	r.kind.addTo(query, r.include)
	r.requests++
	a, err := r.t.ask(ctx, http.MethodGet, "/"+r.kind.path+"/"+url.PathEscape(id), query, nil)
	if err != nil {
		return nil, err
	}
	switch a.status {
	case http.StatusOK:
	case http.StatusNotFound, http.StatusGone:
		return nil, nil
	default:
		return nil, r.t.refusal(a)
	}
	n, err := parseJSON(a.body, nil)
	if err != nil {
		return nil, a.nonsense(err)
	}
	data := n.get("data")
	if data != nil && data.kind == arrayNode && len(data.items) == 1 {
		data = &data.items[0]
	}
	if data == nil {
		return nil, a.nonsense(errors.New(`the answer has no "data"`))
	}
	c, err := r.kind.decode(data, r.kind.schema, make([]pipeline.Value, r.kind.schema.Len()))
	if err != nil {
		return nil, a.nonsense(err)
	}
	if c.id != id {
		return nil, a.nonsense(fmt.Errorf("the answer shows %s %s", r.kind.name, c.id))
	}
	return &c, nil
}

// kind is one kind of record as its list shows it.
type kind struct {
	name    string // of one record, for people
	path    string // of the list, below the API
	include string // what is asked for beside the records
	schema  *pipeline.Schema
	decode  func(n *node, schema *pipeline.Schema, values []pipeline.Value) (item, error)
}

// addTo asks for what comes beside the records.
func (k *kind) addTo(query url.Values, include bool) {
	if include && k.include != "" {
		query.Set("include", k.include)
	}
}

// contactKind is what a reader of contacts reads.
func (t *Target) contactKind() *kind {
	return &kind{name: "contact", path: Resource, include: "categories", schema: t.schema, decode: decodeContact}
}

// rows is records of one kind held in columns, each id once. A record that is added
// again is counted and left as it was first.
type rows struct {
	table    *pipeline.Table // nil: only the ids are kept
	builder  *pipeline.Builder
	ids      []string
	index    map[string]int
	created  stampForm // the forms of created_at that were met
	repeated int

	hidden   int // contacts that did not show their categories
	nameless int // contacts with a category that has no key

	// Of lists that are compared with the next ones, by row; else nil.
	places []rowPlace
	marks  []marks
	spans  []span // in the one body that holds all rows
	built  int    // rows in the table or the builder
}

func newRows(schema *pipeline.Schema) *rows {
	return &rows{table: pipeline.NewTable(schema), index: map[string]int{}}
}

// newRows are rows of a list.
func (r *reader) newRows() *rows {
	s := newRows(r.kind.schema)
	if r.again {
		n := 0
		if r.t.shown != nil {
			n = len(r.t.shown.rows.ids)
		}
		s.ids, s.index = make([]string, 0, n), make(map[string]int, n)
		s.places, s.marks, s.spans = make([]rowPlace, 0, n), make([]marks, 0, n), make([]span, 0, n)
	}
	return s
}

// stands notes where the row that was added last stands in its body.
func (s *rows) stands(from, to int) {
	if s.spans != nil {
		s.spans = append(s.spans, span{uint32(from), uint32(to)})
	}
}

// note takes a row over but for its values, and reports whether it is new.
func (s *rows) note(id string, m marks) bool {
	if _, known := s.index[id]; known {
		s.repeated++
		return false
	}
	s.index[id] = len(s.ids)
	s.ids = append(s.ids, id)
	if s.marks != nil {
		s.marks = append(s.marks, m)
	}
	s.created |= m.created
	if m.created == noStamp {
		s.created |= oddStamp
	}
	if m.hidden {
		s.hidden++
	}
	if m.categoryUnnamed {
		s.nameless++
	}
	return true
}

// newIDs are rows of which only the ids are kept; there are about n.
func newIDs(n int) *rows { return &rows{ids: make([]string, 0, n), index: make(map[string]int, n)} }

// add takes a record over and reports whether it is new.
func (s *rows) add(c *item, batchRows int) (bool, error) {
	id := strings.Clone(c.id) // which is a part of the answer
	if !s.note(id, marks{c.created, !c.categoriesShown, c.categoryNameless}) {
		return false, nil
	}
	if s.table == nil {
		return true, nil
	}
	if s.places != nil {
		s.places = append(s.places, rowPlace{s.table, int32(s.built)})
		s.built++
	}
	if s.builder == nil {
		s.builder = pipeline.NewBuilder(s.table.Schema(), batchRows)
	}
	for f, v := range c.values {
		s.builder.Column(f).AppendValue(v)
	}
	if !s.builder.Full() {
		return true, nil
	}
	return true, s.flush()
}

// flush moves the rows that are being built into the table.
func (s *rows) flush() error {
	if s.builder == nil {
		return nil
	}
	b, err := s.builder.Finish(pipeline.BatchData{})
	if err != nil {
		return err
	}
	s.builder = nil
	s.table.Append(b)
	return nil
}
