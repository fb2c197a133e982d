package file_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/file"
	"github.com/reconkit/reconkit/sinks/sinktest"
)

// What is written reads back as the same values, whatever the kind of file.
func TestWriterRoundTrip(t *testing.T) {
	for _, ending := range endings {
		for _, n := range []int{0, 1, 5000} {
			t.Run(fmt.Sprint(ending, " ", n), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "out"+ending)
				var records []sinktest.Record
				for i := range n {
					r := record(i)
					r["name"] = text(strings.ReplaceAll(hostile[i%(len(hostile)-1)], "\r\n", "\n"))
					records = append(records, r)
				}
				w, err := file.NewWriter(path, contacts, file.WriterOptions{})
				must(t, err)
				for from := 0; from < n; from += 777 {
					must(t, w.Write(batch(t, contacts, records[from:min(n, from+777)]...)))
				}
				if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("the file is there before Close: %v", err)
				}
				must(t, w.Close())
				if w.Rows() != n {
					t.Errorf("%d rows, want %d", w.Rows(), n)
				}
				compare(t, path, records)
			})
		}
	}
}

// Lists are written whole, however long.
func TestLongLists(t *testing.T) {
	var long []string
	for i := range 5000 {
		long = append(long, strconv.Itoa(i))
	}
	for _, ending := range endings {
		path := filepath.Join(t.TempDir(), "out"+ending)
		records := []sinktest.Record{{"email": text("a@example.com"), "tags": pipeline.ListValue(long)}, {"email": text("b@example.com"), "tags": pipeline.ListValue(long[:1])}}
		write(t, path, records...)
		compare(t, path, records)
	}
}

func compare(t *testing.T, path string, want []sinktest.Record) {
	t.Helper()
	n := 0
	for b, err := range open(t, path).Read(t.Context()) {
		must(t, err)
		for i := range b.Len() {
			if n >= len(want) {
				t.Fatalf("more than %d records", len(want))
			}
			for f, field := range contacts.Fields() {
				if v := b.Value(i, f); !v.Equal(want[n][field.Name]) {
					t.Fatalf("record %d: %s is %q, want %q", n, field.Name, v, want[n][field.Name])
				}
			}
			n++
		}
	}
	if n != len(want) {
		t.Errorf("%d records, want %d", n, len(want))
	}
}

func TestHundredThousandRows(t *testing.T) {
	const rows = 100_000
	for _, ending := range []string{".csv", ".jsonl", ".parquet"} {
		t.Run(ending, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out"+ending)
			w, err := file.NewWriter(path, contacts, file.WriterOptions{})
			must(t, err)
			for from := 0; from < rows; from += 4000 {
				var records []sinktest.Record
				for i := from; i < from+4000; i++ {
					records = append(records, sinktest.Record{"email": text(fmt.Sprintf("p%d@example.com", i)), "rating": pipeline.IntValue(int64(i))})
				}
				must(t, w.Write(batch(t, contacts, records...)))
			}
			must(t, w.Close())
			target := open(t, path)
			var changes []pipeline.Change
			for i := 0; i < rows; i += 2 {
				changes = append(changes, update(fmt.Sprintf("p%d@example.com", i), "name", pipeline.Null(), text("even")))
			}
			for _, s := range statuses(t, target, changes...) {
				if s != pipeline.Sent {
					t.Fatalf("an update ended as %s", s)
				}
			}
			n, even := 0, 0
			for b, err := range target.Read(t.Context()) {
				must(t, err)
				for i := range b.Len() {
					if b.ColumnOf("rating").Int(i) != int64(n) {
						t.Fatalf("record %d is number %d", n, b.ColumnOf("rating").Int(i))
					}
					if b.ColumnOf("name").Str(i) == "even" {
						even++
					}
					n++
				}
			}
			if n != rows || even != rows/2 {
				t.Errorf("%d records, %d of them changed", n, even)
			}
		})
	}
}

