package linkage

import (
	"strings"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/dedupe/similar"
)

func (c *comparer) compareNames(a, b *side, v *vector) {
	g := lookAtNames(a, b)
	c.settleNames(a, b, &g, v)
}

// seenNames is what is seen of the names of two records at a glance.
type seenNames struct {
	given, family uint8
	turned        bool // they may be in the wrong columns
}

func lookAtNames(a, b *side) seenNames {
	g := seenNames{given: glance(a.given, b.given), family: glance(a.family, b.family)}
	if g.given == glanceUnlike {
		g.given = a.givenKey.given(&b.givenKey)
	}
	if g.family == glanceUnlike {
		g.family = a.familyKey.family(&b.familyKey)
	}
	g.turned = g.given != glanceEqual && g.family != glanceEqual && a.mayTurn(b)
	return g
}

// settleNames compares names of which so much is seen.
func (c *comparer) settleNames(a, b *side, g *seenNames, v *vector) {
	f, l := g.given, g.family
	switch f {
	case glanceEqual:
		f = c.db.exactName(&c.db.given, a.given)
	case glanceLoose, glanceUnlike:
		f = c.nameMaybe(fieldGiven, a.given, b.given)
	}
	switch l {
	case glanceEqual:
		l = c.db.exactName(&c.db.family, a.family)
	case glanceLoose, glanceUnlike:
		l = c.nameMaybe(fieldFamily, a.family, b.family)
	}
	if g.turned && f <= nameLoose && l <= nameLoose {
		f, l = c.turned(a, b, f, l)
	}
	if f < namePart && l != nameOther && (a.alias|b.alias) != 0 && a.email != b.email {
		f = c.byMailbox(&a.packed, &b.packed, f)
	}
	v.set(fieldGiven, f)
	v.set(fieldFamily, l)
}

// turned sees names in the wrong columns: given and family name swapped, or the
// only name of a record in the other column.
func (c *comparer) turned(a, b *side, f, l uint8) (given, family uint8) {
	fa, la, fb, lb := a.given, a.family, b.given, b.family
	x, y := c.nameLevel(fieldFamily, fa, lb), c.nameLevel(fieldFamily, la, fb)
	switch {
	case x >= nameTypo && y >= nameAlike || y >= nameTypo && x >= nameAlike:
		return nameSwapped, 0
	case x >= nameTypo && y > 0 && c.nameLevel(fieldGiven, la, fb) >= nameInitial, y >= nameTypo && x > 0 && c.nameLevel(fieldGiven, fa, lb) >= nameInitial:
		return nameSwapped, 0 // one of the two is short, misspelt or an initial
	case la == 0 && fb == 0 && x >= nameTypo, lb == 0 && fa == 0 && y >= nameTypo:
		return 0, max(x, y)
	case la == 0 && x >= nameAlike:
		return 0, x
	case lb == 0 && y >= nameAlike:
		return 0, y
	case fa == 0 && y >= nameTypo:
		return 0, y
	case fb == 0 && x >= nameTypo:
		return 0, x
	}
	return f, l
}

// turnedMax is by how many letters two names may differ, at most, to be looked at
// as names in the wrong columns.
const turnedMax = 4

// mayTurn reports whether the names of two records may be in the wrong columns.
func (r *side) mayTurn(o *side) bool {
	if similar.BagDistance(r.givenKey.Bag(), o.familyKey.Bag()) > turnedMax && similar.BagDistance(r.familyKey.Bag(), o.givenKey.Bag()) > turnedMax {
		return false
	}
	return r.givenKey.mayTurn(&o.familyKey, r.given, o.family) || r.familyKey.mayTurn(&o.givenKey, r.family, o.given)
}

// byMailbox compares given names that two mailboxes tell: stacy lock writes from
// lock.anastasia@.
func (c *comparer) byMailbox(a, b *packed, f uint8) uint8 {
	if c.calledBy(a.alias, b.given) || c.calledBy(b.alias, a.given) {
		return namePart
	}
	return f
}

