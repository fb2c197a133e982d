package dedupe

import (
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// What keys and names say of a row and the record of the target that it became, in view of
// who else has them.

// bearersMax is the number of rows, or records of the target, that are looked at as those
// which have a value of a key. What more have tells nobody.
const bearersMax = 20

// bearers are the rows and the records of the target by the values of keys, made when they are
// first asked for.
type bearers struct {
	*run
	rows    []keyIndex
	became  map[int32]bool // records that rows became, also such as are gone
	renamed []int32        // people of another name than their record, though of no stranger's, and with no key that tells
}

func (r *bearers) rowsWith(k int, id uint32) []int32 {
	if r.rows == nil {
		r.rows = r.u.indexKeys(r.order)
	}
	return r.rows[k].withValue(id)
}

func (r *bearers) recordsWith(k int, id uint32) []int32 {
	r.indexKeys()
	return r.index[k].withValue(id)
}

// told reports whether an equal key tells that a row is a record of the target.
func (r *bearers) told(i, t int32) bool {
	for k := range r.u.keys {
		if r.tells(i, t, k) {
			return true
		}
	}
	return false
}

// tells reports whether a key of a row and a record of the target is equal and tells that the
// two are one: no other record has it, all rows that have it may be one, and it is more than
// the id of the row, with which it would move.
func (r *bearers) tells(i, t int32, k int) bool {
	c := &r.u.keys[k]
	if !r.u.equalKey(i, t, k) || r.u.isID(i, k) || len(r.recordsWith(k, c.ids[t])) > 1 {
		return false
	}
	rows := r.rowsWith(k, c.ids[i])
	return len(rows) <= bearersMax && !slices.ContainsFunc(rows, func(j int32) bool { return r.u.strangers(i, j) || r.u.twoNames(i, j) })
}

// isID reports whether a key of a row is a number that is its id, too.
func (u *universe) isID(i int32, k int) bool {
	c := &u.keys[k]
	return c.kind == pipeline.KindIdentifier && canon.Fold(u.keyText(k, c.ids[i])) == canon.Fold(u.record(i).ID())
}

// otherNumber reports whether a row and a record of the target have two numbers of one
// namespace: the one of the record is of it, too, where it was sent to it.
func (r *bearers) otherNumber(i, t int32) bool {
	for k := range r.u.keys {
		c := &r.u.keys[k]
		a, b := c.ids[i], c.ids[t]
		if c.kind != pipeline.KindIdentifier || a == 0 || b == 0 || r.u.equalKey(i, t, k) {
			continue
		}
		if c.spaces[a] == c.spaces[b] || r.normal(c.field, int(i), r.sentTo(t)[c.name]) == r.u.keyText(k, b) {
			return true
		}
	}
	return false
}

// fitsAnother reports whether a row is another record of the target by its name and a key that
// the record which it became has not, or has under another name. Some row became that record,
// so that it is no duplicate of this one, and none is it any more: who is there twice now is
// told by links that conflict.
func (r *bearers) fitsAnother(i, t int32) bool {
	equal := r.u.equalNamed(i, t)
	for k := range r.u.keys {
		id := r.u.keys[k].ids[i]
		if id == 0 || equal && r.u.equalKey(i, t, k) {
			continue
		}
		others := r.recordsWith(k, id)
		for _, o := range others[:min(len(others), bearersMax)] {
			if o != t && r.u.equalNamed(i, o) && !r.apart(i, o) && r.isLeft(o, k) {
				return true
			}
		}
	}
	return false
}

// isLeft reports whether rows became a record of the target, and none of those that have its
// value of a key has its name, too.
func (r *bearers) isLeft(o int32, k int) bool {
	if !r.wasBecome(o) {
		return false
	}
	rows := r.rowsWith(k, r.u.keys[k].ids[o])
	return !slices.ContainsFunc(rows[:min(len(rows), bearersMax)], func(j int32) bool { return r.linked[j] == o && r.u.equalNamed(j, o) })
}

// wasBecome reports whether a row became a record of the target.
func (r *bearers) wasBecome(o int32) bool {
	if r.became == nil {
		r.became = r.copies()
		for _, id := range r.u.in.Links {
			if t, there := r.targets[id]; there {
				r.became[t] = true
			}
		}
	}
	return r.became[o]
}

// dropMoved takes back the links of renamed people where rows moved among records of like
// names: another record of the target has the whole name, and no row that became it has that
// name any more; or a row that is not the record which it became has the name of this one.
func (r *bearers) dropMoved() {
	left, moved := map[uint64][]int32{}, map[uint64][]int32{} // records, and rows, by name
	for _, i := range r.renamed {
		left[r.signature(i)], moved[r.signature(r.linked[i])] = nil, nil
	}
	if len(left) == 0 {
		return
	}
	kept := map[int32]bool{} // records of which a row has the name
	for _, j := range r.order {
		t := r.linked[j]
		if t >= 0 && r.u.equalNamed(j, t) {
			if _, wanted := left[r.signature(t)]; wanted {
				kept[t] = true
			}
			continue
		}
		if list, wanted := moved[r.signature(j)]; wanted && len(list) < bearersMax {
			moved[r.signature(j)] = append(list, j)
		}
	}
	for _, o := range r.u.targetsByContent() {
		if list, wanted := left[r.signature(o)]; wanted && len(list) < bearersMax && !kept[o] && r.wasBecome(o) {
			left[r.signature(o)] = append(list, o)
		}
	}
	for _, i := range r.renamed {
		t := r.linked[i]
		if r.reused[i].as != 0 || r.saysAsSent(i, t) {
			continue
		}
		rows := moved[r.signature(t)]
		if slices.ContainsFunc(left[r.signature(i)], func(o int32) bool { return o != t && !r.apart(i, o) }) {
			r.reused[i] = reuse{target: t, as: reusedFits}
		} else if len(rows) > 0 {
			r.reused[i] = reuse{target: t, as: reusedTaken, bearer: rows[0]}
		}
	}
}

// sharesAnyKey reports whether a row and a record of the target have an equal value of a key.
func (u *universe) sharesAnyKey(i, target int32) bool {
	for k := range u.keys {
		if u.equalKey(i, target, k) {
			return true
		}
	}
	return false
}

// equalKey reports whether a row and a record of the target have an equal value of one key,
// also of a number of which the source does not say whose it is: the record may have it of
// this row.
func (u *universe) equalKey(i, target int32, k int) bool {
	a, b := u.keys[k].ids[i], u.keys[k].ids[target]
	return a != 0 && b != 0 && (a == b || u.keyText(k, a) == u.keyText(k, b))
}

func (u *universe) hasKey(i int32) bool {
	return slices.ContainsFunc(u.keys, func(c keyColumn) bool { return c.link >= 0 && c.ids[i] != 0 })
}

// namesAnother reports whether a key of a row names a record of the target, and not the one
// that it became.
func (r *run) namesAnother(i, t int32) bool {
	r.indexKeys()
	for k := range r.u.keys {
		c := &r.u.keys[k]
		if c.link >= 0 && c.ids[i] != c.ids[t] && slices.ContainsFunc(r.pointedAt(i, k), func(o int32) bool { return !r.apart(i, o) }) {
			return true
		}
	}
	return false
}

// taken looks for a row that has a key of the record which row i became and could rather be it.
func (r *bearers) taken(i, t int32, couldBe func(j, i, t int32, k int) bool) (as reuseKind, bearer int32) {
	for k := range r.u.keys {
		c := &r.u.keys[k]
		id := c.ids[t]
		if r.u.equalKey(i, t, k) {
			id = c.ids[i]
		}
		rows := r.rowsWith(k, id)
		rows = rows[:min(len(rows), bearersMax)]
		if at := slices.IndexFunc(rows, func(j int32) bool { return j != i && couldBe(j, i, t, k) }); at >= 0 {
			return reusedTaken, rows[at]
		}
	}
	return 0, 0
}

// hasNameOf reports whether row j has the name of a record and the key that row i has of it, and
// did not become it as another row of the same contact.
func (r *bearers) hasNameOf(j, i, t int32, k int) bool {
	return r.u.equalKey(i, t, k) && r.linked[j] != t && r.u.equalNamed(j, t)
}

// hasKeyOf reports whether row j has a key of a record that row i has not, and could be it while
// it is not row i.
func (r *bearers) hasKeyOf(j, i, t int32, k int) bool {
	return !r.u.equalKey(i, t, k) && !r.u.keys[k].shared[r.u.keys[k].ids[t]] && r.u.agreesByKey(j, t) && !r.sameKey(i, j)
}

// saysAsSent reports whether a row says of its name, or by a key, what was last sent to the
// record: then it is the record that somebody changed in the target. So what the record still
// has as it was sent says nothing.
func (r *bearers) saysAsSent(i, t int32) bool {
	sent := r.sentTo(t)
	if len(sent) == 0 {
		return false
	}
	named, differs, kept, renamed := false, false, false, false // kept: a part of the name is as it was sent
	for f, field := range r.u.m.schema.Fields() {
		switch field.Kind {
		case pipeline.KindFirstName, pipeline.KindLastName, pipeline.KindPersonName, pipeline.KindCompany:
		default:
			continue
		}
		ours, was := canon.Fold(r.u.text(i, f)), canon.Fold(sent[field.Name])
		differs, named, kept = differs || ours != was, named || ours != "", kept || ours == was && ours != ""
		renamed = renamed || was != canon.Fold(r.u.text(t, f))
	}
	if named && !differs && renamed {
		return true
	}
	if (!kept || !renamed) && r.u.strangers(i, t) {
		return false
	}
	for k := range r.u.keys {
		c := &r.u.keys[k]
		if c.link < 0 || c.ids[i] == 0 || r.u.equalKey(i, t, k) || len(r.recordsWith(k, c.ids[i])) > 0 {
			continue
		}
		if r.u.keyText(k, c.ids[i]) == r.normal(c.field, int(i), sent[c.name]) {
			return true
		}
	}
	return false
}

// sentTo is what was last sent to a record of the target, by field.
func (r *run) sentTo(target int32) map[string]string {
	sent := map[string]string{}
	if r.u.in.Sent != nil {
		for _, e := range r.u.in.Sent.Of(r.u.record(target).ID()) {
			sent[e.Field] = e.Sent.Str()
		}
	}
	return sent
}
