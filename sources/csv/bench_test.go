package csv_test

import (
	stdcsv "encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/csv"
)

// contacts is a file of made-up contacts: 25 columns, about 200 bytes a row,
// one row in ten with a quoted cell, one in fifty with a doubled quote or a
// line break in it; some cells are empty. Of brokenPerMille rows in a thousand,
// one cell holds a quote that stands amiss.
func contacts(rows, brokenPerMille int) string {
	random := rand.New(rand.NewPCG(7, 7))
	var b strings.Builder
	for i := range 25 {
		fmt.Fprintf(&b, "column_%d", i)
		b.WriteByte(",\n"[i/24])
	}
	for range rows {
		for i := range 25 {
			switch {
			case i == 20 && random.IntN(1000) < brokenPerMille:
				b.WriteString("5\" pipe")
			case i == 3 && random.IntN(50) == 0:
				b.WriteString("\"Meyer \"\"& Sons\"\"\nLtd\"")
			case i == 3 && random.IntN(10) == 0:
				b.WriteString("\"Meyer, Müller & Co\"")
			case i%4 == 1:
				b.WriteString("Straße " + fmt.Sprint(random.IntN(9999)))
			case i%7 == 2:
			default:
				fmt.Fprintf(&b, "%x", random.Uint32())
			}
			b.WriteByte(",\n"[i/24])
		}
	}
	return b.String()
}

// BenchmarkRead reads a file into columns; the MB/s of one processor and of two
// are those of the same work.
func BenchmarkRead(b *testing.B) {
	text, broken := contacts(50_000, 0), contacts(50_000, 10)
	path := filepath.Join(b.TempDir(), "contacts.csv")
	for name, content := range map[string]string{
		path: text, path + ".gz": gzipped(b, text), path + ".zst": zstded(b, text), path + ".broken": broken,
		path + ".utf16": wide(text, 0),
	} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	source := func(conf csv.Config, columns ...string) func(b *testing.B) {
		return func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				readAll(b, conf, columns)
			}
		}
	}
	for _, processors := range []int{1, 2} {
		b.Run(fmt.Sprintf("plain, %d processors", processors), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
			source(csv.Config{Path: path})(b)
		})
	}
	b.Run("plain, row by row", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			opened(b, path, func(f *os.File) { readAll(b, csv.Config{Path: "-", Stdin: f}, nil) })
		}
	})
	b.Run("one row in a hundred broken", source(csv.Config{Path: path + ".broken"}))
	b.Run("three columns", source(csv.Config{Path: path}, "column_1", "column_3", "column_20"))
	b.Run("gz", source(csv.Config{Path: path + ".gz"}))
	b.Run("zst", source(csv.Config{Path: path + ".zst"}))
	b.Run("as Windows-1252", source(csv.Config{Path: path, Encoding: "windows-1252"}))
	b.Run("UTF-16", source(csv.Config{Path: path + ".utf16"}))
	b.Run("encoding_csv", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			opened(b, path, func(f *os.File) { readStandard(b, f) })
		}
	})
}

func opened(b *testing.B, path string, read func(*os.File)) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	read(f)
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// readAll reads the 50,000 rows of a file, or some columns of them.
func readAll(b *testing.B, conf csv.Config, columns []string) {
	var s pipeline.Source
	s, err := csv.New(conf)
	if err == nil && len(columns) > 0 {
		s, err = s.(pipeline.Projector).Project(columns)
	}
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for batch, err := range s.Read(b.Context()) {
		if err != nil {
			b.Fatal(err)
		}
		n += batch.Len() + len(batch.Rejects())
	}
	if n != 50_000 {
		b.Fatalf("got %d rows, want 50000", n)
	}
}

func readStandard(b *testing.B, f io.Reader) {
	r := stdcsv.NewReader(f)
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			b.Fatal(err)
		}
	}
}
