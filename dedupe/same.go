package dedupe

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// What a key may carry before it is no identity any more.
const (
	partiesAskMax  = 2       // different people on one value: at most this many is a question, more is a shared value
	claimantsMax   = 8       // never values on one value of another key
	looseMarginMin = 3 * bit // bits by which a record must prefer one of several that exclude each other
)

// twoOfOneMailbox reports whether two records that may have a number in common for one
// are asked about at an equal e-mail: companies of two legal forms, and people with
// two given names, as brothers and sisters have.
func (u *universe) twoOfOneMailbox(a, b int32) bool { return u.formsDiffer(a, b) || u.twoNames(a, b) }

func isEmail(k key) bool { return k.kind == pipeline.KindEmail }

// byValue calls visit with the rows of each value of the key that several rows
// have, in the order of content.
func (r *run) byValue(k int, visit func(id uint32, members []int32)) {
	c := &r.u.keys[k]
	starts := make([]int32, len(c.values.text)+1)
	several := false
	for _, id := range c.ids[:r.u.rows] {
		if id != 0 {
			starts[id]++
			several = several || starts[id] > 1
		}
	}
	if !several { // as usual
		return
	}
	total := int32(0)
	for id := range starts {
		count := starts[id]
		starts[id] = total
		total += count
	}
	members := make([]int32, total)
	next := slices.Clone(starts)
	for _, i := range r.order {
		if id := c.ids[i]; id != 0 {
			members[next[id]] = i
			next[id]++
		}
	}
	for id := 1; id < len(c.values.text); id++ {
		if group := members[starts[id]:next[id]]; len(group) > 1 {
			visit(uint32(id), group)
		}
	}
}

// party is the records of one value of a key, seen as people and as claimants
// of never keys. Anchors are records that clash, or claim differently, with
// each other; everybody else goes with one of them, or with several.
type party struct {
	people    []int32
	claimants []int32
}

// clashFor is clash as far as it matters to a key: a number may stand on a
// person and on the company, and stays when the company changes its legal form; an
// e-mail of a function may be that of GmbH and AG, and that of a family is of Mia and
// Lia.
func (r *run) clashFor(k key, a, b int32) bool {
	if r.u.nature[a] != r.u.nature[b] && !isEmail(k) {
		return false
	}
	return r.u.clash(a, b) || isEmail(k) && r.u.twoOfOneMailbox(a, b)
}

// survey finds the anchors among the members, up to one more than is of use.
func (r *run) survey(k key, members []int32) party {
	var p party
	seen := map[uint64]bool{}
	var named []int32
	for _, i := range members {
		if r.u.nature[i] == unclear || seen[r.signature(i)] {
			continue
		}
		seen[r.signature(i)] = true
		named = append(named, i)
	}
	slices.SortStableFunc(named, func(a, b int32) int { return cmp.Compare(r.nameLength(b), r.nameLength(a)) })
	for _, i := range named {
		if len(p.people) > partiesAskMax {
			break
		}
		if !slices.ContainsFunc(p.people, func(anchor int32) bool { return !r.clashFor(k, i, anchor) }) {
			p.people = append(p.people, i)
		}
	}
	for _, i := range members {
		if len(p.claimants) > claimantsMax {
			break
		}
		if r.claim[i] != 0 && !slices.ContainsFunc(p.claimants, func(anchor int32) bool {
			return !r.groups.claims.conflict(r.claim[i], r.claim[anchor])
		}) {
			p.claimants = append(p.claimants, i)
		}
	}
	return p
}

// signature is a hash of the name of a record, by the numbers of its words: one
// name has one signature within a run.
func (r *run) signature(i int32) uint64 {
	u := r.u
	if u.nature[i] == company {
		return mix(mix(uint64(u.firm[i]), uint64(u.form[i])), 1)
	}
	return mix(mix(uint64(u.first[i]), uint64(u.last[i])), uint64(u.suffix[i]))
}

func (r *run) nameLength(i int32) int {
	u := r.u
	if u.nature[i] == company {
		return len(u.words.text[u.firm[i]])
	}
	return len(u.words.text[u.first[i]]) + len(u.words.text[u.last[i]])
}

// findShared marks the values that are evidently shared: an address of a
// function on two names, any value on more names than one person has, or on
// many different never values.
func (r *run) findShared(k int) {
	c := &r.u.keys[k]
	r.byValue(k, func(id uint32, members []int32) {
		p := r.survey(c.key, members)
		people := len(p.people)
		role := people > 1 && isEmail(c.key) && r.u.roleOf(members[0])
		if people <= partiesAskMax && !role && len(p.claimants) <= claimantsMax {
			return
		}
		c.shared[id] = true
		what := fmt.Sprintf("on at least %d different names", people)
		if people <= partiesAskMax && !role {
			what = fmt.Sprintf("on more than %d records that must stay apart", claimantsMax)
		}
		r.notes.add(diag.Warning, "shared-key", len(members),
			fmt.Sprintf("%s %q is %s; it counts as evidence, not as identity", c.name, r.u.keyShown(k, id), what),
			"give each contact a key of its own, or leave it as it is")
	})
}

