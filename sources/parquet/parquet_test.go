package parquet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/schema"
	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/parquet"
	"github.com/reconkit/reconkit/sources/sourcetest"
)

func TestContract(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"b.parquet", "a.parquet"} {
		var out bytes.Buffer
		text := schema.StringLogicalType{}
		write(t, &out, [][]cells{
			{{node: optional("email", text, arrowparquet.Types.ByteArray, 0), values: texts(fmt.Sprint(i, "x@example.com"), "c@example.com"), defs: []int16{1, 0, 1}},
				{node: required("rating", schema.NoLogicalType{}, arrowparquet.Types.Int32, 0), values: []int32{1, 2, 3}}},
			{{node: optional("email", text, arrowparquet.Types.ByteArray, 0), values: texts("last@example.com"), defs: []int16{1}},
				{node: required("rating", schema.NoLogicalType{}, arrowparquet.Types.Int32, 0), values: []int32{4}}},
		})
		put(t, dir, name, out.Bytes())
	}
	open := func(t *testing.T, batchRows int) pipeline.Source {
		s, err := parquet.New(parquet.Config{Path: "*.parquet", Dir: dir, Name: "people", BatchRows: batchRows})
		must(t, err)
		return s
	}
	sourcetest.Run(t, open, sourcetest.Want{
		Columns: []string{"email", "rating int"},
		Rows: []sourcetest.Row{
			{Origin: "a.parquet:1", Cells: []string{"1x@example.com", "1"}},
			{Origin: "a.parquet:2", Cells: []string{sourcetest.Null, "2"}},
			{Origin: "a.parquet:3", Cells: []string{"c@example.com", "3"}},
			{Origin: "a.parquet:4", Cells: []string{"last@example.com", "4"}},
			{Origin: "b.parquet:1", Cells: []string{"0x@example.com", "1"}},
			{Origin: "b.parquet:2", Cells: []string{sourcetest.Null, "2"}},
			{Origin: "b.parquet:3", Cells: []string{"c@example.com", "3"}},
			{Origin: "b.parquet:4", Cells: []string{"last@example.com", "4"}},
		},
		Rejects: []sourcetest.Reject{},
	})
}

// Each way of writing the same content reads the same.
func TestEncodingsAndCodecs(t *testing.T) {
	const rows = 700
	for _, name := range slices.Sorted(maps.Keys(variants())) {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "x.parquet", sample(t, rows, variants()[name]))
			s, err := parquet.New(parquet.Config{Path: "x.parquet", Dir: dir, BatchRows: 97})
			must(t, err)
			got, rejects := read(t, s)
			if len(rejects) != 0 {
				t.Fatalf("%d rejects: %v", len(rejects), rejects[0].Finding)
			}
			for record := range rows + rows/2 {
				i := record
				if record >= rows {
					i -= rows
				}
				checkContact(t, got, record, i)
			}
		})
	}
}

// checkContact compares one record with what contacts wrote as its i-th.
func checkContact(t *testing.T, got map[string][]pipeline.Value, record, i int) {
	t.Helper()
	email := pipeline.Null()
	if i%5 != 3 {
		email = pipeline.StringValue(fmt.Sprintf("person%d@example.com", i%50))
	}
	tags := [...]pipeline.Value{pipeline.Null(), pipeline.ListValue(nil), pipeline.ListValue([]string{"vip", fmt.Sprint("t", i%7)})}[i%3]
	uuid := fmt.Sprintf("%x", fmt.Sprintf("%016d", i))
	want := map[string]pipeline.Value{
		"email": email, "tags": tags, "id": pipeline.IntValue(int64(i) * 1_000_003), "rating": pipeline.IntValue(int64(i % 6)),
		"score": pipeline.FloatValue(float64(i) / 7), "active": pipeline.BoolValue(i%2 == 0),
		"seen": pipeline.TimeValue(time.Date(1970, 1, 2, 0, 0, 0, i, time.UTC)),
		"uuid": pipeline.StringValue(uuid[:8] + "-" + uuid[8:12] + "-" + uuid[12:16] + "-" + uuid[16:20] + "-" + uuid[20:]),
	}
	for name, w := range want {
		if len(got[name]) <= record || !got[name][record].Equal(w) {
			t.Fatalf("record %d: %s is not %q", record, name, w)
		}
	}
}

