package linkage_test

import (
	"context"
	"slices"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// By pinned weights and frequencies, written down and read again, two records
// keep their score whatever other records come and go.
func TestPinnedFrequenciesKeepScores(t *testing.T) {
	c := linkage.Config{Columns: everything}
	rows := tangled(1800, 3)
	first := scratch(t, c, rows[:1500], nil, nil)
	pinned := c
	pinned.Weights = written(t, first.Pinned())
	again := scratch(t, pinned, rows[:1500], nil, nil)
	if !slices.Equal(first.Clusters, again.Clusters) || !slices.Equal(first.Best, again.Best) || !slices.Equal(first.Questions, again.Questions) {
		t.Error("the same records by their own weights and frequencies: other clusters or questions")
	}
	more := scratch(t, pinned, rows, nil, nil)
	for name, r := range map[string]*linkage.Result{"the same records": again, "more records": more} {
		others := 0
		for p := range first.Pairs() {
			if now := r.Explain(p.A, p.B); now.Sum != p.Score && sameUsers(first, r, p.A, p.B) {
				if others++; others < 4 {
					t.Errorf("%s: %v and %v score %v, and scored %v:\n%+v\n%+v", name, rows[p.A], rows[p.B], now.Sum, p.Score, now.Parts, first.Explain(p.A, p.B).Parts)
				}
			}
		}
		if text, want := string(weightsText(t, r.Pinned())), string(weightsText(t, first.Pinned())); name == "the same records" && text != want {
			t.Errorf("%s: other weights or frequencies are pinned of them", name)
		}
	}
	free := c
	free.Weights = written(t, first.Weights)
	moved := 0
	loose := scratch(t, free, rows, nil, nil)
	for p := range first.Pairs() {
		if loose.Explain(p.A, p.B).Sum != p.Score {
			moved++
		}
	}
	if moved == 0 {
		t.Error("the test needs records that score otherwise when more of them are counted")
	}
}

// sameUsers reports whether two records show the same levels in two results: who
// uses a phone or mailbox, and whose name a mailbox tells, is no frequency.
func sameUsers(x, y *linkage.Result, a, b int32) bool {
	levels := func(r *linkage.Result) (out []string) {
		for _, p := range r.Explain(a, b).Parts {
			if p.Field != "" {
				out = append(out, p.Field+": "+p.Level)
			}
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(levels(x), levels(y))
}

func weightsText(t *testing.T, w *linkage.Weights) []byte {
	t.Helper()
	text, err := w.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// written is weights that were written down and read again.
func written(t *testing.T, w *linkage.Weights) *linkage.Weights {
	t.Helper()
	out, err := linkage.ParseWeights(weightsText(t, w))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Damaged frequencies are refused: a run must not weigh otherwise than was pinned.
func TestDamagedFrequenciesAreRefused(t *testing.T) {
	rows, _ := crowd(1200)
	whole := run(t, linkage.Config{}, rows).Pinned()
	for name, damage := range map[string]func(f *linkage.Frequencies){
		"no records":   func(f *linkage.Frequencies) { f.Records = 0 },
		"too many":     func(f *linkage.Frequencies) { f.Records = 1 << 40 },
		"no chance":    func(f *linkage.Frequencies) { f.Typical[0][5] = 3 },
		"names":        func(f *linkage.Frequencies) { f.Names[7] = -1 },
		"mean":         func(f *linkage.Frequencies) { f.Mean[0] = 0 },
		"cut off":      func(f *linkage.Frequencies) { f.Values[0].Counts = f.Values[0].Counts[:len(f.Values[0].Counts)-1] },
		"out of order": func(f *linkage.Frequencies) { f.Values[0].Counts[0] ^= 0xff },
		"one byte":     func(f *linkage.Frequencies) { f.Values[0].Counts = []byte{1} },
		"count of a huge": func(f *linkage.Frequencies) {
			f.Values[0].Counts = slices.Concat(make([]byte, 6), []byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
		},
	} {
		w := written(t, whole)
		damage(w.Frequencies)
		l, err := linkage.New(linkage.Config{Columns: people, Weights: w})
		if err == nil {
			_, err = l.Run(context.Background(), linkage.Input{Records: tableOf(t, people, rows)})
		}
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
