package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// nameless makes the rows of the source have no ids, so that what is to be created again
// has the digest of the plan that created it.
func (j *job) nameless(t testing.TB, rows ...row) {
	t.Helper()
	j.source = &source{batches: []*pipeline.Batch{batchOf(t, schema, "fair", make([]string, len(rows)), rows...)}, evidence: pipeline.Evidence{Grade: pipeline.Proven}}
}

// resumed applies a plan, waiting as long as it has to, and going on where an earlier apply
// of it got no answer.
func (k *kept) resumed(t testing.TB, p *pipeline.Plan) (r *pipeline.Result, waited time.Duration) {
	t.Helper()
	opt := k.options()
	opt.Resume, opt.State = true, k.store
	opt.Wait = func(_ context.Context, d time.Duration) error { waited += d; k.w.advance(d); return nil }
	r, err := pipeline.Apply(t.Context(), p, opt)
	must(t, err)
	return r, waited
}

// What an undo deleted is created again by a plan that was made after it, at once, though
// that has the digest of the plan that created it first; but not by that plan.
func TestPlannedAgainAfterItsUndo(t *testing.T) {
	k := newKept(t, nil, nil)
	k.nameless(t, person(1).with("phone", text("1")), person(2))
	first := k.plan(t)
	for range 3 {
		k.w.advance(time.Minute)
		p := k.plan(t)
		if p.Digest != first.Digest {
			t.Fatal("the plans have two digests: nothing was tried")
		}
		r, waited := k.resumed(t, p)
		if r.Count()[pipeline.Verified] != 2 || waited > 0 || len(k.target.content()) != 2 {
			t.Fatalf("waited %s: outcomes %+v", waited, r.Outcomes)
		}
		k.w.advance(time.Minute)
		k.run(t, k.mustUndo(t, fmt.Sprintf("run-%d", k.runs)))
		if r, waited := k.resumed(t, first); r.Count()[pipeline.Drifted] != 2 || waited > 0 || len(k.target.content()) != 0 {
			t.Fatalf("the first plan, after %s: outcomes %+v", waited, r.Outcomes)
		}
	}
}

// A plan that was made before the undo, of a list that lagged, knows nothing of it.
func TestPlannedBeforeTheUndo(t *testing.T) {
	k := newKept(t, nil, nil)
	k.nameless(t, person(1))
	run := k.run(t, k.plan(t))
	k.target.old, k.target.lag = map[string]row{}, 1 // the list does not show it yet
	p := k.plan(t)
	k.run(t, k.mustUndo(t, run))
	if r, _ := k.resumed(t, p); r.Count()[pipeline.Drifted] != 1 || len(k.target.content()) != 0 {
		t.Errorf("outcomes %+v", r.Outcomes)
	}
}

// What somebody deleted soon after it was created is created again by a plan that is made
// once the create has settled: whoever plans earlier is told when that is. So it is after an
// undo that no list proves.
func TestPlannedAgainTooSoonSaysWhen(t *testing.T) {
	for name, gone := range map[string]func(k *kept, run string){
		"by hand": func(k *kept, _ string) { delete(k.target.records, onlyRecord(t, k.job)) },
		"an undo": func(k *kept, run string) {
			k.target.grade = pipeline.Likely
			k.run(t, k.mustUndo(t, run))
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, nil, nil)
			k.policy.Accept = pipeline.Likely
			k.nameless(t, person(1))
			run := k.run(t, k.plan(t))
			settled := k.w.Now().Add(pipeline.SettleDefault)
			k.w.advance(time.Minute)
			gone(k, run)
			k.w.advance(time.Minute)
			opt := k.options()
			opt.State = k.store
			r, err := pipeline.Apply(t.Context(), k.plan(t), opt)
			must(t, err)
			o := r.Outcomes[0]
			_, after, _ := strings.Cut(o.Message, "make a new plan after ")
			when, _, _ := strings.Cut(after, ": one made earlier")
			at, err := time.Parse(time.RFC3339, when)
			if err != nil || at.After(settled.Add(time.Second)) || len(k.target.records) != 0 {
				t.Fatalf("it is %s: %s", o.Status, o.Message)
			}
			k.w.advance(at.Sub(k.w.Now()))
			k.run(t, k.plan(t))
			onlyRecord(t, k.job)
		})
	}
}

// The answer of the create was lost, and a reading showed the record, which the undo
// deleted: nobody knows that it came of that call, so that what is created again waits for it.
func TestPlannedAgainAfterALostCreateAndItsUndo(t *testing.T) {
	k := newKept(t, nil, nil)
	k.nameless(t, person(1))
	k.target.blind, k.target.faults[1] = true, lostAfter
	first := k.plan(t)
	if r, _ := k.resumed(t, first); r.Count()[pipeline.Verified] != 1 {
		t.Fatalf("outcomes %+v", r.Outcomes)
	}
	k.run(t, k.mustUndo(t, fmt.Sprintf("run-%d", k.runs)))
	k.w.advance(2 * time.Second)
	again := k.plan(t)
	if again.Digest != first.Digest || len(k.target.records) != 0 {
		t.Fatal("the plans have two digests, or nothing was undone: nothing was tried")
	}
	opt := k.options()
	opt.State = k.store
	if _, err := pipeline.Apply(t.Context(), again, opt); !errors.Is(err, pipeline.ErrInterrupted) {
		t.Errorf("without resuming: %v", err)
	}
	if r, waited := k.resumed(t, again); r.Count()[pipeline.Verified] != 1 || waited == 0 || waited > pipeline.SettleDefault {
		t.Errorf("resumed, after %s: outcomes %+v", waited, r.Outcomes)
	}
	onlyRecord(t, k.job)
}

