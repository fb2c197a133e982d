package pipeline_test

import (
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// damaged is a memory that says what of it is damaged.
type damaged struct {
	*memory
	damage pipeline.Damage
}

func (d damaged) Damage(string) pipeline.Damage { return d.damage }

// TestDeleteLooksAtTheMemoryAgain damages what is remembered between plan and apply.
func TestDeleteLooksAtTheMemoryAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		damage pipeline.Damage
		by     string // who created the record by now; "": not known
		want   pipeline.Status
	}{
		"nothing":             {pipeline.Damage{}, "p", pipeline.Verified},
		"who created it":      {pipeline.Damage{Created: 1}, "", pipeline.Blocked},
		"it was taken out":    {pipeline.Damage{}, "", pipeline.Blocked},
		"who created another": {pipeline.Damage{Created: 1}, "p", pipeline.Verified},
		"another pipeline":    {pipeline.Damage{}, "q", pipeline.Blocked},
		"the link of a row":   {pipeline.Damage{Links: []pipeline.PipelineRow{{RowKey: pipeline.RowKey{Source: "fair", ID: "N01"}}}}, "p", pipeline.Blocked},
		"a link of nobody":    {pipeline.Damage{Strange: 1}, "p", pipeline.Blocked},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, nil, []row{person(1), person(2)})
			j.policy.OnMissing = pipeline.DeleteMissing
			j.apply(t, j.plan(t))
			j.want(t, person(2))
			p := j.plan(t)
			if len(p.Changes) != 1 || p.Changes[0].Action != pipeline.Delete {
				t.Fatalf("planned: %+v", p.Changes)
			}
			made := j.state.created[j.target.Identity()]
			if made[p.Changes[0].Target] = tt.by; tt.by == "" {
				delete(made, p.Changes[0].Target)
			}
			opt := j.options()
			opt.State = damaged{j.state, tt.damage}
			r, err := pipeline.Apply(t.Context(), p, opt)
			must(t, err)
			if o := r.Outcomes[0]; o.Status != tt.want {
				t.Errorf("the delete is %s (%s), want %s", o.Status, o.Message, tt.want)
			}
		})
	}
}
