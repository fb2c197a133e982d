package pipeline

import (
	"context"
	"fmt"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Collected is the records of a model and what was found on the way.
type Collected struct {
	Records  *Table
	Read     map[string]int // rows by source, rejected ones included
	Rejected int
	Examples []RejectedRow // the first RejectsKeptMax
	Findings []diag.Finding
	Evidence map[string]Evidence // of sources that give it
	// RejectedIDs are the ids of rejected rows; Unnamed counts those without one, by source.
	RejectedIDs map[RowKey]bool
	Unnamed     map[string]int
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
}

// Each maps and checks the rows of the model and hands the batches of
// records that remain to keep, in the order of the sources. It is what export
// and Collect stand on. Rules that need the whole model are not run here. An
// error of keep ends it; too many rejected rows are a *LimitError beside what
// was collected.
func (m *Model) Each(ctx context.Context, opt Options, keep func(*Batch) error) (*Collected, error) {
	opt = opt.withDefaults()
	c := &collector{model: m, opt: opt, warned: map[string]int{},
		out: &Collected{Read: map[string]int{}, Evidence: map[string]Evidence{}, RejectedIDs: map[RowKey]bool{}, Unnamed: map[string]int{}}}
	for _, f := range m.From {
		if prepare, ok := f.Mapping.(Preparer); ok {
			found, err := prepare.Prepare(ctx, opt.Now)
			if err != nil {
				return nil, fmt.Errorf("model %s from %s: %w", m.Name, f.Name, err)
			}
			c.warn(found)
		}
		if err := c.from(ctx, f, keep); err != nil {
			return nil, fmt.Errorf("model %s from %s: %w", m.Name, f.Name, err)
		}
		if says, ok := f.Source.(SourceEvidence); ok {
			c.evidence(f.Name, says.Evidence())
		}
	}
	return c.out, c.limit()
}

// Collect maps and checks every row of the model and holds the records. Too
// many rejected rows are a *LimitError.
func (m *Model) Collect(ctx context.Context, opt Options) (*Collected, error) {
	table := NewTable(m.Schema)
	out, err := m.Each(ctx, opt, func(b *Batch) error { table.Append(b); return nil })
	if err != nil {
		return nil, err
	}
	out.Records = table
	if m.Rules == nil || !m.Rules.Whole() {
		return out, nil
	}
	drop, rejected, warned, err := m.Rules.CheckModel(table)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Name, err)
	}
	c := &collector{model: m, opt: opt.withDefaults(), warned: map[string]int{}, out: out}
	if err := c.reject(rejected); err != nil {
		return nil, err
	}
	c.warn(warned)
	out.Records = without(table, drop)
	return out, c.limit()
}

// collector gathers what is found while a model is read.
type collector struct {
	model  *Model
	opt    Options
	out    *Collected
	warned map[string]int
}

// step is the mapped form of one batch of a source.
type step struct {
	kept     *Batch
	rows     int
	rejected []Reject
	warned   []diag.Finding
}

func (c *collector) from(ctx context.Context, f *From, keep func(*Batch) error) error {
	done := int64(0)
	for s, err := range inOrder(ctx, f.Source.Read, c.opt.Workers, func(b *Batch) (step, error) { return c.mapBatch(f, b) }) {
		if err != nil {
			return err
		}
		c.out.Read[f.Name] += s.rows
		if err := c.reject(s.rejected); err != nil {
			return err
		}
		c.warn(s.warned)
		if s.kept.Len() > 0 {
			if err := keep(s.kept); err != nil {
				return err
			}
		}
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
	mapped, rejected, found, err := f.Mapping.Map(b)
	if err != nil {
		return s, err
	}
	s.kept, s.rejected, s.warned = mapped, mergeRejects(s.rejected, rejected), found
	if c.model.Rules == nil {
		return s, nil
	}
	kept, byRule, warned, err := c.model.Rules.Check(mapped)
	s.kept, s.warned = kept, append(s.warned, warned...)
	s.rejected = mergeRejects(s.rejected, withCells(byRule, b))
	return s, err
}

// withCells gives rejects of mapped records the cells of their source rows, so
// that a person can mend the file that they came from. Rows of a batch ascend.
func withCells(rejected []Reject, b *Batch) []Reject {
	if b.rows == nil {
		return rejected // the rows cannot be told apart
	}
	at := 0
	for i := range rejected {
		for at < b.Len() && !samePlace(b.Origin(at), rejected[i].Origin) {
			at++
		}
		if at == b.Len() {
			at = 0
			continue
		}
		rejected[i].Columns, rejected[i].Cells = b.schema.Names(), b.Cells(at)
	}
	return rejected
}

// samePlace compares origins without their ids, which a mapping may have made.
func samePlace(a, b Origin) bool { return a.Row == b.Row && a.Page == b.Page && a.Place == b.Place }

// mergeRejects joins two lists that each ascend by row.
func mergeRejects(a, b []Reject) []Reject {
	if len(a) == 0 {
		return b
	}
	merged := make([]Reject, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if b[0].Origin.Row < a[0].Origin.Row {
			merged, b = append(merged, b[0]), b[1:]
		} else {
			merged, a = append(merged, a[0]), a[1:]
		}
	}
	return append(append(merged, a...), b...)
}

func (c *collector) reject(rejected []Reject) error {
	for _, r := range rejected {
		c.out.Rejected++
		if r.Origin.ID != "" {
			c.out.RejectedIDs[RowKey{r.Origin.Source, r.Origin.ID}] = true
		} else {
			c.out.Unnamed[r.Origin.Source]++
		}
		if len(c.out.Examples) < RejectsKeptMax {
			c.out.Examples = append(c.out.Examples, RejectedRow{Model: c.model.Name, Origin: r.Origin, Finding: r.Finding})
		}
		if c.opt.Rejects == nil {
			continue
		}
		if err := c.opt.Rejects.Reject(c.model.Name, r); err != nil {
			return fmt.Errorf("keep rejected row: %w", err)
		}
	}
	return nil
}

func (c *collector) warn(found []diag.Finding) {
	for _, f := range found {
		key := f.Code + "\x00" + f.Rule
		c.warned[key]++
		if c.warned[key] <= WarningsKeptMax {
			c.out.Findings = append(c.out.Findings, f)
			continue
		}
		if c.warned[key] == WarningsKeptMax+1 {
			c.out.Findings = append(c.out.Findings, diag.Finding{Severity: f.Severity, Code: f.Code, Rule: f.Rule,
				Message: fmt.Sprintf("more than %d findings of %s; the rest is not shown", WarningsKeptMax, f.Code)})
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
