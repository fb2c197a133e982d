package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

// What a wave of many changes wrote is remembered in pieces. A process that dies before, between or
// after them ends, resumed, with the target and the memory of one that lived: every
// value sent is known, so that edits of it are seen, and every record is known to be
// ours, so that it may go with its row.
func TestDeathBetweenPiecesOfTheLedger(t *testing.T) {
	const people = 3_000 // calls of 1, 999 and 2 of 1,000, of which the last two are a wave
	create := func() (*job, *pipeline.Plan) {
		desired := make([]row, people)
		for i := range desired {
			desired[i] = row{"number": text(fmt.Sprintf("N%04d", i)), "email": text(fmt.Sprintf("p%04d@example.com", i)), "name": text("Person"), "phone": text("1"), "note": text("n")}
		}
		j := newJob(t, nil, desired)
		j.target.pack = 1_000
		j.target.afterCreate = func(r row) row { return r.with("points", pipeline.IntValue(3)) }
		j.policy.OnMissing = pipeline.DeleteMissing
		return j, j.plan(t)
	}
	undisturbed, plan := create()
	first := len(undisturbed.w.events)
	undisturbed.apply(t, plan)
	want := undisturbed.known(t)
	var deaths []int // at and around pieces that follow each other
	events := undisturbed.w.events
	for i := first; i+1 < len(events); i++ {
		if events[i] == "ledger" && events[i+1] == "ledger" {
			deaths = append(deaths, i-1, i, i+1, i+2)
		}
	}
	if slices.Sort(deaths); len(deaths) == 0 {
		t.Fatalf("no wave was remembered in pieces: %v", events[first:])
	}
	for _, at := range slices.Compact(deaths) {
		for _, mode := range []string{"before", "after"} {
			t.Run(fmt.Sprintf("%d %s %s", at, mode, events[at]), func(t *testing.T) {
				j, plan := create()
				j.w.dieAt, j.w.mode = at+1, mode
				if _, err := pipeline.Apply(t.Context(), plan, j.options()); !errors.Is(err, errDead) {
					t.Fatalf("the process did not die: %v", err)
				}
				j.w.revive()
				j.w.advance(pipeline.SettleDefault + pipeline.LeaseTime)
				j.resume(t, plan)
				if diff := cmp.Diff(j.known(t), want); diff != "" {
					t.Errorf("known after resume (-got +want):\n%.2000s", diff)
				}
				if next := j.plan(t); len(next.Changes)+len(next.Blocked) != 0 {
					t.Errorf("the next plan has %d changes and %d blocked", len(next.Changes), len(next.Blocked))
				}
				j.want(t, person(1))
				if mirror := j.plan(t); mirror.Total().Delete != people || len(mirror.Blocked) != 0 {
					t.Errorf("of %d records whose rows are gone %d are deleted and %d are blocked", people, mirror.Total().Delete, len(mirror.Blocked))
				}
			})
		}
	}
}

// known is what the target holds and what is remembered of what was sent.
func (j *job) known(t *testing.T) map[string]string {
	t.Helper()
	entries, err := j.state.Entries(context.Background(), j.target.Identity())
	must(t, err)
	created, err := j.state.Created(context.Background(), j.target.Identity())
	must(t, err)
	all := map[string]string{"target": fmt.Sprint(j.target.content())}
	for id, list := range entries {
		for _, e := range list {
			if !e.Sent.IsNull() {
				all[id+" "+e.Field] = e.Sent.String() + " shown as " + e.Shown.String()
			}
		}
	}
	for id, by := range created {
		all[id+" was created"] = by
	}
	return all
}
