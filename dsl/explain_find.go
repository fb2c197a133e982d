package dsl

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// foundRow is a row that answers the query.
type foundRow struct {
	explained
	batch  *pipeline.Batch  // of this row alone; nil when it could not be read
	reject *pipeline.Reject // when it could not be read
	origin pipeline.Origin
}

// placesNamedMax is the number of files that a message names.
const placesNamedMax = 8

// find reads the sources until the rows that are asked for are there. A row
// that is told by its place ends the reading of its source; other sources are
// then not read.
func (x *explainer) find(ctx context.Context) ([]foundRow, error) {
	near := &nearRows{query: x.query.Row, places: map[string]bool{}}
	var found []foundRow
	for _, e := range x.froms {
		if x.query.Row != "" && len(found) > 0 && found[0].from.Name != e.from.Name {
			continue
		}
		if x.query.Field != "" && !e.holdsField(x.query.Field) {
			continue
		}
		if err := e.prepare(ctx, x.opt); err != nil {
			return nil, err
		}
		rows, err := x.in(ctx, e, near)
		if err != nil {
			return nil, fmt.Errorf("model %s from %s: %w", e.model.Name, e.from.Name, err)
		}
		found = append(found, rows...)
	}
	if len(found) > 0 {
		return found, nil
	}
	if x.query.Field != "" {
		return nil, fmt.Errorf("no row has %s = %q; looked at: %s", x.query.Field, diag.Shorten(x.query.Value, 60), near.read())
	}
	return nil, near.error()
}

// prepare loads the lookups of the mapping, as a run does.
func (e explained) prepare(ctx context.Context, opt pipeline.Options) error {
	if _, err := e.mapping.Prepare(ctx, opt.Now); err != nil {
		return fmt.Errorf("model %s from %s: %w", e.model.Name, e.from.Name, err)
	}
	return nil
}

// in are the rows of one source that answer the query.
func (x *explainer) in(ctx context.Context, e explained, near *nearRows) ([]foundRow, error) {
	var found []foundRow
	for b, err := range e.from.Source.Read(ctx) {
		if err != nil {
			return nil, err
		}
		for _, r := range b.Rejects() {
			near.see(r.Origin)
			if x.query.Row != "" && namesRow(x.query.Row, r.Origin) {
				found = append(found, foundRow{explained: e, reject: &r, origin: r.Origin})
			}
		}
		for i, o := range x.answers(e, b, near) {
			found = append(found, foundRow{explained: e, batch: b.Take([]int32{i}), origin: o})
		}
		if len(found) > 0 && x.only(found[0]) {
			return found, nil
		}
	}
	return found, nil
}

// only reports whether no other row of the source can answer the query: the
// row was told by its place, or by an id that the source itself gives.
func (x *explainer) only(r foundRow) bool {
	place := r.origin
	place.ID = ""
	return x.query.Row != "" && (r.mapping.from.source.id == nil || namesRow(x.query.Row, place))
}

// answers yields the rows of a batch that answer the query.
func (x *explainer) answers(e explained, b *pipeline.Batch, near *nearRows) iter.Seq2[int32, pipeline.Origin] {
	ids, names := e.ids(b), func(_ int, o pipeline.Origin) bool { return namesRow(x.query.Row, o) }
	if x.query.Field != "" {
		holds := x.holding(e, b)
		names = func(row int, _ pipeline.Origin) bool { return holds(row) }
	}
	return func(yield func(int32, pipeline.Origin) bool) {
		for i := range b.Len() {
			o := b.Origin(i)
			if ids != nil {
				o.ID = ids.Value(i).Str()
			}
			near.see(o)
			if names(i, o) && !yield(int32(i), o) {
				return
			}
		}
	}
}

// ids are the ids that the pipeline computes; nil when the source has its own.
func (e explained) ids(b *pipeline.Batch) *pipeline.Column {
	id := e.mapping.from.source.id
	if id == nil {
		return nil
	}
	column, _ := id.program.Eval(b, e.mapping.runtime)
	return asText(column)
}

