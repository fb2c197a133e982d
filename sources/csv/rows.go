package csv

import (
	"bytes"
	"errors"
	"io"
)

// Limits of the text that is read. A row or quoted cell beyond them is
// rejected.
const (
	rowBytesMax    = 64 << 20  // bytes of a row, its line breaks included
	quotedBytesMax = 16 << 20  // bytes of a quoted cell
	quotedLinesMax = 10_000    // line breaks in a quoted cell
	bufferBytes    = 256 << 10 // bytes read at a time; the buffer grows only for a longer row
	oversizedKept  = 1 << 10   // bytes of an oversized row that its reject shows
	doubtLinesMin  = 4         // lines of a row that is asked whether it is several
	emptyReadsMax  = 100       // reads without data or error before a reader is taken as broken
)

// rows cuts text into rows of a known number of cells.
//
// The rule for quotes, which decides what a damaged row takes with it:
//
//  1. A row whose quotes all close within the limits, each closing quote before
//     a delimiter, a line break or the end, and that has the right number of
//     cells, is believed, over however many lines it goes. A file that follows
//     RFC 4180 is therefore always read as it was meant.
//  2. Any other row is rejected. It ends with the line on which the quote at
//     fault opened; with its own last line when its number of cells alone is
//     wrong. Reading goes on with the next line.
//  3. Where such a row covers more than one line, the line breaks may have been
//     swallowed by a quote that was never meant to reach so far. If any of the
//     further lines by itself begins a sound row with the right number of
//     cells, only the first line is rejected, and each further line is read
//     for itself. In a file of one column every line would pass that test, so
//     that it is not made there.
//
// No sound row is lost by rule 2 and 3. What remains possible is that two
// damaged quotes lie so that all between them is one sound row by rule 1; such
// a row is marked as doubtful.
type rows struct {
	dialect
	width int // cells of a row; 0: not known yet, any number is right

	src     io.Reader
	cr      bool // CR and CRLF become LF while reading
	afterCR bool // the last byte that was read was a CR
	buf     []byte
	start   int // of the next row in buf
	end     int // of the text in buf
	eof     bool
	err     error // of src, once it has failed
	line    int   // of the next row, from 1
	read    int64 // bytes of text that lie before the next row

	cells   []cell
	probed  []cell
	scratch []byte
}

func newRows(src io.Reader, d dialect) *rows {
	return &rows{dialect: d, src: src, buf: make([]byte, bufferBytes), line: 1}
}

// rowsOf cuts text that is there whole; the text is not changed.
func rowsOf(text []byte, d dialect) *rows {
	return &rows{dialect: d, buf: text, end: len(text), eof: true, line: 1}
}

// row is one row. Its text is valid until the next call of next.
type row struct {
	line  int    // on which it starts, from 1
	raw   []byte // its lines without the last line break
	fault fault
	quote int // line of the quote at fault, from 1
	width int // number of cells; 0 when a quote is at fault
	cells []cell
	doubt bool // sound, but the lines of its cells all look like rows
}

// ragged reports whether the number of cells alone is wrong.
func (r *rows) ragged(w row) bool { return w.fault == sound && r.width > 0 && w.width != r.width }

// text is the text of a cell of w, valid until the next call.
func (r *rows) text(w row, c cell) []byte {
	text := w.raw[c.from:c.to]
	if !c.escaped {
		return text
	}
	r.scratch = unescape(r.scratch[:0], text)
	return r.scratch
}

// next returns the next row; blank lines are passed over. After the last row
// the error is io.EOF; any other is that of the reader.
func (r *rows) next() (row, error) {
	if err := r.skipBlank(); err != nil {
		return row{}, err
	}
	rec, err := r.record(0, &r.cells)
	switch {
	case errors.Is(err, errOversized):
		return r.skipOversized()
	case err != nil:
		return row{}, err
	}
	w := row{line: r.line, fault: rec.fault, quote: r.line + rec.quote, cells: r.cells}
	if w.fault == sound {
		w.width = len(r.cells)
	}
	switch {
	case rec.lines == 1 || r.width <= 1:
	case w.fault == sound && w.width == r.width:
		w.doubt = rec.lines >= doubtLinesMin && r.rowsInside(rec)
	default:
		if err := r.split(&w, &rec); err != nil {
			return row{}, err
		}
	}
	w.raw = withoutBreak(r.buf[r.start : r.start+rec.end])
	r.advance(rec.end, rec.lines)
	return w, nil
}

// rowsInside reports whether each line of a row but the first and the last is
// by itself a sound row with the right number of cells.
func (r *rows) rowsInside(rec record) bool {
	b := r.buf[r.start : r.start+rec.end]
	from := bytes.IndexByte(b, '\n') + 1
	for range rec.lines - 2 {
		to := from + bytes.IndexByte(b[from:], '\n') + 1
		line, cells, _ := r.scan(b[from:to], true, r.probed[:0])
		if r.probed = cells; line.fault != sound || line.end != to-from || len(cells) != r.width {
			return false
		}
		from = to
	}
	return true
}

