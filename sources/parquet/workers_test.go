package parquet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/schema"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/parquet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// drawn is one row group as it was drawn: by column the value of each row, and
// whether it is one that rejects its row.
type drawn struct {
	cells  []cells
	values [][]pipeline.Value
	bad    []bool // by row
}

// drawGroup draws columns of text, of lists and of numbers.
func drawGroup(t *rapid.T, rows int) drawn {
	d := drawn{bad: make([]bool, rows)}
	text := rapid.SampledFrom([]string{"", "a", "Müller", "a longer text than the others", "\x00\x1b", "王", strings.Repeat("long ", 100)})
	cut := rapid.SampledFrom([]string{"\xc3", "\xa4", "M\xfcller"})
	for c := range 3 {
		column := cells{node: optional(fmt.Sprint("text", c), schema.StringLogicalType{}, arrowparquet.Types.ByteArray, 0)}
		var written []arrowparquet.ByteArray
		values := make([]pipeline.Value, rows)
		for row := range rows {
			kind := rapid.IntRange(0, 20).Draw(t, "kind")
			switch {
			case kind < 4:
				column.defs = append(column.defs, 0)
				continue
			case kind == 4:
				written, d.bad[row] = append(written, arrowparquet.ByteArray(cut.Draw(t, "cut"))), true
			default:
				s := text.Draw(t, "text")
				written, values[row] = append(written, arrowparquet.ByteArray(s)), pipeline.StringValue(s)
			}
			column.defs = append(column.defs, 1)
		}
		column.values = written
		d.cells, d.values = append(d.cells, column), append(d.values, values)
	}
	list := cells{node: listNode("list", required("element", schema.StringLogicalType{}, arrowparquet.Types.ByteArray, 0))}
	number := cells{node: required("number", schema.NoLogicalType{}, arrowparquet.Types.Int64, 0)}
	var members []arrowparquet.ByteArray
	var numbers []int64
	lists, ints := make([]pipeline.Value, rows), make([]pipeline.Value, rows)
	for row := range rows {
		all := rapid.SliceOfN(text, 0, 3).Draw(t, "list")
		lists[row], ints[row] = pipeline.ListValue(all), pipeline.IntValue(int64(row)*7)
		members, numbers = append(members, texts(all...)...), append(numbers, int64(row)*7)
		list.defs, list.reps = append(list.defs, int16(1+min(1, len(all)))), append(list.reps, 0)
		for range max(0, len(all)-1) {
			list.defs, list.reps = append(list.defs, 2), append(list.reps, 1)
		}
	}
	list.values, number.values = members, numbers
	d.cells, d.values = append(d.cells, list, number), append(d.values, lists, ints)
	return d
}

// What is read is what was written, whatever the number of workers, the size of
// batches, and the way in which the file is written.
func TestWorkersAndBatchesChangeNothing(t *testing.T) {
	dir := t.TempDir()
	ways := variants()
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(ways)), func(n string) bool { return strings.Contains(n, "delta") })
	rapid.Check(t, func(rt *rapid.T) {
		var groups []drawn
		var written [][]cells
		for range rapid.IntRange(1, 3).Draw(rt, "groups") {
			d := drawGroup(rt, rapid.IntRange(1, 30).Draw(rt, "rows"))
			groups, written = append(groups, d), append(written, d.cells)
		}
		var out bytes.Buffer
		write(t, &out, written, ways[rapid.SampledFrom(names).Draw(rt, "way")]...)
		put(t, dir, "drawn.parquet", out.Bytes())
		s, err := parquet.New(parquet.Config{Path: "drawn.parquet", Dir: dir,
			BatchRows: rapid.IntRange(1, 40).Draw(rt, "batch"), Workers: rapid.IntRange(1, 4).Draw(rt, "workers")})
		must(t, err)
		checkDrawn(rt, s, groups)
	})
}

