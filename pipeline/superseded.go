package pipeline

import (
	"context"
	"fmt"
	"maps"
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
	seen bool // a list that was proven to be whole showed it
}

func (s superseded) String() string {
	if undone, ok := strings.CutPrefix(s.run.Pipeline, undoOf); ok {
		return fmt.Sprintf("apply %s, the undo of %s, %s", ApplyOf(s.run.ID), diag.Shorten(undone, 60), s.what)
	}
	return fmt.Sprintf("apply %s of %s, which came later, %s", ApplyOf(s.run.ID), pipelineWords(s.run.Pipeline), s.what)
}

// createsAgain reports whether the plan was made after the record of a create was seen to
// be deleted, so that it is to be created again. Where nobody saw that, the list of the
// plan may have lagged behind the create itself.
func (p *Plan) createsAgain(ch *Change, s superseded) bool {
	over := s.run.Finish
	return ch.Action == Create && s.what == deletedWords && s.seen && !over.IsZero() && over.Before(p.Header.Made)
}

// goneChange is a change that the target does not show, though an earlier apply of this
// plan may have written it.
type goneChange struct {
	*Change
	since   time.Time       // when the target confirmed it; else when its last call without an answer was over
	wrote   bool            // an earlier apply wrote it: the target confirmed it, or showed it
	records map[string]bool // that it was written to, as far as they are remembered
}

// recallSuperseded learns from the history which changes that an earlier apply of this
// plan wrote, and that the target does not show, a later apply of ours took back. What the
// history does not tell, such as runs that are damaged, is waited for as ever. What the plan
// creates again is as if it had never been written, so that it comes before the calls of
// other plans are looked at, for which it then waits like any other. A call of its own that
// got no answer is waited for, too: what a reading showed may have come of another call, or
// of somebody else, and that one be carried out yet.
func (a *applier) recallSuperseded(ctx context.Context, present *presentIndex) error {
	history, ok := a.opt.State.(History)
	if !ok {
		return nil
	}
	gone, first := a.goneChanges(present)
	if len(gone) == 0 {
		return nil
	}
	runs, err := history.Runs(ctx)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	var later []*RunSummary
	written := map[*RunSummary][]WrittenChange{}
	for i := range runs {
		r := &runs[i]
		ours := r.Digest == a.plan.Digest
		if r.Target != a.binding.Identity || !ours && (r.Start.Before(first) || r.Calls == 0) {
			continue
		}
		calls, outcomes, err := history.RunCalls(ctx, r.ID)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			a.opt.Log.Warn("what a run wrote cannot be told", "run", r.ID, "error", err)
			continue
		}
		if ours {
			recallWritten(gone, r, calls, outcomes)
			continue
		}
		later, written[r] = append(later, r), Written(calls, outcomes)
	}
	for _, r := range later {
		a.supersede(gone, r, written[r])
	}
	for id, ch := range gone {
		for _, need := range ch.Needs {
			if s, known := a.superseded[need]; known && s.what == deletedWords && ch.wrote {
				a.superseded[id] = s // it went with the record that it needs
			}
		}
		if s, known := a.superseded[id]; known && a.plan.createsAgain(ch.Change, s) {
			delete(a.written, id)
			delete(a.confirms, id)
		}
	}
	return nil
}

