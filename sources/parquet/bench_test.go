package parquet_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/parquet"
)

const benchRows, benchColumns = 131_072, 25

// benchFile writes a file of 25 columns of text: one of ids that are all
// different, names and addresses of which many come back, and some empty.
func benchFile(b *testing.B) (dir string, some []string, someAt []int) {
	b.Helper()
	dir = b.TempDir()
	var group []cells
	for c := range benchColumns {
		name := fmt.Sprintf("column_%02d", c)
		var values []arrowparquet.ByteArray
		defs := make([]int16, benchRows)
		for i := range benchRows {
			if (i+c)%7 != 0 {
				values = append(values, arrowparquet.ByteArray(fmt.Sprintf("v%d-%d", c, i*(c%5+1)%(1<<(2*c%18)))))
				defs[i] = 1
			}
		}
		group = append(group, cells{node: optional(name, schema.StringLogicalType{}, arrowparquet.Types.ByteArray, 0), values: values, defs: defs})
		if c%4 == 0 && len(some) < 6 {
			some, someAt = append(some, name), append(someAt, c)
		}
	}
	var out bytes.Buffer
	write(b, &out, [][]cells{group}, arrowparquet.WithCompression(compress.Codecs.Snappy))
	put(b, dir, "x.parquet", out.Bytes())
	return dir, some, someAt
}

// BenchmarkRead reads a file of 25 columns of text whole, and six of them, by
// one worker; and, to compare with, by Arrow's column readers alone, which
// check neither text nor pages.
func BenchmarkRead(b *testing.B) {
	dir, some, someAt := benchFile(b)
	var all []int
	for c := range benchColumns {
		all = append(all, c)
	}
	whole, err := parquet.New(parquet.Config{Path: "x.parquet", Dir: dir, Workers: 1})
	must(b, err)
	part, err := whole.Project(some)
	must(b, err)
	for _, c := range []struct {
		name string
		read func() (rows, size int)
	}{
		{"25 columns", func() (int, int) { return readSize(b, whole) }},
		{"25 columns of Arrow", func() (int, int) { return readRaw(b, filepath.Join(dir, "x.parquet"), all) }},
		{"6 columns", func() (int, int) { return readSize(b, part) }},
		{"6 columns of Arrow", func() (int, int) { return readRaw(b, filepath.Join(dir, "x.parquet"), someAt) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				rows, size := c.read()
				if rows != benchRows {
					b.Fatalf("%d rows", rows)
				}
				b.SetBytes(int64(size))
			}
			b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// readSize reads a source and returns the rows, and the bytes of their columns.
func readSize(b *testing.B, s pipeline.Source) (rows, size int) {
	for batch, err := range s.Read(b.Context()) {
		must(b, err)
		rows, size = rows+batch.Len(), size+batch.Size()
	}
	return rows, size
}

// readRaw copies columns of text into arenas by Arrow's column readers.
func readRaw(b *testing.B, path string, columns []int) (rows, size int) {
	f, err := os.Open(path)
	must(b, err)
	defer f.Close()
	r, err := file.NewParquetReader(f)
	must(b, err)
	values, defs := make([]arrowparquet.ByteArray, pipeline.BatchRowsDefault), make([]int16, pipeline.BatchRowsDefault)
	for g := range r.NumRowGroups() {
		group := r.RowGroup(g)
		rows += int(group.NumRows())
		for _, c := range columns {
			column, err := group.Column(c)
			must(b, err)
			var text []byte
			var offsets []int32
			for cr := column.(*file.ByteArrayColumnChunkReader); cr.HasNext(); {
				n, _, err := cr.ReadBatch(int64(len(values)), values, defs, nil)
				must(b, err)
				next := 0
				for _, d := range defs[:n] {
					if d == 1 {
						text = append(text, values[next]...)
						next++
					}
					offsets = append(offsets, int32(len(text)))
				}
			}
			size += len(text) + 4*len(offsets)
		}
	}
	return rows, size
}
