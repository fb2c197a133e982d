package sonderplantest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// limitDefault is the size of a page when the request names none, in rows.
const limitDefault = 10

const customPrefix = "custom_field_"

// listing is a request for contacts, understood.
type listing struct {
	fields []string // nil: the default set
	from   string   // table expression
	where  string
	args   []any
	order  string
	page   int
	limit  int
}

func (s *Server) listContacts(c *call) (reply, error) {
	l := s.understand(c.URL.Query())
	fault, spoiled, err := s.spoilBefore(c.Request, l)
	if err != nil {
		return reply{}, err
	}
	var total int
	if err := s.store.db.QueryRow("SELECT count(*) FROM "+l.from+" WHERE "+l.where, l.args...).Scan(&total); err != nil {
		return reply{}, err
	}
	last := max(1, (total+l.limit-1)/l.limit)
	if l.page > last {
		switch s.options.Dialect.PastEnd {
		case PastEndNotFound:
			return problem(http.StatusNotFound, "Page %d does not exist", l.page), nil
		case PastEndLast:
			l.page = last
		}
	}
	shown := l
	if spoiled && fault.Kind == PageTwice {
		shown.page = l.page - 1
	}
	contacts, err := s.pageOf(shown)
	if err != nil {
		return reply{}, err
	}
	p := pagination{total: total, count: len(contacts), perPage: l.limit, page: l.page}
	if spoiled {
		contacts, p, err = s.spoilAfter(fault, l, contacts, p)
	}
	if err != nil {
		return reply{}, err
	}
	body, err := s.render(contacts, l, p)
	return reply{status: http.StatusOK, body: body}, err
}

func (s *Server) pageOf(l listing) ([]Contact, error) {
	keys, err := s.store.keys("SELECT type, id FROM "+l.from+" WHERE "+l.where+" ORDER BY "+l.order+" LIMIT ? OFFSET ?",
		append(slices.Clone(l.args), l.limit, (l.page-1)*l.limit)...)
	if err != nil {
		return nil, err
	}
	return s.store.load(keys)
}

func (s *Server) understand(q url.Values) listing {
	l := listing{fields: list(q.Get("fields")), page: max(1, number(q.Get("page"))), limit: number(q.Get("limit"))}
	if l.limit < 1 {
		l.limit = limitDefault
	}
	if s.options.LimitMax > 0 {
		l.limit = min(l.limit, s.options.LimitMax)
	}
	l.order = s.order(q)
	s.filter(q, &l)
	return l
}

// order is the ORDER BY of the request. A field that cannot be sorted by is
// ignored.
func (s *Server) order(q url.Values) string {
	for _, direction := range []string{"asc", "desc"} {
		name := q.Get("order_" + direction)
		if name == "type" {
			return "type " + direction + ", id"
		}
		if c, ok := columnByName(name); ok && c.flag == nil && !c.object && !c.hidden {
			return name + " " + direction + ", type, id"
		}
	}
	switch s.options.Dialect.Order {
	case OrderName:
		return "name, type, id"
	case OrderUpdated:
		return "updated DESC, type, id DESC"
	default:
		return "id, type"
	}
}

// condition is a part of a WHERE clause.
type condition struct {
	sql  string
	args []any
}

// filter sets the WHERE clause and the tables that it is about.
func (s *Server) filter(q url.Values, l *listing) {
	var chosen, always []condition
	and := strings.EqualFold(q.Get("filter_operator"), "AND")
	deleted := condition{sql: "deleted = 0"}
	for _, name := range sortedNames(q) {
		value := q.Get(name)
		if name == "updated_after" {
			bound := " >= ?"
			if s.options.Dialect.UpdatedAfter == Exclusive {
				bound = " > ?"
			}
			c := condition{"updated" + bound, []any{number(value)}}
			deleted = condition{"(deleted = 0 OR updated" + bound + ")", c.args}
			if s.options.Dialect.AfterJoin == JoinAnd {
				always = append(always, c)
			} else {
				chosen = append(chosen, c)
			}
			continue
		}
		if c, ok := s.condition(name, value, l.fields); ok {
			chosen = append(chosen, c)
		}
	}
	typ := q.Get("type")
	l.from = "(SELECT 'person' AS type, * FROM people UNION ALL SELECT 'organization' AS type, * FROM organizations) c"
	if t := Type(typ); (and || len(chosen) == 1) && (t == Person || t == Organization) {
		l.from = "(SELECT '" + typ + "' AS type, * FROM " + tableOf(t) + ") c" // the same rows, by index
	}
	operator := " OR "
	if and {
		operator = " AND "
	}
	parts := []string{deleted.sql}
	l.args = slices.Clone(deleted.args)
	for _, c := range always {
		parts, l.args = append(parts, c.sql), append(l.args, c.args...)
	}
	if len(chosen) > 0 {
		var alternatives []string
		for _, c := range chosen {
			alternatives, l.args = append(alternatives, c.sql), append(l.args, c.args...)
		}
		parts = append(parts, "("+strings.Join(alternatives, operator)+")")
	}
	l.where = strings.Join(parts, " AND ")
}

// condition understands one query parameter; ok is false for one that does
// not filter.
func (s *Server) condition(name, value string, fields []string) (c condition, ok bool) {
	switch name {
	case "type":
		return condition{"type = ?", []any{value}}, true
	case "name":
		return contains("name", value), true
	case "id", "uuid":
		values := list(value)
		c.sql = name + " IN (" + strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ") + ")"
		for _, v := range values {
			c.args = append(c.args, v)
		}
		return c, true
	}
	if id, found := strings.CutPrefix(name, customPrefix); found {
		c = contains("coalesce(o.name, v.value)", value)
		c.sql = `EXISTS (SELECT 1 FROM custom_value v LEFT JOIN custom_option o ON o.id = v.option AND v.option > 0
			WHERE v.type = c.type AND v.contact = c.id AND v.field = ? AND ` + c.sql + ")"
		c.args = append([]any{number(id)}, c.args...)
		return c, slices.Contains(fields, name)
	}
	col, known := columnByName(name)
	if !known || name == "deleted" || s.options.Dialect.Filter == FilterIgnored || col.hidden && !slices.Contains(fields, name) {
		return condition{}, false
	}
	switch {
	case col.flag != nil:
		return condition{name + " = ?", []any{value == "true" || value == "1"}}, true
	case col.number != nil || s.options.Dialect.Filter == FilterExact:
		return condition{name + " = ?", []any{value}}, true
	default:
		return contains(name, value), true
	}
}

func contains(expression, value string) condition {
	return condition{"instr(lower(" + expression + "), lower(?)) > 0", []any{value}}
}

func sortedNames(q url.Values) []string {
	names := make([]string, 0, len(q))
	for name := range q {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// list splits a comma list; nil when it holds nothing.
func list(text string) []string {
	var parts []string
	for p := range strings.SplitSeq(text, ",") {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// number reads a number as the API does: what is none is 0.
func number(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return 0
	}
	return n
}
