package file

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// RejectsFile keeps the rejected rows of a model in one file, CSV or JSON
// Lines by its name: the columns of all its sources, and behind them those of
// [Rejects]. It replaces the file when it is closed.
//
// It is for one goroutine. Nothing is visible until Close.
type RejectsFile struct {
	path    string
	columns []string
	pending *pending
	csv     *csvEncoder // nil: JSON Lines
	at      map[string]int
	line    []byte
	closed  bool
}

// NewRejectsFile starts a file for rows of the columns, each named once.
func NewRejectsFile(path string, columns []string) (*RejectsFile, error) {
	f := &RejectsFile{path: path, at: map[string]int{}}
	for _, c := range columns {
		if _, there := f.at[c]; !there && !ours(c) {
			f.at[c] = len(f.columns)
			f.columns = append(f.columns, c)
		}
	}
	ext := strings.ToLower(filepath.Ext(path))
	if ext != ".csv" && ext != ".jsonl" {
		return nil, fmt.Errorf("write rejects to %s: the name must end in .csv or .jsonl", path)
	}
	var err error
	if f.pending, err = create(path); err != nil {
		return nil, fmt.Errorf("write rejects to %s: %w", path, err)
	}
	if ext == ".jsonl" {
		return f, nil
	}
	f.csv = newCSVEncoder(f.pending, ',')
	names := make([]string, 0, len(f.columns)+columnsOurs)
	for _, c := range f.columns {
		names = append(names, visible(c))
	}
	if err := f.csv.names(append(names, columnReason, columnOrigin, columnRaw)); err != nil {
		f.Abort()
		return nil, fmt.Errorf("write rejects to %s: %w", path, bare(err))
	}
	return f, nil
}

// Reject adds a row. The name of the model, which [Rejects] needs, is not
// written: all rows of the file are of one.
func (f *RejectsFile) Reject(_ string, row pipeline.Reject) error {
	cells := make([]string, len(f.columns)+columnsOurs)
	for i, c := range row.Columns {
		if at, ok := f.at[c]; ok && i < len(row.Cells) {
			cells[at] = row.Cells[i]
		}
	}
	raw := row.Raw
	if raw == "" && len(row.Cells) > len(row.Columns) {
		raw = line(row.Cells)
	}
	copy(cells[len(f.columns):], []string{row.Finding.Message, row.Origin.String(), raw})
	write := f.writeJSON
	if f.csv != nil {
		write = f.writeCSV
	}
	if err := write(cells); err != nil {
		return fmt.Errorf("write rejects to %s: %w", f.path, bare(err))
	}
	return nil
}

func (f *RejectsFile) writeCSV(cells []string) error {
	for i, c := range cells {
		// Ours are not read back, so that they can be kept from
		// running as formulas without changing a value.
		f.csv.guard = i >= len(f.columns)
		f.csv.cell([]byte(visible(c)))
	}
	f.csv.guard = false
	return f.csv.end()
}

func (f *RejectsFile) writeJSON(cells []string) error {
	names := append(append([]string{}, f.columns...), columnReason, columnOrigin, columnRaw)
	f.line = appendRecord(f.line[:0], names, func(i int) pipeline.Value {
		if cells[i] == "" {
			return pipeline.Null()
		}
		return pipeline.StringValue(visible(cells[i]))
	})
	_, err := io.Writer(f.pending).Write(f.line)
	return err
}

// Close makes the file durable and visible. When it fails, the file that was
// there before is still there, unless the error says that the new one is in
// place and its folder could not be made durable. A second Close does nothing.
func (f *RejectsFile) Close() error {
	if f.closed {
		return nil
	}
	defer f.Abort()
	var err error
	if f.csv != nil {
		err = f.csv.flush()
	}
	if err == nil {
		err = f.pending.publish()
	}
	if err != nil {
		return fmt.Errorf("write rejects to %s: %w", f.path, bare(err))
	}
	return nil
}

// Abort gives the file up. After Close it does nothing.
func (f *RejectsFile) Abort() {
	f.closed = true
	f.pending.discard()
}
