package linkage

import (
	"cmp"
	"context"
	"slices"
)

// part is one component of a block key: a hash for each value of a column.
type part struct {
	ids    []uint32
	hashes []uint64 // by value; 0 is none
}

// blockKey is one kind of block key. Records that agree in all its parts meet.
type blockKey struct {
	name   string
	parts  []part
	either bool // the order of the parts does not matter
	most   int  // records of a block: a larger one makes no pairs; 0: any number, and large ones are split
	named  bool // the records of a block have family names that sound alike
}

// of returns the key of record i, 0 when it has none.
func (k *blockKey) of(i int32) uint64 {
	h := uint64(1)
	sum := uint64(0)
	for _, p := range k.parts {
		x := p.hashes[p.ids[i]]
		if x == 0 {
			return 0
		}
		if k.either {
			sum += mix2(x, 7)
		} else {
			h = mix2(h, x)
		}
	}
	if k.either {
		h = mix2(h, sum)
	}
	return h | 1
}

// within reports whether a kind makes no pairs that another one does not make.
func (k *blockKey) within(o blockKey) bool {
	return k.either == o.either && slices.EqualFunc(k.parts, o.parts, func(x, y part) bool { return &x.ids[0] == &y.ids[0] && &x.hashes[0] == &y.hashes[0] })
}

// blocker finds the pairs of records that are worth comparing.
type blocker struct {
	db      *records
	keys    []blockKey
	second  []part // by which blocks are split that are too large
	workers int
	pairs   []uint64 // a<<32 | b, ascending
	report  []KeyReport
	among   []uint32   // records that are looked at; nil: all
	trial   *planner   // of whose sample these are; nil: the records are themselves alone
	lists   [][]uint64 // pairs by kind of key, each ascending, where there is a revise

	revise func() // may leave pairs out of the lists before they are united; nil: there are no lists
}

const (
	splitMax  = 60 // records of a split block that are all paired
	windowMax = 5  // of a block that cannot be split: neighbours each record is paired with
)

