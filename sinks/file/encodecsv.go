package file

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// bufferBytes is how much text is collected before it is written.
const bufferBytes = 256 << 10 // bytes

// csvForm is how cells are written. It is immutable.
type csvForm struct {
	delim   byte
	ending  string // of lines
	guard   bool   // keep spreadsheets from running a cell as a formula
	formula diag.FormulaGuard
	special *scanner
	quotes  *scanner // as special, but for the delimiter
	numbers bool     // other types than text, which have a small alphabet, may need quotes or a guard
}

func newCSVForm(delim byte, ending string, guard bool) *csvForm {
	return &csvForm{delim: delim, ending: ending, guard: guard, formula: diag.GuardFormulas(delim),
		special: newScanner(special{bytes: []byte{delim, '"', '\r', '\n'}}),
		quotes:  newScanner(special{bytes: []byte{'"', '\r', '\n'}}),
		numbers: guard || strings.IndexByte("+-.:0123456789aefilnrstuNITZ", delim) >= 0}
}

// looseEnds reports whether a text needs quotes for its ends: for white space
// and the byte order mark, which some readers drop.
func looseEnds(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	first, last := text[0], text[len(text)-1]
	return last == ' ' || last == '\t' || first == ' ' || first == '\t' || first == 0xef
}

// appendCell appends a cell, in quotes where it needs them to read back as it
// is.
func (f *csvForm) appendCell(b, text []byte, guard bool) []byte {
	return f.appendMarked(b, text, f.special.scan(text)&markSpecial != 0, guard)
}

// appendMarked appends a cell of which is known whether it has special bytes.
func (f *csvForm) appendMarked(b, text []byte, special, guard bool) []byte {
	var room [guardedCellUsual]byte
	if guard && f.formula.Needs(text) {
		text = f.formula.Append(room[:0], text)
	}
	if !special && !looseEnds(text) {
		return append(b, text...)
	}
	b = append(b, '"')
	for {
		i := bytes.IndexByte(text, '"')
		if i < 0 {
			break
		}
		b = append(append(b, text[:i+1]...), '"')
		text = text[i+1:]
	}
	return append(append(b, text...), '"')
}

// guardedCellUsual is how long a guarded cell seldom is.
const guardedCellUsual = 256 // bytes

// csvBytesAround is what stands around a value: a delimiter and quotes.
const csvBytesAround = 3 // bytes

// encode appends the rows of the columns to b, but for those that are dropped.
func (f *csvForm) encode(b []byte, columns []cells, rows int, dropped []int32) []byte {
	size := rows * len(f.ending)
	for i := range columns {
		size += rows*csvBytesAround + columns[i].textBytes()
	}
	b = slices.Grow(b, size)
	var scratch []byte
	for row := range rows {
		if len(dropped) > 0 && int(dropped[0]) == row {
			dropped = dropped[1:]
			continue
		}
		start := len(b)
		for i := range columns {
			if i > 0 {
				b = append(b, f.delim)
			}
			c := &columns[i]
			switch {
			case c.null(row):
			case c.Type() == pipeline.String:
				text := c.text[c.offsets[row]:c.offsets[row+1]]
				if c.plain() && !f.guard && !looseEnds(text) {
					b = c.appendPlain(b, row)
				} else {
					b = f.appendCell(b, text, f.guard)
				}
			case c.Type() == pipeline.StringList:
				scratch = c.appendList(scratch[:0], row)
				b = f.appendCell(b, scratch, f.guard)
			case f.numbers:
				scratch = appendFixed(scratch[:0], c, row)
				b = f.appendCell(b, scratch, f.guard)
			default:
				b = appendFixed(b, c, row)
			}
		}
		b = f.endRow(b, start, len(columns))
	}
	return b
}

// endRow ends the row that began at start. A row of one empty cell is quoted,
// since an empty line is no row.
func (f *csvForm) endRow(b []byte, start, cells int) []byte {
	if cells == 1 && len(b) == start {
		b = append(b, `""`...)
	}
	return append(b, f.ending...)
}

// csvEncoder writes rows of cells, cell by cell.
type csvEncoder struct {
	*csvForm
	w     io.Writer
	row   []byte // and those before it that are not written yet
	start int    // of the row
	cells int    // of the row so far
	err   error  // the first of a write; nothing is written after it
}

func newCSVEncoder(w io.Writer, form *csvForm) *csvEncoder {
	return &csvEncoder{csvForm: form, w: w}
}

// cell writes one cell. Errors come from end or flush.
func (e *csvEncoder) cell(text []byte) {
	if e.cells > 0 {
		e.row = append(e.row, e.delim)
	}
	e.cells++
	e.row = e.appendCell(e.row, text, e.guard)
}

// visible writes one cell of a text that need not be UTF-8, its other bytes as
// \xNN.
func (e *csvEncoder) visible(text string, guard bool) {
	if e.cells > 0 {
		e.row = append(e.row, e.delim)
	}
	e.cells++
	e.row = e.appendVisible(e.row, bytesOf(text), guard)
}

// appendVisible appends one cell of a text that need not be UTF-8.
func (f *csvForm) appendVisible(b, text []byte, guard bool) []byte {
	m := f.special.scan(text)
	if m&markWide != 0 {
		text = visible(text)
	}
	return f.appendMarked(b, text, m&markSpecial != 0, guard)
}

// appendPlain appends cells that stand as they are, as most do, or in quotes for
// a delimiter in them, with a look at all of them at once. It reports false, and
// appends nothing, where one needs more.
func (f *csvForm) appendPlain(b []byte, cells [][]byte) ([]byte, bool) {
	start := len(b)
	for i, c := range cells {
		if i > 0 {
			b = append(b, f.delim)
		}
		if looseEnds(c) {
			return b[:start], false
		}
		b = append(b, c...)
	}
	row := b[start:]
	m := f.quotes.scan(row)
	if m&markSpecial != 0 || m&markWide != 0 && !canon.ValidUTF8(row) {
		return b[:start], false
	}
	within := bytes.Count(row, []byte{f.delim}) - max(len(cells)-1, 0)
	for i, end := len(cells)-1, len(b); within > 0; i-- {
		n := bytes.Count(cells[i], []byte{f.delim})
		from := end - len(cells[i])
		if within -= n; n > 0 {
			b = append(b, `""`...)
			copy(b[end+2:], b[end:])
			b[end+1] = '"'
			copy(b[from+1:], cells[i])
			b[from] = '"'
		}
		end = from - 1
	}
	return b, true
}

// visible is a text with each byte that is not UTF-8 as \xNN.
func visible(text []byte) []byte {
	if canon.ValidUTF8(text) {
		return text
	}
	return bytesOf(diag.UTF8(string(text)))
}

// end ends the row.
func (e *csvEncoder) end() error {
	e.row = e.endRow(e.row, e.start, e.cells)
	e.cells, e.start = 0, len(e.row)
	if len(e.row) < bufferBytes {
		return nil
	}
	return e.flush()
}

func (e *csvEncoder) names(columns []string) error {
	for _, c := range columns {
		e.cell(bytesOf(c))
	}
	return e.end()
}

// flush writes what is collected. A row that was not ended is lost.
func (e *csvEncoder) flush() error {
	if e.err == nil {
		_, e.err = e.w.Write(e.row)
	}
	e.row, e.start = e.row[:0], 0
	return e.err
}
