package linkage

import (
	"math"
	"math/bits"
)

// Names of two parts are not independent: who is called Björn is seldom called
// Fernández. Pairs of strangers are therefore weighed by both parts together,
// and a whole name that many bear counts as common though its parts are rare.

// fullNames numbers the pairs of given and family name of the records that have
// both, and counts them.
func (db *records) fullNames() {
	if !db.given.on() {
		return
	}
	db.full = make([]uint32, db.n)
	room := min(db.given.filled, db.family.filled) + 1
	keys := make([]uint64, 1, room)
	db.fullCounts = make([]int32, 1, room)
	slots := make([]uint32, 1<<bits.Len(uint(2*room)))
	for i := range db.full {
		f, l := db.given.ids[i], db.family.ids[i]
		if f == 0 || l == 0 {
			continue
		}
		k := uint64(f)<<32 | uint64(l)
		at := mix(k^hashA, hashB) & uint64(len(slots)-1)
		for slots[at] != 0 && keys[slots[at]] != k {
			at = (at + 1) & uint64(len(slots)-1)
		}
		if slots[at] == 0 {
			slots[at] = uint32(len(keys))
			keys = append(keys, k)
			db.fullCounts = append(db.fullCounts, 0)
		}
		id := slots[at]
		db.full[i] = id
		db.fullCounts[id]++
		if 2*len(keys) > len(slots) {
			slots = rehashed(keys, 4*len(slots))
		}
	}
	db.fullKeys = keys
}

func rehashed(keys []uint64, size int) []uint32 {
	slots := make([]uint32, size)
	for id := 1; id < len(keys); id++ {
		at := mix(keys[id]^hashA, hashB) & uint64(size-1)
		for slots[at] != 0 {
			at = (at + 1) & uint64(size-1)
		}
		slots[at] = uint32(id)
	}
	return slots
}

// nameTable is something by level of the given and of the family name.
type nameTable [levelsMax * levelsMax]float64

// nameOf is the place of a vector's name levels in a nameTable.
func nameOf(v vector) int { return int(v & (1<<(2*levelBits) - 1)) }

func nameAt(given, family int) int { return family<<levelBits | given }

// sampledMin is how many sampled pairs must show a combination of name levels
// to be believed; of rarer ones the product of the parts is taken.
const sampledMin = 10

// namesOutside completes the expected number of pairs that were not compared,
// by combination of name levels: counted where both parts are equal, sampled
// where that tells enough, and the product of the parts elsewhere.
func (l *learner) namesOutside(hits *nameTable, n, scale float64) {
	db := l.db
	if n == 0 || !db.given.on() {
		return
	}
	var equal nameTable
	for id, count := range db.fullCounts {
		if id > 0 {
			k := db.fullKeys[id]
			c := float64(count)
			equal[nameAt(int(db.exactName(&db.given, uint32(k>>32))), int(db.exactName(&db.family, uint32(k))))] += c * (c - 1) / 2
		}
	}
	share := l.possible / (float64(db.n) * float64(db.n-1) / 2)
	var compared nameTable
	for _, r := range l.rows {
		compared[nameOf(r.v)] += r.n
	}
	var given, family [levelsMax]float64
	both := 0.0
	for f := 1; f < levelsMax; f++ {
		for g := 1; g < levelsMax; g++ {
			x := hits[nameAt(f, g)]
			given[f] += x
			family[g] += x
			both += x
		}
	}
	for f := 1; f < levelsMax && both > 0; f++ {
		for g := 1; g < levelsMax; g++ {
			at := nameAt(f, g)
			switch x := hits[at]; {
			case equalNames(f) && equalNames(g):
				l.outsideNames[at] = max(0, equal[at]*share-compared[at])
			case x >= sampledMin:
				l.outsideNames[at] = x * scale
			default:
				l.outsideNames[at] = given[f] * family[g] / both * scale
			}
		}
	}
}

// startNames makes the share of each combination among all pairs that have both
// names on both sides.
func (l *learner) startNames(m *model) {
	sum := 0.0
	l.totalNames = l.outsideNames
	for _, r := range l.rows {
		l.totalNames[nameOf(r.v)] += r.n
	}
	for at := range l.totalNames {
		if at&levelMask == 0 || at>>levelBits == 0 {
			l.totalNames[at] = 0
		}
		sum += l.totalNames[at]
	}
	for at, x := range l.totalNames {
		f, g := at&levelMask, at>>levelBits
		switch {
		case f == 0 || g == 0:
		case l.fixed:
			l.totalNames[at] = l.strange[fieldGiven][f] * l.strange[fieldFamily][g]
		default:
			l.totalNames[at] = (x + l.total[fieldGiven][f]*l.total[fieldFamily][g]) / (sum + 1)
		}
	}
	m.strangerNames = l.totalNames
}

// namesWeight is how many pairs the product of the parts counts as.
func (l *learner) namesWeight() float64 {
	if l.fixed {
		return strangersWeight(fieldFamily)
	}
	return 1
}

// maximiseNames makes the shares among strangers from the shared pairs.
func (l *learner) maximiseNames(m *model, counts *nameTable) {
	sum := 0.0
	for at := range counts {
		if f, g := at&levelMask, at>>levelBits; f != 0 && g != 0 {
			counts[at] += l.outsideNames[at]
			sum += counts[at]
		}
	}
	floor := l.floor()
	for at := range counts {
		if f, g := at&levelMask, at>>levelBits; f != 0 && g != 0 && l.totalNames[at] > 0 {
			w := l.namesWeight()
			m.strangerNames[at] = max((counts[at]+w*l.totalNames[at])/(sum+w), floor)
		}
	}
}

// nameLogs gives for each class the logarithm of what the name levels say.
func (m *model) nameLogs(lg *levelCountsOf) (out [classes]nameTable) {
	for k := range out {
		for at := range out[k] {
			f, g := at&levelMask, at>>levelBits
			if f != 0 {
				out[k][at] += lg[k][fieldGiven][f]
			}
			if g != 0 {
				out[k][at] += lg[k][fieldFamily][g]
			}
			if k == strangers && equalNames(f) && equalNames(g) {
				out[k][at] = math.Log(max(m.strangerNames[at], shareMin))
			}
		}
	}
	return out
}

// turnedMin is what it may say of turned names, at least, how many bear them.
const turnedMin = 3 * commonMin

// frequencyOfTurned is the evidence that the names of two records, of which one has
// them turned, are more common than such names are, in nats. They tell no more than
// the name does that both then bear, since whoever bears it may have been written
// so; and less where it is a name in both ways: Thomas James and James Thomas are
// two people.
func (s *scorer) frequencyOfTurned(a, b int32) float64 {
	db, typical := s.db, s.typical[fieldGiven][nameSwapped]
	if typical <= 0 {
		return 0
	}
	p, q := &db.packed[a], &db.packed[b]
	share := func(c *column, x, y uint32) float64 {
		return float64(max(c.counts[x], c.counts[y], 1)) / float64(db.counted)
	}
	one := share(&db.given, p.given, q.family) * share(&db.family, p.family, q.given)
	other := share(&db.given, p.family, q.given) * share(&db.family, p.given, q.family)
	whole := max(one, other)
	for _, i := range [...]int32{a, b} {
		if id := db.full[i]; id != 0 {
			whole = max(whole, s.fullShare(id))
		}
	}
	chance := 2*one*other/(one+other) + s.m.p[same][fieldGiven][nameSwapped]*whole
	return max(turnedMin, min(0, math.Log(typical/chance)))
}
