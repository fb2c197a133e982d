package dsl

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// PreviewOptions say how much to look at.
type PreviewOptions struct {
	Rows int       // to show of each source; 0: PreviewRowsDefault
	Now  time.Time // the time that expressions see
}

// PreviewRowsDefault is the number of rows of each source that Preview shows.
const PreviewRowsDefault = 20

// PreviewResult is the first rows of a model beside what becomes of them.
type PreviewResult struct {
	Sources  []PreviewSource // in the order of the model
	Warnings []diag.Finding  // that belong to no row, such as those of lookups
	// Whole says that the model has rules over all of its records, such as
	// unique. They are not run, and no duplicates are looked for.
	Whole bool
}

// PreviewSource is what one entry of from gives.
type PreviewSource struct {
	Name    string
	Rows    []PreviewRow
	LeftOut int  // rows before the last one shown that where: leaves out
	Ended   bool // the source has no more rows than these
}

// PreviewRow is a row of a source and the record that it becomes, or why it is
// rejected.
type PreviewRow struct {
	Origin   pipeline.Origin
	Row      pipeline.Record  // nil Batch: it could not be read
	Record   pipeline.Record  // nil Batch: it was rejected
	Rejected *pipeline.Reject // nil: it was not
	Warnings []diag.Finding
}

// Glancer is a source that gives out no row before its list has proven whole,
// and that can show its first rows without that proof: Glance yields what Read
// would, as it comes, and asks the system for no more than is taken.
type Glancer interface {
	Glance(ctx context.Context) pipeline.Stream
}

// Preview maps the first rows of each source of a model and checks them, in the
// way of a plan. It stops reading a source when it has enough, and only glances
// at a [Glancer]; lookups are read whole. Rules over the whole model are not run
// and nothing is matched.
func Preview(ctx context.Context, m *pipeline.Model, o PreviewOptions) (*PreviewResult, error) {
	if o.Rows <= 0 {
		o.Rows = PreviewRowsDefault
	}
	out := &PreviewResult{Whole: m.Rules != nil && m.Rules.Whole()}
	for _, f := range m.From {
		if prepare, ok := f.Mapping.(pipeline.Preparer); ok {
			found, err := prepare.Prepare(ctx, o.Now)
			if err != nil {
				return nil, fmt.Errorf("model %s from %s: %w", m.Name, f.Name, err)
			}
			out.Warnings = append(out.Warnings, found...)
		}
		p := &PreviewSource{Name: f.Name}
		if err := p.read(ctx, m, f, o.Rows); err != nil {
			return nil, fmt.Errorf("model %s from %s: %w", m.Name, f.Name, err)
		}
		out.Sources = append(out.Sources, *p)
	}
	return out, nil
}

// read takes rows until there are enough.
func (p *PreviewSource) read(ctx context.Context, m *pipeline.Model, f *pipeline.From, rows int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // whatever the source still does for rows that nobody wants
	read := f.Source.Read
	if g, ok := f.Source.(Glancer); ok {
		read = g.Glance
	}
	for b, err := range read(ctx) {
		if err != nil {
			return err
		}
		if err := p.batch(m, f, b, rows); err != nil {
			return err
		}
		if len(p.Rows) == rows {
			return nil
		}
	}
	p.Ended = true
	return ctx.Err()
}

// batch maps row by row, so that what becomes of each is told apart, unless the
// condition leaves all of the batch out.
func (p *PreviewSource) batch(m *pipeline.Model, f *pipeline.From, b *pipeline.Batch, rows int) error {
	mapped, err := f.Mapping.Map(b)
	if err != nil {
		return err
	}
	bad := b.Rejects()
	if mapped.Batch.Len() == 0 && len(mapped.Rejected) == 0 && len(bad) == 0 {
		p.LeftOut += b.Len()
		return nil
	}
	for i := 0; i < b.Len() && len(p.Rows) < rows; i++ {
		for len(bad) > 0 && len(p.Rows) < rows && bad[0].Origin.Row < b.Origin(i).Row {
			p.unreadable(&bad)
		}
		if len(p.Rows) == rows {
			return nil
		}
		one := b.Take([]int32{int32(i)})
		fate, err := fateOf(m, f.Mapping, one)
		if err != nil {
			return err
		}
		row := PreviewRow{Origin: one.Origin(0), Row: pipeline.Record{Batch: one}, Rejected: fate.rejected, Warnings: fate.warned}
		switch {
		case fate.record != nil:
			row.Record = pipeline.Record{Batch: fate.record}
			row.Origin = fate.record.Origin(0)
		case fate.rejected == nil:
			p.LeftOut++
			continue
		}
		p.Rows = append(p.Rows, row)
	}
	for len(bad) > 0 && len(p.Rows) < rows {
		p.unreadable(&bad)
	}
	return nil
}

func (p *PreviewSource) unreadable(bad *[]pipeline.Reject) {
	r := slices.Clone((*bad)[:1])
	*bad = (*bad)[1:]
	p.Rows = append(p.Rows, PreviewRow{Origin: r[0].Origin, Rejected: &r[0]})
}
