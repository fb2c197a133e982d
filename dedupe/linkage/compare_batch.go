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
}

// batch is the two sides of some pairs.
type batch struct {
	a, b [batchPairs]side
}

// compareAll gives each pair its vector.
func (c *comparer) compareAll(pairs []uint64, vectors []vector) {
	for len(pairs) > 0 {
		n := min(len(pairs), batchPairs)
		c.fetch(pairs[:n])
		for i := range n {
			vectors[i] = c.levels(&c.batch.a[i], &c.batch.b[i])
		}
		pairs, vectors = pairs[n:], vectors[n:]
	}
}

// compare gives the levels of two records.
func (c *comparer) compare(a, b int32) vector {
	c.fetch([]uint64{uint64(a)<<32 | uint64(b)})
	return c.levels(&c.batch.a[0], &c.batch.b[0])
}

// fetched gives the levels of a pair of the batch.
func (c *comparer) fetched(i int) vector { return c.levels(&c.batch.a[i], &c.batch.b[i]) }

// fetch fills the batch with at most batchPairs pairs. Number 0 of a value is
// "", which is there as well, so that nothing depends on what is missing.
func (c *comparer) fetch(pairs []uint64) {
	db, a, b := c.db, &c.batch.a, &c.batch.b
	for i, p := range pairs {
		x, y := &a[i], &b[i]
		x.at, y.at = int32(p>>32), int32(uint32(p))
		x.packed, y.packed = db.packed[x.at], db.packed[y.at]
	}
	if len(db.nameKeys) > 0 {
		for i := range pairs {
			x, y := &a[i], &b[i]
			x.givenKey, y.givenKey = db.nameKeys[x.given], db.nameKeys[y.given]
			x.familyKey, y.familyKey = db.nameKeys[x.family], db.nameKeys[y.family]
		}
	}
	if len(db.roadKeys) > 0 {
		for i := range pairs {
			a[i].roadKey, b[i].roadKey = db.roadKeys[a[i].road], db.roadKeys[b[i].road]
		}
	}
	if len(db.cityKeys) > 0 {
		for i := range pairs {
			a[i].cityKey, b[i].cityKey = db.cityKeys[a[i].city], db.cityKeys[b[i].city]
		}
	}
	if len(db.mails) > 0 {
		for i := range pairs {
			a[i].mail, b[i].mail = db.mails[a[i].email], db.mails[b[i].email]
		}
	}
	if len(db.dialled) > 0 {
		for i := range pairs {
			a[i].phone, b[i].phone = db.dialled[a[i].packed.phone], db.dialled[b[i].packed.phone]
		}
	}
}
