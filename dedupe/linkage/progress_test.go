package linkage_test

import (
	"slices"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
)

// Whoever wants to know is told of every stage in its order, one call at a time,
// and that all pairs of a stage are done when the next begins.
func TestProgress(t *testing.T) {
	rows, _ := crowd(3000)
	var stages []string
	var last pipeline.Step
	calls := 0 // written without a lock: the race detector watches
	run(t, linkage.Config{Workers: 4, Progress: func(s pipeline.Step) {
		calls++
		if s.What != last.What {
			if last.Done != last.Total {
				t.Errorf("%s ends at %d of %d", last.What, last.Done, last.Total)
			}
			stages = append(stages, s.What)
		} else if s.Done < last.Done || s.Done > s.Total {
			t.Errorf("%s goes from %d to %d of %d", s.What, last.Done, s.Done, s.Total)
		}
		last = s
	}}, rows)
	want := []string{linkage.StageRead, linkage.StageBlock, linkage.StageCompare, linkage.StageWeigh, linkage.StageCluster}
	if !slices.Equal(stages, want) {
		t.Errorf("stages %q, want %q", stages, want)
	}
	if calls <= len(want) {
		t.Errorf("%d calls tell of no pairs", calls)
	}
}
