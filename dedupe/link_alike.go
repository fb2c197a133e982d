package dedupe

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// byLikeness takes the record that a member is most like, if it is alone in
// being that likely.
func (l *linking) byLikeness(c int32) pipeline.Link {
	members := l.members[c]
	claims := l.claimsOf(members)
	offers := slices.DeleteFunc(l.offers[c], func(o offer) bool {
		return l.groups.claims.conflict(claims, l.claim[o.target]) || l.excluded(members, o.target)
	})
	for k := 0; k < len(offers) && len(l.again) > 0; k++ { // a question about one of the rows is about all of them
		o := &offers[k]
		if at := slices.IndexFunc(members, func(i int32) bool { return l.again[pairOf(i, o.target)] }); at >= 0 {
			*o = offer{row: members[at], target: o.target, weight: l.judge.weight(members[at], o.target), unsafe: true}
		}
	}
	slices.SortFunc(offers, func(a, b offer) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(l.u.rank[a.target], l.u.rank[b.target]), cmp.Compare(l.u.rank[a.row], l.u.rank[b.row]))
	})
	seen := map[int32]bool{}
	offers = slices.DeleteFunc(offers, func(o offer) bool {
		again := seen[o.target]
		seen[o.target] = true
		return again
	})
	if len(offers) == 0 {
		return pipeline.Link{Target: -1}
	}
	best := offers[0]
	reason := l.likeness(best)
	if len(offers) > 1 {
		reason.RunnerUp = l.runnerUp(offers[1])
	}
	sure := func(o offer) bool { return o.weight >= l.u.m.matchWeight && !o.unsafe }
	switch {
	case !sure(best):
		link := pipeline.Link{Target: -1, Reason: &reason}
		var candidates []int32
		for _, o := range offers[:min(len(offers), candidatesMax)] {
			candidates = append(candidates, o.target)
			l.ask(bySimilar, o.row, o.target)
			l.doubts = append(l.doubts, pair{o.row, o.target})
		}
		link.Block = l.block(CodeUndecided, "it may be a contact that the target has already", "decide whether they are one contact", candidates)
		return link
	case len(offers) > 1 && sure(offers[1]):
		var candidates []int32
		for _, o := range offers {
			if sure(o) {
				candidates = append(candidates, o.target)
			}
		}
		link := l.blocked(CodeAmbiguousTarget, fmt.Sprintf("%d records of the target are like this contact", len(candidates)),
			l.orDecide("merge them in the target", members, candidates), candidates)
		link.Reason = &reason
		return link
	}
	l.claimed[c] = bySimilar
	return pipeline.Link{Target: l.place(best.target), Reason: &reason}
}

func (l *linking) likeness(o offer) pipeline.Reason {
	l.judge.weigh(o.row, o.target, &l.evidence)
	return l.u.reason(ruleNames[bySimilar], o.row, o.target, &l.evidence)
}

func (l *linking) runnerUp(o offer) string {
	return fmt.Sprintf("%s (%s) at %.2f", l.u.label(o.target), diag.Shorten(l.u.record(o.target).ID(), shownMax), o.weight.Probability())
}
