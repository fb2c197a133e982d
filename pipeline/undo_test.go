package pipeline_test

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/state"
)

// kept is a job whose memory is a store, which keeps a history.
type kept struct {
	*job
	store interface {
		pipeline.State
		pipeline.History
	}
}

// recalled is the memory of these tests with a history, of which what became of
// each change was lost: undo then goes by the journal alone.
type recalled struct{ *memory }

func (recalled) KeepOutcomes(context.Context, string, []pipeline.Outcome) error { return nil }

func (m recalled) Runs(context.Context) ([]pipeline.RunSummary, error) {
	var runs []pipeline.RunSummary
	for _, id := range slices.Sorted(maps.Keys(m.runs)) {
		runs = append(runs, pipeline.RunSummary{RunRecord: m.runs[id]})
	}
	return runs, nil
}

func (m recalled) RunCalls(_ context.Context, run string) ([]pipeline.CallRecord, map[string]pipeline.Outcome, error) {
	var calls []pipeline.CallRecord
	for _, c := range m.calls {
		if c.Run == run {
			calls = append(calls, c)
		}
	}
	return calls, nil, nil
}

func newKept(t testing.TB, existing, desired []row) *kept {
	t.Helper()
	s, err := state.Open(context.Background(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &kept{newJob(t, existing, desired), s}
}

func (k *kept) plan(t testing.TB) *pipeline.Plan {
	t.Helper()
	p, err := k.pipeline().Plan(t.Context(), pipeline.Options{Now: k.w.Now(), Links: k.store, Ledger: k.store})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run applies a plan and returns the name of the apply.
func (k *kept) run(t testing.TB, p *pipeline.Plan) string {
	t.Helper()
	opt := k.options()
	opt.State = k.store
	r, err := pipeline.Apply(t.Context(), p, opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range r.Outcomes {
		if !o.Status.Done() {
			t.Fatalf("change %s is %s: %s", o.Change, o.Status, o.Message)
		}
	}
	return opt.Run
}

func (k *kept) undo(t testing.TB, run string, deleteCreated bool) (*pipeline.Plan, error) {
	t.Helper()
	return pipeline.Undo(t.Context(), pipeline.UndoOptions{Run: run, State: k.store, Now: k.w.Now(), DeleteCreated: deleteCreated,
		Open: func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) { return k.target, nil }})
}

func (k *kept) mustUndo(t testing.TB, run string) *pipeline.Plan {
	t.Helper()
	p, err := k.undo(t, run, true)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// blockedCodes are the codes of what is blocked by label.
func blockedCodes(p *pipeline.Plan) map[string]string {
	m := map[string]string{}
	for _, b := range p.Blocked {
		m[b.Label] = b.Code
	}
	return m
}

func TestUndoOfAMixedRun(t *testing.T) {
	k := newKept(t, []row{person(1).with("phone", text("1")).with("tags", texts("old", "vip")).with("note", text("keep")), person(3).with("note", text("mine"))},
		[]row{person(1), person(2).with("phone", text("2")), person(3)})
	k.policy.OnMissing = pipeline.DeleteMissing
	k.run(t, k.plan(t)) // remembers the links; creates the second
	start := k.target.content()

	k.want(t, person(1).with("phone", text("2")).with("tags", texts("vip", "press")).with("note", pipeline.Erase()), person(3).with("email", text("new@example.com")).with("note", text("theirs")), person(4), person(5))
	p := k.plan(t)
	run := k.run(t, p)
	if after := k.target.content(); len(after) != len(start)+1 || len(p.Changes) != 5 {
		t.Fatalf("the run came to %v by %d changes", after, len(p.Changes))
	}

	undo := k.mustUndo(t, run)
	if len(undo.Blocked) != 0 || len(undo.Changes) != len(p.Changes) {
		t.Errorf("%d changes of %d are taken back, blocked: %v", len(undo.Changes), len(p.Changes), blockedCodes(undo))
	}
	k.run(t, undo)
	if diff := cmp.Diff(k.target.content(), start); diff != "" {
		t.Errorf("after the undo (-got +want):\n%s", diff)
	}
	if again := k.mustUndo(t, run); len(again.Changes) != 0 {
		t.Errorf("undone again: %v", again.Changes)
	}
	// What was undone is taken back by the same word.
	redo := k.mustUndo(t, "run-3")
	k.run(t, redo)
	if after := k.target.content(); len(after) != len(start)+1 {
		t.Errorf("after undoing the undo: %v", after)
	}
}

func TestUndoLeavesAloneWhatIsNotOursAnyMore(t *testing.T) {
	k := newKept(t, []row{person(1).with("phone", text("1")), person(2).with("phone", text("1")).with("note", text("n")), person(3), person(4)},
		[]row{person(1).with("phone", text("2")), person(2).with("phone", text("2")).with("note", text("m")), person(3).with("phone", text("2")), person(5), person(6), {"number": text("N07"), "name": text("Person 07")}})
	run := k.run(t, k.plan(t))
	k.target.edit("t001", "phone", text("by hand"))
	k.target.edit("t002", "note", text("by hand"))
	delete(k.target.records, "t003")
	for id, r := range k.target.records {
		if r.get("number").Str() == "N06" {
			k.target.edit(id, "note", text("worked on"))
		}
	}
	p := k.mustUndo(t, run)
	want := map[string]string{"Person 01 <p01@example.com>": pipeline.CodeChangedSince, "Person 02 <p02@example.com>": pipeline.CodeChangedSince,
		"Person 03 <p03@example.com>": pipeline.CodeRecordGone, "Person 06 <p06@example.com>": pipeline.CodeChangedSince}
	if diff := cmp.Diff(blockedCodes(p), want); diff != "" {
		t.Errorf("blocked (-got +want):\n%s", diff)
	}
	for _, b := range p.Blocked {
		if b.Code == pipeline.CodeChangedSince && !strings.Contains(b.Reason, "somebody made it") {
			t.Errorf("%s does not say what became of it: %s", b.Label, b.Reason)
		}
	}
	k.run(t, p)
	got := k.target.content()
	wantNow := []string{
		"number=N01 email=p01@example.com name=Person 01 phone=by hand",
		"number=N02 email=p02@example.com name=Person 02 phone=1 note=by hand",
		"number=N04 email=p04@example.com name=Person 04",
		"number=N06 email=p06@example.com name=Person 06 note=worked on",
	}
	if diff := cmp.Diff(got, wantNow); diff != "" {
		t.Errorf("afterwards (-got +want):\n%s", diff)
	}

	// A later run of ours is told apart from a person.
	k.want(t, person(4).with("phone", text("3")))
	first := k.run(t, k.plan(t))
	k.want(t, person(4).with("phone", text("4")))
	k.run(t, k.plan(t))
	p = k.mustUndo(t, first)
	if len(p.Changes) != 0 || len(p.Blocked) != 1 || !strings.Contains(p.Blocked[0].Reason, "a later run, on 2026-03-01, made it 4") {
		t.Errorf("after a later run: %v, %v", p.Changes, p.Blocked)
	}
}

func TestUndoAsksThePolicy(t *testing.T) {
	k := newKept(t, nil, []row{person(1), person(2), person(3)})
	k.policy.Allow = []pipeline.Action{pipeline.Create, pipeline.Update}
	run := k.run(t, k.plan(t))
	p, err := k.undo(t, run, false)
	if err != nil || len(p.Changes) != 0 || len(p.Blocked) != 3 || p.Blocked[0].Code != pipeline.CodeCreateStays {
		t.Errorf("without delete: %v, %v, %v", p.Changes, blockedCodes(p), err)
	}
	if p, err = k.undo(t, run, true); err != nil || len(p.Changes) != 3 {
		t.Errorf("with delete: %v, %v", p, err)
	}
	if _, err = k.undo(t, "nobody", true); err == nil {
		t.Error("a run that never was is undone")
	}

	k = newKept(t, nil, []row{person(1), person(2), person(3)})
	k.policy.Limits = map[string]pipeline.Limit{"delete": {Set: true, Count: 2}}
	run = k.run(t, k.plan(t))
	limit := (*pipeline.LimitError)(nil)
	if _, err = k.undo(t, run, true); !errors.As(err, &limit) {
		t.Errorf("three deletes under a limit of two: %v", err)
	}
}

func TestUndoOfWhatNobodyKnows(t *testing.T) {
	k := newKept(t, nil, []row{person(1)})
	k.target.faults[1] = lostBefore
	opt := k.options()
	opt.State = k.store
	if _, err := pipeline.Apply(t.Context(), k.plan(t), opt); err != nil {
		t.Fatal(err)
	}
	k.target.insert(person(1)) // somebody else did it
	p := k.mustUndo(t, opt.Run)
	if len(p.Changes) != 0 || len(p.Blocked) != 1 || p.Blocked[0].Code != pipeline.CodeUnknown {
		t.Errorf("a contact of somebody else would go: %v, %v", p.Changes, blockedCodes(p))
	}
}

func TestUndoOfAListTakesBackItsOwnMembers(t *testing.T) {
	for name, c := range map[string]struct{ before, wrote, now, want []string }{
		"untouched":                 {[]string{"a", "b"}, []string{"b", "c"}, []string{"b", "c"}, []string{"a", "b"}},
		"somebody added":            {[]string{"a", "b"}, []string{"b", "c"}, []string{"b", "c", "x"}, []string{"a", "b", "x"}},
		"somebody took ours away":   {[]string{"a", "b"}, []string{"b", "c"}, []string{"b"}, []string{"a", "b"}},
		"somebody took theirs away": {[]string{"a", "b"}, []string{"b", "c"}, []string{"c"}, []string{"a"}},
		"somebody put it back":      {[]string{"a", "b"}, []string{"b", "c"}, []string{"a", "b", "c"}, []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, []row{person(1).with("tags", texts(c.before...))}, []row{person(1).with("tags", texts(c.wrote...))})
			run := k.run(t, k.plan(t))
			k.target.edit("t001", "tags", texts(c.now...))
			k.run(t, k.mustUndo(t, run))
			got := slices.Sorted(slices.Values(k.target.records["t001"].get("tags").List()))
			if !slices.Equal(got, c.want) {
				t.Errorf("tags are %v, want %v", got, c.want)
			}
		})
	}
}

func TestUndoOfAPartNamesTheOther(t *testing.T) {
	k := newKept(t, people(1, 2), []row{person(1).with("phone", text("1")), person(2).with("phone", text("2"))})
	p := k.plan(t)
	if got, err := k.applyWith(t, p, func(o *pipeline.ApplyOptions) { o.Only = map[string]bool{p.Changes[0].ID: true} }); err != nil || got["01"] != pipeline.Verified {
		t.Fatalf("%v, %v", got, err)
	}
	k.run(t, p)
	undo := k.mustUndo(t, "run-1")
	if len(undo.Changes) != 1 || len(undo.Findings) != 1 || !strings.Contains(undo.Findings[0].Message, "run-2 wrote another part") {
		t.Errorf("%v, %v", undo.Changes, undo.Findings)
	}
}

func TestUndoOfARunWithoutJournal(t *testing.T) {
	k := newKept(t, nil, []row{person(1)})
	run := k.run(t, k.plan(t))
	if _, err := k.store.(*state.Store).Compact(t.Context(), k.w.Now().Add(2*state.KeepMin), state.KeepMin); err != nil {
		t.Fatal(err)
	}
	if p, err := k.undo(t, run, true); err == nil || !strings.Contains(err.Error(), "state compact removed its journal") {
		t.Errorf("undo of what is not remembered: %v, %v", p, err)
	}
}

// TestLawOfUndo changes records at random, lets others edit some, and undoes: each
// field is as it was before, or as somebody else made it since.
func TestLawOfUndo(t *testing.T) {
	fields := []string{"phone", "note", "tags"}
	rapid.Check(t, func(rt *rapid.T) {
		value := func(name, field string) pipeline.Value {
			switch n := rapid.IntRange(0, 3).Draw(rt, name); {
			case n == 0:
				return pipeline.Erase()
			case field == "tags":
				return texts([]string{"a", "b", "c", "d"}[n-1:]...)
			default:
				return text(strings.Repeat("v", n))
			}
		}
		n := rapid.IntRange(1, 4).Draw(rt, "records")
		var existing, desired []row
		for i := range n {
			have, want := person(i), person(i)
			for _, f := range fields {
				if v := value("have "+f, f); !v.IsErase() {
					have = have.with(f, v)
				}
				want = want.with(f, value("want "+f, f))
			}
			existing, desired = append(existing, have), append(desired, want)
		}
		k := &kept{job: newJob(t, existing, desired)}
		k.store = recalled{k.state}
		before := k.target.copied()
		run := k.run(t, k.plan(t))
		after := k.target.copied()
		edited := map[string]pipeline.Value{}
		for id := range after {
			for _, f := range fields[:2] {
				if rapid.Bool().Draw(rt, "edit") {
					k.target.edit(id, f, text("by hand"))
					edited[id+f] = text("by hand")
				}
			}
		}
		k.run(t, k.mustUndo(t, run))
		for id, r := range k.target.records {
			for _, f := range fields {
				want, is := before[id].get(f), "as before"
				if hand, was := edited[id+f]; was {
					want, is = hand, "as edited"
				}
				got := r.get(f)
				if f == "tags" {
					slices.Sort(got.List())
				}
				if !got.Equal(want) {
					rt.Fatalf("%s of %s is %v, want %v %s", f, id, got, want, is)
				}
			}
		}
	})
}

// A run that was killed has no counts of what it wrote. Its journal stays until somebody has
// read back what it wrote. Once it is gone, an undo says so, and does not come out empty.
func TestUndoOfAKilledRunWithoutJournal(t *testing.T) {
	k := newKept(t, nil, people(1, 4))
	k.target.pack = 1
	ctx, cancel := context.WithCancel(t.Context())
	k.target.beforeRead = func(reads int, _ *target) {
		if reads == 3 {
			cancel() // the process dies: nothing more is written down
		}
	}
	opt := k.options()
	opt.State = endless{k.store.(*state.Store)}
	plan := k.plan(t)
	_, err := pipeline.Apply(ctx, plan, opt)
	if len(k.target.records) == 0 {
		t.Fatalf("nothing was written: %v", err)
	}
	if p := k.mustUndo(t, opt.Run); len(p.Changes) == 0 {
		t.Fatalf("with its journal the run is not undone: %v", blockedCodes(p))
	}
	compact := func() {
		if _, err := k.store.(*state.Store).Compact(t.Context(), k.w.Now().Add(2*state.KeepMin), state.KeepMin); err != nil {
			t.Fatal(err)
		}
	}
	compact()
	if p := k.mustUndo(t, opt.Run); len(p.Changes) == 0 {
		t.Fatalf("what nobody has read back was forgotten: %v", blockedCodes(p))
	}
	k.target.beforeRead = nil
	again := k.options()
	again.Run, again.Resume, again.State = "read-back", true, k.store
	if _, err := pipeline.Apply(t.Context(), plan, again); err != nil {
		t.Fatal(err)
	}
	compact()
	if p, err := k.undo(t, opt.Run, true); err == nil || !strings.Contains(err.Error(), "state compact removed its journal") {
		t.Errorf("undo of what is not remembered: %v, %v", p, err)
	}
}

// endless is a store that does not live to see the end of a run.
type endless struct{ *state.Store }

func (endless) EndRun(context.Context, string, time.Time, string, map[pipeline.Status]int) error {
	return nil
}
func (endless) KeepOutcomes(context.Context, string, []pipeline.Outcome) error { return nil }

// The record that a run created is gone, and somebody made another with its key: it
// is not ours to delete.
func TestUndoOfACreateKeepsAnotherRecordWithTheKey(t *testing.T) {
	k := newKept(t, nil, []row{person(1), person(2)})
	run := k.run(t, k.plan(t))
	delete(k.target.records, "t001")
	k.target.insert(person(1))
	p := k.mustUndo(t, run)
	if len(p.Changes) != 1 || p.Changes[0].Target != "t002" {
		t.Errorf("the undo deletes %q", shown(p))
	}
}

// Switches, amounts and numbers that the run did not send are the target's own only
// as long as they are what the target made them when the record was created.
func TestUndoOfACreateSparesWhatOthersSet(t *testing.T) {
	for name, c := range map[string]struct {
		field string
		to    pipeline.Value
		goes  bool
	}{
		"nothing":                   {"", pipeline.Null(), true},
		"a switch was turned on":    {"news", pipeline.BoolValue(true), false},
		"an amount was changed":     {"points", pipeline.IntValue(5), false},
		"an amount was taken away":  {"points", pipeline.IntValue(0), false},
		"a text was filled":         {"note", text("called"), false},
		"what we wrote was changed": {"name", text("Other"), false},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, nil, []row{person(1)})
			k.target.afterCreate = func(r row) row {
				return r.with("points", pipeline.IntValue(3)).with("news", pipeline.BoolValue(false))
			}
			run := k.run(t, k.plan(t))
			if c.field != "" {
				k.target.edit("t001", c.field, c.to)
			}
			p := k.mustUndo(t, run)
			if goes := len(p.Changes) == 1 && len(p.Blocked) == 0; goes != c.goes {
				t.Errorf("deleted: %v, want %v; blocked %+v", goes, c.goes, p.Blocked)
			}
			if !c.goes && (len(p.Blocked) != 1 || p.Blocked[0].Code != pipeline.CodeChangedSince || !strings.Contains(p.Blocked[0].Reason, c.field+": ")) {
				t.Errorf("why it stays: %+v", p.Blocked)
			}
		})
	}
}

