package linkage

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

func TestSortsAsTheStandardLibraryDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	var space sortSpace
	for _, n := range []int{0, 1, 2, radixMin - 1, radixMin, 5000} {
		for _, most := range []uint64{1, 300, 1 << 20, 1 << 32} {
			a := make([]uint64, n)
			for i := range a {
				a[i] = random.Uint64N(most)<<32 | random.Uint64N(most)
			}
			high, all := slices.Clone(a), slices.Clone(a)
			sortHigh(high)
			space.sortPairs(all)
			slices.SortStableFunc(a, func(x, y uint64) int { return cmp.Compare(x>>32, y>>32) })
			if !slices.Equal(high, a) {
				t.Errorf("%d numbers up to %d are not sorted by their upper half, or equal ones have changed places", n, most)
			}
			slices.Sort(a)
			if !slices.Equal(all, a) {
				t.Errorf("%d numbers up to %d are not sorted", n, most)
			}
		}
	}
}

func TestListsOfPairsAreUnited(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	for _, n := range []int{1, 2, 63, 64, 5000} {
		for _, workers := range []int{1, 3} {
			b := &blocker{db: &records{n: n}, workers: workers, lists: make([][]uint64, 5), report: make([]KeyReport, 5)}
			first := map[uint64]int{}
			for k := range b.lists {
				for range random.IntN(3 * n) {
					p := random.Uint64N(uint64(n))<<32 | random.Uint64N(uint64(n))
					b.lists[k] = append(b.lists[k], p)
				}
				slices.Sort(b.lists[k])
				b.lists[k] = slices.Compact(b.lists[k])
				for _, p := range b.lists[k] {
					if _, seen := first[p]; !seen {
						first[p] = k
					}
				}
			}
			got := b.unite()
			var want []uint64
			news := make([]int64, len(b.lists))
			for p, k := range first {
				want = append(want, p)
				news[k]++
			}
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("%d records, %d workers: got %d pairs, want %d", n, workers, len(got), len(want))
			}
			for k, r := range b.report {
				if r.New != news[k] || r.Pairs != int64(len(b.lists[k])) {
					t.Errorf("%d records: list %d has %d pairs, %d of them new; want %d and %d", n, k, r.Pairs, r.New, len(b.lists[k]), news[k])
				}
			}
		}
	}
}

func TestMemoRemembersPairs(t *testing.T) {
	m := newMemo(1)
	random := rand.New(rand.NewPCG(9, 9))
	last := map[[2]uint32]uint8{}
	hits := 0
	for range 100_000 {
		a, b := 1+random.Uint32N(60), 1+random.Uint32N(60)
		if random.IntN(2) == 0 {
			a += 1<<31 - 100 // more than are remembered
		}
		slot, pair, level, known := m.at(a, b)
		key := [2]uint32{min(a, b), max(a, b)}
		if known {
			if hits++; level != last[key] {
				t.Fatalf("%v was kept with level %d and comes back with %d", key, last[key], level)
			}
			continue
		}
		last[key] = uint8(random.Uint32N(levelsMax))
		m.keep(slot, pair, last[key])
	}
	if hits == 0 {
		t.Error("nothing is remembered")
	}
}

// crowdColumns are what is compared of the rows of crowdRows.
var crowdColumns = []Column{{"given", GivenName}, {"family", FamilyName}, {"email", Email}, {"phone", Phone}, {"company", Company}, {"street", Street}, {"city", City}, {"postcode", Postcode}, {"number", Identifier}}

