package pipeline

import (
	"fmt"
	"time"
	"unsafe"
)

// Column holds the values of one field in Arrow's layout: a validity bitmap
// (least significant bit first, absent when every value is present), and
// either fixed-width values, or int32 offsets and bytes. It is immutable.
//
// A null says "no opinion". A column of desired values may mark some of its
// nulls as erasures; see [Column.IsErase].
type Column struct {
	typ     Type
	n       int
	valid   []byte // nil: no nulls
	erase   []byte // nil: no erasures
	offsets []int32
	bytes   []byte
	ints    []int64
	floats  []float64
	bits    []byte
	members *Column // of a StringList

	lent *Memory // whose the bytes and offsets are; nil: the column's own
}

// ColumnData is the raw content of a column for readers that fill Arrow's
// layout themselves. The column takes the slices over without copying; they
// must not be changed afterwards. Which of them are used depends on Type:
// Offsets (Len+1 of them, ascending, from 0) and Bytes for String; Offsets and
// Members for StringList; Ints for Int and Timestamp; Floats; Bits for Bool.
type ColumnData struct {
	Type    Type
	Len     int
	Valid   []byte // nil: no nulls
	Erase   []byte // nil: no erasures; an erased value must also be null
	Offsets []int32
	Bytes   []byte
	Ints    []int64
	Floats  []float64
	Bits    []byte
	Members *Column

	// Memory lent Offsets and Bytes of a String; nil: they are the column's own.
	Memory *Memory
}

// NewColumn checks the lengths and offsets of d and makes a column of it.
func NewColumn(d ColumnData) (*Column, error) {
	c := &Column{typ: d.Type, n: d.Len, valid: d.Valid, erase: d.Erase, offsets: d.Offsets,
		bytes: d.Bytes, ints: d.Ints, floats: d.Floats, bits: d.Bits, members: d.Members, lent: d.Memory}
	if d.Len < 0 || (d.Valid != nil && len(d.Valid)*8 < d.Len) || (d.Erase != nil && len(d.Erase)*8 < d.Len) {
		return nil, fmt.Errorf("column of %d values: bitmap too short", d.Len)
	}
	for i := 0; d.Erase != nil && i < d.Len; i++ {
		if c.IsErase(i) && !c.IsNull(i) {
			return nil, fmt.Errorf("column of %d values: value %d is erased but not null", d.Len, i)
		}
	}
	switch d.Type {
	case Int, Timestamp:
		if len(d.Ints) < d.Len {
			return nil, fmt.Errorf("column of %d values: %d integers", d.Len, len(d.Ints))
		}
	case Float:
		if len(d.Floats) < d.Len {
			return nil, fmt.Errorf("column of %d values: %d floats", d.Len, len(d.Floats))
		}
	case Bool:
		if len(d.Bits)*8 < d.Len {
			return nil, fmt.Errorf("column of %d values: %d bytes of bits", d.Len, len(d.Bits))
		}
	case String:
		if err := checkOffsets(d.Offsets, d.Len, len(d.Bytes)); err != nil {
			return nil, err
		}
	case StringList:
		if d.Members == nil || d.Members.typ != String {
			return nil, fmt.Errorf("list column without a string column of members")
		}
		if err := checkOffsets(d.Offsets, d.Len, d.Members.n); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("column has no valid type")
	}
	return c, nil
}

func checkOffsets(offsets []int32, n, size int) error {
	if len(offsets) < n+1 {
		return fmt.Errorf("column of %d values: %d offsets", n, len(offsets))
	}
	last := int32(0)
	for _, o := range offsets[:n+1] {
		if o < last {
			return fmt.Errorf("column offsets go backwards at %d", o)
		}
		last = o
	}
	if int(last) > size {
		return fmt.Errorf("column offset %d is past its %d values", last, size)
	}
	return nil
}

// Len is the number of values, nulls included.
func (c *Column) Len() int { return c.n }

// Type is the type of the values.
func (c *Column) Type() Type { return c.typ }

// IsNull reports whether value i is null; an erasure is.
func (c *Column) IsNull(i int) bool { return c.valid != nil && c.valid[i>>3]&(1<<(i&7)) == 0 }

// IsErase reports whether value i asks that the field be emptied.
func (c *Column) IsErase(i int) bool { return c.erase != nil && c.erase[i>>3]&(1<<(i&7)) != 0 }

// Bytes returns the bytes of string i, "" when null; not to be changed.
func (c *Column) Bytes(i int) []byte { return c.bytes[c.offsets[i]:c.offsets[i+1]] }

// Str returns string i, "" when null. It shares the memory of the column.
func (c *Column) Str(i int) string {
	b := c.bytes[c.offsets[i]:c.offsets[i+1]]
	// The bytes are never changed, so that a string may look at them.
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Texts returns the text of all strings, one behind the other, and Len+1 offsets
// at which they begin and end; neither is to be changed. The type must be String.
func (c *Column) Texts() (text []byte, offsets []int32) { return c.bytes, c.offsets[:c.n+1] }

// Int returns integer i, or the microseconds of timestamp i; 0 when null.
func (c *Column) Int(i int) int64 { return c.ints[i] }

// Float returns float i, 0 when null.
func (c *Column) Float(i int) float64 { return c.floats[i] }

// Bool returns boolean i, false when null.
func (c *Column) Bool(i int) bool { return c.bits[i>>3]&(1<<(i&7)) != 0 }

// Time returns timestamp i in UTC.
func (c *Column) Time(i int) time.Time { return time.UnixMicro(c.ints[i]).UTC() }

// List returns the members of list i, empty when null.
func (c *Column) List(i int) []string {
	from, to := int(c.offsets[i]), int(c.offsets[i+1])
	list := make([]string, to-from)
	for j := range list {
		list[j] = c.members.Str(from + j)
	}
	return list
}

// Value returns value i.
func (c *Column) Value(i int) Value {
	if c.IsNull(i) {
		return Value{erase: c.IsErase(i)}
	}
	switch c.typ {
	case String:
		return StringValue(c.Str(i))
	case Int, Timestamp:
		return Value{typ: c.typ, bits: c.ints[i]}
	case Float:
		return FloatValue(c.floats[i])
	case Bool:
		return BoolValue(c.Bool(i))
	default:
		return ListValue(c.List(i))
	}
}

// Size is the number of bytes of memory that the column holds.
func (c *Column) Size() int {
	size := len(c.valid) + len(c.erase) + 4*len(c.offsets) + len(c.bytes) + 8*len(c.ints) + 8*len(c.floats) + len(c.bits)
	if c.members != nil {
		size += c.members.Size()
	}
	return size
}
