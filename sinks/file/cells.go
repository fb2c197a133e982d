package file

import (
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow/array"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// cells is a column of a batch as the encoders go through it: the slices of
// Arrow's layout, and what its text holds.
type cells struct {
	*pipeline.Column
	valid   []byte  // a bit for each value that is there; nil: all are
	lists   []int32 // where the members of each list begin
	offsets []int32 // where the text of each string, or member, begins
	text    []byte  // of the whole column
	marks   marks
}

// cellsOf looks at the columns of a batch and scans their texts.
func cellsOf(b *pipeline.Batch, s *scanner) []cells {
	columns := make([]cells, b.Schema().Len())
	for i := range columns {
		columns[i] = newCells(b.Column(i), s)
	}
	return columns
}

func newCells(c *pipeline.Column, s *scanner) cells {
	v := cells{Column: c}
	if c.Len() == 0 {
		return v
	}
	// Releasing an array gives up its hold on the memory, which is the column's.
	a := c.Arrow()
	defer a.Release()
	v.valid = a.NullBitmapBytes()
	texts, ok := a.(*array.String)
	if list, isList := a.(*array.List); isList {
		v.lists = list.Offsets()[:c.Len()+1]
		texts, ok = list.ListValues().(*array.String)
	}
	if !ok || texts.Len() == 0 {
		return v
	}
	v.offsets = texts.ValueOffsets()
	if text := texts.Data().Buffers()[2]; text != nil {
		v.text = text.Bytes()
	}
	v.marks = s.scan(v.allText())
	return v
}

// allText is the text of all values, one behind the other.
func (c *cells) allText() []byte {
	if len(c.offsets) == 0 {
		return nil
	}
	return c.text[c.offsets[0]:c.offsets[len(c.offsets)-1]]
}

// textBytes is about how many bytes the values take as text, more often too
// many than too few.
func (c *cells) textBytes() int {
	const perMember, perSpecial = 3, 8 // quotes and comma; one byte in eight
	switch c.Type() {
	case pipeline.Int, pipeline.Float:
		return c.Len() * numberBytes
	case pipeline.Bool:
		return c.Len() * boolBytes
	case pipeline.Timestamp:
		return c.Len() * timeBytes
	}
	size := len(c.allText())
	if !c.plain() {
		size += size / perSpecial
	}
	if c.Type() == pipeline.StringList {
		size += perMember * len(c.offsets)
	}
	return size
}

// shortBytes is the length of a text up to which as many bytes are copied as
// this, whatever they are, and the surplus is written over: the compiler makes
// two instructions of it, where a copy of the length is a call.
const shortBytes = 32 // bytes

// appendPlain appends the text of a row as it is.
func (c *cells) appendPlain(b []byte, row int) []byte {
	from, to := int(c.offsets[row]), int(c.offsets[row+1])
	at := len(b)
	if to-from > shortBytes || cap(b)-at < shortBytes || len(c.text)-from < shortBytes {
		return append(b, c.text[from:to]...)
	}
	*(*[shortBytes]byte)(b[at : at+shortBytes]) = *(*[shortBytes]byte)(c.text[from : from+shortBytes])
	return b[:at+to-from]
}

// null reports whether value i is null or an erasure.
func (c *cells) null(i int) bool { return c.valid != nil && c.valid[i>>3]&(1<<(i&7)) == 0 }

// plain reports whether the column holds no special bytes.
func (c *cells) plain() bool { return c.marks&markSpecial == 0 }

// isText reports whether every value is UTF-8. All of them together may be
// where one ends within a character and the next goes on; a value never begins
// there.
func (c *cells) isText() bool {
	if c.marks&markWide == 0 {
		return true
	}
	for _, o := range c.offsets {
		if int(o) < len(c.text) && !utf8.RuneStart(c.text[o]) {
			return false
		}
	}
	return canon.ValidUTF8(c.allText())
}

// refused returns the first value that the format cannot hold, or a negative
// row.
func (c *cells) refused(f format) (row int, why error) {
	if c.Type() == pipeline.String || c.Type() == pipeline.StringList {
		if c.isText() {
			return -1, nil
		}
	}
	for row := range c.Len() {
		if c.null(row) || c.fits(f, row) {
			continue
		}
		if err := refusal(f, c.Value(row)); err != nil {
			return row, err
		}
	}
	return -1, nil
}

// fits reports whether a value need not be looked at closely.
func (c *cells) fits(f format, row int) bool {
	switch c.Type() {
	case pipeline.Int, pipeline.Bool:
		return true
	case pipeline.Float:
		x := c.Float(row)
		return f != formatJSONL || x-x == 0 // neither NaN nor infinite
	case pipeline.Timestamp:
		return f == formatParquet || inRFC3339(c.Int(row))
	}
	return false
}
