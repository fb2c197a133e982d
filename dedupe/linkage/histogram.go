package linkage

import (
	"cmp"
	"context"
	"slices"
)

// compared is what comparing some pairs has found.
type compared struct {
	rows []row    // the distinct vectors, ascending
	half []row    // the same of every other pair, by what the records hold
	at   []uint32 // by pair: its row
}

// tally counts vectors. Each worker has its own.
type tally struct {
	rows  []tallied
	slots []uint32 // open addressing: number of the row + 1; 0 is free
}

// tallied is a vector, how often it was seen, and how often among every other
// pair.
type tallied struct {
	row
	half float64
}

func newTally() *tally { return &tally{slots: make([]uint32, 1<<12)} }

// add counts a vector and returns its row.
func (t *tally) add(v vector, half float64) uint32 {
	mask := uint64(len(t.slots) - 1)
	at := mix(uint64(v)^hashA, hashB) & mask
	for t.slots[at] != 0 && t.rows[t.slots[at]-1].v != v {
		at = (at + 1) & mask
	}
	if t.slots[at] == 0 {
		t.rows = append(t.rows, tallied{row: row{v: v}})
		t.slots[at] = uint32(len(t.rows))
	}
	r := t.slots[at] - 1
	t.rows[r].n++
	t.rows[r].half += half
	if 2*len(t.rows) > len(t.slots) {
		t.grow()
	}
	return r
}

func (t *tally) grow() {
	t.slots = make([]uint32, 4*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for r := range t.rows {
		at := mix(uint64(t.rows[r].v)^hashA, hashB) & mask
		for t.slots[at] != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = uint32(r + 1)
	}
}

// compareAll compares pairs; what it gives is of no use when the context was
// cancelled.
func compareAll(ctx context.Context, db *records, pairs []uint64, workers int) *compared {
	tasks := ranges(len(pairs), pairsPerTask)
	at := make([]uint32, len(pairs))
	by := make([]int, tasks) // the worker of each task
	tallies := make([]*tally, workers)
	comparers := make([]*comparer, workers)
	together(workers, tasks, func(w, t int) {
		if ctx.Err() != nil {
			return
		}
		if comparers[w] == nil {
			comparers[w], tallies[w] = newComparer(db), newTally()
		}
		by[t] = w
		from, to := t*pairsPerTask, min(len(pairs), (t+1)*pairsPerTask)
		comparers[w].count(tallies[w], pairs[from:to], at[from:])
		db.progress.add(to - from)
	})
	out, places := join(tallies)
	out.at = at
	together(workers, tasks, func(_, t int) {
		if places[by[t]] == nil {
			return // cancelled
		}
		some := at[t*pairsPerTask : min(len(at), (t+1)*pairsPerTask)]
		for i, r := range some {
			some[i] = places[by[t]][r]
		}
	})
	return out
}

// count compares pairs and gives each its row.
func (c *comparer) count(t *tally, pairs []uint64, at []uint32) {
	var vectors [batchPairs]vector
	for len(pairs) > 0 {
		n := min(len(pairs), batchPairs)
		c.compareAll(pairs[:n], vectors[:n])
		for i, v := range vectors[:n] {
			a, b := c.sides(i)
			at[i] = t.add(v, float64(1-(a.odd^b.odd)))
		}
		pairs, at = pairs[n:], at[n:]
	}
}

// join adds up what workers have counted, and gives for each the places of its
// rows among all of them.
func join(tallies []*tally) (out *compared, places [][]uint32) {
	var all []row
	for _, t := range tallies {
		if t != nil {
			for _, r := range t.rows {
				all = append(all, r.row)
			}
		}
	}
	slices.SortFunc(all, func(x, y row) int { return cmp.Compare(x.v, y.v) })
	out = &compared{rows: slices.CompactFunc(all, func(x, y row) bool { return x.v == y.v })}
	half := make([]row, len(out.rows))
	for i := range half {
		out.rows[i].n, half[i].v = 0, out.rows[i].v
	}
	places = make([][]uint32, len(tallies))
	for w, t := range tallies {
		if t == nil {
			continue
		}
		places[w] = make([]uint32, len(t.rows))
		for k, r := range t.rows {
			i, _ := slices.BinarySearchFunc(out.rows, r.v, func(x row, v vector) int { return cmp.Compare(x.v, v) })
			places[w][k] = uint32(i)
			out.rows[i].n += r.n
			half[i].n += r.half
		}
	}
	out.half = slices.DeleteFunc(half, func(r row) bool { return r.n == 0 })
	return out, places
}