func checkDrawn(t *rapid.T, s *parquet.Source, groups []drawn) {
	group, row, record := 0, 0, 0
	next := func(origin pipeline.Origin, rejected bool) (drawn, int) {
		if row == len(groups[group].bad) {
			group, row = group+1, 0
		}
		g, at := groups[group], row
		row, record = row+1, record+1
		if origin.Row != record || g.bad[at] != rejected {
			t.Fatalf("record %d: origin %s, rejected %t", record, origin, rejected)
		}
		return g, at
	}
	for b, err := range s.Read(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rejects := b.Rejects()
		for i := range b.Len() {
			for len(rejects) > 0 && rejects[0].Origin.Row < b.Origin(i).Row {
				next(rejects[0].Origin, true)
				rejects = rejects[1:]
			}
			g, at := next(b.Origin(i), false)
			for f := range g.values {
				if got, want := b.Value(i, f), g.values[f][at]; !got.Equal(want) {
					t.Fatalf("record %d, column %d: got %q, want %q", record, f, got, want)
				}
			}
		}
		for _, r := range rejects {
			next(r.Origin, true)
		}
	}
	total := 0
	for _, g := range groups {
		total += len(g.bad)
	}
	if record != total {
		t.Fatalf("%d records, want %d", record, total)
	}
}

// Batches are cut in the same places by any number of workers, also where long
// values cut them, and text is the same that was cut.
func TestCutsDoNotDependOnWorkers(t *testing.T) {
	const rows = 600
	var values [3][]string
	for i := range rows {
		values[0] = append(values[0], fmt.Sprint("v", i))
		values[1] = append(values[1], strings.Repeat(string(rune('a'+i%26)), (i%40)*4_000))
		values[2] = append(values[2], strings.Repeat("ü", (i*i%50)*1_500))
	}
	var columns []cells
	for c, v := range values {
		columns = append(columns, cells{node: required(fmt.Sprint("c", c), schema.StringLogicalType{}, arrowparquet.Types.ByteArray, 0), values: texts(v...)})
	}
	var out bytes.Buffer
	write(t, &out, [][]cells{columns}, arrowparquet.WithDataPageSize(100_000))
	dir := t.TempDir()
	put(t, dir, "x.parquet", out.Bytes())
	var first []int
	for _, workers := range []int{1, 2, 5} {
		s, err := parquet.New(parquet.Config{Path: "x.parquet", Dir: dir, Workers: workers})
		must(t, err)
		var cuts []int
		row := 0
		for b, err := range s.Read(t.Context()) {
			must(t, err)
			for i := range b.Len() {
				for c := range values {
					if b.Column(c).Str(i) != values[c][row] {
						t.Fatalf("%d workers: row %d, column %d is another", workers, row, c)
					}
				}
				row++
			}
			cuts = append(cuts, b.Len())
		}
		if first == nil {
			first = cuts
		}
		if diff := cmp.Diff(first, cuts); diff != "" || row != rows || len(cuts) < 3 {
			t.Errorf("%d workers: %d rows in batches of %v: %s", workers, row, cuts, diff)
		}
	}
}

// A value that is too long rejects its row, and the others are there.
func TestATooLongValue(t *testing.T) {
	s := source(t, [][]cells{{
		{node: required("x", schema.StringLogicalType{}, arrowparquet.Types.ByteArray, 0),
			values: texts("a", strings.Repeat("x", pipeline.ValueBytesMax+1), "b")}}}, arrowparquet.WithDictionaryDefault(false))
	got, rejects := read(t, s)
	if len(got["x"]) != 2 || got["x"][1].Str() != "b" || len(rejects) != 1 || !strings.Contains(rejects[0].Finding.Message, "longer than") {
		t.Errorf("%d records, %d rejects", len(got["x"]), len(rejects))
	}
}

func TestReadingEndsWhenItIsCancelled(t *testing.T) {
	s := source(t, [][]cells{contacts(20_000), contacts(20_000)})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	batches := 0
	var last error
	for _, err := range s.Read(ctx) {
		if last = err; err != nil {
			break
		}
		if batches++; batches == 2 {
			cancel()
		}
	}
	if batches != 2 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d batches, error %v", batches, last)
	}
}
