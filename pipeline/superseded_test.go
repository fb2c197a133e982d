package pipeline_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/state"
)

// A plan that is applied again after its undo ends at once, and says what became of it.
func TestAppliedAgainAfterItsUndo(t *testing.T) {
	k := newKept(t, []row{person(1).with("phone", text("1")), person(3), person(4).with("phone", text("4"))}, []row{person(1), person(3), person(4)})
	k.run(t, k.plan(t))
	k.want(t, person(1).with("phone", text("2")), person(2), person(3), person(4).with("phone", text("5")))
	p := k.plan(t)
	run := k.run(t, p)
	undo := k.mustUndo(t, run)
	back := k.run(t, undo)
	content := k.target.content()

	waited := time.Duration(0)
	opt := k.options()
	opt.State, opt.Wait = k.store, func(_ context.Context, d time.Duration) error { waited += d; k.w.advance(d); return nil }
	r, err := pipeline.Apply(t.Context(), p, opt)
	must(t, err)
	if waited > 0 {
		t.Errorf("it waited %s", waited)
	}
	for i, o := range r.Outcomes {
		if o.Status != pipeline.Drifted || !strings.Contains(o.Message, back) || !strings.Contains(o.Message, "the undo of "+run) {
			t.Errorf("%s of %s is %s: %s", p.Changes[i].Action, p.Changes[i].Label, o.Status, o.Message)
		}
	}
	if len(r.Outcomes) != 3 {
		t.Errorf("%d changes, want 3", len(r.Outcomes))
	}
	if diff := cmp.Diff(k.target.content(), content); diff != "" {
		t.Errorf("the target has changed (-got +want):\n%s", diff)
	}
}

// What a later plan of ours wrote is not waited for either; what it did not touch is.
func TestAppliedAgainAfterALaterPlan(t *testing.T) {
	for name, tt := range map[string]struct {
		by   func(k *kept)
		want pipeline.Status
	}{
		"a later plan": {func(k *kept) {
			k.want(t, person(1).with("phone", text("1")).with("note", text("n")))
			k.run(t, k.plan(t))
		}, pipeline.Drifted},
		"another field": {func(k *kept) {
			k.want(t, person(1).with("phone", text("2")).with("note", text("m")))
			k.run(t, k.plan(t))
			k.target.edit(onlyRecord(t, k.job), "phone", text("1"))
		}, pipeline.Unseen},
		"by hand": {func(k *kept) { k.target.edit(onlyRecord(t, k.job), "phone", text("1")) }, pipeline.Unseen},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, []row{person(1).with("phone", text("1"))}, []row{person(1).with("phone", text("2"))})
			p := k.plan(t)
			k.run(t, p)
			tt.by(k)
			opt := k.options()
			opt.State, opt.Wait = k.store, func(_ context.Context, d time.Duration) error { k.w.advance(d); return nil }
			r, err := pipeline.Apply(t.Context(), p, opt)
			must(t, err)
			if o := r.Outcomes[0]; o.Status != tt.want {
				t.Errorf("it is %s: %s", o.Status, o.Message)
			}
		})
	}
}

// What a later plan wrote to a record that was created needs no waiting, also where no
// list has shown it.
func TestAppliedAgainAfterALaterPlanThatNobodySaw(t *testing.T) {
	k := newKept(t, nil, []row{person(1).with("phone", text("1"))})
	p := k.plan(t)
	k.run(t, p)
	k.want(t, person(1).with("phone", text("2")))
	later := k.plan(t)
	k.target.old, k.target.lag = k.target.copied(), 9
	k.run(t, later)
	k.target.lag = 0
	r, _ := k.resumed(t, p)
	if words := r.Outcomes[0].Message; !strings.Contains(words, "wrote phone") || strings.Contains(words, "make a new plan after") {
		t.Errorf("it is %s: %s", r.Outcomes[0].Status, words)
	}
}

