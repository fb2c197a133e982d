package pipeline_test

import (
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// wantByEmail makes the source hold one row whose key is an e-mail; the number is its id alone.
func (j *job) wantByEmail(t testing.TB, id, email string) {
	t.Helper()
	r := row{"email": text(email), "name": text("Person " + id)}
	j.source = &source{batches: []*pipeline.Batch{batchOf(t, schema, "fair", []string{id}, r)}, evidence: pipeline.Evidence{Grade: pipeline.Proven}}
}

func TestAnOlderPlanDoesNotCreateWhatANewerOneMade(t *testing.T) {
	j := newJob(t, nil, nil)
	j.wantByEmail(t, "7", "old@example.com")
	older := j.plan(t)
	j.wantByEmail(t, "7", "new@example.com")
	j.apply(t, j.plan(t))
	r := j.apply(t, older)
	o := r.Outcomes[0]
	if o.Status != pipeline.Drifted || o.Target != "t001" || !strings.Contains(o.Message, "row fair:7 became record t001 since this plan was made") {
		t.Errorf("the older plan: got %+v", o)
	}
	if got := j.target.content(); len(got) != 1 || !strings.Contains(got[0], "new@example.com") {
		t.Errorf("the target: got %q", got)
	}
}

func TestAPlanMayCreateAgainWhatItKnewToBeGone(t *testing.T) {
	j := newJob(t, nil, nil)
	j.wantByEmail(t, "7", "p@example.com")
	j.apply(t, j.plan(t))
	delete(j.target.records, "t001")
	late := j.plan(t)
	j.wantByEmail(t, "7", "changed@example.com")
	if r := j.apply(t, j.plan(t)); r.Outcomes[0].Status != pipeline.Verified {
		t.Fatalf("a record that is gone was not created again: %+v", r.Outcomes[0])
	}
	if r := j.apply(t, late); r.Outcomes[0].Status != pipeline.Drifted || r.Outcomes[0].Target != "t002" {
		t.Errorf("another plan has created it again in between: %+v", r.Outcomes[0])
	}
	delete(j.target.records, "t002")
	j.wantByEmail(t, "7", "p@example.com")
	if r := j.apply(t, j.plan(t)); r.Outcomes[0].Status != pipeline.Verified {
		t.Errorf("the same contact is gone once more and was not created: %+v", r.Outcomes[0])
	}
}

// What a row became by the newest plan that was applied, it stays, when an older plan is
// applied that found it to be another record.
func TestAnOlderPlanDoesNotTakeARowBack(t *testing.T) {
	noted := func(n int) row { return person(n).with("note", text("of the row")) }
	t.Run("without changes", func(t *testing.T) { takeNoRowBack(t, 0, noted(1), noted(2)) })
	t.Run("with changes", func(t *testing.T) { takeNoRowBack(t, 1, person(1), person(2)) })
}

// takeNoRowBack applies plans of one row that is one record, and then another one, out of order.
func takeNoRowBack(t *testing.T, changes int, existing ...row) {
	k := newKept(t, existing, nil)
	became := func() string {
		links, err := k.store.Links(t.Context(), k.target.Identity())
		must(t, err)
		return links[pipeline.RowKey{Source: "fair", ID: "7"}]
	}
	planned := func(n int) *pipeline.Plan {
		r := person(n).with("note", text("of the row"))
		delete(r, "number")
		k.source = &source{batches: []*pipeline.Batch{batchOf(t, schema, "fair", []string{"7"}, r)}, evidence: pipeline.Evidence{Grade: pipeline.Proven}}
		p := k.plan(t)
		k.w.advance(time.Minute)
		return p
	}
	older, newer := planned(1), planned(2)
	for i, c := range []struct {
		plan *pipeline.Plan
		want string
	}{{older, "t001"}, {newer, "t002"}, {older, "t002"}, {newer, "t002"}} {
		if len(c.plan.Changes) != changes {
			t.Fatalf("changes %+v", c.plan.Changes)
		}
		k.run(t, c.plan)
		k.w.advance(time.Minute)
		if got := became(); got != c.want {
			t.Errorf("apply %d: the row became %q, want %q", i+1, got, c.want)
		}
	}
}
