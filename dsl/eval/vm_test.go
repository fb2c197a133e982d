package eval_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
)

// sameOnVM runs an expression wholly on expr's virtual machine and holds the
// values and errors against those of the closures.
func sameOnVM(tb testing.TB, src string, env eval.Env, b *pipeline.Batch, rt eval.Runtime, want *pipeline.Column, wantFailed []eval.RowError) {
	tb.Helper()
	if message := differsOnVM(src, env, b, rt, want, wantFailed); message != "" {
		tb.Error(message)
	}
}

func differsOnVM(src string, env eval.Env, b *pipeline.Batch, rt eval.Runtime, want *pipeline.Column, wantFailed []eval.RowError) string {
	p, problems := eval.CompileVM(src, env)
	if p == nil {
		return fmt.Sprintf("%s\nis refused for the virtual machine: %+v", src, problems)
	}
	column, failed := p.Eval(b, rt)
	got, wanted := outcomes(column, failed), outcomes(want, wantFailed)
	for row := range got {
		if limit := strings.Contains(got[row]+wanted[row], "more than"); got[row] != wanted[row] && !limit {
			return fmt.Sprintf("%s\nrow %d\nvirtual machine: %s\nclosures: %s", src, row, got[row], wanted[row])
		}
	}
	return ""
}

// outcomes shows the value or the error of each row, with the error's place.
func outcomes(column *pipeline.Column, failed []eval.RowError) []string {
	out := make([]string, column.Len())
	for row := range out {
		out[row] = show(column.Value(row))
	}
	for _, e := range failed {
		out[e.Row] = fmt.Sprintf("error at %d to %d: %s", e.From, e.To, e.Message)
	}
	return out
}

func TestVirtualMachineFunctions(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`sortBy(tags, #)`, `["press" "vip"]`},
		{`sortBy(tags, len(#))`, `["vip" "press"]`},
		{`sortBy(tags, len(#), "desc")`, `["press" "vip"]`},
		{`sortBy(["b", "a", "c"], # == "b" ? nil : #)`, `["a" "c" "b"]`},
		{`sortBy(["b", "a", "c"], # == "b" ? nil : #, "desc")`, `["c" "a" "b"]`},
		{`sortBy(["bb", "aa", "c"], len(#))`, `["c" "bb" "aa"]`},
		{`sortBy(no_list, #)`, `nil`},
		{`sortBy([], #)`, `[]`},
		{`sortBy(tags, 1 % (len(#) - 5))`, `error: division by zero`},
		{`map(sortBy([3, 1, 2], -#), string(#))`, `["3" "2" "1"]`},
		{`map(tags, join_nonempty(sortBy(split(# + " a"), #), "-"))`, `["a-vip" "a-press"]`},
		{`let n = 2; map(tags, string(reduce([1, 2], #acc * n + #)))`, `["4" "4"]`},
		{`reduce(tags, #acc + "/" + #)`, `"vip/press"`},
		{`reduce(tags, #acc + "/" + #, name)`, `"Anna Müller/vip/press"`},
		{`reduce(tags, #acc + len(#), 0)`, `8`},
		{`reduce(tags, #acc + len(#) / 2, 0)`, `4`},
		{`reduce([1, 2], #acc / 2 + #)`, `2.5`},
		{`reduce([], #acc + #)`, `nil`},
		{`reduce([], #acc + #, "x")`, `"x"`},
		{`reduce(no_list, #acc + #, string(1 / 0))`, `nil`},
		{`reduce(tags, #acc + #, no_text)`, `nil`},
		{`reduce(tags, (#acc ?? "") + #, nil)`, `"vippress"`},
		{`reduce(tags, concat([#], #acc), [name])`, `["press" "vip" "Anna Müller"]`},
		{`reduce([1, 2, 3], #index * 10 + #acc)`, `31`},
		{`reduce([9223372036854775807, 1], #acc + #)`, `error: the result does not fit into a 64-bit integer`},
		{`reduce(tags, any([1, 2], # == 2) ? # : #acc)`, `"press"`},
		{`mean([score, 4])`, `3.5`},
		{`mean([price, 1])`, `1.75`},
		{`mean([])`, `nil`},
		{`mean([1e308, 1e308])`, `error: the result is not a finite number`},
		{`median([5, 1, 3])`, `3`},
		{`median([1e308, 1.5e308])`, `1.25e+308`},
		{`median(filter([1, 2], # > 3))`, `nil`},
		{`bitand(score, 6) + bitor(score, 4) + bitxor(score, 1) + bitnand(score, 1) + bitnot(score)`, `9`},
		{`bitand(no_int, 1 % 0)`, `nil`},
		{`bitshl(score, 62)`, `-4611686018427387904`},
		{`bitshl(score, 64)`, `0`},
		{`bitshr(-score, 70)`, `-1`},
		{`bitushr(-score, 60)`, `15`},
		{`bitshl(1, -score)`, `error: bitshl: cannot move by -3 places`},
		{`fromBase64(toBase64(name))`, `"Anna Müller"`},
		{`fromBase64(name)`, `error: fromBase64: "Anna Müller" is not Base64`},
		{`fromBase64("/////w==")`, `error: fromBase64: "/////w==" holds bytes that are no text in UTF-8`},
		{`splitAfter(name, " ")`, `["Anna " "Müller"]`},
		{`splitAfter("ab", "")`, `["a" "b"]`},
		{`splitAfter("", ",")`, `[""]`},
		{`upper(toBase64(city)) + "!"`, `"MDEWNJCGS8O2BG4=!"`},
		{`lookup("org", bitor(score, 0)).name`, `"Heide GmbH"`},
		{`paid ? toBase64("a") : erase()`, `"YQ=="`},
		{`mean([1]) + reduce([1], #acc) + median([1])`, `3`},
	} {
		if got, _ := run(t, c.src); got != c.want {
			t.Errorf("%s = %s, want %s", c.src, got, c.want)
		}
	}
}