// The answers of its calls were lost, and it found out by reading that they had come to
// something: what the undo took back is not written again, with or without Resume.
func TestAppliedAgainAfterLostAnswersAndItsUndo(t *testing.T) {
	k := newKept(t, []row{person(1).with("phone", text("1"))}, []row{person(1).with("phone", text("2")), person(2)})
	p := k.plan(t)
	k.target.faults[1], k.target.faults[2] = lostAfter, lostAfter
	opt := k.options()
	opt.State, opt.Wait = k.store, func(_ context.Context, d time.Duration) error { k.w.advance(d); return nil }
	r, err := pipeline.Apply(t.Context(), p, opt)
	must(t, err)
	if r.Count()[pipeline.Verified] != 2 {
		t.Fatalf("outcomes %+v", r.Outcomes)
	}
	k.run(t, k.mustUndo(t, opt.Run))
	content := k.target.content()
	for _, resume := range []bool{false, true, false} {
		opt := k.options()
		opt.Resume, opt.State, opt.Wait = resume, k.store, func(_ context.Context, d time.Duration) error { k.w.advance(d); return nil }
		r, err := pipeline.Apply(t.Context(), p, opt)
		must(t, err)
		if n := r.Count(); n[pipeline.Drifted] != 2 {
			t.Errorf("resume %v: outcomes %+v", resume, r.Outcomes)
		}
		if diff := cmp.Diff(k.target.content(), content); diff != "" {
			t.Errorf("resume %v: the target has changed (-got +want):\n%s", resume, diff)
		}
	}
	k.w.advance(time.Hour)
	again := k.plan(t) // the same difference came back, and this plan has seen it
	opt = k.options()
	opt.Resume, opt.State = true, k.store
	r, err = pipeline.Apply(t.Context(), again, opt)
	must(t, err)
	if n := r.Count(); n[pipeline.Verified] != 2 {
		t.Errorf("the next plan: outcomes %+v", r.Outcomes)
	}
}

// After the undo of a run whose answer was lost, the same difference is a plan of the same
// digest: what the earlier apply of it wrote is written again, since this plan has seen that
// it was taken back.
func TestPlannedAgainAfterALostAnswerAndItsUndo(t *testing.T) {
	k := newKept(t, []row{person(1).with("phone", text("1"))}, []row{person(1).with("phone", text("2"))})
	p := k.plan(t)
	k.target.faults[1] = lostAfter
	opt := k.options()
	opt.State, opt.Wait = k.store, func(_ context.Context, d time.Duration) error { k.w.advance(d); return nil }
	_, err := pipeline.Apply(t.Context(), p, opt)
	must(t, err)
	k.run(t, k.mustUndo(t, opt.Run))
	k.w.advance(time.Hour)
	again := k.plan(t)
	if again.Digest != p.Digest {
		t.Fatal("the plans have two digests: nothing was tried")
	}
	opt = k.options()
	opt.Resume, opt.State = true, k.store
	r, err := pipeline.Apply(t.Context(), again, opt)
	must(t, err)
	if o := r.Outcomes[0]; o.Status != pipeline.Verified {
		t.Errorf("it is %s: %s", o.Status, o.Message)
	}
}

// What is remembered of another run is damaged: nobody knows what that wrote, so that the
// plan is waited for as without it.
func TestAppliedAgainBesideADamagedRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	store, err := state.Open(t.Context(), path)
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	k := &kept{newJob(t, []row{person(1).with("phone", text("1"))}, []row{person(1).with("phone", text("2"))}), store}
	p := k.plan(t)
	k.run(t, p)
	k.want(t, person(1).with("phone", text("2")).with("note", text("m")))
	later := k.run(t, k.plan(t))
	k.target.edit(onlyRecord(t, k.job), "phone", text("1"))
	db, err := sql.Open("sqlite", path)
	must(t, err)
	res, err := db.Exec("UPDATE calls SET changes = replace(changes, 'N01', 'N09') WHERE run LIKE ?", later+"%")
	must(t, err)
	if n, _ := res.RowsAffected(); n != 1 {
		t.Fatalf("%d rows are damaged", n)
	}
	must(t, db.Close())
	opt := k.options()
	opt.State, opt.Wait = k.store, func(_ context.Context, d time.Duration) error { k.w.advance(d); return nil }
	r, err := pipeline.Apply(t.Context(), p, opt)
	must(t, err)
	if o := r.Outcomes[0]; o.Status != pipeline.Unseen {
		t.Errorf("it is %s: %s", o.Status, o.Message)
	}
}

// A record that the plan created and a later one wrote to is still what the plan created.
func TestAppliedAgainAfterALaterUpdateOfItsRecord(t *testing.T) {
	k := newKept(t, nil, []row{person(1).with("phone", text("1"))})
	p := k.plan(t)
	k.run(t, p)
	k.want(t, person(1).with("phone", text("2")))
	later := k.run(t, k.plan(t))
	waited := time.Duration(0)
	opt := k.options()
	opt.State, opt.Wait = k.store, func(_ context.Context, d time.Duration) error { waited += d; k.w.advance(d); return nil }
	r, err := pipeline.Apply(t.Context(), p, opt)
	must(t, err)
	if o := r.Outcomes[0]; o.Status != pipeline.Unverified || o.Target != onlyRecord(t, k.job) || !strings.Contains(o.Message, later) || waited > 0 {
		t.Errorf("it is %s of %q after %s: %s", o.Status, o.Target, waited, o.Message)
	}
	if next := k.plan(t); len(next.Changes)+len(next.Blocked) != 0 {
		t.Errorf("the next plan has %+v, blocked %+v", next.Changes, next.Blocked)
	}
}