// run fills pairs. The kinds of key are not kept where nothing is to be revised.
func (b *blocker) run(ctx context.Context, perKey int64) error {
	b.report = make([]KeyReport, len(b.keys))
	all := newPiles(b.db.n, len(b.keys))
	makers := make([]*pairMaker, b.workers)
	together(b.workers, len(b.keys), func(w, k int) {
		if ctx.Err() != nil {
			return
		}
		if makers[w] == nil {
			makers[w] = &pairMaker{b: b, pile: all.pile()}
		}
		makers[w].pairsOf(k, perKey)
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	for w, m := range makers {
		if m != nil {
			m.pile.close()
			makers[w] = nil
		}
	}
	if b.revise == nil {
		b.keys, b.second, makers = nil, nil, nil
		b.db.tidy()
		b.pairs = all.unite(b.workers, b.report)
		return nil
	}
	b.lists = all.lists(len(b.keys))
	b.revise()
	b.pairs = b.unite()
	return nil
}

// unitePieces is into how many ranges of records the lists are cut to be united,
// so that workers share the work and what one needs is near.
const unitePieces = 64

// unite merges the lists without repetition, in ranges of records, and reports
// which kinds of key found something new.
func (b *blocker) unite() []uint64 {
	var ends [unitePieces + 1][]int // by range and list: where the range ends in the list
	ends[0] = make([]int, len(b.lists))
	for t := range unitePieces {
		ends[t+1] = make([]int, len(b.lists))
		for k, list := range b.lists {
			n, _ := slices.BinarySearch(list[ends[t][k]:], uint64((t+1)*b.db.n/unitePieces)<<32)
			ends[t+1][k] = ends[t][k] + n
		}
	}
	pieces := make([][]uint64, unitePieces)
	news := make([][]int64, unitePieces)
	spaces := make([][2][]uint64, b.workers)
	together(b.workers, unitePieces, func(w, t int) {
		have, next := spaces[w][0][:0], spaces[w][1]
		news[t] = make([]int64, len(b.lists))
		for k, list := range b.lists {
			next = mergeUnique(next[:0], have, list[ends[t][k]:ends[t+1][k]])
			news[t][k] = int64(len(next) - len(have))
			have, next = next, have
		}
		pieces[t] = slices.Clone(have)
		spaces[w] = [2][]uint64{have, next}
	})
	for k, list := range b.lists {
		b.report[k].Pairs = int64(len(list))
		for _, n := range news {
			b.report[k].New += n[k]
		}
	}
	return slices.Concat(pieces...)
}

// mergeUnique appends two ascending lists to out in order, without repetition.
func mergeUnique(out, a, b []uint64) []uint64 {
	out = slices.Grow(out, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			out = append(out, a[0])
			a = a[1:]
		case a[0] > b[0]:
			out = append(out, b[0])
			b = b[1:]
		default:
			out = append(out, a[0])
			a, b = a[1:], b[1:]
		}
	}
	out = append(out, a...)
	return append(out, b...)
}

// pairMaker makes the pairs of one kind of key after the other.
type pairMaker struct {
	b      *blocker
	pile   *pile
	space  sortSpace
	blocks []block
	units  []uint64
}

// block is where the records with one key stand in a sorted list.
type block struct{ from, to int32 }

// blocksOf appends the runs of two or more equal keys in the upper halves of a
// sorted list.
func blocksOf(out []block, sorted []uint64) []block {
	for from := 0; from < len(sorted); {
		key, to := sorted[from]>>32, from+1
		for to < len(sorted) && sorted[to]>>32 == key {
			to++
		}
		if to > from+1 {
			out = push(out, block{int32(from), int32(to)})
		}
		from = to
	}
	return out
}

// pairsOf makes the pairs of a kind of key.
func (m *pairMaker) pairsOf(kind int, budget int64) {
	k, r := &m.b.keys[kind], &m.b.report[kind]
	r.Name, r.Most = k.name, k.most
	m.pile.begin(kind)
	sorted := m.b.hashes(k, m.space.keys[:0])
	m.space.keys = sorted
	m.space.grouped(sorted)
	m.blocks = blocksOf(m.blocks[:0], sorted)
	limit, made := 0, int64(0)
	if m.sampled() && k.most == 0 {
		limit = m.limitInSample(kind, sorted, budget)
	} else {
		limit = k.limit(m.blocks, budget, r)
	}
	for _, at := range m.blocks {
		block := sorted[at.from:at.to]
		n := int64(len(block))
		switch {
		case k.most > 0 && len(block) > k.most:
			r.Split++
			r.Left += n * (n - 1) / 2
		case limit == 0 || len(block) < limit:
			made += m.pairAll(block)
		default:
			r.Split++
			split := m.splitBlock(block)
			r.Left += max(0, n*(n-1)/2-split) // several further values may make the same pair
			made += split
		}
	}
	m.pile.made[kind] = int(made)
}

// limit is the size of blocks from which on they are split, 0 where none is. It
// reports on the blocks.
func (k *blockKey) limit(blocks []block, budget int64, r *KeyReport) int {
	var small [256]int
	sizes := map[int]int{}
	for _, b := range blocks {
		n := int(b.to - b.from)
		if n < len(small) {
			small[n]++
		} else {
			sizes[n]++
		}
		r.Largest = max(r.Largest, n)
	}
	r.Blocks += len(blocks)
	for n, count := range small {
		if count > 0 {
			sizes[n] = count
		}
	}
	if k.most > 0 {
		for n := range sizes {
			if n > k.most {
				delete(sizes, n)
			}
		}
	}
	return limitOf(sizes, budget)
}

// hashesAtOnce is how many records have their keys made together.
const hashesAtOnce = 1 << 11

// hashes appends the key of each record that has one, and its number.
func (b *blocker) hashes(k *blockKey, out []uint64) []uint64 {
	if b.among != nil {
		out = slices.Grow(out, len(b.among))
		for _, i := range b.among {
			if h := k.of(int32(i)); h != 0 {
				out = append(out, h>>32<<32|uint64(i))
			}
		}
		return out
	}
	out = slices.Grow(out, b.db.n)
	var buf [hashesAtOnce]uint64
	for from := 0; from < b.db.n; from += hashesAtOnce {
		some := buf[:min(hashesAtOnce, b.db.n-from)]
		k.some(some, from)
		for i, h := range some {
			if h != 0 {
				out = append(out, h>>32<<32|uint64(from+i))
			}
		}
	}
	return out
}

// some does what of does for as many records as there is room for, from one on.
func (k *blockKey) some(out []uint64, from int) {
	start := uint64(1)
	if k.either {
		start = 0
	}
	for i := range out {
		out[i] = start
	}
	var none [hashesAtOnce]bool
	for _, p := range k.parts {
		for i, id := range p.ids[from : from+len(out)] {
			x := p.hashes[id]
			none[i] = none[i] || x == 0
			if k.either {
				out[i] += mix2(x, 7)
			} else {
				out[i] = mix2(out[i], x)
			}
		}
	}
	for i, h := range out {
		if k.either {
			h = mix2(1, h)
		}
		if out[i] = h | 1; none[i] {
			out[i] = 0
		}
	}
}

func (m *pairMaker) pairAll(block []uint64) (made int64) {
	for i, x := range block {
		for _, y := range block[i+1:] {
			made += m.pair(x, y)
		}
	}
	return made
}

func (m *pairMaker) pair(x, y uint64) (made int64) {
	i, j := uint32(x), uint32(y)
	if i == j || m.b.db.barred(i, j) {
		return 0
	}
	m.pile.add(min(i, j), max(i, j))
	return 1
}

// splitBlock pairs the records of a large block that agree in one more part.
// Where that leaves blocks still large, each record is paired with its
// neighbours in the order of what they hold.
func (m *pairMaker) splitBlock(block []uint64) (made int64) {
	sub := make([]uint64, 0, len(block))
	for _, p := range m.b.second {
		sub = sub[:0]
		for _, x := range block {
			if h := p.hashes[p.ids[uint32(x)]]; h != 0 {
				sub = append(sub, h>>32<<32|uint64(uint32(x)))
			}
		}
		sortHigh(sub)
		for from := 0; from < len(sub); {
			some := head(sub[from:])
			from += len(some)
			if len(some) <= splitMax {
				made += m.pairPart(some)
			} else if !m.sampled() {
				made += m.pairNeighbours(some)
			}
		}
	}
	return made
}

func (m *pairMaker) pairNeighbours(block []uint64) (made int64) {
	hash := m.b.db.hash
	sorted := slices.Clone(block)
	slices.SortFunc(sorted, func(x, y uint64) int {
		return cmp.Or(cmp.Compare(hash[uint32(x)], hash[uint32(y)]), cmp.Compare(uint32(x), uint32(y)))
	})
	for i, x := range sorted {
		for _, y := range sorted[i+1 : min(len(sorted), i+1+windowMax)] {
			made += m.pair(x, y)
		}
	}
	return made
}
