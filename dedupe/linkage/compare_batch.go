package linkage

import "github.com/reconkit/reconkit/dedupe/similar"

// batchPairs is how many pairs are compared at a time. What they need is fetched
// first, because the fetches do not wait for each other, as they would from pair
// to pair: half of the records are far from the one before.
const batchPairs = 32

// side is what comparing needs of one record of a pair. Mail and phone are those
// of the first column.
type side struct {
	packed
	at                  int32
	mail                mailbox
	phone               dialled
	givenKey, familyKey nameKey
	roadKey, cityKey    similar.Sketch
	zipKey, extraKey    similar.Sketch // of the first column on its own
}

// batch is the two sides of some pairs. Neighbours with one first record share
// its side.
type batch struct {
	a, b [batchPairs]side
	of   [batchPairs]uint8 // by pair: the place of its first record in a
}

// compareAll gives each pair its vector.
func (c *comparer) compareAll(pairs []uint64, vectors []vector) {
	for len(pairs) > 0 {
		n := min(len(pairs), batchPairs)
		c.fetch(pairs[:n])
		for i := range n {
			vectors[i] = c.fetched(i)
		}
		pairs, vectors = pairs[n:], vectors[n:]
	}
}

// compare gives the levels of two records.
func (c *comparer) compare(a, b int32) vector {
	c.fetch([]uint64{uint64(a)<<32 | uint64(b)})
	return c.fetched(0)
}

// sides are the two records of a pair of the batch.
func (c *comparer) sides(i int) (a, b *side) { return &c.batch.a[c.batch.of[i]], &c.batch.b[i] }

// fetched gives the levels of a pair of the batch.
func (c *comparer) fetched(i int) vector { return c.levels(c.sides(i)) }

// fetch fills the batch with at most batchPairs pairs.
func (c *comparer) fetch(pairs []uint64) {
	batch, n := c.batch, 0
	for i, p := range pairs {
		if at := int32(p >> 32); n == 0 || batch.a[n-1].at != at {
			batch.a[n].at = at
			n++
		}
		batch.of[i] = uint8(n - 1)
		batch.b[i].at = int32(uint32(p))
	}
	c.db.fetch(batch.a[:n])
	c.db.fetch(batch.b[:len(pairs)])
}

// fetch fills sides whose records are known. Number 0 of a value is "", which is
// there as well, so that nothing depends on what is missing.
func (db *records) fetch(sides []side) {
	for i := range sides {
		sides[i].packed = db.packed[sides[i].at]
	}
	if len(db.nameKeys) > 0 {
		for i := range sides {
			x := &sides[i]
			x.givenKey, x.familyKey = db.nameKeys[x.given], db.nameKeys[x.family]
		}
	}
	if len(db.roadKeys) > 0 {
		for i := range sides {
			sides[i].roadKey = db.roadKeys[sides[i].road]
		}
	}
	if len(db.cityKeys) > 0 {
		for i := range sides {
			sides[i].cityKey = db.cityKeys[sides[i].city]
		}
	}
	if len(db.zipKeys) > 0 {
		for i := range sides {
			sides[i].zipKey = db.zipKeys[sides[i].postcode]
		}
	}
	if len(db.extras) > 0 {
		for i := range sides {
			sides[i].extraKey = db.extras[0].keys[sides[i].extras[0]]
		}
	}
	if len(db.mails) > 0 {
		for i := range sides {
			sides[i].mail = db.mails[sides[i].email]
		}
	}
	if len(db.dialled) > 0 {
		for i := range sides {
			sides[i].phone = db.dialled[sides[i].packed.phone]
		}
	}
}
