package dsl

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// rules check the records of a model, in the order in which they are written.
type rules struct {
	schema *pipeline.Schema
	list   []*rule
}

var _ pipeline.Rules = (*rules)(nil)

// Check runs every rule but unique over a batch.
func (r *rules) Check(b *pipeline.Batch, dropped []int32) (pipeline.Mapped, error) {
	c := &checkRun{rules: r, batch: b}
	if len(dropped) > 0 {
		c.fates = make([]int32, b.Len())
		for _, row := range dropped {
			c.fates[row] = -1
		}
	}
	for i, x := range r.list {
		if x.unique {
			continue
		}
		c.once(i, x, nil)
		if c.abort != nil {
			return pipeline.Mapped{}, c.abort
		}
	}
	out := pipeline.Mapped{Batch: c.batch, Dropped: dropped}
	out.Found, out.More = c.found()
	if len(c.rejected) == 0 {
		return out, nil
	}
	out.Rejected, out.Dropped = c.rejected, make([]int32, 0, len(dropped)+len(c.rejected))
	order := make([]int32, 0, len(c.rejected))
	for row, fate := range c.fates {
		if fate != 0 {
			out.Dropped = append(out.Dropped, int32(row))
		}
		if fate > 0 {
			order = append(order, fate-1)
		}
	}
	arrange(out.Rejected, order)
	return out, nil
}

// arrange puts list into an order, which says of each place which member belongs
// there, and which it uses up.
func arrange[T any](list []T, order []int32) {
	for start := range order {
		first, at := list[start], int32(start)
		for order[at] >= 0 {
			from := order[at]
			order[at] = -1
			if from == int32(start) {
				list[at] = first
				break
			}
			list[at] = list[from]
			at = from
		}
	}
}

// ruleCode is the code of findings of rules.
const ruleCode = "rule"

// checkRun is the rules at work on one batch.
type checkRun struct {
	*rules
	batch    *pipeline.Batch   // with what was set so far
	fates    []int32           // by row: 0 stays, -1 was dropped before, n is the n-th of rejected; nil: all stay
	rejected []pipeline.Reject // in the order of the rules
	warned   map[*rule][]warning
	abort    error
}

// warning is a record that a rule warns of, as it was then.
type warning struct {
	row   int
	why   error
	batch *pipeline.Batch
}

// passes reports a record that a rule does not look at: one that was dropped
// before, and one that is rejected where the rule could say no more against it.
func (c *checkRun) passes(x *rule, row int) bool {
	return c.fates != nil && (c.fates[row] < 0 || c.fates[row] > 0 && !x.rejects())
}

// rejects reports a rule that can reject a record.
func (x *rule) rejects() bool { return x.fail != failWarn && x.fail != failAbort }

// reject notes what keeps a record from going further.
func (c *checkRun) reject(row int, f diag.Finding) {
	if c.fates != nil && c.fates[row] > 0 {
		c.rejectAlso(&c.rejected[c.fates[row]-1], f)
		return
	}
	if c.fates == nil {
		c.fates = make([]int32, c.batch.Len())
	}
	if c.rejected == nil {
		c.rejected = c.batch.Memory().Rejects(c.batch.Len()/8 + 1) // an eighth is many, and little memory
	}
	c.rejected = append(c.rejected, pipeline.Reject{Origin: c.batch.Origin(row), Finding: f})
	c.fates[row] = int32(len(c.rejected))
}

// rejectAlso adds a finding to a reject, unless its rule, which was run once
// more, is among them.
func (c *checkRun) rejectAlso(r *pipeline.Reject, f diag.Finding) {
	if f.Rule != r.Finding.Rule && !slices.ContainsFunc(r.Also.Findings, func(o diag.Finding) bool { return o.Rule == f.Rule }) {
		r.Also.Add(f)
	}
}

