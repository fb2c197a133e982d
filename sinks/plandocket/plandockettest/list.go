package plandockettest

import (
	"database/sql"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline/faults"
)

// A listing is a list query before paging.
type listing struct {
	columns string
	from    string   // table or subquery, with joins
	where   []string // joined by AND
	args    []any
	orderBy string // without ties, such as "created_at DESC"; "" lists by id
	idName  string // the id that breaks ties, "id" if empty
	down    bool   // ties break in descending order
	field   string // that orderBy names, where a client chose it
	size    int    // about the bytes of the answer, where that is known
}

func (l *listing) filter(condition string, args ...any) {
	l.where = append(l.where, condition)
	l.args = append(l.args, args...)
}

func (l *listing) condition() string {
	if len(l.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(l.where, " AND ")
}

// sorted sets the order from the query: one of fields, or what fields[0] says; DESC unless the client says ASC. An
// unknown field counts as none.
func (l *listing) sorted(c *call, fields ...string) {
	field := fields[0]
	for _, f := range fields {
		if c.query("sort") == f {
			field = f
		}
	}
	l.down = !strings.EqualFold(c.query("order"), "ASC")
	l.field = field
	l.orderBy = field + " COLLATE NOCASE" + l.direction()
}

func (l *listing) direction() string {
	if l.down {
		return " DESC"
	}
	return " ASC"
}

// order is the ORDER BY clause. Shuffled ties change with every request.
func (l *listing) order(c *call) string {
	id := l.idName
	if id == "" {
		id = "id"
	}
	tie := id + l.direction()
	if c.d.Ties == TiesShuffled && l.orderBy != "" {
		c.server.shuffles++
		h := fnv.New32a()
		_, _ = h.Write(strconv.AppendUint(nil, c.server.shuffles, 10)) // a hash takes everything
		tie = fmt.Sprintf("(%s * 2654435761 + %d) %% 65521", id, h.Sum32())
	}
	if l.orderBy == "" {
		return " ORDER BY " + tie
	}
	return " ORDER BY " + l.orderBy + ", " + tie
}

// A window is the part of a list that one answer holds.
type window struct {
	offset, limit int // limit -1: everything
	asked         int // the offset that the client meant
	drop          int // rows that are missing at the end
	total         int // known only where pages exist
	page          int // for the page forms
	endless       bool
}

// window reads the paging keys of the dialect. Every other key is ignored.
func (c *call) window(l *listing) (window, error) {
	d, w := c.d, window{limit: -1}
	if d.Paging == PagingAll {
		return w, nil
	}
	w.limit = d.pageSize()
	if d.Paging == PagingCap {
		return w, nil
	}
	total, err := c.count(`SELECT count(*) FROM `+l.from+l.condition(), l.args...)
	if err != nil {
		return w, err
	}
	w.total = total
	switch d.Paging {
	case PagingPage, PagingPageBare:
		w.limit = c.bounded("per_page", w.limit)
		w.page = max(c.number("page"), 1)
		w.offset = (w.page - 1) * w.limit
	case PagingOffset, PagingOffsetBare:
		w.limit = c.bounded("limit", w.limit)
		w.offset = max(c.number("offset"), 0)
	case PagingCursor:
		w.limit = c.bounded("per_page", w.limit)
		w.offset = cursorOffset(c.query("cursor"))
	}
	w.asked = w.offset
	c.spoilWindow(&w)
	return w, nil
}

// spoilWindow carries out the paging faults.
func (c *call) spoilWindow(w *window) {
	f, ok := faults.Take(c.request, PageShift, ShortPage)
	if !ok && w.offset > 0 {
		f, ok = faults.Take(c.request, SamePageTwice)
	}
	beyond := w.offset >= w.total || (c.d.Paging == PagingCursor && w.offset+w.limit >= w.total)
	if !ok && beyond {
		f, ok = faults.Take(c.request, EndlessLastPage)
	}
	if !ok {
		return
	}
	switch f.Kind {
	case SamePageTwice:
		w.offset = max(w.offset-w.limit, 0)
	case PageShift:
		shift := f.N
		if shift == 0 {
			shift = 1
		}
		w.offset = max(w.offset+shift, 0)
	case ShortPage:
		w.drop = f.N
		if w.drop == 0 {
			w.drop = (w.limit + 1) / 2
		}
	case EndlessLastPage:
		w.offset = max(w.total-1, 0) / w.limit * w.limit
		w.endless = true
	}
}

func (c *call) number(name string) int {
	n, err := strconv.Atoi(c.query(name))
	if err != nil {
		return 0
	}
	return min(n, 1<<40)
}

// bounded reads a page size: the server's own where none or too large a one is asked for.
func (c *call) bounded(name string, size int) int {
	if n := c.number(name); n > 0 && n < size {
		return n
	}
	return size
}

const cursorPrefix = "after:"

func cursorOffset(cursor string) int {
	plain, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimPrefix(string(plain), cursorPrefix))
	if err != nil {
		return 0
	}
	return max(n, 0)
}

