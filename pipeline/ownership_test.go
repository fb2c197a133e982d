package pipeline_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/state"
)

// findingOf is the message of the first finding of a code; "" for none.
func findingOf(p *pipeline.Plan, code string) string {
	i := slices.IndexFunc(p.Findings, func(f diag.Finding) bool { return f.Code == code })
	if i < 0 {
		return ""
	}
	return p.Findings[i].Message
}

// A contact that was there before us is never deleted, however much of it we wrote.
func TestMirrorKeepsWhatWasThereBefore(t *testing.T) {
	for name, c := range map[string]struct {
		there, want row
	}{
		"a field was filled":     {person(1), person(1).with("phone", text("1"))},
		"a field was changed":    {person(1).with("phone", text("0")), person(1).with("phone", text("1"))},
		"every field is ours":    {row{"email": text("p01@example.com"), "name": text("Old")}, person(1)},
		"nothing was ever ours":  {person(1), person(1)},
		"somebody made the same": {nil, person(1)},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, nil, []row{c.want, person(2)})
			k.policy.OnMissing = pipeline.DeleteMissing
			if c.there != nil {
				k.target.insert(c.there)
			}
			p := k.plan(t)
			if c.there == nil {
				k.target.insert(c.want) // between plan and apply
			}
			k.run(t, p)
			k.want(t, person(2))
			p = k.plan(t)
			if n := p.Total(); n.Delete != 0 || n.Missing != 1 {
				t.Errorf("planned %q, counts %+v", shown(p), n)
			}
			if m := findingOf(p, "not-ours"); !strings.Contains(m, "nothing shows that this pipeline created them: #t001") {
				t.Errorf("why it stays: %q in %v", m, p.Findings)
			}
		})
	}
}

// What we wrote to a contact is no longer ours once that was undone, also to fields
// under protect_edits; what we had written before the run stays ours.
func TestUndoEndsOwnership(t *testing.T) {
	k := newKept(t, []row{person(1).with("note", text("theirs"))}, []row{person(1).with("note", text("ours")), person(2).with("note", text("first"))})
	k.policy.OnMissing = pipeline.DeleteMissing
	k.policy.Fields = map[string]pipeline.FieldPolicy{}
	run := k.run(t, k.plan(t))
	k.want(t, person(1).with("note", text("ours")), person(2).with("note", text("second")))
	second := k.run(t, k.plan(t))
	k.run(t, k.mustUndo(t, second))
	entries, err := k.store.Entries(t.Context(), "fake shop")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(entries["t002"], func(e pipeline.LedgerEntry) bool { return e.Field == "note" && e.Shown.Str() == "first" }) {
		t.Errorf("what we wrote first is not ours any more: %v", entries["t002"])
	}
	k.want(t, person(1))
	if p := k.plan(t); p.Total().Delete != 1 || p.Changes[0].Target != "t002" {
		t.Errorf("after the undo of the update of our own contact: %q, %v", shown(p), p.Blocked)
	}

	p, err := k.undo(t, run, false)
	if err != nil {
		t.Fatal(err)
	}
	k.policy.Allow = []pipeline.Action{pipeline.Create, pipeline.Update}
	k.run(t, p)
	if entries, err = k.store.Entries(t.Context(), "fake shop"); err != nil || len(entries["t001"]) != 0 {
		t.Errorf("after the undo the ledger still says of the contact that was there: %v, %v", entries["t001"], err)
	}
	k.policy.Fields["note"] = pipeline.ProtectEdits
	k.want(t, person(1).with("note", text("again ours")))
	if p := k.plan(t); p.Total().Update != 0 {
		t.Errorf("a protected field that was put back is written: %q", shown(p))
	}
}

// Once a record that we created is gone, nothing says of a later one of the same id
// that it is ours.
func TestDeletedRecordsAreForgotten(t *testing.T) {
	for name, gone := range map[string]func(*kept, string){
		"by the undo of the create": func(k *kept, run string) { k.run(t, k.mustUndo(t, run)) },
		"by the mirror": func(k *kept, _ string) {
			k.want(t, person(2))
			k.run(t, k.plan(t))
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, nil, []row{person(1), person(2)})
			k.policy.OnMissing = pipeline.DeleteMissing
			run := k.run(t, k.plan(t))
			gone(k, run)
			if k.target.records["t001"] != nil {
				t.Fatalf("the record is still there: %v", k.target.content())
			}
			k.target.records["t001"] = person(1) // somebody makes it again, and the id is given again
			k.want(t, person(2))
			if p := k.plan(t); p.Total().Delete != 0 {
				t.Errorf("planned %q", shown(p))
			}
		})
	}
}

