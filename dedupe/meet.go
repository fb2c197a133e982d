package dedupe

import "context"

// meet looks at the pairs that are alike and have no answer yet. It adds to
// edges, asks and offers.
func (r *run) meet(ctx context.Context) error {
	if r.u.evidence == nil {
		return ctx.Err()
	}
	for p := range r.u.evidence.Pairs() {
		a, b := r.u.byRank[p.A], r.u.byRank[p.B] // rows come before the target
		toTarget := int(b) >= r.u.rows
		root := r.groups.root(a)
		switch {
		case toTarget && r.settled[root], !toTarget && root == r.groups.root(b),
			r.claims.conflict(r.claim[a], r.claim[b]), r.apart(a, b):
			continue
		}
		weight := p.Score
		if r.sameKey(a, b) {
			weight = r.judge.weight(a, b)
		}
		if weight < r.u.m.reviewWeight {
			continue
		}
		e := edge{a: a, b: b, weight: weight, rule: bySimilar}
		switch unsafe := r.unsafe(a, b); {
		case toTarget:
			r.offers = append(r.offers, offer{row: a, target: b, weight: weight, unsafe: unsafe})
		case weight >= r.u.m.matchWeight && !unsafe:
			r.edges = append(r.edges, e)
		default:
			r.asks = append(r.asks, e)
		}
	}
	return ctx.Err()
}

// unsafe reports whether two records must not be joined by likeness without a
// person, whatever the weights say: their names differ clearly, or nothing but
// names speaks for them.
func (r *run) unsafe(a, b int32) bool {
	return r.u.clash(a, b) || !r.sameKey(a, b) && r.judge.thin(a, b)
}

// sameKey reports whether an equal key proves that two records are one.
func (r *run) sameKey(a, b int32) bool {
	for k := range r.u.keys {
		if c := &r.u.keys[k]; c.same && c.ids[a] != 0 && c.ids[a] == c.ids[b] && !c.shared[c.ids[a]] {
			return true
		}
	}
	return false
}
