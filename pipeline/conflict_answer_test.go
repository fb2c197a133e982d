package pipeline_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

// clashing is a record whose note both sides changed since it was written.
func clashing(t *testing.T, theirs, ours pipeline.Value) *kept {
	t.Helper()
	k := newKept(t, []row{person(1).with("note", text("before"))}, []row{person(1).with("note", text("before"))})
	k.policy.Fields = map[string]pipeline.FieldPolicy{"note": pipeline.ProtectEdits}
	must(t, k.store.SaveEntries(t.Context(), k.target.Identity(), []pipeline.LedgerEntry{{Record: "t001", Field: "note", Sent: text("before"), Shown: text("before"), At: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)}}))
	k.target.edit("t001", "note", theirs)
	k.want(t, person(1).with("note", ours))
	return k
}

// remembering is a plan that knows what was declined.
func (k *kept) remembering(t *testing.T) *pipeline.Plan {
	t.Helper()
	p, err := k.pipeline().Plan(t.Context(), pipeline.Options{Now: k.w.Now(), Links: k.store, Ledger: k.store, Declines: k.store.(pipeline.Declines)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// answer fills in the only conflict of a plan and applies it.
func (k *kept) answer(t *testing.T, p *pipeline.Plan, take string) {
	t.Helper()
	said := p.Undecided()
	if len(said.Conflicts) != 1 {
		t.Fatalf("%d conflicts are asked about, want 1; blocked: %+v", len(said.Conflicts), p.Blocked)
	}
	said.Conflicts[0].Take = &take
	if _, err := k.applyWith(t, p, func(o *pipeline.ApplyOptions) { o.Approvals = said }); err != nil {
		t.Fatal(err)
	}
}

func TestConflictsAreAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		theirs, ours, then pipeline.Value
		take               string
		changes            int
	}{
		"ours":                     {text("theirs"), text("ours"), text("ours"), pipeline.TakeOurs, 1},
		"theirs":                   {text("theirs"), text("ours"), text("theirs"), pipeline.TakeTheirs, 0},
		"ours, which is nothing":   {text("theirs"), pipeline.Erase(), pipeline.Null(), pipeline.TakeOurs, 1},
		"theirs, which is nothing": {pipeline.Null(), text("ours"), pipeline.Null(), pipeline.TakeTheirs, 0},
	} {
		t.Run(name, func(t *testing.T) {
			k := clashing(t, c.theirs, c.ours)
			k.answer(t, k.remembering(t), c.take)
			if got := k.target.records["t001"].get("note"); !got.Equal(c.theirs) {
				t.Fatalf("answering wrote %v already", got)
			}
			next := k.remembering(t)
			if len(next.Blocked) != 0 || len(next.Changes) != c.changes {
				t.Fatalf("answered %s: changes %q, blocked %+v", c.take, shown(next), next.Blocked)
			}
			if c.changes > 0 && !slices.Contains(next.Changes[0].Labels, pipeline.LabelOverrides) {
				t.Errorf("that an edit is written over is not said: %v", next.Changes[0].Labels)
			}
			k.run(t, next)
			if got := k.target.records["t001"].get("note"); !got.Equal(c.then) {
				t.Errorf("the target has %v, want %v", got, c.then)
			}
			if last := k.remembering(t); len(last.Changes)+len(last.Blocked) != 0 {
				t.Errorf("it is not at rest: changes %q, blocked %+v", shown(last), last.Blocked)
			}
		})
	}
}

// A record whose rows are gone and that somebody worked on is deleted, or stays, as a
// person says; with another edit it is asked again.
func TestDeletionOfAnEditedRecordIsAnswered(t *testing.T) {
	for take, left := range map[string]int{pipeline.TakeOurs: 1, pipeline.TakeTheirs: 2} {
		t.Run(take, func(t *testing.T) {
			k := newKept(t, nil, people(1, 2))
			k.policy.OnMissing = pipeline.DeleteMissing
			k.run(t, k.remembering(t))
			k.target.edit("t001", "note", text("by hand"))
			k.want(t, person(2))
			p := k.remembering(t)
			if len(p.Blocked) != 1 || len(p.Blocked[0].Conflicts) != 1 || p.Blocked[0].Conflicts[0].Field != pipeline.ConflictRecord {
				t.Fatalf("blocked %+v", p.Blocked)
			}
			k.answer(t, p, take)
			k.target.edit("t001", "note", text("by another hand"))
			if next := k.remembering(t); len(next.Changes) != 0 || len(next.Blocked) != 1 {
				t.Errorf("an answer about another edit is taken: changes %q, blocked %+v", shown(next), next.Blocked)
			}
			k.target.edit("t001", "note", text("by hand"))
			next := k.remembering(t)
			if len(next.Blocked) != 0 || next.Total().Delete != 2-left {
				t.Errorf("answered %s: changes %q, blocked %+v", take, shown(next), next.Blocked)
			}
			if take == pipeline.TakeOurs && !slices.Contains(next.Changes[0].Labels, pipeline.LabelOverrides) {
				t.Errorf("that an edit is lost is not said: %v", next.Changes[0].Labels)
			}
			if take == pipeline.TakeTheirs && !strings.Contains(findingOf(next, "edit-protected"), "a person said so") {
				t.Errorf("that it stays is not said: %v", next.Findings)
			}
			k.run(t, next)
			if len(k.target.records) != left {
				t.Errorf("the target has %d records, want %d", len(k.target.records), left)
			}
		})
	}
}

// An answer is about two values; with another one on either side it is asked again.
func TestConflictsAreAskedAgain(t *testing.T) {
	for name, change := range map[string]func(k *kept){
		"the source":         func(k *kept) { k.want(t, person(1).with("note", text("ours, later"))) },
		"somebody in target": func(k *kept) { k.target.edit("t001", "note", text("theirs, later")) },
	} {
		for _, take := range []string{pipeline.TakeOurs, pipeline.TakeTheirs} {
			t.Run(name+"/"+take, func(t *testing.T) {
				k := clashing(t, text("theirs"), text("ours"))
				k.answer(t, k.remembering(t), take)
				change(k)
				if next := k.remembering(t); len(next.Changes) != 0 || len(next.Blocked) != 1 || next.Blocked[0].Code != pipeline.CodeEditConflict {
					t.Errorf("changes %q, blocked %+v", shown(next), next.Blocked)
				}
			})
		}
	}
}

// A person may change the answer as long as nothing came of it.
func TestConflictAnswersCanBeTakenBack(t *testing.T) {
	k := clashing(t, text("theirs"), text("ours"))
	p := k.remembering(t)
	k.answer(t, p, pipeline.TakeOurs)
	k.answer(t, p, pipeline.TakeTheirs)
	if next := k.remembering(t); len(next.Changes)+len(next.Blocked) != 0 {
		t.Errorf("changes %q, blocked %+v", shown(next), next.Blocked)
	}
	if next := k.plan(t); len(next.Blocked) != 1 {
		t.Errorf("asked again: blocked %+v", next.Blocked)
	}
}

// knowing is a target that knows which tags there are.
type knowing struct{ *target }

func (knowing) Words(context.Context, []string) (map[string]pipeline.KnownWords, error) {
	return map[string]pipeline.KnownWords{"tags": {Values: []string{"vip", "press"}}}, nil
}

// Nobody is asked about a word that the target does not have, since it is not sent.
func TestUnknownWordsAreNoConflict(t *testing.T) {
	k := newKept(t, []row{person(1).with("tags", texts("press"))}, []row{person(1).with("tags", texts("no such"))})
	k.policy.Fields = map[string]pipeline.FieldPolicy{"tags": pipeline.ProtectEdits}
	must(t, k.store.SaveEntries(t.Context(), k.target.Identity(), []pipeline.LedgerEntry{{Record: "t001", Field: "tags", Sent: texts("vip"), Shown: texts("vip"), At: k.w.Now()}}))
	job := k.pipeline()
	job.Bindings[0].Target = knowing{k.target}
	p, err := job.Plan(t.Context(), pipeline.Options{Now: k.w.Now(), Links: k.store, Ledger: k.store})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Blocked)+len(p.Changes) != 0 {
		t.Errorf("changes %q, blocked %+v", shown(p), p.Blocked)
	}
}

