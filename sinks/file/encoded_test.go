package file_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/file"
	"github.com/reconkit/reconkit/sinks/sinktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// encodeAll encodes the batches by several goroutines and appends them in order.
func encodeAll(w *file.Writer, batches []*pipeline.Batch, workers int) error {
	encoded := make([]*file.Encoded, len(batches))
	errs := make([]error, len(batches))
	var running sync.WaitGroup
	for worker := range workers {
		running.Go(func() {
			for i := worker; i < len(batches); i += workers {
				encoded[i], errs[i] = w.Encode(batches[i], nil)
			}
		})
	}
	running.Wait()
	for i, e := range encoded {
		if errs[i] != nil {
			return errs[i]
		}
		if err := w.Append(e); err != nil {
			return err
		}
	}
	return nil
}

// A dropped row is not in the file, in any format, even one that the file could
// not hold.
func TestDroppedRowsAreLeftOut(t *testing.T) {
	for _, ending := range []string{".csv", ".jsonl", ".parquet"} {
		t.Run(ending, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "want"+ending), record(1), record(3))
			bad := record(2)
			bad["name"] = text("M\xfcller")
			w, err := file.NewWriter(filepath.Join(dir, "got"+ending), contacts, file.WriterOptions{})
			must(t, err)
			e, err := w.Encode(batch(t, contacts, record(0), record(1), bad, record(3)), []int32{0, 2})
			must(t, err)
			must(t, w.Append(e))
			must(t, w.Close())
			if w.Rows() != 2 || get(t, filepath.Join(dir, "got"+ending)) != get(t, filepath.Join(dir, "want"+ending)) {
				t.Errorf("%d rows; the file is another", w.Rows())
			}
		})
	}
}

// The file is the same however the records are cut into batches, and by how
// many goroutines they are encoded.
func TestCutsAndWorkersChangeNothing(t *testing.T) {
	const rows = 700
	var records []sinktest.Record
	for i := range rows {
		r := record(i)
		r["name"] = text(hostile[i%(len(hostile)-1)])
		records = append(records, r)
	}
	for _, ending := range []string{".csv", ".jsonl"} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "want"+ending), records...)
		want := get(t, filepath.Join(dir, "want"+ending))
		rapid.Check(t, func(rt *rapid.T) {
			var batches []*pipeline.Batch
			for from := 0; from < rows; {
				to := min(rows, from+rapid.IntRange(1, 400).Draw(rt, "cut"))
				batches = append(batches, batch(t, contacts, records[from:to]...))
				from = to
			}
			path := filepath.Join(dir, "got"+ending)
			w, err := file.NewWriter(path, contacts, file.WriterOptions{})
			must(t, err)
			must(t, encodeAll(w, batches, rapid.IntRange(1, 4).Draw(rt, "workers")))
			must(t, w.Close())
			if get(t, path) != want || w.Rows() != rows {
				rt.Fatalf("%s: the file is another", ending)
			}
		})
	}
}

// A batch that was refused is not left out in silence.
func TestCloseFailsAfterARefusal(t *testing.T) {
	for _, ending := range endings {
		path := filepath.Join(t.TempDir(), "out"+ending)
		w, err := file.NewWriter(path, contacts, file.WriterOptions{})
		must(t, err)
		good, err := w.Encode(batch(t, contacts, record(0)), nil)
		must(t, err)
		_, refused := w.Encode(batch(t, contacts, sinktest.Record{"name": text("M\xfcller")}), nil)
		must(t, w.Append(good))
		if closed := w.Close(); refused == nil || closed == nil || closed.Error() != refused.Error() {
			t.Errorf("%s: Encode: %v; Close: %v", ending, refused, closed)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: the file is there", ending)
		}
	}
}

func TestAppendTakesItsOwnOnce(t *testing.T) {
	for name, misuse := range map[string]func(w, other *file.Writer) error{
		"twice": func(w, _ *file.Writer) error {
			e, err := w.Encode(batch(t, contacts, record(0)), nil)
			must(t, err)
			must(t, w.Append(e))
			return w.Append(e)
		},
		"of another": func(w, other *file.Writer) error {
			e, err := other.Encode(batch(t, contacts, record(0)), nil)
			must(t, err)
			return w.Append(e)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var writers []*file.Writer
			for i := range 2 {
				w, err := file.NewWriter(filepath.Join(t.TempDir(), fmt.Sprint(i, ".jsonl")), contacts, file.WriterOptions{})
				must(t, err)
				defer w.Abort()
				writers = append(writers, w)
			}
			if err := misuse(writers[0], writers[1]); err == nil || !strings.Contains(err.Error(), "0.jsonl") {
				t.Errorf("error %v", err)
			}
			if err := writers[0].Close(); err == nil {
				t.Error("the file was closed after an error")
			}
		})
	}
}
