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
	size := rows*around + shortBytes
	for i := range columns {
		size += rows*(len(e.keys[i].text)+1) + columns[i].textBytes()
	}
	b = slices.Grow(b, size)
	for row := range rows {
		if len(dropped) > 0 && int(dropped[0]) == row {
			dropped = dropped[1:]
			continue
		}
		start := len(b)
		for i := range columns {
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
