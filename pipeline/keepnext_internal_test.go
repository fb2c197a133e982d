package pipeline

import (
	"slices"
	"strconv"
	"testing"
)

// TestKeepNext keeps every choice of some changes: what is kept is right, and the list that it was
// chosen from stays as it was, also when something is added behind what is kept.
func TestKeepNext(t *testing.T) {
	const n = 6
	for choice := range 1 << n {
		all := make([]Change, n, n+1)
		for i := range all {
			all[i].ID = strconv.Itoa(i)
		}
		var kept []Change
		var want []string
		for i := range all {
			if choice&(1<<i) != 0 {
				kept, want = keepNext(kept, all, i), append(want, all[i].ID)
			}
		}
		kept, want = append(kept, Change{ID: "added"}), append(want, "added")
		got := make([]string, len(kept))
		for i := range kept {
			got[i] = kept[i].ID
		}
		if !slices.Equal(got, want) {
			t.Errorf("of choice %b are kept %v, want %v", choice, got, want)
		}
		for i := range all[:cap(all)] {
			if id := all[:cap(all)][i].ID; i < n && id != strconv.Itoa(i) || i == n && id != "" {
				t.Errorf("choice %b made change %d to %q", choice, i, id)
			}
		}
	}
}

// TestMadeRecordsLeaveThePlan tells an update the id of the record that the plan made for it: the
// plan, which may be applied again, stays as it is.
func TestMadeRecordsLeaveThePlan(t *testing.T) {
	p := &Plan{Header: Header{Bindings: []PlanBinding{{}}}, Changes: []Change{{ID: "made", Action: Create}, {ID: "badge", Action: Update, Needs: []string{"made"}}}}
	r := &Result{Outcomes: []Outcome{{Change: "made", Status: Verified, Target: "7"}, {Change: "badge", Status: Pending}}}
	a := newApplier(p, 0, nil, r, ApplyOptions{})
	if a.recallMade(); a.changes[1].Target != "7" {
		t.Errorf("the update is of record %q, want 7", a.changes[1].Target)
	}
	if p.Changes[1].Target != "" {
		t.Errorf("the plan names record %q now", p.Changes[1].Target)
	}
}
