package linkage

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Limits of same columns.
const (
	conflictsMax  = 0.01 // share of joined pairs with two names from which on a same column is only evidence
	conflictsLook = 64   // records of one value that are looked at for two names
)

// rules is what joins and forbids whatever the evidence says.
type rules struct {
	db     *records
	same   []rule
	never  []rule
	forced []edge // pairs that are joined before all others, by a key or as equal
	said   []edge // pairs that were answered to be the same
	apart  map[[2]int32]bool
	joined map[[2]int32]bool
	near   map[int32][]int32 // by record: those that it was answered to differ from
}

// rule is one same or never column.
type rule struct {
	name   string
	kind   Kind
	col    column
	shared []bool // by value: used by several people, so that it joins nobody
	off    bool   // demoted
}

// loadRules reads the same and never columns and checks the answers.
func (l *Linker) loadRules(r *reader, db *records, c *comparer) (*rules, error) {
	u := &rules{db: db, apart: map[[2]int32]bool{}, joined: map[[2]int32]bool{}, near: map[int32][]int32{}}
	for _, name := range l.config.Same {
		u.same = append(u.same, r.rule(name, db.rows))
	}
	for _, name := range l.config.Never {
		u.never = append(u.never, r.rule(name, db.rows))
	}
	for i := range u.same {
		u.judge(&u.same[i], c)
	}
	var numbers []int32 // of the records, by row
	for i, a := range l.config.Answers {
		if min(a.A, a.B) < 0 || int(max(a.A, a.B)) >= db.n || a.A == a.B {
			return nil, fmt.Errorf("answer %d is about records %d and %d; there are %d, numbered from 0", i+1, a.A, a.B, db.n)
		}
		x, y := min(a.A, a.B), max(a.A, a.B)
		if db.rows != nil {
			if numbers == nil {
				numbers = db.numbersOf()
			}
			x, y = min(numbers[a.A], numbers[a.B]), max(numbers[a.A], numbers[a.B])
		}
		if db.gone != nil && (db.gone[x] || db.gone[y]) {
			continue
		}
		if a.Same {
			u.said = append(u.said, edge{a: x, b: y, score: weightMax})
			u.joined[[2]int32{x, y}] = true
		} else {
			u.apart[[2]int32{x, y}] = true
			u.near[x] = append(u.near[x], y)
			u.near[y] = append(u.near[y], x)
		}
	}
	for i, first := range db.twin {
		if first != uint32(i) {
			u.forced = append(u.forced, edge{a: min(int32(i), int32(first)), b: max(int32(i), int32(first)), score: weightMax})
		}
	}
	db.sortEdges(u.forced)
	db.sortEdges(u.said)
	return u, nil
}

// rule reads one column, for records that stand in these rows.
func (r *reader) rule(name string, rows []int32) rule {
	at := slices.IndexFunc(r.columns, func(c Column) bool { return c.Name == name })
	k := r.columns[at].Kind
	out := rule{name: name, kind: k, col: column{ids: make([]uint32, r.n), values: newDict(1 << 10)}}
	n := normaliser{kind: k}
	r.scan([]int{at}, out.col.ids, func(raw string) uint32 { return out.col.values.id(n.text(raw)) })
	for i, is := range r.gone {
		if is {
			out.col.ids[i] = 0
		}
	}
	if rows != nil {
		out.col.ids = inOrder(out.col.ids, rows)
	}
	out.col.count()
	out.shared = make([]bool, out.col.values.len())
	return out
}

