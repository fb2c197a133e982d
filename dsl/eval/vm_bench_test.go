package eval_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
)

// BenchmarkVM runs the same expressions in three ways over the same rows: as
// expr's own documentation shows it, with a map made for each row (and with
// expr's meaning of nil); wholly on the virtual machine with our meaning and a
// machine that is reused; and as closures.
func BenchmarkVM(b *testing.B) {
	batch := benchBatch(b, pipeline.BatchRowsDefault)
	rt := testRuntime(b)
	type engine struct {
		name string
		eval func(tb testing.TB, src string) func()
	}
	engines := []engine{
		{"map per row", func(tb testing.TB, src string) func() { return mapPerRow(tb, src, batch) }},
		{"machine reused", func(tb testing.TB, src string) func() {
			p, problems := eval.CompileVM(src, testEnv())
			if p == nil {
				tb.Fatalf("%s: %+v", src, problems)
			}
			return func() { p.Eval(batch, rt) }
		}},
		{"closures", func(tb testing.TB, src string) func() {
			p := compile(tb, src, testEnv())
			return func() { p.Eval(batch, rt) }
		}},
	}
	for _, src := range benchExpressions {
		for _, e := range engines {
			b.Run(src+"/"+e.name, func(b *testing.B) { rowsPerSecond(b, batch.Len(), e.eval(b, src)) })
		}
	}
	for _, e := range engines {
		all := make([]func(), len(benchExpressions))
		for i, src := range benchExpressions {
			all[i] = e.eval(b, src)
		}
		b.Run(fmt.Sprintf("all %d/%s", len(all), e.name), func(b *testing.B) {
			rowsPerSecond(b, batch.Len(), func() {
				for _, run := range all {
					run()
				}
			})
		})
	}
}

func rowsPerSecond(b *testing.B, rows int, run func()) {
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
	b.ReportMetric(float64(b.N)*float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

// mapPerRow is expr as it comes: the columns that are read in a new map for
// each row, with zero in place of null, which expr does not calculate with.
func mapPerRow(tb testing.TB, src string, batch *pipeline.Batch) func() {
	program, err := expr.Compile(src)
	if err != nil {
		tb.Fatal(err)
	}
	names := compile(tb, src, testEnv()).Columns()
	vars := map[string]any{"country": "DE"}
	var machine vm.VM
	return func() {
		for row := range batch.Len() {
			env := map[string]any{"vars": vars}
			for _, name := range names {
				i := batch.Schema().Index(name)
				env[name] = plainValue(batch.Schema().Field(i).Type, batch.Value(row, i))
			}
			if strings.Contains(src, "row[") {
				env["row"] = maps.Clone(env)
			}
			if _, err := machine.Run(program, env); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

func plainValue(t pipeline.Type, v pipeline.Value) any {
	switch t {
	case pipeline.String:
		return v.Str()
	case pipeline.Int:
		return int(v.Int())
	case pipeline.Float:
		return v.Float()
	case pipeline.Bool:
		return v.Bool()
	default:
		return v.List()
	}
}
