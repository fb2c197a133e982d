package file

import (
	"fmt"
	"path/filepath"
	"slices"
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
	source  []string // the columns of the last row
	fields  []int    // which columns of ours they are; -1: none
	cells   []string // of the row that is being written
	keys    []jsonKey
	line    []byte // of JSON, and those before it that are not written yet
	err     error  // the first of writing lines
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
	names := make([]string, 0, len(f.columns)+columnsOurs)
	for _, c := range f.columns {
		names = append(names, visible(c))
	}
	names = append(names, columnReason, columnOrigin, columnRule, columnRaw)
	if ext == ".jsonl" {
		for _, n := range names {
			f.keys = append(f.keys, newJSONKey(n, pipeline.String))
		}
		return f, nil
	}
	f.csv = newCSVEncoder(f.pending, newCSVForm(',', "\n", false))
	if err := f.csv.names(names); err != nil {
		f.Abort()
		return nil, fmt.Errorf("write rejects to %s: %w", path, bare(err))
	}
	return f, nil
}

// Reject adds a row. The name of the model, which [Rejects] needs, is not
// written: all rows of the file are of one.
func (f *RejectsFile) Reject(_ string, row pipeline.Reject) error {
	cells := f.place(row)
	raw := row.Raw
	if raw == "" && len(row.Cells) > len(row.Columns) {
		raw = line(row.Cells)
	}
	copy(cells[len(f.columns):], []string{row.Finding.Message, row.Origin.String(), row.Finding.Rule, raw})
	write := f.writeJSON
	if f.csv != nil {
		write = f.writeCSV
	}
	err := write(cells)
	clear(cells) // they may be views of a batch
	if err != nil {
		return fmt.Errorf("write rejects to %s: %w", f.path, bare(err))
	}
	return nil
}

// place puts the cells of a row under the columns of the file. What it returns
// is used again for the next row.
func (f *RejectsFile) place(row pipeline.Reject) []string {
	if f.cells == nil {
		f.cells = make([]string, len(f.columns)+columnsOurs)
	}
	if !slices.Equal(f.source, row.Columns) {
		f.source, f.fields = slices.Clone(row.Columns), f.fields[:0]
		for _, c := range row.Columns {
			at, ok := f.at[c]
			if !ok {
				at = -1
			}
			f.fields = append(f.fields, at)
		}
	}
	for i, c := range row.Cells[:min(len(row.Cells), len(f.fields))] {
		if at := f.fields[i]; at >= 0 {
			f.cells[at] = c
		}
	}
	return f.cells
}

func (f *RejectsFile) writeCSV(cells []string) error {
	for i, c := range cells {
		// Ours are not read back, so that they can be kept from
		// running as formulas without changing a value.
		f.csv.visible(c, i >= len(f.columns))
	}
	return f.csv.end()
}

func (f *RejectsFile) writeJSON(cells []string) error {
	start := len(f.line)
	for i, c := range cells {
		if c != "" {
			f.line = append(appendEscaped(f.keys[i].append(f.line), bytesOf(visible(c))), '"')
		}
	}
	if len(f.line) == start {
		f.line = append(f.line, '{')
	}
	f.line[start] = '{' // in place of the first comma
	f.line = append(f.line, '}', '\n')
	if len(f.line) < bufferBytes {
		return nil
	}
	return f.flush()
}

// flush writes the rows that are collected.
func (f *RejectsFile) flush() error {
	if f.csv != nil {
		return f.csv.flush()
	}
	if f.err == nil {
		_, f.err = f.pending.Write(f.line)
	}
	f.line = f.line[:0]
	return f.err
}

// Close makes the file durable and visible. When it fails, the file that was
// there before is still there, unless the error says that the new one is in
// place and its folder could not be made durable. A second Close does nothing.
func (f *RejectsFile) Close() error {
	if f.closed {
		return nil
	}
	defer f.Abort()
	err := f.flush()
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
