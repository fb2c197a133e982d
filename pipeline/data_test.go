package pipeline

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"pgregory.net/rapid"
)

// drawValue draws a value of the type, null or erase among them.
func drawValue(t *rapid.T, typ Type) Value {
	anyText := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) }))
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		return Null()
	case 1:
		return Erase()
	}
	switch typ {
	case String:
		return StringValue(anyText.Draw(t, "text"))
	case Int:
		return IntValue(rapid.Int64().Draw(t, "int"))
	case Float:
		return FloatValue(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 0.1, 1e300})).Draw(t, "float"))
	case Bool:
		return BoolValue(rapid.Bool().Draw(t, "bool"))
	case Timestamp:
		return MicrosValue(rapid.OneOf(rapid.Int64(), rapid.Int64Range(-62e15, 253e15)).Draw(t, "micros"))
	default:
		return ListValue(rapid.SliceOfN(anyText, 0, 4).Draw(t, "list"))
	}
}

var allTypes = []Type{String, Int, Float, Bool, Timestamp, StringList}

func TestValueGoesThroughJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawValue(t, rapid.SampledFrom(allTypes).Draw(t, "type"))
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var got Value
		if err := json.Unmarshal(b, &got); err != nil || !got.Equal(v) {
			t.Fatalf("%#v went through %s and became %#v (%v)", v, b, got, err)
		}
		if again, _ := json.Marshal(got); string(again) != string(b) {
			t.Fatalf("%s became %s", b, again)
		}
	})
}

func TestValueOfNoKnownForm(t *testing.T) {
	for _, text := range []string{`{}`, `{"erase":false}`, `1.5`, `1e3`, `99999999999999999999`, `{"time":"yesterday"}`, `{"float":"much"}`, `[1]`, `{"bytes":"?"}`} {
		var v Value
		if err := json.Unmarshal([]byte(text), &v); err == nil {
			t.Errorf("%s was read as %#v", text, v)
		}
	}
}

func TestColumnHoldsWhatWasAppended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := rapid.SampledFrom(allTypes).Draw(t, "type")
		n := rapid.IntRange(0, 40).Draw(t, "n")
		b := NewColumnBuilder(typ, rapid.IntRange(0, 50).Draw(t, "room"))
		want := make([]Value, n)
		for i := range want {
			if want[i] = drawValue(t, typ); i < 20 && rapid.Bool().Draw(t, "full") {
				want[i] = zero(typ) // the first null comes late
			}
			b.AppendValue(want[i])
		}
		c := b.Finish()
		check := func(c *Column, want []Value) {
			for i, v := range want {
				if got := c.Value(i); !got.Equal(v) || c.IsNull(i) != v.Empty() || c.IsErase(i) != v.IsErase() {
					t.Fatalf("value %d: got %#v, want %#v", i, got, v)
				}
			}
		}
		if c.Len() != n || c.Type() != typ {
			t.Fatalf("%d values of %s", c.Len(), c.Type())
		}
		check(c, want)
		var rows []int32
		var taken []Value
		for range rapid.IntRange(0, 20).Draw(t, "take") {
			if n > 0 {
				r := rapid.IntRange(0, n-1).Draw(t, "row")
				rows, taken = append(rows, int32(r)), append(taken, want[r])
			}
		}
		check(c.Take(rows), taken)
		checkArrow(t, c, want)
	})
}

func zero(t Type) Value {
	switch t {
	case String:
		return StringValue("")
	case Float:
		return FloatValue(0)
	case Bool:
		return BoolValue(false)
	case StringList:
		return ListValue(nil)
	default:
		return Value{typ: t}
	}
}

// checkArrow looks at the column through Arrow.
func checkArrow(t *rapid.T, c *Column, want []Value) {
	a := c.Arrow()
	defer a.Release()
	if a.Len() != len(want) {
		t.Fatalf("Arrow has %d values, want %d", a.Len(), len(want))
	}
	for i, v := range want {
		if a.IsNull(i) != v.Empty() {
			t.Fatalf("Arrow value %d: null %v", i, a.IsNull(i))
		}
		if v.Empty() {
			continue
		}
		var got Value
		switch a := a.(type) {
		case *array.String:
			got = StringValue(a.Value(i))
		case *array.Int64:
			got = IntValue(a.Value(i))
		case *array.Float64:
			got = FloatValue(a.Value(i))
		case *array.Boolean:
			got = BoolValue(a.Value(i))
		case *array.Timestamp:
			got = MicrosValue(int64(a.Value(i)))
		case *array.List:
			from, to := a.ValueOffsets(i)
			var list []string
			for j := from; j < to; j++ {
				list = append(list, a.ListValues().(*array.String).Value(int(j)))
			}
			got = ListValue(list)
		}
		if !got.Equal(v) {
			t.Fatalf("Arrow value %d: got %#v, want %#v", i, got, v)
		}
	}
}

