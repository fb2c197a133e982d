package pipeline_test

import (
	"testing"

	"github.com/reconkit/reconkit/pipeline"
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
