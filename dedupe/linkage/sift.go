package linkage

import (
	"context"
	"slices"
)

// Where there are very many pairs, weights are learned from a part of them: what
// is counted in it stands for all. The others are compared only as far as they
// may be the same.
const (
	learnAllMax = 1_500_000 // pairs up to which weights are learned from all
	learnSample = 400_000   // pairs that they are learned from, about, where there are more
)

// sampleCompared lists about so many of some pairs, and how many pairs each of them
// stands for. What the records of a pair hold decides, not where they stand.
func (db *records) sampleCompared(pairs []uint64, most int) (sample []uint64, each float64) {
	limit := uint64(float64(1<<32) * float64(most) / float64(len(pairs)))
	sample = make([]uint64, 0, most+most/8)
	for _, p := range pairs {
		if (db.hash[p>>32]+db.hash[uint32(p)])*hashB>>32 < limit {
			sample = append(sample, p)
		}
	}
	return sample, float64(len(pairs)) / float64(max(1, len(sample)))
}

// times makes each vector count so many times.
func (c *compared) times(each float64) {
	for _, rows := range [][]row{c.rows, c.half} {
		for i := range rows {
			rows[i].n *= each
		}
	}
}

// sift keeps the pairs that may be the same, but for those that are known. Of the
// others it compares as little as tells that they are not. Both lists ascend, and
// the known ones are among the pairs.
func (d *linked) sift(ctx context.Context, pairs, known []uint64, workers int) {
	tasks := ranges(len(pairs), pairsPerTask)
	kept := make([][]edge, tasks)
	floor := weightAt(PairsAbove)
	q := newQuick(d.scorer, d.rules, floor)
	sifters := make([]*sifter, workers)
	together(workers, tasks, func(w, t int) {
		if ctx.Err() != nil {
			return
		}
		if sifters[w] == nil {
			sifters[w] = newSifter(d, q, floor)
		}
		some := pairs[t*pairsPerTask : min(len(pairs), (t+1)*pairsPerTask)]
		from, _ := slices.BinarySearch(known, some[0])
		kept[t] = sifters[w].sift(some, known[from:])
		d.db.progress.add(len(some))
	})
	d.edges = slices.Concat(kept...)
}
