package linkage

import (
	"cmp"
	"slices"
)

// sortSpace is room for sorting that is used again.
type sortSpace struct {
	keys  []uint64 // for the caller
	other []uint64
}

// sortHigh sorts by the upper 32 bits; those of equal ones stay as they are.
func sortHigh(a []uint64) { new(sortSpace).sort(a, 32, 64) }

// sortAll sorts by all bits.
func sortAll(a []uint64) { new(sortSpace).sortPairs(a) }

// sortPairs sorts by all bits.
func (s *sortSpace) sortPairs(a []uint64) {
	high := uint64(0)
	for _, x := range a {
		high |= x>>32 | x&(1<<32-1)
	}
	bits := uint(0)
	for high>>bits != 0 {
		bits++
	}
	s.sort(a, 0, bits)
	s.sort(a, 32, 32+bits)
}

const (
	radixBits = 11
	radixMin  = 256 // below so many they are compared
)

// sort sorts by the bits from..to; those of equal ones stay as they are. It is a
// radix sort from the lowest digit on.
func (s *sortSpace) sort(a []uint64, from, to uint) {
	if len(a) < radixMin {
		mask := ^uint64(0)
		if to < 64 {
			mask = 1<<to - 1
		}
		slices.SortStableFunc(a, func(x, y uint64) int { return cmp.Compare(x&mask>>from, y&mask>>from) })
		return
	}
	if cap(s.other) < len(a) {
		s.other = make([]uint64, len(a))
	}
	src, dst := a, s.other[:len(a)]
	for shift := from; shift < to; shift += radixBits {
		mask := uint64(1)<<min(radixBits, to-shift) - 1
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