func TestVirtualMachineIsNamed(t *testing.T) {
	for src, want := range map[string]string{
		`upper(name)`:   "",
		`sort(tags)`:    "",
		`mean([score])`: "mean",
		`sortBy(tags, string(reduce([1], #acc) + bitnot(2)))`:       "bitnot reduce sortBy",
		`join_nonempty(sortBy(tags, #), "") + toBase64(name) + "x"`: "sortBy toBase64",
	} {
		if got := strings.Join(compile(t, src, testEnv()).VM(), " "); got != want {
			t.Errorf("%s runs %q on the virtual machine, want %q", src, got, want)
		}
	}
}

func TestLimitsOnVM(t *testing.T) {
	env := testEnv()
	env.Columns = pipeline.MustSchema(pipeline.Field{Name: "long", Type: pipeline.String}, pipeline.Field{Name: "n", Type: pipeline.Int})
	b := batchOf(t, env.Columns,
		[]pipeline.Value{pipeline.StringValue(strings.Repeat("x", eval.ResultBytesMax-10)), pipeline.IntValue(9000)},
		[]pipeline.Value{pipeline.StringValue("x"), pipeline.IntValue(1)})
	for src, want := range map[string]string{
		`len(long + "0123456789x")`:     "bytes, more than",
		`len(toBase64(long))`:           "bytes, more than",
		`len(splitAfter(long, ""))`:     "bytes, more than",
		`len(1..n * 2)`:                 "range has more than",
		`count(1..n, any(1..n, # > n))`: "members of lists",
		`reduce(1..n, any(1..n, long contains "y" and # > 0) ? 1 : 0)`:    "takes too long",
		`reduce(1..n, #acc + (long == long and long + "y" > long ? 1:0))`: "more than",
	} {
		p, problems := eval.CompileVM(src, env)
		if p == nil {
			t.Fatalf("%s: %+v", src, problems)
		}
		_, failed := p.Eval(b, eval.Runtime{})
		if len(failed) != 1 || failed[0].Row != 0 || !strings.Contains(failed[0].Message, want) {
			t.Errorf("%s: errors = %v, want one of row 0 with %q", src, failed, want)
		}
	}
}

