package dedupe

import "slices"

// keysTellAll reports whether likeness can decide nothing: no two records that are
// not known to be one could be, and no doubt about those that are is weighed. So it
// is where all rows and records of the target carry numbers of their own by which a
// never key keeps them apart, as lists of customers do. Comparing them would teach
// weights by which nothing is decided.
func (r *run) keysTellAll() bool {
	if len(r.u.m.config.Decisions) > 0 {
		return false
	}
	for k := range r.u.keys {
		if c := &r.u.keys[k]; c.same && !r.u.sole(c) {
			return false
		}
	}
	return slices.ContainsFunc(r.u.keys, func(c keyColumn) bool { return c.never && r.u.tells(&c) })
}

// sole reports whether no two rows have one value of a key.
func (u *universe) sole(c *keyColumn) bool {
	seen := make([]bool, len(c.values.text))
	for _, id := range c.ids[:u.rows] {
		if id != 0 && seen[id] {
			return false
		}
		seen[id] = true
	}
	return true
}

// tells reports whether a key keeps all records of both tables apart, but for a row
// and records of the target with one value, of which keys say that they are one and
// names do not say otherwise.
func (u *universe) tells(c *keyColumn) bool {
	space := uint32(0)
	for _, id := range c.ids {
		if space == 0 {
			space = c.spaces[id]
		}
		if id == 0 || c.spaces[id] != space {
			return false
		}
	}
	rows := make([]int32, len(c.values.text)) // by value: the row that has it, from 1
	for i, id := range c.ids[:u.rows] {
		if rows[id] != 0 {
			return false
		}
		rows[id] = int32(i) + 1
	}
	for t := int32(u.rows); t < int32(u.n); t++ {
		if i := rows[c.ids[t]] - 1; i >= 0 && !u.agreesByKey(i, t) {
			return false
		}
	}
	return true
}
