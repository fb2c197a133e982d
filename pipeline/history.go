package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// keepOutcomes remembers what became of each change of the binding, where the
// memory keeps a history.
func (a *applier) keepOutcomes(ctx context.Context, run string) error {
	history, ok := a.opt.State.(History)
	if !ok {
		return nil
	}
	outcomes := make([]Outcome, len(a.changes))
	for i, ch := range a.changes {
		outcomes[i] = a.result.Outcomes[a.at[ch.ID]]
	}
	if err := history.KeepOutcomes(ctx, run, outcomes); err != nil {
		return fmt.Errorf("remember what became of run %s: %w", run, err)
	}
	return nil
}

// withoutLinks is the binding as a run remembers it: how to reach the target, and
// under which policy it was written to.
func (b PlanBinding) withoutLinks() *PlanBinding {
	b.Links = nil
	return &b
}

// RunDone is the status of a run that came to the end of all of its changes.
const RunDone = "done"

// RunCompacted is the status of a run that did not come to its end, and whose calls
// were removed to make room.
const RunCompacted = "compacted"

// RunMended is the status of a run of which only its calls are left, since the row of it
// was damaged and taken out.
const RunMended = "mended"

// JournalGone reports whether a run wrote something of which the journal no longer
// tells, since it was compacted.
func (r *RunSummary) JournalGone() bool {
	return r.Calls == 0 && !r.Kept && (r.Status == RunCompacted || r.Wrote())
}

// Wrote reports whether a run counts changes that were sent, by it or by an earlier
// apply of its plan that it went on with.
func (r *RunSummary) Wrote() bool {
	return r.Counts[Verified]+r.Counts[Unverified]+r.Counts[Unseen]+r.Counts[Sent]+r.Counts[Unknown]+r.Counts[Refused] > 0
}

// ApplyOf is the name of the apply that a run is a part of: the run about one
// model and target has the name of the apply before its first slash.
func ApplyOf(run string) string {
	name, _, _ := strings.Cut(run, "/")
	return name
}

// RunsOf returns the runs of an apply, or the one run of that id, in their order.
func RunsOf(all []RunSummary, name string) []RunSummary {
	var runs []RunSummary
	for _, r := range all {
		if r.ID == name || ApplyOf(r.ID) == name {
			runs = append(runs, r)
		}
	}
	return runs
}

// WrittenChange is a change of a run that may have been written, with what is
// known of it.
type WrittenChange struct {
	Change
	Became Outcome
	// Unanswered says that no call that carried it got an answer.
	Unanswered bool
}

// Written returns the changes of some calls that may have been written, each once
// and in order: not those that were refused, found there, or never left. The outcome is the last
// that is known, of the verification or of the call.
func Written(calls []CallRecord, outcomes map[string]Outcome) []WrittenChange {
	at := map[string]int{}
	var list []WrittenChange
	for _, c := range calls {
		for i, ch := range c.Changes {
			o := Outcome{Change: ch.ID, Status: Unknown}
			if c.Verdict != nil {
				o = c.Verdict.Outcomes[i]
			}
			unanswered := o.Open()
			if o.Status != Sent && !unanswered {
				continue
			}
			if last, known := outcomes[ch.ID]; known {
				if last.Target == "" {
					last.Target = o.Target
				}
				o = last
			}
			if k, twice := at[ch.ID]; twice {
				list[k].Became, list[k].Unanswered = o, list[k].Unanswered && unanswered
				continue
			}
			at[ch.ID] = len(list)
			list = append(list, WrittenChange{ch, o, unanswered})
		}
	}
	return list
}

// UnwrittenChange is a change of a plan that a run did not write, and why.
type UnwrittenChange struct {
	Outcome
	Label string `json:"label,omitempty"` // of its record, where a call carried it; the journal has no others
}

// Unwritten returns what became of the changes that some calls did not write: those that
// were refused, drifted or blocked, that waited, or that were found there. They come by
// status and id.
func Unwritten(calls []CallRecord, outcomes map[string]Outcome) []UnwrittenChange {
	labels, written := map[string]string{}, map[string]bool{}
	for _, c := range calls {
		for i := range c.Changes {
			labels[c.Changes[i].ID] = c.Changes[i].Label
		}
	}
	for _, w := range Written(calls, outcomes) {
		written[w.ID] = true
	}
	var list []UnwrittenChange
	for id, o := range outcomes {
		if !written[id] {
			list = append(list, UnwrittenChange{o, labels[id]})
		}
	}
	slices.SortFunc(list, func(a, b UnwrittenChange) int {
		return cmp.Or(cmp.Compare(a.Status, b.Status), cmp.Compare(a.Change, b.Change))
	})
	return list
}
