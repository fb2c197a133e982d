package dedupe

import (
	"cmp"
	"context"
	"slices"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/hashset"
)

// meet looks at the pairs that are alike and have no answer yet. It adds to
// edges, asks and offers.
func (r *run) meet(ctx context.Context) error {
	if r.u.evidence == nil {
		return ctx.Err()
	}
	names := r.u.equalNames()
	others := r.equalOthers(names)
	for p := range r.u.evidence.Pairs() {
		a, b := named(names, p.A), named(names, p.B)
		if int(b) < r.u.rows && r.u.rank[b] < r.u.rank[a] { // rows come before the target
			a, b = b, a
		}
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
	r.meetAgain()
	return ctx.Err()
}

// named is the record that a number of package linkage stands for; see equalNames.
func named(names []int32, i int32) int32 {
	if names == nil {
		return i
	}
	return names[i]
}

// equalOthers lists for a row those that are equal to it in all that is compared
// and differ in a never key: they speak for themselves, and may not have been
// compared.
func (r *run) equalOthers(names []int32) map[int32][]int32 {
	others := map[int32][]int32{}
	if names == nil {
		return others
	}
	for i := range int32(r.u.rows) {
		first := r.u.evidence.EqualTo(i)
		if first == i {
			continue
		}
		if a, x := named(names, first), named(names, i); r.claim[a] != r.claim[x] {
			others[a] = append(others[a], x)
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
		r.offers = append(r.offers, offer{row: a, target: b, weight: weight, unsafe: unsafe || r.again[pairOf(a, b)]})
	case weight >= r.u.m.matchWeight && !unsafe:
		r.edges = append(r.edges, e)
	default:
		r.asks = append(r.asks, e)
	}
}

// meetEqual looks at rows and records of the target that are equal in all that is
// compared, whether they met in a block or not.
func (r *run) meetEqual() {
	open, targets := r.equalHashes()
	if len(targets) == 0 {
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
	for _, i := range open {
		if c := (claimant{r.u.comparedText(i), r.claim[i]}); !seen[c] {
			seen[c] = true
			rows[c.text] = append(rows[c.text], i)
		}
	}
	looked := map[string]int{} // by text: records of the target, of which more than are named add nothing
	for _, t := range targets {
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

// equalHashes returns the rows that are not settled and the records of the target
// of which one of the other kind may be equal in all that is compared, by content.
func (r *run) equalHashes() (open, targets []int32) {
	if r.u.n == r.u.rows {
		return nil, nil
	}
	unsettled := 0
	for i := range int32(r.u.rows) {
		if !r.settled[r.groups.root(i)] {
			unsettled++
		}
	}
	if unsettled == 0 {
		return nil, nil
	}
	filter := r.u.newEqualFilter(unsettled)
	type hashed struct {
		i    int32
		hash uint64
	}
	rows := make([]hashed, 0, unsettled)
	r.u.eachOf(0, func(i int32, b *pipeline.Batch, row int) {
		if !r.settled[r.groups.root(i)] {
			rows = append(rows, hashed{i, filter.add(b, row)})
		}
	})
	filter.close()
	theirs := hashset.New(unsettled)
	r.u.eachOf(1, func(i int32, b *pipeline.Batch, row int) {
		if h, maybe := filter.has(b, row); maybe {
			targets = append(targets, i)
			theirs.Add(h)
		}
	})
	for _, row := range rows {
		if theirs.Has(row.hash) {
			open = append(open, row.i)
		}
	}
	byContent := func(a, b int32) int { return cmp.Compare(r.u.rank[a], r.u.rank[b]) }
	slices.SortFunc(open, byContent)
	slices.SortFunc(targets, byContent)
	return open, targets
}

// unsafe reports whether two records must not be joined by likeness without a
// person, whatever the weights say.
func (r *run) unsafe(a, b int32) bool { return r.doubt(a, b) != "" }

// doubt is why two records must not be joined by likeness without a person, in words that
// name no value; "": they may.
func (r *run) doubt(a, b int32) string {
	switch {
	case r.u.clash(a, b):
		return "their names differ clearly"
	case r.judge.judge == nil || r.sameKey(a, b):
		return ""
	case r.judge.thin(a, b):
		return "nothing but names speaks for them"
	case r.judge.series(a, b):
		return "they differ in a number, as the members of a series do"
	case r.judge.otherUnit(a, b):
		return "they are of one house, but of another unit of it"
	case r.judge.otherForm(a, b):
		return "two legal forms are two companies"
	case r.judge.alikeOnly(a, b):
		return "their first names are alike, and nothing of their own agrees, as with brothers and sisters"
	}
	return ""
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