// TestNothingOfExprIsReachable holds that no builtin of expr that reads the
// clock, or makes values we have no type for, can be called.
func TestNothingOfExprIsReachable(t *testing.T) {
	env := testEnv()
	env.Funcs = nil
	for _, src := range []string{`now()`, `date("2025-01-01")`, `timezone("UTC")`, `duration("1h")`, `toJSON(tags)`, `fromJSON(name)`, `keys(tags)`, `values(tags)`,
		`toPairs(tags)`, `fromPairs(tags)`, `groupBy(tags, #)`, `get(tags, 0)`, `type(name)`, `repeat(name, 1000000)`, `join(tags)`, `flatten(tags)`, `$env["machine"]`, `machine`, `f1(name)`, `m`} {
		for _, wrap := range []string{"%s", "sortBy(tags, string(%s))", "reduce(tags, string(%s))"} {
			if p, _ := eval.Compile(fmt.Sprintf(wrap, src), env); p != nil {
				t.Errorf("%s compiles", fmt.Sprintf(wrap, src))
			}
		}
	}
}

// TestTraceOfVM holds that a part on the virtual machine is one step, and that
// what stands around it is traced as ever.
func TestTraceOfVM(t *testing.T) {
	src := `name + "/" + join_nonempty(sortBy(tags, len(#), "desc"), "-")`
	trace := compile(t, src, testEnv()).Trace(testBatch(t), 0, testRuntime(t))
	var got []string
	for _, s := range trace.Steps {
		got = append(got, src[s.From:s.To]+" = "+show(s.Value))
		if s.Outcome == eval.NotEvaluated {
			t.Errorf("%s: not evaluated", src[s.From:s.To])
		}
	}
	want := []string{src + ` = "Anna Müller/press-vip"`, `name + "/" = "Anna Müller/"`, `name = "Anna Müller"`,
		`join_nonempty(sortBy(tags, len(#), "desc"), "-") = "press-vip"`, `sortBy(tags, len(#), "desc") = ["press" "vip"]`}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("steps\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestGroupWithVM holds that a group with programs that run partly on the
// virtual machine gives what they give alone.
func TestGroupWithVM(t *testing.T) {
	batch, rt := benchBatch(t, 1000), testRuntime(t)
	var programs []*eval.Program
	for _, src := range []string{`sortBy(tags, #)[0] + upper(name)`, `toBase64(upper(name))`, `reduce(tags, #acc + upper(name))`, `upper(name) + toBase64(upper(name))`, `string(mean([score, price]))`} {
		programs = append(programs, compile(t, src, testEnv()))
	}
	for i, got := range eval.NewGroup(programs...).Eval(batch, rt) {
		want := outcomes(programs[i].Eval(batch, rt))
		for row, together := range outcomes(got.Column, got.Errors) {
			if together != want[row] {
				t.Fatalf("program %d, row %d: %s in the group, %s alone", i, row, together, want[row])
			}
		}
	}
}

// TestVirtualMachinesAtOnce runs one program in several goroutines.
func TestVirtualMachinesAtOnce(t *testing.T) {
	batch, rt := benchBatch(t, 200), testRuntime(t)
	p := compile(t, `reduce(sortBy(tags, #), #acc + name, "")`, testEnv())
	want := outcomes(p.Eval(batch, rt))
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for row, got := range outcomes(p.Eval(batch, rt)) {
				if got != want[row] {
					t.Errorf("row %d is %s, want %s", row, got, want[row])
				}
			}
		})
	}
	work.Wait()
}

var update = flag.Bool("update", false, "write docs/builtins.md")

func TestBuiltinsPage(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "builtins.md")
	if *update {
		if err := os.WriteFile(file, []byte(eval.BuiltinsMarkdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != eval.BuiltinsMarkdown() {
		t.Error("docs/builtins.md is not what the functions say; write it with go test ./dsl/eval -run BuiltinsPage -update")
	}
}
