package eval_test

import (
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// TestFunctionExamples runs the examples of every function of the language as
// expressions.
func TestFunctionExamples(t *testing.T) {
	env := testEnv()
	env.Funcs = funcs.All()
	for _, fn := range env.Funcs {
		for _, example := range fn.Examples {
			if got := exampleValue(t, example.Expr, env); !wanted(got, example.Want) {
				t.Errorf("%s: %s = %s, want %s", fn.Name, example.Expr, got, example.Want)
			}
		}
	}
}

func wanted(got, want string) bool {
	if part, isError := strings.CutPrefix(want, "error: "); isError {
		return strings.HasPrefix(got, "error: ") && strings.Contains(got, part)
	}
	return got == want
}

func exampleValue(t *testing.T, src string, env eval.Env) string {
	p, problems := eval.Compile(src, env)
	for _, problem := range problems {
		if problem.Severity == diag.Error {
			return "problem: " + problem.Message + " (" + problem.Hint + ")"
		}
	}
	rt := testRuntime(t)
	rt.Now = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC) // what the example of now() shows
	rt.Warn = func(int, string, error) {}
	column, failed := p.Eval(testBatch(t), rt)
	if len(failed) > 0 {
		return "error: " + failed[0].Message
	}
	switch v := column.Value(0); {
	case v.IsErase():
		return "erase"
	case v.IsNull():
		return "nil"
	default:
		return v.String()
	}
}

// TestKernelContract holds functions of an embedder to what funcs.Kernel
// says: a null goes where the Param takes it, and none is needed.
func TestKernelContract(t *testing.T) {
	named := func(a string) string {
		if a == "" {
			return "nobody"
		}
		return a
	}
	bind := func([]funcs.Arg) funcs.Kernel {
		return funcs.Kernel{Text: func(_ *funcs.Runtime, a, _, _ string) (string, bool, error) { return named(a), true, nil }}
	}
	call := func(_ *funcs.Runtime, args []pipeline.Value) (pipeline.Value, error) {
		return pipeline.StringValue(named(strings.Join(texts(args), ""))), nil
	}
	plain := func(s string) bool { return s != "" }
	nullable := []funcs.Param{{Name: "text", Types: []pipeline.Type{pipeline.String}, Null: true}}
	strict := []funcs.Param{{Name: "text", Types: []pipeline.Type{pipeline.String}}}
	env := testEnv()
	env.Funcs = []*funcs.Func{
		{Name: "anybody", Params: nullable, Result: pipeline.String, Bind: bind, Call: call},
		{Name: "quick", Params: nullable, Result: pipeline.String, Bind: bind, Call: call, Plain: plain},
		{Name: "strict", Params: strict, Result: pipeline.String, Bind: bind, Call: call, Plain: plain},
		{Name: "nobody", Result: pipeline.String, Bind: bind, Call: call},
	}
	for src, want := range map[string]string{
		`anybody(name)`: "Anna Müller", `anybody(no_text)`: "nobody", `anybody(no_text ?? nil)`: "nobody", `anybody(nil)`: "nobody",
		`quick(name)`: "Anna Müller", `quick(no_text)`: "nobody", `strict(name)`: "Anna Müller", `strict(no_text)`: "nil",
		`strict(quick(no_text))`: "nobody", `quick(strict(no_text))`: "nobody", `nobody()`: "nobody",
	} {
		if got := exampleValue(t, src, env); got != want {
			t.Errorf("%s = %s, want %s", src, got, want)
		}
	}
}

func texts(values []pipeline.Value) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.Str()
	}
	return out
}