func TestArrowSharesTheMemory(t *testing.T) {
	b := NewColumnBuilder(String, 2)
	b.AppendString("hello")
	b.AppendNull()
	c := b.Finish()
	a := c.Arrow().(*array.String)
	defer a.Release()
	if unsafe.StringData(a.Value(0)) != unsafe.SliceData(c.bytes) {
		t.Error("Arrow has a copy of the text")
	}
	if unsafe.SliceData(a.NullBitmapBytes()) != unsafe.SliceData(c.valid) {
		t.Error("Arrow has a copy of the bitmap")
	}
	n := NewColumnBuilder(Int, 1)
	n.AppendInt(7)
	ints := n.Finish()
	i := ints.Arrow().(*array.Int64)
	defer i.Release()
	if unsafe.SliceData(i.Int64Values()) != unsafe.SliceData(ints.ints) {
		t.Error("Arrow has a copy of the integers")
	}
}

func TestArrowRecord(t *testing.T) {
	s := MustSchema(Field{Name: "a", Type: String}, Field{Name: "at", Type: Timestamp})
	b := NewBuilder(s, 2)
	b.Column(0).AppendString("x")
	b.Column(1).AppendInt(time.Unix(1, 0).UnixMicro())
	batch, err := b.Finish(BatchData{Source: "s"})
	if err != nil {
		t.Fatal(err)
	}
	r := batch.Record()
	defer r.Release()
	if r.NumRows() != 1 || r.ColumnName(1) != "at" || !arrow.TypeEqual(r.Column(1).DataType(), arrow.FixedWidthTypes.Timestamp_us) {
		t.Errorf("record %v", r)
	}
}

