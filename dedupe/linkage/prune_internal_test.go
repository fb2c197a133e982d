package linkage

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// loaded reads some rows.
func loaded(t *testing.T, columns []Column, rows [][]string) *records {
	t.Helper()
	fields := make([]pipeline.Field, len(columns))
	filled := make([]*pipeline.Column, len(columns))
	for i, c := range columns {
		fields[i] = pipeline.Field{Name: c.Name, Type: pipeline.String}
		b := pipeline.NewColumnBuilder(pipeline.String, len(rows))
		for _, row := range rows {
			b.AppendString(row[i])
		}
		filled[i] = b.Finish()
	}
	schema := pipeline.MustSchema(fields...)
	batch, err := pipeline.NewBatch(pipeline.BatchData{Schema: schema, Len: len(rows), Columns: filled})
	if err != nil {
		t.Fatal(err)
	}
	table := pipeline.NewTable(schema)
	table.Append(batch)
	r, err := newReader(context.Background(), table, columns)
	if err != nil {
		t.Fatal(err)
	}
	db, err := load(r, Input{Records: table}, 2)
	if err != nil {
		t.Fatal(err)
	}
	db.progress = newProgress(nil)
	return db
}

// Of many records of one whole name only those meet for it that agree in more; of
// few all do.
func TestNamesOfManyAreSplitByOtherValues(t *testing.T) {
	var rows [][]string
	for i := range namesakesMax {
		rows = append(rows, []string{"Clara", "Nowotny", fmt.Sprint("few", i, "@mail.example"), fmt.Sprint(10000 + 7*i)})
	}
	for i := range namesakesMax + 1 {
		rows = append(rows, []string{"Anna", "Meier", fmt.Sprint("many", i, "@mail.example"), fmt.Sprint(20000 + 7*i)})
	}
	first := namesakesMax
	rows[first+3][3] = rows[first+9][3]
	db := loaded(t, []Column{{"given", GivenName}, {"family", FamilyName}, {"email", Email}, {"postcode", Postcode}}, rows)
	p := newParts(db)
	for _, k := range p.keys(db) {
		if k.name != "given+family sound" && k.name != "given+family name" {
			continue
		}
		b := &blocker{db: db, keys: []blockKey{k}, second: p.splitters(), workers: 1}
		if err := b.run(context.Background(), perKeyMin); err != nil {
			t.Fatal(err)
		}
		want := allPairs(namesakesMax)
		want = append(want, uint64(first+3)<<32|uint64(first+9))
		if !slices.Equal(b.pairs, want) {
			t.Errorf("%s: got %d pairs %x, want %d", k.name, len(b.pairs), b.pairs, len(want))
		}
		if r := b.report[0]; r.Split != 1 || r.Largest != namesakesMax+1 {
			t.Errorf("%s: report %+v", k.name, r)
		}
	}
}

// A kind of key whose many pairs nobody needs is left out, whatever the order of
// the records and however many workers there are; one that finds pairs stays.
func TestKindsThatFindNothingAreLeftOut(t *testing.T) {
	const people = 600
	random := rand.New(rand.NewPCG(17, 17))
	word := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte('a' + random.IntN(26))
		}
		return string(b)
	}
	var rows [][]string
	for i := range people {
		row := []string{word(6), word(8), word(9) + "@mail.example", fmt.Sprintf("+49 30 %07d", 1000000+13*i)}
		rows = append(rows, row, slices.Clone(row))
		rows[len(rows)-1][2+i%2] = ""
	}
	columns := []Column{{"given", GivenName}, {"family", FamilyName}, {"email", Email}, {"phone", Phone}}
	shown := func(workers int, order []int) []string {
		moved := make([][]string, len(rows))
		for to, from := range order {
			moved[to] = rows[from]
		}
		db := loaded(t, columns, moved)
		var useful, idle []uint64
		for _, pair := range allPairs(len(rows)) {
			if order[pair>>32]/2 == order[uint32(pair)]/2 {
				useful = append(useful, pair)
			} else {
				idle = append(idle, pair)
			}
		}
		p := newParts(db)
		b := &blocker{db: db, keys: []blockKey{{name: "idle"}, {name: "useful"}}, lists: [][]uint64{idle, useful}, report: make([]KeyReport, 2)}
		plan := &planner{db: db, keys: b.keys, second: p.splitters(), workers: workers}
		kept, found := plan.prune(context.Background(), b)
		if len(kept) != 1 || kept[0].name != "useful" || len(b.lists) != 1 || len(b.lists[0]) != people || found != 1 {
			t.Fatalf("%d workers: %d kinds are left, which find %v of the pairs", workers, len(kept), found)
		}
		if stands := b.shownFor * float64(len(b.shown)); stands < .8*float64(len(idle)) || stands > 1.2*float64(len(idle)) {
			t.Fatalf("%d pairs that stand for %v each show what %d are like", len(b.shown), b.shownFor, len(idle))
		}
		var names []string
		for _, pair := range b.shown {
			x, y := order[pair>>32], order[uint32(pair)]
			names = append(names, fmt.Sprint(min(x, y), max(x, y)))
		}
		slices.Sort(names)
		return names
	}
	order := random.Perm(len(rows))
	straight := make([]int, len(rows))
	for i := range straight {
		straight[i] = i
	}
	one := shown(1, straight)
	if !slices.Equal(one, shown(4, straight)) || !slices.Equal(one, shown(2, order)) {
		t.Error("which pairs are looked at depends on workers, or on the order of the records")
	}
}

