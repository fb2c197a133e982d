package dsl

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// mapping makes the records of a model from the rows of one source.
type mapping struct {
	from    *fromDef
	schema  *pipeline.Schema // of the model
	lookups map[string]*lookupDef

	runtime eval.Runtime // set by Prepare
	group   *eval.Group  // of the fields, set by Prepare; nil: nothing was prepared

	mu     sync.Mutex
	enough map[finding]bool // that are counted alone; emptied by Prepare
}

// finding is what findings are counted by.
type finding struct{ code, rule string }

var (
	_ pipeline.Preparer = (*mapping)(nil)
	_ pipeline.Hushable = (*mapping)(nil)
	_ pipeline.Filtered = (*mapping)(nil)
)

// Enough says that findings of a code and rule need only be counted.
func (m *mapping) Enough(code, rule string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.enough[finding{code, rule}] = true
}

// isEnough reports whether Enough was said of a program of the group.
func (m *mapping) isEnough(program int, code string) bool {
	rule := m.from.inGroup()[program].place(0)
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.enough[finding{code, rule}]
}

// Prepare loads the lookups that the expressions use.
func (m *mapping) Prepare(ctx context.Context, now time.Time) ([]diag.Finding, error) {
	m.mu.Lock()
	m.enough = map[finding]bool{}
	m.mu.Unlock()
	m.runtime = eval.Runtime{Now: now, Enough: m.isEnough, Lookups: map[string]func([]pipeline.Value) (pipeline.Record, bool){}}
	var found []diag.Finding
	for _, p := range m.from.programs() {
		for _, name := range p.Lookups() {
			def := m.lookups[name]
			if def == nil || m.runtime.Lookups[name] != nil {
				continue
			}
			rows, f, err := def.table.load(ctx, now)
			if err != nil {
				return nil, err
			}
			found = append(found, f...)
			m.runtime.Lookups[name] = rows.find
		}
	}
	m.group = m.from.group()
	return found, nil
}

// group is the programs of the fields that have one, in their order.
func (f *fromDef) group() *eval.Group {
	var programs []*eval.Program
	for _, x := range f.inGroup() {
		programs = append(programs, x.program)
	}
	return eval.NewGroup(programs...)
}

// inGroup are the expressions of the group.
func (f *fromDef) inGroup() []*expression {
	var list []*expression
	for _, m := range f.fields {
		if m.expression != nil {
			list = append(list, m.expression)
		}
	}
	return list
}

// Filters reports whether rows may be left out by where.
func (m *mapping) Filters() bool { return m.from.where != nil }

// Map maps one batch.
func (m *mapping) Map(b *pipeline.Batch) (pipeline.Mapped, error) {
	r := &rowRun{mapping: m, whole: b, failed: map[int]*pipeline.Reject{}}
	if err := r.identify(); err != nil {
		return pipeline.Mapped{}, err
	}
	r.where()
	if m.group != nil {
		r.results = m.group.Eval(r.rest, r.runtime)
	}
	columns := make([]*pipeline.Column, m.schema.Len())
	for i := range columns {
		columns[i] = r.field(m.schema.Field(i))
	}
	d := r.rest.Data()
	d.Schema, d.Columns, d.Rejects = r.schema, columns, nil
	out, err := pipeline.NewBatch(d)
	return pipeline.Mapped{Batch: out, Dropped: r.dropped(), Rejected: r.rejects(), Found: r.found, More: r.more}, err
}

// rowRun is the mapping of one batch.
type rowRun struct {
	*mapping
	whole  *pipeline.Batch
	rest   *pipeline.Batch          // what the condition left
	rows   []int32                  // of whole, for each row of rest; nil: the same
	failed map[int]*pipeline.Reject // by row of whole
	found  []pipeline.Found
	more   []pipeline.MoreFindings

	results []eval.Result // of the group, for rest
}

// eval computes an expression over b, whose row i is row rows[i] of the whole
// batch, and notes the rows on which it fails.
func (r *rowRun) eval(x *expression, b *pipeline.Batch, rows []int32, what string) *pipeline.Column {
	var result eval.Result
	rt := r.runtime
	rt.Warn = result.Warnings.Add
	result.Column, result.Errors = x.program.Eval(b, rt)
	return r.note(x, result, rows, what)
}

// note notes what an expression said of the rows, and returns its column.
func (r *rowRun) note(x *expression, result eval.Result, rows []int32, what string) *pipeline.Column {
	at := func(i int) int {
		if rows == nil {
			return i
		}
		return int(rows[i])
	}
	for _, w := range result.Warnings.Told {
		o := r.whole.Origin(at(w.Row))
		r.found = append(r.found, pipeline.Found{Row: o.Row,
			Finding: diag.Finding{Severity: diag.Warning, Code: w.Code, Message: what + ": " + w.Message, Where: o.String(), Rule: x.place(0)}})
	}
	for _, code := range sortedKeys(result.Warnings.More) {
		r.more = append(r.more, pipeline.MoreFindings{Code: code, Rule: x.place(0), N: result.Warnings.More[code]})
	}
	for _, e := range result.Errors {
		r.fail(at(e.Row), diag.Finding{Severity: diag.Error, Code: "row-error", Message: what + ": " + e.Message + x.excerpt(e), Rule: x.place(e.From)})
	}
	return result.Column
}

