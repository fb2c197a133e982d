package csv

import (
	"bytes"
	"slices"
)

// piece is some rows that follow each other, column by column, and the rejects
// among them. A batch is cut from pieces.
type piece struct {
	columns []texts // in the order of the schema; empty for one that the file lacks
	sizes   []int32 // bytes of the text of each row, as [row.raw] has it
	lines   []int32 // on which each row starts, from base
	base    int     // to be added to all lines of the piece
	rejects []rejected
	doubts  []int // rows that are doubtful, by their place in the piece

	// How much of it is in batches.
	rowsTaken, rejectsTaken, doubtsTaken int
}

// texts is the text of one column.
type texts struct {
	bytes   []byte
	offsets []int32 // one more than there are rows, from 0
}

// rejected is a row that is not sound, apart from the text that was read.
type rejected struct {
	row
	before int // the number of rows of the piece that come before it
}

func newPiece(columns int) *piece {
	p := &piece{columns: make([]texts, columns)}
	p.reset()
	return p
}

// reset empties the piece but keeps its memory.
func (p *piece) reset() {
	for i := range p.columns {
		c := &p.columns[i]
		c.bytes, c.offsets = c.bytes[:0], append(c.offsets[:0], 0)
	}
	clear(p.rejects)
	p.sizes, p.lines, p.rejects, p.doubts = p.sizes[:0], p.lines[:0], p.rejects[:0], p.doubts[:0]
	p.base, p.rowsTaken, p.rejectsTaken, p.doubtsTaken = 0, 0, 0, 0
}

// reject takes a row that is not sound.
func (p *piece) reject(w row) {
	raw := bytes.Clone(w.raw)
	w.raw, w.cells = raw, slices.Clone(w.cells)
	p.rejects = append(p.rejects, rejected{row: w, before: len(p.sizes)})
}

// begin takes what is known of a sound row but the text of its cells.
func (p *piece) begin(line, size int, doubt bool) {
	if doubt {
		p.doubts = append(p.doubts, len(p.sizes))
	}
	p.sizes = append(p.sizes, int32(size))
	p.lines = append(p.lines, int32(line))
}

// append takes a sound row; take is the cell of each column, or -1.
func (p *piece) append(w row, r *rows, take []int) {
	p.begin(w.line, len(w.raw), w.doubt)
	for i, k := range take {
		if k >= 0 {
			p.columns[i].append(r.text(w, w.cells[k]))
		}
	}
}

func (t *texts) append(text []byte) {
	t.bytes = append(t.bytes, text...)
	t.offsets = append(t.offsets, int32(len(t.bytes)))
}

// shortBytes is the length of a cell up to which it is copied by a few moves of
// fixed size. What is copied too much is overwritten by the next cell.
const shortBytes = 64

// noQuote is compared with bytes where a quote is text; no byte equals it.
const noQuote = 0x100

// fill appends column k of the rows of a text whose cells end at ends. A row is
// given by the index of the mark before it. Trim says that the column is the
// last one, whose cells may end with the carriage return of a line break.
func (t *texts) fill(text []byte, ends, rows []uint32, k int, trim bool, quote uint16) {
	n := len(t.offsets)
	t.offsets = slices.Grow(t.offsets, len(rows))[:n+len(rows)]
	offsets := t.offsets[n:]
	out, o := t.bytes[:cap(t.bytes)], len(t.bytes)
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
	t.bytes = out[:o]
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
		out = slices.Grow(out, max(need, 2*cap(out))-len(out))
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
