package linkage

import (
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// goneFlags are the records that are no longer there, or nil when all are.
func (in *Input) goneFlags() ([]bool, error) {
	if len(in.Gone) == 0 || in.Records == nil {
		return nil, nil
	}
	flags := make([]bool, in.Records.Len())
	for _, i := range in.Gone {
		if i < 0 || int(i) >= len(flags) {
			return nil, fmt.Errorf("record %d is said to be gone; there are %d, numbered from 0", i, len(flags))
		}
		flags[i] = true
	}
	return flags, nil
}

// blanked returns a table in which the records that are gone have no values.
func blanked(t *pipeline.Table, gone []bool) (*pipeline.Table, error) {
	out := pipeline.NewTable(t.Schema())
	for _, b := range t.Batches() {
		flags := gone[:b.Len()]
		gone = gone[b.Len():]
		if !slices.Contains(flags, true) {
			out.Append(b)
			continue
		}
		columns := make([]*pipeline.Column, t.Schema().Len())
		for c := range columns {
			from := b.Column(c)
			column := pipeline.NewColumnBuilder(from.Type(), b.Len())
			for row, is := range flags {
				if is {
					column.AppendNull()
				} else {
					column.AppendFrom(from, row)
				}
			}
			columns[c] = column.Finish()
		}
		batch, err := pipeline.NewBatch(pipeline.BatchData{Schema: t.Schema(), Len: b.Len(), Columns: columns})
		if err != nil {
			return nil, err
		}
		out.Append(batch)
	}
	return out, nil
}

// remover takes the values of some records away.
type remover struct {
	old, db *records
	s       *standing
	gone    []int32
}

// without returns the records without the values of some, which keep their
// numbers. Db stays as it is. It is nil when that cannot be done: more records
// than are compared equal one of them.
func (db *records) without(gone []int32, s *standing) *records {
	out := *db
	x := &remover{db, &out, s, gone}
	if !x.twins() {
		return nil
	}
	out.gone = make([]bool, db.n)
	copy(out.gone, db.gone)
	out.emails, out.phones, out.extras = slices.Clone(db.emails), slices.Clone(db.phones), slices.Clone(db.extras)
	for _, c := range out.contents() {
		c.col.ids = slices.Clone(c.col.ids)
		for _, i := range gone {
			if c.col.ids[i] != 0 {
				c.col.ids[i] = 0
				c.col.filled--
			}
		}
	}
	out.packed, out.isFirm, out.who, out.hash = slices.Clone(db.packed), slices.Clone(db.isFirm), slices.Clone(db.who), slices.Clone(db.hash)
	out.full, out.alias = slices.Clone(db.full), slices.Clone(db.alias)
	for _, i := range gone {
		out.gone[i] = true
		out.packed[i], out.isFirm[i], out.who[i], out.hash[i] = packed{}, false, 0, 0
		if db.links {
			out.hash[i] = mix2(0, uint64(db.lists[i])+1)
			out.packed[i].odd = oddOf(out.hash[i])
		}
		if out.full != nil {
			out.full[i] = 0
		}
		if out.alias != nil {
			out.alias[i] = 0
		}
	}
	x.names()
	out.phoneUsers = x.users(db.phoneUsers, db.phones, out.phones, &s.phones)
	out.mailUsers = x.users(db.mailUsers, db.emails, out.emails, &s.mails)
	x.reorder()
	return &out
}

// twins finds other first records for those that equal one that is gone.
func (x *remover) twins() bool {
	if x.old.twin == nil {
		return true
	}
	isGone := map[uint32]bool{}
	equal := map[uint32][]uint32{}
	for _, i := range x.gone {
		isGone[uint32(i)] = true
		equal[x.old.twin[i]] = nil
	}
	for i, first := range x.old.twin {
		if list, there := equal[first]; there {
			equal[first] = append(list, uint32(i))
		}
	}
	x.db.twin = slices.Clone(x.old.twin)
	for _, list := range equal {
		if len(list) > twinsMax {
			return false
		}
		left := slices.DeleteFunc(slices.Clone(list), func(i uint32) bool { return isGone[i] })
		for _, i := range list {
			x.db.twin[i] = i
			if !isGone[i] {
				x.db.twin[i] = left[0]
			}
		}
	}
	return true
}

// names finds the names that nobody bears any more: no mailbox tells them.
func (x *remover) names() {
	db := x.db
	if db.alias == nil {
		return
	}
	died := map[uint32]bool{}
	for _, i := range x.gone {
		for _, id := range []uint32{x.old.given.ids[i], x.old.family.ids[i]} {
			died[id] = id != 0
		}
	}
	delete(died, 0)
	for _, c := range []*column{&db.given, &db.family} {
		for _, id := range c.ids {
			if died[id] {
				delete(died, id)
			}
		}
	}
	for id := range died {
		x.s.dead[id] = true
	}
	if len(died) == 0 {
		return
	}
	var waiting []uint64
	for i, id := range db.alias {
		if died[id] {
			db.alias[i], db.packed[i].alias = 0, 0
			x.s.stale[int32(i)] = true
			waiting = append(waiting, db.given.values.hashes[id]>>32<<32|uint64(i))
		}
	}
	sortAll(waiting)
	x.s.waiting = x.s.waiting.with(waiting)
}

// users finds anew who uses the phones or mailboxes of the records that are gone.
func (x *remover) users(known []*users, was, is []column, other *reused) []*users {
	if len(is) == 0 {
		return known
	}
	out := slices.Clone(known)
	lost := make([]bool, len(out))
	for k := range was {
		for _, i := range x.gone {
			if id := was[k].ids[i]; out[id] != nil {
				out[id], lost[id] = new(users), true
			}
		}
	}
	for k := range is {
		for i, id := range is[k].ids {
			if lost[id] && x.db.who[i] != 0 {
				out[id].add(x.db.who[i])
			}
		}
	}
	for id, is := range lost {
		if is {
			other.note(uint32(id), *known[id], *out[id])
		}
	}
	return out
}

// reorder puts the records that are gone where their hashes are now.
func (x *remover) reorder() {
	db := x.db
	gone := make([]uint32, 0, len(x.gone))
	for _, i := range x.old.order {
		if db.gone[i] {
			gone = append(gone, i)
		}
	}
	slices.SortFunc(gone, db.byHash)
	out := make([]uint32, 0, len(x.old.order))
	for _, i := range x.old.order {
		if db.gone[i] {
			continue
		}
		for len(gone) > 0 && db.byHash(gone[0], i) < 0 {
			out, gone = append(out, gone[0]), gone[1:]
		}
		out = append(out, i)
	}
	db.order = append(out, gone...)
}

// drop takes records out of their blocks.
func (s *standing) drop(gone []bool) {
	for k := range s.blocks {
		b := &s.blocks[k]
		list := union(b.old, b.young)
		kept := make([]uint64, 0, len(list))
		b.sizes = map[int]int{}
		for len(list) > 0 {
			block := head(list)
			list = list[len(block):]
			before := len(kept)
			for _, e := range block {
				if !gone[uint32(e)] {
					kept = append(kept, e)
				}
			}
			n := len(kept) - before
			if n > 1 {
				b.sizes[n]++
			}
			if limit := s.limits[k]; n < len(block) && limit > 0 && len(block) >= limit {
				s.shrunk.add(kept[before:])
			}
		}
		b.keyed = keyed{old: kept}
	}
}
