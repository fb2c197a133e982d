package pipeline_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// TestOpenCallOfAnotherPlan loses the answer of one plan, applies another one of the same
// row at once, and has the target carry out the first call late.
func TestOpenCallOfAnotherPlan(t *testing.T) {
	other := person(1).with("email", text("new@example.com")).with("number", text("N01"))
	for name, tt := range map[string]struct{ before, first, second []row }{
		"an update":           {[]row{person(1)}, []row{person(1).with("note", text("a"))}, []row{person(1).with("note", text("b"))}},
		"a create":            {nil, []row{person(1)}, []row{person(1).with("note", text("b"))}},
		"a create, other key": {nil, []row{person(1)}, []row{other}},
	} {
		for _, waits := range []bool{false, true} {
			j := newJob(t, tt.before, tt.first)
			j.target.faults[1] = late
			j.apply(t, j.plan(t))
			j.want(t, append(tt.second, person(3))...)
			p := j.plan(t)
			if !slices.ContainsFunc(p.Findings, func(f diag.Finding) bool { return f.Code == "open-call" }) {
				t.Errorf("%s: the plan says only %v", name, p.Findings)
			}
			opt := j.options()
			if waits {
				opt.Wait = func(_ context.Context, d time.Duration) error { j.w.advance(max(d, 0)); return nil }
			}
			r, err := pipeline.Apply(t.Context(), p, opt)
			must(t, err)
			want := pipeline.Unknown
			if waits {
				want = pipeline.Drifted
			}
			for i, ch := range p.Changes {
				got := r.Outcomes[i].Status
				if first := ch.Rows[0].ID == "N01"; first && got != want || !first && !got.Done() {
					t.Errorf("%s, waiting %t: %s is %s, %s", name, waits, ch.Label, got, r.Outcomes[i].Message)
				}
			}
			j.w.advance(2 * pipeline.SettleDefault)
			j.target.content() // the late call is carried out
			last := j.plan(t)
			for i, o := range j.apply(t, last).Outcomes {
				if !o.Status.Done() {
					t.Errorf("%s: afterwards, %s is %s, %s", name, last.Changes[i].Label, o.Status, o.Message)
				}
			}
			if got := j.target.content(); len(got) != 2 {
				t.Errorf("%s: the target holds %q", name, got)
			}
		}
	}
}

// TestCallOfWhichNobodyKnowsWhatItSent stands in the journal of another plan: it may have
// been about any record, and is waited for.
func TestCallOfWhichNobodyKnowsWhatItSent(t *testing.T) {
	for name, tt := range map[string]struct {
		lost          bool
		over          time.Duration // ago; negative: nobody knows
		told, settled bool
	}{
		"it cannot be read":                   {true, -1, true, false},
		"it cannot be read, and just ended":   {true, time.Minute, true, false},
		"it was taken out, and had no answer": {false, -1, true, true}, // the lease of its process has run out
		"it was taken out, and just ended":    {false, time.Minute, true, false},
		"it was taken out, and ended before":  {false, time.Hour, false, true},
	} {
		for _, waits := range []bool{false, true} {
			j := newJob(t, []row{person(1)}, []row{person(1).with("note", text("a")), person(2)})
			c := pipeline.CallRecord{Call: pipeline.Call{Run: "x", Seq: 1, Target: j.target.Identity(), Digest: "other", Route: pipeline.RouteForgotten, At: j.w.Now().Add(-2 * time.Hour)}, Lost: tt.lost}
			switch {
			case tt.lost && tt.over < 0:
				c.At = time.Time{}
			case tt.lost:
				c.At = j.w.Now().Add(-tt.over)
			case tt.over >= 0:
				c.Verdict = &pipeline.Verdict{Run: "x", Seq: 1, At: j.w.Now().Add(-tt.over)}
			}
			j.state.calls = append(j.state.calls, c)
			p := j.plan(t)
			if told := slices.ContainsFunc(p.Findings, func(f diag.Finding) bool { return f.Code == "open-call" }); told != tt.told {
				t.Errorf("%s: the plan says %v", name, p.Findings)
			}
			opt := j.options()
			if waits {
				opt.Wait = func(_ context.Context, d time.Duration) error { j.w.advance(max(d, 0)); return nil }
			}
			r, err := pipeline.Apply(t.Context(), p, opt)
			must(t, err)
			for i, o := range r.Outcomes {
				if done := tt.settled || waits; o.Status.Done() != done || !done && o.Status != pipeline.Unknown {
					t.Errorf("%s, waiting %t: %s is %s, %s", name, waits, p.Changes[i].Label, o.Status, o.Message)
				}
			}
		}
	}
}
