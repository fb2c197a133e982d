package csv

import (
	"errors"
	"io"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// block is a stretch of text and what came of it when it was read by itself,
// in the belief that a row begins where the block does.
type block struct {
	text  []byte
	err   error // why the text ends here; nil: more follows
	piece *piece
	used  int // bytes of the text that the rows of the piece take
	lines int // in those bytes
	done  chan struct{}

	from, to int64 // its place in the text of the file, set when it is that far
}

// errTorn says that a row goes on behind the block.
var errTorn = errors.New("the row goes on in the next block")

// blockReader takes blocks apart. It reads what [rows] reads, only faster: rows
// that are sound at first sight are found by their marks; any other is left to
// rows, one at a time.
type blockReader struct {
	dialect
	width int // cells of a row

	grid grid
	rows rows // reads the rows that are not sound at first sight
	// spare bounds the bytes that are looked at again, because such a row
	// ended elsewhere than its marks said, so that no text takes the square
	// of its size.
	spare int
}

// spareFactor is how often the text of a block may be looked at again.
const spareFactor = 4

// read takes b apart into its piece.
func (r *blockReader) read(b *block) {
	r.rows = rows{dialect: r.dialect, width: r.width, buf: b.text, end: len(b.text), err: errTorn,
		cells: r.rows.cells, probed: r.rows.probed, scratch: r.rows.scratch}
	r.rows.eof = b.err == io.EOF
	b.piece.text = b.text
	r.grid.ends, r.grid.valid = b.piece.ends[:0], true
	r.spare = spareFactor * len(b.text)
	for torn := false; !torn && r.rows.start < len(b.text); {
		again := false
		if r.spare >= 0 {
			from := r.rows.start
			r.spare -= r.grid.find(&r.dialect, b.text, from) - from
			again, torn = r.walk(b.piece)
			r.spare += r.rows.start - from
		}
		if !again && !torn && r.rows.start < len(b.text) {
			torn = r.slow(b.piece)
		}
	}
	b.piece.ends, r.grid.ends = r.grid.ends, nil
	b.used, b.lines = r.rows.start, r.rows.line
}

// walk takes the rows that the grid has found. It stops where such a row turned
// out to end elsewhere (again), or not in this block (torn).
func (r *blockReader) walk(p *piece) (again, torn bool) {
	text, g := r.rows.buf, &r.grid
	rowBytes := min(r.limits.rowBytes, r.limits.quotedBytes)
	at, breaks := g.begin, g.breaks
	for _, last := range g.rows {
		start, end, lines := r.rows.start, int(g.ends[last]), 1
		for len(breaks) > 0 && int(breaks[0]) < end {
			breaks = breaks[1:]
			lines++
		}
		width := int(last) - at
		size := end - start
		if size > 0 && text[end-1] == '\r' {
			p.crlf = true
			size--
		}
		switch {
		case size == 0: // a blank line
			r.rows.advance(end+1-start, 1)
		case width == r.width && lines <= r.limits.quotedLines && end-start < rowBytes && (g.valid || canon.ValidUTF8(text[start:end])):
			doubt := lines >= doubtLinesMin && width > 1 && r.rows.rowsInside(record{end: end + 1 - start, lines: lines})
			p.begin(r.rows.line, size, doubt)
			p.first = append(p.first, uint32(at))
			r.rows.advance(end+1-start, lines)
		default:
			if r.slow(p) {
				return false, true
			}
			if r.rows.start != end+1 {
				return true, false
			}
		}
		at = int(last)
	}
	return false, false
}

// slow takes the next row by the rules of [rows]; torn says that it goes on
// behind the block, where nobody has moved to.
func (r *blockReader) slow(p *piece) (torn bool) {
	if r.rows.skipBlank() != nil {
		return r.rows.start < len(r.rows.buf)
	}
	start, line := r.rows.start, r.rows.line
	w, err := r.rows.next()
	switch {
	case err != nil:
		r.rows.start, r.rows.line = start, line
		return true
	case w.fault != sound || r.rows.ragged(w) || !utf8.Valid(w.raw):
		p.reject(w)
		return false
	}
	p.begin(w.line, len(w.raw), w.doubt)
	p.crlf = true
	end := r.rows.start
	if r.rows.buf[end-1] == '\n' {
		end--
	}
	p.ends = r.grid.ends
	p.addRow(start, end, w.cells)
	r.grid.ends = p.ends
	return false
}