// calledBy reports whether what a mailbox tells is a given name, if need be with a
// slip. What is no name in the list may still be that of the other record.
func (c *comparer) calledBy(alias, given uint32) bool {
	if l := c.db.list; l != nil && l.unheard[alias] {
		return alias == given
	}
	return c.nameLevel(fieldGiven, alias, given) >= nameTypo
}

// nameLevel compares the given names of two records, or their family names.
func (c *comparer) nameLevel(f field, a, b uint32) uint8 {
	col, k, o := &c.db.family, &c.db.nameKeys[a], &c.db.nameKeys[b]
	if f == fieldGiven {
		col = &c.db.given
	}
	switch {
	case a == 0 || b == 0:
		return 0
	case a == b:
		return c.db.exactName(col, a)
	case f == fieldGiven && k.given(o) == nameOther, f == fieldFamily && k.family(o) == nameOther:
		return nameOther
	}
	return c.nameMaybe(f, a, b)
}

// nameMaybe is the level of two names that may be alike.
func (c *comparer) nameMaybe(f field, a, b uint32) uint8 {
	seen, alike := c.family, (*comparer).familyAlike
	if f == fieldGiven {
		seen, alike = c.given, (*comparer).givenAlike
	}
	slot, pair, level, known := seen.at(a, b)
	if known {
		return level
	}
	return seen.keep(slot, pair, alike(c, &c.db.names[a], &c.db.names[b]))
}

func (db *records) exactName(col *column, id uint32) uint8 {
	if col.counts[id] > db.manyAbove() {
		return nameCommon
	}
	return nameRare
}

// manyAbove is the number of records from which on a value is common.
func (db *records) manyAbove() int32 { return max(5, int32(2e-3*float64(db.counted))) }

// nameKey tells of most names, without looking at their letters, that they are
// different.
type nameKey struct {
	similar.Sketch
	roots uint32 // a bit for each root, some of them shared
	plain bool   // one word of several letters, without a generation
}

func newNameKey(w *word) nameKey {
	k := nameKey{Sketch: w.text.Sketch}
	k.plain = w.generation == norm.GenerationUnknown && w.text.Chars() > 1 && int(w.head) == len(w.text.String())
	for _, r := range w.roots {
		k.roots |= 1 << (r & 31)
	}
	return k
}

// slips reports whether two names may be a slip apart, or two where they are
// long enough for that.
func (k *nameKey) slips(o *nameKey) bool {
	least, most := k.Chars(), o.Chars()
	if least > most {
		least, most = most, least
	}
	n := 0
	if most >= 4 || least == 3 {
		n = 1
	}
	if least >= 5 {
		n = 2
	}
	return n > 0 && k.MayBeWithin(o.Sketch, n)
}

// begins reports whether one of two names may be the beginning of the other.
func (k *nameKey) begins(o *nameKey) bool {
	return k.MayStartAlike(o.Sketch, 3) && (k.Bag()&^o.Bag() == 0 || o.Bag()&^k.Bag() == 0)
}

// given is what is seen of two given names that are not equal: nameOther where
// givenAlike says so, nameLoose where it says no more than that, or glanceUnlike.
func (k *nameKey) given(o *nameKey) uint8 {
	switch {
	case !k.plain || !o.plain || k.roots&o.roots != 0 || k.slips(o) || k.begins(o):
		return glanceUnlike
	case !k.MayReach(o.Sketch, givenLooseAbove):
		return nameOther
	case k.MayReach(o.Sketch, givenAlikeAbove):
		return glanceUnlike
	}
	return glanceLoose
}

// family does the same for two family names and familyAlike.
func (k *nameKey) family(o *nameKey) uint8 {
	switch {
	case !k.plain || !o.plain || k.slips(o):
		return glanceUnlike
	case !k.MayReach(o.Sketch, familyLooseAbove):
		return nameOther
	case k.MayReach(o.Sketch, familyAlikeAbove):
		return glanceUnlike
	}
	return glanceLoose
}

