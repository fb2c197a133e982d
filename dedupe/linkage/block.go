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

// blocker finds the pairs of records that are worth comparing.
type blocker struct {
	db      *records
	keys    []blockKey
	second  []part // by which blocks are split that are too large
	workers int
	pairs   []uint64 // a<<32 | b, ascending
	report  []KeyReport
	among   []uint32   // records that are looked at; nil: all
	lists   [][]uint64 // pairs by kind of key, each ascending

	keepLists bool   // when they are united
	revise    func() // may leave pairs out of the lists before they are united; nil: all are
}

const (
	splitMax  = 60 // records of a split block that are all paired
	windowMax = 5  // of a block that cannot be split: neighbours each record is paired with
)

// run fills pairs.
func (b *blocker) run(ctx context.Context, perKey int64) error {
	b.lists = make([][]uint64, len(b.keys))
	b.report = make([]KeyReport, len(b.keys))
	spaces := make([]sortSpace, b.workers)
	together(b.workers, len(b.keys), func(w, k int) {
		if ctx.Err() == nil {
			b.lists[k] = b.pairsOf(&b.keys[k], perKey, &b.report[k], &spaces[w])
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.revise != nil {
		b.revise()
	}
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
	if !b.keepLists {
		b.lists = nil
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

// pairsOf returns the pairs of one kind of key, ascending.
func (b *blocker) pairsOf(k *blockKey, budget int64, r *KeyReport, space *sortSpace) []uint64 {
	r.Name = k.name
	sorted := b.hashes(k, space.keys[:0])
	space.keys = sorted
	space.sort(sorted, 32, 64)
	space.blocks = blocksOf(sorted, space.blocks[:0])
	blocks := space.blocks
	space.sort(blocks, 32, 64)
	r.Blocks = len(blocks)
	if len(blocks) > 0 {
		r.Largest = int(blocks[len(blocks)-1] >> 32)
	}
	limit, room := k.limit(blocks, budget)
	out := make([]uint64, 0, room)
	for _, x := range blocks {
		block := sorted[uint32(x):][:x>>32]
		n := int64(len(block))
		if k.most > 0 && len(block) > k.most {
			if k.most > fewMax { // that rare names are common somewhere is no news
				r.Split++
				r.Left += n * (n - 1) / 2
			}
			continue
		}
		if limit == 0 || len(block) < limit {
			out = b.pairAll(out, block)
		} else {
			r.Split++
			before := len(out)
			out = b.splitBlock(out, block)
			r.Left += n*(n-1)/2 - int64(len(out)-before)
		}
	}
	space.sortPairs(out)
	return slices.Compact(out)
}

// blocksOf appends the runs of two or more equal keys in the upper halves of a
// sorted list: each as its length and, in the lower half, where it begins.
func blocksOf(sorted, blocks []uint64) []uint64 {
	for i := 0; i < len(sorted); {
		j := i + 1
		for j < len(sorted) && sorted[j]>>32 == sorted[i]>>32 {
			j++
		}
		if j-i > 1 {
			blocks = append(blocks, uint64(j-i)<<32|uint64(i))
		}
		i = j
	}
	return blocks
}

// limit is the size of blocks from which on they are split, 0 where none is, and
// how many pairs the others make. The blocks ascend by size.
func (k *blockKey) limit(blocks []uint64, budget int64) (limit int, pairs int64) {
	for _, x := range blocks {
		n := int64(x >> 32)
		if k.most > 0 && n > int64(k.most) {
			break
		}
		if pairs+n*(n-1)/2 > budget {
			return int(n), pairs
		}
		pairs += n * (n - 1) / 2
	}
	return 0, pairs
}

// hashes appends the key of each record, and its number.
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
	for i := range int32(b.db.n) {
		if h := k.of(i); h != 0 {
			out = append(out, h>>32<<32|uint64(i))
		}
	}
	return out
}

func (b *blocker) pairAll(out, block []uint64) []uint64 {
	for i, x := range block {
		for _, y := range block[i+1:] {
			out = b.pair(out, x, y)
		}
	}
	return out
}

func (b *blocker) pair(out []uint64, x, y uint64) []uint64 {
	i, j := uint32(x), uint32(y)
	if i == j || b.db.barred(i, j) {
		return out
	}
	if i > j {
		i, j = j, i
	}
	return append(out, uint64(i)<<32|uint64(j))
}

// splitBlock pairs the records of a large block that agree in one more part.
// Where that leaves blocks still large, each record is paired with its
// neighbours in the order of what they hold.
func (b *blocker) splitBlock(out, block []uint64) []uint64 {
	sub := make([]uint64, 0, len(block))
	for _, p := range b.second {
		sub = sub[:0]
		for _, x := range block {
			if h := p.hashes[p.ids[uint32(x)]]; h != 0 {
				sub = append(sub, h>>32<<32|uint64(uint32(x)))
			}
		}
		sortHigh(sub)
		for i := 0; i < len(sub); {
			j := i + 1
			for j < len(sub) && sub[j]>>32 == sub[i]>>32 {
				j++
			}
			if j-i <= splitMax {
				out = b.pairAll(out, sub[i:j])
			} else {
				out = b.pairNeighbours(out, sub[i:j])
			}
			i = j
		}
	}
	return out
}

func (b *blocker) pairNeighbours(out, block []uint64) []uint64 {
	hash := b.db.hash
	sorted := slices.Clone(block)
	slices.SortFunc(sorted, func(x, y uint64) int {
		return cmp.Or(cmp.Compare(hash[uint32(x)], hash[uint32(y)]), cmp.Compare(uint32(x), uint32(y)))
	})
	for i, x := range sorted {
		for _, y := range sorted[i+1 : min(len(sorted), i+1+windowMax)] {
			out = b.pair(out, x, y)
		}
	}
	return out
}
