package linkage

import (
	"math/bits"
	"slices"
	"sync"
)

// piles are the pairs of records that kinds of key find, by ranges of the first
// record, in any order and as often as they are found. The pairs of a range are
// few enough to be sorted where memory is fast.
//
// An entry is the first record within its range, the second record, and the
// number of the kind, each with as many bits as it needs.
type piles struct {
	rangeBits, recordBits, kindBits uint

	mu   sync.Mutex
	full [][][]uint64 // by range
	slab []uint64     // of which pieces are cut
	made []int        // by kind: entries
}

const (
	rangeBitsMin = 12      // records of a range, as a power of two
	rangesBits   = 10      // ranges at most, as a power of two
	pileEntries  = 512     // of a piece
	slabEntries  = 1 << 16 // of memory that is asked for at once
)

func newPiles(records, kinds int) *piles {
	p := &piles{recordBits: uint(bits.Len(uint(records))), kindBits: uint(bits.Len(uint(kinds)))}
	p.rangeBits = max(rangeBitsMin, p.recordBits-min(rangesBits, p.recordBits))
	p.full = make([][][]uint64, records>>p.rangeBits+1)
	p.made = make([]int, kinds)
	return p
}

// pile collects the pairs of one kind after the other.
type pile struct {
	*piles
	open [][]uint64 // by range
	kind uint64
}

func (p *piles) pile() *pile { return &pile{piles: p, open: make([][]uint64, len(p.full))} }

// add adds the pair of records i and j, i first.
func (p *pile) add(i, j uint32) {
	t := i >> p.rangeBits
	if len(p.open[t]) == cap(p.open[t]) {
		p.open[t] = p.turn(t, p.open[t])
	}
	within := uint64(i) & (1<<p.rangeBits - 1)
	p.open[t] = append(p.open[t], (within<<p.recordBits|uint64(j))<<p.kindBits|p.kind)
}

// turn takes a full piece and gives an empty one.
func (p *piles) turn(t uint32, full []uint64) []uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(full) > 0 {
		p.full[t] = append(p.full[t], full)
	}
	if len(p.slab) == 0 {
		p.slab = make([]uint64, slabEntries)
	}
	piece := p.slab[:0:pileEntries]
	p.slab = p.slab[pileEntries:]
	return piece
}

// close hands in the pieces that are not full.
func (p *pile) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for t, piece := range p.open {
		if len(piece) > 0 {
			p.full[t] = append(p.full[t], piece)
		}
	}
	p.open = nil
}

// sorted calls found for each pair of a range and each kind that finds it, in
// order; again says that another kind has found the pair before.
func (p *piles) sorted(t int, space *sortSpace, found func(pair uint64, kind int, again bool)) {
	all := space.keys[:0]
	for _, piece := range p.full[t] {
		all = append(all, piece...)
	}
	space.keys = all
	space.sort(all, 0, p.rangeBits+p.recordBits+p.kindBits)
	first, last := uint64(t)<<p.rangeBits, ^uint64(0)
	for _, e := range all {
		if e == last {
			continue
		}
		again := last != ^uint64(0) && e>>p.kindBits == last>>p.kindBits
		last = e
		pair := e >> p.kindBits
		found((first|pair>>p.recordBits)<<32|pair&(1<<p.recordBits-1), int(e&(1<<p.kindBits-1)), again)
	}
}

// lists returns the pairs by kind, each ascending.
func (p *piles) lists(kinds int) [][]uint64 {
	out := make([][]uint64, kinds)
	for kind := range out {
		out[kind] = make([]uint64, 0, p.made[kind])
	}
	var space sortSpace
	for t := range p.full {
		p.sorted(t, &space, func(pair uint64, kind int, _ bool) { out[kind] = append(out[kind], pair) })
	}
	return out
}

// unite returns all pairs, ascending, each once, and counts them by the kinds that
// find them. The memory of the piles holds the pairs of each range until it is
// known how many there are.
func (p *piles) unite(workers int, report []KeyReport) []uint64 {
	counts := make([]int, len(p.full))
	reports := make([][]KeyReport, workers)
	spaces := make([]sortSpace, workers)
	together(workers, len(p.full), func(w, t int) {
		if reports[w] == nil {
			reports[w] = make([]KeyReport, len(report))
		}
		pieces, at := p.full[t], 0
		p.sorted(t, &spaces[w], func(pair uint64, kind int, again bool) {
			reports[w][kind].Pairs++
			if again {
				return
			}
			reports[w][kind].New++
			for at == len(pieces[0]) {
				pieces, at = pieces[1:], 0
			}
			pieces[0][at] = pair
			at++
			counts[t]++
		})
	})
	total := 0
	starts := make([]int, len(p.full))
	for t, n := range counts {
		starts[t], total = total, total+n
	}
	for _, r := range reports {
		for k := range r {
			report[k].Pairs += r[k].Pairs
			report[k].New += r[k].New
		}
	}
	pairs := make([]uint64, total)
	together(workers, len(p.full), func(_, t int) {
		out := pairs[starts[t]:][:counts[t]]
		for _, piece := range p.full[t] {
			out = out[copy(out, piece):]
		}
	})
	return pairs
}

// grouped sorts by the upper 32 bits, as sort does, for hashes: these are spread
// evenly but for equal ones.
func (s *sortSpace) grouped(a []uint64) {
	if len(a) < radixMin {
		s.sort(a, 32, 64)
		return
	}
	if cap(s.other) < len(a) {
		s.other = make([]uint64, len(a))
	}
	upper := uint(min(radixBits, bits.Len(uint(len(a)/groupMean))))
	var ends [1 << radixBits]int
	for _, x := range a {
		ends[x>>(64-upper)]++
	}
	sum := 0
	for g := range ends[:1<<upper] {
		sum, ends[g] = sum+ends[g], sum
	}
	other := s.other[:len(a)]
	for _, x := range a {
		g := x >> (64 - upper)
		other[ends[g]] = x
		ends[g]++
	}
	from := 0
	for _, end := range ends[:1<<upper] {
		group(a[from:end], other[from:end], 64-upper)
		from = end
	}
}

const (
	groupMean = 256 // entries of a group, about
	groupBits = 8   // by which a group is cut
	insertMax = 48  // entries that are sorted by insertion
)

// group writes src to dst, sorted by the bits 32..to.
func group(dst, src []uint64, to uint) {
	if len(src) <= insertMax {
		copy(dst, src)
		insertHigh(dst)
		return
	}
	var ends [1 << groupBits]int
	shift := to - groupBits
	const mask = 1<<groupBits - 1
	for _, x := range src {
		ends[x>>shift&mask]++
	}
	sum := 0
	for g := range ends {
		sum, ends[g] = sum+ends[g], sum
	}
	for _, x := range src {
		g := x >> shift & mask
		dst[ends[g]] = x
		ends[g]++
	}
	from := 0
	for _, end := range ends {
		insertHigh(dst[from:end])
		from = end
	}
}

// insertHigh sorts by the upper 32 bits; those of equal ones stay as they are.
func insertHigh(a []uint64) {
	if len(a) > insertMax {
		for i, x := range a[1:] {
			if x>>32 < a[i]>>32 {
				slices.SortStableFunc(a, func(x, y uint64) int { return int(x>>32) - int(y>>32) })
				return
			}
		}
		return
	}
	for i := 1; i < len(a); i++ {
		x, at := a[i], i
		for at > 0 && a[at-1]>>32 > x>>32 {
			a[at] = a[at-1]
			at--
		}
		a[at] = x
	}
}