func TestTypes(t *testing.T) {
	at := time.Date(2025, 3, 1, 12, 30, 15, 250_000_000, time.UTC)
	stamp := func(unit schema.TimeUnitType, utc bool) schema.LogicalType {
		return schema.NewTimestampLogicalType(utc, unit)
	}
	fixed := func(b ...byte) []arrowparquet.FixedLenByteArray { return []arrowparquet.FixedLenByteArray{b} }
	ts := pipeline.TimeValue(at)
	physical := arrowparquet.Types
	cases := map[string]struct {
		typ    schema.LogicalType
		of     arrowparquet.Type
		length int
		values any
		want   pipeline.Value
	}{
		"string":             {schema.StringLogicalType{}, physical.ByteArray, 0, texts("=cmd\x00\x1b\u202e王"), pipeline.StringValue("=cmd\x00\x1b\u202e王")},
		"enum":               {schema.EnumLogicalType{}, physical.ByteArray, 0, texts("NEW"), pipeline.StringValue("NEW")},
		"json":               {schema.JSONLogicalType{}, physical.ByteArray, 0, texts(`{"a":1}`), pipeline.StringValue(`{"a":1}`)},
		"plain bytes":        {schema.NoLogicalType{}, physical.ByteArray, 0, texts("old"), pipeline.StringValue("old")},
		"plain fixed bytes":  {schema.NoLogicalType{}, physical.FixedLenByteArray, 2, fixed('D', 'E'), pipeline.StringValue("DE")},
		"empty string":       {schema.StringLogicalType{}, physical.ByteArray, 0, texts(""), pipeline.StringValue("")},
		"int8":               {schema.NewIntLogicalType(8, true), physical.Int32, 0, []int32{-128}, pipeline.IntValue(-128)},
		"int64":              {schema.NewIntLogicalType(64, true), physical.Int64, 0, []int64{math.MinInt64}, pipeline.IntValue(math.MinInt64)},
		"uint32":             {schema.NewIntLogicalType(32, false), physical.Int32, 0, []int32{-1}, pipeline.IntValue(math.MaxUint32)},
		"uint64":             {schema.NewIntLogicalType(64, false), physical.Int64, 0, []int64{math.MaxInt64}, pipeline.IntValue(math.MaxInt64)},
		"float":              {schema.NoLogicalType{}, physical.Float, 0, []float32{1.5}, pipeline.FloatValue(1.5)},
		"double":             {schema.NoLogicalType{}, physical.Double, 0, []float64{math.Inf(1)}, pipeline.FloatValue(math.Inf(1))},
		"decimal int":        {schema.NewDecimalLogicalType(9, 0), physical.Int32, 0, []int32{-7}, pipeline.IntValue(-7)},
		"decimal int32":      {schema.NewDecimalLogicalType(9, 2), physical.Int32, 0, []int32{-1250}, pipeline.StringValue("-12.50")},
		"decimal int64":      {schema.NewDecimalLogicalType(18, 4), physical.Int64, 0, []int64{1}, pipeline.StringValue("0.0001")},
		"decimal fixed":      {schema.NewDecimalLogicalType(38, 1), physical.FixedLenByteArray, 16, fixed(append(bytes.Repeat([]byte{0xff}, 15), 0xf6)...), pipeline.StringValue("-1.0")},
		"decimal bytes":      {schema.NewDecimalLogicalType(30, 0), physical.ByteArray, 0, texts("\x01\x00\x00\x00\x00\x00\x00\x00\x00"), pipeline.StringValue("18446744073709551616")},
		"date":               {schema.DateLogicalType{}, physical.Int32, 0, []int32{-1}, pipeline.TimeValue(time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC))},
		"time ms":            {schema.NewTimeLogicalType(true, schema.TimeUnitMillis), physical.Int32, 0, []int32{3_600_250}, pipeline.StringValue("01:00:00.25")},
		"time us":            {schema.NewTimeLogicalType(false, schema.TimeUnitMicros), physical.Int64, 0, []int64{1}, pipeline.StringValue("00:00:00.000001")},
		"time ns":            {schema.NewTimeLogicalType(false, schema.TimeUnitNanos), physical.Int64, 0, []int64{86_399_999_999_999}, pipeline.StringValue("23:59:59.999999999")},
		"timestamp ms":       {stamp(schema.TimeUnitMillis, true), physical.Int64, 0, []int64{at.UnixMilli()}, ts},
		"timestamp us":       {stamp(schema.TimeUnitMicros, true), physical.Int64, 0, []int64{at.UnixMicro()}, ts},
		"timestamp ns":       {stamp(schema.TimeUnitNanos, true), physical.Int64, 0, []int64{at.UnixNano() + 999}, ts},
		"timestamp ns early": {stamp(schema.TimeUnitNanos, true), physical.Int64, 0, []int64{-1}, pipeline.MicrosValue(-1)},
		"timestamp no zone":  {stamp(schema.TimeUnitMicros, false), physical.Int64, 0, []int64{at.UnixMicro()}, ts},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := source(t, [][]cells{{{node: optional("x", c.typ, c.of, c.length), values: c.values, defs: []int16{1, 0}}}})
			got, rejects := read(t, s)
			if len(rejects) != 0 || len(got["x"]) != 2 {
				t.Fatalf("%d values, rejects %v", len(got["x"]), rejects)
			}
			if !got["x"][0].Equal(c.want) || !got["x"][1].IsNull() {
				t.Errorf("got %q (%s) and %q, want %q (%s) and null", got["x"][0], got["x"][0].Type(), got["x"][1], c.want, c.want.Type())
			}
		})
	}
}

