package dedupe

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

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
	index  [][]int32 // by place in keys: the records of the target, by value; see hits
	starts [][]int32
	offers map[int32][]offer // by cluster
	stray  int               // clusters with a link to one record and a key of another
}

// linkClusters answers for every cluster, and then settles claims of several clusters
// on one record.
func (r *run) linkClusters() {
	l := &linking{run: r, offers: map[int32][]offer{}}
	l.indexKeys()
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
	r.settleClaims()
}

// indexKeys lists the records of the target by the values of their keys.
func (l *linking) indexKeys() {
	u := l.u
	targets := make([]int32, u.n-u.rows)
	for i := u.rows; i < u.n; i++ {
		targets[int(u.rank[i])-u.rows] = int32(i)
	}
	l.index, l.starts = make([][]int32, len(u.keys)), make([][]int32, len(u.keys))
	for k := range u.keys {
		c := &u.keys[k]
		starts := make([]int32, len(c.values.text)+1)
		for _, t := range targets {
			if id := c.ids[t]; id != 0 {
				starts[id+1]++
			}
		}
		for id := 1; id < len(starts); id++ {
			starts[id] += starts[id-1]
		}
		list, next := make([]int32, starts[len(starts)-1]), slices.Clone(starts)
		for _, t := range targets {
			if id := c.ids[t]; id != 0 {
				list[next[id]] = t
				next[id]++
			}
		}
		l.index[k], l.starts[k] = list, starts
	}
}

// withValue returns the records of the target that have a value of key k, by id.
func (l *linking) withValue(k int, id uint32) []int32 {
	return l.index[k][l.starts[k][id]:l.starts[k][id+1]]
}

// answer finds the record for one cluster: by a person's decision, by a
// remembered link, by keys, by similarity, in this order. Target is -1
// whenever Block is set, except where the record is known and claimed twice.
func (l *linking) answer(c int32) pipeline.Link {
	members := l.members[c]
	if decided := l.collect(members, func(i int32) []int32 { return l.decided[i] }); len(decided) > 0 {
		if len(decided) > 1 {
			return l.blocked(CodeAmbiguousTarget, "decisions name several records of the target", "keep one of the decisions", decided)
		}
		if why := l.keptApart(members[0], decided[0]); why != "" {
			return l.blocked(CodeConflictingKeys, "a person said that it is this record of the target, and they stay apart: "+why,
				"take the answer back, mend the value that is wrong, or take the key out of never", decided)
		}
		l.claimed[c] = byDecision
		return pipeline.Link{Target: l.place(decided[0]), Reason: ruled(ruleNames[byDecision], "a person decided", l.u.label(members[0]), l.u.record(decided[0]).ID())}
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
	case len(linked) == 1 && l.reused(members, linked[0]):
		return l.blocked(CodeReusedID, l.rowName(members, linked[0])+" became this record of the target earlier, and has another name and other keys now",
			"if the source gave its ids anew, choose an id that stays; if the record is to become this contact, say in the decisions that they are one", linked)
	case len(linked) == 1:
		l.claimed[c] = byLink
		l.noteStray(members, linked[0])
		return pipeline.Link{Target: l.place(linked[0]), Reason: l.linkReason(members, linked[0])}
	}
	if link, found := l.byKeys(c); found {
		return link
	}
	return l.byLikeness(c)
}

// reused reports whether the id of a linked row stands for another contact by
// now: it shares no key with the record though both have some, and the names
// are clearly different, or say nothing while a key names another record.
// Following the link would turn one contact into another.
func (l *linking) reused(members []int32, target int32) bool {
	if !slices.ContainsFunc(members, func(i int32) bool { return l.keysDiffer(i, target) }) {
		return false
	}
	named := false
	for _, i := range members {
		known := l.u.nature[i] != unclear && l.u.nature[target] != unclear
		if l.sharesKey(i, target) || known && !l.u.clash(i, target) {
			return false
		}
		named = named || known
	}
	hits, _ := l.hits(members)
	return named || len(hits) > 0
}

// keysDiffer reports whether a row and a record of the target have different
// values, of one namespace, of a key.
func (l *linking) keysDiffer(i, target int32) bool {
	for k := range l.u.keys {
		c := &l.u.keys[k]
		a, b := c.ids[i], c.ids[target]
		if c.link < 0 || a == 0 || b == 0 || a == b {
			continue
		}
		_, of, _ := strings.Cut(c.values.text[a], "\x00")
		if _, in, _ := strings.Cut(c.values.text[b], "\x00"); of == in {
			return true
		}
	}
	return false
}