// Another plan sent the same contact after the undo and got no answer: what is created
// again waits until that has settled.
func TestPlannedAgainBesideALostCallOfAnother(t *testing.T) {
	k := newKept(t, nil, nil)
	k.nameless(t, person(1))
	first := k.plan(t)
	k.run(t, k.mustUndo(t, k.run(t, first)))
	k.target.blind, k.target.faults[3] = true, late
	k.nameless(t, person(1).with("note", text("n")))
	opt := k.options()
	opt.State = k.store
	r, err := pipeline.Apply(t.Context(), k.plan(t), opt)
	must(t, err)
	if r.Count()[pipeline.Unknown] != 1 {
		t.Fatalf("nothing was lost: %+v", r.Outcomes)
	}
	k.nameless(t, person(1))
	k.w.advance(time.Second)
	p := k.plan(t)
	if p.Digest != first.Digest {
		t.Fatal("the plans have two digests: nothing was tried")
	}
	r, _ = k.resumed(t, p)
	k.w.advance(pipeline.SettleDefault) // what is late has come
	if content := k.target.content(); len(content) != 1 {
		t.Errorf("the target has %q, outcomes %+v", content, r.Outcomes)
	}
}

// TestCreatedAndTakenBack plays histories of plans, applies and undos minutes apart, at a
// target that loses answers, carries calls out late and without a look at what is there,
// and lists that lag. Nothing is ever there twice; and what an undo deleted, with nothing
// lost, the next plan creates again without waiting.
func TestCreatedAndTakenBack(t *testing.T) {
	n := 160
	if testing.Short() {
		n = 40
	}
	var at, settled, lost, lagged int
	for seed := range uint64(n) {
		h := &takenBack{kept: newKept(t, nil, nil), random: rand.New(rand.NewPCG(seed, 11))}
		h.target.blind, h.target.pack = true, 2
		h.nameless(t, person(1), person(2).with("phone", text("2")), person(3))
		for range 6 {
			h.step(t)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		h.target.faults, h.target.lag = map[int]fault{}, 0
		h.w.advance(pipeline.SettleDefault + time.Minute)
		h.target.content() // what is late is there
		h.w.advance(pipeline.SettleDefault + time.Minute)
		r, _ := h.resumed(t, h.plan(t))
		h.whole(t, r)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		at, settled, lost, lagged = at+h.at, settled+h.settled, lost+h.lost, lagged+h.lagged
	}
	t.Logf("created again at once %d times, once it had settled %d times; %d answers were lost, %d readings lagged", at, settled, lost, lagged)
	if min(at, settled, lost, lagged) == 0 {
		t.Error("the histories do not hold all that is tried")
	}
}

// takenBack is one history.
type takenBack struct {
	*kept
	random                    *rand.Rand
	calm                      bool // nothing was lost, and no list lagged, since the target was as the source wants it, or empty
	at, settled, lost, lagged int
}

// step plans and applies, perhaps takes that back, and lets some minutes go by.
func (h *takenBack) step(t *testing.T) {
	h.target.faults, h.target.lag = map[int]fault{}, 0
	h.w.advance(time.Duration(1+h.random.IntN(6*60)) * time.Second)
	undone := len(h.target.content()) == 0 && h.runs > 0
	calm := h.calm
	h.weather()
	p := h.plan(t)
	r, waited := h.resumed(t, p)
	h.single(t, r)
	if calm && h.calm && len(p.Changes) > 0 {
		h.whole(t, r)
		if waited > 0 {
			t.Errorf("it waited %s, outcomes %+v", waited, r.Outcomes)
		}
		if undone {
			h.at++
		}
	}
	if waited > 0 {
		h.settled++
	}
	if h.random.IntN(4) == 0 {
		return
	}
	h.w.advance(time.Duration(1+h.random.IntN(3*60)) * time.Second)
	undo, err := h.undo(t, fmt.Sprintf("run-%d", h.runs), true)
	must(t, err)
	if h.random.IntN(3) == 0 {
		h.weather()
	}
	_, _ = h.resumed(t, undo)
	h.single(t, r)
	h.calm = len(h.target.content()) == 0 && len(h.target.waiting) == 0 && len(h.target.faults) == 0
}

// weather has answers get lost and lists lag, in some steps.
func (h *takenBack) weather() {
	h.calm = h.calm || h.runs == 0
	if h.random.IntN(3) == 0 {
		h.target.faults[len(h.target.calls)+1+h.random.IntN(3)] = []fault{late, lostAfter, lostBefore}[h.random.IntN(3)]
		h.calm, h.lost = false, h.lost+1
	}
	if h.random.IntN(4) == 0 {
		h.target.old, h.target.lag = h.target.copied(), 1+h.random.IntN(3)
		h.calm, h.lagged = false, h.lagged+1
	}
}

// single holds that nobody is there twice.
func (h *takenBack) single(t *testing.T, r *pipeline.Result) {
	t.Helper()
	there := map[string]bool{}
	for _, line := range h.target.content() {
		if there[line] {
			t.Errorf("twice in the target: %s; outcomes %+v", line, r.Outcomes)
		}
		there[line] = true
	}
}

// whole holds that the target is as the source wants it.
func (h *takenBack) whole(t *testing.T, r *pipeline.Result) {
	t.Helper()
	h.single(t, r)
	if content := h.target.content(); len(content) != 3 {
		t.Errorf("the target has %q, outcomes %+v", content, r.Outcomes)
	}
}