func TestValuesWithoutCounterpartRejectTheirRow(t *testing.T) {
	cases := map[string]struct {
		typ    schema.LogicalType
		of     arrowparquet.Type
		values any
		cell   string
	}{
		"uint64":       {schema.NewIntLogicalType(64, false), arrowparquet.Types.Int64, []int64{-1, 1}, "18446744073709551615"},
		"not UTF-8":    {schema.StringLogicalType{}, arrowparquet.Types.ByteArray, texts("M\xfcller", "ok"), "M\xfcller"},
		"time of day":  {schema.NewTimeLogicalType(true, schema.TimeUnitMillis), arrowparquet.Types.Int32, []int32{-5, 5}, "-5"},
		"timestamp ms": {schema.NewTimestampLogicalType(true, schema.TimeUnitMillis), arrowparquet.Types.Int64, []int64{math.MaxInt64, 0}, "9223372036854775807"},
		"date":         {schema.DateLogicalType{}, arrowparquet.Types.Int32, []int32{math.MaxInt32, 0}, "2147483647"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := source(t, [][]cells{{
				{node: required("n", schema.NoLogicalType{}, arrowparquet.Types.Int32, 0), values: []int32{10, 20}},
				{node: required("x", c.typ, c.of, 0), values: c.values}}})
			got, rejects := read(t, s)
			if len(got["x"]) != 1 || !got["n"][0].Equal(pipeline.IntValue(20)) || len(rejects) != 1 {
				t.Fatalf("records %v, rejects %v", got, rejects)
			}
			r := rejects[0]
			if diff := cmp.Diff([]string{"10", c.cell}, r.Cells); diff != "" {
				t.Errorf("cells: %s", diff)
			}
			if r.Origin.String() != "people.parquet:1" || !strings.Contains(r.Finding.Message, `column "x"`) {
				t.Errorf("origin %s, finding %s", r.Origin, r.Finding)
			}
		})
	}
}