// noteStray counts a linked cluster of which a key names other records only.
func (l *linking) noteStray(members []int32, target int32) {
	hits, _ := l.hits(members)
	if slices.ContainsFunc(hits, func(h hit) bool { return !slices.Contains(h.found, target) && len(h.found) <= candidatesMax }) {
		l.stray++
	}
}

// collect returns the distinct records of the target that the members name,
// without those that a person excluded, by id.
func (l *linking) collect(members []int32, of func(int32) []int32) []int32 {
	var out []int32
	for _, i := range members {
		for _, t := range of(i) {
			if !slices.Contains(out, t) && !l.excluded(members, t) {
				out = append(out, t)
			}
		}
		if len(out) > candidatesMax {
			break
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

// rowName names the member that became the record.
func (l *linking) rowName(members []int32, target int32) string {
	for _, i := range members {
		if l.linked[i] == target {
			o := l.u.record(i).Origin()
			if o.ID == "" {
				return o.String()
			}
			return o.Source + ":" + o.ID
		}
	}
	return ""
}

// linkReason says how it is known that a cluster became the record.
func (l *linking) linkReason(members []int32, target int32) pipeline.Reason {
	name, id := l.rowName(members, target), l.u.record(target).ID()
	for _, i := range members {
		o := l.u.record(i).Origin()
		if o.ID != "" && l.u.in.Links[pipeline.RowKey{Source: o.Source, ID: o.ID}] == id {
			return ruled(ruleNames[byLink], "remembered from an earlier run", name, id)
		}
	}
	return ruled("reserved", "it carries the number reserved for the row", name, id)
}

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

// hit is what one key says about a cluster.
type hit struct {
	k     int
	count int     // records of the target with a value of the members
	found []int32 // the first of them
}

// byKeys finds the record that the keys of the cluster point at. Every key
// that points at something must point at the same one record.
func (l *linking) byKeys(c int32) (pipeline.Link, bool) {
	members := l.members[c]
	hits, names := l.hits(members)
	if len(hits) == 0 {
		return pipeline.Link{}, false
	}
	fewest := slices.MinFunc(hits, func(a, b hit) int { return cmp.Compare(a.count, b.count) })
	common := slices.Clone(fewest.found)
	var all []int32
	for _, h := range hits {
		all = append(all, h.found...)
		if h.k == fewest.k || len(common) > candidatesMax {
			continue
		}
		column := &l.u.keys[h.k]
		common = slices.DeleteFunc(common, func(t int32) bool {
			return !slices.ContainsFunc(members, func(i int32) bool { return column.ids[i] != 0 && column.ids[i] == column.ids[t] })
		})
	}
	switch {
	case len(common) == 0:
		return l.blocked(CodeConflictingKeys, names+" point at different records of the target",
			"mend the key that is wrong, in the source or in the target, or merge the records there", l.distinct(all)), true
	case len(common) > 1:
		return l.blocked(CodeAmbiguousTarget, fmt.Sprintf("%s points at %s records of the target", names, counted(len(common))),
			l.orDecide("merge them in the target, or give the row a key that only one of them has", members, common), common), true
	case l.groups.claims.conflict(l.claimsOf(members), l.claim[common[0]]):
		return l.blocked(CodeConflictingKeys, names+" points at a record of the target that a never key forbids",
			"mend the key that is wrong, in the source or in the target", common), true
	}
	return l.keyLink(c, common[0]), true
}

// counted is a number of candidates for people; they are not counted further
// than they are named.
func counted(n int) string {
	if n > candidatesMax {
		return fmt.Sprintf("more than %d", candidatesMax)
	}
	return strconv.Itoa(n)
}

// hits are the keys that point at something, and their names.
func (l *linking) hits(members []int32) ([]hit, string) {
	var hits []hit
	var names []string
	for k := range l.u.keys {
		if l.u.keys[k].link < 0 {
			continue
		}
		h := hit{k: k}
		for _, i := range members {
			h.count += len(l.pointedAt(i, k))
		}
		if h.count == 0 {
			continue
		}
		h.found = l.collect(members, func(i int32) []int32 { return l.pointedAt(i, k) })
		if len(h.found) > 0 {
			hits = append(hits, h)
			names = append(names, l.u.keys[k].name)
		}
	}
	return hits, strings.Join(names, " and ")
}

// pointedAt returns the records of the target with the row's value of a key.
func (l *linking) pointedAt(i int32, k int) []int32 {
	c := &l.u.keys[k]
	id := c.ids[i]
	if id == 0 || c.shared[id] {
		return nil
	}
	return l.withValue(k, id)
}

// orDecide is a hint of which the other way out is an answer, written as the
// decisions file has it where the row can be named so.
func (l *linking) orDecide(hint string, members, candidates []int32) string {
	if !l.u.m.config.Join {
		return hint // such a model has no decisions
	}
	hint += ", or name the one that it is in the decisions file"
	if o := l.u.record(members[0]).Origin(); o.ID != "" {
		hint += fmt.Sprintf(": - { a: { source: %s, id: %q }, b: { target: %q }, same: true }", o.Source, diag.Shorten(o.ID, shownMax), diag.Shorten(l.u.record(candidates[0]).ID(), shownMax))
	}
	return hint
}

func (l *linking) distinct(list []int32) []int32 {
	slices.SortFunc(list, func(a, b int32) int { return cmp.Compare(l.u.rank[a], l.u.rank[b]) })
	return slices.Compact(list)
}

func (l *linking) claimsOf(members []int32) uint32 {
	return l.groups.claim[l.groups.find(members[0])]
}

// keyLink is the link to the one record that the keys name. Where rows may be
// joined by likeness, a record with a clearly different name is a question.
func (l *linking) keyLink(c, target int32) pipeline.Link {
	members := l.members[c]
	var keys evidence
	best := members[0]
	for k := range l.u.keys {
		column := &l.u.keys[k]
		id := column.ids[target]
		if column.link < 0 || id == 0 {
			continue
		}
		at := slices.IndexFunc(members, func(i int32) bool { return column.ids[i] == id })
		if at < 0 {
			continue
		}
		if len(keys.parts) == 0 {
			best = members[at]
		}
		keys.add(column.name, []int{column.field}, keyWeight, "equal key")
		if keys.parts[len(keys.parts)-1].of = (&pair{members[at], target}); members[at] != best {
			keys.parts[len(keys.parts)-1].note = "equal key, of " + diag.Shorten(l.u.record(members[at]).Origin().String(), shownMax)
		}
	}
	if l.u.m.config.Join && !slices.ContainsFunc(members, func(i int32) bool { return l.sharesKey(i, target) && !l.u.clash(i, target) }) {
		l.judge.weigh(best, target, &l.evidence)
		l.ask(bySame, best, target)
		link := l.blocked(CodeUndecided, "the record of the target with this key has a clearly different name",
			"decide whether they are one contact, or give one of them another key", []int32{target})
		link.Reason = l.u.reason(ruleNames[bySame], best, target, &l.evidence)
		return link
	}
	l.claimed[c] = bySame
	return pipeline.Link{Target: l.place(target), Reason: l.u.reason(ruleNames[bySame], best, target, &keys)}
}

func (l *linking) sharesKey(i, target int32) bool {
	for k := range l.u.keys {
		c := &l.u.keys[k]
		if c.link >= 0 && c.ids[i] != 0 && c.ids[i] == c.ids[target] {
			return true
		}
	}
	return false
}

// byLikeness takes the record that a member is most like, if it is alone in
// being that likely.
func (l *linking) byLikeness(c int32) pipeline.Link {
	members := l.members[c]
	claims := l.claimsOf(members)
	offers := slices.DeleteFunc(l.offers[c], func(o offer) bool {
		return l.groups.claims.conflict(claims, l.claim[o.target]) || l.excluded(members, o.target)
	})
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
		link := pipeline.Link{Target: -1, Reason: reason}
		var candidates []int32
		for _, o := range offers[:min(len(offers), candidatesMax)] {
			candidates = append(candidates, o.target)
			l.ask(bySimilar, o.row, o.target)
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
		link.Reason = reason
		return link
	}
	l.claimed[c] = bySimilar
	return pipeline.Link{Target: l.place(best.target), Reason: reason}
}

func (l *linking) likeness(o offer) pipeline.Reason {
	l.judge.weigh(o.row, o.target, &l.evidence)
	return l.u.reason(ruleNames[bySimilar], o.row, o.target, &l.evidence)
}

func (l *linking) runnerUp(o offer) string {
	return fmt.Sprintf("%s (%s) at %.2f", l.u.label(o.target), diag.Shorten(l.u.record(o.target).ID(), shownMax), o.weight.Probability())
}

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
	byTarget := map[int32][]int32{}
	for c, link := range r.links {
		if link.Target >= 0 {
			byTarget[link.Target] = append(byTarget[link.Target], int32(c))
		}
	}
	for target, claimants := range byTarget {
		if len(claimants) < 2 {
			continue
		}
		if !r.u.m.config.Join {
			r.blockDuplicates(claimants, "become one record of the target")
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
