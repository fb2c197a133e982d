package csv

import (
	"bytes"
	"slices"
)

// piece is some rows that follow each other, with the text that they stand in,
// and the rejects among them. A batch is cut from pieces.
type piece struct {
	text    []byte
	ends    []uint32 // offset in text of each mark that ends a cell; before those of a row stands that of the mark before it
	first   []uint32 // for each row, the index in ends of the mark before it
	crlf    bool     // the last cell of a row may end with the carriage return of its line break
	sizes   []int32  // bytes of the text of each row, as [row.raw] has it
	lines   []int32  // on which each row starts, from base
	base    int      // to be added to all lines of the piece
	rejects []rejected
	doubts  []int // rows that are doubtful, by their place in the piece

	// How much of it is in batches.
	rowsTaken, rejectsTaken, doubtsTaken int
}

// rejected is a row that is not sound, apart from the text that was read.
type rejected struct {
	row
	before int // the number of rows of the piece that come before it
}

// reset empties the piece but keeps its memory.
func (p *piece) reset() {
	p.text, p.ends, p.first, p.crlf = p.text[:0], p.ends[:0], p.first[:0], false
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

// room is the memory of the text of an empty piece, for a block of the size.
func (p *piece) room(size int) []byte {
	if cap(p.text) < size || cap(p.text) > textsKeptSize*size {
		p.text = make([]byte, size)
	}
	return p.text[:size]
}

// append takes a sound row and its text.
func (p *piece) append(w row) {
	p.begin(w.line, len(w.raw), w.doubt)
	start := len(p.text)
	p.text = append(p.text, w.raw...)
	p.addRow(start, len(p.text), w.cells)
}

// addRow takes the marks of a row that was read by the rules of [rows], from
// start to end in the text, without its line feed. The cells are counted from
// start and lie within their quotes.
func (p *piece) addRow(start, end int, cells []cell) {
	p.first = append(p.first, uint32(len(p.ends)))
	p.ends = append(p.ends, uint32(start)-1)
	for _, c := range cells[:len(cells)-1] {
		to := start + c.to
		if from := start + c.from; uint32(from) != p.ends[len(p.ends)-1]+1 {
			to++ // the closing quote
		}
		p.ends = append(p.ends, uint32(to))
	}
	p.ends = append(p.ends, uint32(end))
}
