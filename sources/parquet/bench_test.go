package parquet_test

import (
	"bytes"
	"fmt"
	"testing"

	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/schema"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/parquet"
)

// BenchmarkRead reads a file of 25 columns of text whole, and six of them.
func BenchmarkRead(b *testing.B) {
	const rows, columns = 131_072, 25
	var group []cells
	var some []string
	for c := range columns {
		name := fmt.Sprintf("column_%02d", c)
		var values []arrowparquet.ByteArray
		defs := make([]int16, rows)
		for i := range rows {
			if (i+c)%7 != 0 {
				values = append(values, arrowparquet.ByteArray(fmt.Sprintf("v%d-%d", c, i*(c%5+1)%(1<<(2*c%18)))))
				defs[i] = 1
			}
		}
		group = append(group, cells{node: optional(name, schema.StringLogicalType{}, arrowparquet.Types.ByteArray, 0), values: values, defs: defs})
		if c%4 == 0 && len(some) < 6 {
			some = append(some, name)
		}
	}
	var out bytes.Buffer
	write(b, &out, [][]cells{group}, arrowparquet.WithCompression(compress.Codecs.Snappy))
	dir := b.TempDir()
	put(b, dir, "x.parquet", out.Bytes())
	whole, err := parquet.New(parquet.Config{Path: "x.parquet", Dir: dir})
	must(b, err)
	part, err := whole.Project(some)
	must(b, err)
	for name, s := range map[string]pipeline.Source{"25 columns": whole, "6 columns": part} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				n := 0
				for batch, err := range s.Read(b.Context()) {
					must(b, err)
					n += batch.Len()
				}
				if n != rows {
					b.Fatalf("%d rows", n)
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
