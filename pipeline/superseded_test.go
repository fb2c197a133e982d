package pipeline_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
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
