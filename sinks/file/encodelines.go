package file

import (
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// lineEncoder writes batches of one schema as lines of JSON. It is immutable.
type lineEncoder struct{ keys []jsonKey }

// jsonKey is the key of a field with the comma before it, the colon behind it
// and, where a value of the type stands in quotes, the first of them.
type jsonKey struct {
	typ   pipeline.Type
	text  []byte
	short [shortBytes]byte // the text, or its beginning
	bare  []byte           // the text without the quote
}

func newLineEncoder(s *pipeline.Schema) *lineEncoder {
	e := &lineEncoder{}
	for _, f := range s.Fields() {
		e.keys = append(e.keys, newJSONKey(f.Name, f.Type))
	}
	return e
}

func newJSONKey(name string, typ pipeline.Type) jsonKey {
	k := jsonKey{typ: typ, bare: append(appendJSONString([]byte{','}, name), ':')}
	k.text = k.bare
	if typ == pipeline.String || typ == pipeline.Timestamp {
		k.text = append(slices.Clone(k.bare), '"')
	}
	copy(k.short[:], k.text)
	return k
}

// append appends the key.
func (k *jsonKey) append(b []byte) []byte {
	at, n := len(b), len(k.text)
	if n > shortBytes || cap(b)-at < shortBytes {
		return append(b, k.text...)
	}
	*(*[shortBytes]byte)(b[at : at+shortBytes]) = k.short
	return b[:at+n]
}

// encode appends the rows of the columns, whose texts are valid, to b, but for
// those that are dropped.
func (e *lineEncoder) encode(b []byte, columns []cells, rows int, dropped []int32) []byte {
	const around = len("{}\n")
	size := rows*around + plainBytes
	for i := range columns {
		size += rows*(len(e.keys[i].text)+1) + columns[i].textBytes()
	}
	b = slices.Grow(b, size)
	fields := make([]lineField, len(columns))
	for i := range fields {
		fields[i] = newLineField(&e.keys[i], &columns[i])
	}
	for row := range rows {
		if len(dropped) > 0 && int(dropped[0]) == row {
			dropped = dropped[1:]
			continue
		}
		start := len(b)
		for i := 0; i < len(fields); i++ {
			if b, i = appendPlainFields(b, fields, i, row); i == len(fields) {
				break
			}
			c, k := &columns[i], &e.keys[i]
			switch {
			case !c.null(row):
				b = c.appendJSON(k.append(b), k.typ, row)
			case c.IsErase(row):
				b = append(append(b, k.bare...), "null"...)
			}
		}
		if len(b) == start {
			b = append(b, '{')
		}
		b[start] = '{' // in place of the first comma
		b = append(b, '}', '\n')
	}
	return b
}

// lineField is a column of texts that stand as they are, under a short key, as
// most columns are.
type lineField struct {
	key     [shortBytes]byte // the key, or its beginning
	size    int              // of the key; 0: the column is of another kind
	column  *pipeline.Column
	offsets []int32
	text    []byte
	valid   []byte
}

func newLineField(k *jsonKey, c *cells) lineField {
	if k.typ != pipeline.String || !c.plain() || len(k.text) > shortBytes {
		return lineField{}
	}
	return lineField{key: k.short, size: len(k.text), column: c.Column, offsets: c.offsets, text: c.text, valid: c.valid}
}

// plainBytes is the length of a text up to which appendPlainFields copies it,
// by two or four moves of fixed size. What is copied too much is written over.
const plainBytes = 64 // bytes

// appendPlainFields appends the fields of a row from number i on, to the first
// that is not plain, or so long or so near to an end that it needs more care. It
// returns the number of that field. That it does nothing else keeps its values
// in registers.
func appendPlainFields(b []byte, fields []lineField, i, row int) ([]byte, int) {
	out, o := b[:cap(b)], len(b)
	for ; i < len(fields); i++ {
		f := &fields[i]
		if f.size == 0 {
			break
		}
		if f.valid != nil && f.valid[row>>3]&(1<<(row&7)) == 0 {
			if f.column.IsErase(row) {
				break
			}
			continue
		}
		from, n := int(f.offsets[row]), int(f.offsets[row+1]-f.offsets[row])
		if n > plainBytes || len(f.text)-from < plainBytes || len(out)-o < shortBytes+plainBytes+1 {
			break
		}
		*(*[shortBytes]byte)(out[o : o+shortBytes]) = f.key
		o += f.size
		src, dst := f.text[from:from+plainBytes:from+plainBytes], out[o:o+plainBytes:o+plainBytes]
		*(*[shortBytes]byte)(dst) = *(*[shortBytes]byte)(src)
		if n > shortBytes {
			*(*[shortBytes]byte)(dst[shortBytes:]) = *(*[shortBytes]byte)(src[shortBytes:])
		}
		o += n
		out[o] = '"'
		o++
	}
	return out[:o], i
}

// appendJSON appends a value that is there, of which the key brought the first
// quote.
func (c *cells) appendJSON(b []byte, typ pipeline.Type, row int) []byte {
	switch typ {
	case pipeline.String:
		if c.plain() {
			b = c.appendPlain(b, row)
		} else {
			b = appendEscaped(b, c.text[c.offsets[row]:c.offsets[row+1]])
		}
		return append(b, '"')
	case pipeline.StringList:
		return c.appendList(b, row)
	case pipeline.Timestamp:
		return append(appendTime(b, c.Int(row)), '"')
	default:
		return appendFixed(b, c, row)
	}
}

// appendList appends a list as an array of JSON.
func (c *cells) appendList(b []byte, row int) []byte {
	b = append(b, '[')
	from, to := c.lists[row], c.lists[row+1]
	for m := from; m < to; m++ {
		if m > from {
			b = append(b, ',')
		}
		b = append(appendEscaped(append(b, '"'), c.text[c.offsets[m]:c.offsets[m+1]]), '"')
	}
	return append(b, ']')
}

// appendRecord appends a record as one line of JSON, its nulls left out.
func appendRecord(b []byte, names []string, value func(i int) pipeline.Value) []byte {
	b = append(b, '{')
	first := true
	for i, name := range names {
		v := value(i)
		if v.IsNull() {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendJSONString(b, name)
		b = append(b, ':')
		b = appendJSON(b, v)
	}
	return append(b, '}', '\n')
}
