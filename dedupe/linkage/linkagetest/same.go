// Package linkagetest is the contract of linkage.Linker.Update as a test: a result
// that records were added to is that of a run from scratch.
package linkagetest

import (
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// DifferencesMax is how many differences Differences tells; the rest is counted.
const DifferencesMax = 20

// Differences says where a result that records were added to is not that of a run
// from scratch of the same records, by the weights and frequencies of
// Result.Pinned, beside where its report says that it may not be: in a cluster, in
// a pair that is told of or its score, in an explanation that does not add up to
// it, or, where the report excuses nothing, in a question. Compared is the number
// of records that the report does not excuse.
func Differences(updated, scratch *linkage.Result) (differences []string, compared int) {
	more := 0
	tell := func(format string, args ...any) {
		if len(differences) == DifferencesMax {
			more++
			return
		}
		differences = append(differences, fmt.Sprintf(format, args...))
	}
	free := excused(updated, updated.Clusters, scratch.Clusters, updated.Best, scratch.Best)
	for i := range free {
		if free[i] {
			continue
		}
		compared++
		if updated.Clusters[i] != scratch.Clusters[i] || updated.Best[i] != scratch.Best[i] {
			tell("record %d is with %d (best guess %d), from scratch with %d (%d)", i, updated.Clusters[i], updated.Best[i], scratch.Clusters[i], scratch.Best[i])
		}
	}
	scores := map[[2]int32]linkage.Weight{}
	for p := range scratch.Pairs() {
		scores[[2]int32{p.A, p.B}] = p.Score
	}
	for p := range updated.Pairs() {
		score, there := scores[[2]int32{p.A, p.B}]
		delete(scores, [2]int32{p.A, p.B})
		if free[p.A] || free[p.B] {
			continue
		}
		switch e := updated.Explain(p.A, p.B); {
		case !there:
			tell("records %d and %d score %v, and nothing is told of them from scratch: %+v", p.A, p.B, p.Score, e)
		case score != p.Score:
			tell("records %d and %d score %v, from scratch %v:\n%+v\n%+v", p.A, p.B, p.Score, score, e, scratch.Explain(p.A, p.B))
		case e.Sum != p.Score:
			tell("records %d and %d score %v, which is explained by %v", p.A, p.B, p.Score, e.Sum)
		}
	}
	for p, score := range scores {
		if !free[p[0]] && !free[p[1]] {
			tell("records %d and %d score %v from scratch, and nothing is told of them", p[0], p[1], score)
		}
	}
	if len(updated.Report.Update.MayDiffer) == 0 && !slices.Equal(updated.Questions, scratch.Questions) {
		tell("%d questions, from scratch %d, and they are others", len(updated.Questions), len(scratch.Questions))
	}
	if more > 0 {
		differences = append(differences, fmt.Sprintf("and %d more", more))
	}
	return differences, compared
}

// excused are the records whose clusters a report names, and those that compete
// for them: whoever is with one of them in any of the results.
func excused(r *linkage.Result, results ...[]int32) []bool {
	out := make([]bool, len(r.Clusters))
	for _, d := range r.Report.Update.MayDiffer {
		for _, i := range d.Records {
			out[i] = true
		}
	}
	for again := true; again; {
		again = false
		for _, labels := range results {
			held := map[int32]bool{}
			for i, l := range labels {
				held[l] = held[l] || out[i]
			}
			for i, l := range labels {
				if held[l] && !out[i] {
					out[i], again = true, true
				}
			}
		}
	}
	return out
}