// crowdRows makes some people, a third of whom are there twice.
func crowdRows(n int) (rows [][]string) {
	given := []string{"Anna", "Anne", "Bernd", "Robert", "Bob", "Clara", "Björn", "J.", "Mary Ann", "Hans Jr", "", "Xi"}
	family := []string{"Meier", "Mayer", "Maier", "Schmidt", "Schmitt", "van der Berg", "Berg", "Lee", "Li", "Castellano", "", "Dombrowski"}
	random := rand.New(rand.NewPCG(11, uint64(n)))
	pick := func(list []string) string { return list[random.IntN(len(list))] }
	var row []string
	for i := range n {
		if i%3 != 2 || random.IntN(4) == 0 {
			c := random.IntN(30)
			row = []string{pick(given), pick(family), fmt.Sprintf("%s%d@mail%d.example", pick(given), random.IntN(n), c%3), fmt.Sprintf("+49 30 %07d", 1000000+random.IntN(n)*7),
				pick([]string{"", "", "Acme Ltd", "Acme Tools Ltd", "Bolt AG"}), fmt.Sprintf("%s %d", pick([]string{"Ahornweg", "Birkenallee", "Ahornstr."}), 1+random.IntN(99)), fmt.Sprintf("Stadt%c", 'a'+c/3), fmt.Sprintf("%05d", 10000+c*131), ""}
		} else {
			row = slices.Clone(row)
			row[random.IntN(len(row))] = ""
		}
		rows = append(rows, row)
	}
	return rows
}

