package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Collected is the records of a model and what was found on the way.
type Collected struct {
	Records  *Table
	Read     map[string]int // rows by source, rejected ones included
	Rejected int
	Examples []RejectedRow // the first RejectsKeptMax
	Groups   diag.Groups   // of the first reason for which each row was rejected
	Findings []diag.Finding
	Evidence map[string]Evidence // of sources that give it
	Marks    map[string]ReadMark // of sources that know how far they were read

	shownMarks map[string]ReadMark // as a person reads them
	anew       map[string]string   // why a source was read in full in spite of its mark
	// RejectedIDs are the ids of rejected rows; Unnamed counts those without one, or
	// with one whose bytes are damaged, by source. Both are empty after Each.
	RejectedIDs map[RowKey]bool
	Unnamed     map[string]int
	rejected    *Table          // rejected rows as they were mapped, as far as they could be; nil: nobody asks
	torn        map[RowKey]bool // rejected rows that were not even mapped, of which no more than their ids can be told
}

// unnamed counts, by source, the rejected rows of which nobody can tell what they are
// about: those without an id, and those of a new id that could not be taken apart.
func (c *Collected) unnamed(links map[RowKey]string) map[string]int {
	unnamed := maps.Clone(c.Unnamed)
	for row := range c.torn {
		if links[row] == "" {
			unnamed[row.Source]++
		}
	}
	return unnamed
}

// Limits on what a plan says about rejected rows and warnings; the rest is
// counted.
const (
	RejectsKeptMax  = 1000 // rows per model
	WarningsKeptMax = 100  // findings per rule
)

// RejectedRow is a rejected row as a plan shows it: without its cells.
type RejectedRow struct {
	Model   string       `json:"model"`
	Origin  Origin       `json:"origin"`
	Finding diag.Finding `json:"finding"`
	Also    Also         `json:"also,omitzero"`
}

// Work is what Each does with one batch of records, of which the rows of dropped
// (ascending, not all of them) are none: it is called by several
// goroutines at once, in no order, and what it returns is called by one, in the
// order of the sources. An error of either ends the run.
type Work func(b *Batch, dropped []int32) (inOrder func() error, err error)

// Each maps and checks the rows of the model and hands the batches of records
// that remain to work. It is what export stands on: memory holds a few batches,
// whatever the size of the sources. Rules that need the whole model are not run
// here, and ids of rejected rows are not kept. Too many rejected rows are a
// *LimitError beside what was collected.
func (m *Model) Each(ctx context.Context, opt Options, work Work) (*Collected, error) {
	return m.each(ctx, &collector{work: work}, opt)
}

// each reads the sources of the model through c.
func (m *Model) each(ctx context.Context, c *collector, opt Options) (*Collected, error) {
	c.model, c.opt, c.warned = m, opt.withDefaults(), map[string]*warnings{}
	if c.opt.Reuse {
		c.memory = &Memory{}
	}
	c.out = &Collected{Read: map[string]int{}, Evidence: map[string]Evidence{}, Marks: map[string]ReadMark{}, shownMarks: map[string]ReadMark{}, anew: map[string]string{}, RejectedIDs: map[RowKey]bool{}, Unnamed: map[string]int{}, torn: map[RowKey]bool{}}
	for _, f := range m.From {
		if prepare, ok := f.Mapping.(Preparer); ok {
			found, err := prepare.Prepare(ctx, c.opt.Now)
			if err != nil {
				return nil, fmt.Errorf("model %s from %s: %w", m.Name, f.Name, err)
			}
			c.warn(found)
		}
		if err := c.from(ctx, f); err != nil {
			return nil, fmt.Errorf("model %s from %s: %w", m.Name, f.Name, err)
		}
		if says, ok := c.opt.source(f).(SourceEvidence); ok {
			c.evidence(f.Name, says.Evidence())
		}
		c.mark(f)
	}
	c.counted()
	return c.out, c.limit()
}

