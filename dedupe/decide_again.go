package dedupe

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// answer is a decision about one pair of records. One of them is a row.
type answer struct {
	pair
	outdated
}

// outdated is a decision, and which of its two records have other values now
// than the person saw.
type outdated struct {
	decision    *Decision
	left, right bool
}

func (o outdated) holds() bool { return !o.left && !o.right }

// heldDecisions are the decisions about records that are there.
type heldDecisions struct {
	holding map[pair]*Decision
	old     []answer
	now     []answer
}

func (h *heldDecisions) add(o outdated, p pair, counts bool) {
	switch {
	case !counts:
	case !o.holds():
		h.old = append(h.old, answer{p, o})
	default:
		if h.holding == nil {
			h.holding = map[pair]*Decision{}
		}
		h.holding[p] = o.decision
		h.now = append(h.now, answer{p, o})
	}
}

// follow does what the decisions that hold say, and keeps those that do not
// for askAgain. Records that were said to be different stay apart until they
// were asked about again.
func (r *run) follow(h *heldDecisions) {
	for _, d := range h.now {
		if first := r.sames[d.pair]; d.decision.Same && (first == nil || d.decision.Place < first.Place) {
			r.sames[d.pair] = d.decision
		}
	}
	for _, d := range h.now {
		if !d.decision.Same {
			r.differ = append(r.differ, d.pair)
		}
		if !d.decision.Same || r.sames[d.pair] == d.decision { // an answer that was given twice is one
			r.decide(d.a, d.b, d.decision.Same)
		}
	}
	r.upheld = maps.Clone(r.separated)
	for _, d := range h.old {
		if h.holding[d.pair] != nil {
			continue
		}
		if !d.decision.Same {
			r.decide(d.a, d.b, false)
		}
		r.old = append(r.old, d)
	}
	r.dropReused()
	for _, p := range r.spread(r.upheld) {
		r.upheld[p] = true
	}
	for _, p := range r.spread(r.separated) {
		r.decide(p.a, p.b, false)
	}
	r.contradictions(h)
}

// tellForbidden says that two records stay apart although a person said that
// they are the same. That an answer contradicts another one is told by
// contradictions.
func (r *run) tellForbidden(a, b int32) {
	why := r.keptApart(a, b)
	if why == "" {
		return
	}
	where := ""
	if d := r.sames[pairOf(a, b)]; d != nil {
		where = d.Place
	}
	r.notes.byCode["decision-forbidden"] = append(r.notes.byCode["decision-forbidden"], diag.Finding{Severity: diag.Warning, Code: "decision-forbidden", Where: where,
		Message: fmt.Sprintf("%s and %s are said to be the same and stay apart: %s", r.named(a), r.named(b), why),
		Hint:    "take the answer back, mend the value that is wrong, or take the key out of never"})
}

// named names a record in a sentence.
func (r *run) named(i int32) string {
	if int(i) >= r.u.rows {
		return "record " + diag.Shorten(r.u.record(i).ID(), shownMax) + " of the target"
	}
	return diag.Shorten(r.u.record(i).Origin().String(), shownMax)
}

// keptApart says which never key keeps two records apart, or what each was
// joined to; "" when none does.
func (r *run) keptApart(a, b int32) string {
	of := func(i int32) uint32 {
		if int(i) >= r.u.rows {
			return r.claim[i]
		}
		return r.groups.claim[r.groups.find(i)]
	}
	x, y, conflict := r.claims.between(of(a), of(b))
	if !conflict {
		return ""
	}
	own := func(i int32, c claim) string {
		k := int(c.slot >> 20)
		text := fmt.Sprintf("%q", r.u.keyShown(k, c.value))
		if r.u.keys[k].ids[i] != c.value {
			text += ", by a row that it was joined to"
		}
		return text
	}
	return fmt.Sprintf("never: %s: the one has %s, the other %s", r.u.keys[x.slot>>20].name, own(a, x), own(b, y))
}

// contradictions finds records that some decisions make one and another one
// keeps apart. They stay apart, and are asked about again.
func (r *run) contradictions(h *heldDecisions) {
	parent := map[int32]int32{}
	var find func(int32) int32
	find = func(i int32) int32 {
		p, known := parent[i]
		if !known || p == i {
			return i
		}
		root := find(p)
		parent[i] = root
		return root
	}
	for _, d := range h.now {
		if d.decision.Same {
			parent[find(d.b)] = find(d.a)
		}
	}
	var same map[int32][]string // by record that stands for those that are one: where that is said
	for _, d := range h.now {
		if d.decision.Same || find(d.a) != find(d.b) {
			continue
		}
		if same == nil {
			same = placesOfSame(h.now, find)
		}
		r.notes.byCode["decision-conflict"] = append(r.notes.byCode["decision-conflict"], diag.Finding{Severity: diag.Error, Code: "decision-conflict",
			Where: d.decision.Place, Hint: "correct the answer that is wrong; until then the records stay apart and wait",
			Message: fmt.Sprintf("%s and %s are said to be different, and other answers make them one: %s",
				diag.Shorten(d.decision.A.String(), shownMax), diag.Shorten(d.decision.B.String(), shownMax), listed(same[find(d.a)]))})
		r.old = append(r.old, d)
	}
}

