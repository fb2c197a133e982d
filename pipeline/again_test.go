package pipeline_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

// A plan that is applied again, whole or to resume, does not take what became of
// a record since for a form of the value that it wrote.
func TestApplyingAgainLearnsNothingFromLaterValues(t *testing.T) {
	for name, again := range map[string]func(*job, testing.TB, *pipeline.Plan) *pipeline.Result{"again": (*job).apply, "resumed": (*job).resume} {
		t.Run("edited by hand/"+name, func(t *testing.T) {
			j := newJob(t, nil, []row{person(1).with("phone", text("1"))})
			j.policy.Fields = map[string]pipeline.FieldPolicy{"phone": pipeline.ProtectEdits}
			p := j.plan(t)
			j.apply(t, p)
			j.target.edit(onlyRecord(t, j), "phone", text("by hand"))
			again(j, t, p)
			j.want(t, person(1).with("phone", text("2")))
			next := j.plan(t)
			if diff := cmp.Diff(map[string]string{"Person 01 <p01@example.com>": pipeline.CodeEditConflict}, blockedCodes(next)); diff != "" || len(next.Changes) != 0 {
				t.Errorf("the edit is not protected: changes %v, blocked (-want +got):\n%s", next.Changes, diff)
			}
		})
		t.Run("a later run/"+name, func(t *testing.T) {
			j := newJob(t, nil, []row{person(1).with("phone", text("1"))})
			p := j.plan(t)
			j.apply(t, p)
			j.want(t, person(1).with("phone", text("2")))
			j.apply(t, j.plan(t))
			again(j, t, p)
			entries, err := j.state.Entries(t.Context(), j.target.Identity())
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries[onlyRecord(t, j)] {
				if e.Field == "phone" && (!e.Sent.Equal(text("2")) || !e.Shown.Equal(text("2"))) {
					t.Errorf("the ledger says that %v was sent and %v shown, want 2 and 2", e.Sent, e.Shown)
				}
			}
			if len(entries[onlyRecord(t, j)]) == 0 {
				t.Error("the ledger is empty")
			}
		})
	}
}

// onlyRecord is the id of the only record of the target.
func onlyRecord(t testing.TB, j *job) string {
	t.Helper()
	for id := range j.target.records {
		if len(j.target.records) == 1 {
			return id
		}
	}
	t.Fatalf("the target has %d records, want 1", len(j.target.records))
	return ""
}

// A difference that comes back is written again, though its plan has the digest of
// one that was applied before.
func TestDifferenceThatComesBackIsWritten(t *testing.T) {
	j := newJob(t, nil, []row{person(1).with("phone", text("1"))})
	j.apply(t, j.plan(t))
	for _, phone := range []string{"2", "1", "2", "1", "2"} {
		j.w.advance(time.Hour)
		j.want(t, person(1).with("phone", text(phone)))
		p := j.plan(t)
		r := j.apply(t, p)
		if len(p.Changes) != 1 || r.Count()[pipeline.Verified] != 1 {
			t.Fatalf("phone %s: planned %q, outcomes %+v", phone, shown(p), r.Outcomes)
		}
	}
}

// A record that somebody deleted is created again, though its row has no id, so that
// the plan has the digest of the one that created it before; but not by that one.
func TestDeletedRecordIsCreatedAgain(t *testing.T) {
	j := newJob(t, nil, nil)
	j.source = &source{batches: []*pipeline.Batch{batchOf(t, schema, "fair", []string{""}, person(1).with("phone", text("1")))}, evidence: pipeline.Evidence{Grade: pipeline.Proven}}
	first := j.plan(t)
	for range 4 {
		p := j.plan(t)
		if r := j.apply(t, p); len(p.Changes) != 1 || p.Digest != first.Digest || r.Count()[pipeline.Verified] != 1 {
			t.Fatalf("planned %q, outcomes %+v", shown(p), r.Outcomes)
		}
		delete(j.target.records, onlyRecord(t, j))
		j.w.advance(time.Hour)
	}
	if r := j.apply(t, first); len(j.target.records) != 0 {
		t.Errorf("the first plan created the record again: %+v", r.Outcomes)
	}
}