// The history of a run says who agreed to it, how and when.
func TestRunsRememberWhoAgreed(t *testing.T) {
	k, p := decided(t)
	said := p.Undecided()
	said.By, said.When, said.Rest = "Petra", "2026-03-01", yes()
	said.Rows[0].Accept = no()
	for _, change := range []func(*pipeline.ApplyOptions){
		func(o *pipeline.ApplyOptions) { o.Run, o.By, o.Approvals = "1", "ada", said },
		func(o *pipeline.ApplyOptions) { o.Run, o.By, o.Approved = "2", "ada", true },
		func(o *pipeline.ApplyOptions) { o.Run, o.By = "3", "ada" },
	} {
		if _, err := k.applyWith(t, p, change); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := k.store.(pipeline.History).Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]pipeline.Approval{}
	for _, r := range runs {
		if r.Approval == nil || r.Binding == nil || r.Binding.Model != "people" {
			t.Fatalf("run %s: approval %v, binding %v", r.ID, r.Approval, r.Binding)
		}
		got[pipeline.ApplyOf(r.ID)] = *r.Approval
	}
	want := map[string]pipeline.Approval{
		"1": {How: pipeline.AgreedApprovals, By: "Petra", When: "2026-03-01", Accepted: 4, Declined: 1},
		"2": {How: pipeline.AgreedTerminal, By: "ada", Accepted: 5},
		"3": {How: pipeline.AgreedYes, By: "ada", Accepted: 3, Open: 2},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

// What protect_edits leaves alone is named, the first records of many, whatever the
// order of the rows.
func TestProtectedRecordsAreNamed(t *testing.T) {
	var have, want []row
	for i := 1; i <= 7; i++ {
		have = append(have, person(i).with("note", text("theirs")))
		want = append(want, person(i).with("note", text("ours")))
	}
	slices.Reverse(want)
	for _, tt := range []struct {
		n    int
		said string
	}{{1, "field note of 1 record (#t007) keeps"}, {7, "field note of 7 records (#t001, #t002, #t003, #t004, #t005 and 2 more) keeps"}} {
		j := newJob(t, have, want[:tt.n])
		j.policy.Fields = map[string]pipeline.FieldPolicy{"note": pipeline.ProtectEdits}
		p := j.plan(t)
		if len(p.Findings) != 1 || !strings.Contains(p.Findings[0].Message, tt.said) || p.Findings[0].Count != tt.n {
			t.Errorf("findings %+v, want %q", p.Findings, tt.said)
		}
	}
}