// A field that was empty, and that the target is not known to let anybody empty,
// stays as the run filled it, and is listed.
func TestUndoOfWhatCannotBeEmptied(t *testing.T) {
	k := newKept(t, []row{{"number": text("N01"), "email": text("p01@example.com")}}, []row{person(1).with("phone", text("1"))})
	run := k.run(t, k.plan(t))
	p := k.mustUndo(t, run)
	if len(p.Changes) != 1 || len(p.Changes[0].Fields) != 1 || p.Changes[0].Fields[0].Field != "phone" {
		t.Errorf("the undo changes %q", shown(p))
	}
	if len(p.Blocked) != 1 || p.Blocked[0].Code != pipeline.CodeNotErasable || !strings.Contains(p.Blocked[0].Reason, "there was nothing in name") {
		t.Errorf("blocked %+v", p.Blocked)
	}
}

// In a target whose ids are made of keys, an update of a key moves the record. Where
// nobody noted to which id, the one that carries the new key and shows all that was
// written is it; another one with that key is not.
func TestUndoFindsARecordByItsNewKey(t *testing.T) {
	for name, c := range map[string]struct {
		note string
		code string
	}{"it shows all that was written": {"new", ""}, "it shows something else": {"another", pipeline.CodeRecordGone}} {
		t.Run(name, func(t *testing.T) {
			k := &kept{job: newJob(t, []row{person(1).with("note", text("old"))}, []row{person(1).with("email", text("new@example.com")).with("note", text("new"))})}
			k.store = recalled{k.state}
			run := k.run(t, k.plan(t))
			r := k.target.records["t001"]
			delete(k.target.records, "t001")
			k.target.records["new@example.com"] = r.with("note", text(c.note))
			p := k.mustUndo(t, run)
			if c.code != "" {
				if len(p.Changes) != 0 || len(p.Blocked) != 1 || p.Blocked[0].Code != c.code {
					t.Errorf("undo of another record: %q, %+v", shown(p), p.Blocked)
				}
				return
			}
			if len(p.Changes) != 1 || p.Changes[0].Target != "new@example.com" || len(p.Changes[0].Fields) != 2 {
				t.Errorf("undo: %q, %+v", shown(p), p.Blocked)
			}
		})
	}
}