func TestNewColumnRefusesWhatDoesNotFit(t *testing.T) {
	members, err := NewColumn(ColumnData{Type: String, Len: 1, Offsets: []int32{0, 1}, Bytes: []byte("a")})
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]ColumnData{
		"no type":            {Len: 1},
		"negative length":    {Type: Int, Len: -1},
		"short bitmap":       {Type: Int, Len: 9, Ints: make([]int64, 9), Valid: []byte{0xff}},
		"short erase bitmap": {Type: Int, Len: 9, Ints: make([]int64, 9), Erase: []byte{0}},
		"erased, not null":   {Type: Int, Len: 1, Ints: make([]int64, 1), Erase: []byte{1}},
		"integers":           {Type: Int, Len: 2, Ints: make([]int64, 1)},
		"floats":             {Type: Float, Len: 2},
		"bits":               {Type: Bool, Len: 9, Bits: []byte{0}},
		"no offsets":         {Type: String, Len: 0},
		"few offsets":        {Type: String, Len: 2, Offsets: []int32{0, 0}},
		"backwards":          {Type: String, Len: 2, Offsets: []int32{0, 2, 1}, Bytes: []byte("ab")},
		"negative":           {Type: String, Len: 1, Offsets: []int32{-1, 0}},
		"past the end":       {Type: String, Len: 1, Offsets: []int32{0, 3}, Bytes: []byte("ab")},
		"no members":         {Type: StringList, Len: 1, Offsets: []int32{0, 0}},
		"past the members":   {Type: StringList, Len: 1, Offsets: []int32{0, 2}, Members: members},
	} {
		if c, err := NewColumn(d); err == nil || c != nil {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

func TestNewBatchRefusesWhatDoesNotFit(t *testing.T) {
	s := MustSchema(Field{Name: "a", Type: String})
	column := func(values ...string) *Column {
		b := NewColumnBuilder(String, 0)
		for _, v := range values {
			b.AppendString(v)
		}
		return b.Finish()
	}
	ints := NewColumnBuilder(Int, 0)
	ints.AppendInt(1)
	for name, d := range map[string]BatchData{
		"no schema":     {Len: 1},
		"no column":     {Schema: s, Len: 1},
		"other length":  {Schema: s, Len: 2, Columns: []*Column{column("x")}},
		"other type":    {Schema: s, Len: 1, Columns: []*Column{ints.Finish()}},
		"places":        {Schema: s, Len: 1, Columns: []*Column{column("x")}, Rows: []int32{1, 2}},
		"ids":           {Schema: s, Len: 1, Columns: []*Column{column("x")}, IDs: column("x", "y")},
		"times of text": {Schema: s, Len: 1, Columns: []*Column{column("x")}, Times: column("x")},
	} {
		if b, err := NewBatch(d); err == nil || b != nil {
			t.Errorf("%s: %v, %v", name, b, err)
		}
	}
}

func TestBuilderIsFull(t *testing.T) {
	s := MustSchema(Field{Name: "a", Type: String})
	b := NewBuilder(s, 3)
	for i := range 3 {
		if b.Full() {
			t.Fatalf("full after %d of 3 rows", i)
		}
		b.Column(0).AppendNull()
	}
	if !b.Full() {
		t.Error("not full after 3 rows")
	}
	b = NewBuilder(s, 0)
	b.Column(0).AppendString(strings.Repeat("x", BatchBytesMax))
	if !b.Full() {
		t.Error("not full after as many bytes as a batch may hold")
	}
}

func TestTableNumbersRecordsOverBatches(t *testing.T) {
	s := MustSchema(Field{Name: "a", Type: Int})
	table := NewTable(s)
	n := int64(0)
	for _, rows := range []int{2, 0, 1, 5} {
		b := NewBuilder(s, 8)
		for range rows {
			b.Column(0).AppendInt(n)
			n++
		}
		batch, err := b.Finish(BatchData{})
		if err != nil {
			t.Fatal(err)
		}
		table.Append(batch)
	}
	for i := range table.Len() {
		if got := table.Value(i, 0).Int(); got != int64(i) {
			t.Errorf("record %d holds %d", i, got)
		}
	}
	if kept := without(table, []int32{0, 1, 4, 7}); kept.Len() != 4 || kept.Value(0, 0).Int() != 2 || kept.Value(3, 0).Int() != 6 {
		t.Errorf("%d records are left", kept.Len())
	}
}

func TestSchema(t *testing.T) {
	for name, fields := range map[string][]Field{
		"no name": {{Type: String}}, "no type": {{Name: "a"}}, "other type": {{Name: "a", Type: 99}}, "twice": {{Name: "a", Type: Int}, {Name: "a", Type: String}},
	} {
		if _, err := NewSchema(fields...); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	s := MustSchema(Field{Name: "a", Type: Int}, Field{Name: "b", Type: String})
	if s.Index("b") != 1 || s.Index("c") != -1 || !slices.Equal(s.Names(), []string{"a", "b"}) {
		t.Error("fields are not found by name")
	}
	if s.Equal(MustSchema(Field{Name: "a", Type: Int}, Field{Name: "b", Type: String, ReadOnly: true})) || s.Equal(nil) {
		t.Error("another schema is equal")
	}
	for _, typ := range allTypes {
		if got, err := ParseType(typ.String()); got != typ || err != nil {
			t.Errorf("%s became %s (%v)", typ, got, err)
		}
	}
}

func TestLimit(t *testing.T) {
	for _, c := range []struct {
		text     string
		n, total int
		exceeded bool
	}{
		{"5", 5, 0, false}, {"5", 6, 1000, true}, {"0", 1, 1000, true}, {"0", 0, 0, false}, {" 10 % ", 10, 100, false}, {"10%", 11, 100, true},
		{"0%", 1, 1000000, true}, {"100%", 5, 5, false}, {"100%", 1, 0, true}, {"0.5%", 1, 200, false}, {"0.5%", 2, 200, true}, {"none", 1e9, 1, false},
	} {
		var l Limit
		if err := l.UnmarshalText([]byte(c.text)); err != nil {
			t.Errorf("%s: %v", c.text, err)
		}
		if got := l.Exceeded(c.n, c.total); got != c.exceeded {
			t.Errorf("%s: %d of %d exceeds it: got %v", c.text, c.n, c.total, got)
		}
		var again Limit
		if b, _ := l.MarshalText(); again.UnmarshalText(b) != nil || again != l {
			t.Errorf("%s became %v", c.text, again)
		}
	}
	for _, text := range []string{"", "%", "-1", "-1%", "101%", "NaN%", "Inf%", "many", "5 000", "1.5", "1e99999%", "none%"} {
		if l, err := ParseLimit(text); err == nil {
			t.Errorf("%q was read as %v", text, l)
		}
	}
}

func TestSecretIsNotShown(t *testing.T) {
	s := NewSecret("hunter2")
	b, _ := json.Marshal(s)
	if s.Reveal() != "hunter2" || !s.IsSet() || s.String() != "***" || s.GoString() != "***" || string(b) != `"***"` || s.LogValue().String() != "***" {
		t.Error("the secret is shown")
	}
}
