package linkage_test

import (
	"context"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// BenchmarkRun links twenty thousand records, from a table to clusters.
func BenchmarkRun(b *testing.B) {
	rows, _ := crowd(20_000)
	table := tableOf(b, people, rows)
	l, err := linkage.New(linkage.Config{Columns: people})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Run(context.Background(), linkage.Input{Records: table}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(rows)), "ns/record")
}
