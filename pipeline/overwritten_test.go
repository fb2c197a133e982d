package pipeline_test

import (
	"context"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// timeless is a target whose log tells of every update, and when of some alone.
type timeless struct {
	*target
	at map[string]time.Time // by record; none: the log does not say
}

func (l *timeless) Testimony(context.Context, time.Time) (*pipeline.Testimony, error) {
	var t pipeline.Testimony
	for _, call := range l.calls {
		for _, ch := range call {
			shown := map[string]pipeline.Value{}
			for _, f := range ch.Fields {
				shown[f.Field] = f.After
			}
			t.Deeds = append(t.Deeds, pipeline.Deed{ID: "1", Action: ch.Action, Record: ch.Target, At: l.at[ch.Target], Shown: shown})
		}
	}
	return &t, nil
}

// Changes of which no log tells whether they took the place of another are those that
// were written: none that was refused, and also those whose entry has no time.
func TestUnheardAreWrittenChanges(t *testing.T) {
	desired := []row{person(1).with("phone", text("new")), person(2).with("phone", text("new")), person(3).with("phone", text("new"))}
	j := newJob(t, people(1, 3), desired)
	j.target.faults[2] = refuse
	if r := j.apply(t, j.plan(t)); r.Count()[pipeline.Refused] != 1 || r.Unheard != 2 {
		t.Errorf("without a log: %v, %d unheard, want 2", r.Count(), r.Unheard)
	}

	j = newJob(t, people(1, 3), desired)
	log := &timeless{j.target, map[string]time.Time{"t001": j.w.Now(), "t002": j.w.Now()}}
	opt := j.options()
	opt.Open = func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) { return log, nil }
	if r, err := pipeline.Apply(t.Context(), j.plan(t), opt); err != nil || r.Count()[pipeline.Verified] != 3 || r.Unheard != 1 {
		t.Errorf("with a log that says when of two: %v, %d unheard, want 1 (%v)", r.Count(), r.Unheard, err)
	}
}
