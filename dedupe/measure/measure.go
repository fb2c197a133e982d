// Package measure says how good a matching is, where it is known which records
// are one thing.
//
// Everything is counted in exact integers and in memory that grows with the
// records, never with their pairs: the pairs that clusters imply are counted
// from the sizes of their intersections. The order of records, of pairs and of
// labels changes no number.
package measure

import (
	"cmp"
	"fmt"
	"slices"
)

// RecordsMax is the number of records that can be measured; their pairs still
// fit 64 bits.
const RecordsMax = 1 << 30

// Pair names two records by number, from 0.
type Pair struct{ A, B int32 }

// Truth is which records are one thing. It is immutable and safe for concurrent
// use.
type Truth struct {
	left    int     // records 0 to left-1 are the left file of a link set; 0: one set
	labels  []int32 // entity of each record, below the number of records
	pairs   []Pair  // as they were given, ordered, each once; nil: those of labels
	implied int64   // pairs that labels imply
}

// FromClusters makes a truth of the entity of each record. Labels that are equal
// mean one entity; their values mean nothing else, and must be from 0 to below
// the number of records (see [Relabel]).
//
// With left above 0 the records are a link set: the first left records are one
// file, the others another, and only pairs across the two count.
func FromClusters(labels []int32, left int) (*Truth, error) {
	if err := checkLabels(labels, len(labels)); err != nil {
		return nil, fmt.Errorf("truth: %w", err)
	}
	if left < 0 || left > len(labels) {
		return nil, fmt.Errorf("truth: the left file has %d of %d records", left, len(labels))
	}
	t := &Truth{left: left, labels: slices.Clone(labels)}
	for _, s := range t.sizes(t.labels) {
		t.implied += t.between(s)
	}
	return t, nil
}

// FromPairs makes a truth of the pairs that are one thing; which of two records
// comes first and how often a pair is said does not matter. A pair of a record
// with itself, or of two records of one file of a link set, is an error.
//
// The pairs need not be closed (a and b, b and c, but not a and c); then pairs
// are measured against those that were given, and clusters against what follows
// from them. [Truth.Closed] tells.
func FromPairs(records, left int, pairs []Pair) (*Truth, error) {
	if records < 0 || records > RecordsMax {
		return nil, fmt.Errorf("truth: %d records; at most %d can be measured", records, RecordsMax)
	}
	if left < 0 || left > records {
		return nil, fmt.Errorf("truth: the left file has %d of %d records", left, records)
	}
	sets := newSets(records)
	ordered := make([]Pair, 0, len(pairs))
	for i, p := range pairs {
		if p.A > p.B {
			p.A, p.B = p.B, p.A
		}
		switch {
		case p.A < 0 || int(p.B) >= records:
			return nil, fmt.Errorf("truth: pair %d names records %d and %d of %d", i+1, p.A, p.B, records)
		case p.A == p.B:
			return nil, fmt.Errorf("truth: pair %d is record %d with itself", i+1, p.A)
		case left > 0 && (int(p.A) < left) == (int(p.B) < left):
			return nil, fmt.Errorf("truth: pair %d is of records %d and %d of one file", i+1, p.A, p.B)
		}
		ordered = append(ordered, p)
		sets.join(p.A, p.B)
	}
	slices.SortFunc(ordered, comparePairs)
	t, err := FromClusters(sets.labels(), left)
	if err != nil {
		return nil, err
	}
	t.pairs = slices.Compact(ordered)
	return t, nil
}

func comparePairs(a, b Pair) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) }

// Records is the number of records.
func (t *Truth) Records() int { return len(t.labels) }

// Pairs is the number of true pairs.
func (t *Truth) Pairs() int64 {
	if t.pairs != nil {
		return int64(len(t.pairs))
	}
	return t.implied
}

// Closed reports whether the true pairs are exactly those that clusters imply.
func (t *Truth) Closed() bool { return t.Pairs() == t.implied }

// Entities is the number of things that the records are.
func (t *Truth) Entities() int {
	n := 0
	for _, s := range t.sizes(t.labels) {
		if s.records() > 0 {
			n++
		}
	}
	return n
}

// Same reports whether two records are a true pair.
func (t *Truth) Same(a, b int32) bool {
	if a == b || t.left > 0 && (int(a) < t.left) == (int(b) < t.left) {
		return false
	}
	if t.pairs == nil {
		return t.labels[a] == t.labels[b]
	}
	_, found := slices.BinarySearchFunc(t.pairs, Pair{min(a, b), max(a, b)}, comparePairs)
	return found
}

// size counts the records of a cluster, or of what two clusters share, by file;
// in a set of one file all are left.
type size struct{ left, right int64 }

func (s size) records() int64 { return s.left + s.right }

// between is the number of pairs that count within a group.
func (t *Truth) between(s size) int64 {
	if t.left > 0 {
		return s.left * s.right
	}
	return s.left * (s.left - 1) / 2
}

// add counts a record.
func (t *Truth) add(s *size, record int) {
	if t.left > 0 && record >= t.left {
		s.right++
	} else {
		s.left++
	}
}

// sizes are those of the clusters by label; labels that nobody has are empty.
func (t *Truth) sizes(labels []int32) []size {
	sizes := make([]size, len(labels))
	for i, l := range labels {
		t.add(&sizes[l], i)
	}
	return sizes
}

// checkLabels checks that there is a label from 0 to below records for each.
func checkLabels(labels []int32, records int) error {
	if records > RecordsMax {
		return fmt.Errorf("%d records; at most %d can be measured", records, RecordsMax)
	}
	if len(labels) != records {
		return fmt.Errorf("%d labels for %d records", len(labels), records)
	}
	for i, l := range labels {
		if l < 0 || int(l) >= records {
			return fmt.Errorf("label %d of record %d is not from 0 to %d; see Relabel", l, i, records-1)
		}
	}
	return nil
}

// Relabel numbers what labels name in the order in which they come, from 0, so
// that the numbers can be measured.
func Relabel[L comparable](labels []L) []int32 {
	numbers := make(map[L]int32)
	out := make([]int32, len(labels))
	for i, l := range labels {
		n, ok := numbers[l]
		if !ok {
			n = int32(len(numbers))
			numbers[l] = n
		}
		out[i] = n
	}
	return out
}

// sets are disjoint sets of records, joined by size.
type sets struct{ parent, count []int32 }

func newSets(n int) *sets {
	s := &sets{parent: make([]int32, n), count: make([]int32, n)}
	for i := range s.parent {
		s.parent[i], s.count[i] = int32(i), 1
	}
	return s
}

func (s *sets) find(i int32) int32 {
	for s.parent[i] != i {
		s.parent[i] = s.parent[s.parent[i]]
		i = s.parent[i]
	}
	return i
}

// join makes one set of two and returns its root and the root that went.
func (s *sets) join(a, b int32) (root, gone int32) {
	a, b = s.find(a), s.find(b)
	if s.count[a] < s.count[b] {
		a, b = b, a
	}
	if a != b {
		s.parent[b] = a
		s.count[a] += s.count[b]
	}
	return a, b
}

// labels gives the root of each record.
func (s *sets) labels() []int32 {
	labels := make([]int32, len(s.parent))
	for i := range labels {
		labels[i] = s.find(int32(i))
	}
	return labels
}
