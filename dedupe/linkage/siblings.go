package linkage

import "github.com/reconkit/reconkit/dedupe/norm"

// Mia and Lia are a slip apart, and so are Lara and Laura; yet parents who call
// their children so did not mistype them. A name that many bear is a name of its own:
// two of these may be the names of two people, whatever their home and phone say, and
// are a question at most. So are names of which a family hands one down: Anna Maria, and
// Maria, her mother.

const (
	ownNameMin   = 12  // records that bear a given name of its own, if it is no usual one
	ownNameShare = 100 // and one for so many at most that bear the other: slips for a name are rarer
	namesField   = "given names"
	namesWhy     = "each is a given name of its own, as those of brothers and sisters are: a question at most"
	familyWhy    = "they have a given name in common, as two of a family often do: a question at most"
)

// siblings finds where two people have two given names, and nothing of their own
// agrees. A mailbox is none of these: families have one, and so has who writes for
// another. A date of birth is no twin's own who has a home, phone or mailbox with the
// other.
func (d *linked) siblings(c *comparer, v vector, a, b int32) (limit, bool) {
	db := d.db
	switch v.level(fieldGiven) {
	case nameOther, nameLoose, nameAlike, nameTypo, namePart:
	default:
		return limit{}, false
	}
	x, y := db.given.ids[a], db.given.ids[b]
	if x == 0 || y == 0 || db.numberAgrees(v) {
		return limit{}, false
	}
	if v.level(fieldDate) >= dateTurned && v.level(fieldAddress) < lineTypo && v.level(fieldPhone) < phoneTypo && v.level(fieldEmail) < mailShared {
		return limit{}, false
	}
	why := namesWhy
	switch {
	case c.familyNamed(x, y) && v.level(fieldEmail) == mailPrivate && !c.restApart(&db.names[x], &db.names[y]): // which one person has by all of them
		return limit{}, false
	case c.familyNamed(x, y):
		why = familyWhy
	case !db.twoNames(x, y):
		return limit{}, false
	}
	return limit{members{db.given.values.text(x), db.given.values.text(y), d.limits.named}, namesField, why}, true
}

// twoNames reports whether each of two given names, by number, is a name of its own:
// one that is usual, or that many bear here. Two forms or spellings of one are not,
// and neither are names of several words that have one in common.
func (db *records) twoNames(x, y uint32) bool {
	p, q := &db.names[x], &db.names[y]
	s, t := p.text.String()[:p.head], q.text.String()[:q.head]
	if s == t || shareToken(p.text.String(), q.text.String(), 3) {
		return false
	}
	if norm.TwoGivenNames(s, t, p.roots, q.roots) {
		return true
	}
	n, m := db.given.counts[x], db.given.counts[y]
	return min(n, m) >= max(ownNameMin, max(n, m)/ownNameShare) && !norm.ShareRoot(p.roots, q.roots) && !norm.OneSpelling(s, t)
}
