package eval_test

import (
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
)

// benchExpressions are 18 of the kinds that a mapping of contacts has.
var benchExpressions = []string{
	`city`,
	`row["E-Mail"]`,
	`name + ", " + city`,
	`city[0:5]`,
	`score ?? 3`,
	`score * 2 + 1`,
	`price / 1.19`,
	`score >= 1 and score <= 5`,
	`name contains "er" or city startsWith "0"`,
	`city matches "^[0-9]{5} "`,
	`city in ["Berlin", "Köln", "Wien"]`,
	`paid ? "paid" : "open"`,
	`no_text ?? city`,
	`name != nil and row["E-Mail"] != nil`,
	`len(name) > 3`,
	`any(tags, # == "press")`,
	`string(score) + "/" + vars.country`,
	`["exhibitor"]`,
}

func benchBatch(tb testing.TB, rows int) *pipeline.Batch {
	one := testBatch(tb)
	values := make([][]pipeline.Value, rows)
	for i := range values {
		for f := range testColumns.Len() {
			values[i] = append(values[i], one.Value(0, f))
		}
		values[i][0] = pipeline.StringValue("Anna Müller " + strconv.Itoa(i))
		if i%7 == 0 {
			values[i][3] = pipeline.Null()
		}
	}
	return batchOf(tb, testColumns, values...)
}

// BenchmarkEval runs each expression over batches of 4,096 rows.
func BenchmarkEval(b *testing.B) {
	batch := benchBatch(b, pipeline.BatchRowsDefault)
	rt := testRuntime(b)
	for _, src := range benchExpressions {
		p := compile(b, src, testEnv())
		b.Run(src, func(b *testing.B) { benchPrograms(b, []*eval.Program{p}, batch, rt) })
	}
	all := make([]*eval.Program, len(benchExpressions))
	for i, src := range benchExpressions {
		all[i] = compile(b, src, testEnv())
	}
	b.Run(fmt.Sprintf("all %d", len(all)), func(b *testing.B) { benchPrograms(b, all, batch, rt) })
}

func benchPrograms(b *testing.B, programs []*eval.Program, batch *pipeline.Batch, rt eval.Runtime) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		for _, p := range programs {
			if _, failed := p.Eval(batch, rt); len(failed) > 0 {
				b.Fatal(failed[0].Message)
			}
		}
	}
	runtime.ReadMemStats(&after)
	rows := float64(b.N) * float64(batch.Len())
	b.ReportMetric(rows/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/rows, "allocs/row")
}

func BenchmarkCompile(b *testing.B) {
	env := testEnv()
	for b.Loop() {
		for _, src := range benchExpressions {
			eval.Compile(src, env)
		}
	}
}

// TestConcurrentUse runs the same programs in several goroutines.
func TestConcurrentUse(t *testing.T) {
	batch := benchBatch(t, 200)
	rt := testRuntime(t)
	var work sync.WaitGroup
	for _, src := range append([]string{`parse_person(name).last + upper(city)`, `lookup("org", score).name`, `let x = split(name); map(x, upper(#))[0]`}, benchExpressions...) {
		p := compile(t, src, testEnv())
		want, _ := p.Eval(batch, rt)
		for range 4 {
			work.Go(func() {
				got, failed := p.Eval(batch, rt)
				if len(failed) > 0 {
					t.Errorf("%s: %s", src, failed[0].Message)
				}
				for row := range got.Len() {
					if !got.Value(row).Equal(want.Value(row)) {
						t.Errorf("%s: row %d is %s, want %s", src, row, show(got.Value(row)), show(want.Value(row)))
						return
					}
				}
			})
		}
	}
	work.Wait()
}

// TestNoAllocationsPerRow holds the promise that plain work on columns does not
// allocate for each row.
func TestNoAllocationsPerRow(t *testing.T) {
	batch := benchBatch(t, pipeline.BatchRowsDefault)
	rt := testRuntime(t)
	for _, src := range benchExpressions {
		switch src {
		case `any(tags, # == "press")`: // a list column hands out its members as a new slice
			continue
		}
		p := compile(t, src, testEnv())
		perRow := testing.AllocsPerRun(3, func() { p.Eval(batch, rt) }) / float64(batch.Len())
		if perRow > 0.05 {
			t.Errorf("%s: %.3f allocations a row", src, perRow)
		}
	}
}
