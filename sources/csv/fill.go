package csv

import (
	"bytes"
	"slices"
)

// shortBytes is the length of a cell up to which it is copied by a few moves of
// fixed size. What is copied too much is overwritten by the next cell.
const shortBytes = 64

// noQuote is compared with bytes where a quote is text; no byte equals it.
const noQuote = 0x100

// fill appends column k of rows of the piece to a column of texts, and where each
// ends to its offsets. A row is given by the index of the mark before it. Trim
// says that the column is the last one, whose cells may end with the carriage
// return of a line break.
func (p *piece) fill(column []byte, offsets []int32, rows []uint32, k int, trim bool, quote uint16) ([]byte, []int32) {
	text, ends, n := p.text, p.ends, len(offsets)
	all := slices.Grow(offsets, len(rows))[:n+len(rows)]
	offsets = all[n:]
	out, o := column[:cap(column)], len(column)
	for len(rows) > 0 {
		done := 0
		if !trim {
			done, o = copyShort(out, o, text, ends, rows, offsets, k, quote)
		}
		if rows, offsets = rows[done:], offsets[done:]; len(rows) == 0 {
			break
		}
		i := int(rows[0]) + k
		from, to := int(ends[i]+1), int(ends[i+1])
		if trim && to > from && text[to-1] == '\r' {
			to--
		}
		out = appendCell(out[:o], text[from:to], quote)
		o, out = len(out), out[:cap(out)]
		offsets[0] = int32(o)
		rows, offsets = rows[1:], offsets[1:]
	}
	return out[:o], all
}

// copyShort copies cells to out at o until one is not short, begins with a
// quote, or lies at an end. It returns how many it has copied and where the
// next one goes. That it does nothing else keeps its values in registers.
func copyShort(out []byte, o int, text []byte, ends, rows []uint32, offsets []int32, k int, quote uint16) (done, next int) {
	offsets = offsets[:len(rows)]
	for i, at := range rows {
		j := int(at) + k
		from, to := int(ends[j]+1), int(ends[j+1])
		size := to - from
		if uint(size) > shortBytes || from+shortBytes > len(text) || o+shortBytes > len(out) || uint16(text[from]) == quote {
			return i, o
		}
		src, dst := text[from:from+shortBytes:from+shortBytes], out[o:o+shortBytes:o+shortBytes]
		*(*[16]byte)(dst) = *(*[16]byte)(src)
		*(*[16]byte)(dst[16:]) = *(*[16]byte)(src[16:])
		if size > 32 {
			*(*[16]byte)(dst[32:]) = *(*[16]byte)(src[32:])
			*(*[16]byte)(dst[48:]) = *(*[16]byte)(src[48:])
		}
		o += size
		offsets[i] = int32(o)
	}
	return len(rows), o
}

// appendCell appends the text of a cell that stands in sound quotes or none.
func appendCell(out, cell []byte, quote uint16) []byte {
	if need := len(out) + len(cell) + shortBytes; need > cap(out) {
		out = slices.Grow(out, max(need, cap(out)+cap(out)/4)-len(out))
	}
	if len(cell) == 0 || uint16(cell[0]) != quote {
		return append(out, cell...)
	}
	cell = cell[1 : len(cell)-1]
	if bytes.IndexByte(cell, '"') < 0 && !bytes.Contains(cell, carriageReturnLineFeed) {
		return append(out, cell...)
	}
	return unescape(out, cell)
}
