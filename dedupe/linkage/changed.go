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
