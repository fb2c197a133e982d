package pipeline_test

import (
	"slices"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// harmed is a memory of which something is damaged.
type harmed struct {
	*memory
	damage pipeline.Damage
}

func (m harmed) Damage(string) pipeline.Damage { return m.damage }

func (m harmed) plan(t *testing.T, j *job) *pipeline.Plan {
	t.Helper()
	p, err := j.pipeline().Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: m, Ledger: m})
	must(t, err)
	return p
}

// TestADamagedLinkHoldsTheRowsOfItsPipeline has two pipelines whose sources have the same
// names, and rows the same ids.
func TestADamagedLinkHoldsTheRowsOfItsPipeline(t *testing.T) {
	j := newJob(t, nil, []row{person(1), person(2)})
	whole := harmed{j.state, pipeline.Damage{}}.plan(t, j)
	if len(whole.Changes) != 2 {
		t.Fatalf("planned %q", shown(whole))
	}
	first := whole.Changes[0].Rows[0]
	for _, tt := range []struct {
		name, pipeline  string
		blocked, create int
	}{{"of this one", "p", 1, 1}, {"of nobody knows which", "", 1, 1}, {"of another one", "q", 0, 2}} {
		t.Run(tt.name, func(t *testing.T) {
			damage := pipeline.Damage{Links: []pipeline.PipelineRow{{Pipeline: tt.pipeline, RowKey: pipeline.RowKey{Source: first.Source, ID: first.ID}}}}
			p := harmed{j.state, damage}.plan(t, j)
			if len(p.Blocked) != tt.blocked || len(p.Changes) != tt.create {
				t.Errorf("planned %q, blocked %v", shown(p), p.Blocked)
			}
			for _, b := range p.Blocked {
				if b.Code != pipeline.CodeMemoryDamaged {
					t.Errorf("blocked for %s", b.Code)
				}
			}
			// What was planned before the damage is held in the same way.
			again := newJob(t, nil, []row{person(1), person(2)})
			opt := again.options()
			opt.State = harmed{again.state, damage}
			r, err := pipeline.Apply(t.Context(), again.plan(t), opt)
			must(t, err)
			held := slices.DeleteFunc(slices.Clone(r.Outcomes), func(o pipeline.Outcome) bool { return o.Status != pipeline.Blocked })
			if len(held) != tt.blocked {
				t.Errorf("of the older plan %v are blocked, want %d", held, tt.blocked)
			}
		})
	}
}

// TestADamagedDeclineHoldsWhatMayBeDeclined loses what a person said no to.
func TestADamagedDeclineHoldsWhatMayBeDeclined(t *testing.T) {
	tests := []struct {
		name   string
		say    func(*pipeline.ApplyOptions, *pipeline.Plan)
		status pipeline.Status
	}{
		{"nobody says anything", func(*pipeline.ApplyOptions, *pipeline.Plan) {}, pipeline.Blocked},
		{"a person agrees to all", func(o *pipeline.ApplyOptions, _ *pipeline.Plan) { o.Approved = true }, pipeline.Verified},
		{"a person accepts it", func(o *pipeline.ApplyOptions, p *pipeline.Plan) {
			o.Approvals = p.Undecided()
			o.Approvals.Rest = yes()
		}, pipeline.Verified},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := newJob(t, nil, []row{person(1)})
			m := harmed{j.state, pipeline.Damage{Declines: 1}}
			p := m.plan(t, j)
			opt := j.options()
			opt.State = m
			tt.say(&opt, p)
			r, err := pipeline.Apply(t.Context(), p, opt)
			must(t, err)
			if len(r.Outcomes) != 1 || r.Outcomes[0].Status != tt.status {
				t.Errorf("became %+v, want %s", r.Outcomes, tt.status)
			}
		})
	}
}
