package measure

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
)

// Mistakes are pairs to look at.
type Mistakes struct {
	// Wrong yields pairs of records that share a cluster and are two entities:
	// the first record of a cluster and, for each further entity in it, the
	// first record of that.
	Wrong iter.Seq[Pair]
	// Missed yields pairs of records that are one entity and stand apart: the
	// first record of an entity and, for each further cluster that has some of
	// it, the first record there.
	Missed iter.Seq[Pair]
}

// Mistakes finds where clusters and truth differ. There are at most as many
// pairs as records, however many pairs are wrong; they come in the order of
// their first records. Labels are those of [FromClusters].
func (t *Truth) Mistakes(predicted []int32) (*Mistakes, error) {
	if err := checkLabels(predicted, len(t.labels)); err != nil {
		return nil, fmt.Errorf("clusters: %w", err)
	}
	return &Mistakes{Wrong: apart(predicted, t.labels), Missed: apart(t.labels, predicted)}, nil
}

// apart yields, for each group of whole, its first record with the first record
// of each further part of it.
func apart(whole, parts []int32) iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		first := make([]int32, len(whole)) // record of each group, from 1
		var others []int32
		for i, w := range whole {
			switch f := first[w]; {
			case f == 0:
				first[w] = int32(i) + 1
			case parts[f-1] != parts[i]:
				others = append(others, int32(i))
			}
		}
		// Of each group and part the first record, by the first of the group.
		slices.SortFunc(others, func(a, b int32) int {
			return cmp.Or(cmp.Compare(first[whole[a]], first[whole[b]]), cmp.Compare(parts[a], parts[b]), cmp.Compare(a, b))
		})
		others = slices.CompactFunc(others, func(a, b int32) bool { return whole[a] == whole[b] && parts[a] == parts[b] })
		for _, o := range others {
			if !yield(Pair{first[whole[o]] - 1, o}) {
				return
			}
		}
	}
}
