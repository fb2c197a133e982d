package file

import (
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// rejectLayout writes rejected rows under given columns. It is immutable.
type rejectLayout struct {
	columns []string
	at      map[string]int // the place of each column
	csv     *csvForm       // also of the raw text in JSON Lines
	keys    []jsonKey      // of JSON Lines; nil: CSV
}

// newRejectLayout is for rows of the columns, each taken once.
func newRejectLayout(columns []string, csv *csvForm, lines bool) *rejectLayout {
	l := &rejectLayout{at: map[string]int{}, csv: csv}
	for _, c := range columns {
		if _, there := l.at[c]; !there && !ours(c) {
			l.at[c] = len(l.columns)
			l.columns = append(l.columns, c)
		}
	}
	if !lines {
		return l
	}
	for _, name := range l.names() {
		l.keys = append(l.keys, newJSONKey(name, pipeline.String))
	}
	return l
}

func (l *rejectLayout) names() []string {
	var names []string
	for _, c := range l.columns {
		names = append(names, diag.UTF8(c))
	}
	return append(names, columnReason, columnOrigin, columnRule, columnRaw)
}

// begin is what a file begins with: of CSV the head and the names.
func (l *rejectLayout) begin(head string) []byte {
	if l.keys != nil {
		return nil
	}
	var names [][]byte
	for _, name := range l.names() {
		names = append(names, bytesOf(name))
	}
	return l.appendCSV([]byte(head), names)
}

// append appends rows to b.
func (l *rejectLayout) append(b []byte, rows []pipeline.Reject) []byte {
	cells := make([][]byte, len(l.columns)+columnsOurs)
	var origin []byte
	var source []string // the columns of the row before
	var fields []int    // which columns of the file they are; -1: none
	for i := range rows {
		row := &rows[i]
		if i == 0 || !same(source, row.Columns) {
			source, fields = row.Columns, l.fields(row.Columns)
			clear(cells)
		}
		for i, at := range fields {
			switch {
			case at < 0:
			case i < len(row.Cells):
				cells[at] = bytesOf(row.Cells[i])
			default:
				cells[at] = nil
			}
		}
		raw := row.Raw
		if raw == "" && (len(row.Cells) > len(row.Columns) || homeless(row, fields)) {
			raw = l.csv.line(row.Cells)
		}
		origin = row.Origin.Append(origin[:0])
		copy(cells[len(l.columns):], [][]byte{bytesOf(row.Reason()), origin, bytesOf(row.Rules()), bytesOf(raw)})
		if l.keys == nil {
			b = l.appendCSV(b, cells)
		} else {
			b = l.appendLine(b, cells)
		}
	}
	return b
}

// same reports equal names, of rows of one batch at a glance.
func same(a, b []string) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || slices.Equal(a, b))
}

// homeless reports a row with a cell for which the file has no column, such as
// one of a record that was rejected as a whole. Our own columns, of a file that
// was fed back, are not missed.
func homeless(row *pipeline.Reject, fields []int) bool {
	for i, at := range fields {
		if at < 0 && i < len(row.Cells) && row.Cells[i] != "" && !ours(row.Columns[i]) {
			return true
		}
	}
	return false
}

// fields are the places of columns of a source.
func (l *rejectLayout) fields(columns []string) []int {
	fields := make([]int, len(columns))
	for i, c := range columns {
		at, ok := l.at[c]
		if !ok {
			at = -1
		}
		fields[i] = at
	}
	return fields
}

func (l *rejectLayout) appendCSV(b []byte, cells [][]byte) []byte {
	start, n := len(b), min(len(l.columns), len(cells))
	b, plain := l.csv.appendPlain(b, cells[:n])
	if !plain {
		n = 0
	}
	for i, c := range cells[n:] {
		i += n
		if i > 0 {
			b = append(b, l.csv.delim)
		}
		// Ours are not read back, so that they can be kept from
		// running as formulas without changing a value.
		b = l.csv.appendVisible(b, c, i >= len(l.columns))
	}
	return l.csv.endRow(b, start, len(cells))
}

func (l *rejectLayout) appendLine(b []byte, cells [][]byte) []byte {
	start := len(b)
	for i, c := range cells {
		if len(c) > 0 {
			b = append(appendEscaped(l.keys[i].append(b), visible(c)), '"')
		}
	}
	if len(b) == start {
		b = append(b, '{')
	}
	b[start] = '{' // in place of the first comma
	return append(b, '}', '\n')
}
