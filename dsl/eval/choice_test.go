package eval_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
)

var phones = eval.Candidates{
	Values:  []pipeline.Value{pipeline.StringValue("0043 1 22"), pipeline.StringValue("+49 30 33"), pipeline.StringValue("+49 40 44")},
	Sources: []string{"crm", "people", "exhibitors"},
	Changed: []int64{3_000_000, 1_000_000, 2_000_000},
}

func TestChoice(t *testing.T) {
	list := func(of ...string) pipeline.Value { return pipeline.ListValue(of) }
	keys := eval.Candidates{Values: []pipeline.Value{list("vip", "test"), list("exhibitor", "vip")}, Sources: []string{"crm", "people"}, Changed: []int64{2, 1}}
	ints := eval.Candidates{Values: []pipeline.Value{pipeline.IntValue(2), pipeline.IntValue(9), pipeline.IntValue(4)}, Sources: []string{"a", "b", "c"}, Changed: []int64{1, 1, 1}}
	floats := eval.Candidates{Values: []pipeline.Value{pipeline.FloatValue(.5), pipeline.FloatValue(1.5)}, Sources: []string{"a", "b"}, Changed: []int64{1, 1}}
	bools := eval.Candidates{Values: []pipeline.Value{pipeline.BoolValue(false), pipeline.BoolValue(true)}, Sources: []string{"a", "b"}, Changed: []int64{1, 1}}
	times := eval.Candidates{Values: []pipeline.Value{pipeline.MicrosValue(5), pipeline.MicrosValue(7)}, Sources: []string{"a", "b"}, Changed: []int64{1, 1}}
	for _, c := range []struct {
		src   string
		field pipeline.Type
		of    eval.Candidates
		want  pipeline.Value
	}{
		{`first(filter(values, # startsWith "+49")) ?? values[0]`, pipeline.String, phones, pipeline.StringValue("+49 30 33")},
		{`first(filter(values, # startsWith "+41")) ?? values[0]`, pipeline.String, phones, pipeline.StringValue("0043 1 22")},
		{`first(filter(values, # startsWith "+41"))`, pipeline.String, phones, pipeline.Null()},
		{`values[findIndex(sources, # == "exhibitors")]`, pipeline.String, phones, pipeline.StringValue("+49 40 44")},
		{`values[findIndex(changed, # == sort(changed)[-1])]`, pipeline.String, phones, pipeline.StringValue("0043 1 22")},
		{`values[9]`, pipeline.String, phones, pipeline.Null()},
		{`values[9] ?? erase()`, pipeline.String, phones, pipeline.Erase()},
		{`join_nonempty(values, " / ")`, pipeline.String, phones, pipeline.StringValue("0043 1 22 / +49 30 33 / +49 40 44")},
		{`let v = values; v[-1]`, pipeline.String, phones, pipeline.StringValue("+49 40 44")},
		{`filter(values, # != "test")`, pipeline.StringList, keys, list("vip", "exhibitor", "vip")},
		{`map(0..len(values)-1, sources[#] + ":" + values[#])`, pipeline.StringList, keys, list("crm:vip", "crm:test", "people:exhibitor", "people:vip")},
		{`sort(values)[-1]`, pipeline.Int, ints, pipeline.IntValue(9)},
		{`sort(values)[-1] > 5 ? nil : values[0]`, pipeline.Int, ints, pipeline.Null()},
		{`sum(values)`, pipeline.Float, floats, pipeline.FloatValue(2)},
		{`any(values, #)`, pipeline.Bool, bools, pipeline.BoolValue(true)},
		{`values[1]`, pipeline.Timestamp, times, pipeline.MicrosValue(7)},
		{`reduce(values, #acc + #)`, pipeline.Int, ints, pipeline.IntValue(15)},
		{`sort(values)[0]`, pipeline.String, phones, pipeline.StringValue("+49 30 33")},
	} {
		t.Run(c.src, func(t *testing.T) {
			choice, problems := eval.CompileChoice(c.src, eval.Env{Funcs: funcs.All()}, c.field)
			if choice == nil {
				t.Fatalf("problems: %+v", problems)
			}
			got, failed := choice.Choose(c.of, eval.Runtime{})
			if failed != nil || !got.Equal(c.want) {
				t.Errorf("got %v %v, want %v", got, failed, c.want)
			}
		})
	}
}

