package linkage_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/reconkit/reconkit/dedupe/linkage"
)

// partition writes labels as sets of rows, in an order of their own.
func partition(labels []int32, rows [][]string) []string {
	by := map[int32][]string{}
	for i, l := range labels {
		by[l] = append(by[l], strings.Join(rows[i], "|"))
	}
	var out []string
	for _, set := range by {
		sort.Strings(set)
		out = append(out, strings.Join(set, "\n"))
	}
	sort.Strings(out)
	return out
}

// The order of the rows and the number of workers change nothing.
func TestOrderAndWorkersDoNotMatter(t *testing.T) {
	rows, _ := crowd(1500)
	first := run(t, linkage.Config{Workers: 1}, rows)
	best, sure := partition(first.Best, rows), partition(first.Clusters, rows)
	if n := distinct(first.Best); n < 1000 || n > 1400 {
		t.Fatalf("got %d clusters of 1,500 rows; the test needs some that were joined and some that were not", n)
	}
	for seed := range uint64(3) {
		shuffled := slices.Clone(rows)
		rand.New(rand.NewPCG(seed, 7)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		r := run(t, linkage.Config{Workers: 1 + int(seed)*3}, shuffled)
		if diff := cmp.Diff(best, partition(r.Best, shuffled)); diff != "" {
			t.Errorf("seed %d: other best clusters (-first +shuffled):\n%s", seed, diff)
		}
		if diff := cmp.Diff(sure, partition(r.Clusters, shuffled)); diff != "" {
			t.Errorf("seed %d: other sure clusters (-first +shuffled):\n%s", seed, diff)
		}
	}
}

// Every explanation adds up to the score of its pair, whoever asks.
func TestExplanationsAddUp(t *testing.T) {
	rows, truth := crowd(1500)
	r := run(t, linkage.Config{}, rows)
	seen := 0
	check := func(a, b int32, score linkage.Weight) {
		t.Helper()
		seen++
		for _, e := range []linkage.Explanation{r.Explain(a, b), r.Explain(b, a)} {
			sum := linkage.Weight(0)
			for _, p := range e.Parts {
				sum += p.Weight
			}
			if sum != e.Sum || e.Sum != score {
				t.Fatalf("parts of %d and %d add up to %v, the sum is %v and the score %v", a, b, sum, e.Sum, score)
			}
			if got := e.Classes.Same + e.Classes.Household + e.Classes.Colleagues + e.Classes.Strangers; got < .999999 || got > 1.000001 {
				t.Fatalf("classes of %d and %d add up to %v", a, b, got)
			}
			if got := e.Sum.Probability(); got != e.Probability {
				t.Fatalf("probability of %d and %d is %v, the sum stands for %v", a, b, e.Probability, got)
			}
		}
	}
	for p := range r.Pairs() {
		check(p.A, p.B, p.Score)
	}
	if seen < 300 {
		t.Fatalf("only %d pairs were told of", seen)
	}
	for i := 1; i < len(rows); i++ {
		if truth[i] != truth[i-1] {
			check(int32(i-1), int32(i), r.Explain(int32(i-1), int32(i)).Sum)
		}
	}
}

// A better level never weighs less: along each of these lists of levels the evidence
// against strangers grows. How frequent the values are is not in it.
func TestLevelsAreMonotone(t *testing.T) {
	rows, _ := crowd(1500)
	r := run(t, linkage.Config{}, rows)
	ladders := map[string][]string{
		"given name":  {"different", "hardly alike", "alike", "one slip apart", "equal"},
		"family name": {"different", "hardly alike", "alike", "one slip apart", "equal"},
		"e-mail":      {"different", "one slip apart", "equal"},
		"phone":       {"different", "one slip apart", "equal"},
		"address":     {"different", "same postcode and town", "same line and town"},
	}
	found := 0
	for _, f := range r.Weights.Fields {
		before, at := -1.0, ""
		for _, level := range ladders[f.Field] {
			i := slices.Index(f.Levels, level)
			if i < 0 {
				t.Fatalf("%s has no level %q", f.Field, level)
			}
			ratio := f.Same[i] / f.Strangers[i]
			if ratio < before {
				t.Errorf("%s: %q weighs less (%.3g) than %q (%.3g)", f.Field, level, ratio, at, before)
			}
			before, at = ratio, level
		}
		if ladders[f.Field] != nil {
			found++
		}
	}
	if found != len(ladders) {
		t.Errorf("found %d of %d fields", found, len(ladders))
	}
}

// Weights that are kept as text and pinned decide as they did.
func TestPinnedWeightsDecideTheSame(t *testing.T) {
	rows, _ := crowd(1500)
	first := run(t, linkage.Config{}, rows)
	text, err := json.Marshal(first.Weights)
	if err != nil {
		t.Fatal(err)
	}
	var pinned linkage.Weights
	if err := json.Unmarshal(text, &pinned); err != nil {
		t.Fatal(err)
	}
	again := run(t, linkage.Config{Weights: &pinned}, rows)
	if diff := cmp.Diff(partition(first.Best, rows), partition(again.Best, rows)); diff != "" {
		t.Errorf("other clusters (-learned +pinned):\n%s", diff)
	}
	if !strings.Contains(again.Report.WeightsWhy, "pinned") {
		t.Errorf("the report says %q, not that weights were pinned", again.Report.WeightsWhy)
	}
	other := linkage.Config{Columns: people[:4], Weights: &pinned}
	if _, err := linkage.New(other); err == nil {
		t.Error("weights for other columns were taken")
	}
}

// Few records teach nothing: the shipped weights are used, and that is said.
func TestFewRecordsUseShippedWeights(t *testing.T) {
	rows, truth := crowd(120)
	r := run(t, linkage.Config{}, rows)
	if r.Report.Learned || !strings.Contains(r.Report.WeightsWhy, "shipped") {
		t.Errorf("learned %v: %q", r.Report.Learned, r.Report.WeightsWhy)
	}
	wrong := 0
	for i := range rows {
		for j := range i {
			if (truth[i] == truth[j]) != (r.Best[i] == r.Best[j]) {
				wrong++
			}
		}
	}
	if wrong > 2 {
		t.Errorf("%d pairs of %d records are wrong", wrong, len(rows))
	}
}

func TestReliability(t *testing.T) {
	pairs := []linkage.Pair{{A: 0, B: 1, Probability: .05}, {A: 0, B: 2, Probability: .95}, {A: 0, B: 3, Probability: 1}}
	bins := linkage.Reliability(slices.Values(pairs), func(_, b int32) bool { return b == 3 })
	if got := bins[9]; got.Pairs != 2 || got.True != .5 || got.Predicted != .975 {
		t.Errorf("last bin is %+v, want 2 pairs, half of them the same, .975 predicted", got)
	}
}

// Which of two records comes first changes nothing.
func TestComparingIsSymmetric(t *testing.T) {
	rows, _ := crowd(1200)
	for i := 0; i < len(rows); i += 5 { // names that disagree with their mailboxes, swapped, missing and several names
		switch i / 5 % 4 {
		case 0:
			rows[i][0] = "Quentin"
		case 1:
			rows[i][0], rows[i][1] = rows[i][1], rows[i][0]
		case 2:
			rows[i][0] += " " + strings.Repeat(givenNames[i%26][:3]+"en ", 1+i%2) + givenNames[(i+i%2)%26]
		default:
			rows[i][1] = ""
		}
	}
	r := run(t, linkage.Config{}, rows)
	reversed := slices.Clone(rows)
	slices.Reverse(reversed)
	other := run(t, linkage.Config{}, reversed)
	last := int32(len(rows) - 1)
	for i := range last {
		for _, j := range []int32{i + 1, (i*7 + 3) % last} {
			if i == j {
				continue
			}
			a, b := r.Explain(i, j), other.Explain(last-i, last-j)
			if a.Sum != b.Sum {
				t.Fatalf("%v and %v: %v, and reversed %v\n%+v\n%+v", rows[i], rows[j], a.Sum, b.Sum, a.Parts, b.Parts)
			}
		}
	}
}
