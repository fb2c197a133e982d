package linkage_test

import (
	"context"
	"testing"
	"time"

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

// BenchmarkUpdate adds one hundredth of fifty thousand records to them, again and
// again. Part-of-a-run is the time of that as a share of the time of a run.
func BenchmarkUpdate(b *testing.B) {
	const n, more, steps = 50_000, 500, 40
	rows, _ := crowd(n + more*steps)
	l, err := linkage.New(linkage.Config{Columns: people, Workers: 1})
	if err != nil {
		b.Fatal(err)
	}
	table := func(n int) linkage.Input { return linkage.Input{Records: tableOf(b, people, rows[:n])} }
	var r *linkage.Result
	var whole, part time.Duration
	runs, step := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		if step++; r == nil || step > steps {
			step = 1
			in := table(n)
			start := time.Now()
			if r, err = l.Run(context.Background(), in); err != nil {
				b.Fatal(err)
			}
			whole += time.Since(start)
			runs++
			if r, err = l.Update(context.Background(), r, in); err != nil { // the first one prepares the others
				b.Fatal(err)
			}
		}
		in := table(n + more*step)
		b.StartTimer()
		start := time.Now()
		if r, err = l.Update(context.Background(), r, in); err != nil {
			b.Fatal(err)
		}
		part += time.Since(start)
	}
	b.ReportMetric(float64(part)/float64(b.N)/(float64(whole)/float64(runs)), "part-of-a-run")
}

// BenchmarkScorer is what a distributed engine pays: for records that it prepares by
// the thousand, for pairs of them, and for two records at a time.
func BenchmarkScorer(b *testing.B) {
	rows := tangled(3000, 1)
	scorer, err := linkage.NewScorer(linkage.ScorerConfig{Weights: run(b, linkage.Config{Columns: everything}, rows).Pinned()})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("prepare 1000", func(b *testing.B) {
		for b.Loop() {
			if _, err := scorer.Prepare(rows[:1000]...); err != nil {
				b.Fatal(err)
			}
		}
	})
	p, err := scorer.Prepare(rows...)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("weigh", func(b *testing.B) {
		i := 0
		for b.Loop() {
			p.Weigh(i%len(rows), (7*i+1)%len(rows))
			i++
		}
	})
	b.Run("score two", func(b *testing.B) {
		i := 0
		for b.Loop() {
			if _, err := scorer.Score(rows[i%len(rows)], rows[(7*i+1)%len(rows)]); err != nil {
				b.Fatal(err)
			}
			i++
		}
	})
}
