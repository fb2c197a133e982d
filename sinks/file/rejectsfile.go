package file

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// RejectsFile keeps the rejected rows of a model in one file, CSV or JSON
// Lines by its name: the columns of all its sources, and behind them those of
// [Rejects]. It replaces the file when it is closed.
//
// It is for one goroutine, but for EncodeRejects. Nothing is visible until
// Close.
type RejectsFile struct {
	path    string
	layout  *rejectLayout
	pending *pending
	text    []byte // that is not written yet
	spares  buffers
	err     error // the first of a write; nothing is written after it
	closed  bool
}

var _ pipeline.RejectEncoder = (*RejectsFile)(nil)

// NewRejectsFile starts a file for rows of the columns, each named once. The
// form is that of CSV; JSON Lines take none but the zero one.
func NewRejectsFile(path string, columns []string, form RejectsForm) (*RejectsFile, error) {
	ext := strings.ToLower(filepath.Ext(path))
	if ext != ".csv" && ext != ".jsonl" {
		return nil, fmt.Errorf("write rejects to %s: the name must end in .csv or .jsonl", path)
	}
	if ext == ".jsonl" && form != (RejectsForm{}) {
		return nil, fmt.Errorf("write rejects to %s: a delimiter and a byte order mark are for CSV", path)
	}
	csv, head, err := form.csv()
	if err != nil {
		return nil, fmt.Errorf("write rejects to %s: %w", path, err)
	}
	f := &RejectsFile{path: path, layout: newRejectLayout(columns, csv, ext == ".jsonl"), spares: newBuffers()}
	f.text = f.layout.begin(head)
	if f.pending, err = create(path); err != nil {
		return nil, fmt.Errorf("write rejects to %s: %w", path, err)
	}
	return f, nil
}

// Reject adds a row. The name of the model, which [Rejects] needs, is not
// written: all rows of the file are of one.
func (f *RejectsFile) Reject(_ string, row pipeline.Reject) error {
	f.text = f.layout.append(f.text, []pipeline.Reject{row})
	if len(f.text) < bufferBytes {
		return nil
	}
	return f.flush()
}

// EncodeRejects lays rows out and returns what adds them to the file.
func (f *RejectsFile) EncodeRejects(_ string, rows []pipeline.Reject) (add func() error) {
	text := f.layout.append(f.spares.get(), rows)
	return func() error {
		if err := f.flush(); err != nil {
			return err
		}
		err := f.write(text)
		f.spares.put(text)
		return err
	}
}

// flush writes what is collected.
func (f *RejectsFile) flush() error {
	err := f.write(f.text)
	f.text = f.text[:0]
	return err
}

func (f *RejectsFile) write(text []byte) error {
	if f.err == nil && len(text) > 0 {
		if _, err := f.pending.Write(text); err != nil {
			f.err = fmt.Errorf("write rejects to %s: %w", f.path, bare(err))
		}
	}
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
	if err := f.flush(); err != nil {
		return err
	}
	if err := f.pending.publish(); err != nil {
		return fmt.Errorf("write rejects to %s: %w", f.path, bare(err))
	}
	return nil
}

// Abort gives the file up. After Close it does nothing.
func (f *RejectsFile) Abort() {
	f.closed = true
	f.pending.discard()
}
