package dedupe

import (
	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline"
)

// A link stands above all evidence but a person's word, so that it must be about the
// contact that it was made of: ids are given anew, line numbers move when a row is put in
// front, a row that was twice becomes somebody else. Each row is judged by itself, before
// links join anything: rows of one link vouch for nobody.

// reuse is why a row is not the record any more that it became.
type reuse struct {
	target int32
	as     reuseKind
	bearer int32 // of reusedTaken: the row that could rather be it
}

type reuseKind uint8

const (
	reusedName   reuseKind = iota + 1 // the names are of two, and no key is equal
	reusedShared                      // the names are of two, and what is equal tells nobody
	reusedNumber                      // names do not vouch for it, and the numbers are two
	reusedKeys                        // names do not vouch for it, and keys name another record
	reusedFits                        // another record has its name
	reusedTaken                       // another row has a key or the name of the record, and could rather be it
)

// dropReused takes back the links of rows that are evidently somebody else by now.
func (r *run) dropReused() {
	r.reused = map[int32]reuse{}
	b := &bearers{run: r}
	for row, t := range r.linked {
		i := int32(row)
		if t < 0 || r.u.equalNamed(i, t) && !b.fitsAnother(i, t) {
			continue
		}
		if as, bearer := b.reusedAs(i, t); as != 0 && !b.saysAsSent(i, t) {
			r.reused[i] = reuse{target: t, as: as, bearer: bearer}
		}
	}
	b.dropMoved()
	r.vouch()
	for i := range r.reused {
		r.linked[i] = -1
	}
}

// reusedAs is why a row is not the record any more that it became, 0 where it may be, and the
// row that has a key of the record. It notes who is renamed.
func (r *bearers) reusedAs(i, t int32) (as reuseKind, bearer int32) {
	equal := r.u.sharesAnyKey(i, t)
	told := equal && r.told(i, t)
	if r.u.strangers(i, t) || equal && !told && r.u.twoNames(i, t) {
		switch {
		case !equal:
			return reusedName, 0
		case !told:
			return reusedShared, 0
		case r.otherNumber(i, t):
			return reusedNumber, 0
		case r.namesAnother(i, t):
			return reusedKeys, 0
		}
		return r.taken(i, t, r.hasKeyOf)
	}
	alike, named := r.u.alikeNamed(i, t), r.u.named(i) && r.u.named(t)
	if !told && r.u.namesPerson(i) && r.u.namesPerson(t) && !r.u.equalNamed(i, t) {
		r.renamed = append(r.renamed, i)
	}
	switch {
	case told && (!named || r.u.equalNamed(i, t)):
		return 0, 0
	case told:
		return r.taken(i, t, r.hasNameOf)
	case r.fitsAnother(i, t):
		return reusedFits, 0
	case alike, !r.u.hasKey(i):
		return 0, 0
	case r.namesAnother(i, t):
		return reusedKeys, 0
	case (equal || named) && r.otherNumber(i, t):
		return reusedNumber, 0
	}
	return r.taken(i, t, r.hasKeyOf)
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

func (u *universe) named(i int32) bool { return u.namesPerson(i) || u.firm[i] != 0 }

// equalNamed reports whether two records have one whole name.
func (u *universe) equalNamed(a, b int32) bool {
	if u.namesPerson(a) || u.namesPerson(b) {
		return u.first[a] == u.first[b] && u.last[a] == u.last[b] && u.suffix[a] == u.suffix[b]
	}
	return u.firm[a] != 0 && u.firm[a] == u.firm[b]
}

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
	case reusedShared:
		return text + "has another name now, and only keys in common with it that others have, too, or that move with its id"
	case reusedNumber:
		return text + "has another number now, and no name that speaks for it"
	case reusedKeys:
		return text + "has other keys now, of another record"
	case reusedFits:
		return text + "has the name of another record now"
	}
	return text + "is another by its name or keys now, while " + l.named(x.bearer) + " has a key or the name of the record"
}