// What the target itself makes of fields that a create does not send is no edit;
// what somebody writes there later is.
func TestWhatTheTargetMakesItselfIsNoEdit(t *testing.T) {
	k := newKept(t, nil, []row{{"email": text("p01@example.com"), "name": text("Person 01")}, {"email": text("p02@example.com"), "name": text("Person 02")}})
	k.policy.OnMissing = pipeline.DeleteMissing
	k.target.afterCreate = func(r row) row {
		return r.with("number", text("AUTO-"+r.get("name").Str())).with("note", text("new contact"))
	}
	run := k.run(t, k.plan(t))
	k.target.edit("t002", "number", text("K-77")) // a number that somebody gave it

	undo := k.mustUndo(t, run)
	if len(undo.Changes) != 1 || undo.Changes[0].Target != "t001" || len(undo.Blocked) != 1 || !strings.Contains(undo.Blocked[0].Reason, "number: somebody made it K-77") {
		t.Errorf("undo: %q, %+v", shown(undo), undo.Blocked)
	}

	k = newKept(t, nil, people(1, 2))
	k.policy.OnMissing = pipeline.DeleteMissing
	k.target.afterCreate = func(r row) row { return r.with("note", text("new contact")) }
	k.run(t, k.plan(t))
	k.target.edit("t002", "note", text("called on Monday"))
	k.want(t, person(9))
	p := k.plan(t)
	if n := p.Total(); n.Delete != 1 || n.Missing != 2 || len(p.Blocked) != 1 || !strings.Contains(p.Blocked[0].Reason, "note: it was new contact when we created it on 2026-03-01, and somebody made it called on Monday") {
		t.Errorf("mirror: %q, %+v", shown(p), p.Blocked)
	}
}

// beside is another pipeline that shares state and target, and calls its source
// as the first one does.
func (k *kept) beside(t testing.TB, name string, rows ...row) *pipeline.Pipeline {
	t.Helper()
	k.want(t, rows...)
	p := k.pipeline()
	p.Name = name
	return p
}

