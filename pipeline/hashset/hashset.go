// Package hashset holds hashes in little memory, and may take one that it does not hold
// for one of its own.
package hashset

import "math/bits"

// Set is a set of hashes; make it with New.
type Set struct {
	words []uint64
	mask  uint64
}

// hashBits is how many bits a set has for each hash.
const hashBits = 16

// New makes an empty set for about n hashes.
func New(n int) Set {
	words := 1
	for words*64 < n*hashBits {
		words *= 2
	}
	return Set{make([]uint64, words), uint64(words*64 - 1)}
}

// Add puts a hash into the set.
func (s Set) Add(h uint64) { s.words[h&s.mask>>6] |= 1 << (h & 63) }

// Has reports whether a hash may be in the set; of one that was added it always does.
func (s Set) Has(h uint64) bool { return s.words[h&s.mask>>6]&(1<<(h&63)) != 0 }

// Count is about how many hashes are in the set: those that share a place count once.
func (s Set) Count() (n int) {
	for _, w := range s.words {
		n += bits.OnesCount64(w)
	}
	return n
}
