package csv

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// dialect is how the cells and rows of a file are marked.
type dialect struct {
	delim  byte
	quotes bool // a cell may be quoted; false: a quote is text
	limits limits
}

// limits bound what one row may take. They are fields so that tests can reach
// them with little data.
type limits struct {
	rowBytes    int // of a row, its line breaks included
	quotedBytes int // of a quoted cell
	quotedLines int // line breaks in a quoted cell
}

var limitsDefault = limits{rowBytes: rowBytesMax, quotedBytes: quotedBytesMax, quotedLines: quotedLinesMax}

// cell is the text between two marks, as offsets into the bytes that were
// scanned. Quotes around the cell are outside.
type cell struct {
	from, to int
	escaped  bool // holds doubled quotes or CRLF, see unescape
}

// fault is what keeps some text from being a row.
type fault uint8

const (
	sound     fault = iota
	unclosed        // a quote opened and did not close within the limits
	stray           // text follows the closing quote of a cell
	bare            // a quote stands inside a cell that does not begin with one
	oversized       // the row is longer than the limit
)

// record is the extent of one row in the bytes that were scanned.
type record struct {
	end   int // just past its last line
	lines int // that it covers
	fault fault
	quote int // the line of the quote that is at fault, from 0
}

// scan takes the row at the start of b apart and appends its cells to cells.
// It reports more when b ends before the row does, unless b is all that is
// left (eof). b is not empty and does not begin with a line break.
//
// A row with a fault ends with the line on which the quote at fault stands,
// and its cells mean nothing.
func (d *dialect) scan(b []byte, eof bool, cells []cell) (rec record, _ []cell, more bool) {
	delims := uint64(d.delim) * ones
	quote := byte('"')
	if !d.quotes {
		quote = '\n' // one more look for a mark that is there anyway
	}
	quotes := uint64(quote) * ones
	rec.lines = 1
	p := 0 // where the cell begins
	for {
		if d.quotes && p < len(b) && b[p] == '"' {
			q := d.quoted(b, p, eof)
			switch {
			case q.more:
				return rec, cells, true
			case q.fault != sound:
				if q.lines > 0 {
					// What looked like the closing quote opens a cell of
					// another line, most likely.
					q.fault = unclosed
				}
				rec, more = broken(b, p, eof, rec, q.fault)
				return rec, cells, more
			}
			cells = append(cells, q.cell)
			rec.lines += q.lines
			if q.last {
				rec.end = q.next
				return rec, cells, false
			}
			p = q.next
			continue
		}
		i := mark(b, p, delims, quotes)
		if i == len(b) {
			if !eof {
				return rec, cells, true
			}
			rec.end = i
			return rec, append(cells, cell{from: p, to: withoutCR(b, p, i)}), false
		}
		switch b[i] {
		case d.delim:
			cells = append(cells, cell{from: p, to: i})
			p = i + 1
		case '\n':
			rec.end = i + 1
			return rec, append(cells, cell{from: p, to: withoutCR(b, p, i)}), false
		default:
			rec, more = broken(b, i, eof, rec, bare)
			return rec, cells, more
		}
	}
}

// broken makes rec the record whose quote at offset i is at fault, which ends
// with the line of that quote, unless b ends before that line does.
func broken(b []byte, i int, eof bool, rec record, f fault) (_ record, more bool) {
	rec.fault, rec.quote = f, rec.lines-1
	switch k := bytes.IndexByte(b[i:], '\n'); {
	case k >= 0:
		rec.end = i + k + 1
	case eof:
		rec.end = len(b)
	default:
		return rec, true
	}
	return rec, false
}

const (
	ones  = 0x0101010101010101
	low7  = 0x7f7f7f7f7f7f7f7f
	lines = '\n' * ones
)

// mark returns the offset of the first delimiter, quote or line feed of b from
// i on, or len(b). It looks at eight bytes at a time.
func mark(b []byte, i int, delims, quotes uint64) int {
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		// In each byte, the top bit of ((x&low7)+low7)|x is clear where x is
		// zero, which is where the byte equals the mark.
		x, y, z := w^delims, w^lines, w^quotes
		none := ((x&low7+low7)|x)&((y&low7+low7)|y)&((z&low7+low7)|z) | low7
		if none != ^uint64(0) {
			return i + bits.TrailingZeros64(^none)>>3
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == byte(delims) || c == '\n' || c == byte(quotes) {
			return i
		}
	}
	return i
}

// withoutCR is the end of the cell b[from:to] without the carriage return of
// its line break.
func withoutCR(b []byte, from, to int) int {
	if to > from && b[to-1] == '\r' {
		return to - 1
	}
	return to
}

// quotedCell is what quoted found.
type quotedCell struct {
	cell  cell
	lines int  // line breaks inside
	next  int  // where the next cell or row begins
	last  bool // the row ends here
	more  bool // b ends too early to say
	fault fault
}

// quoted takes the quoted cell at b[p] apart.
func (d *dialect) quoted(b []byte, p int, eof bool) quotedCell {
	c := quotedCell{cell: cell{from: p + 1}}
	for i := p + 1; ; {
		k := bytes.IndexByte(b[i:], '"')
		content := b[i:]
		if k >= 0 {
			content = b[i : i+k]
		}
		c.lines += bytes.Count(content, lineFeed)
		i += len(content)
		switch {
		case i-p-1 > d.limits.quotedBytes || c.lines > d.limits.quotedLines:
			c.fault = unclosed
			return c
		case k < 0 && eof:
			c.fault = unclosed
			return c
		case k < 0 || i+1 == len(b) && !eof:
			c.more = true
			return c
		}
		c.cell.to = i
		if i+1 < len(b) && b[i+1] == '"' {
			c.cell.escaped = true
			i += 2
			continue
		}
		if c.lines > 0 && !c.cell.escaped {
			c.cell.escaped = bytes.Contains(b[c.cell.from:i], carriageReturnLineFeed)
		}
		return d.after(b, i+1, eof, c)
	}
}

// after looks at what follows the closing quote of c, at b[i].
func (d *dialect) after(b []byte, i int, eof bool, c quotedCell) quotedCell {
	switch {
	case i == len(b): // at the end of the file, or quoted would have asked for more
		c.next, c.last = i, true
	case b[i] == d.delim:
		c.next = i + 1
	case b[i] == '\n':
		c.next, c.last = i+1, true
	case b[i] != '\r':
		c.fault = stray
	case i+1 < len(b) && b[i+1] == '\n':
		c.next, c.last = i+2, true
	case i+1 < len(b):
		c.fault = stray
	case eof:
		c.next, c.last = i+1, true
	default:
		c.more = true
	}
	return c
}

var (
	lineFeed               = []byte{'\n'}
	carriageReturnLineFeed = []byte{'\r', '\n'}
)

// unescape appends the text of a cell that is marked escaped to dst: doubled
// quotes become one, CRLF becomes LF.
func unescape(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if (c == '"' || c == '\r' && i+1 < len(text) && text[i+1] == '\n') && i+1 < len(text) {
			i++
			c = text[i]
		}
		dst = append(dst, c)
	}
	return dst
}
