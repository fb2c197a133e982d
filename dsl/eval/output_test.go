package eval_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
)

// anyTexts draws a column of texts as readers make them: nulls may have bytes,
// and the memory may end behind the last value.
func anyTexts(t *rapid.T, rows int) *pipeline.Column {
	d := pipeline.ColumnData{Type: pipeline.String, Len: rows, Offsets: make([]int32, 1, rows+1),
		Valid: make([]byte, (rows+7)/8), Erase: make([]byte, (rows+7)/8)}
	some := rapid.SampledFrom([]string{"", "a", "plain text", " a", "a  b", "Ä", "\xff", "ABC", "\u200b"})
	for row := range rows {
		switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
		case kind == 0:
			d.Erase[row>>3] |= 1 << (row & 7)
		case kind > 2:
			d.Valid[row>>3] |= 1 << (row & 7)
		}
		d.Bytes = append(d.Bytes, some.Draw(t, "text")...)
		d.Offsets = append(d.Offsets, int32(len(d.Bytes)))
	}
	d.Bytes = append(d.Bytes, rapid.SampledFrom([]string{"", "behind"}).Draw(t, "behind")...)
	column, err := pipeline.NewColumn(d)
	if err != nil {
		t.Fatal(err)
	}
	return column
}

// TestRunsEqualRows holds the values that are copied in runs against those of
// each row by itself.
func TestRunsEqualRows(t *testing.T) {
	schema := pipeline.MustSchema(pipeline.Field{Name: "s", Type: pipeline.String}, pipeline.Field{Name: "other", Type: pipeline.String})
	env := eval.Env{Columns: schema, Funcs: funcs.All()}
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 40).Draw(t, "rows")
		columns := []*pipeline.Column{anyTexts(t, rows), anyTexts(t, rows)}
		b, err := pipeline.NewBatch(pipeline.BatchData{Schema: schema, Len: rows, Columns: columns, Source: "test"})
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "taken") {
			b = b.Take(rapid.SliceOfN(rapid.Int32Range(0, int32(rows-1)), 1, 30).Draw(t, "rows taken"))
		}
		src := rapid.SampledFrom([]string{`s`, `trim(s)`, `squish(lower(trim(s)))`, `s ?? other`, `trim(s) ?? trim(other)`, `s == "a" ? other : s`,
			`s == "a" ? erase() : s`, `string(s)`, `s == "ABC" ? "abc" : trim(s)`}).Draw(t, "expression")
		p, problems := eval.Compile(src, env)
		if p == nil {
			t.Fatalf("%s: %v", src, problems)
		}
		whole, _ := p.Eval(b, eval.Runtime{})
		for row := range b.Len() {
			one, _ := p.Eval(rowAlone(t, b, row), eval.Runtime{})
			if got, want := whole.Value(row), one.Value(0); !got.Equal(want) || got.IsErase() != want.IsErase() {
				t.Fatalf("%s: row %d is %s among others, %s alone", src, row, show(got), show(want))
			}
		}
	})
}

// rowAlone is a row of a batch in memory of its own.
func rowAlone(t *rapid.T, b *pipeline.Batch, row int) *pipeline.Batch {
	columns := make([]*pipeline.Column, b.Schema().Len())
	for i := range columns {
		c := pipeline.NewColumnBuilder(pipeline.String, 1)
		c.AppendValue(b.Value(row, i))
		columns[i] = c.Finish()
	}
	alone, err := pipeline.NewBatch(pipeline.BatchData{Schema: b.Schema(), Len: 1, Columns: columns, Source: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return alone
}