// What is wrong is pointed at, and the names of candidates are offered.
func TestChoiceProblems(t *testing.T) {
	for _, c := range []struct {
		src, code, at, message, hint string
		field                        pipeline.Type
	}{
		{`first(valeus)`, "unknown-column", "valeus", `unknown name "valeus"`, `did you mean "values"?`, pipeline.String},
		{`email`, "unknown-column", "email", `unknown name "email"`, "", pipeline.String},
		{`row["values"]`, "row-key", `row["values"]`, "candidates are no row", "write values", pipeline.String},
		{`values`, "type-conflict", "values", "the expression gives a list of string where a string is wanted", "", pipeline.String},
		{`values[0]`, "type-conflict", "values[0]", "the expression gives a string where a list of string is wanted", "", pipeline.StringList},
		{`len(values[0])`, "type-conflict", "len(values[0])", "the expression gives an int where a string is wanted", "string(", pipeline.String},
		{`values[0] startsWith "x"`, "type-conflict", "", "", "", pipeline.Int},
		{`string(now())`, "unknown-function", "now", "the time of the run is not known here", "must not depend", pipeline.String},
		{`lookup("x", values[0]).name`, "unknown-lookup", `"x"`, `unknown lookup "x"`, "", pipeline.String},
		{`first(filter(values, )`, "syntax", "", "", "", pipeline.String},
		{`values[0] ?? string(1 % 0)`, "", "", "", "", pipeline.String},
		{``, "syntax", "", "the expression is empty", "", pipeline.String},
	} {
		t.Run(c.src, func(t *testing.T) {
			choice, problems := eval.CompileChoice(c.src, eval.Env{Funcs: funcs.All()}, c.field)
			if c.code == "" {
				if choice == nil {
					t.Fatalf("problems: %+v", problems)
				}
				return
			}
			if choice != nil || len(problems) == 0 {
				t.Fatalf("it compiles")
			}
			p := problems[0]
			if p.Code != c.code || !strings.Contains(p.Message, c.message) || !strings.Contains(p.Hint, c.hint) {
				t.Errorf("got %+v", p)
			}
			if got := c.src[p.From:p.To]; c.at != "" && !strings.Contains(c.at, got) {
				t.Errorf("it points at %q, want %q", got, c.at)
			}
		})
	}
}

// A choice that fails says where, and serves several goroutines at once.
func TestChoiceFails(t *testing.T) {
	src := `string(int(values[0]))`
	choice, problems := eval.CompileChoice(src, eval.Env{Funcs: funcs.All()}, pipeline.String)
	if choice == nil {
		t.Fatal(problems)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 100 {
				v, failed := choice.Choose(phones, eval.Runtime{})
				if failed == nil || !v.IsNull() || src[failed.From:failed.To] != "int(values[0])" {
					t.Errorf("got %v %+v", v, failed)
					return
				}
			}
		})
	}
	wait.Wait()
}

// Whatever the text: it compiles or says what is wrong at a place within it,
// and a choice gives a value of the field's type, null, an erasure, or an error
// at a place within the text.
func FuzzChoice(f *testing.F) {
	for _, src := range []string{`first(filter(values, # startsWith "+49")) ?? values[0]`, `values[findIndex(sources, # == "crm")]`, `sort(changed)[-1]`,
		`reduce(values, #acc + #)`, `let v = values; v[1]`, `row["values"]`, `erase()`, `values[0] ?? 1/0`, `map(values, upper(#))`, `groupBy(values, #)`, "#", `values[`} {
		f.Add(src)
	}
	lists := eval.Candidates{Values: []pipeline.Value{pipeline.ListValue([]string{"a", "b"}), pipeline.ListValue(nil)}, Sources: []string{"x", "y"}, Changed: []int64{1, 2}}
	f.Fuzz(func(t *testing.T, src string) {
		for field, of := range map[pipeline.Type]eval.Candidates{pipeline.String: phones, pipeline.StringList: lists} {
			choice, problems := eval.CompileChoice(src, eval.Env{Funcs: funcs.All()}, field)
			for _, p := range problems {
				if p.From < 0 || p.To < p.From || p.To > len(src) {
					t.Fatalf("problem %+v is outside of %d bytes", p, len(src))
				}
			}
			if choice == nil {
				continue
			}
			v, failed := choice.Choose(of, eval.Runtime{})
			switch {
			case failed != nil:
				if !v.IsNull() || failed.From < 0 || failed.To < failed.From || failed.To > len(src) {
					t.Fatalf("%v, %+v of %d bytes", v, failed, len(src))
				}
			case !v.Empty() && v.Type() != field:
				t.Fatalf("a %s for a field of %s", v.Type(), field)
			}
		}
	})
}