// Collect maps and checks every row of the model and holds the records. Too
// many rejected rows are a *LimitError beside what was collected.
func (m *Model) Collect(ctx context.Context, opt Options) (*Collected, error) {
	table := NewTable(m.Schema)
	keep := func(b *Batch, dropped []int32) (func() error, error) {
		kept := b.Without(dropped)
		return func() error { table.Append(kept); return nil }, nil
	}
	opt.Reuse = false
	reading := &collector{work: keep, ids: true}
	if opt.mirrors {
		reading.rejected = NewTable(m.Schema)
	}
	out, err := m.each(ctx, reading, opt)
	if out != nil {
		out.Records, out.rejected = table, reading.rejected
	}
	if err != nil {
		return out, err
	}
	if m.Rules == nil || !m.Rules.Whole() {
		return out, nil
	}
	drop, rejected, warned, err := m.Rules.CheckModel(table)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Name, err)
	}
	c := &collector{model: m, opt: opt.withDefaults(), warned: map[string]*warnings{}, out: out, ids: true}
	if err := c.reject(rejected); err != nil {
		return nil, err
	}
	c.warn(warned)
	c.counted()
	out.Records = without(table, drop)
	if out.rejected != nil {
		appendThose(out.rejected, table, drop)
	}
	return out, c.limit()
}

// collector gathers what is found while a model is read.
type collector struct {
	model *Model
	opt   Options
	work  Work
	ids   bool // the ids of rejected rows are kept
	// rejected takes rejected rows as they were mapped; nil: nobody asks for them.
	rejected *Table
	memory   *Memory // nil: batches have their own
	out      *Collected
	warned   map[string]*warnings
	order    []*warnings // in the order of the first of each
	hush     Hushable    // the mapping that is read from; nil: it tells all that it finds
}

// step is the mapped form of one batch of a source.
type step struct {
	finish   func() error // what is left to do in order; nil: nothing
	addAll   func() error // adds the rejects; nil: they are added one by one
	rows     int
	rejected []Reject
	torn     []Reject // of the source itself
	left     *Batch   // rows that go no further, where they are kept; nil: there are none
	warned   []Found  // in the order of the rows
	more     []MoreFindings
	// What is free once the step is done.
	done  [2]*Batch
	cells []string
}

func (c *collector) from(ctx context.Context, f *From) error {
	done := int64(0)
	c.hush, _ = f.Mapping.(Hushable)
	source := c.opt.source(f)
	read := source.Read
	if s, ok := source.(MemorySource); ok && c.memory != nil {
		read = func(ctx context.Context) Stream { return s.ReadInto(ctx, c.memory) }
	}
	for s, err := range inOrder(ctx, read, c.opt.Workers, func(b *Batch) (step, error) { return c.mapBatch(f, b) }) {
		if err != nil {
			return err
		}
		c.out.Read[f.Name] += s.rows
		if err := c.rejectStep(s); err != nil {
			return err
		}
		for _, f := range s.warned {
			c.warnOf(f.Finding)
		}
		c.warnMore(s.more)
		c.keepLeft(s)
		if s.finish != nil {
			if err := s.finish(); err != nil {
				return err
			}
		}
		for _, b := range s.done {
			c.memory.takeBack(b)
		}
		c.memory.takeBackCells(s.cells)
		c.memory.takeBackRejects(s.rejected)
		done += int64(s.rows)
		c.opt.Progress(Step{What: "read " + f.Name, Done: done})
	}
	return nil
}

// evidence keeps the evidence of a source. One that a model reads twice is
// whole only if it was whole both times.
func (c *collector) evidence(source string, e Evidence) {
	if old, read := c.out.Evidence[source]; !read || old.Grade.AtLeast(e.Grade) {
		c.out.Evidence[source] = e
	}
}