// holding reports for each row of a batch whether it has the value of the
// query.
func (x *explainer) holding(e explained, b *pipeline.Batch) func(row int) bool {
	want, field := x.query.Value, pipeline.Field{}
	var column *pipeline.Column
	if name, ok := e.column(x.query.Field); ok {
		column = b.ColumnOf(name)
	} else {
		field, _ = e.model.Schema.Lookup(x.query.Field)
		for _, m := range e.mapping.from.fields {
			if m.name == x.query.Field && m.expression != nil {
				column, _ = m.program.Eval(b, e.mapping.runtime)
			}
		}
	}
	if column == nil {
		return func(int) bool { return false }
	}
	same := func(text string) bool { return text == want || field.FoldCase && strings.EqualFold(text, want) }
	return func(row int) bool {
		v := column.Value(row)
		return !v.Empty() && same(v.String()) || slices.ContainsFunc(v.List(), same)
	}
}

// namesRow reports whether text, as a person writes it, means the row.
func namesRow(text string, o pipeline.Origin) bool {
	if text == o.String() {
		return true
	}
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return false
	}
	where, at := text[:i], text[i+1:]
	if n, err := strconv.Atoi(at); err == nil && o.Page == 0 && n == o.Row && (where == o.Source || samePlace(where, o.Place)) {
		return true
	}
	if page, row, ok := strings.Cut(at, "/"); ok && where == o.Source && page == strconv.Itoa(o.Page) && row == strconv.Itoa(o.Row) {
		return true
	}
	id, ok := strings.CutPrefix(text, o.Source+":")
	return ok && o.ID != "" && id == o.ID
}

// samePlace compares two names of a file, of which one may be shortened to its
// last parts.
func samePlace(a, b string) bool {
	a, b = filepath.ToSlash(filepath.Clean(a)), filepath.ToSlash(filepath.Clean(b))
	return a == b || b != "." && strings.HasSuffix(a, "/"+b) || a != "." && strings.HasSuffix(b, "/"+a)
}

// nearRows remembers what was read, for a message that the row is not there.
type nearRows struct {
	query  string
	places map[string]bool

	before, after pipeline.Origin // the rows around the one that is not there
}

func (n *nearRows) see(o pipeline.Origin) {
	place := o.Place
	if place == "" || o.Page > 0 {
		place = o.Source
	}
	n.places[place] = true
	where, at, _ := cutLast(n.query)
	line, err := strconv.Atoi(at)
	if err != nil || o.Page > 0 || o.Row == 0 || where != o.Source && !samePlace(where, o.Place) {
		return
	}
	if o.Row < line && o.Row > n.before.Row {
		n.before = o
	}
	if o.Row > line && (n.after.Row == 0 || o.Row < n.after.Row) {
		n.after = o
	}
}

func cutLast(text string) (before, after string, ok bool) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}

// read names what was read.
func (n *nearRows) read() string {
	names := slices.Sorted(maps.Keys(n.places))
	if len(names) == 0 {
		return "nothing, no source has a row"
	}
	text := strings.Join(names[:min(len(names), placesNamedMax)], ", ")
	if more := len(names) - placesNamedMax; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func (n *nearRows) error() error {
	query := diag.Shorten(n.query, 60)
	where, _, ok := cutLast(n.query)
	switch {
	case !ok:
		return fmt.Errorf("%q names no row; write FILE:LINE, SOURCE:ID or SOURCE:PAGE/ROW", query)
	case n.before.Row > 0 && n.after.Row > 0:
		return fmt.Errorf("there is no row at %s; the rows around it are %s and %s (a row is named by the line on which it begins)", query, n.before, n.after)
	case n.before.Row > 0:
		return fmt.Errorf("there is no row at %s; the last one before it is %s", query, n.before)
	case n.after.Row > 0:
		return fmt.Errorf("there is no row at %s; the first one is %s", query, n.after)
	}
	hint := ""
	if near := diag.Nearest(where, slices.Sorted(maps.Keys(n.places))); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Errorf("no row is called %s; looked at: %s%s", query, n.read(), hint)
}