// keyShown is a value of a key for people, without its namespace.
func (u *universe) keyShown(k int, id uint32) string {
	return diag.Shorten(u.keyText(k, id), shownMax)
}

func (u *universe) roleOf(i int32) bool { return u.email[i] != 0 && u.role[u.email[i]] }

// joinSame makes edges of the rows that share a value of the key.
func (r *run) joinSame(k int) {
	c := &r.u.keys[k]
	r.byValue(k, func(id uint32, members []int32) {
		if c.shared[id] {
			return
		}
		p := r.survey(c.key, members)
		if len(p.claimants) > 1 && !toldApart(p.claimants, func(a, b int32) bool { return r.upheld[pairOf(a, b)] }) {
			r.notes.add(diag.Warning, "key-contradicted", len(members),
				fmt.Sprintf("%s %q is on records that a never key keeps apart", c.name, r.u.keyShown(k, id)),
				"one of the two keys is wrong; mend it in the source")
		}
		if len(p.people) <= 1 && len(p.claimants) <= 1 {
			center := members[0]
			if len(p.people) == 1 {
				center = p.people[0]
			}
			r.star(center, members)
			return
		}
		r.joinParties(k, p, members)
	})
}

func (r *run) star(center int32, members []int32) {
	for _, i := range members {
		if i != center {
			r.link(center, i)
		}
	}
}

// link makes an edge by a same key.
func (r *run) link(a, b int32) { r.edges = append(r.edges, r.edge(bySame, a, b)) }

func (r *run) edge(by rule, a, b int32) edge {
	if r.u.rank[a] > r.u.rank[b] {
		a, b = b, a
	}
	e := edge{a: a, b: b, rule: by, weight: decidedWeight}
	if by == bySame || by == bySimilar {
		e.weight = r.judge.weight(a, b)
	}
	return e
}

// cell is one person and one claimant; -1 where that is not known.
type cell struct{ person, claimant int }

// joinParties joins within a value that carries two people, or several
// claimants: each record goes to the one cell that it fits. One that fits
// several goes where it is clearly more alike, or waits for a person.
func (r *run) joinParties(k int, p party, members []int32) {
	cells := map[cell]int32{}
	var order []cell // of cells, as they appeared
	type looseRow struct {
		row  int32
		fits []cell
	}
	var loose []looseRow
	place := func(at cell, i int32) {
		if first, ok := cells[at]; ok {
			r.link(first, i)
			return
		}
		cells[at] = i
		order = append(order, at)
	}
	for _, i := range members {
		people := r.fitting(p.people, func(a int32) bool { return !r.clashFor(r.u.keys[k].key, i, a) })
		claimants := r.fitting(p.claimants, func(a int32) bool { return !r.groups.claims.conflict(r.claim[i], r.claim[a]) })
		if len(people) == 1 && len(claimants) == 1 {
			place(cell{people[0], claimants[0]}, i)
			continue
		}
		var fits []cell
		for _, x := range people {
			for _, y := range claimants {
				fits = append(fits, cell{x, y})
			}
		}
		loose = append(loose, looseRow{i, fits})
	}
	firm := len(order)
	for _, l := range loose {
		var open []int32
		for _, at := range order[:firm] {
			if slices.Contains(l.fits, at) {
				open = append(open, cells[at])
			}
		}
		switch best, clear := r.prefers(l.row, open); {
		case len(open) == 0:
			place(cell{person: l.fits[0].person, claimant: -1}, l.row)
		case clear:
			r.link(best, l.row)
		default:
			for _, other := range open {
				r.asks = append(r.asks, r.edge(bySame, l.row, other))
			}
		}
	}
	if len(p.people) == 2 {
		r.asks = append(r.asks, r.edge(bySame, p.people[0], p.people[1]))
	}
}

// fitting returns the places of the anchors that fit; without anchors, 0.
func (r *run) fitting(anchors []int32, fits func(int32) bool) []int {
	if len(anchors) <= 1 {
		return []int{0}
	}
	var out []int
	for place, a := range anchors {
		if fits(a) {
			out = append(out, place)
		}
	}
	return out
}

// prefers returns the one of the others that the record is most like, and
// whether by a clear margin.
func (r *run) prefers(i int32, others []int32) (best int32, clear bool) {
	if len(others) == 1 {
		return others[0], true
	}
	first, second := linkage.Weight(math.MinInt32/2), linkage.Weight(math.MinInt32/2)
	for _, o := range others {
		switch w := r.judge.weight(i, o); {
		case w > first:
			best, first, second = o, w, first
		case w > second:
			second = w
		}
	}
	return best, len(others) > 0 && first-second >= looseMarginMin
}