func TestWriterForms(t *testing.T) {
	one := pipeline.MustSchema(pipeline.Field{Name: "a", Type: pipeline.String}, pipeline.Field{Name: "b", Type: pipeline.StringList}, pipeline.Field{Name: "c", Type: pipeline.Float})
	records := []sinktest.Record{{"a": text("=1+1"), "b": pipeline.ListValue([]string{"x", "y"}), "c": pipeline.FloatValue(1e21)}, {}, {"a": text("x,y"), "c": pipeline.Erase()}, {"b": pipeline.ListValue(nil)}}
	for name, c := range map[string]struct {
		name string
		opt  file.WriterOptions
		want string
	}{
		"csv":       {"x.csv", file.WriterOptions{}, "a,b,c\n=1+1,\"[\"\"x\"\",\"\"y\"\"]\",1e+21\n,,\n\"x,y\",,\n,[],\n"},
		"guarded":   {"x.csv", file.WriterOptions{GuardFormulas: true}, "a,b,c\n'=1+1,\"[\"\"x\"\",\"\"y\"\"]\",1e+21\n,,\n\"x,y\",,\n,[],\n"},
		"delimiter": {"x.csv", file.WriterOptions{Delimiter: "tab"}, "a\tb\tc\n=1+1\t\"[\"\"x\"\",\"\"y\"\"]\"\t1e+21\n\t\t\nx,y\t\t\n\t[]\t\n"},
		"jsonl":     {"x.jsonl", file.WriterOptions{}, "{\"a\":\"=1+1\",\"b\":[\"x\",\"y\"],\"c\":1e+21}\n{}\n{\"a\":\"x,y\",\"c\":null}\n{\"b\":[]}\n"},
		"named":     {"x.txt", file.WriterOptions{Format: "jsonl"}, "{\"a\":\"=1+1\",\"b\":[\"x\",\"y\"],\"c\":1e+21}\n{}\n{\"a\":\"x,y\",\"c\":null}\n{\"b\":[]}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			c.opt.Dir = t.TempDir()
			w, err := file.NewWriter(c.name, one, c.opt)
			must(t, err)
			must(t, w.Write(batch(t, one, records...)))
			must(t, w.Close())
			if diff := cmp.Diff(c.want, get(t, filepath.Join(c.opt.Dir, c.name))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWriterRefusesWhatDoesNotReadBack(t *testing.T) {
	for ending, values := range map[string][]sinktest.Record{
		".csv":     {{"name": text("M\xfcller")}, {"tags": pipeline.ListValue([]string{"\xff"})}},
		".jsonl":   {{"name": text("M\xfcller")}, {"score": pipeline.FloatValue(math.NaN())}},
		".parquet": {{"name": text("M\xfcller")}},
	} {
		for i, r := range values {
			t.Run(fmt.Sprint(ending, i), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "out"+ending)
				put(t, path, "before")
				w, err := file.NewWriter(path, contacts, file.WriterOptions{})
				must(t, err)
				err = w.Write(batch(t, contacts, r))
				if err == nil || !strings.Contains(err.Error(), "field ") {
					t.Errorf("error %v", err)
				}
				if closed := w.Close(); closed == nil || get(t, path) != "before" {
					t.Errorf("Close: %v; the file holds %q", closed, get(t, path))
				}
			})
		}
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	for _, ending := range endings {
		w, err := file.NewWriter(filepath.Join(dir, "out"+ending), contacts, file.WriterOptions{})
		must(t, err)
		must(t, w.Write(batch(t, contacts, record(0))))
		w.Abort()
		w.Abort()
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 0 {
		t.Errorf("left: %v", entries)
	}
}

// A disk that fills up while a file is written is played by a limit on the
// size of files.
func TestFullDisk(t *testing.T) {
	const fileBytesMax = 1 << 20 // bytes; less would hit what go test itself writes
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	must(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit))
	for _, ending := range endings {
		t.Run(ending, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "out"+ending)
			write(t, path, record(0))
			before := get(t, path)
			var records []sinktest.Record
			var changes []pipeline.Change
			noise := rand.New(rand.NewPCG(1, 2)) // so that it cannot be compressed
			for i := range 2000 {
				name := ""
				for range 100 {
					name += strconv.FormatUint(noise.Uint64(), 36)
				}
				r := record(i)
				r["name"] = text(name)
				records = append(records, r)
				changes = append(changes, create(fmt.Sprintf("new%d@example.com", i), name))
			}
			target := open(t, path)
			w, err := file.NewWriter(path, contacts, file.WriterOptions{})
			must(t, err)

			must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: fileBytesMax, Max: limit.Max}))
			err = w.Write(batch(t, contacts, records...))
			if closed := w.Close(); err == nil {
				err = closed
			}
			outcomes, applied := target.Apply(t.Context(), changes)
			must(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))

			if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "out"+ending) {
				t.Errorf("the export: %v", err)
			}
			if !errors.Is(applied, syscall.EFBIG) || outcomes != nil {
				t.Errorf("the target: %v with %d outcomes", applied, len(outcomes))
			}
			if get(t, path) != before {
				t.Error("the file was changed")
			}
			entries, err := os.ReadDir(dir)
			must(t, err)
			if len(entries) != 1 {
				t.Errorf("left behind: %v", entries)
			}
		})
	}
}

func TestWriterNamesTheFolder(t *testing.T) {
	dir := t.TempDir()
	_, err := file.NewWriter(filepath.Join(dir, "none", "x.csv"), contacts, file.WriterOptions{})
	if err == nil || !strings.Contains(err.Error(), "make it first") {
		t.Errorf("error %v", err)
	}
	must(t, os.Mkdir(filepath.Join(dir, "x.csv"), 0o700))
	if _, err = file.NewWriter(filepath.Join(dir, "x.csv"), contacts, file.WriterOptions{}); err == nil {
		t.Error("a folder is taken for a file")
	}
}
