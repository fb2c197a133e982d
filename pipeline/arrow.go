package pipeline

import (
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Arrow returns the column as an Arrow array that shares its memory: String as
// utf8, Int as int64, Float as float64, Bool as bool, Timestamp as
// timestamp[us, UTC], StringList as list<utf8>. The caller releases it; nothing
// is freed by that, since the memory belongs to the column.
func (c *Column) Arrow() arrow.Array {
	data := c.arrowData()
	defer data.Release()
	return array.MakeFromData(data)
}

func (c *Column) arrowData() *array.Data {
	valid := wrap(c.valid)
	switch c.typ {
	case String:
		return array.NewData(arrow.BinaryTypes.String, c.n, []*memory.Buffer{valid, wrap(asBytes(c.offsets)), wrap(c.bytes)}, nil, array.UnknownNullCount, 0)
	case StringList:
		members := c.members.arrowData()
		defer members.Release()
		return array.NewData(arrow.ListOf(arrow.BinaryTypes.String), c.n, []*memory.Buffer{valid, wrap(asBytes(c.offsets))}, []arrow.ArrayData{members}, array.UnknownNullCount, 0)
	case Float:
		return array.NewData(arrow.PrimitiveTypes.Float64, c.n, []*memory.Buffer{valid, wrap(asBytes(c.floats))}, nil, array.UnknownNullCount, 0)
	case Bool:
		return array.NewData(arrow.FixedWidthTypes.Boolean, c.n, []*memory.Buffer{valid, wrap(c.bits)}, nil, array.UnknownNullCount, 0)
	case Timestamp:
		return array.NewData(arrow.FixedWidthTypes.Timestamp_us, c.n, []*memory.Buffer{valid, wrap(asBytes(c.ints))}, nil, array.UnknownNullCount, 0)
	default:
		return array.NewData(arrow.PrimitiveTypes.Int64, c.n, []*memory.Buffer{valid, wrap(asBytes(c.ints))}, nil, array.UnknownNullCount, 0)
	}
}

func wrap(b []byte) *memory.Buffer {
	if b == nil {
		return nil
	}
	return memory.NewBufferBytes(b)
}

// asBytes looks at a slice of fixed-width numbers as bytes, without copying.
func asBytes[T int32 | int64 | float64](s []T) []byte {
	if len(s) == 0 {
		return []byte{}
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(s[0])))
}

// ArrowSchema returns the schema in Arrow's terms; every field is nullable.
func (s *Schema) ArrowSchema() *arrow.Schema {
	fields := make([]arrow.Field, len(s.fields))
	for i, f := range s.fields {
		fields[i] = arrow.Field{Name: f.Name, Type: arrowType(f.Type), Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

func arrowType(t Type) arrow.DataType {
	switch t {
	case String:
		return arrow.BinaryTypes.String
	case StringList:
		return arrow.ListOf(arrow.BinaryTypes.String)
	case Float:
		return arrow.PrimitiveTypes.Float64
	case Bool:
		return arrow.FixedWidthTypes.Boolean
	case Timestamp:
		return arrow.FixedWidthTypes.Timestamp_us
	default:
		return arrow.PrimitiveTypes.Int64
	}
}

// Record returns the batch as an Arrow record that shares its memory. The
// caller releases it.
func (b *Batch) Record() arrow.Record {
	columns := make([]arrow.Array, len(b.columns))
	for i, c := range b.columns {
		columns[i] = c.Arrow()
		defer columns[i].Release()
	}
	return array.NewRecord(b.schema.ArrowSchema(), columns, int64(b.n))
}