func (k *kept) planOf(t testing.TB, p *pipeline.Pipeline) *pipeline.Plan {
	t.Helper()
	plan, err := p.Plan(context.Background(), pipeline.Options{Now: k.w.Now(), Links: k.store, Ledger: k.store})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// Two pipelines share a state and call their sources the same: neither takes the
// other's rows for its own, and neither deletes what the other made.
func TestPipelinesWithTheSameSourceNameAreKeptApart(t *testing.T) {
	k := newKept(t, nil, nil)
	k.policy.OnMissing = pipeline.DeleteMissing
	k.run(t, k.planOf(t, k.beside(t, "members", person(1), person(2))))
	guests := k.beside(t, "guests")
	// The row has the id of another person's row of the other pipeline.
	guests.Models[0].From[0].Source = &source{batches: []*pipeline.Batch{batchOf(t, schema, "fair", []string{"N01"}, row{"email": text("p03@example.com"), "name": text("Person 03")})},
		evidence: pipeline.Evidence{Grade: pipeline.Proven}}
	p := k.planOf(t, guests)
	if n := p.Total(); n.Create != 1 || n.Update != 0 || n.Delete != 0 {
		t.Errorf("the row of another pipeline counts as known: %q, %+v", shown(p), p.Blocked)
	}
	if m := findingOf(p, "same-source-name"); !strings.Contains(m, "pipeline members remembers 2 rows of a source fair, too") {
		t.Errorf("it is not said: %v", p.Findings)
	}
	k.run(t, p)

	// members loses everybody but one: only what it created and nobody shares goes.
	k.run(t, k.planOf(t, k.beside(t, "guests", person(2).with("phone", text("1")), person(3))))
	p = k.planOf(t, k.beside(t, "members", person(9)))
	if n := p.Total(); n.Delete != 1 || n.Missing != 2 {
		t.Errorf("deletes %q, counts %+v", shown(p), n)
	}
	if m := findingOf(p, "not-ours"); !strings.Contains(m, "pipeline guests has rows that became them, too: #t002") {
		t.Errorf("why it stays: %q", m)
	}
}

// A record that a run created and that rows of another pipeline became since is not
// deleted by the undo of that run, though the other one wrote nothing to it.
func TestUndoSparesWhatAnotherPipelineShares(t *testing.T) {
	k := newKept(t, nil, nil)
	run := k.run(t, k.planOf(t, k.beside(t, "members", person(1), person(2))))
	k.run(t, k.planOf(t, k.beside(t, "guests", person(2))))
	p := k.mustUndo(t, run)
	if len(p.Changes) != 1 || p.Changes[0].Target != "t001" || len(p.Blocked) != 1 || !strings.Contains(p.Blocked[0].Reason, "pipeline guests has rows that became it, too") {
		t.Errorf("undo: %q, %+v", shown(p), p.Blocked)
	}
}

// A pipeline by a new name says that its rows are not known, and deletes nothing
// that it made by the old one.
func TestRenamedPipelineDeletesNothing(t *testing.T) {
	k := newKept(t, nil, nil)
	k.policy.OnMissing = pipeline.DeleteMissing
	k.run(t, k.planOf(t, k.beside(t, "old", person(1), person(2))))
	k.run(t, k.planOf(t, k.beside(t, "new", person(1), person(2))))
	p := k.planOf(t, k.beside(t, "new", person(2)))
	if n := p.Total(); n.Delete != 0 || n.Missing != 1 {
		t.Errorf("planned %q", shown(p))
	}
	if m := findingOf(p, "not-ours"); !strings.Contains(m, "pipeline old created them") {
		t.Errorf("why it stays: %q", m)
	}
	if i := slices.IndexFunc(k.planOf(t, k.beside(t, "third", person(2))).Findings, func(f diag.Finding) bool {
		return f.Code == "same-source-name" && f.Severity == diag.Warning && strings.Contains(f.Hint, "give it that name again")
	}); i < 0 {
		t.Error("a new name is not noticed")
	}
}

// deaf is a memory that cannot write down what came of a call, as when the process is
// killed before it can.
type deaf struct{ *state.Store }

func (deaf) Settle(context.Context, pipeline.Verdict) error { return errDead }

func (deaf) SaveEntries(_ context.Context, _ string, entries []pipeline.LedgerEntry) error {
	if len(entries) == 0 {
		return nil // before anything is sent
	}
	return errDead
}

// Of a record whose create got no answer, what the target itself made of it is what its
// first reading shows, in the apply that sent it. After that process died, it is what the
// target made of other records; of what nobody saw an undo does not say that somebody
// made it so.
func TestUndoAfterALostCreate(t *testing.T) {
	const unseen = "nobody saw whether it came to be so or somebody made it so: points is "
	for name, c := range map[string]struct {
		killed bool
		others int   // records that are created after it
		points int64 // what they are in the end; 0: as they came to be
		says   string
	}{
		"no answer":                        {},
		"no answer, edited since":          {points: 5, says: "points: somebody made it 5"},
		"killed, and another was answered": {killed: true, others: 1},
		"killed, another one, and edited":  {killed: true, others: 1, points: 5, says: unseen + "5"},
		"killed, and nothing to go by":     {killed: true, says: unseen + "3"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, nil, []row{person(1), person(2), person(3)}[:1+c.others])
			k.target.afterCreate = func(r row) row { return r.with("points", pipeline.IntValue(3)) }
			k.target.faults[1] = lostAfter
			p := k.plan(t)
			opt := k.options()
			opt.State = k.store
			if c.killed {
				opt.State = deaf{k.store.(*state.Store)}
			}
			if _, err := pipeline.Apply(t.Context(), p, opt); (err != nil) != c.killed {
				t.Fatal(err)
			}
			if c.killed {
				k.w.advance(pipeline.LeaseTime)
				again := k.options()
				again.State, again.Resume = k.store, true
				if _, err := pipeline.Apply(t.Context(), p, again); err != nil {
					t.Fatal(err)
				}
			}
			if c.points != 0 {
				k.target.edit("t001", "points", pipeline.IntValue(c.points))
			}
			undo := k.mustUndo(t, opt.Run)
			if c.says == "" {
				if len(undo.Blocked) != 0 || len(undo.Changes) == 0 {
					t.Errorf("the undo has %q, blocked %+v", shown(undo), undo.Blocked)
				}
				return
			}
			if len(undo.Changes) != 0 || len(undo.Blocked) != 1 || !strings.HasSuffix(undo.Blocked[0].Reason, c.says) {
				t.Errorf("the undo has %q, blocked %+v", shown(undo), undo.Blocked)
			}
		})
	}
}