// judge finds the values of a same column that several people use, and demotes
// the column where there are too many. What is left joins the records of each
// value.
func (u *rules) judge(r *rule, c *comparer) {
	order := make([]uint64, 0, u.db.n)
	for i, id := range r.col.ids {
		if r.col.counts[id] > 1 {
			order = append(order, r.col.values.hashes[id]>>32<<32|uint64(i))
		}
	}
	sortHigh(order)
	var edges []edge
	pairs, conflicts, values := 0, 0, 0
	for i := 0; i < len(order); {
		id := r.col.ids[uint32(order[i])]
		j := i + 1
		for j < len(order) && r.col.ids[uint32(order[j])] == id {
			j++
		}
		block := u.byHash(order[i:j])
		looked := block[:min(len(block), conflictsLook)]
		for k, x := range looked[1:] {
			pairs++
			if c.conflictFor(r.kind, looked[k], x) || c.conflictFor(r.kind, looked[0], x) {
				conflicts++
				r.shared[id] = true
			}
		}
		if r.shared[id] {
			values++
		} else {
			for k, x := range block[1:] {
				edges = append(edges, edge{a: min(block[k], x), b: max(block[k], x), score: weightMax})
			}
		}
		i = j
	}
	name := diag.Shorten(r.name, 60)
	switch {
	case float64(conflicts) > conflictsMax*float64(pairs):
		r.off = true
		u.db.notes = append(u.db.notes, fmt.Sprintf("same column %q is evidence only: %d of %d pairs with an equal value have two different names", name, conflicts, pairs))
		return
	case values > 0:
		u.db.notes = append(u.db.notes, fmt.Sprintf("same column %q: %s by people of different names; such a value joins nobody", name, diag.Plural(values, "value is shared", "values are shared")))
	}
	u.forced = append(u.forced, edges...)
}

// byHash lists the records of a block by what they hold.
func (u *rules) byHash(block []uint64) []int32 {
	out := make([]int32, len(block))
	for i, x := range block {
		out[i] = int32(uint32(x))
	}
	hash := u.db.hash
	slices.SortFunc(out, func(x, y int32) int { return cmp.Or(cmp.Compare(hash[x], hash[y]), cmp.Compare(x, y)) })
	return out
}

// conflict reports whether two records name two people, or a person and a
// company.
func (c *comparer) conflict(a, b int32) bool {
	v := c.compare(a, b)
	f, l := v.level(fieldGiven), v.level(fieldFamily)
	return f == nameOther && l <= nameLoose || f == nameOther && l >= nameCommon || v.level(fieldFirm) == firmOther || v.level(fieldNature) == naturesDiffer && v.level(fieldEmployer) <= firmLoose
}

// conflictFor is conflict as far as it matters to an equal value: GmbH and AG may
// well share a mailbox, and a company that changes its form keeps its number.
func (c *comparer) conflictFor(k Kind, a, b int32) bool {
	return c.conflict(a, b) || k != Identifier && c.db.formsDiffer(a, b)
}

// decided is the verdict on two records with the answer of a person, which
// joins where nothing forbids it. The answer is no evidence about others.
func (u *rules) decided(a, b int32) (Weight, string) {
	if w, why := u.verdict(a, b); w != 0 || !u.joined[[2]int32{min(a, b), max(a, b)}] {
		return w, why
	}
	return weightMax, "a person said that they are the same"
}

// verdict is what the rules say of two records: weightMax, -weightMax, or 0 for
// nothing; and which rule says it.
func (u *rules) verdict(a, b int32) (Weight, string) {
	for i := range u.never {
		if x, y := u.never[i].col.ids[a], u.never[i].col.ids[b]; x != 0 && y != 0 && x != y {
			return -weightMax, "two different values of " + u.never[i].name
		}
	}
	if len(u.apart) > 0 && u.apart[[2]int32{min(a, b), max(a, b)}] {
		return -weightMax, "a person said that they are different"
	}
	if u.db.barred(uint32(a), uint32(b)) {
		return -weightMax, "both are of one list"
	}
	for i := range u.same {
		r := &u.same[i]
		if x := r.col.ids[a]; !r.off && x != 0 && x == r.col.ids[b] && !r.shared[x] {
			return weightMax, "equal value of " + r.name
		}
	}
	if u.db.twins(a, b) {
		return weightMax, "equal in every column"
	}
	return 0, ""
}

// decides reports whether a rule says something of two records.
func (u *rules) decides(a, b int32) bool {
	w, _ := u.verdict(a, b)
	return w != 0
}

// silent reports whether there are no rules to ask, but that of equal records.
func (u *rules) silent() bool {
	return len(u.never) == 0 && len(u.same) == 0 && len(u.apart) == 0
}
