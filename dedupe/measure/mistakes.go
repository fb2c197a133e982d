package measure

import (
	"fmt"
	"iter"
	"slices"
)

// Mistakes are pairs to look at: all that [Truth.Clusters] counts as such. Some of each
// group of records come before more of any, so that whoever stops early has seen the most
// groups.
type Mistakes struct {
	Wrong  iter.Seq[Pair] // of records that share a cluster and are no true pair
	Missed iter.Seq[Pair] // of records that are a true pair and stand apart
}

// Mistakes finds where clusters and truth differ. Labels are those of [FromClusters].
func (t *Truth) Mistakes(predicted []int32) (*Mistakes, error) {
	if err := checkLabels(predicted, len(t.labels)); err != nil {
		return nil, fmt.Errorf("clusters: %w", err)
	}
	wrong := func(p Pair) bool { return t.counts(p) && !t.Same(p.A, p.B) }
	missed := func(p Pair) bool { return predicted[p.A] != predicted[p.B] && t.Same(p.A, p.B) }
	m := &Mistakes{Wrong: within(mixed(predicted, t.labels, t.pairs != nil), wrong), Missed: within(mixed(t.labels, predicted, false), missed)}
	return m, nil
}

// counts reports whether a pair is one that counts: of a link set, one across the two files.
func (t *Truth) counts(p Pair) bool {
	return t.left == 0 || (int(p.A) < t.left) != (int(p.B) < t.left)
}

// mixed are the records of each group of whole that is of more than one part, or of each
// group where all are wanted.
func mixed(whole, parts []int32, all bool) [][]int32 {
	groups := make([][]int32, len(whole))
	for i, w := range whole {
		groups[w] = append(groups[w], int32(i))
	}
	return slices.DeleteFunc(groups, func(g []int32) bool {
		return len(g) < 2 || !all && !slices.ContainsFunc(g, func(i int32) bool { return parts[i] != parts[g[0]] })
	})
}

// lookedMax is how many pairs are looked at for examples of mistakes, so that groups of very
// many records take no more than a second.
const lookedMax = 1 << 26

// within yields the pairs of each group of which something is true: first those of
// neighbours of all groups, then those of the next but one, and so on, of lookedMax pairs.
func within(groups [][]int32, wanted func(Pair) bool) iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		left, looked := slices.Clone(groups), 0
		for step := 1; len(left) > 0; step++ {
			left = slices.DeleteFunc(left, func(g []int32) bool { return len(g) <= step })
			for _, g := range left {
				if looked += len(g) - step; looked > lookedMax {
					return
				}
				for i, a := range g[:len(g)-step] {
					if p := (Pair{a, g[i+step]}); wanted(p) && !yield(p) {
						return
					}
				}
			}
		}
	}
}