// first looks at the next row without moving past it.
func (r *rows) first() (row, error) {
	if err := r.skipBlank(); err != nil {
		return row{}, err
	}
	rec, err := r.record(0, &r.cells)
	if errors.Is(err, errOversized) {
		return row{line: r.line, fault: oversized, quote: r.line}, nil
	}
	return row{line: r.line, fault: rec.fault, quote: r.line + rec.quote, width: len(r.cells)}, err
}

// split applies rule 3 to a row of several lines that is not sound.
func (r *rows) split(w *row, rec *record) error {
	first := bytes.IndexByte(r.buf[r.start:r.start+rec.end], '\n') + 1
	for from := first; from < rec.end; {
		if !blank(r.buf[r.start+from : r.start+rec.end]) {
			probe, err := r.record(from, &r.probed)
			if err != nil && !errors.Is(err, errOversized) {
				return err
			}
			if err == nil && probe.fault == sound && len(r.probed) == r.width {
				rec.end, rec.lines = first, 1
				// The first break of the row lies in a quoted cell, which
				// therefore opened on the first line.
				w.fault, w.quote, w.width = unclosed, w.line, 0
				return nil
			}
		}
		k := bytes.IndexByte(r.buf[r.start+from:r.start+rec.end], '\n')
		if k < 0 {
			return nil
		}
		from += k + 1
	}
	return nil
}

var errOversized = errors.New("row is too long")

// record scans the row that begins from bytes after the next row, reading more
// text as it is needed.
func (r *rows) record(from int, cells *[]cell) (record, error) {
	for {
		rec, found, more := r.scan(r.buf[r.start+from:r.end], r.eof, (*cells)[:0])
		*cells = found
		switch {
		case !more && rec.end > r.limits.rowBytes, more && r.end-r.start-from > r.limits.rowBytes:
			return record{}, errOversized
		case !more:
			return rec, nil
		}
		if err := r.fill(); err != nil {
			return record{}, err
		}
	}
}

// skipBlank moves to the next line that is not empty.
func (r *rows) skipBlank() error {
	for {
		if r.start == r.end || r.start+1 == r.end && r.buf[r.start] == '\r' && !r.eof {
			if r.start == r.end && r.eof {
				return io.EOF
			}
			if err := r.fill(); err != nil {
				return err
			}
			continue
		}
		b := r.buf[r.start:r.end]
		if !blank(b) {
			return nil
		}
		k := bytes.IndexByte(b, '\n')
		if k < 0 {
			k = len(b) - 1 // a CR at the very end
		}
		r.advance(k+1, 1)
	}
}

// blank reports whether b begins with an empty line.
func blank(b []byte) bool {
	return b[0] == '\n' || b[0] == '\r' && (len(b) == 1 || b[1] == '\n')
}

// skipOversized moves past the line that begins a row beyond the limit.
func (r *rows) skipOversized() (row, error) {
	w := row{line: r.line, fault: oversized, quote: r.line}
	kept := bytes.Clone(r.buf[r.start:min(r.end, r.start+oversizedKept)])
	if k := bytes.IndexByte(kept, '\n'); k >= 0 {
		kept = kept[:k]
	}
	w.raw = kept
	if _, err := r.skipLine(); err != nil {
		return row{}, err
	}
	return w, nil
}

func (r *rows) advance(bytes, lines int) {
	r.start += bytes
	r.line += lines
	r.read += int64(bytes)
}

// fill reads more text behind what is there, moving or enlarging the buffer as
// needed. At the end of the text it sets eof.
func (r *rows) fill() error {
	if r.err != nil {
		return r.err
	}
	if r.start > 0 && r.end == len(r.buf) {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	if r.end == len(r.buf) { // nothing to move: one row fills it all
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	for range emptyReadsMax {
		n, err := r.src.Read(r.buf[r.end:])
		if r.cr {
			n = r.lineFeeds(r.buf[r.end : r.end+n])
		}
		r.end += n
		switch {
		case err == io.EOF:
			r.eof = true
			return nil
		case n > 0:
			r.err = err // for the next call
			return nil
		case err != nil:
			r.err = err
			return err
		}
	}
	r.err = io.ErrNoProgress
	return r.err
}

// lineFeeds turns CR and CRLF in b into LF, in place, and returns the new length.
func (r *rows) lineFeeds(b []byte) int {
	n := 0
	for _, c := range b {
		if c == '\n' && r.afterCR {
			r.afterCR = false
			continue
		}
		r.afterCR = c == '\r'
		if r.afterCR {
			c = '\n'
		}
		b[n] = c
		n++
	}
	return n
}

// sample reads until the buffer holds n bytes, or all of the text, and returns
// what it holds, and whether that is all. An error of the reader is kept for
// the call of next that comes to it.
func (r *rows) sample(n int) (text []byte, whole bool) {
	for r.end-r.start < n && !r.eof && r.fill() == nil {
	}
	return r.buf[r.start:r.end], r.eof
}

// breakAtCR makes CR a line break, in what is read already and in the rest.
func (r *rows) breakAtCR() {
	r.cr = true
	r.end = r.start + r.lineFeeds(r.buf[r.start:r.end])
}

func withoutBreak(b []byte) []byte {
	b = bytes.TrimSuffix(b, lineFeed)
	return bytes.TrimSuffix(b, []byte{'\r'})
}
