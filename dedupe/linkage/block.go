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
	lists   [][]uint64 // pairs by kind of key
}

const (
	splitMax  = 60 // records of a split block that are all paired
	windowMax = 5  // of a block that cannot be split: neighbours each record is paired with
)

// run fills pairs.
func (b *blocker) run(ctx context.Context, perKey int64) error {
	b.lists = make([][]uint64, len(b.keys))
	b.report = make([]KeyReport, len(b.keys))
	together(b.workers, len(b.keys), func(_, k int) {
		if ctx.Err() == nil {
			b.lists[k] = b.pairsOf(&b.keys[k], perKey, &b.report[k])
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	for k, list := range b.lists {
		b.report[k].Pairs = int64(len(list))
		before := len(b.pairs)
		b.pairs = mergeUnique(b.pairs, list)
		b.report[k].New = int64(len(b.pairs) - before)
	}
	return nil
}

// mergeUnique merges two ascending lists without repetition.
func mergeUnique(a, b []uint64) []uint64 {
	if len(a) == 0 {
		return b
	}
	out := make([]uint64, 0, len(a)+len(b))
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
func (b *blocker) pairsOf(k *blockKey, budget int64, r *KeyReport) []uint64 {
	r.Name = k.name
	sorted := b.hashes(k)
	sortHigh(sorted)
	var blocks [][]uint64
	for i := 0; i < len(sorted); {
		j := i + 1
		for j < len(sorted) && sorted[j]>>32 == sorted[i]>>32 {
			j++
		}
		if j-i > 1 {
			blocks = append(blocks, sorted[i:j])
		}
		i = j
	}
	r.Blocks = len(blocks)
	slices.SortStableFunc(blocks, func(x, y []uint64) int { return cmp.Compare(len(x), len(y)) })
	if len(blocks) > 0 {
		r.Largest = len(blocks[len(blocks)-1])
	}
	out := make([]uint64, 0, b.room(blocks, budget))
	total := int64(0)
	limit := 0 // the size of blocks from which on they are split
	for _, block := range blocks {
		n := int64(len(block))
		total += n * (n - 1) / 2
		if total > budget && limit == 0 {
			limit = len(block)
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
	sortAll(out)
	return slices.Compact(out)
}

// room is how many pairs the blocks make, as far as the budget goes; the blocks
// ascend by size.
func (b *blocker) room(blocks [][]uint64, budget int64) (pairs int64) {
	for _, block := range blocks {
		n := int64(len(block))
		if pairs += n * (n - 1) / 2; pairs > budget {
			return budget
		}
	}
	return pairs
}

// hashes gives each record its key and its number.
func (b *blocker) hashes(k *blockKey) []uint64 {
	if b.among != nil {
		out := make([]uint64, 0, len(b.among))
		for _, i := range b.among {
			if h := k.of(int32(i)); h != 0 {
				out = append(out, h>>32<<32|uint64(i))
			}
		}
		return out
	}
	out := make([]uint64, 0, b.db.n)
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

// sortHigh sorts by the upper 32 bits; those of equal ones stay as they are.
func sortHigh(a []uint64) { radix(a, 32, 64) }

func sortAll(a []uint64) {
	high := uint64(0)
	for _, x := range a {
		high |= x>>32 | x&(1<<32-1)
	}
	bits := uint(0)
	for high>>bits != 0 {
		bits++
	}
	radix(a, 0, bits)
	radix(a, 32, 32+bits)
}

const radixBits = 11

func radix(a []uint64, from, to uint) {
	if len(a) < 256 {
		mask := ^uint64(0)
		if to < 64 {
			mask = 1<<to - 1
		}
		slices.SortStableFunc(a, func(x, y uint64) int { return cmp.Compare(x&mask>>from, y&mask>>from) })
		return
	}
	src, dst := a, make([]uint64, len(a))
	for shift := from; shift < to; shift += radixBits {
		bits := min(radixBits, to-shift)
		mask := uint64(1)<<bits - 1
		var at [1 << radixBits]int
		for _, x := range src {
			at[x>>shift&mask]++
		}
		sum := 0
		for i, n := range at {
			at[i] = sum
			sum += n
		}
		for _, x := range src {
			d := x >> shift & mask
			dst[at[d]] = x
			at[d]++
		}
		src, dst = dst, src
	}
	if &src[0] != &a[0] {
		copy(a, src)
	}
}
