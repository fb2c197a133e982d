package linkage

import (
	"context"
	"math"
	"slices"
	"sort"
)

// meeting finds the pairs of added records and those that share a block key with
// them, as blocker does for all.
type meeting struct {
	db     *records // all
	s      *standing
	from   int32 // the first added record
	budget int64
	pairs  []uint64
	report []KeyReport
	limits []int // by kind of key: the size of blocks from which on they are split; 0: none is

	grown  odd // blocks that are too large now
	shrunk odd // blocks that were too large, and no longer are
}

// odd is blocks of which a run from scratch would compare other pairs.
type odd struct {
	records []int32
}

func (o *odd) add(lists ...[]uint64) {
	for _, list := range lists {
		for _, x := range list {
			o.records = append(o.records, int32(uint32(x)))
		}
	}
}

// enrol notes the block keys of added records, which more holds alone.
func (s *standing) enrol(names []string, more *records) {
	p := newParts(more)
	kinds, second := p.keys(more), p.splitters()
	for k, name := range names {
		at := slices.IndexFunc(kinds, func(x blockKey) bool { return x.name == name })
		for i := range int32(more.n) {
			h := uint64(0)
			if at >= 0 {
				h = kinds[at].of(i)
			}
			s.late[k] = append(s.late[k], h)
		}
	}
	for p := range s.second {
		for i := range more.n {
			h := uint64(0)
			if p < len(second) {
				h = second[p].hashes[second[p].ids[i]]
			}
			s.later[p] = append(s.later[p], h)
		}
	}
}

// run fills pairs and lets the added records into their blocks.
func (m *meeting) run(ctx context.Context) error {
	for k := range m.s.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}
		list := m.ofKind(k)
		m.report[k].Pairs += int64(len(list))
		before := len(m.pairs)
		m.pairs = union(m.pairs, list)
		m.report[k].New += int64(len(m.pairs) - before)
	}
	return nil
}

// ofKind returns the pairs of one kind of key, ascending.
func (m *meeting) ofKind(k int) []uint64 {
	blocks, r := &m.s.blocks[k], &m.report[k]
	before := m.s.limits[k]
	var late []uint64
	for i := m.from; i < int32(m.db.n); i++ {
		if h := m.s.late[k][i-m.s.from]; h != 0 && !m.s.left[i] {
			late = append(late, h>>32<<32|uint64(i))
		}
	}
	sortAll(late)
	type block struct{ old, young, late []uint64 }
	var touched []block
	for rest := late; len(rest) > 0; {
		h := rest[0] >> 32
		b := block{high(blocks.old, h), high(blocks.young, h), high(rest, h)}
		rest = rest[len(b.late):]
		was := len(b.old) + len(b.young)
		if was > 1 {
			if blocks.sizes[was]--; blocks.sizes[was] == 0 {
				delete(blocks.sizes, was)
			}
		}
		if size := was + len(b.late); size > 1 {
			blocks.sizes[size]++
			touched = append(touched, b)
		}
	}
	limit := blocks.limit(m.budget)
	m.limits = append(m.limits, limit)
	var out []uint64
	for _, b := range touched {
		was := len(b.old) + len(b.young)
		size := was + len(b.late)
		if blocks.most > 0 && size > blocks.most {
			if was < limit {
				m.grown.add(b.old, b.young, b.late)
			}
			continue
		}
		if limit > 0 && size >= limit {
			out = m.split(out, slices.Concat(b.old, b.young, b.late))
			m.grown.add(b.old, b.young, b.late)
			continue
		}
		for i, x := range b.late {
			for _, y := range [3][]uint64{b.old, b.young, b.late[:i]} {
				out = m.pairAll(out, x, y)
			}
		}
	}
	m.describe(r, blocks, limit)
	blocks.keyed = blocks.with(late)
	m.compareLimits(k, before, limit)
	sortAll(out)
	return slices.Compact(out)
}

// compareLimits finds the blocks that have become too large, or no longer are,
// since the limit of their size is another one.
func (m *meeting) compareLimits(k, before, limit int) {
	if before == limit {
		return
	}
	if before == 0 {
		before = math.MaxInt
	}
	if limit == 0 {
		limit = math.MaxInt
	}
	blocks := &m.s.blocks[k]
	for n := range blocks.sizes {
		if n >= min(before, limit) && n < max(before, limit) {
			all := union(blocks.old, blocks.young)
			for len(all) > 0 {
				block := head(all)
				all = all[len(block):]
				switch {
				case len(block) < min(before, limit) || len(block) >= max(before, limit):
				case limit < before:
					m.grown.add(block)
				default:
					m.shrunk.add(block)
				}
			}
			return
		}
	}
}

func (m *meeting) pairAll(out []uint64, x uint64, others []uint64) []uint64 {
	for _, y := range others {
		out = m.pair(out, int32(uint32(x)), int32(uint32(y)))
	}
	return out
}

// pair appends a pair of which one is an added record.
func (m *meeting) pair(out []uint64, i, j int32) []uint64 {
	i, j = min(i, j), max(i, j)
	if i == j || j < m.from || m.db.barred(uint32(i), uint32(j)) {
		return out
	}
	return append(out, uint64(i)<<32|uint64(j))
}

// split pairs the added records of a large block with those that agree with them
// in one more part.
func (m *meeting) split(out, block []uint64) []uint64 {
	for p := range m.s.second {
		sub := map[uint64][]int32{}
		for _, x := range block {
			if i := int32(uint32(x)); i >= m.from {
				if h := m.s.partOf(p, i) >> 32; m.s.partOf(p, i) != 0 {
					sub[h] = nil
				}
			}
		}
		for _, x := range block {
			i := int32(uint32(x))
			if h := m.s.partOf(p, i); h != 0 {
				if list, there := sub[h>>32]; there {
					sub[h>>32] = append(list, i)
				}
			}
		}
		for _, list := range sub {
			near := len(list)
			if len(list) > splitMax {
				near = windowMax
				slices.SortFunc(list, func(x, y int32) int { return m.db.byHash(uint32(x), uint32(y)) })
			}
			for i, x := range list {
				for _, y := range list[i+1 : min(len(list), i+1+near)] {
					out = m.pair(out, x, y)
				}
			}
		}
	}
	return out
}

// limitOf is the size of blocks from which on they are split, so that the pairs
// of all keep to a budget; 0: none is.
func limitOf(sizes map[int]int, budget int64) int {
	ordered := make([]int, 0, len(sizes))
	for n := range sizes {
		ordered = append(ordered, n)
	}
	sort.Ints(ordered)
	total := int64(0)
	for _, n := range ordered {
		if total += int64(n) * int64(n-1) / 2 * int64(sizes[n]); total > budget {
			return n
		}
	}
	return 0
}

// describe counts the blocks of a kind of key.
func (m *meeting) describe(r *KeyReport, blocks *blockList, limit int) {
	r.Blocks, r.Largest, r.Split = 0, 0, 0
	for n, count := range blocks.sizes {
		r.Blocks += count
		r.Largest = max(r.Largest, n)
		if limit > 0 && n >= limit {
			r.Split += count
		}
	}
}
