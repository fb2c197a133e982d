package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// A plan may be applied again after an undo, or after a later plan: what it wrote is then
// not shown any more, and never will be. The history tells, so that nobody waits for it.

// undoOf begins the name of the pipeline of an undo; the run that it takes back follows.
const undoOf = "undo of "

// superseded is what a later apply of ours wrote over a change.
type superseded struct {
	run  *RunSummary
	what string
}

func (s superseded) String() string {
	if undone, ok := strings.CutPrefix(s.run.Pipeline, undoOf); ok {
		return fmt.Sprintf("apply %s, the undo of %s, %s; make a new plan", ApplyOf(s.run.ID), diag.Shorten(undone, 60), s.what)
	}
	return fmt.Sprintf("apply %s of %s, which came later, %s; make a new plan", ApplyOf(s.run.ID), pipelineWords(s.run.Pipeline), s.what)
}

// recallSuperseded learns from the history which changes that an earlier apply of this
// plan wrote, and that the target does not show, a later apply of ours took back.
func (a *applier) recallSuperseded(ctx context.Context, present *presentIndex) error {
	history, ok := a.opt.State.(History)
	if !ok {
		return nil
	}
	gone := map[string]*Change{} // by id
	var first time.Time
	for i := range a.changes {
		ch := &a.changes[i]
		if status, _, _ := a.standing(present, *ch); !a.written[ch.ID] || status == Already {
			continue
		}
		gone[ch.ID] = ch
		if at := a.confirms[ch.ID]; first.IsZero() || at.Before(first) {
			first = at
		}
	}
	if len(gone) == 0 {
		return nil
	}
	runs, err := history.Runs(ctx)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	for i := range runs {
		r := &runs[i]
		if r.Target != a.binding.Identity || r.Digest == a.plan.Digest || r.Start.Before(first) || r.Calls == 0 {
			continue
		}
		calls, outcomes, err := history.RunCalls(ctx, r.ID)
		if err != nil {
			return fmt.Errorf("read what run %s wrote: %w", r.ID, err)
		}
		a.supersede(gone, r, Written(calls, outcomes))
	}
	return nil
}

// supersede notes what of some changes a later run took back.
func (a *applier) supersede(gone map[string]*Change, r *RunSummary, written []WrittenChange) {
	later := map[string][]*WrittenChange{} // by record, and for deletions by key
	for i := range written {
		w := &written[i]
		if !w.Became.Status.Done() && w.Became.Status != Sent {
			continue
		}
		for _, place := range placesOfRecord(w.Change, w.Became.Target) {
			later[place] = append(later[place], w)
		}
	}
	for id, ch := range gone {
		if r.Start.Before(a.confirms[id]) {
			continue
		}
		for _, place := range placesOfRecord(*ch, a.recordWritten(ch)) {
			for _, w := range later[place] {
				if what := tookBack(ch, w); what != "" {
					a.result.superseded[id] = superseded{r, what}
				}
			}
		}
	}
}

// placesOfRecord are the record of a change, and its keys where it makes the record or
// takes it away.
func placesOfRecord(ch Change, record string) (list []string) {
	for _, id := range []string{ch.Target, record} {
		if id != "" {
			list = append(list, "record\x00"+id)
		}
	}
	if ch.Action == Update {
		return list
	}
	for _, k := range append([]Key{ch.Key}, ch.Keys...) {
		if k.Value != "" {
			list = append(list, "key\x00"+k.Field+"\x00"+foldKey(k.Value))
		}
	}
	return list
}

// recordWritten is the record that an earlier apply of this plan wrote, as far as it is
// remembered.
func (a *applier) recordWritten(ch *Change) string {
	for _, o := range ch.Rows {
		if id := a.links[RowKey{o.Source, o.ID}]; ch.Action == Create && o.ID != "" && id != "" {
			return id
		}
	}
	return ch.Target
}

// tookBack says what a later change did to what a change wrote; "" when nothing.
func tookBack(ch *Change, w *WrittenChange) string {
	switch {
	case w.Action == Delete && ch.Action != Delete:
		return "deleted the record"
	case w.Action == Create && ch.Action == Delete:
		return "created the record again"
	case w.Action != Update || ch.Action == Delete:
		return ""
	}
	var fields []string
	for _, f := range w.Fields {
		if slices.ContainsFunc(ch.Fields, func(c FieldChange) bool { return c.Field == f.Field }) {
			fields = append(fields, diag.Shorten(f.Field, 60))
		}
	}
	if len(fields) == 0 {
		return ""
	}
	return "wrote " + strings.Join(fields, ", ")
}

// supersededWords say why a change that an earlier apply wrote is not there any more: a
// later apply took it back, or what it needs; "" where that is not known.
func (a *applier) supersededWords(ch Change) string {
	for _, id := range append([]string{ch.ID}, ch.Needs...) {
		if s, known := a.result.superseded[id]; known {
			return "an earlier apply of this plan wrote it, and " + s.String()
		}
	}
	return ""
}