// placesOfSame are the places of the answers that make records one, by the
// record that stands for them, in order.
func placesOfSame(answers []answer, standsFor func(int32) int32) map[int32][]string {
	same := map[int32][]string{}
	for _, d := range answers {
		if d.decision.Same && d.decision.Place != "" {
			root := standsFor(d.a)
			same[root] = append(same[root], d.decision.Place)
		}
	}
	for root, places := range same {
		slices.Sort(places)
		same[root] = slices.Compact(places)
	}
	return same
}

// listed names a few places.
func listed(places []string) string {
	text := ""
	for i, p := range places {
		if i == othersMax {
			return text + fmt.Sprintf(" and %d more", len(places)-i)
		}
		if i > 0 {
			text += ", "
		}
		text += p
	}
	return text
}

// askAgain makes questions of the decisions that do not hold any longer, once
// the clusters and their links are known. What other evidence has settled in
// the sense of the decision is not asked: rows that are one anyway, and a row
// that became its record of the target.
func (r *run) askAgain() {
	slices.SortFunc(r.old, func(x, y answer) int {
		xa, xb := r.byContent(x.pair)
		ya, yb := r.byContent(y.pair)
		return cmp.Or(cmp.Compare(r.u.rank[xa], r.u.rank[ya]), cmp.Compare(r.u.rank[xb], r.u.rank[yb]), cmp.Compare(x.decision.Place, y.decision.Place))
	})
	for n, d := range r.old {
		if n > 0 && d.pair == r.old[n-1].pair {
			continue
		}
		asked := false
		if int(d.b) < r.u.rows {
			asked = r.askRowsAgain(d)
		} else {
			asked = r.askTargetAgain(d)
		}
		if asked && !d.holds() {
			r.tellOutdated(d)
		}
	}
}

// byContent returns the two records, the one that comes first by content first.
func (r *run) byContent(p pair) (first, second int32) {
	if r.u.rank[p.b] < r.u.rank[p.a] {
		return p.b, p.a
	}
	return p.a, p.b
}

func (r *run) tellOutdated(d answer) {
	var changed []string
	for _, side := range []struct {
		changed bool
		who     Who
	}{{d.left, d.decision.A}, {d.right, d.decision.B}} {
		if side.changed {
			changed = append(changed, diag.Shorten(side.who.String(), shownMax))
		}
	}
	answered := "different"
	if d.decision.Same {
		answered = "the same"
	}
	both := diag.Shorten(d.decision.A.String(), shownMax) + " and " + diag.Shorten(d.decision.B.String(), shownMax)
	r.notes.byCode["decision-outdated"] = append(r.notes.byCode["decision-outdated"], diag.Finding{Severity: diag.Warning, Code: "decision-outdated", Where: d.decision.Place,
		Message: fmt.Sprintf("%s were decided to be %s, and the values of %s have changed since; it is asked again", both, answered, listed(changed)),
		Hint:    "answer it once more with reconkit match review"})
}

// askRowsAgain asks about two rows.
func (r *run) askRowsAgain(d answer) bool {
	a, b := r.clusterOf[d.a], r.clusterOf[d.b]
	if a == b || r.claims.conflict(r.groups.claim[r.groups.find(d.a)], r.groups.claim[r.groups.find(d.b)]) {
		return false
	}
	r.asks = slices.DeleteFunc(r.asks, func(e edge) bool { return pairOf(r.clusterOf[e.a], r.clusterOf[e.b]) == pairOf(a, b) })
	first, second := r.byContent(d.pair)
	r.ask(bySimilar, first, second)
	if c, block := r.weaker(a, b); block && r.blocks[c] == nil {
		r.blocks[c] = r.undecided(c, first, second)
	}
	return true
}

// askTargetAgain asks about a row and a record of the target.
func (r *run) askTargetAgain(d answer) bool {
	c, target := r.clusterOf[d.a], d.b-int32(r.u.rows)
	link := &r.links[c]
	settled := link.Target >= 0 && (r.claimed[c] == byDecision || r.claimed[c] == byLink)
	if link.Target == target || d.decision.Same && settled || r.claims.conflict(r.groups.claim[r.groups.find(d.a)], r.claim[d.b]) {
		return false
	}
	if !slices.ContainsFunc(r.questions, func(q question) bool { return q.b == d.b && int(q.a) < r.u.rows && r.clusterOf[q.a] == c }) {
		r.ask(bySimilar, d.a, d.b)
	}
	if link.Block == nil && (d.decision.Same || link.Target < 0) {
		reason := link.Reason
		if reason != nil && reason.Rule != "" && reason.Parts == nil {
			reason = new(r.why(int(c)))
		}
		*link = pipeline.Link{Target: -1, Reason: reason, Block: r.block(CodeUndecided, "it may be a contact that the target has already",
			"decide whether they are one contact", []int32{d.b})}
	}
	return true
}
