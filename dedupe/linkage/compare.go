package linkage

import (
	"math/bits"

	"github.com/reconkit/reconkit/dedupe/similar"
)

// comparer compares pairs of records. Each worker has its own.
type comparer struct {
	db                  *records
	p                   similar.Pattern
	given, family, firm memo
	road, city          memo
	batch               *batch
	only                [2]givenName // names of one word; see wordsOf
	onlys               [2]*givenName
}

// memo remembers the levels of pairs of values, the last in each slot: both
// numbers and the level in one word.
type memo []uint64

const (
	memoBits   = 14
	memoIDBits = 30 // of the numbers that are remembered
)

func newMemo(n int) memo { return make(memo, 1<<min(memoBits, 6+bits.Len(uint(n)))) }

// at returns the slot of a pair, the pair as it is kept (0 where a number is too
// large for that), and its level if it is remembered.
func (m memo) at(a, b uint32) (slot int, pair uint64, level uint8, known bool) {
	if a > b {
		a, b = b, a
	}
	if b < 1<<memoIDBits {
		pair = (uint64(a)<<memoIDBits | uint64(b)) << levelBits
	}
	slot = int(pair*hashB>>32) & (len(m) - 1)
	found := m[slot]
	return slot, pair, uint8(found & levelMask), found&^levelMask == pair && pair != 0
}

// keep remembers the level of a pair and returns it.
func (m memo) keep(slot int, pair uint64, level uint8) uint8 {
	m[slot] = pair | uint64(level)
	return level
}

func newComparer(db *records) *comparer {
	c := &comparer{db: db, batch: new(batch)}
	for _, m := range []*memo{&c.given, &c.family, &c.firm, &c.road, &c.city} {
		*m = newMemo(db.n)
	}
	return c
}

func (c *comparer) jwAtLeast(a, b similar.Text, bound float64) bool {
	c.p.Set(a)
	_, ok := c.p.JaroWinklerAtLeast(b, bound)
	return ok
}

func (c *comparer) within(a, b similar.Text, k int) bool {
	c.p.Set(a)
	return c.p.OSAWithin(b, k)
}

// distance is the number of slips between a and b, at most 3.
func (c *comparer) distance(a, b similar.Text) int {
	if similar.BagDistance(a.Bag(), b.Bag()) > 2 {
		return 3
	}
	c.p.Set(a)
	for k := 1; k <= 2; k++ {
		if c.p.OSAWithin(b, k) {
			return k
		}
	}
	return 3
}

// levels gives the levels of two records.
func (c *comparer) levels(x, y *side) vector {
	var v vector
	db := c.db
	if db.given.on() {
		c.compareNames(x, y, &v)
	}
	if db.firm.on() {
		c.compareFirms(x, y, &v)
	}
	if db.date.on() {
		v.set(fieldDate, c.dateLevel(x.date, y.date))
	}
	if len(db.emails) > 0 {
		v.set(fieldEmail, c.emailLevel(x, y))
	}
	if len(db.phones) > 0 {
		v.set(fieldPhone, c.phoneLevel(x, y))
	}
	if db.placed {
		v.set(fieldAddress, c.addressLevel(x, y))
	}
	for i := range db.extras {
		e := &db.extras[i]
		v.set(fieldExtra+field(i), c.extraLevel(e, e.of(i, x), e.of(i, y)))
	}
	return v
}

func (c *comparer) dateLevel(a, b uint32) uint8 {
	if a == 0 || b == 0 {
		return 0
	}
	if a == b {
		return c.db.exactName(&c.db.date, a)
	}
	d := c.distance(c.db.dates[a], c.db.dates[b])
	if d == 1 {
		return dateOneOff
	}
	s, t := c.db.dates[a].String(), c.db.dates[b].String()
	if s[4:] == t[4:] && nextYear(s[:4], t[:4]) {
		return dateOneOff
	}
	if s[:4] == t[:4] && s[4:6] == t[6:] && s[6:] == t[4:6] {
		return dateTurned
	}
	n := 0
	if s[:4] == t[:4] {
		n += 2
	}
	if s[4:6] == t[4:6] {
		n++
	}
	if s[6:] == t[6:] {
		n++
	}
	switch {
	case n == 3:
		return dateParts
	case d == 2:
		return dateTwoOff
	case n == 2:
		return dateYear
	}
	return dateOther
}

// nextYear reports years of four digits that follow each other: 1939 and 1940
// differ in two digits, and yet by one.
func nextYear(s, t string) bool {
	y, z := 0, 0
	for i := range len(s) {
		y, z = 10*y+int(s[i]-'0'), 10*z+int(t[i]-'0')
	}
	return y-z == 1 || z-y == 1
}

// textAlikeAbove is the similarity of Jaro and Winkler from which on two texts are
// alike.
const textAlikeAbove = .92

// of is the number of the value that a record has in the column, the i-th of its
// kind.
func (x *extra) of(i int, r *side) uint32 {
	if i < len(r.extras) {
		return r.extras[i]
	}
	return x.col.ids[r.at]
}

// differ reports that two values are not alike, where that is easily seen.
func (x *extra) differ(k, l similar.Sketch) bool {
	if x.kind == Identifier {
		return !k.MayBeWithin(l, 2)
	}
	return !k.MayReach(l, textAlikeAbove)
}

func (c *comparer) extraLevel(x *extra, i, j uint32) uint8 {
	switch {
	case i == 0 || j == 0:
		return 0
	case x.kind == Identifier && i == j:
		return numberEqual
	case x.kind == Identifier && x.differ(x.keys[i], x.keys[j]):
		return numberOther
	case x.kind == Identifier:
		return uint8(4 - c.distance(x.text(i), x.text(j)))
	case i == j:
		return textEqual
	case !x.differ(x.keys[i], x.keys[j]) && c.jwAtLeast(x.text(i), x.text(j), textAlikeAbove):
		return textAlike
	}
	return textOther
}

func (c *comparer) phoneLevel(a, b *side) uint8 {
	db := c.db
	if len(db.phones) == 1 {
		if a.packed.phone == 0 || b.packed.phone == 0 {
			return 0
		}
		return c.phoneAlike(a, b, a.packed.phone, b.packed.phone, &a.phone, &b.phone)
	}
	best := uint8(0)
	for i := range db.phones {
		x := db.phones[i].ids[a.at]
		if x == 0 {
			continue
		}
		for j := range db.phones {
			if y := db.phones[j].ids[b.at]; y != 0 {
				best = max(best, c.phoneAlike(a, b, x, y, &db.dialled[x], &db.dialled[y]))
			}
		}
	}
	return best
}

// phoneAlike compares the numbers x and y of two records. A switchboard is the
// phone of the firm itself, whoever else uses it.
func (c *comparer) phoneAlike(a, b *side, x, y uint32, p, q *dialled) uint8 {
	db := c.db
	if x == y {
		if !(a.isFirm && b.isFirm) && db.otherCallers(x, a.at, b.at) > 0 {
			return phoneShared
		}
		return phonePrivate
	}
	values := db.phones[0].values
	switch {
	case p.tailOf(q):
		return phoneTail
	case p.maySlip(q) && c.within(p.sketch.Text(values.text(x)), q.sketch.Text(values.text(y)), 1):
		return phoneTypo
	case p.extensionOf(q):
		return phoneExtension
	}
	return phoneOther
}
