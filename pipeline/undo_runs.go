package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// undoneRun is a run that is taken back, with what it wrote.
type undoneRun struct {
	RunSummary
	calls   []CallRecord
	written []WrittenChange
	unseen  int // changes that it counts as written and that no call of it holds
}

// recallRuns reads what runs wrote. Those whose changes needed changes of others come
// last, so that it is known by then what becomes of the records that they belong to.
func recallRuns(ctx context.Context, runs []RunSummary, opt UndoOptions) ([]undoneRun, error) {
	list := make([]undoneRun, len(runs))
	for i, r := range runs {
		switch {
		case r.Damaged:
			return nil, fmt.Errorf("undo run %s: what is remembered of it is not as it was written, or calls of it are missing: reconkit state check says which, and reconkit state mend takes such rows out", r.ID)
		case r.Binding == nil && r.Status == RunMended:
			return nil, fmt.Errorf("undo run %s: how its target was reached is not remembered any more: reconkit state mend took out what was damaged", r.ID)
		case r.Binding == nil:
			return nil, fmt.Errorf("undo run %s: it is not remembered how its target was reached, since an older reconkit applied it, or the note of it is damaged: reconkit state check says which", r.ID)
		case r.JournalGone():
			return nil, fmt.Errorf("undo run %s: what it wrote is not remembered any more: state compact removed its journal", r.ID)
		}
		calls, outcomes, err := opt.State.RunCalls(ctx, r.ID)
		if err != nil {
			return nil, fmt.Errorf("undo run %s: %w", r.ID, err)
		}
		list[i] = undoneRun{RunSummary: r, calls: calls, written: Written(calls, outcomes)}
		for _, w := range list[i].written {
			delete(outcomes, w.ID)
		}
		for _, o := range outcomes {
			if o.Status == Verified || o.Status == Unverified {
				list[i].unseen++
			}
		}
	}
	needy := func(r undoneRun) int {
		if slices.ContainsFunc(r.written, func(w WrittenChange) bool { return len(w.Needs) > 0 }) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b undoneRun) int { return needy(a) - needy(b) })
	return list, nil
}

// lookBeside looks at what applies that are not undone wrote, by the same plans, to
// records that the undo deletes: what others did to that since keeps the record, and so
// does what is not remembered.
func lookBeside(ctx context.Context, all, undone []RunSummary, unmade map[string]*unmadeRecord, opt UndoOptions) error {
	for _, other := range all {
		if len(RunsOf(undone, other.ID)) > 0 || !ofUnmade(other, unmade) {
			continue
		}
		runs, err := recallRuns(ctx, []RunSummary{other}, opt)
		if err != nil {
			for _, of := range unmade {
				if of.digest == other.Digest || other.Digest == "" {
					of.since = append(of.since, "nobody knows what apply "+ApplyOf(other.ID)+" wrote to it, of which not all is remembered")
				}
			}
			continue
		}
		r := runs[0]
		if !slices.ContainsFunc(r.written, func(w WrittenChange) bool { return len(w.Needs) > 0 && unmade[w.Needs[0]] != nil }) {
			continue
		}
		u, err := undoerOf(ctx, r, unmade, opt)
		if err != nil {
			return fmt.Errorf("look at run %s, which wrote to records that this undo deletes: %w", r.ID, err)
		}
		for i := range r.written {
			u.beside(&r.written[i])
		}
	}
	return nil
}

// ofUnmade reports whether a run wrote by the plan of a record that an undo deletes, as
// far as can be told.
func ofUnmade(r RunSummary, unmade map[string]*unmadeRecord) bool {
	if r.Calls == 0 && !r.Kept && !r.JournalGone() && !r.Damaged {
		return false
	}
	for _, of := range unmade {
		if of.digest == r.Digest || r.Digest == "" {
			return true
		}
	}
	return false
}

// beside notes what others did since to what belongs to a record that the undo deletes.
func (u *undoer) beside(w *WrittenChange) {
	r, found := u.updatedRecord(w)
	if w.Action != Update || !found {
		return
	}
	if of := u.unmadeWith(w, r); of != nil {
		_, since, _ := u.compared(w, r)
		of.since = append(of.since, since...)
	}
}

// otherRuns says which other applies wrote a part of the same plan.
func (p *Plan) otherRuns(all []RunSummary, r RunSummary, undone []RunSummary) {
	for _, other := range all {
		if other.Digest == r.Digest && other.Target == r.Target && other.Calls > 0 && len(RunsOf(undone, other.ID)) == 0 {
			p.Findings = append(p.Findings, diag.Finding{Severity: diag.Note, Code: "other-run",
				Message: "apply " + ApplyOf(other.ID) + " wrote another part of the same plan, and is not undone here", Hint: "undo it, too"})
		}
	}
}

// within says of a limit that stopped an undo whose it is, and how to set another.
func (u *undoer) within(err error, given map[string]Limit) error {
	var over *LimitError
	if !errors.As(err, &over) {
		return err
	}
	name := strings.TrimPrefix(over.Finding.Code, limitCode)
	counts := u.out.Counts
	n := map[string]int{"create": counts.Create, "update": counts.Update, "delete": counts.Delete, "blank": counts.Blank}[name]
	whose := "under which the run was applied"
	if _, set := given[name]; set {
		whose = "of --limit"
	}
	f := over.Finding
	f.Message = fmt.Sprintf("model %s: the undo would %s %d, more than the limit of %s %s (the target has %d records)", u.Binding.Model.Name, name, n,
		u.Binding.Policy.Limits[name], whose, u.Present.Records.Len())
	f.Hint = fmt.Sprintf("look at the plan; if it is right, make it with --limit %s=%d; what the pipeline says by now is of no effect", name, n)
	return &LimitError{f}
}
