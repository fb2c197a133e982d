package main

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// ties are the probabilities that hold clusters together; 0 for rows that are
// alone.
type ties struct {
	row     []float64 // the strongest tie of each row to another of its cluster
	weakest []float64 // of each cluster by its first row: the lowest of a tree of strongest ties

	weakestPair [][2]int32 // of each cluster by its first row: the rows of that tie
}

// tiesOf finds the ties of the sure clusters: the pairs within a cluster, the
// likeliest first, until it hangs together. Where compared pairs do not suffice,
// rows are tied to the first one of their cluster.
func tiesOf(r *linkage.Result) ties {
	t := ties{row: make([]float64, len(r.Clusters)), weakest: make([]float64, len(r.Clusters)), weakestPair: make([][2]int32, len(r.Clusters))}
	root := make([]int32, len(r.Clusters))
	for i := range root {
		root[i] = int32(i)
	}
	find := func(i int32) int32 {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	tie := func(a, b int32, p float64) {
		t.row[a], t.row[b] = max(t.row[a], p), max(t.row[b], p)
		if x, y := find(a), find(b); x != y {
			root[max(x, y)] = min(x, y)
			first := r.Clusters[a]
			if t.weakest[first] == 0 || p < t.weakest[first] {
				t.weakest[first], t.weakestPair[first] = p, [2]int32{a, b}
			}
		}
	}
	rows := make([]int32, len(r.Clusters)) // by first row: of the cluster
	for _, first := range r.Clusters {
		rows[first]++
	}
	var within []linkage.Pair // of clusters of more than two; the others have one
	for p := range r.Pairs() {
		switch first := r.Clusters[p.A]; {
		case first != r.Clusters[p.B]:
		case rows[first] == 2:
			tie(p.A, p.B, p.Probability)
		default:
			within = append(within, p)
		}
	}
	slices.SortFunc(within, func(a, b linkage.Pair) int {
		if a.Probability != b.Probability {
			return cmp.Compare(b.Probability, a.Probability)
		}
		return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
	for _, p := range within {
		tie(p.A, p.B, p.Probability)
	}
	for i, first := range r.Clusters {
		if row := int32(i); find(row) != find(first) {
			tie(first, row, r.Explain(first, row).Probability)
		}
	}
	return t
}

// rounded is a probability as it is written: six digits, which tell apart what
// matters.
func rounded(p float64) float64 { return math.Round(p*1e6) / 1e6 }

// sixDigits is a rounded probability as text.
func sixDigits(p float64) string { return strconv.FormatFloat(rounded(p), 'f', -1, 64) }

// oneLine is a sentence of the engine, harmless on a terminal.
func oneLine(s string) string { return diag.Printable(s) }