func (c *collector) mapBatch(f *From, b *Batch) (step, error) {
	s := step{rows: b.Len() + len(b.rejects), rejected: b.rejects}
	s.done[0] = b
	m, err := f.Mapping.Map(b)
	if err != nil {
		return s, err
	}
	s.rejected, s.warned, s.more = mergeRejects(s.rejected, m.Rejected), m.Found, m.More
	if c.model.Rules != nil {
		if m, err = c.model.Rules.Check(m.Batch, m.Dropped); err != nil {
			return s, err
		}
		s.warned, s.more = append(s.warned, m.Found...), append(s.more, m.More...)
		s.cells = c.memory.lendCells(len(m.Rejected) * len(b.columns))
		s.cells = withCells(m.Rejected, b, s.cells)
		s.rejected = mergeRejects(s.rejected, m.Rejected)
	}
	// Where a batch ends makes no difference to the order.
	slices.SortStableFunc(s.warned, func(a, b Found) int { return cmp.Compare(a.Row, b.Row) })
	if rejects, ok := c.opt.Rejects.(RejectEncoder); ok && len(s.rejected) > 0 {
		s.addAll = rejects.EncodeRejects(c.model.Name, s.rejected)
	}
	if c.rejected != nil {
		s.torn = b.rejects
		if len(m.Dropped) > 0 {
			s.left = m.Batch.Take(m.Dropped)
		}
	}
	s.done[1] = m.Batch
	if m.Batch.Len() > len(m.Dropped) {
		s.finish, err = c.work(m.Batch, m.Dropped)
	}
	return s, err
}

// keepLeft keeps what is known of the rejected rows of a batch, where somebody asks.
func (c *collector) keepLeft(s step) {
	if s.left != nil {
		c.rejected.Append(s.left)
	}
	for _, r := range s.torn {
		if key := (RowKey{r.Origin.Source, r.Origin.ID}); c.out.RejectedIDs[key] {
			c.out.torn[key] = true
		}
	}
}

// withCells gives rejects of mapped records the cells of their source rows, so
// that a person can mend the file that they came from. Rows of a batch ascend.
// The cells are appended to those that are given, which have room for them.
func withCells(rejected []Reject, b *Batch, cells []string) []string {
	if b.rows == nil || len(rejected) == 0 {
		return cells // the rows cannot be told apart
	}
	at, names := 0, b.schema.Names()
	for i := range rejected {
		for at < b.n && int(b.rows[at]) != rejected[i].Origin.Row {
			at++
		}
		if at == b.n {
			at = 0
			continue
		}
		from := len(cells)
		cells = b.appendCells(cells, at)
		rejected[i].Columns, rejected[i].Cells = names, cells[from:len(cells):len(cells)]
	}
	return cells
}

// mergeRejects joins two lists that each ascend by row, in the memory of b where
// it has room. Of one row, that of a comes first.
func mergeRejects(a, b []Reject) []Reject {
	i, j := len(a)-1, len(b)-1
	merged := slices.Grow(b, len(a))[:len(a)+len(b)]
	for at := len(merged) - 1; i >= 0; at-- {
		if j >= 0 && b[j].Origin.Row >= a[i].Origin.Row {
			merged[at] = merged[j]
			j--
		} else {
			merged[at] = a[i]
			i--
		}
	}
	return merged
}

// rejectStep counts and keeps the rejects of a batch.
func (c *collector) rejectStep(s step) error {
	if s.addAll == nil {
		return c.reject(s.rejected)
	}
	c.out.Rejected += len(s.rejected)
	for i := range s.rejected {
		c.remember(s.rejected[i])
	}
	if err := s.addAll(); err != nil {
		return fmt.Errorf("keep rejected rows: %w", err)
	}
	return nil
}

func (c *collector) reject(rejected []Reject) error {
	for _, r := range rejected {
		c.out.Rejected++
		c.remember(r)
		if c.opt.Rejects == nil {
			continue
		}
		if err := c.opt.Rejects.Reject(c.model.Name, r); err != nil {
			return fmt.Errorf("keep rejected row: %w", err)
		}
	}
	return nil
}

