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
// since what that one learned is remembered.
func TestPlanAfterApplyDecidesAsBefore(t *testing.T) {
	pipelineFile := learnFolder(t, 1200, strings.Replace(learnPipeline, "      weights: weights.json\n", "      review_above: 0.05\n", 1))
	folder := filepath.Dir(pipelineFile)
	planned, now := filepath.Join(folder, "1.rkplan"), "--now="+time.Now().UTC().Format(time.RFC3339)
	before := decisions(t, pipelineFile, "-o", planned, now)
	if w := before.Header.Bindings[0].Weights; w.From != "learned" || w.Records < 1200 {
		t.Fatalf("the first plan weighs by %+v", w)
	}
	if again := decisions(t, pipelineFile, now); cmp.Diff(before, again) != "" {
		t.Errorf("a plan that was not applied left something behind:\n%s", cmp.Diff(before, again))
	}
	blocked := exitOK
	if len(before.Blocked) > 0 {
		blocked = exitBlocked
	}
	matched(t, blocked, "apply", planned, "--yes")

	after := decisions(t, pipelineFile, now)
	if w := after.Header.Bindings[0].Weights; w.From != "remembered" || w.Records != before.Header.Bindings[0].Weights.Records {
		t.Errorf("the plan after apply weighs by %+v", w)
	}
	if after.Total.Create+after.Total.Update != 0 {
		t.Errorf("the plan after apply would write: %+v", after.Total)
	}
	if got, want := after.Total, before.Total; got.Records != want.Records || got.Merged != want.Merged || got.Blocked != want.Blocked {
		t.Errorf("other decisions: %+v, before %+v", got, want)
	}
	if diff := cmp.Diff(before.Blocked, after.Blocked); diff != "" {
		t.Errorf("blocked rows (-before +after):\n%s", diff)
	}
	if len(before.pairs()) < 5 {
		t.Errorf("the test needs rows in doubt, and has %d", len(before.pairs()))
	}
	if diff := cmp.Diff(before.pairs(), after.pairs()); diff != "" {
		t.Errorf("rows that are asked about (-before +after):\n%s", diff)
	}

	// What is learned anew is the same, since copies teach nothing.
	anew := decisions(t, pipelineFile, now, "--relearn")
	if diff := cmp.Diff(before.Header, anew.Header); diff != "" {
		t.Errorf("learned anew (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(before.pairs(), anew.pairs()); diff != "" {
		t.Errorf("rows that are asked about (-before +learned anew):\n%s", diff)
	}
}