// once runs rule number i. Only names the records to look at (nil: all); it is
// given when the rules of a field run once more after a value was set.
func (c *checkRun) once(i int, x *rule, only map[int]bool) {
	var set []int
	for row, why := range c.failing(x) {
		if c.passes(x, row) || (only != nil && !only[row]) {
			continue
		}
		switch {
		case x.fail == failSet && only == nil:
			set = append(set, row)
		case x.fail == failWarn:
			c.warn(x, row, why, c.batch)
		case x.fail == failAbort:
			f := x.finding(c.batch, row, why, diag.Error)
			c.abort = fmt.Errorf("%s; the rule says on_fail: abort", f)
			return
		default:
			c.reject(row, x.finding(c.batch, row, why, diag.Error))
		}
	}
	if len(set) == 0 {
		return
	}
	slices.Sort(set)
	was := c.batch
	again := c.set(x, set)
	c.tellLost(x, set, was)
	for j, earlier := range c.list[:i+1] {
		if earlier.field == x.field && !earlier.unique && c.abort == nil {
			c.once(j, earlier, again)
		}
	}
}

// warn notes a record that a rule warns of, as it was.
func (c *checkRun) warn(x *rule, row int, why error, was *pipeline.Batch) {
	if c.warned == nil {
		c.warned = map[*rule][]warning{}
	}
	c.warned[x] = append(c.warned[x], warning{row, why, was})
}

// tellLost notes the records whose value a rule replaced by none: nothing else would
// tell of it, since what is not said is not compared.
func (c *checkRun) tellLost(x *rule, rows []int, was *pipeline.Batch) {
	before, after := was.Column(x.field), c.batch.Column(x.field)
	for _, row := range rows {
		if after.IsNull(row) && !after.IsErase(row) && !before.IsNull(row) {
			c.warn(x, row, nil, was)
		}
	}
}

// found puts warnings into words: those of each rule about the first
// pipeline.WarningsKeptMax records. The others are counted.
func (c *checkRun) found() (found []pipeline.Found, more []pipeline.MoreFindings) {
	for _, x := range c.list {
		list := c.warned[x]
		// A rule that ran once more went back to earlier records.
		slices.SortStableFunc(list, func(a, b warning) int { return cmp.Compare(a.row, b.row) })
		told := min(len(list), pipeline.WarningsKeptMax)
		for _, w := range list[:told] {
			f := x.finding(w.batch, w.row, w.why, diag.Warning)
			if x.fail == failSet {
				f.Severity, f.Message = diag.Note, fmt.Sprintf("field %s: %s does not keep the rule, and nothing is taken instead (set)", c.schema.Field(x.field).Name, shown(w.batch.Value(w.row, x.field)))
			}
			found = append(found, pipeline.Found{Row: w.batch.Origin(w.row).Row, Finding: f})
		}
		if n := len(list) - told; n > 0 {
			more = append(more, pipeline.MoreFindings{Code: ruleCode, Rule: x.place, N: n})
		}
	}
	return found, more
}

// failing returns the records on which the rule does not hold, in order, and why.
func (c *checkRun) failing(x *rule) func(yield func(int, error) bool) {
	if x.named != nil {
		column := c.batch.Column(x.field)
		plain := x.named.Plain
		if column.Type() != pipeline.String {
			plain = nil
		}
		return func(yield func(int, error) bool) {
			for i := range c.batch.Len() {
				if plain != nil && plain(column.Str(i)) {
					continue
				}
				if why := x.named.Holds(column.Value(i), x.args); why != nil && !yield(i, why) {
					return
				}
			}
		}
	}
	holds, failed := x.check.Eval(c.batch, eval.Runtime{})
	holds = typed(holds, pipeline.Bool)
	return func(yield func(int, error) bool) {
		for i := range c.batch.Len() {
			bad, why := !holds.IsNull(i) && !holds.Bool(i), error(nil)
			if len(failed) > 0 && failed[0].Row == i {
				bad, why, failed = true, errors.New(failed[0].Message), failed[1:]
			}
			if bad && !yield(i, why) {
				return
			}
		}
	}
}

// finding says that the rule does not hold on a record.
func (x *rule) finding(b *pipeline.Batch, row int, why error, s diag.Severity) diag.Finding {
	value := pipeline.Null()
	if x.field >= 0 {
		value = b.Value(row, x.field)
	}
	return diag.Finding{Severity: s, Code: ruleCode, Message: x.describe(b.Schema(), value, why), Where: b.Origin(row).String(), Rule: x.place}
}

