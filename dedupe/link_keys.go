package dedupe

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// keyIndex is rows, or records of the target, by the values of one key, by content.
type keyIndex struct{ records, starts []int32 }

// withValue returns the records that have a value, by its number.
func (x *keyIndex) withValue(id uint32) []int32 { return x.records[x.starts[id]:x.starts[id+1]] }

// indexKeys lists records by the values of their keys, those of a value in the order given.
func (u *universe) indexKeys(order []int32) []keyIndex {
	index := make([]keyIndex, len(u.keys))
	for k := range u.keys {
		c := &u.keys[k]
		starts := make([]int32, len(c.values.text)+1)
		for _, i := range order {
			if id := c.ids[i]; id != 0 {
				starts[id+1]++
			}
		}
		for id := 1; id < len(starts); id++ {
			starts[id] += starts[id-1]
		}
		records := make([]int32, starts[len(starts)-1])
		// Each start moves on to the next one while its records are listed.
		for _, i := range order {
			if id := c.ids[i]; id != 0 {
				records[starts[id]] = i
				starts[id]++
			}
		}
		copy(starts[1:], starts)
		starts[0] = 0
		index[k] = keyIndex{records, starts}
	}
	return index
}

// indexKeys does so once with the records of the target.
func (r *run) indexKeys() {
	if r.index == nil {
		r.index = r.u.indexKeys(r.u.targetsByContent())
	}
}

func (u *universe) targetsByContent() []int32 {
	targets := make([]int32, u.n-u.rows)
	for i := u.rows; i < u.n; i++ {
		targets[int(u.rank[i])-u.rows] = int32(i)
	}
	return targets
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
			l.sameNumbers(members, common)+l.orDecide("merge them in the target, or give the row a key that only one of them has", members, common), common), true
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
func (r *run) pointedAt(i int32, k int) []int32 {
	c := &r.u.keys[k]
	id := c.ids[i]
	if id == 0 || c.shared[id] {
		return nil
	}
	return r.index[k].withValue(id)
}

// orDecide is a hint of which the other way out is an answer, written as the
// decisions file has it where the row can be named so.
func (l *linking) orDecide(hint string, members, candidates []int32) string {
	if !l.u.m.config.Join {
		return hint // such a model has no decisions
	}
	return hint + ", or name the one that it is in the decisions file" + l.asAnswer(members[0], candidates[0])
}

// asAnswer is how the decisions file says that a row is a record of the target; "" where the
// row cannot be named so.
func (l *linking) asAnswer(i, target int32) string {
	o := l.u.record(i).Origin()
	if o.ID == "" {
		return ""
	}
	return fmt.Sprintf(": - { a: { source: %s, id: %q }, b: { target: %q }, same: true }", o.Source, diag.Shorten(o.ID, shownMax), diag.Shorten(l.u.record(target).ID(), shownMax))
}

// sameNumbers is a hint of a number that would tell which of some records a row is, had its
// source, which does not say whose its numbers are, said that they are the target's; "" where
// there is none.
func (l *linking) sameNumbers(members, candidates []int32) string {
	for k := range l.u.keys {
		c := &l.u.keys[k]
		if c.kind != pipeline.KindIdentifier || l.u.in.TargetNamespace == "" {
			continue
		}
		for _, i := range members {
			for _, t := range candidates {
				if c.ids[i] == 0 || c.ids[t] == 0 || !l.u.numbersOfItsOwn(k, c.ids[i]) || l.u.keyText(k, c.ids[i]) != l.u.keyText(k, c.ids[t]) {
					continue
				}
				return fmt.Sprintf("the %s of the row is that of #%s; where both are the same numbers, say so at source %s with identifiers: { %s: %s }. Or ",
					c.name, diag.Shorten(l.u.record(t).ID(), shownMax), l.u.record(i).Origin().Source, c.name, l.u.in.TargetNamespace)
			}
		}
	}
	return ""
}

func (l *linking) distinct(list []int32) []int32 {
	slices.SortFunc(list, func(a, b int32) int { return cmp.Compare(l.u.rank[a], l.u.rank[b]) })
	return slices.Compact(list)
}

func (l *linking) claimsOf(members []int32) uint32 {
	return l.groups.claim[l.groups.find(members[0])]
}

// soleOfKeys is the one record of the target at which keys of the members point,
// at no other, or -1.
func (l *linking) soleOfKeys(members []int32) int32 {
	target := int32(-1)
	for k := range l.u.keys {
		if l.u.keys[k].link < 0 {
			continue
		}
		for _, i := range members {
			for _, t := range l.pointedAt(i, k) {
				if target >= 0 && t != target {
					return -1
				}
				target = t
			}
		}
	}
	return target
}

// keyLink is the link to the one record that the keys name. Where rows may be
// joined by likeness, a record with a clearly different name is a question.
func (l *linking) keyLink(c, target int32) pipeline.Link {
	members := l.members[c]
	if l.u.m.config.Join && !slices.ContainsFunc(members, func(i int32) bool { return l.u.agreesByKey(i, target) }) {
		_, best := l.u.keyEvidence(members, target)
		l.judge.weigh(best, target, &l.evidence)
		l.ask(bySame, best, target)
		link := l.blocked(CodeUndecided, "the record of the target with this key has a clearly different name",
			"decide whether they are one contact, or give one of them another key", []int32{target})
		link.Reason = new(l.u.reason(ruleNames[bySame], best, target, &l.evidence))
		return link
	}
	l.claimed[c] = bySame
	return pipeline.Link{Target: l.place(target), Reason: l.begun.same} // whole in linkReasons
}

// keyEvidence is what the keys say for a record of the target, and the member that
// the first of them is of.
func (u *universe) keyEvidence(members []int32, target int32) (keys evidence, best int32) {
	best = members[0]
	for k := range u.keys {
		column := &u.keys[k]
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
			keys.parts[len(keys.parts)-1].note = "equal key, of " + diag.Shorten(u.record(members[at]).Origin().String(), shownMax)
		}
	}
	return keys, best
}

// agreesByKey reports whether a row and a record of the target share a key and are
// not evidently of two people or companies. A number stays with a company that
// changes its legal form.
func (u *universe) agreesByKey(i, target int32) bool {
	if u.clash(i, target) {
		return false
	}
	differ := u.twoOfOneMailbox(i, target)
	return slices.ContainsFunc(u.keys, func(c keyColumn) bool {
		return c.link >= 0 && c.ids[i] != 0 && c.ids[i] == c.ids[target] && !(differ && isEmail(c.key))
	})
}
