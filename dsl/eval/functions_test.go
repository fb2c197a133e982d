package eval_test

import (
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
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
	rt.Warn = func(int, string, string) {}
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
