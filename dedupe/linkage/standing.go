package linkage

import (
	"maps"
	"slices"
	"sort"
)

// standing is what adding records to a result needs beside it: it finds the
// records that share a block key with an added one. It is made when records are
// added for the first time. A standing that was handed out never changes; the
// next one shares what only grows.
type standing struct {
	from   int32       // the first record that was added later
	blocks []blockList // by kind of key
	second []part      // by which blocks are split that are too large
	late   [][]uint64  // by kind of key: that of each record from from on
	later  [][]uint64  // the same by second

	waiting   keyed // records by a given name that their mailbox tells and no record has
	tokens    *dict // words of companies, numbered as in records.tokens
	fullSlots []uint32
	notes     []string

	phones, mails reused  // that others use than before
	crowded       []int32 // records with values, of several columns, that more people use than are told apart

	dead   map[uint32]bool // names that nobody bears any more
	limits []int           // by kind of key: the size of blocks from which on they were split before
	shrunk odd             // blocks that were too large, and of which records are gone

	left  []bool         // by record: it is not compared, since enough others equal it
	stale map[int32]bool // earlier records that are compared in another way now
}

// blockList is the blocks of one kind of key.
type blockList struct {
	keyed
	sizes map[int]int // how many blocks of two or more records there are, by size
	most  int         // as in blockKey
}

// limit is the size of blocks from which on they are split, or make no pairs.
func (b *blockList) limit(budget int64) int {
	limit := limitOf(b.sizes, budget)
	if b.most > 0 && (limit == 0 || limit > b.most) {
		return b.most + 1
	}
	return limit
}

// keyed is records by a hash: hash<<32 | record, ascending. Those of the young
// are few, and moved to the old when there are many.
type keyed struct{ old, young []uint64 }

// youngShare is the share of the old that may be young.
const youngShare = 8

// with returns the list with more entries, which ascend.
func (k keyed) with(more []uint64) keyed {
	young := union(k.young, more)
	if len(young)*youngShare > len(k.old) {
		return keyed{old: union(k.old, young)}
	}
	return keyed{k.old, young}
}

// of lists the records with a hash, of which the upper half counts.
func (k keyed) of(hash uint64) (records []int32) {
	for _, x := range [2][]uint64{k.old, k.young} {
		for _, e := range high(x, hash>>32) {
			records = append(records, int32(uint32(e)))
		}
	}
	return records
}

// union merges two ascending lists without repetition.
func union(a, b []uint64) []uint64 {
	if len(a) == 0 {
		return b
	}
	return mergeUnique(nil, a, b)
}

// head is the first run of entries with equal upper 32 bits.
func head(x []uint64) []uint64 {
	n := 1
	for n < len(x) && x[n]>>32 == x[0]>>32 {
		n++
	}
	return x[:n]
}

// high is the run of entries with these upper 32 bits.
func high(x []uint64, h uint64) []uint64 {
	from := sort.Search(len(x), func(i int) bool { return x[i]>>32 >= h })
	to := from
	for to < len(x) && x[to]>>32 == h {
		to++
	}
	return x[from:to]
}

// newStanding makes the standing of a finished run.
func (d *linked) newStanding(r *reader, workers int) *standing {
	db := d.db
	keys := d.kinds.all()
	s := &standing{from: int32(db.n), second: newParts(db).splitters(), blocks: make([]blockList, len(keys)), late: make([][]uint64, len(keys))}
	s.later = make([][]uint64, len(s.second))
	s.dead = map[uint32]bool{}
	b := &blocker{db: db}
	s.left = make([]bool, db.n)
	if db.distinct() < db.n {
		for i := range s.left {
			s.left[i] = true
		}
		for _, i := range db.order {
			s.left[i] = false
		}
	}
	together(workers, len(keys), func(_, k int) {
		list := b.hashes(&keys[k], nil) // by record
		list = slices.DeleteFunc(list, func(e uint64) bool { return s.left[uint32(e)] })
		sortHigh(list)
		sizes := map[int]int{}
		for i := 0; i < len(list); {
			n := len(head(list[i:]))
			if n > 1 {
				sizes[n]++
			}
			i += n
		}
		s.blocks[k] = blockList{keyed{old: list}, sizes, keys[k].most}
	})
	if db.firm.on() {
		s.tokens = newDict(len(db.tokens))
		for _, t := range db.tokens[1:] {
			s.tokens.id(t.text.String())
		}
	}
	if db.given.on() {
		size := 1 << 12
		for size < 2*len(db.fullKeys) {
			size *= 4
		}
		s.fullSlots = rehashed(db.fullKeys, size)
	}
	s.notes = r.unused()
	s.wait(db, 0)
	return s
}

// next returns a copy that may grow.
func (s *standing) next() *standing {
	n := *s
	n.blocks, n.late, n.later = slices.Clone(s.blocks), slices.Clone(s.late), slices.Clone(s.later)
	for k := range n.blocks {
		n.blocks[k].sizes = maps.Clone(s.blocks[k].sizes)
	}
	n.fullSlots = slices.Clone(s.fullSlots)
	n.crowded, n.phones, n.mails = nil, reused{}, reused{}
	n.stale, n.dead, n.shrunk = map[int32]bool{}, maps.Clone(s.dead), odd{}
	return &n
}

// limit notes the size of blocks from which on they have been split.
func (s *standing) limit(budget int64) {
	s.limits = make([]int, len(s.blocks))
	for k := range s.blocks {
		s.limits[k] = s.blocks[k].limit(budget)
	}
}

// wait notes the records, from one on, whose mailbox tells a given name that no
// record has.
func (s *standing) wait(db *records, from int) {
	if db.alias == nil {
		return
	}
	var list []uint64
	for i := from; i < db.n; i++ {
		if db.alias[i] != 0 {
			continue
		}
		told := db.toldOf(i)
		if id := db.given.values.find(told); told != "" && (id == 0 || s.dead[id]) {
			list = append(list, hashText(told)>>32<<32|uint64(i))
		}
	}
	sortAll(list)
	s.waiting = s.waiting.with(list)
}

// keyOf is the key of a record of one kind.
func (d *linked) keyOf(k int, i int32) uint64 {
	if d.db.gone != nil && d.db.gone[i] {
		return 0
	}
	if s := d.standing; s != nil && i >= s.from {
		return s.late[k][i-s.from]
	}
	return d.kinds.all()[k].of(i)
}

// partOf is the hash of a record by which large blocks are split.
func (s *standing) partOf(p int, i int32) uint64 {
	if i >= s.from {
		return s.later[p][i-s.from]
	}
	return s.second[p].hashes[s.second[p].ids[i]]
}
