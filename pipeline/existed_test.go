package pipeline_test

import (
	"slices"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// An undo takes no create for the run's that found its record there, unless another call of
// the run may have made it.
func TestWhatACallFoundThereIsNotWritten(t *testing.T) {
	call := func(seq int, o pipeline.Outcome) pipeline.CallRecord {
		o.Change = "c"
		return pipeline.CallRecord{Call: pipeline.Call{Seq: seq, Changes: []pipeline.Change{{ID: "c", Action: pipeline.Create}}}, Verdict: &pipeline.Verdict{Seq: seq, Outcomes: []pipeline.Outcome{o}}}
	}
	lost, found := call(1, pipeline.Outcome{Status: pipeline.Unknown}), call(2, pipeline.Outcome{Status: pipeline.Unknown, Existed: true})
	for name, tt := range map[string]struct {
		calls []pipeline.CallRecord
		want  int
	}{
		"found there":               {[]pipeline.CallRecord{found}, 0},
		"lost":                      {[]pipeline.CallRecord{lost}, 1},
		"lost and then found there": {[]pipeline.CallRecord{lost, found}, 1},
	} {
		if got := pipeline.Written(tt.calls, map[string]pipeline.Outcome{"c": {Change: "c", Status: pipeline.Already, Target: "7"}}); len(got) != tt.want {
			t.Errorf("%s: %d changes, want %d", name, len(got), tt.want)
		}
	}
}

// Two plans create one record, each with rows of its own beside it, and the call of the
// first finds the record there: it got an answer, so that no plan made after it is warned,
// and the record is not ours by the second plan either.
func TestWhatAnotherPlanFoundThereIsNotOurs(t *testing.T) {
	k := newKept(t, []row{person(8), person(9)}, []row{person(1), person(8), person(9)})
	k.policy.OnMissing = pipeline.DeleteMissing
	first := k.plan(t)
	k.want(t, person(1), person(2), person(8), person(9))
	second := k.plan(t)
	if first.Digest == second.Digest || !slices.ContainsFunc(second.Changes, func(c pipeline.Change) bool { return c.ID == first.Changes[0].ID }) {
		t.Fatal("the plans are no two that hold one change: nothing was tried")
	}
	k.target.faults[1] = found
	if r, _ := k.resumed(t, first); r.Outcomes[0].Status != pipeline.Already {
		t.Fatalf("the first plan: %+v", r.Outcomes)
	}
	if i := slices.IndexFunc(k.plan(t).Findings, func(f diag.Finding) bool { return f.Code == "open-call" }); i >= 0 {
		t.Error("a plan warns of a call that got its answer")
	}
	if r, waited := k.resumed(t, second); r.Count()[pipeline.Already] != 1 || r.Count()[pipeline.Verified] != 1 || waited > 0 {
		t.Errorf("the second plan, after %s: %+v", waited, r.Outcomes)
	}
	k.want(t, person(8), person(9))
	var deleted []string
	for _, ch := range k.plan(t).Changes {
		if ch.Action == pipeline.Delete {
			deleted = append(deleted, k.target.records[ch.Target].get("number").Str())
		}
	}
	if want := []string{person(2).get("number").Str()}; !slices.Equal(deleted, want) {
		t.Errorf("the next plan deletes %q, want %q: the other was created by somebody else", deleted, want)
	}
}