// list answers a list request. scan reads one row and appends its JSON; it must not use the unit.
func (c *call) list(l *listing, scan func(rows *sql.Rows, buf []byte) ([]byte, error)) (reply, error) {
	w, err := c.window(l)
	if err != nil {
		return reply{}, err
	}
	keep := w.limit
	if keep >= 0 {
		keep = max(0, keep-w.drop)
	}
	query, args := `SELECT `+l.columns+` FROM `+l.from+l.condition()+l.order(c), l.args
	if w.limit >= 0 || w.offset > 0 { // SQLite sorts slowly where it need not sort all
		query, args = query+` LIMIT ? OFFSET ?`, append(args, w.limit, w.offset)
	}
	buf, known, err := c.server.memo.get(c.unit, fmt.Sprint(query, args, keep, c.asked()))
	if err != nil {
		return reply{}, err
	}
	if !known {
		if buf, err = c.rowsOf(query, args, keep, l.size, scan); err != nil {
			return reply{}, err
		}
		c.server.memo.put(buf)
	}
	return c.listed(buf, w), nil
}

// listed is the answer of a list with its rows.
func (c *call) listed(buf []byte, w window) reply {
	buf = append(buf, `,"meta":{"request_id":"`...)
	buf = append(buf, c.server.requestID()...)
	buf = append(buf, '"')
	buf = c.d.appendPaging(buf, w)
	return reply{status: 200, body: append(buf, "}}"...)}
}

// rowsOf runs a list query and writes its rows, at most keep of them, negative: all. They are about so many bytes.
func (c *call) rowsOf(query string, args []any, keep, size int, scan func(rows *sql.Rows, buf []byte) ([]byte, error)) ([]byte, error) {
	buf := append(make([]byte, 0, size+size/16), `{"data":[`...)
	count := 0
	err := c.each(func(rows *sql.Rows) error {
		if keep >= 0 && count >= keep {
			return nil
		}
		if count > 0 {
			buf = append(buf, ',')
		}
		count++
		var err error
		buf, err = scan(rows, buf)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	if count == 1 && c.d.List == ListObject {
		return append(buf[:len(`{"data":`)], buf[len(`{"data":[`):]...), nil
	}
	return append(buf, ']'), nil
}

// asked is the query of a list without what asks for a page, which the window says already.
func (c *call) asked() string {
	q := c.request.URL.Query()
	for _, name := range []string{"page", "per_page", "limit", "offset", "cursor"} {
		q.Del(name)
	}
	return q.Encode()
}

// memoMax is how many answers are remembered, see memo.
const memoMax = 4

// A memo remembers the rows of the last lists as long as nothing is written: clients that want to be sure of a list ask
// for it again and again. It is for a store in memory, which nobody else writes to.
type memo struct {
	off     bool
	changes int // of the store, by then
	asked   string
	rows    map[string][]byte
}

func (m *memo) get(u *unit, query string) (rows []byte, known bool, err error) {
	if m.off {
		return nil, false, nil
	}
	changes, err := u.count(`SELECT total_changes()`)
	if err != nil {
		return nil, false, err
	}
	if changes != m.changes || len(m.rows) >= memoMax {
		m.rows = nil
	}
	m.changes, m.asked = changes, query
	rows, known = m.rows[query]
	return slices.Clip(rows), known, nil // what is appended must not reach the memo
}

func (m *memo) put(rows []byte) {
	if m.off {
		return
	}
	if m.rows == nil {
		m.rows = make(map[string][]byte)
	}
	m.rows[m.asked] = slices.Clip(rows)
}

// appendPaging writes what meta tells about pages.
func (d *Dialect) appendPaging(buf []byte, w window) []byte {
	switch d.Paging {
	case PagingPage:
		lastPage := max((w.total+w.limit-1)/w.limit, 1)
		return fmt.Appendf(buf, `,"current_page":%d,"per_page":%d,"last_page":%d,"total":%d`, w.page, w.limit, lastPage, w.total)
	case PagingOffset:
		return fmt.Appendf(buf, `,"limit":%d,"offset":%d,"total":%d`, w.limit, w.asked, w.total)
	case PagingCursor:
		if w.asked+w.limit >= w.total && !w.endless {
			return append(buf, `,"next_cursor":null`...)
		}
		next := cursorPrefix + strconv.Itoa(w.asked+w.limit)
		return fmt.Appendf(buf, `,"next_cursor":%q`, base64.RawURLEncoding.EncodeToString([]byte(next)))
	default:
		return buf
	}
}
