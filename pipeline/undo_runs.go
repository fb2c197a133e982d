package pipeline

import (
	"context"
	"fmt"
	"slices"

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

// otherRuns says which other applies wrote a part of the same plan.
func (p *Plan) otherRuns(all []RunSummary, r RunSummary, undone []RunSummary) {
	for _, other := range all {
		if other.Digest == r.Digest && other.Target == r.Target && other.Calls > 0 && len(RunsOf(undone, other.ID)) == 0 {
			p.Findings = append(p.Findings, diag.Finding{Severity: diag.Note, Code: "other-run",
				Message: "apply " + ApplyOf(other.ID) + " wrote another part of the same plan, and is not undone here", Hint: "undo it, too"})
		}
	}
}