// goneChanges are the changes that an earlier apply of this plan may have written and that
// the target does not show, by id, and since when the first of them may have been.
func (a *applier) goneChanges(present *presentIndex) (gone map[string]*goneChange, first time.Time) {
	gone = map[string]*goneChange{}
	for i := range a.changes {
		ch := &a.changes[i]
		at, unanswered := a.earlier[ch.ID]
		unanswered = unanswered && !a.guessed[ch.ID] && !a.existed[ch.ID] && !a.cameBack(*ch, at)
		if a.written[ch.ID] {
			at = a.confirms[ch.ID]
		} else if !unanswered {
			continue
		}
		if status, _, _ := a.standing(present, *ch); status == Already {
			continue
		}
		g := &goneChange{Change: ch, since: at, wrote: a.written[ch.ID], records: map[string]bool{}}
		if ch.Target != "" {
			g.records[ch.Target] = true
		}
		if gone[ch.ID] = g; first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return gone, first
}

// recallWritten learns from an earlier apply of this plan what it found written, and where.
// What it found before the last call of a change says nothing of that.
func recallWritten(gone map[string]*goneChange, r *RunSummary, calls []CallRecord, outcomes map[string]Outcome) {
	carried := map[string]time.Time{}
	for _, c := range calls {
		for i := range c.Changes {
			if c.Verdict != nil && c.Verdict.At.After(carried[c.Changes[i].ID]) {
				carried[c.Changes[i].ID] = c.Verdict.At
			}
		}
	}
	for id, ch := range gone {
		o := outcomes[id]
		if !o.Status.Done() || r.Start.Before(ch.since) && carried[id].Before(ch.since) {
			continue
		}
		ch.wrote = true
		if o.Target != "" {
			ch.records[o.Target] = true
		}
	}
}

// supersede notes what of some changes a later run took back.
func (a *applier) supersede(gone map[string]*goneChange, r *RunSummary, written []WrittenChange) {
	byRecord, byKey := map[string][]*WrittenChange{}, map[Key][]*WrittenChange{}
	for i := range written {
		w := &written[i]
		if !w.Became.Status.Done() && w.Became.Status != Sent {
			continue
		}
		for _, id := range []string{w.Target, w.Became.Target} {
			if id != "" {
				byRecord[id] = append(byRecord[id], w)
			}
		}
		for _, k := range append([]Key{w.Key}, w.Keys...) {
			byKey[Key{k.Field, foldKey(k.Value)}] = append(byKey[Key{k.Field, foldKey(k.Value)}], w)
		}
	}
	for id, ch := range gone {
		if !ch.wrote || r.Start.Before(ch.since) {
			continue
		}
		var to []*WrittenChange
		for _, record := range slices.Sorted(maps.Keys(ch.records)) {
			to = append(to, byRecord[record]...)
		}
		// Records may share keys: only where no record is known, the key of the change tells.
		if len(ch.records) == 0 && ch.Key.Value != "" {
			to = byKey[Key{ch.Key.Field, foldKey(ch.Key.Value)}]
		}
		for _, w := range to {
			if what := tookBack(ch.Change, w); what != "" {
				a.superseded[id] = superseded{r, what, w.Became.Status == Verified || w.Became.Status == Already}
			}
		}
	}
}

// deletedWords say that a later apply deleted the record of a change.
const deletedWords = "deleted the record"

// tookBack says what a later change did to what a change wrote; "" when nothing.
func tookBack(ch *Change, w *WrittenChange) string {
	switch {
	case w.Action == Delete && ch.Action != Delete:
		return deletedWords
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

// takenBack is what took back what an earlier apply wrote of a change, but for what the
// plan knows of and writes again.
func (a *applier) takenBack(ch *Change) (s superseded, yes bool) {
	s, known := a.superseded[ch.ID]
	return s, known && !a.plan.createsAgain(ch, s)
}

// supersededWords say why a change that an earlier apply wrote is not there any more: a
// later apply took it back, or what it needs; "" where that is not known. What there is of
// a record that was created and written to since is for the verification to say.
func (a *applier) supersededWords(ch Change) (words string, verify bool) {
	s, known := a.takenBack(&ch)
	if !known {
		return "", false
	}
	next := "make a new plan"
	if !s.seen && s.what == deletedWords {
		next = a.newPlan(&ch)
	}
	return "an earlier apply of this plan wrote it, and " + s.String() + "; " + next, ch.Action == Create && s.what != deletedWords
}

// newPlan says what brings back what somebody took back. A plan that creates a record again
// has the digest of the one that created it, and is believed once that has settled; see
// cameBack.
func (a *applier) newPlan(ch *Change) string {
	last := a.confirms[ch.ID]
	if unanswered := a.earlier[ch.ID]; unanswered.After(last) {
		last = unanswered
	}
	settled := last.Add(a.opt.Settle)
	if ch.Action != Create || !settled.After(a.opt.Now()) {
		return "make a new plan"
	}
	// A plan tells the second in which it was made, and one of the same second does not count.
	return "make a new plan after " + settled.UTC().Truncate(time.Second).Add(time.Second).Format(time.RFC3339) + ": one made earlier cannot tell that from a list that lags behind"
}
