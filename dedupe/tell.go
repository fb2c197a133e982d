package dedupe

import "slices"

// keysTellAll reports whether likeness can decide nothing: no two records that are
// not known to be one could be, and no doubt about those that are is weighed. So it
// is where all rows and records of the target carry numbers of their own by which a
// never key keeps them apart, as lists of customers do. Comparing them would teach
// weights by which nothing is decided.
func (r *run) keysTellAll() bool {
	return len(r.u.m.config.Decisions) == 0 &&
		slices.ContainsFunc(r.u.keys, func(c keyColumn) bool { return c.never && r.u.tells(&c) })
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
