package linkage

import (
	"context"
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

// Of many records of one name none meet for it alone; of few all do.
func TestNamesOfManyAreNoKey(t *testing.T) {
	for name, most := range map[string]int{namesakesKey: namesakesMax, "rare given+family sound": fewMax, "rare beginnings of names": rarerMax, "rare ends of names": rarerMax} {
		var rows [][]string
		for range most {
			rows = append(rows, []string{"Clara", "Nowotny"})
		}
		for range most + 1 {
			rows = append(rows, []string{"Anna", "Meier"})
		}
		db := loaded(t, []Column{{"given", GivenName}, {"family", FamilyName}}, rows)
		keys := newParts(db).keys(db)
		at := slices.IndexFunc(keys, func(k blockKey) bool { return k.name == name })
		b := &blocker{db: db, keys: keys[at : at+1], workers: 1}
		if err := b.run(context.Background(), perKeyMin); err != nil {
			t.Fatal(err)
		}
		if want := allPairs(most); !slices.Equal(b.pairs, want) {
			t.Errorf("%s: got %d pairs %x, want %d", name, len(b.pairs), b.pairs, len(want))
		}
		if r := b.report[0]; r.Blocks != 2 || r.Largest != most+1 || r.Most != most || r.Split != 1 || r.Left != int64(most+1)*int64(most)/2 {
			t.Errorf("%s: report %+v", name, r)
		}
	}
}

// A company has more people than records of its own: those without a person meet each
// other, however many work there, and no person meets another one for it.
func TestCompaniesMeetBesideTheirStaff(t *testing.T) {
	columns := []Column{{"given", GivenName}, {"family", FamilyName}, {"company", Company}}
	rows := [][]string{{"", "", "Schell Farms Corp"}}
	for i := range 3 * fewMax {
		rows = append(rows, []string{"Anna", "Meier" + string(rune('a'+i)), "Schell Farms Corp"})
	}
	rows = append(rows, []string{"", "", "SCHELL FARMS Corp."}, []string{"", "", "Quandt Hotels"}, []string{"", "Nowotny", "Quandt Hotels"})
	db := loaded(t, columns, rows)
	keys := slices.DeleteFunc(newParts(db).keys(db), func(k blockKey) bool {
		return k.name != "company words, no person" && k.name != "company sound, no person"
	})
	if len(keys) != 2 {
		t.Fatalf("%d kinds of key for companies without a person", len(keys))
	}
	b := &blocker{db: db, keys: keys, workers: 1}
	if err := b.run(context.Background(), perKeyMin); err != nil {
		t.Fatal(err)
	}
	if want := []uint64{3*fewMax + 1}; !slices.Equal(b.pairs, want) {
		t.Errorf("pairs %x, want %x: the two records of the company", b.pairs, want)
	}
	if b.report[0].Pairs != 1 || b.report[1].Pairs != 1 {
		t.Errorf("by words %d pairs, by sound %d, want one each", b.report[0].Pairs, b.report[1].Pairs)
	}
}
