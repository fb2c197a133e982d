package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// undoneRun is a run that is taken back, with what it wrote.
type undoneRun struct {
	RunSummary
	calls    []CallRecord
	written  []WrittenChange
	uncalled int // changes that it counts as written and that no call of it holds
}

// recallRuns reads what runs wrote.
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
			if o.Status == Verified || o.Status == Unverified || o.Status == Unseen {
				list[i].uncalled++
			}
		}
	}
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

// byNeeds are the places of undoers in the order in which they are carried out: those first
// of whose changes others need some, such as the deletion of what hangs on a record, and
// else as they are.
func byNeeds(undoers []*undoer) (order []int) {
	of := map[string]int{} // the undoer of each change
	for i, u := range undoers {
		for k := range u.out.Changes {
			of[u.out.Changes[k].ID] = i
		}
	}
	var place func(i int)
	placed := make([]bool, len(undoers))
	place = func(i int) {
		if placed[i] {
			return
		}
		placed[i] = true
		for k := range undoers[i].out.Changes {
			for _, id := range undoers[i].out.Changes[k].Needs {
				if j, known := of[id]; known {
					place(j)
				}
			}
		}
		order = append(order, i)
	}
	for i := range undoers {
		place(i)
	}
	return order
}
