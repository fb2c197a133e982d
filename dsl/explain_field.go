package dsl

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// FieldLife is what is known of one field of the record that a row is part of.
type FieldLife struct {
	Field string         `json:"field"`
	Ours  pipeline.Value `json:"ours"` // of the record, once its rows are joined
	// Theirs is what the target has now; null when the record is new or the field is
	// empty there.
	Theirs pipeline.Value `json:"theirs"`
	Ledger *FieldLedger   `json:"ledger"` // null: nothing that we wrote is remembered
}

// FieldLedger is what we last wrote to a field, and what the target then showed.
type FieldLedger struct {
	Sent     pipeline.Value `json:"sent"` // null: the target filled it when we created the record
	Shown    pipeline.Value `json:"shown"`
	At       time.Time      `json:"at"`
	Pipeline string         `json:"pipeline,omitempty"`
}

// knowOnly checks that the field to tell of alone is one.
func (x *explainer) knowOnly() error {
	if x.query.Only == "" {
		return nil
	}
	var known []string
	for _, e := range x.froms {
		known = append(known, e.model.Schema.Names()...)
	}
	if slices.Contains(known, x.query.Only) {
		return nil
	}
	slices.Sort(known)
	return fmt.Errorf("no model has a field %q; %s", diag.Shorten(x.query.Only, 60), didYouMeanOr(x.query.Only, slices.Compact(known)))
}

// ledgerOf reads what is remembered of a field of the records of a target.
func (x *explainer) ledgerOf(ctx context.Context, b *pipeline.Binding) (func(record string) *FieldLedger, error) {
	var view pipeline.LedgerView = pipeline.LedgerEntries{}
	if memory, ok := x.opt.Ledger.(pipeline.LedgerViewer); ok && x.query.Only != "" {
		var err error
		if view, err = memory.View(ctx, b.Target.Identity()); err != nil {
			return nil, fmt.Errorf("read what was written earlier: %w", err)
		}
	}
	return func(record string) *FieldLedger {
		for _, e := range view.Of(record) {
			if e.Field == x.query.Only {
				return &FieldLedger{Sent: e.Sent, Shown: e.Shown, At: e.At, Pipeline: e.Pipeline}
			}
		}
		return nil
	}, nil
}

// field is what is known of a field of a cluster and of its record of the target.
func (w *whole) field(name string, cluster int, link pipeline.Link) *FieldLife {
	f := &FieldLife{Field: name, Ours: w.match.out.Golden.Record(cluster).Get(name)}
	if link.Target >= 0 {
		target := w.match.in.Target.Record(int(link.Target))
		f.Theirs, f.Ledger = target.Get(name), w.ledger(target.ID())
	}
	return f
}

// narrow leaves of the life of a row what concerns one field, and what kept the row
// from becoming a record.
func (r *RowLife) narrow(only string) {
	r.Cells, r.Identity = []NamedValue{}, nil
	if r.Outcome != RowLeftOut {
		r.Where = nil
	}
	r.Fields = slices.DeleteFunc(r.Fields, func(e ExpressionLife) bool { return e.Name != only && e.Error == nil })
	r.Record = slices.DeleteFunc(r.Record, func(v NamedValue) bool { return v.Name != only })
	r.Rules = slices.DeleteFunc(r.Rules, func(rule RuleLife) bool {
		return rule.Field != only && rule.Outcome != RuleRejected && rule.Outcome != RuleAborted && !rule.reads(only)
	})
	for i := range r.Targets {
		r.Targets[i].narrow(only)
	}
}

// reads reports whether a rule looked at a field.
func (r *RuleLife) reads(field string) bool {
	return slices.ContainsFunc(r.Parts, func(e ExpressionLife) bool {
		return slices.ContainsFunc(e.Steps, func(s ExpressionStep) bool { return s.Text == field })
	})
}

func (t *TargetLife) narrow(only string) {
	if t.Cluster != nil {
		c := *t.Cluster
		c.Joined = []pipeline.Join{}
		c.Fields = slices.DeleteFunc(slices.Clone(c.Fields), func(s Survived) bool { return s.Field != only })
		t.Cluster = &c
	}
	if t.Link != nil {
		t.Link = &LinkLife{Target: t.Link.Target, Label: t.Link.Label}
	}
	t.Left = slices.DeleteFunc(t.Left, func(f LeftField) bool { return f.Field != only })
	if t.Change != nil && t.Change.Action != pipeline.Delete {
		change := *t.Change
		change.Fields = slices.DeleteFunc(slices.Clone(change.Fields), func(f pipeline.FieldChange) bool { return f.Field != only })
		if t.Change = &change; len(change.Fields) > 0 {
			return
		}
		t.Change, t.None = nil, fmt.Sprintf("the %s of the record does not touch this field", change.Action)
	}
	switch f := t.Field; {
	case f == nil || t.Blocked != nil || t.Change != nil || len(t.Left) > 0:
	case f.Ours.IsNull():
		t.None = "the record says nothing about this field"
	case f.Ours.Equal(f.Theirs):
		t.None = "the target has this value already"
	}
}
