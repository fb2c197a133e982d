package file

import (
	"bufio"
	"bytes"
	"io"

	"github.com/reconkit/reconkit/pipeline"
)

// bufferBytes is how much text is collected before it is written.
const bufferBytes = 256 << 10 // bytes

// csvEncoder writes rows of cells.
type csvEncoder struct {
	w      *bufio.Writer
	delim  byte
	ending string // of lines
	guard  bool   // keep spreadsheets from running a cell as a formula
	cells  int    // of the row so far
	only   bool   // the one cell of the row so far is empty
}

func newCSVEncoder(w io.Writer, delim byte) *csvEncoder {
	return &csvEncoder{w: bufio.NewWriterSize(w, bufferBytes), delim: delim, ending: "\n"}
}

// cell writes one cell. Errors come from end or flush.
func (e *csvEncoder) cell(text []byte) {
	if e.cells > 0 {
		e.w.WriteByte(e.delim)
	}
	e.only = e.cells == 0 && len(text) == 0
	e.cells++
	if e.guard && startsFormula(text) {
		text = append([]byte{'\''}, text...)
	}
	if !e.quoted(text) {
		e.w.Write(text)
		return
	}
	e.w.WriteByte('"')
	for {
		i := bytes.IndexByte(text, '"')
		if i < 0 {
			break
		}
		e.w.Write(text[:i+1])
		e.w.WriteByte('"')
		text = text[i+1:]
	}
	e.w.Write(text)
	e.w.WriteByte('"')
}

// startsFormula reports whether a spreadsheet would take a cell for a formula.
func startsFormula(text []byte) bool {
	return len(text) > 0 && bytes.IndexByte([]byte("=+-@\t\r"), text[0]) >= 0
}

// quoted reports whether a cell needs quotes to read back as it is: for the
// delimiter, quotes and line breaks, and for white space at its ends and the
// byte order mark, which some readers drop.
func (e *csvEncoder) quoted(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	first, last := text[0], text[len(text)-1]
	return first == ' ' || first == '\t' || last == ' ' || last == '\t' || first == 0xef ||
		bytes.IndexByte(text, e.delim) >= 0 || bytes.ContainsAny(text, "\"\r\n")
}

// end ends the row. A row of one empty cell is quoted, since an empty line is
// no row.
func (e *csvEncoder) end() error {
	if e.cells == 1 && e.only {
		e.w.WriteString(`""`)
	}
	e.cells, e.only = 0, false
	_, err := e.w.WriteString(e.ending)
	return err
}

func (e *csvEncoder) names(columns []string) error {
	for _, c := range columns {
		e.cell([]byte(c))
	}
	return e.end()
}

func (e *csvEncoder) flush() error { return e.w.Flush() }

// appendRecord appends the record as one line of JSON, its nulls left out.
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
