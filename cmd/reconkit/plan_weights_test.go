package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// decided is what a plan decided about the rows of its sources: who is blocked,
// and what is asked, by labels.
type decided struct {
	Total struct {
		Create, Update, Records, Merged, Blocked int
	}
	Blocked   []struct{ Label, Code string }
	Questions []struct {
		A, B struct {
			Origin struct{ ID string }
			Target string
		}
		Score float64
	}
	Header struct {
		Bindings []struct {
			Weights struct {
				From    string
				Records int
			}
		}
	}
}

func decisions(t *testing.T, args ...string) decided {
	t.Helper()
	out, _ := matched(t, exitOK, append([]string{"plan", "--format", "json"}, args...)...)
	var d decided
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// pairs are the rows that are asked about, and how likely they are one.
func (d decided) pairs() map[[2]string]float64 {
	out := map[[2]string]float64{}
	for _, q := range d.Questions {
		if q.A.Target == "" && q.B.Target == "" {
			pair := []string{q.A.Origin.ID, q.B.Origin.ID}
			slices.Sort(pair)
			out[[2]string{pair[0], pair[1]}] = q.Score
		}
	}
	return out
}

// After an apply the target holds a copy of each contact, from which weights
// would be learned, too. The next plan decides as the one before nevertheless,
// since what that one learned is remembered, and copies teach nothing.
func TestPlanAfterApplyDecidesAsBefore(t *testing.T) {
	for _, tt := range []struct {
		name          string
		contacts      int
		before, after string // where the weights come from
	}{{"learned", 1200, "learned", "remembered"}, {"too few to learn", 300, "shipped", "shipped"}} {
		t.Run(tt.name, func(t *testing.T) {
			path := learnFolder(t, tt.contacts, strings.Replace(learnPipeline, "      weights: weights.json\n", "      review_above: 0.05\n", 1))
			planned, now := filepath.Join(filepath.Dir(path), "1.rkplan"), "--now="+time.Now().UTC().Format(time.RFC3339)
			before := decisions(t, path, "-o", planned, now)
			if w := before.Header.Bindings[0].Weights; w.From != tt.before || len(before.pairs()) < 5 {
				t.Fatalf("the first plan weighs by %+v and asks %d questions", w, len(before.pairs()))
			}
			if again := decisions(t, path, now); cmp.Diff(before, again) != "" {
				t.Errorf("a plan that was not applied left something behind:\n%s", cmp.Diff(before, again))
			}
			matched(t, exitBlocked, "apply", planned, "--yes")

			after := decisions(t, path, now)
			if w := after.Header.Bindings[0].Weights; w.From != tt.after || w.Records != before.Header.Bindings[0].Weights.Records {
				t.Errorf("the plan after apply weighs by %+v", w)
			}
			sameDecisions(t, "after apply", before, after)

			// What is learned anew is the same.
			anew := decisions(t, path, now, "--relearn")
			if diff := cmp.Diff(before.Header, anew.Header); diff != "" {
				t.Errorf("learned anew (-before +after):\n%s", diff)
			}
			sameDecisions(t, "learned anew", before, anew)
		})
	}
}

// sameDecisions compares a plan with one of the same rows after an apply.
func sameDecisions(t *testing.T, name string, before, after decided) {
	t.Helper()
	got, want := after.Total, before.Total
	if got.Create+got.Update != 0 {
		t.Errorf("%s: the plan would write: %+v", name, got)
	}
	if got.Records != want.Records || got.Merged != want.Merged || got.Blocked != want.Blocked {
		t.Errorf("%s: other decisions: %+v, before %+v", name, got, want)
	}
	if diff := cmp.Diff(before.Blocked, after.Blocked); diff != "" {
		t.Errorf("%s: blocked rows (-before +after):\n%s", name, diff)
	}
	if diff := cmp.Diff(before.pairs(), after.pairs()); diff != "" {
		t.Errorf("%s: rows that are asked about (-before +after):\n%s", name, diff)
	}
}
