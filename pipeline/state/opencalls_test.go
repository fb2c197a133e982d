package state

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// journalled is a store with answered calls of two plans, a minute apart, the last of them
// at noon.
func journalled(t *testing.T, n int) string {
	t.Helper()
	path := lived(t)
	foreign(t, path, "DELETE FROM calls", "DELETE FROM runs")
	s := open(t, path)
	for i := range n {
		run, at := fmt.Sprintf("q%d", i/2), noon.Add(time.Duration(i+1-n)*time.Minute)
		must(t, s.StartRun(t.Context(), pipeline.RunRecord{ID: run, Pipeline: "fair", Target: shop, Digest: "d" + run, Start: at}))
		must(t, s.Intend(t.Context(), pipeline.Call{Run: run, Seq: i%2 + 1, Target: shop, Digest: "d" + run, Route: "patch", At: at, Changes: []pipeline.Change{person("c", "1", "a@example.com", "A")}}))
		must(t, s.Settle(t.Context(), pipeline.Verdict{Run: run, Seq: i%2 + 1, At: at.Add(time.Second), Outcomes: []pipeline.Outcome{{Change: "c", Status: pipeline.Sent}}}))
	}
	must(t, s.Close())
	return path
}

// TestWhatCannotBeReadMayBeOpen damages calls that were answered. As long as no later call
// shows that they were over long ago, what they sent may still be carried out.
func TestWhatCannotBeReadMayBeOpen(t *testing.T) {
	const forgotten = "taken out"
	for _, tt := range []struct {
		name, damage, want string
		told               int // damaged calls
	}{
		{"the last call, without an answer", "UPDATE calls SET changes = '[', settled = NULL, outcomes = NULL, verdict_sum = NULL WHERE rowid = (SELECT max(rowid) FROM calls)", "lost", 1},
		{"the last call, whose answer says what came of all", "UPDATE calls SET changes = '[' WHERE rowid = (SELECT max(rowid) FROM calls)", "", 0},
		{"to whom the last call was", "UPDATE calls SET target = 'shoq' WHERE rowid = (SELECT max(rowid) FROM calls)", "lost", 1},
		{"to whom the last but one was, in the run of the last", "UPDATE calls SET target = 'shoq' WHERE run = 'q19' AND seq = 1", "lost", 1},
		{"its answer", "UPDATE calls SET outcomes = replace(outcomes, 'sent', 'semt') WHERE rowid = (SELECT max(rowid) FROM calls)", "doubtful", 0},
		{"when it was answered", "UPDATE calls SET settled = settled - 40000000000 WHERE rowid = (SELECT max(rowid) FROM calls)", "doubtful", 0},
		{"when it began", "UPDATE calls SET at = at - 40000000000, settled = NULL WHERE rowid = (SELECT max(rowid) FROM calls)", "lost", 1},
		{"the last but one", "DELETE FROM calls WHERE rowid = (SELECT max(rowid) - 1 FROM calls)", "lost", 1},
		{"an old one", "UPDATE calls SET changes = '[', settled = NULL, outcomes = NULL, verdict_sum = NULL WHERE run = 'q1' AND seq = 1", "", 0},
		{"an old one is missing", "DELETE FROM calls WHERE run = 'q1' AND seq = 1", "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := journalled(t, 40)
			if open := openOf(t, path, 0); len(open) > 0 {
				t.Fatalf("before any damage, open are %q", open)
			}
			foreign(t, path, tt.damage)
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			if open := openOf(t, path, tt.told); !slices.Equal(open, want) {
				t.Errorf("open are %q, want %q", open, want)
			}
			s := open(t, path)
			_, err := s.Mend(t.Context(), noon.Add(time.Hour), false)
			must(t, err)
			must(t, s.Close())
			after := openOf(t, path, 0)
			for _, c := range after {
				if c != "forgotten" && c != "open" {
					t.Errorf("%s, open are %q", forgotten, after)
				}
			}
			if tt.name == "the last call, without an answer" && len(after) != 1 {
				t.Errorf("%s, open are %q, want the call of which nothing is known", forgotten, after)
			}
		})
	}
}

// openOf are the calls that may be open since ten minutes before noon.
func openOf(t *testing.T, path string, told int) (list []string) {
	t.Helper()
	s := open(t, path)
	defer s.Close()
	calls, err := s.OpenCalls(t.Context(), shop, noon.Add(-10*time.Minute))
	must(t, err)
	for _, c := range calls {
		switch {
		case c.Lost:
			list = append(list, "lost")
		case c.Doubtful:
			list = append(list, "doubtful")
		case c.Route == pipeline.RouteForgotten:
			list = append(list, "forgotten")
		default:
			list = append(list, "open")
		}
	}
	if n := s.Damage(shop).Calls; n != told {
		t.Errorf("%d calls are told as damaged, want %d", n, told)
	}
	return list
}

// TestAMissingCallOfThePlanStopsIt takes a call out of the middle.
func TestAMissingCallOfThePlanStopsIt(t *testing.T) {
	path := journalled(t, 4)
	foreign(t, path, "DELETE FROM calls WHERE run = 'q1' AND seq = 1")
	s := open(t, path)
	if _, err := s.Calls(t.Context(), shop, "dq1"); err == nil {
		t.Error("a call of the plan is missing, and nothing is said")
	}
	if _, err := s.Calls(t.Context(), shop, "dq0"); err != nil {
		t.Errorf("the other plan: %v", err)
	}
	if _, _, err := s.RunCalls(t.Context(), "q1"); err == nil {
		t.Error("a call of the run is missing, and nothing is said")
	}
}
