package linkage

import (
	"context"
	"slices"
)

// changed are the values that are compared in another way than before, since
// other records have them.
type changed struct {
	given, family, date, mail, phone []bool // by number; nil: none

	// Of these, pairs that were different may be no longer.
	domain           []bool // by domain: anyone can have a mailbox there now, or no longer
	mailbox, handset []bool // e-mails and phones that fewer people use
	values           int    // how many of these, and of names and dates
}

func changesOf(old, db *records) (c changed) {
	common := func(was, is *column) []bool {
		if !was.on() {
			return nil
		}
		out := make([]bool, len(is.counts))
		for id := 1; id < len(was.counts); id++ {
			if old.exactName(was, uint32(id)) != db.exactName(is, uint32(id)) && was.counts[id] > 1 {
				out[id] = true
				c.values++
			}
		}
		return out
	}
	c.given, c.family, c.date = common(&old.given, &db.given), common(&old.family, &db.family), common(&old.date, &db.date)
	used := func(before, after []*users, columnsBefore, columns []column) (other, fewer []bool) {
		other, fewer = make([]bool, len(after)), make([]bool, len(after))
		soleBefore, sole := soleUsers(before, columnsBefore, old.who), soleUsers(after, columns, db.who)
		for id := range before {
			was, is := before[id].with(soleBefore[id]), after[id].with(sole[id])
			if was == is {
				continue
			}
			other[id] = true
			for _, who := range was {
				if who != 0 && is.others(who, 0) == is.others(0, 0) {
					fewer[id] = true
				}
			}
			if fewer[id] {
				c.values++
			}
		}
		return other, fewer
	}
	c.phone, c.handset = used(old.phoneUsers, db.phoneUsers, old.phones, db.phones)
	c.mail, c.mailbox = used(old.mailUsers, db.mailUsers, old.emails, db.emails)
	c.domain = make([]bool, len(db.freeDomain))
	for d := range old.freeDomain {
		if c.domain[d] = old.freeDomain[d] != db.freeDomain[d]; c.domain[d] {
			c.values++
		}
	}
	for id := 1; id < len(old.mails); id++ {
		c.mail[id] = c.mail[id] || c.domain[old.mails[id].domain]
	}
	return c
}

// touches reports whether a record has a value that is compared in another way.
func (c *changed) touches(db *records, i int32) bool {
	one := func(flags []bool, col *column) bool { return flags != nil && flags[col.ids[i]] }
	if one(c.given, &db.given) || one(c.family, &db.family) || one(c.date, &db.date) {
		return true
	}
	for k := range db.emails {
		if one(c.mail, &db.emails[k]) {
			return true
		}
	}
	for k := range db.phones {
		if one(c.phone, &db.phones[k]) {
			return true
		}
	}
	return false
}

// revived appends the values of a record of which pairs that were different may
// be no longer.
func (c *changed) revived(out []uint64, db *records, i int32) []uint64 {
	add := func(kind uint64, flags []bool, id uint32) {
		if flags != nil && id != 0 && flags[id] {
			out = append(out, kind<<32|uint64(id))
		}
	}
	of := func(col *column) uint32 {
		if !col.on() {
			return 0
		}
		return col.ids[i]
	}
	add(1, c.given, of(&db.given))
	add(2, c.family, of(&db.family))
	add(3, c.date, of(&db.date))
	for k := range db.emails {
		id := db.emails[k].ids[i]
		add(4, c.mailbox, id)
		add(5, c.domain, db.mails[id].domain)
	}
	for k := range db.phones {
		add(6, c.handset, db.phones[k].ids[i])
	}
	return out
}

// refresh compares the pairs anew whose vectors may be others by what the added
// records told of their values, and returns pairs that had been found to be
// different and may be no longer.
func (u *updater) refresh(ctx context.Context, d *linked, m *meeting) []uint64 {
	db := d.db
	c := changesOf(u.previous.data.db, db)
	var stale []uint64
	for _, p := range d.found {
		a, b := int32(p>>32), int32(uint32(p))
		firms := db.firm.on() && db.firm.ids[a] != db.firm.ids[b] && db.firm.ids[a] != 0 && db.firm.ids[b] != 0
		if firms || d.standing.stale[a] || d.standing.stale[b] || c.touches(db, a) || c.touches(db, b) {
			stale = append(stale, p)
		}
	}
	d.found, d.vectors = mergeFound(d.found, d.vectors, stale, compareAll(ctx, db, stale, u.workers).vectors())
	if c.values == 0 {
		return nil
	}
	return u.revived(d, m, &c)
}

// revivedMax is the share of the earlier records whose pairs are looked for again
// because a value of theirs is compared in another way.
const revivedMax = 0.02

// revived lists the pairs of earlier records that share a value which may make
// them the same now, though they had been found to be different.
func (u *updater) revived(d *linked, m *meeting, c *changed) (out []uint64) {
	var list []int32
	var mine, theirs []uint64
	for i := range m.from {
		if mine = c.revived(mine[:0], d.db, i); len(mine) > 0 {
			list = append(list, i)
		}
	}
	if float64(len(list)) > revivedMax*float64(m.from) {
		u.mayDiffer("their names, dates or mailboxes are compared in another way, since more or fewer records have them; a run from scratch would compare the pairs again that had been found to be different", list)
		return nil
	}
	for _, i := range list {
		mine = c.revived(mine[:0], d.db, i)
		for _, j := range m.mates(d, i) {
			if j >= i {
				continue
			}
			theirs = c.revived(theirs[:0], d.db, j)
			if slices.ContainsFunc(mine, func(x uint64) bool { return slices.Contains(theirs, x) }) {
				out = append(out, uint64(j)<<32|uint64(i))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// mates are the records that share a block with one, where it is not too large.
func (m *meeting) mates(d *linked, i int32) (out []int32) {
	for k := range m.s.blocks {
		h := d.keyOf(k, i)
		if h == 0 || m.s.left[i] {
			continue
		}
		block := m.s.blocks[k].of(h)
		if limit := m.limits[k]; limit > 0 && len(block) >= limit {
			m.grown.records = append(m.grown.records, block...)
			continue
		}
		for _, j := range block {
			if j != i && !d.db.barred(uint32(i), uint32(j)) {
				out = append(out, j)
			}
		}
	}
	return out
}
