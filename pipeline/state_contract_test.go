package pipeline_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/state"
)

// TestStateContract holds what an apply relies on, for the store on disk and
// for the memory of these tests alike.
func TestStateContract(t *testing.T) {
	for name, open := range map[string]func(*testing.T) pipeline.State{
		"memory": func(*testing.T) pipeline.State { return newMemory(nil) },
		"store": func(t *testing.T) pipeline.State {
			s, err := state.Open(context.Background(), filepath.Join(t.TempDir(), "state.db"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			for part, check := range map[string]func(*testing.T, pipeline.State){
				"links": contractLinks, "ledger": contractLedger, "journal": contractJournal, "lease": contractLease, "runs": contractRuns,
			} {
				t.Run(part, func(t *testing.T) { check(t, open(t)) })
			}
		})
	}
}

var contractTime = time.Date(2026, 3, 1, 9, 0, 0, 123456000, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func contractLinks(t *testing.T, s pipeline.State) {
	ctx := t.Context()
	links, err := s.Links(ctx, "a")
	if err != nil || len(links) != 0 {
		t.Fatalf("new: %v, %v", links, err)
	}
	must(t, s.SaveLinks(ctx, "a", nil))
	must(t, s.SaveLinks(ctx, "a", []pipeline.RowLink{{Source: "s", ID: "1", Target: "x"}, {Source: "s", ID: "2", Target: "y"}, {Source: "r", ID: "1", Target: "z\x00\xff"}}))
	must(t, s.SaveLinks(ctx, "a", []pipeline.RowLink{{Source: "s", ID: "2", Target: "moved"}}))
	must(t, s.SaveLinks(ctx, "b", []pipeline.RowLink{{Source: "s", ID: "1", Target: "other"}}))
	links, err = s.Links(ctx, "a")
	must(t, err)
	want := map[pipeline.RowKey]string{{Source: "s", ID: "1"}: "x", {Source: "s", ID: "2"}: "moved", {Source: "r", ID: "1"}: "z\x00\xff"}
	if diff := cmp.Diff(links, want); diff != "" {
		t.Errorf("links (-got +want):\n%s", diff)
	}
}

func contractLedger(t *testing.T, s pipeline.State) {
	ctx := t.Context()
	entries := []pipeline.LedgerEntry{
		{Record: "r1", Field: "a", Sent: pipeline.Erase(), Shown: pipeline.Null(), At: contractTime},
		{Record: "r1", Field: "b", Sent: pipeline.StringValue("\xff"), Shown: pipeline.FloatValue(0.1), At: contractTime},
		{Record: "r2", Field: "a", Sent: pipeline.ListValue([]string{"x"}), Shown: pipeline.ListValue(nil), At: contractTime},
	}
	must(t, s.SaveEntries(ctx, "a", nil))
	must(t, s.SaveEntries(ctx, "a", entries))
	changed := entries[1]
	changed.Sent, changed.At = pipeline.BoolValue(true), contractTime.Add(time.Hour)
	must(t, s.SaveEntries(ctx, "a", []pipeline.LedgerEntry{changed}))
	must(t, s.SaveEntries(ctx, "b", entries[:1]))
	got, err := s.Entries(ctx, "a")
	must(t, err)
	if diff := cmp.Diff(got, map[string][]pipeline.LedgerEntry{"r1": {entries[0], changed}, "r2": {entries[2]}}); diff != "" {
		t.Errorf("ledger (-got +want):\n%s", diff)
	}
}

func contractJournal(t *testing.T, s pipeline.State) {
	ctx := t.Context()
	call := func(run string, seq int, target, digest string) pipeline.Call {
		return pipeline.Call{Run: run, Seq: seq, Target: target, Digest: digest, Route: "bulk", At: contractTime.Add(time.Duration(seq) * time.Second), Changes: []pipeline.Change{
			{ID: "c1", Action: pipeline.Update, Target: "t1", Fields: []pipeline.FieldChange{{Field: "f", Before: pipeline.StringValue("<a>"), After: pipeline.Erase()}}, Rows: []pipeline.Origin{{Source: "s", Row: 3}}},
			{ID: "c2", Action: pipeline.Create, Rows: []pipeline.Origin{}}}}
	}
	z, a, other := call("z", 1, "t", "d"), call("a", 1, "t", "d"), call("z", 2, "t", "another plan")
	for _, c := range []pipeline.Call{z, a, other, call("z", 3, "another target", "d")} {
		must(t, s.Intend(ctx, c))
	}
	if err := s.Intend(ctx, z); err == nil {
		t.Error("one call was intended twice")
	}
	v := pipeline.Verdict{Run: "z", Seq: 1, At: contractTime.Add(time.Minute), Outcomes: []pipeline.Outcome{{Change: "c1", Status: pipeline.Sent, Target: "t1"}, {Change: "c2", Status: pipeline.Refused, Message: "nein\n"}}}
	must(t, s.Settle(ctx, v))
	if err := s.Settle(ctx, pipeline.Verdict{Run: "z", Seq: 99, At: contractTime}); err == nil {
		t.Error("a call that was never intended was settled")
	}
	got, err := s.Calls(ctx, "t", "d")
	must(t, err)
	if diff := cmp.Diff(got, []pipeline.CallRecord{{Call: z, Verdict: &v}, {Call: a}}); diff != "" {
		t.Errorf("calls in the order of their intent (-got +want):\n%s", diff)
	}
	journal := s.(pipeline.Withdrawer)
	if err := journal.Withdraw(ctx, "z", 1); err == nil {
		t.Error("a call with a verdict was taken out")
	}
	again := call("a", 2, "t", "d")
	must(t, s.Intend(ctx, again))
	must(t, journal.Withdraw(ctx, "a", 2))
	if err := journal.Withdraw(ctx, "a", 2); err == nil {
		t.Error("a call that is not there was taken out")
	}
	if got, err := s.Calls(ctx, "t", "d"); err != nil || len(got) != 2 {
		t.Errorf("%d calls after one was taken out, %v", len(got), err)
	}
	must(t, s.Intend(ctx, again)) // its number is free
	must(t, journal.Withdraw(ctx, "a", 2))
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Intend(stopped, call("z", 9, "t", "d")); err == nil {
		t.Error("an intent was written after the context ended")
	}
	if got, _ := s.Calls(ctx, "t", "d"); len(got) != 2 {
		t.Errorf("%d calls after an intent that failed", len(got))
	}
}

func contractLease(t *testing.T, s pipeline.State) {
	ctx, now := t.Context(), contractTime
	must(t, s.Acquire(ctx, "t", "anna", now, time.Minute))
	must(t, s.Acquire(ctx, "u", "bert", now, time.Minute))
	var held *pipeline.LeaseHeldError
	err := s.Acquire(ctx, "t", "bert", now.Add(59*time.Second), time.Minute)
	if !errors.As(err, &held) {
		t.Fatalf("the lease was taken twice: %v", err)
	}
	if diff := cmp.Diff(*held, pipeline.LeaseHeldError{Target: "t", Holder: "anna", Since: now, Until: now.Add(time.Minute)}); diff != "" {
		t.Errorf("who holds it (-got +want):\n%s", diff)
	}
	if err := s.Renew(ctx, "t", "bert", now, time.Minute); err == nil {
		t.Error("another renewed the lease")
	}
	must(t, s.Renew(ctx, "t", "anna", now.Add(30*time.Second), time.Minute))
	must(t, s.Release(ctx, "t", "bert")) // not his
	if err := s.Acquire(ctx, "t", "bert", now.Add(80*time.Second), time.Minute); !errors.As(err, &held) || !held.Until.Equal(now.Add(90*time.Second)) {
		t.Errorf("a renewed lease: %v", err)
	}
	if err := s.Renew(ctx, "t", "anna", now.Add(90*time.Second), time.Minute); err == nil {
		t.Error("a lease that ran out was renewed")
	}
	must(t, s.Acquire(ctx, "t", "bert", now.Add(90*time.Second), time.Minute))
	if err := s.Renew(ctx, "t", "anna", now.Add(91*time.Second), time.Minute); err == nil {
		t.Error("a lease that another took over was renewed")
	}
	must(t, s.Release(ctx, "t", "bert"))
	must(t, s.Acquire(ctx, "t", "anna", now.Add(92*time.Second), time.Minute))
}

func contractRuns(t *testing.T, s pipeline.State) {
	ctx := t.Context()
	r := pipeline.RunRecord{ID: "r", Pipeline: "p", Target: "t", Digest: "d", Start: contractTime}
	must(t, s.StartRun(ctx, r))
	must(t, s.EndRun(ctx, "r", contractTime.Add(time.Hour), "done", map[pipeline.Status]int{pipeline.Verified: 3}))
	must(t, s.StartRun(ctx, r))
}
