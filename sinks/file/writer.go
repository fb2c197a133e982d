package file

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"sync/atomic"

	"github.com/reconkit/reconkit/pipeline"
)

// WriterOptions are the choices of an export. The zero value is right for
// programs that read the file back.
type WriterOptions struct {
	Dir       string // that a relative path starts from
	Format    string // csv, jsonl or parquet; "": by the name of the file
	Delimiter string // of CSV; "": a comma
	// GuardFormulas puts an apostrophe before CSV cells, and parts of them, that a
	// spreadsheet would run as a formula, as diag.FormulaGuard has it. Such a file
	// does not read back as the same values.
	GuardFormulas bool
}

// Writer writes batches of one schema to a file. Nothing is visible under the
// file's name until Close has succeeded. It is for one goroutine, but for
// Encode: several goroutines may encode batches that one appends in order.
type Writer struct {
	path    string
	schema  *pipeline.Schema
	format  format
	pending *pending
	packed  io.WriteCloser
	rows    int
	err     error // the first one; nothing is written after it
	done    bool
	refused atomic.Pointer[error] // the first one of Encode

	// Of CSV and JSON Lines, which are written in whole batches.
	encode  func(b []byte, columns []cells, rows int, dropped []int32) []byte
	special *scanner // for the bytes that encode cares for
	text    *bufio.Writer
	spares  buffers

	parquet *parquetWriter
}

// NewWriter starts a CSV, JSON Lines or Parquet file, by its name or by the
// option Format; the first two may end in .gz or .zst. The caller ends it with
// Close or Abort.
func NewWriter(path string, schema *pipeline.Schema, opt WriterOptions) (*Writer, error) {
	f, p, err := layoutOf(path, opt.Format)
	if err != nil {
		return nil, err
	}
	delim, err := delimiterOf(opt.Delimiter)
	if err != nil {
		return nil, err
	}
	w := &Writer{path: path, schema: schema, format: f}
	full := path
	if !filepath.IsAbs(path) {
		full = filepath.Join(opt.Dir, path)
	}
	if err := folderThere(full); err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	if w.pending, err = create(full); err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	if err := w.start(p, delim, opt.GuardFormulas); err != nil {
		w.pending.discard()
		return nil, fmt.Errorf("write %s: %w", path, bare(err))
	}
	return w, nil
}

func (w *Writer) start(p packing, delim byte, guard bool) error {
	var err error
	if w.packed, err = pack(p, w.pending); err != nil {
		return err
	}
	w.text = bufio.NewWriterSize(w.packed, bufferBytes)
	w.spares = newBuffers()
	switch w.format {
	case formatCSV:
		form := newCSVForm(delim, "\n", guard)
		w.special, w.encode = form.special, form.encode
		head := newCSVEncoder(w.text, form)
		if err := head.names(w.schema.Names()); err != nil {
			return err
		}
		return head.flush()
	case formatJSONL:
		w.special, w.encode = jsonSpecial, newLineEncoder(w.schema).encode
		return nil
	default:
		w.special = jsonSpecial
		w.parquet, err = newParquetWriter(w.packed, w.schema)
		return err
	}
}

// Write adds the records of a batch of the writer's schema. A value that the
// format cannot hold is an error that names its row and field. After an error
// the file can only be given up.
func (w *Writer) Write(b *pipeline.Batch) error {
	switch {
	case w.err != nil:
		return w.err
	case w.done:
		return fmt.Errorf("write %s: it is closed", w.path)
	}
	e, err := w.Encode(b, nil)
	if err != nil {
		w.err = err
		return err
	}
	return w.Append(e)
}

// Rows is the number of records written so far.
func (w *Writer) Rows() int { return w.rows }

// Close makes the file durable and visible. When it fails, or a Write failed
// before, the file that was there before is still there, unchanged, unless the
// error says that the new one is in place and its folder could not be made
// durable. A second Close returns the same error and does nothing.
func (w *Writer) Close() error {
	if w.done {
		return w.err
	}
	if refused := w.refused.Load(); w.err == nil && refused != nil {
		w.err = *refused
	}
	if w.err == nil {
		if err := w.finish(); err != nil {
			w.err = fmt.Errorf("write %s: %w", w.path, bare(err))
		}
	}
	w.Abort()
	return w.err
}

func (w *Writer) finish() error {
	var err error
	if w.parquet != nil {
		err = w.parquet.close()
	} else {
		err = w.text.Flush()
	}
	if err == nil {
		err = w.packed.Close()
	}
	if err != nil {
		return err
	}
	return w.pending.publish()
}

// Abort gives the file up: nothing is left of it. After Close it does nothing.
func (w *Writer) Abort() {
	if w.done {
		return
	}
	w.done = true
	// What the compressor holds is freed; after finish this does nothing, and
	// otherwise the file is given up anyway.
	_ = w.packed.Close()
	w.pending.discard()
}
