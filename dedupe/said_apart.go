package dedupe

import "slices"

// saidApart are, by cluster, the records of the target of which a person said that they are
// something else: of the record itself, or of a row that is it. An answer about values
// that have changed since shows nothing, nor do answers that contradict each other.
func (r *run) saidApart() map[int][]string {
	if len(r.differ) == 0 || r.u.n == r.u.rows {
		return nil
	}
	out := map[int][]string{}
	add := func(row, other int32) {
		if int(row) >= r.u.rows {
			return
		}
		target := other
		if int(other) < r.u.rows {
			if target = r.links[r.clusterOf[other]].Target; target < 0 {
				return
			}
			target += int32(r.u.rows)
		}
		c, id := int(r.clusterOf[row]), r.u.record(target).ID()
		if !slices.Contains(out[c], id) {
			out[c] = append(out[c], id)
		}
	}
	old := map[pair]bool{}
	for _, a := range r.old {
		old[a.pair] = true
	}
	for _, p := range r.differ {
		if !old[p] {
			add(p.a, p.b)
			add(p.b, p.a)
		}
	}
	for c := range out {
		slices.Sort(out[c])
	}
	return out
}
