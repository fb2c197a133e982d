package linkage

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync"
)

// piles are the pairs of records that kinds of key find, by ranges of the first
// record, in any order and as often as they are found. The pairs of a range are
// few enough to be sorted where memory is fast.
//
// An entry is the first record within its range and the second record, each with as
// many bits as it needs, in as few bytes as hold both: there are many entries.
type piles struct {
	rangeBits, recordBits, kindBits uint
	width                           int // bytes of an entry

	mu   sync.Mutex
	full [][]*rangePile // by range, what each worker has found
	slab []byte         // of which pieces are cut
	made []int          // by kind: entries
}

const (
	rangeBitsMin = 12  // records of a range, as a power of two
	rangesBits   = 10  // ranges at most, as a power of two
	pileEntries  = 512 // of a piece
	slabPieces   = 128 // for which memory is asked for at once
	entryBytes   = 8   // that are read and written for an entry, whatever its width
)

func newPiles(records, kinds int) *piles {
	p := &piles{recordBits: uint(bits.Len(uint(records))), kindBits: uint(bits.Len(uint(kinds)))}
	p.rangeBits = max(rangeBitsMin, p.recordBits-min(rangesBits, p.recordBits))
	p.width = int(p.rangeBits+p.recordBits+7) / 8
	p.full = make([][]*rangePile, records>>p.rangeBits+1)
	p.made = make([]int, kinds)
	return p
}

// pile collects the pairs of one kind after the other.
type pile struct {
	*piles
	open []rangePile
	kind int
}

// rangePile is the pairs of one range that a worker finds.
type rangePile struct {
	last     []byte // the last piece, which is not full
	left     int    // entries that it has room for
	at       int    // where the next one goes
	pieces   [][]byte
	told     int // entries that sections tell of
	sections []section
}

// section is where the entries of one kind are among those of a range.
type section struct{ kind, from, to int }

func (p *piles) pile() *pile { return &pile{piles: p, open: make([]rangePile, len(p.full))} }

// add adds the pair of records i and j, i first.
func (p *pile) add(i, j uint32) {
	r := &p.open[i>>p.rangeBits]
	if r.left == 0 {
		p.turn(r)
	}
	within := uint64(i) & (1<<p.rangeBits - 1)
	binary.LittleEndian.PutUint64(r.last[r.at:], within<<p.recordBits|uint64(j))
	r.at += p.width
	r.left--
}

// turn gives a range an empty piece.
func (p *piles) turn(r *rangePile) {
	size := pileEntries*p.width + entryBytes - p.width
	p.mu.Lock()
	if len(p.slab) == 0 {
		p.slab = make([]byte, slabPieces*size)
	}
	r.last, p.slab = p.slab[:size:size], p.slab[size:]
	p.mu.Unlock()
	r.pieces, r.at, r.left = append(r.pieces, r.last), 0, pileEntries
}

// begin is called before the pairs of a kind are added.
func (p *pile) begin(kind int) {
	p.tell()
	p.kind = kind
}

// tell notes what was added of a kind.
func (p *pile) tell() {
	for t := range p.open {
		r := &p.open[t]
		if n := len(r.pieces)*pileEntries - r.left; n > r.told {
			r.sections = append(r.sections, section{p.kind, r.told, n})
			r.told = n
		}
	}
}

// close hands in what was found.
func (p *pile) close() {
	p.tell()
	p.mu.Lock()
	defer p.mu.Unlock()
	for t := range p.open {
		if r := &p.open[t]; r.told > 0 {
			p.full[t] = append(p.full[t], r)
		}
	}
}

// entries appends the entries of a section, each with the number of its kind.
func (p *piles) entries(out []uint64, r *rangePile, s section) []uint64 {
	mask := uint64(1)<<(p.rangeBits+p.recordBits) - 1
	for from := s.from; from < s.to; {
		piece, at := r.pieces[from/pileEntries], from%pileEntries
		n := min(s.to-from, pileEntries-at)
		from += n
		for piece = piece[at*p.width:]; n > 0; n-- {
			out = append(out, binary.LittleEndian.Uint64(piece)&mask<<p.kindBits|uint64(s.kind))
			piece = piece[p.width:]
		}
	}
	return out
}

// sorted calls found for each entry of a range and each kind that finds it, in
// order; again says that another kind has found the pair before.
func (p *piles) sorted(t int, space *sortSpace, found func(entry uint64, kind int, again bool)) {
	all := space.keys[:0]
	for kind := range p.made { // sorting leaves the kinds of equal entries in order
		for _, r := range p.full[t] {
			for _, s := range r.sections {
				if s.kind == kind {
					all = p.entries(all, r, s)
				}
			}
		}
	}
	space.keys = all
	space.sort(all, p.kindBits, p.kindBits+p.rangeBits+p.recordBits)
	last := ^uint64(0)
	for _, e := range all {
		if e == last {
			continue
		}
		again := last != ^uint64(0) && e>>p.kindBits == last>>p.kindBits
		last = e
		found(e>>p.kindBits, int(e&(1<<p.kindBits-1)), again)
	}
}

// pair is the pair of an entry of a range.
func (p *piles) pair(t int, entry uint64) uint64 {
	return (uint64(t)<<p.rangeBits|entry>>p.recordBits)<<32 | entry&(1<<p.recordBits-1)
}

// lists returns the pairs by kind, each ascending.
func (p *piles) lists(kinds int) [][]uint64 {
	out := make([][]uint64, kinds)
	for kind := range out {
		out[kind] = make([]uint64, 0, p.made[kind])
	}
	var space sortSpace
	for t := range p.full {
		p.sorted(t, &space, func(entry uint64, kind int, _ bool) { out[kind] = append(out[kind], p.pair(t, entry)) })
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
		of, n := p.whole(t), 0
		p.sorted(t, &spaces[w], func(entry uint64, kind int, again bool) {
			reports[w][kind].Pairs++
			if again {
				return
			}
			reports[w][kind].New++
			binary.LittleEndian.PutUint64(of.pieces[n/pileEntries][n%pileEntries*p.width:], entry)
			n++
		})
		counts[t] = n
		p.full[t] = []*rangePile{of}
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
		p.entries(out[:0], p.full[t][0], section{to: len(out)})
		for i, e := range out {
			out[i] = p.pair(t, e>>p.kindBits)
		}
	})
	return pairs
}

// whole is all pieces of a range.
func (p *piles) whole(t int) *rangePile {
	whole := &rangePile{}
	for _, r := range p.full[t] {
		whole.pieces = append(whole.pieces, r.pieces...)
	}
	return whole
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
		if end > from+1 { // most keys are those of one record
			insertHigh(dst[from:end])
		}
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
