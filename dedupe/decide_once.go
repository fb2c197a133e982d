package dedupe

import (
	"cmp"
	"slices"
)

// A row that became a record of the target is that record, as far as people are asked:
// a doubt about the one is a doubt about the other, so that one question is asked, and
// one answer is enough.

// spread are the pairs of which answers that two records are different speak, too, since
// each is about both sides of a remembered link.
func (r *run) spread(apart map[pair]bool) []pair {
	if len(apart) == 0 || len(r.u.in.Links) == 0 {
		return nil
	}
	rows := int32(r.u.rows)
	linkedTo := map[int32][]int32{} // rows by the record of the target that they became
	for i, t := range r.linked {
		if t >= 0 && !apart[pairOf(int32(i), t)] {
			linkedTo[t] = append(linkedTo[t], int32(i))
		}
	}
	var more []pair
	for p := range apart {
		if p.b >= rows {
			for _, i := range linkedTo[p.b] {
				more = append(more, pairOf(p.a, i))
			}
			continue
		}
		for _, side := range [...]pair{p, {p.b, p.a}} {
			if t := r.linked[side.a]; t >= 0 && t != r.linked[side.b] && !apart[pairOf(side.a, t)] {
				more = append(more, pair{side.b, t})
			}
		}
	}
	slices.SortFunc(more, func(x, y pair) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	return slices.DeleteFunc(slices.Compact(more), func(p pair) bool {
		return p.a == p.b || r.sames[pairOf(p.a, p.b)] != nil // what a person said of the very pair counts
	})
}

// askedOnce leaves out questions about a record of the target where the row that became
// it is asked about, too.
func (r *run) askedOnce() {
	rows := int32(r.u.rows)
	asked := map[pair]bool{} // clusters, and records of the target that rows of the other cluster became
	for _, q := range r.questions {
		if q.a >= rows || q.b >= rows {
			continue
		}
		for _, side := range [...]pair{{q.a, q.b}, {q.b, q.a}} {
			for _, m := range r.members[r.clusterOf[side.b]] {
				if t := r.linked[m]; t >= 0 {
					asked[pair{r.clusterOf[side.a], t}] = true
				}
			}
		}
	}
	if len(asked) == 0 {
		return
	}
	kept := r.questions[:0]
	for _, q := range r.questions {
		if q.b < rows || q.a >= rows || !asked[pair{r.clusterOf[q.a], q.b}] {
			kept = append(kept, q)
		}
	}
	r.questions = kept
}
