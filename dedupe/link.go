package dedupe

import (
	"cmp"
	"slices"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The codes of blocks.
const (
	CodeUndecided        = "undecided-match"   // a person must say whether two records are one
	CodeConflictingLinks = "conflicting-links" // rows of one cluster became different records of the target
	CodeReusedID         = "reused-id"         // a row with a link is evidently another contact by now
	CodeConflictingKeys  = "conflicting-keys"  // keys point at different records of the target
	CodeAmbiguousTarget  = "ambiguous-target"  // several records of the target could be meant
	CodeTargetClaimed    = "target-claimed"    // another cluster is that record of the target
	CodeDuplicateRows    = "duplicate-rows"    // rows that nothing joins share a key or a target record
)

// candidatesMax is the number of candidates that a block names.
const candidatesMax = 20

// offer is a record of the target that a row is like.
type offer struct {
	row, target int32
	weight      linkage.Weight
	unsafe      bool // a person must say, however likely it is
}

// linking finds the record of the target for each cluster.
type linking struct {
	*run
	offers map[int32][]offer // by cluster
	stray  int               // clusters with a link to one record and a key of another

	// begun are the reasons of most links, which they have in common; see linkReasons.
	begun struct{ same, link, reserved *pipeline.Reason }
}

// linkClusters answers for every cluster, and then settles claims of several clusters
// on one record.
func (r *run) linkClusters() {
	l := &linking{run: r, offers: map[int32][]offer{}}
	l.begun.same, l.begun.link, l.begun.reserved = &pipeline.Reason{Rule: ruleNames[bySame]}, &pipeline.Reason{Rule: ruleNames[byLink]}, &pipeline.Reason{Rule: ruleReserved}
	r.indexKeys()
	for _, o := range r.offers {
		c := r.clusterOf[o.row]
		l.offers[c] = append(l.offers[c], o)
	}
	r.links = make([]pipeline.Link, len(r.members))
	r.claimed = make([]rule, len(r.members))
	for c := range r.members {
		r.links[c] = pipeline.Link{Target: -1}
		if r.u.n > r.u.rows {
			r.links[c] = l.answer(int32(c))
		}
	}
	if l.stray > 0 {
		r.notes.add(diag.Warning, "link-and-key-differ", l.stray,
			"contacts that became one record of the target earlier now have a key of another record; the link was followed",
			"two records of the target are one contact, or the key in the source is wrong")
	}
	r.why = r.linkReasons(func(c int) []int32 { return r.members[c] })
	r.settleClaims()
}

// answer finds the record for one cluster: by a person's decision, by a
// remembered link, by keys, by similarity, in this order. Target is -1
// whenever Block is set, except where the record is known and claimed twice.
func (l *linking) answer(c int32) pipeline.Link {
	members := l.members[c]
	if link, found := l.plain(c); found {
		return link
	}
	if decided := l.collect(members, func(i int32) []int32 { return l.decided[i] }); len(decided) > 0 {
		if len(decided) > 1 {
			return l.blocked(CodeAmbiguousTarget, "decisions name several records of the target", "keep one of the decisions", decided)
		}
		if why := l.keptApart(members[0], decided[0]); why != "" {
			return l.blocked(CodeConflictingKeys, "a person said that it is this record of the target, and they stay apart: "+why,
				"take the answer back, mend the value that is wrong, or take the key out of never", decided)
		}
		l.claimed[c] = byDecision
		return pipeline.Link{Target: l.place(decided[0]), Reason: new(ruled(ruleNames[byDecision], "a person decided", l.u.label(members[0]), l.u.record(decided[0]).ID()))}
	}
	if block := l.wasReused(members); block != nil {
		return pipeline.Link{Target: -1, Block: block}
	}
	linked := l.collect(members, func(i int32) []int32 {
		if l.linked[i] < 0 {
			return nil
		}
		return l.linked[i : i+1]
	})
	switch {
	case len(linked) > 1:
		return l.blocked(CodeConflictingLinks, "rows that are one contact became different records of the target earlier",
			"merge the records in the target, or say in the decisions that the rows are different", linked)
	case len(linked) == 1:
		l.claimed[c] = byLink
		l.noteStray(members, linked[0])
		return pipeline.Link{Target: l.place(linked[0]), Reason: l.linkRule(members, linked[0])}
	}
	if link, found := l.byKeys(c); found {
		return link
	}
	return l.byLikeness(c)
}

// plain answers for a cluster about which no person said anything and of which
// all links and keys name one record alone, as they do for nearly all.
func (l *linking) plain(c int32) (link pipeline.Link, found bool) {
	members := l.members[c]
	target := l.soleOfKeys(members)
	if target < 0 || len(l.decided) > 0 || l.excluded(members, target) {
		return link, false
	}
	linked := false
	for _, i := range members {
		if t := l.linked[i]; t >= 0 && t != target {
			return link, false
		}
		if _, reused := l.reused[i]; reused {
			return link, false
		}
		linked = linked || l.linked[i] >= 0
	}
	if linked {
		l.claimed[c] = byLink
		return pipeline.Link{Target: l.place(target), Reason: l.linkRule(members, target)}, true
	}
	if l.groups.claims.conflict(l.claimsOf(members), l.claim[target]) {
		return link, false
	}
	return l.keyLink(c, target), true
}

// collect returns the distinct records of the target that the members name,
// without those that a person excluded, by id.
func (l *linking) collect(members []int32, of func(int32) []int32) []int32 {
	var out []int32
	for _, i := range members {
		for _, t := range of(i) {
			if len(out) > candidatesMax {
				break // a key of many would be looked through for each of the rows that have it
			}
			if !slices.Contains(out, t) && !l.excluded(members, t) {
				out = append(out, t)
			}
		}
	}
	slices.SortFunc(out, func(a, b int32) int { return cmp.Compare(l.u.rank[a], l.u.rank[b]) })
	return out
}

func (l *linking) excluded(members []int32, target int32) bool {
	return len(l.separated) > 0 && slices.ContainsFunc(members, func(i int32) bool { return l.apart(i, target) })
}

// place is the number of a record in MatchInput.Target.
func (l *linking) place(i int32) int32 { return i - int32(l.u.rows) }

func (l *linking) blocked(code, reason, hint string, candidates []int32) pipeline.Link {
	return pipeline.Link{Target: -1, Block: l.block(code, reason, hint, candidates)}
}

func (r *run) block(code, reason, hint string, candidates []int32) *pipeline.Block {
	b := &pipeline.Block{Code: code, Reason: reason, Hint: hint}
	for _, t := range candidates[:min(len(candidates), candidatesMax)] {
		b.Candidates = append(b.Candidates, r.u.record(t).ID())
	}
	return b
}
