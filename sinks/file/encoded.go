package file

import (
	"fmt"
	"runtime"

	"github.com/reconkit/reconkit/pipeline"
)

// Encoded is a batch in the form in which it is appended to a file.
type Encoded struct {
	writer *Writer         // nil once it was appended
	batch  *pipeline.Batch // for Parquet, whose row groups are longer than a batch
	text   []byte
	rows   int
}

// spareBytesMax is the size of the largest buffer that is kept for the next
// batch.
const spareBytesMax = 4 << 20 // bytes

// buffers are empty ones that were used before. It is safe for concurrent use.
type buffers chan []byte

// newBuffers keeps as many as may be filled at the same time.
func newBuffers() buffers { return make(buffers, runtime.GOMAXPROCS(0)+1) }

// get returns a buffer, perhaps a new one.
func (f buffers) get() []byte {
	select {
	case b := <-f:
		return b
	default:
		return nil
	}
}

// put keeps a buffer for later, unless it is large or there are enough.
func (f buffers) put(b []byte) {
	if cap(b) > spareBytesMax {
		return
	}
	select {
	case f <- b[:0]:
	default:
	}
}

// Encode does the work of Write that needs no order: it checks the batch and
// lays it out as CSV or JSON Lines. It is safe for concurrent use, also beside
// Append, and leaves the file as it is. The result holds a buffer of the size
// of its text until it is appended; for Parquet it holds the batch.
//
// The rows of dropped, which ascend, are left out.
//
// An error is that of Write, and the file can only be given up after it: Close
// fails even when the batch is left out.
func (w *Writer) Encode(b *pipeline.Batch, dropped []int32) (*Encoded, error) {
	e, err := w.encoded(b, dropped)
	if err != nil {
		err = fmt.Errorf("write %s: %w", w.path, err)
		w.refused.CompareAndSwap(nil, &err)
		return nil, err
	}
	return e, nil
}

func (w *Writer) encoded(b *pipeline.Batch, dropped []int32) (*Encoded, error) {
	if !w.schema.Equal(b.Schema()) {
		return nil, fmt.Errorf("a batch has other fields than the file")
	}
	if w.encode == nil {
		b, dropped = b.Without(dropped), nil
	}
	columns := cellsOf(b, w.special)
	for i := range columns {
		row, err := columns[i].refused(w.format)
		switch {
		case err != nil && len(dropped) > 0:
			return w.encoded(b.Without(dropped), nil) // it may be a dropped row that is refused
		case err != nil:
			return nil, fmt.Errorf("%s: field %s: %w", b.Origin(row), w.schema.Field(i).Name, err)
		}
	}
	e := &Encoded{writer: w, rows: b.Len() - len(dropped)}
	if w.encode == nil {
		e.batch = b
		return e, nil
	}
	e.text = w.encode(w.spares.get(), columns, b.Len(), dropped)
	return e, nil
}

// Holds reports whether the writer holds batches after they were appended, as
// Parquet does until a row group is full. Their memory must not be used again.
func (w *Writer) Holds() bool { return w.parquet != nil }

// Append adds a batch that Encode of the same writer returned, once. The file
// holds the batches in the order in which they are appended. It is for one
// goroutine. After an error the file can only be given up.
func (w *Writer) Append(e *Encoded) error {
	switch {
	case w.err != nil:
		return w.err
	case w.done:
		return fmt.Errorf("write %s: it is closed", w.path)
	case e.writer != w:
		w.err = fmt.Errorf("write %s: a batch was encoded for another file, or is appended twice", w.path)
		return w.err
	}
	e.writer = nil
	var err error
	if e.batch != nil {
		err = w.parquet.write(e.batch)
	} else {
		_, err = w.text.Write(e.text)
		w.spares.put(e.text)
	}
	e.batch, e.text = nil, nil
	if err != nil {
		w.err = fmt.Errorf("write %s: %w", w.path, bare(err))
		return w.err
	}
	w.rows += e.rows
	return nil
}
