package dedupe

import (
	"maps"
	"slices"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// A link stands above all evidence but a person's word, so that it must be about the
// contact that it was made of: ids are given anew, line numbers move when a row is put in
// front, a row that was twice becomes somebody else. Each row is judged by itself, before
// links join anything: rows of one link vouch for nobody.

// reuse is why a row is not the record any more that it became.
type reuse struct {
	target int32
	as     reuseKind
	bearer int32 // of reusedTaken: the row that has a key of the record
}

type reuseKind uint8

const (
	reusedName  reuseKind = iota + 1 // the names are of two, and no key is equal
	reusedKeys                       // names do not vouch for it, and keys name another record
	reusedTaken                      // names do not vouch for it, and another row has a key of the record
)

// bearersMax is the number of rows that are looked at as those which have a key of a record.
const bearersMax = 20

// dropReused takes back the links of rows that are evidently somebody else by now.
func (r *run) dropReused() {
	r.reused = map[int32]reuse{}
	open := map[int32]bool{} // rows that are somebody else where another row has a key of the record
	for row, t := range r.linked {
		i := int32(row)
		if t < 0 || r.u.sharesAnyKey(i, t) {
			continue
		}
		switch {
		case r.u.strangers(i, t):
			r.reused[i] = reuse{target: t, as: reusedName}
		case r.u.alikeNamed(i, t):
		case r.namesAnother(i):
			r.reused[i] = reuse{target: t, as: reusedKeys}
		case r.u.hasKey(i):
			open[i] = true
		}
	}
	r.findBearers(open)
	maps.DeleteFunc(r.reused, func(i int32, x reuse) bool { return r.saysAsSent(i, x) })
	r.vouch()
	for i := range r.reused {
		r.linked[i] = -1
	}
}

// strangers reports whether two records have names of two people or companies. The company
// itself and somebody of it are none.
func (u *universe) strangers(a, b int32) bool {
	firms := u.firm[a] != 0 && u.firm[b] != 0
	differ := firms && u.similarity(u.firm[a], u.firm[b]) < differentBelow && !u.sharesWord(u.firm[a], u.firm[b])
	switch {
	case firms && !u.namesPerson(a) && !u.namesPerson(b): // also where an e-mail may be a person's
		return differ
	case firms && u.namesPerson(a) != u.namesPerson(b):
		return differ && u.clash(a, b)
	}
	noFirst := u.namesPerson(a) && u.namesPerson(b) && u.first[a] == 0 && u.first[b] == 0
	return u.clash(a, b) && !u.calledShort(a, b) || noFirst && u.lastNames(u.last[a], u.last[b]) == different
}

// calledShort reports whether two people of one last name have forms of one first name, such as
// Bob and Robert, and are not father and son.
func (u *universe) calledShort(a, b int32) bool {
	if u.suffix[a] != u.suffix[b] || u.lastNames(u.last[a], u.last[b]) < initial {
		return false
	}
	x, _ := norm.NextWord(norm.AppendWords(nil, u.words.text[u.first[a]]))
	y, _ := norm.NextWord(norm.AppendWords(nil, u.words.text[u.first[b]]))
	return norm.ShareRoot(norm.Roots(x), norm.Roots(y))
}

func (u *universe) namesPerson(i int32) bool { return u.first[i] != 0 || u.last[i] != 0 }

// alikeNamed reports whether two records have one name, as far as both say it, so that other
// keys are a change of keys. A first name alone vouches for nobody who has a last name.
func (u *universe) alikeNamed(a, b int32) bool {
	if u.namesPerson(a) || u.namesPerson(b) {
		first, last := u.firstNames(u.first[a], u.first[b]), u.lastNames(u.last[a], u.last[b])
		if u.last[a] == 0 && u.last[b] == 0 {
			return first >= initial
		}
		return u.swapped(a, b) || last >= initial && (first >= initial || first == missing)
	}
	return u.firm[a] != 0 && u.firm[b] != 0 && u.similarity(u.firm[a], u.firm[b]) >= similarAbove
}

// sharesAnyKey reports whether a row and a record of the target have an equal value of a key,
// also of a number of which the source does not say whose it is: the record may have it of
// this row.
func (u *universe) sharesAnyKey(i, target int32) bool {
	for k := range u.keys {
		a, b := u.keys[k].ids[i], u.keys[k].ids[target]
		if a != 0 && b != 0 && (a == b || u.keyText(k, a) == u.keyText(k, b)) {
			return true
		}
	}
	return false
}

func (u *universe) hasKey(i int32) bool {
	return slices.ContainsFunc(u.keys, func(c keyColumn) bool { return c.link >= 0 && c.ids[i] != 0 })
}

// namesAnother reports whether a key of a row names a record of the target.
func (r *run) namesAnother(i int32) bool {
	r.indexKeys()
	for k := range r.u.keys {
		if r.u.keys[k].link >= 0 && slices.ContainsFunc(r.pointedAt(i, k), func(t int32) bool { return !r.apart(i, t) }) {
			return true
		}
	}
	return false
}

// valueOf is a value of a key.
type valueOf struct {
	k  int
	id uint32
}

// findBearers finds of which open rows another row has a key of their record, and could be it.
func (r *run) findBearers(open map[int32]bool) {
	bearers := map[valueOf][]int32{}
	for i := range open {
		for k := range r.u.keys {
			if c, id := &r.u.keys[k], r.u.keys[k].ids[r.linked[i]]; id != 0 && !c.shared[id] {
				bearers[valueOf{k, id}] = nil
			}
		}
	}
	if len(bearers) == 0 {
		return
	}
	for _, j := range r.order {
		for k := range r.u.keys {
			value := valueOf{k, r.u.keys[k].ids[j]}
			if list, wanted := bearers[value]; wanted && len(list) < bearersMax {
				bearers[value] = append(list, j)
			}
		}
	}
	for i := range open {
		t := r.linked[i]
		for k := range r.u.keys {
			list := bearers[valueOf{k, r.u.keys[k].ids[t]}]
			at := slices.IndexFunc(list, func(j int32) bool { return r.u.agreesByKey(j, t) && !r.sameKey(i, j) })
			if at >= 0 {
				r.reused[i] = reuse{target: t, as: reusedTaken, bearer: list[at]}
				break
			}
		}
	}
}

// saysAsSent reports whether a row says of its name, or by a key, what was last sent to the
// record: then it is the record that somebody changed in the target.
func (r *run) saysAsSent(i int32, x reuse) bool {
	target := x.target
	if r.u.in.Sent == nil {
		return false
	}
	sent := map[string]string{}
	for _, e := range r.u.in.Sent.Of(r.u.record(target).ID()) {
		sent[e.Field] = e.Sent.Str()
	}
	named, differs, kept := false, false, false // kept: a part of the name is as it was sent
	for f, field := range r.u.m.schema.Fields() {
		switch field.Kind {
		case pipeline.KindFirstName, pipeline.KindLastName, pipeline.KindPersonName, pipeline.KindCompany:
		default:
			continue
		}
		ours := canon.Fold(r.u.text(i, f))
		same := ours == canon.Fold(sent[field.Name])
		differs, named, kept = differs || !same, named || ours != "", kept || same && ours != ""
	}
	named = named && !differs
	return named || (x.as != reusedName || kept) && slices.ContainsFunc(r.u.keys, func(c keyColumn) bool {
		ours := r.normal(c.field, int(i), r.u.text(i, c.field))
		return c.link >= 0 && ours != "" && ours == r.normal(c.field, int(i), sent[c.name])
	})
}

// vouch gives back the links of rows of which a person said that they are one with a row
// that is still the record.
func (r *run) vouch() {
	is := func(i, target int32) bool {
		_, reused := r.reused[i]
		return !reused && r.linked[i] == target
	}
	for again := len(r.reused) > 0; again; {
		again = false
		for p := range r.sames {
			for _, side := range [...]pair{p, {p.b, p.a}} {
				x, reused := r.reused[side.a]
				if reused && int(side.b) < r.u.rows && is(side.b, x.target) {
					delete(r.reused, side.a)
					again = true
				}
			}
		}
	}
}

// wasReused blocks a cluster with rows that are not the record any more which they became.
func (l *linking) wasReused(members []int32) *pipeline.Block {
	if len(l.reused) == 0 {
		return nil
	}
	var why string
	var first int32
	targets := l.collect(members, func(i int32) []int32 {
		x, reused := l.reused[i]
		if !reused {
			return nil
		}
		if why == "" && !l.excluded(members, x.target) {
			first, why = i, l.reuseReason(i, x)
		}
		return []int32{x.target}
	})
	if len(targets) == 0 {
		return nil
	}
	hint := "if the source gave its ids anew, choose an id that stays; if the record is to become this contact, give it the name in the target first; if it is another contact under an id that is used again, give the row a new id"
	if l.u.m.config.Join {
		hint = "if the source gave its ids anew, choose an id that stays; if the record is to become this contact, say so in the decisions file" + l.asAnswer(first, l.reused[first].target) +
			"; if it is another contact under an id that is used again, say there that they are different (same: false)"
	}
	return l.block(CodeReusedID, why, hint, targets)
}

func (l *linking) reuseReason(i int32, x reuse) string {
	text := l.u.rowID(i) + " became this record of the target earlier, and "
	switch x.as {
	case reusedName:
		return text + "has another name now, and no key in common with it"
	case reusedKeys:
		return text + "has other keys now, of another record"
	}
	return text + "has other keys now, while " + l.named(x.bearer) + " has a key of the record"
}
