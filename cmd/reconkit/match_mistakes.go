package main

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/dedupe/measure"
)

// mistakesMax is the number of mistakes of each kind that are written; they are
// there to be read.
const mistakesMax = 10_000

// The two kinds of mistakes.
const (
	mistakeWrong  = "wrong"  // together, and two contacts
	mistakeMissed = "missed" // apart, and one contact
)

// mistake is a pair with what the matching thought of it.
type mistake struct {
	kind string
	linkage.Pair
}

// writeMistakes writes where the best guess and the truth differ, the worst
// first: what was wrongly held to be surely one, then what was missed and held
// to be surely two.
func (a *app) writeMistakes(ctx context.Context, m *matching, f matchEvalFlags, truth *measure.Truth, r *linkage.Result) error {
	found, err := truth.Mistakes(r.Best)
	if err != nil {
		return err
	}
	counted, err := truth.Clusters(r.Best)
	if err != nil {
		return err
	}
	wrong, missed := judged(found.Wrong, mistakeWrong, r), judged(found.Missed, mistakeMissed, r)
	slices.SortStableFunc(wrong, func(a, b mistake) int { return cmp.Compare(b.Score, a.Score) })
	slices.SortStableFunc(missed, func(a, b mistake) int { return cmp.Compare(a.Score, b.Score) })
	all := append(wrong, missed...)
	left := counted.Pairs.Found + counted.Pairs.True - 2*counted.Pairs.Right - int64(len(all))
	fmt.Fprintf(a.stderr, "%s in %s, %s left out\n", plural(len(all), "mistake", "mistakes"), oneLine(f.mistakes), number(int(left)))
	return m.writePairs(ctx, f.mistakes, [2]string{"mistake", questionTie}, len(all), func(i int) pairLine {
		return pairLine{lead: [2]string{all[i].kind, sixDigits(all[i].Probability)}, a: all[i].A, b: all[i].B}
	})
}

// judged takes the first mistakes.
func judged(pairs iter.Seq[measure.Pair], kind string, r *linkage.Result) (list []mistake) {
	for p := range pairs {
		if len(list) == mistakesMax {
			break
		}
		e := r.Explain(p.A, p.B)
		list = append(list, mistake{kind, linkage.Pair{A: p.A, B: p.B, Score: e.Sum, Probability: e.Probability}})
	}
	return list
}