// Kinds are left out for what they make beyond the others.
func TestKindsThatFindMuchStay(t *testing.T) {
	s := &sampled{each: 1}
	add := func(n int, kinds uint64, likely bool) {
		for range n {
			s.pairs, s.kinds, s.likely = append(s.pairs, 0), append(s.kinds, kinds), append(s.likely, likely)
		}
	}
	add(3*pairsForOne, 1<<0, false) // pays
	add(4, 1<<0, true)
	add(3*pairsForOne, 1<<1, false) // does not
	add(2, 1<<1, true)
	add(3*pairsForOne, 1<<2|1<<0, false) // is made by another as well
	add(100, 1<<0|1<<2, true)
	if k := s.idle(1<<3-1, 3); k != 1 {
		t.Errorf("kind %d is left out", k)
	}
	if k := s.idle(1<<2|1<<0, 3); k != -1 {
		t.Errorf("kind %d is left out as well", k)
	}
	if got := s.found(1<<2 | 1<<0); got != 104./106 {
		t.Errorf("what is left finds %v", got)
	}
}

func TestRowsAreAdded(t *testing.T) {
	random := rand.New(rand.NewPCG(19, 19))
	for range 200 {
		want := map[vector]float64{}
		list := func(times float64) (rows []row) {
			for v := range vector(random.IntN(20)) {
				if random.IntN(2) == 0 {
					n := float64(1 + random.IntN(9))
					rows = append(rows, row{v, n})
					want[v] += times * n
				}
			}
			return rows
		}
		got := withRows(list(1), list(2.5), 2.5)
		if len(got) != len(want) || !slices.IsSortedFunc(got, func(x, y row) int { return cmp.Compare(x.v, y.v) }) {
			t.Fatalf("got %v, want %v", got, want)
		}
		for _, r := range got {
			if r.n != want[r.v] {
				t.Fatalf("got %v, want %v", got, want)
			}
		}
	}
}

// What is computed ahead for each frequency of a value is what is computed for
// each pair.
func TestTablesHoldWhatIsComputed(t *testing.T) {
	d := linkedCrowd(t, 400, Config{})
	s, c := d.scorer, newComparer(d.db)
	boosted := 0
	for _, pair := range allPairs(400) {
		a, b := int32(pair>>32), int32(uint32(pair))
		v := c.compare(a, b)
		z := s.byLevels(v)
		for f := range field(fieldsMax) {
			if v.level(f) == 0 {
				continue
			}
			boost := s.frequency(f, v, a, b)
			if boost != 0 {
				boosted++
			}
			e := s.inField(f, v, a, b)
			for k := range e {
				want := s.evidence(f, v, k, boost)
				if math.Float64bits(e[k]) != math.Float64bits(want) {
					t.Fatalf("records %d and %d, field %d, class %d: got %v, computed %v", a, b, f, k, e[k], want)
				}
				z[k] += want - s.evidence(f, v, k, 0)
			}
		}
		if got := s.score(v, a, b); got != weightOf(logOdds(&z)) {
			t.Fatalf("records %d and %d: got %v, computed %v", a, b, got, weightOf(logOdds(&z)))
		}
	}
	if boosted == 0 {
		t.Error("no frequency says anything")
	}
}