func TestLists(t *testing.T) {
	text := schema.StringLogicalType{}
	rep := arrowparquet.Repetitions
	list := func(outer arrowparquet.Repetition, inner schema.Node) schema.Node {
		return schema.MustGroup(schema.NewGroupNodeLogical("x", outer, schema.FieldList{inner}, schema.ListLogicalType{}, -1))
	}
	group := func(item schema.Node) schema.Node {
		return schema.MustGroup(schema.NewGroupNode("list", rep.Repeated, schema.FieldList{item}, -1))
	}
	item := func(r arrowparquet.Repetition) schema.Node {
		return node("element", r, text, arrowparquet.Types.ByteArray, 0)
	}
	cases := map[string]struct {
		node       schema.Node
		defs, reps []int16
		values     []string
		want       []string // as Value.String with brackets; "null"
	}{
		"optional of optional": {list(rep.Optional, group(item(rep.Optional))), []int16{3, 2, 3, 1, 0, 3}, []int16{0, 1, 1, 0, 0, 0}, []string{"a", "b", "c"}, []string{"[a, b]", "[]", "null", "[c]"}},
		"optional of required": {list(rep.Optional, group(item(rep.Required))), []int16{2, 2, 1, 0}, []int16{0, 1, 0, 0}, []string{"a", "b"}, []string{"[a, b]", "[]", "null"}},
		"required of required": {list(rep.Required, group(item(rep.Required))), []int16{1, 0, 1}, []int16{0, 0, 0}, []string{"a", "b"}, []string{"[a]", "[]", "[b]"}},
		"two levels":           {list(rep.Optional, item(rep.Repeated)), []int16{2, 2, 1, 0}, []int16{0, 1, 0, 0}, []string{"a", "b"}, []string{"[a, b]", "[]", "null"}},
		"repeated":             {node("x", rep.Repeated, text, arrowparquet.Types.ByteArray, 0), []int16{0, 1, 1}, []int16{0, 0, 1}, []string{"a", "b"}, []string{"[]", "[a, b]"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := source(t, [][]cells{{{node: c.node, values: texts(c.values...), defs: c.defs, reps: c.reps}}})
			got, _ := read(t, s)
			var shown []string
			for _, v := range got["x"] {
				if v.IsNull() {
					shown = append(shown, "null")
				} else {
					shown = append(shown, "["+v.String()+"]")
				}
			}
			if diff := cmp.Diff(c.want, shown); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestColumnsThatCannotBeRead(t *testing.T) {
	text := schema.StringLogicalType{}
	rep := arrowparquet.Repetitions
	group := schema.MustGroup(schema.NewGroupNode("address", rep.Optional, schema.FieldList{optional("city", text, arrowparquet.Types.ByteArray, 0)}, -1))
	numbers := listNode("numbers", optional("element", schema.NoLogicalType{}, arrowparquet.Types.Int32, 0))
	good := cells{node: required("email", text, arrowparquet.Types.ByteArray, 0), values: texts("a@example.com")}
	for name, bad := range map[string]cells{
		"address":  {node: group, values: texts("Berlin"), defs: []int16{2}},
		"numbers":  {node: numbers, values: []int32{7}, defs: []int16{3}, reps: []int16{0}},
		"interval": {node: required("interval", schema.IntervalLogicalType{}, arrowparquet.Types.FixedLenByteArray, 12), values: []arrowparquet.FixedLenByteArray{make([]byte, 12)}},
	} {
		t.Run(name, func(t *testing.T) {
			s := source(t, [][]cells{{bad, good}})
			if _, err := s.Schema(t.Context()); err == nil || !strings.Contains(err.Error(), `column "`+name+`" `) {
				t.Errorf("error %v, want one that names the column", err)
			}
			rest, err := s.Project([]string{"email"})
			must(t, err)
			got, _ := read(t, rest)
			if diff := cmp.Diff(1, len(got["email"])); diff != "" {
				t.Errorf("records without the column: %s", diff)
			}
		})
	}
}

func TestSizes(t *testing.T) {
	t.Run("no rows", func(t *testing.T) {
		s := source(t, [][]cells{contacts(0)})
		schema, err := s.Schema(t.Context())
		must(t, err)
		got, _ := read(t, s)
		if schema.Len() != 8 || len(got["id"]) != 0 {
			t.Errorf("%d columns, %d records", schema.Len(), len(got["id"]))
		}
	})
	t.Run("one row", func(t *testing.T) {
		got, _ := read(t, source(t, [][]cells{contacts(1)}))
		if len(got["id"]) != 1 {
			t.Errorf("%d records", len(got["id"]))
		}
	})
	t.Run("100,000 rows in three groups", func(t *testing.T) {
		s := source(t, [][]cells{contacts(60_000), contacts(39_999), contacts(1)})
		last, sum := 0, int64(0)
		for b, err := range s.Read(t.Context()) {
			must(t, err)
			ids := b.ColumnOf("id")
			for i := range b.Len() {
				if b.Origin(i).Row != last+1 {
					t.Fatalf("record %d follows %d", b.Origin(i).Row, last)
				}
				last++
				sum += ids.Int(i)
			}
		}
		want := int64(1_000_003) * (60_000*59_999/2 + 39_999*39_998/2)
		if last != 100_000 || sum != want {
			t.Errorf("%d records with sum %d, want %d", last, sum, want)
		}
	})
	t.Run("long values make small batches", func(t *testing.T) {
		long := strings.Repeat("x", 1<<20)
		values := make([]string, 64)
		for i := range values {
			values[i] = long
		}
		s := source(t, [][]cells{{{node: required("x", schema.StringLogicalType{}, arrowparquet.Types.ByteArray, 0), values: texts(values...)}}})
		rows := 0
		for b, err := range s.Read(t.Context()) {
			must(t, err)
			rows += b.Len()
			if b.Size() > 2*pipeline.BatchBytesMax {
				t.Errorf("a batch of %d bytes", b.Size())
			}
		}
		if rows != 64 {
			t.Errorf("%d rows", rows)
		}
	})
}

func TestPaths(t *testing.T) {
	dir := t.TempDir()
	write := func(name, column string) {
		var out bytes.Buffer
		writeOne(t, &out, column)
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		put(t, dir, name, out.Bytes())
	}
	write("a[1].parquet", "x")
	write("set/1.parquet", "x")
	write("set/2.parquet", "y")
	open := func(path string) *parquet.Source {
		s, err := parquet.New(parquet.Config{Path: path, Dir: dir})
		must(t, err)
		return s
	}
	if _, err := open("a[1].parquet").Schema(t.Context()); err != nil {
		t.Errorf("a name with brackets: %v", err)
	}
	_, err := open("set/*.parquet").Schema(t.Context())
	if err == nil || !strings.Contains(err.Error(), "set/2.parquet") || !strings.Contains(err.Error(), `column "x" is missing`) {
		t.Errorf("files that differ: %v", err)
	}
	if _, err := open("none-*.parquet").Schema(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a glob without files: %v", err)
	}
	if _, err := open("none.parquet").Schema(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := open(filepath.Join(dir, "set", "1.parquet")).Schema(t.Context()); err != nil {
		t.Errorf("an absolute path: %v", err)
	}
}

func writeOne(t *testing.T, out *bytes.Buffer, column string) {
	t.Helper()
	write(t, out, [][]cells{{{node: required(column, schema.NoLogicalType{}, arrowparquet.Types.Int32, 0), values: []int32{1}}}})
}

func TestNewNamesTheOption(t *testing.T) {
	for name, c := range map[string]parquet.Config{"path": {}, "standard input": {Path: "-"}, "glob": {Path: "[a"}} {
		if _, err := parquet.New(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestMisspelledColumn(t *testing.T) {
	s := source(t, [][]cells{contacts(1)})
	_, err := s.Project([]string{"emial"})
	if err == nil || !strings.Contains(err.Error(), `did you mean "email"?`) {
		t.Errorf("error %v", err)
	}
}

// Two values that are UTF-8 only when put together are not text.
func TestACharacterCutBetweenValues(t *testing.T) {
	s := source(t, [][]cells{{{node: required("x", schema.StringLogicalType{}, arrowparquet.Types.ByteArray, 0), values: texts("a", "\xc3", "\xa4", "b")}}})
	got, rejects := read(t, s)
	if len(got["x"]) != 2 || len(rejects) != 2 || rejects[0].Origin.Row != 2 || rejects[1].Origin.Row != 3 {
		t.Errorf("records %v, rejects %v", got["x"], rejects)
	}
}