// remember keeps what a plan says about a rejected row, in memory of its own:
// an id is otherwise a view of the column of a whole batch.
func (c *collector) remember(r Reject) {
	why := r.Finding
	if why.Where == "" {
		why.Where = r.Origin.String()
	}
	c.out.Groups.Add(why)
	example := len(c.out.Examples) < RejectsKeptMax
	if !example && !c.ids {
		return
	}
	r.Origin.ID = strings.Clone(r.Origin.ID)
	switch {
	case !c.ids:
	case r.Origin.ID != "" && utf8.ValidString(r.Origin.ID) && !strings.ContainsRune(r.Origin.ID, utf8.RuneError):
		c.out.RejectedIDs[RowKey{r.Origin.Source, r.Origin.ID}] = true
	default:
		c.out.Unnamed[r.Origin.Source]++
	}
	if example {
		c.out.Examples = append(c.out.Examples, RejectedRow{Model: c.model.Name, Origin: r.Origin, Finding: r.Finding.Clone(), Also: r.Also.clone()})
	}
}

// warnings counts the findings of one code and rule.
type warnings struct {
	n     int
	first diag.Finding
}

func (c *collector) warn(found []diag.Finding) {
	for _, f := range found {
		c.warnOf(f)
	}
}

// warnOf keeps the first WarningsKeptMax findings of each code and rule and
// counts the others.
func (c *collector) warnOf(f diag.Finding) {
	key := f.Code + "\x00" + f.Rule
	w := c.warned[key]
	if w == nil {
		w = &warnings{first: f.Clone()}
		c.warned[key] = w
		c.order = append(c.order, w)
	}
	if w.n++; w.n <= WarningsKeptMax {
		c.out.Findings = append(c.out.Findings, f.Clone())
	}
	if w.n == WarningsKeptMax && c.hush != nil {
		c.hush.Enough(f.Code, f.Rule)
	}
}

// warnMore counts findings that were not told in words.
func (c *collector) warnMore(more []MoreFindings) {
	for _, m := range more {
		if w := c.warned[m.Code+"\x00"+m.Rule]; w != nil { // the first ones were told
			w.n += m.N
		}
	}
}

// counted says how many findings were not kept.
func (c *collector) counted() {
	for _, w := range c.order {
		if w.n > WarningsKeptMax {
			c.out.Findings = append(c.out.Findings, diag.Finding{Severity: w.first.Severity, Code: w.first.Code, Rule: w.first.Rule, Hint: w.first.Hint, More: w.n - WarningsKeptMax,
				Message: fmt.Sprintf("%d findings of %s in all; the first %d are shown", w.n, w.first.Code, WarningsKeptMax)})
		}
	}
}

// limit returns a *LimitError when too many rows were rejected.
func (c *collector) limit() error {
	total := 0
	for _, n := range c.out.Read {
		total += n
	}
	if !c.model.RejectedMax.Exceeded(c.out.Rejected, total) {
		return nil
	}
	first := diag.Finding{}
	if len(c.out.Examples) > 0 {
		first = c.out.Examples[0].Finding
	}
	return &LimitError{diag.Finding{Severity: diag.Error, Code: "max-rejected",
		Message: fmt.Sprintf("model %s: %d of %d rows were rejected, more than max_rejected %s; the first: %s",
			c.model.Name, c.out.Rejected, total, c.model.RejectedMax, strings.TrimSpace(first.String())),
		Hint: "mend the rows in the rejects file, or raise max_rejected"}}
}

// without returns the table without the records of drop, which ascend.
func without(t *Table, drop []int32) *Table {
	if len(drop) == 0 {
		return t
	}
	kept := NewTable(t.schema)
	for i, b := range t.batches {
		var rows []int32
		for r := range b.n {
			if len(drop) > 0 && int(drop[0]) == t.starts[i]+r {
				drop = drop[1:]
				continue
			}
			rows = append(rows, int32(r))
		}
		if len(rows) == b.n {
			kept.Append(b)
		} else {
			kept.Append(b.Take(rows))
		}
	}
	return kept
}

// appendThose appends records of a table, which ascend, to another one.
func appendThose(to, t *Table, list []int32) {
	for i, b := range t.batches {
		var rows []int32
		for len(list) > 0 && int(list[0]) < t.starts[i]+b.n {
			rows, list = append(rows, list[0]-int32(t.starts[i])), list[1:]
		}
		if len(rows) > 0 {
			to.Append(b.Take(rows))
		}
	}
}
