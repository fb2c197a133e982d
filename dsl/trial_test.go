package dsl

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
)

// condition draws a condition that compares x with constants.
func condition(r *rapid.T, constants []string, operators []string, depth int) string {
	pick := func(of []string) string { return rapid.SampledFrom(of).Draw(r, "pick") }
	switch kind := rapid.IntRange(0, 6).Draw(r, "kind"); {
	case depth > 0 && kind < 2:
		return "(" + condition(r, constants, operators, depth-1) + pick([]string{" and ", " or ", " && ", " || "}) + condition(r, constants, operators, depth-1) + ")"
	case depth > 0 && kind == 2:
		return "not (" + condition(r, constants, operators, depth-1) + ")"
	case kind == 3:
		return "x " + pick([]string{"in", "not in"}) + " [" + pick(constants) + ", " + pick(constants) + "]"
	case kind == 4:
		return "x " + pick([]string{"==", "!="}) + " nil"
	case kind == 5:
		return "(x ?? " + pick(constants) + ") " + pick(operators) + " " + pick(constants)
	default:
		return pick([]string{"x " + pick(operators) + " " + pick(constants), pick(constants) + " " + pick(operators) + " x"})
	}
}

// What a condition says of its candidates is what it says of any value: a trial
// raises no false alarm.
func TestATrialSpeaksForEveryValue(t *testing.T) {
	kinds := map[string]struct {
		of                   pipeline.Type
		constants, operators []string
		values               func(yield func(pipeline.Value) bool)
	}{
		"int": {pipeline.Int, []string{"0", "1", "2", "5", "-3", "2.5", "vars.five"}, []string{"==", "!=", "<", "<=", ">", ">="}, func(yield func(pipeline.Value) bool) {
			for n := int64(-9); n < 15; n++ {
				if !yield(pipeline.IntValue(n)) {
					return
				}
			}
		}},
		"float": {pipeline.Float, []string{"0", "1", "1.5", "-3", "4.25", "vars.five"}, []string{"==", "!=", "<", "<=", ">", ">="}, func(yield func(pipeline.Value) bool) {
			for n := -40; n < 60; n++ {
				if !yield(pipeline.FloatValue(float64(n) / 8)) {
					return
				}
			}
		}},
		"text": {pipeline.String, []string{`"a"`, `"b"`, `'c d'`, `"\u0041"`, `""`}, []string{"==", "!="}, func(yield func(pipeline.Value) bool) {
			for _, s := range []string{"a", "b", "c", "c d", "A", "", "ab", "x", "xabc d"} {
				if !yield(pipeline.StringValue(s)) {
					return
				}
			}
		}},
		"bool": {pipeline.Bool, []string{"true", "false"}, []string{"==", "!="}, func(yield func(pipeline.Value) bool) {
			_ = yield(pipeline.BoolValue(true)) && yield(pipeline.BoolValue(false))
		}},
	}
	for name, k := range kinds {
		t.Run(name, func(t *testing.T) {
			field := pipeline.Field{Name: "x", Type: k.of}
			l := &loader{vars: map[string]pipeline.Value{"five": pipeline.IntValue(5)}}
			env := eval.Env{Columns: pipeline.MustSchema(field), Vars: l.vars}
			uniform := 0
			rapid.Check(t, func(r *rapid.T) {
				src := condition(r, k.constants, k.operators, 3)
				p, problems := eval.CompileFor(src, env, pipeline.Bool)
				if p == nil || len(p.Columns()) != 1 {
					return // such as a constant that makes the rest needless
				}
				constants, ok := l.constants(src, field)
				if !ok {
					t.Fatalf("%s: not understood (%v)", src, problems)
				}
				tried, ok := candidates(k.of, constants)
				if !ok {
					t.Fatalf("%s: no candidates", src)
				}
				values := []pipeline.Value{pipeline.Null()}
				for _, c := range tried {
					values = append(values, c.value)
				}
				seen := map[verdict]bool{}
				for _, v := range try(p, field, values[1:]) {
					seen[v] = true
				}
				if len(seen) == 1 {
					uniform++
				}
				var all []pipeline.Value
				k.values(func(v pipeline.Value) bool { all = append(all, v); return true })
				for i, v := range try(p, field, all) {
					if !seen[v] {
						t.Errorf("%s: %s gives %d, which no candidate gives", src, all[i], v)
					}
				}
			})
			if uniform == 0 {
				t.Error("no condition had one result for all values; the test shows little")
			}
		})
	}
}

// What a trial does not understand it leaves alone.
func TestNoTrialOfWhatIsNoComparison(t *testing.T) {
	l := &loader{vars: map[string]pipeline.Value{}}
	text, number := pipeline.Field{Name: "x", Type: pipeline.String}, pipeline.Field{Name: "x", Type: pipeline.Int}
	for src, of := range map[string]pipeline.Field{
		`x < "b"`: text, `x contains "a"`: text, `x matches "a"`: text, `len(x) > 3`: text, `x + "a" == "b"`: text, `x == "\q"`: text, `x[0:1] == "a"`: text,
		`x - 1 > 3`: number, `x % 2 == 0`: number, `x in 1..5`: number, `-x > 3`: number, `let y = x; y > 3`: number, `x > vars.unknown`: number,
		`x > 9007199254740993`: number, `any([1], # > x)`: number, `x > 1e300`: number, `x /* > 1 */ > 2`: number,
	} {
		if constants, ok := l.constants(src, of); ok {
			t.Errorf("%s was understood, with the constants %v", src, constants)
		}
	}
}

func TestVarsOfAnExpression(t *testing.T) {
	for src, want := range map[string]string{
		"vars.a + vars . b": "a b", `vars["c d"]`: "c d", "vars?.x": "x", `"vars.a"`: "", "myvars.a": "", "x": "", "vars": "", `'vars.q' + vars.r`: "r",
		"any(list, # == vars.a and #index < vars.b)": "a b",
	} {
		if got := strings.Join(varsOf(src), " "); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"", `a == "b"`, "1..5", "0x1e-3", "'it\\'s'", "`raw`", "\"open", "a ?. b ?? -1.5e-3", "\xff", "🙂 == 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		list, ok := tokens(src)
		at := 0
		for _, x := range list {
			if x.from < at || x.to <= x.from || x.to > len(src) {
				t.Fatalf("%q: the token %+v lies outside of the text or of its order", src, x)
			}
			at = x.to
		}
		if !ok && list != nil {
			t.Fatalf("%q: tokens of a text that is not understood: %v", src, fmt.Sprint(list))
		}
	})
}
