package dedupe

import (
	"context"
	"strings"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// meet looks at the pairs that are alike and have no answer yet. It adds to
// edges, asks and offers.
func (r *run) meet(ctx context.Context) error {
	if r.u.evidence == nil {
		return ctx.Err()
	}
	others := r.equalOthers()
	for p := range r.u.evidence.Pairs() {
		a, b := r.u.byRank[p.A], r.u.byRank[p.B] // rows come before the target
		r.look(a, b, p.Score)
		for _, x := range others[a] {
			if x != b {
				r.look(x, b, p.Score)
			}
		}
		for _, y := range others[b] {
			if y != a {
				r.look(a, y, p.Score)
			}
		}
	}
	r.meetEqual()
	return ctx.Err()
}

// equalOthers lists for a row those that are equal to it in all that is compared
// and differ in a never key: they speak for themselves, and may not have been
// compared.
func (r *run) equalOthers() map[int32][]int32 {
	others := map[int32][]int32{}
	for place, i := range r.u.byRank[:r.u.rows] {
		if first := r.u.byRank[r.u.evidence.EqualTo(int32(place))]; first != i && r.claim[first] != r.claim[i] {
			others[first] = append(others[first], i)
		}
	}
	return others
}

// look decides what to do about one pair of a row and another record.
func (r *run) look(a, b int32, weight linkage.Weight) {
	toTarget := int(b) >= r.u.rows
	root := r.groups.root(a)
	switch {
	case toTarget && r.settled[root], !toTarget && root == r.groups.root(b),
		r.claims.conflict(r.claim[a], r.claim[b]), r.apart(a, b):
		return
	}
	if r.sameKey(a, b) || r.u.equal(a, b) {
		weight = r.judge.weight(a, b)
	}
	if weight < r.u.m.reviewWeight && !r.judge.marked(a, b) {
		return
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

// meetEqual looks at rows and records of the target that are equal in all that is
// compared, whether they met in a block or not.
func (r *run) meetEqual() {
	if r.u.n == r.u.rows {
		return
	}
	found := map[pair]bool{}
	for _, o := range r.offers {
		found[pair{o.row, o.target}] = true
	}
	type claimant struct {
		text  string
		claim uint32
	}
	rows := map[string][]int32{} // by text: one of those with equal never keys, which are one
	seen := map[claimant]bool{}
	for _, i := range r.order {
		if c := (claimant{r.u.comparedText(i), r.claim[i]}); !r.settled[r.groups.root(i)] && !seen[c] {
			seen[c] = true
			rows[c.text] = append(rows[c.text], i)
		}
	}
	looked := map[string]int{} // by text: records of the target, of which more than are named add nothing
	for _, t := range r.u.byRank[r.u.rows:] {
		text := r.u.comparedText(t)
		if len(rows[text]) == 0 || looked[text] > candidatesMax {
			continue
		}
		looked[text]++
		for _, i := range rows[text] {
			if !found[pair{i, t}] && !r.judge.thin(i, t) {
				r.look(i, t, 0)
			}
		}
	}
}

// comparedText is all that is compared of a record, as one text.
func (u *universe) comparedText(i int32) string {
	var b strings.Builder
	for _, f := range u.m.compared {
		b.WriteString(u.text(i, f))
		b.WriteByte(0)
	}
	return b.String()
}

// unsafe reports whether two records must not be joined by likeness without a
// person, whatever the weights say: their names differ clearly, or nothing but
// names speaks for them.
func (r *run) unsafe(a, b int32) bool {
	switch {
	case r.u.clash(a, b):
		return true
	case r.sameKey(a, b):
		return false
	}
	return r.judge.thin(a, b) || r.judge.alikeOnly(a, b)
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