// linkRows links the rows of crowdRows; most is that of the Linker.
func linkRows(t *testing.T, rows [][]string, config Config, most int) *Result {
	t.Helper()
	config.Columns = crowdColumns
	columns := make([]*pipeline.Column, len(crowdColumns))
	fields := make([]pipeline.Field, len(columns))
	for i, c := range crowdColumns {
		b := pipeline.NewColumnBuilder(pipeline.String, len(rows))
		for _, row := range rows {
			b.AppendString(row[i])
		}
		columns[i], fields[i] = b.Finish(), pipeline.Field{Name: c.Name, Type: pipeline.String}
	}
	schema := pipeline.MustSchema(fields...)
	batch, err := pipeline.NewBatch(pipeline.BatchData{Schema: schema, Len: len(rows), Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	table := pipeline.NewTable(schema)
	table.Append(batch)
	l, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	l.most = most
	r, err := l.Run(context.Background(), Input{Records: table})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// linkedCrowd links some people and returns the inside of the result.
func linkedCrowd(t *testing.T, n int, config Config) *linked {
	t.Helper()
	return linkRows(t, crowdRows(n), config, 0).data
}

func allPairs(n int) (pairs []uint64) {
	for i := range n {
		for j := i + 1; j < n; j++ {
			pairs = append(pairs, uint64(i)<<32|uint64(j))
		}
	}
	return pairs
}

// Comparing many pairs at a time gives each what it gets alone, and counts them
// right, however many workers there are.
func TestPairsAreComparedAsOneByOne(t *testing.T) {
	d := linkedCrowd(t, 400, Config{})
	pairs := allPairs(400)
	one := newComparer(d.db)
	counts, halves := map[vector]float64{}, map[vector]float64{}
	vectors := make([]vector, len(pairs))
	for i, p := range pairs {
		vectors[i] = one.compare(int32(p>>32), int32(uint32(p)))
		counts[vectors[i]]++
		if (d.db.hash[p>>32]^d.db.hash[uint32(p)])>>17&1 == 0 {
			halves[vectors[i]]++
		}
	}
	for _, workers := range []int{1, 4} {
		found := compareAll(context.Background(), d.db, pairs, workers)
		for i := range pairs {
			if got := found.rows[found.at[i]].v; got != vectors[i] {
				t.Fatalf("%d workers, records %d and %d: got %x, alone %x", workers, pairs[i]>>32, uint32(pairs[i]), got, vectors[i])
			}
		}
		for _, list := range []struct {
			rows []row
			want map[vector]float64
		}{{found.rows, counts}, {found.half, halves}} {
			if len(list.rows) != len(list.want) || !slices.IsSortedFunc(list.rows, func(x, y row) int { return cmp.Compare(x.v, y.v) }) {
				t.Fatalf("%d workers: %d vectors, want %d in order", workers, len(list.rows), len(list.want))
			}
			for _, r := range list.rows {
				if r.n != list.want[r.v] {
					t.Fatalf("%d workers: vector %x counts %v times, want %v", workers, r.v, r.n, list.want[r.v])
				}
			}
		}
	}
}

// What is seen of two names at a glance is right.
func TestNameKeysRuleOutNothingTrue(t *testing.T) {
	d := linkedCrowd(t, 400, Config{})
	c := newComparer(d.db)
	seen := map[uint8]int{}
	for a := 1; a < len(d.db.names); a++ {
		for b := 1; b < len(d.db.names); b++ {
			if a == b {
				continue
			}
			x, y := &d.db.names[a], &d.db.names[b]
			k, l := &d.db.nameKeys[a], &d.db.nameKeys[b]
			for _, both := range []struct{ seen, is uint8 }{{k.given(l), c.givenAlike(x, y)}, {k.family(l), c.familyAlike(x, y)}} {
				seen[both.seen]++
				if both.seen == nameOther && both.is != nameOther || both.seen == glanceLoose && both.is > nameLoose {
					t.Errorf("names %q and %q are seen as %d and are %d", x.text, y.text, both.seen, both.is)
				}
			}
		}
	}
	if seen[nameOther] == 0 || seen[glanceLoose] == 0 || seen[glanceUnlike] == 0 {
		t.Errorf("names are seen as %v; the test needs all of them", seen)
	}
}

// Pairs that are given up early would not have been kept, and the others have the
// score that they would have alone, whatever it says that a field is missing.
func TestScoresAreNotLost(t *testing.T) {
	for name, config := range map[string]Config{"evidence alone": {}, "rules": {Same: []string{"email"}, Never: []string{"number"}}} {
		t.Run(name, func(t *testing.T) {
			d := linkedCrowd(t, 300, config)
			given := scoresAreKept(t, d)
			random := rand.New(rand.NewPCG(23, 23))
			for range 5 {
				m := *d.scorer.m
				for k := range m.p {
					for _, f := range reachFields {
						m.p[k][f][0] = .01 + .98*random.Float64()
					}
				}
				d.scorer = newScorer(d.db, &m)
				given = min(given, scoresAreKept(t, d))
			}
			if given == 0 && config.Same == nil {
				t.Error("no pair was given up")
			}
		})
	}
}

// scoresAreKept compares the scores of all pairs with those they have alone, and
// counts the pairs that are given up.
func scoresAreKept(t *testing.T, d *linked) (given int) {
	t.Helper()
	pairs := allPairs(d.db.n)
	found := compareAll(context.Background(), d.db, pairs, 1)
	b := d.newBounds(found.rows, weightAt(PairsAbove))
	c := newComparer(d.db)
	var seen namesSeen
	for i, pair := range pairs {
		x, y := int32(pair>>32), int32(uint32(pair))
		want := d.score(c.compare(x, y), x, y)
		if !b.mayReach(found.at[i], x, y, &seen) {
			if given++; want >= b.floor {
				t.Fatalf("records %d and %d are given up; their score is %v", x, y, want)
			}
		} else if got := b.score(found.at[i], x, y, &seen); got != want && max(got, want) >= b.floor {
			t.Fatalf("records %d and %d: got %v, want %v", x, y, got, want)
		}
	}
	return given
}

// Phone numbers that are one slip apart are never said to be further.
func TestNumbersOneSlipApartMaySlip(t *testing.T) {
	random := rand.New(rand.NewPCG(13, 13))
	ruledOut := 0
	for range 20_000 {
		a := []byte(fmt.Sprint(1 + random.Uint64N(1<<(20+random.Uint64N(44)))))
		b := slices.Clone(a)
		switch i := random.IntN(len(b)); random.IntN(5) {
		case 0:
			b[i] = byte('0' + random.IntN(10))
		case 1:
			b[i], b[(i+1)%len(b)] = b[(i+1)%len(b)], b[i]
		case 2:
			b = slices.Delete(b, i, i+1)
		case 3:
			b = slices.Insert(b, i, byte('0'+random.IntN(10)))
		default:
			b = []byte(fmt.Sprint(1 + random.Uint64N(1<<40)))
		}
		x, y := newDialled(string(a)), newDialled(string(b))
		if osaWithin(string(a), string(b), 1) {
			if !x.maySlip(&y) || !y.maySlip(&x) {
				t.Fatalf("%s and %s are one slip apart", a, b)
			}
		} else if !x.maySlip(&y) {
			ruledOut++
		}
	}
	if ruledOut < 1000 {
		t.Errorf("only %d pairs of numbers are told apart", ruledOut)
	}
}
