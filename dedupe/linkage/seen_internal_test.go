package linkage

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// Keys are grouped as sorting by their upper half does, also where most of them
// are equal or begin alike.
func TestGroupedSortsHashes(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	var space sortSpace
	for _, n := range []int{0, 1, radixMin, 5000, 40_000} {
		for name, hash := range map[string]func() uint64{
			"spread":      random.Uint64,
			"equal":       func() uint64 { return 7 << 40 },
			"few":         func() uint64 { return mix(random.Uint64N(30), hashA) },
			"begin alike": func() uint64 { return 5<<60 | random.Uint64N(500)<<32 },
		} {
			a := make([]uint64, n)
			for i := range a {
				a[i] = hash()>>32<<32 | uint64(i)
			}
			want := slices.Clone(a)
			slices.SortStableFunc(want, func(x, y uint64) int { return cmp.Compare(x>>32, y>>32) })
			space.grouped(a)
			if !slices.Equal(a, want) {
				t.Errorf("%d keys that are %s are not in order", n, name)
			}
		}
	}
}

// What kinds of key find comes out of the piles once, in order, and is counted for
// the first kind that found it, whoever of the workers put it there.
func TestPilesUniteWhatIsFound(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	for _, n := range []int{2, 4095, 4096, 70_000} {
		const kinds = 5
		p := newPiles(n, kinds)
		workers := []*pile{p.pile(), p.pile()}
		found := map[uint64]map[int]bool{}
		for range 3 * n {
			i := random.Uint32N(uint32(n) - 1)
			j := min(i+1+random.Uint32N(3), uint32(n)-1)
			w := workers[random.IntN(len(workers))]
			w.begin(random.IntN(kinds))
			w.add(i, j)
			pair := uint64(i)<<32 | uint64(j)
			if found[pair] == nil {
				found[pair] = map[int]bool{}
			}
			found[pair][w.kind] = true
		}
		for _, w := range workers {
			w.close()
		}
		lists := p.lists(kinds)
		report := make([]KeyReport, kinds)
		pairs := p.unite(2, report)
		if len(pairs) != len(found) || !slices.IsSorted(pairs) {
			t.Fatalf("%d records: %d pairs, in order %v; want %d", n, len(pairs), slices.IsSorted(pairs), len(found))
		}
		for k := range kinds {
			all, news := 0, 0
			for pair, by := range found {
				if !by[k] {
					continue
				}
				all++
				first := true
				for before := range k {
					first = first && !by[before]
				}
				if first {
					news++
				}
				if _, listed := slices.BinarySearch(lists[k], pair); !listed {
					t.Fatalf("%d records: kind %d has found %x, which is not in its list", n, k, pair)
				}
			}
			if r := report[k]; r.Pairs != int64(all) || r.New != int64(news) || len(lists[k]) != all {
				t.Errorf("%d records: kind %d has %d pairs, %d listed, %d new; want %d and %d", n, k, r.Pairs, len(lists[k]), r.New, all, news)
			}
		}
	}
}

// The kinds of key are tried on whole families: who is in the sample has all who
// are called alike there, and there are about as many as there should be.
func TestKindsAreTriedOnWholeFamilies(t *testing.T) {
	rows := make([][]string, 3*planRecordsMax)
	for i := range rows {
		rows[i] = []string{fmt.Sprint("Anna", i), fmt.Sprintf("M%c%cller", 'a'+i%26, 'b'+i/26%24)}
		if i%4 == 0 {
			rows[i][1] = "Schmidt" // too many for a unit
		}
	}
	db := loaded(t, []Column{{"given", GivenName}, {"family", FamilyName}}, rows)
	p := &planner{db: db}
	p.takeSample()
	if n := len(p.sample); p.units == nil || n < planRecordsMax/2 || n > 2*planRecordsMax {
		t.Fatalf("%d of %d records are in the sample, whole families %v", n, db.n, p.units != nil)
	}
	in := map[uint32]bool{}
	for _, i := range p.sample {
		in[i] = true
	}
	families := map[uint64][2]int{}
	for i := range uint32(db.n) {
		if s := p.units[db.family.ids[i]]; s != 0 {
			c := families[s]
			if in[i] {
				c[0]++
			}
			c[1]++
			families[s] = c
		}
	}
	for s, c := range families {
		if c[0] != 0 && c[0] != c[1] {
			t.Errorf("of the family %x %d of %d are in the sample", s, c[0], c[1])
		}
	}
	b := &blocker{db: db, keys: newParts(db).keys(db)[:1], among: p.sample, workers: 2}
	if err := b.run(context.Background(), 1e6); err != nil {
		t.Fatal(err)
	}
	for _, pair := range b.pairs {
		want := p.scale * p.scale
		if x, y := db.family.ids[pair>>32], db.family.ids[uint32(pair)]; p.units[x] != 0 && p.units[x] == p.units[y] {
			want = p.scale
		}
		if got := p.standsFor(pair); got != want {
			t.Fatalf("a pair stands for %v, want %v", got, want)
		}
	}
}
