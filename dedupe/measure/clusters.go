package measure

import (
	"fmt"
	"maps"
	"slices"
)

// Score counts what was found against what is there.
type Score struct {
	Right int64 // found, and true
	Found int64
	True  int64 // to be found
}

// Precision is the share of what was found that is true; 1 when nothing was
// found, since nothing wrong was said.
func (s Score) Precision() float64 { return share(s.Right, s.Found) }

// Recall is the share of what is there that was found; 1 when nothing is there.
func (s Score) Recall() float64 { return share(s.Right, s.True) }

// F1 is the harmonic mean of precision and recall; 1 when nothing was found and
// nothing is there.
func (s Score) F1() float64 { return share(2*s.Right, s.Found+s.True) }

func share(part, whole int64) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

// BCubed is a precision and a recall averaged over records: of the records that
// stand with a record, how many belong to it; of those that belong to it, how
// many stand with it. Each record counts as its own company. (A. Bagga, B.
// Baldwin: Algorithms for Scoring Coreference Chains, LREC workshop on
// linguistic coreference, 1998.)
type BCubed struct{ Precision, Recall float64 }

// F1 is the harmonic mean of precision and recall.
func (b BCubed) F1() float64 {
	if b.Precision+b.Recall == 0 {
		return 0
	}
	return 2 * b.Precision * b.Recall / (b.Precision + b.Recall)
}

// Clustering is how good clusters are, by several measures, since each is blind
// to something: one giant cluster ruins Pairs and leaves Exact nearly alone,
// one record too many in each cluster does the opposite.
type Clustering struct {
	// Pairs counts the pairs of records that share a cluster against all true
	// pairs. What was never compared is missing here, too. (Pairwise measures as
	// in D. Menestrina, S. E. Whang, H. Garcia-Molina: Evaluating Entity
	// Resolution Results, PVLDB 3, 2010.)
	Pairs Score
	// Exact counts clusters that hold an entity, whole and nothing else, those
	// of one record among them (the cluster F1 of the same paper).
	Exact Score
	// ExactJoined is Exact over clusters and entities of two or more records.
	ExactJoined Score
	BCubed      BCubed
	Clusters    int // that have a record
	Largest     int // records of the largest cluster
}

// Clusters measures the cluster of each record against the truth. Labels are
// those of [FromClusters]: equal means one cluster, from 0 to below the number
// of records. In a link set only pairs across the two files count for Pairs;
// Exact and BCubed look at whole clusters.
func (t *Truth) Clusters(predicted []int32) (*Clustering, error) {
	if err := checkLabels(predicted, len(t.labels)); err != nil {
		return nil, fmt.Errorf("clusters: %w", err)
	}
	entities := t.sizes(t.labels)
	c := &Clustering{}
	c.Pairs.True = t.Pairs()
	for _, e := range entities {
		c.Exact.True += one(e.records() > 0)
		c.ExactJoined.True += one(e.records() > 1)
	}
	precision, recall := shares{}, shares{}
	t.eachCluster(predicted, func(whole size, parts []part) {
		n := whole.records()
		c.Clusters++
		c.Largest = max(c.Largest, int(n))
		c.Exact.Found++
		c.ExactJoined.Found += one(n > 1)
		c.Pairs.Found += t.between(whole)
		for _, p := range parts {
			k, all := p.size.records(), entities[p.entity].records()
			precision[n] += k * k
			recall[all] += k * k
			c.Pairs.Right += t.between(p.size)
			if k == n && k == all {
				c.Exact.Right++
				c.ExactJoined.Right += one(n > 1)
			}
		}
	})
	if t.pairs != nil {
		c.Pairs.Right = t.together(predicted)
	}
	c.BCubed = BCubed{precision.mean(len(predicted)), recall.mean(len(predicted))}
	return c, nil
}

func one(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// together counts the given true pairs whose records share a cluster.
func (t *Truth) together(predicted []int32) int64 {
	var n int64
	for _, p := range t.pairs {
		n += one(predicted[p.A] == predicted[p.B])
	}
	return n
}

// part is the records of a cluster that are one entity.
type part struct {
	entity int32
	size   size
}

// eachCluster calls visit with each cluster that has records and its parts,
// which visit must not keep. Records are put in order of their cluster by
// counting; so the work is that of sorting within clusters.
func (t *Truth) eachCluster(predicted []int32, visit func(whole size, parts []part)) {
	starts := make([]int32, len(predicted)+1)
	for _, l := range predicted {
		starts[l+1]++
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	// A cell is the entity of a record, and in its lowest bit the file.
	cells := make([]uint32, len(predicted))
	next := slices.Clone(starts)
	for i, l := range predicted {
		cells[next[l]] = uint32(t.labels[i])<<1 | uint32(one(t.left > 0 && i >= t.left))
		next[l]++
	}
	var parts []part
	for l := range predicted {
		cluster := cells[starts[l]:starts[l+1]]
		if len(cluster) == 0 {
			continue
		}
		slices.Sort(cluster)
		var whole size
		parts = parts[:0]
		for _, c := range cluster {
			if len(parts) == 0 || parts[len(parts)-1].entity != int32(c>>1) {
				parts = append(parts, part{entity: int32(c >> 1)})
			}
			if c&1 == 1 {
				whole.right++
				parts[len(parts)-1].size.right++
			} else {
				whole.left++
				parts[len(parts)-1].size.left++
			}
		}
		visit(whole, parts)
	}
}

// shares sums fractions by their denominator, so that the sum is the same in
// any order.
type shares map[int64]int64

// mean divides the sum of the fractions by n; 1 when there is nothing.
func (s shares) mean(n int) float64 {
	if n == 0 {
		return 1
	}
	sum := 0.0
	for _, d := range slices.Sorted(maps.Keys(s)) {
		sum += float64(s[d]) / float64(d)
	}
	return sum / float64(n)
}