// fail rejects a row for all that is wrong with it.
func (r *rowRun) fail(row int, f diag.Finding) {
	if failed := r.failed[row]; failed != nil {
		failed.Also.Add(f)
		return
	}
	o := r.whole.Origin(row)
	f.Where = o.String()
	r.failed[row] = &pipeline.Reject{Origin: o, Columns: r.whole.Schema().Names(), Cells: r.whole.Cells(row), Finding: f}
}

// identify gives the batch the ids and times that the pipeline computes.
func (r *rowRun) identify() error {
	source := r.from.source
	if source.id == nil && source.updated == nil {
		return nil
	}
	d := r.whole.Data()
	if source.id != nil {
		d.IDs = asText(r.eval(source.id, r.whole, nil, "id"))
	}
	if source.updated != nil {
		d.Times = typed(r.eval(source.updated, r.whole, nil, "updated"), pipeline.Timestamp)
	}
	b, err := pipeline.NewBatch(d)
	if err == nil {
		r.whole = b
	}
	return err
}

// where keeps the rows that the condition holds on; a null is no.
func (r *rowRun) where() {
	var holds *pipeline.Column
	if r.from.where != nil {
		holds = typed(r.eval(r.from.where, r.whole, nil, "where"), pipeline.Bool)
	}
	r.rest = r.whole
	if holds == nil && len(r.failed) == 0 {
		return
	}
	kept := make([]int32, 0, r.whole.Len())
	for i := range r.whole.Len() {
		if _, bad := r.failed[i]; !bad && (holds == nil || !holds.IsNull(i) && holds.Bool(i)) {
			kept = append(kept, int32(i))
		}
	}
	if len(kept) < r.whole.Len() {
		r.rest, r.rows = r.whole.Take(kept), kept
	}
}

// field computes one field of the model; one that this source does not map is null.
func (r *rowRun) field(f pipeline.Field) *pipeline.Column {
	inGroup := 0
	for _, m := range r.from.fields {
		switch {
		case m.expression == nil:
			continue
		case m.name == f.Name && r.results != nil:
			return typed(r.note(m.expression, r.results[inGroup], r.rows, "field "+m.name), f.Type)
		case m.name == f.Name:
			return typed(r.eval(m.expression, r.rest, r.rows, "field "+m.name), f.Type)
		}
		inGroup++
	}
	return nulls(f.Type, r.rest.Len())
}

// dropped are the rows of rest that failed, in order.
func (r *rowRun) dropped() []int32 {
	if len(r.failed) == 0 {
		return nil
	}
	var dropped []int32
	for i := range r.rest.Len() {
		row := i
		if r.rows != nil {
			row = int(r.rows[i])
		}
		if _, bad := r.failed[row]; bad {
			dropped = append(dropped, int32(i))
		}
	}
	return dropped
}

// rejects are the failed rows in order.
func (r *rowRun) rejects() []pipeline.Reject {
	if len(r.failed) == 0 {
		return nil
	}
	list := make([]pipeline.Reject, 0, len(r.failed))
	for _, row := range slices.Sorted(maps.Keys(r.failed)) {
		list = append(list, *r.failed[row])
	}
	return list
}

// typed returns the column as one of the wanted type. Only a column that is
// always null, and an int where a float is wanted, can differ.
func typed(c *pipeline.Column, want pipeline.Type) *pipeline.Column {
	if c.Type() == want {
		return c
	}
	b := pipeline.NewColumnBuilder(want, c.Len())
	for i := range c.Len() {
		switch {
		case c.IsErase(i):
			b.AppendErase()
		case c.IsNull(i) || want != pipeline.Float || c.Type() != pipeline.Int:
			b.AppendNull()
		default:
			b.AppendFloat(float64(c.Int(i)))
		}
	}
	return b.Finish()
}

// asText returns the column as text; an empty text is null.
func asText(c *pipeline.Column) *pipeline.Column {
	if c.Type() == pipeline.String && !hasEmptyText(c) {
		return c
	}
	b := pipeline.NewColumnBuilder(pipeline.String, c.Len())
	for i := range c.Len() {
		if v := c.Value(i); v.Empty() || v.String() == "" {
			b.AppendNull()
		} else {
			b.AppendString(v.String())
		}
	}
	return b.Finish()
}

// hasEmptyText reports whether a text is there but empty, or is erased.
func hasEmptyText(c *pipeline.Column) bool {
	for i := range c.Len() {
		if len(c.Bytes(i)) == 0 && (!c.IsNull(i) || c.IsErase(i)) {
			return true
		}
	}
	return false
}

func nulls(t pipeline.Type, n int) *pipeline.Column {
	b := pipeline.NewColumnBuilder(t, n)
	for range n {
		b.AppendNull()
	}
	return b.Finish()
}
