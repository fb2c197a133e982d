package linkage

import "slices"

// reused is phones or mailboxes that others use than before, by number.
type reused struct {
	other []uint32
	fewer []uint32 // of these: somebody uses it no longer, so that pairs that were different may be no longer
}

// note notes a value whose users have changed, if they have.
func (r *reused) note(id uint32, was, is users) {
	if was == is {
		return
	}
	r.other = append(r.other, id)
	for _, who := range was {
		if who != 0 && is.others(who, 0) == is.others(0, 0) {
			r.fewer = append(r.fewer, id)
			return
		}
	}
}

// users adds the added records to those who use each phone or mailbox, and notes
// the values that others use than before.
func (x *extender) users(known []*users, columns []column, other *reused) []*users {
	db := x.db
	out := make([]*users, columns[0].values.len())
	copy(out, known)
	again := x.ownUsers(out, known, columns)
	before := x.usersBefore(out, known, columns, again)
	for _, c := range columns {
		for i := x.old.n; i < db.n; i++ {
			id := c.ids[i]
			if id == 0 || db.who[i] == 0 || out[id] == nil {
				continue
			}
			if out[id].add(db.who[i]); len(columns) > 1 && out[id].others(db.who[i], 0) == len(users{}) {
				x.s.crowded = append(x.s.crowded, int32(i))
			}
		}
	}
	for k, id := range again {
		other.note(id, before[k], *out[id])
	}
	return out
}

// ownUsers makes users, to be filled, for the values of the added records that
// more than one record has, and lists those that were known.
func (x *extender) ownUsers(out, known []*users, columns []column) (again []uint32) {
	once := map[uint32]bool{}
	for _, c := range columns {
		for _, id := range c.ids[x.old.n:] {
			switch {
			case id == 0:
			case int(id) < len(known):
				if out[id] == known[id] {
					again = append(again, id)
					own := known[id].with(0)
					out[id] = &own
				}
			case once[id] && out[id] == nil:
				out[id] = new(users)
			default:
				once[id] = true
			}
		}
	}
	return again
}

// usersBefore is who used values before. Of those that one record had, that is
// found first.
func (x *extender) usersBefore(out, known []*users, columns []column, again []uint32) []users {
	var sole []uint64
	before := make([]users, len(again))
	for k, id := range again {
		if known[id] == nil {
			if sole == nil {
				sole = soleUsers(known, columns, x.db.who[:x.old.n])
			}
			*out[id] = known[id].with(sole[id])
		}
		before[k] = *out[id]
	}
	return before
}

// holders lists the records that have one of some values.
func holders(columns []column, values []uint32, size int) (list []int32) {
	if len(values) == 0 {
		return nil
	}
	flags := make([]bool, size)
	for _, id := range values {
		flags[id] = true
	}
	for k := range columns {
		for i, id := range columns[k].ids {
			if flags[id] {
				list = append(list, int32(i))
			}
		}
	}
	return list
}

// otherwise lists the earlier records that are compared in another way than
// before, or of which a rule says something else, ascending: their mailbox tells
// another name, others use their phone or mailbox, or the value of a same column
// joins no longer, or joins now.
func (u *updater) otherwise(d *linked) []int32 {
	db, s := d.db, d.standing
	var list []int32
	for i := range s.stale {
		list = append(list, i)
	}
	list = append(list, holders(db.phones, s.phones.other, len(db.phoneUsers))...)
	list = append(list, holders(db.emails, s.mails.other, len(db.mailUsers))...)
	for k := range d.rules.same {
		was, is := &u.previous.data.rules.same[k], &d.rules.same[k]
		var values []uint32
		for id := range was.shared {
			if id > 0 && (was.off || was.shared[id]) != (is.off || is.shared[id]) {
				values = append(values, uint32(id))
			}
		}
		list = append(list, holders([]column{is.col}, values, is.col.values.len())...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// revivedMax is the share of the earlier records whose pairs are looked for again
// because fewer people use their phone or mailbox.
const revivedMax = 0.02

// revived lists the pairs of earlier records that share a phone or mailbox which
// may make them the same now, since fewer people use it, though they had been
// found to be different.
func (u *updater) revived(d *linked, m *meeting) (out []uint64) {
	db, s := d.db, d.standing
	phones, mails := flagged(s.phones.fewer, len(db.phoneUsers)), flagged(s.mails.fewer, len(db.mailUsers))
	list := slices.Concat(holders(db.phones, s.phones.fewer, len(db.phoneUsers)), holders(db.emails, s.mails.fewer, len(db.mailUsers)))
	slices.Sort(list)
	list = slices.DeleteFunc(slices.Compact(list), func(i int32) bool { return i >= m.from })
	if float64(len(list)) > revivedMax*float64(m.from) {
		u.mayDiffer("fewer people use their phones or mailboxes; a run from scratch would compare the pairs again that had been found to be different", list)
		return nil
	}
	of := func(i int32) (values []uint64) {
		for k := range db.phones {
			if id := db.phones[k].ids[i]; phones != nil && phones[id] {
				values = append(values, uint64(id))
			}
		}
		for k := range db.emails {
			if id := db.emails[k].ids[i]; mails != nil && mails[id] {
				values = append(values, 1<<32|uint64(id))
			}
		}
		return values
	}
	for _, i := range list {
		mine := of(i)
		for _, j := range m.mates(d, i) {
			if j < i && slices.ContainsFunc(of(j), func(x uint64) bool { return slices.Contains(mine, x) }) {
				out = append(out, uint64(j)<<32|uint64(i))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// flagged are flags of some values; nil for none.
func flagged(values []uint32, size int) []bool {
	if len(values) == 0 {
		return nil
	}
	flags := make([]bool, size)
	for _, id := range values {
		flags[id] = true
	}
	return flags
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