// mayTurn reports whether two names, numbered x and y, of two columns may be as
// alike as names in the wrong columns are.
func (k *nameKey) mayTurn(o *nameKey, x, y uint32) bool {
	return x != 0 && y != 0 && (x == y || !k.plain || !o.plain || k.slips(o) || k.MayReach(o.Sketch, familyAlikeAbove))
}

// From which similarity of Jaro and Winkler on names are hardly alike, or alike,
// at least.
const (
	givenLooseAbove  = .76
	givenAlikeAbove  = .86
	familyLooseAbove = .78
	familyAlikeAbove = .88
)

func (c *comparer) givenAlike(a, b *word) uint8 {
	if a.generation != b.generation && a.generation != norm.GenerationUnknown && b.generation != norm.GenerationUnknown {
		return nameOther // father and son
	}
	s, t := a.text.String(), b.text.String()
	if s == "" || t == "" {
		return 0
	}
	ha, hb := s[:a.head], t[:b.head]
	if len(ha) == 1 || len(hb) == 1 {
		switch {
		case s[0] == t[0]:
		case a.each == nil && b.each == nil:
			return nameOther // J. and T.
		default:
			return c.elsewhere(a, b)
		}
		if c.restApart(a, b) {
			return nameOther // J. P. and J. T.
		}
		return nameInitial
	}
	if a.tight == b.tight || ha == hb {
		if a.generation != b.generation {
			return nameMarked
		}
		if a.tight != b.tight && c.restApart(a, b) {
			return nameAlike // Jean Pierre and Jean Paul
		}
		return nameTypo
	}
	if norm.NamePair(ha, hb) {
		return nameOther // a couple, or brother and sister, also where both are called the same at home
	}
	if a.each != nil || b.each != nil {
		return c.severalAlike(a, b)
	}
	if norm.ShareRoot(a.roots, b.roots) {
		return namePart
	}
	return c.spelt(&a.text, &b.text)
}

// spelt compares given names by how they are written.
func (c *comparer) spelt(a, b *similar.Text) uint8 {
	c.p.Set(*a)
	j, _ := c.p.JaroWinklerAtLeast(*b, givenLooseAbove)
	d := c.distance(*a, *b)
	la, lb := a.Chars(), b.Chars()
	switch {
	case d == 1 && max(la, lb) >= 4 || j >= .94:
		return nameTypo
	case lb >= 3 && strings.HasPrefix(a.String(), b.String()) || la >= 3 && strings.HasPrefix(b.String(), a.String()):
		return namePart
	case j >= givenAlikeAbove || d == 2 && min(la, lb) >= 5 || d == 1 && min(la, lb) == 3:
		return nameAlike
	case j >= givenLooseAbove:
		return nameLoose
	}
	return nameOther
}

func (c *comparer) familyAlike(a, b *word) uint8 {
	if a.tight == b.tight {
		return nameTypo
	}
	c.p.Set(a.text)
	j, _ := c.p.JaroWinklerAtLeast(b.text, familyLooseAbove)
	d := c.distance(a.text, b.text)
	la, lb := a.text.Chars(), b.text.Chars()
	switch {
	case d == 1 && max(la, lb) >= 4 || j >= .95:
		return nameTypo
	case shareToken(a.text.String(), b.text.String(), 3):
		return namePart
	case j >= familyAlikeAbove || d == 2 && min(la, lb) >= 5:
		return nameAlike
	case j >= familyLooseAbove:
		return nameLoose
	}
	return nameOther
}

// shareToken reports whether two texts, one of several words, have a word of
// at least n bytes in common.
func shareToken(a, b string, n int) bool {
	if strings.IndexByte(a, ' ') < 0 && strings.IndexByte(b, ' ') < 0 {
		return false
	}
	for x := range strings.FieldsSeq(a) {
		if len(x) < n {
			continue
		}
		for y := range strings.FieldsSeq(b) {
			if x == y {
				return true
			}
		}
	}
	return false
}
