package parquet_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/sources/parquet"
)

// mutate damages a copy of a file in one of several ways.
func mutate(r *rand.Rand, original []byte) ([]byte, string) {
	b := slices.Clone(original)
	at := r.IntN(len(b))
	if r.IntN(3) == 0 { // the footer and the page headers are a small part; aim at the end more often
		at = len(b) - 1 - r.IntN(min(len(b), 1500))
	}
	switch r.IntN(5) {
	case 0, 1:
		bit := r.IntN(8)
		b[at] ^= 1 << bit
		return b, fmt.Sprintf("bit %d of byte %d", bit, at)
	case 2:
		return b[:at], fmt.Sprintf("cut at %d", at)
	case 3:
		n := min(1+r.IntN(40), len(b)-at)
		fill := []byte{0x00, 0xff, byte(r.IntN(256))}[r.IntN(3)]
		for i := range n {
			b[at+i] = fill
		}
		return b, fmt.Sprintf("%d bytes of %#x at %d", n, fill, at)
	default:
		n := min(1+r.IntN(200), len(b)-at)
		return slices.Delete(b, at, at+n), fmt.Sprintf("%d bytes missing at %d", n, at)
	}
}

// outcome is what reading a damaged file came to.
type outcome struct {
	rows int
	err  error
}

func readAll(ctx context.Context, s *parquet.Source) outcome {
	var o outcome
	for b, err := range s.Read(ctx) {
		if err != nil {
			o.err = err
			break
		}
		o.rows += b.Len() + len(b.Rejects())
	}
	return o
}

// A damaged file ends in an error that names it, or it has all its records. A
// changed value in a page without checksum cannot be seen, and the writer of
// these samples writes none.
func TestDamagedFilesNeverLoseRowsSilently(t *testing.T) {
	const (
		rows     = 120 // in two row groups of 80 and 40
		perFile  = 260 // mutations of each variant: over 2,000 in all
		eachMax  = 20 * time.Second
		heapMax  = 1 << 30 // bytes
		seedBase = 42
	)
	dir := t.TempDir()
	s, err := parquet.New(parquet.Config{Path: "damaged.parquet", Dir: dir, BatchRows: 32})
	must(t, err)
	files, failures, columns := 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(variants())) {
		original := sample(t, 80, variants()[name])
		for i := range perFile {
			r := rand.New(rand.NewPCG(seedBase, uint64(i)))
			damaged, how := mutate(r, original)
			put(t, dir, "damaged.parquet", damaged)
			ctx, cancel := context.WithTimeout(t.Context(), eachMax)
			began := time.Now()
			o := readAll(ctx, s)
			cancel()
			if took := time.Since(began); took > eachMax {
				t.Fatalf("%s, seed %d, %s: took %s", name, i, how, took)
			}
			files++
			switch {
			case o.err == nil && o.rows != rows:
				t.Errorf("%s, seed %d, %s: %d of %d rows and no error", name, i, how, o.rows, rows)
			case o.err != nil:
				failures++
				text := o.err.Error()
				if !strings.Contains(text, "damaged.parquet") {
					t.Errorf("%s, seed %d, %s: the error does not name the file: %v", name, i, how, o.err)
				}
				if strings.Contains(text, "row group") && strings.Contains(text, "column") {
					columns++
				}
			}
			var m runtime.MemStats
			if i%20 == 0 {
				runtime.ReadMemStats(&m)
			}
			if m.HeapSys > heapMax {
				t.Fatalf("%s, seed %d, %s: the heap is %d bytes", name, i, how, m.HeapSys)
			}
		}
	}
	t.Logf("%d damaged files, %d errors, %d of them name row group and column", files, failures, columns)
	if files < 2000 || columns == 0 {
		t.Errorf("only %d damaged files were read, %d errors named a column", files, columns)
	}
}

func TestWhatIsNoParquetFile(t *testing.T) {
	for name, content := range map[string]string{
		"empty": "", "short": "PAR1", "text": strings.Repeat("a;b;c\n", 100), "footer too long": "PAR1....\xff\xff\xff\x7fPAR1",
		"encrypted": "PAR1........PARE",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "x.parquet", []byte(content))
			s, err := parquet.New(parquet.Config{Path: "x.parquet", Dir: dir})
			must(t, err)
			_, err = s.Schema(t.Context())
			if err == nil || !strings.Contains(err.Error(), "read x.parquet: ") {
				t.Errorf("error %v, want one that names the file", err)
			}
		})
	}
	t.Run("directory", func(t *testing.T) {
		dir := t.TempDir()
		must(t, os.Mkdir(filepath.Join(dir, "x.parquet"), 0o700))
		s, err := parquet.New(parquet.Config{Path: "x.parquet", Dir: dir})
		must(t, err)
		if _, err = s.Schema(t.Context()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("error %v", err)
		}
	})
}

// A file ends with what says where everything in it is, so that one that was cut
// off anywhere is an error, and never a shorter list.
func TestFileThatWasCutOffIsAnError(t *testing.T) {
	var out bytes.Buffer
	write(t, &out, [][]cells{contacts(3)})
	whole := out.Bytes()
	for n := range len(whole) {
		dir := t.TempDir()
		put(t, dir, "x.parquet", whole[:n])
		s, err := parquet.New(parquet.Config{Path: "x.parquet", Dir: dir})
		must(t, err)
		var failed error
		for _, err := range s.Read(t.Context()) {
			failed = err
		}
		if failed == nil {
			t.Fatalf("a file cut after %d of %d bytes is read as if it were whole", n, len(whole))
		}
	}
}
