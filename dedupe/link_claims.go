package dedupe

import (
	"cmp"
	"slices"
)

// gives reports whether the claim of a cluster gives way to the surest one. A
// link or a key does not give way to a decision: who said that a row is this
// record has not said that the other row is not.
func (r *run) gives(c, surest int32) bool {
	return r.claimed[c] != r.claimed[surest] && (r.claimed[surest] != byDecision || r.claimed[c] == bySimilar)
}

// settleClaims sees to it that no two clusters are written to one record of
// the target. The surest claim (decision, link, key, likeness) wins where it
// is the only one of its rank; the others are blocked, or all are.
func (r *run) settleClaims() {
	for target, claimants := range r.claimants() {
		if !r.u.m.config.Join {
			r.blockDuplicates(claimants, "become one record of the target")
			r.doubtClaims(claimants, target)
			continue
		}
		surest := slices.MinFunc(claimants, func(a, b int32) int { return cmp.Compare(r.claimed[a], r.claimed[b]) })
		alone := true
		for _, c := range claimants {
			alone = alone && (c == surest || r.gives(c, surest))
		}
		for _, c := range claimants {
			if alone && c == surest {
				continue
			}
			hint := "say in the decisions file which of them is not that record (same: false), or mend the keys"
			if r.askClaimants(c, claimants) {
				hint = "decide whether they are one contact; if not, " + hint
			}
			r.links[c].Block = r.block(CodeTargetClaimed, r.others("another contact is this record of the target, too: ", claimants, c),
				hint, []int32{target + int32(r.u.rows)})
		}
	}
}

// doubtClaims says of clusters that claim one record of the target, and of which rows are
// evidently two, that none is known to be it, so that nothing else that their rows say is
// written to it. The only one that is remembered as that record is known to be it.
func (r *run) doubtClaims(claimants []int32, target int32) {
	if !r.evidentlyMany(claimants) {
		return
	}
	linked := slices.DeleteFunc(slices.Clone(claimants), func(c int32) bool { return r.claimed[c] != byLink })
	for _, c := range claimants {
		if len(linked) == 1 && linked[0] == c {
			continue
		}
		r.blocks[c].Candidates = []string{r.u.record(target + int32(r.u.rows)).ID()}
		r.links[c].Block = r.blocks[c]
	}
}

// evidentlyMany reports whether clusters that claim one record of the target say different
// things of who it is: names or keys of two of them differ.
func (r *run) evidentlyMany(claimants []int32) bool {
	var forms []int32 // one row of each form of what they say
	for _, c := range claimants {
		i := r.members[c][0]
		if slices.ContainsFunc(forms, func(j int32) bool { return r.u.evidentlyTwo(i, j) }) || len(forms) > candidatesMax {
			return true
		}
		if !slices.ContainsFunc(forms, func(j int32) bool { return r.u.namedAlike(i, j) }) {
			forms = append(forms, i)
		}
	}
	return false
}

// evidentlyTwo reports whether names or keys of two records differ.
func (u *universe) evidentlyTwo(a, b int32) bool {
	return u.clash(a, b) || u.strangers(a, b) || u.twoOfOneMailbox(a, b) ||
		slices.ContainsFunc(u.keys, func(c keyColumn) bool { return c.ids[a] != 0 && c.ids[b] != 0 && c.ids[a] != c.ids[b] })
}

// namedAlike reports whether two records say the same of names and keys.
func (u *universe) namedAlike(a, b int32) bool {
	return u.nature[a] == u.nature[b] && u.first[a] == u.first[b] && u.last[a] == u.last[b] && u.suffix[a] == u.suffix[b] &&
		u.firm[a] == u.firm[b] && u.form[a] == u.form[b] &&
		!slices.ContainsFunc(u.keys, func(c keyColumn) bool { return c.ids[a] != c.ids[b] })
}

// claimants are the clusters that claim one record of the target, by record, where
// they are several.
func (r *run) claimants() map[int32][]int32 {
	first := make([]int32, r.u.n-r.u.rows) // by record: the first cluster that claims it, from 1
	several := map[int32][]int32{}
	for c := range r.links {
		target := r.links[c].Target
		switch {
		case target < 0:
		case first[target] == 0:
			first[target] = int32(c) + 1
		case several[target] == nil:
			several[target] = []int32{first[target] - 1, int32(c)}
		default:
			several[target] = append(several[target], int32(c))
		}
	}
	return several
}

// askClaimants asks whether a cluster is one with the others that claim the
// record of the target. It reports false where nothing is left to ask: keys or
// answers keep it apart from all of them.
func (r *run) askClaimants(c int32, claimants []int32) (asked bool) {
	a := r.members[c][0]
	for n, other := range claimants {
		b := r.members[other][0]
		if n > othersMax || other == c || r.groups.forbidden(r.groups.find(a), r.groups.find(b)) {
			continue
		}
		r.asks = append(r.asks, r.edge(bySimilar, a, b))
		asked = true
	}
	return asked
}