// set replaces the field of a rule in some records and returns which.
func (c *checkRun) set(x *rule, rows []int) map[int]bool {
	values, failed := x.set.Eval(c.batch, eval.Runtime{})
	values = typed(values, c.schema.Field(x.field).Type)
	old := c.batch.Column(x.field)
	b := pipeline.NewColumnBuilder(old.Type(), old.Len())
	changed := make(map[int]bool, len(rows))
	for i := range old.Len() {
		if len(rows) > 0 && rows[0] == i {
			rows = rows[1:]
			changed[i] = true
			b.AppendFrom(values, i)
			continue
		}
		b.AppendFrom(old, i)
	}
	for _, e := range failed {
		if changed[e.Row] {
			c.reject(e.Row, x.finding(c.batch, e.Row, errors.New("set: "+e.Message), diag.Error))
		}
	}
	d := c.batch.Data()
	d.Columns = slices.Clone(d.Columns)
	d.Columns[x.field] = b.Finish()
	if next, err := pipeline.NewBatch(d); err == nil {
		c.batch = next
	} else {
		c.abort = err
	}
	return changed
}

// Whole reports whether any rule is unique.
func (r *rules) Whole() bool {
	return slices.ContainsFunc(r.list, func(x *rule) bool { return x.unique })
}

// CheckModel runs unique, which looks at the whole model and names both rows.
// Which of them stays does not depend on their order: the first by source, id,
// file and line.
func (r *rules) CheckModel(t *pipeline.Table) ([]int32, []pipeline.Reject, []diag.Finding, error) {
	var out []int32
	var rejected []pipeline.Reject
	var warned []diag.Finding
	for _, x := range r.list {
		if !x.unique {
			continue
		}
		for _, same := range r.repeated(t, x.field) {
			first := t.Record(int(same[0]))
			for _, row := range same[1:] {
				rec := t.Record(int(row))
				f := diag.Finding{Severity: diag.Error, Code: "not-unique", Where: rec.Origin().String(), Rule: x.place,
					Message: x.describe(r.schema, rec.Value(x.field), fmt.Errorf("%s is also in %s", shown(rec.Value(x.field)), first.Origin()))}
				switch x.fail {
				case failAbort:
					return nil, nil, nil, fmt.Errorf("%s; the rule says on_fail: abort", f)
				case failWarn:
					f.Severity = diag.Warning
					warned = append(warned, f)
				default:
					out = append(out, row)
					rejected = append(rejected, pipeline.Reject{Origin: rec.Origin(), Columns: r.schema.Names(), Cells: rec.Batch.Cells(rec.Row), Finding: f})
				}
			}
		}
	}
	return sortOut(out, rejected, warned)
}

// sortOut orders the rows to leave out, each once.
func sortOut(out []int32, rejected []pipeline.Reject, warned []diag.Finding) ([]int32, []pipeline.Reject, []diag.Finding, error) {
	order := make([]int, len(out))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(out[a], out[b]) })
	var rows []int32
	var kept []pipeline.Reject
	for _, i := range order {
		if len(rows) > 0 && rows[len(rows)-1] == out[i] {
			kept[len(kept)-1].Also.Add(rejected[i].Finding)
			continue
		}
		rows, kept = append(rows, out[i]), append(kept, rejected[i])
	}
	return rows, kept, warned, nil
}

// repeated returns the groups of records that share a value, each in the order
// of their origins, the groups in the order of their values.
func (r *rules) repeated(t *pipeline.Table, field int) [][]int32 {
	by := make(map[string][]int32, t.Len())
	for i := range t.Len() {
		if v := t.Value(i, field); !v.Empty() {
			text := v.String()
			if t.Schema().Field(field).FoldCase {
				text = strings.ToLower(text)
			}
			by[text] = append(by[text], int32(i))
		}
	}
	var groups [][]int32
	for _, value := range sortedKeys(by) {
		group := by[value]
		if len(group) < 2 {
			continue
		}
		slices.SortStableFunc(group, func(a, b int32) int {
			x, y := t.Record(int(a)).Origin(), t.Record(int(b)).Origin()
			return cmp.Or(cmp.Compare(x.Source, y.Source), cmp.Compare(x.ID, y.ID), cmp.Compare(x.Place, y.Place), cmp.Compare(x.Page, y.Page), cmp.Compare(x.Row, y.Row))
		})
		groups = append(groups, group)
	}
	return groups
}
