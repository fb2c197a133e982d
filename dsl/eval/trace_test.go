package eval_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
)

// traceText writes the steps of a trace as lines, each part with what it gave.
func traceText(src string, steps []eval.Step) string {
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&b, "%s%s", strings.Repeat("  ", s.Depth), src[s.From:s.To])
		if s.Member >= 0 {
			fmt.Fprintf(&b, " [%d]", s.Member)
		}
		switch s.Outcome {
		case eval.Gave:
			b.WriteString(" =")
			if s.Fields == nil {
				b.WriteString(" " + show(s.Value))
			}
			for _, f := range s.Fields {
				fmt.Fprintf(&b, " %s:%s", f.Name, show(f.Value))
			}
			if s.Found != nil {
				fmt.Fprintf(&b, " from %s", s.Found)
			}
		case eval.Failed:
			fmt.Fprintf(&b, " ! %s", s.Error)
		default:
			fmt.Fprintf(&b, " (%s)", s.Outcome)
		}
		if s.Opaque {
			b.WriteString(" as one")
		}
		if s.More > 0 {
			fmt.Fprintf(&b, " and %d more", s.More)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// tracedRow draws an expression and a row; no program when it is refused.
func tracedRow(t *rapid.T) (string, *eval.Program, *pipeline.Batch, int) {
	typ := rapid.SampledFrom([]string{"bool", "int", "float", "string", "strings"}).Draw(t, "type")
	n := grower{t: t}.tree(typ, rapid.IntRange(1, 5).Draw(t, "depth"))
	rows := make([][]pipeline.Value, rapid.IntRange(1, 3).Draw(t, "rows"))
	for i := range rows {
		for _, f := range rapidColumns.Fields() {
			rows[i] = append(rows[i], randomValue(t, f.Type))
		}
	}
	program, _ := eval.Compile(n.String(), eval.Env{Columns: rapidColumns})
	return n.String(), program, rowsBatch(t, rows), rapid.IntRange(0, len(rows)-1).Draw(t, "row")
}

// evaluated is the value or error of a program on one row.
func evaluated(p *eval.Program, b *pipeline.Batch, row int) string {
	column, failed := p.Eval(b, eval.Runtime{})
	for _, e := range failed {
		if e.Row == row {
			return fmt.Sprintf("error at %d..%d: %s", e.From, e.To, e.Message)
		}
	}
	return show(column.Value(row))
}

// TestTraceEqualsEval holds that a trace shows what a run gives: the whole
// value or error, and for each part what that part gives on its own.
func TestTraceEqualsEval(t *testing.T) {
	parts := 0
	rapid.Check(t, func(t *rapid.T) {
		src, p, b, row := tracedRow(t)
		if p == nil {
			return
		}
		trace := p.Trace(b, row, eval.Runtime{})
		got := show(trace.Value)
		if e := trace.Err; e != nil {
			got = fmt.Sprintf("error at %d..%d: %s", e.From, e.To, e.Message)
			if e.Row != row {
				t.Fatalf("%s: the error is about row %d, not %d", src, e.Row, row)
			}
		}
		if want := evaluated(p, b, row); got != want {
			t.Fatalf("%s\ntrace: %s\nrun: %s", src, got, want)
		}
		if len(trace.Steps) == 0 || trace.Steps[0].Depth != 0 {
			t.Fatalf("%s: the trace does not begin with the whole: %+v", src, trace.Steps)
		}
		for _, s := range trace.Steps {
			part := src[s.From:s.To]
			own, _ := eval.Compile(part, eval.Env{Columns: rapidColumns})
			if s.Outcome == eval.NotEvaluated || own == nil || own.Type().Plain.String() != s.Type && s.Type != "nil" {
				continue // it reads # or a variable, or is a list that no field can hold
			}
			parts++
			column, failed := own.Eval(b.Take([]int32{int32(row)}), eval.Runtime{})
			switch {
			case len(failed) > 0 && s.Outcome != eval.Failed && s.Outcome != eval.Stopped:
				t.Fatalf("%s\n%s fails, the trace says\n%s", src, part, traceText(src, trace.Steps))
			case len(failed) == 0 && show(column.Value(0)) != show(s.Value):
				t.Fatalf("%s\n%s is %s, the trace says\n%s", src, part, show(column.Value(0)), traceText(src, trace.Steps))
			}
		}
	})
	if parts == 0 {
		t.Fatal("no part of any expression was compared")
	}
}

func TestTrace(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"a column", `name`, `name = "Anna Müller"` + "\n"},
		{"a literal", `"DE"`, `"DE" = "DE"` + "\n"},
		{"sub-values", `upper(name) + " " + city`, `upper(name) + " " + city = "ANNA MÜLLER 01067 Köln"` + "\n" +
			`  upper(name) + " " = "ANNA MÜLLER "` + "\n" +
			`    upper(name) = "ANNA MÜLLER"` + "\n" +
			`      name = "Anna Müller"` + "\n" +
			`  city = "01067 Köln"` + "\n"},
		{"parentheses and null", `(no_int ?? score) * 2`, `(no_int ?? score) * 2 = 6` + "\n" +
			`  no_int ?? score = 3` + "\n" +
			`    no_int (null)` + "\n" +
			`    score = 3` + "\n"},
		{"the left side decides", `paid or score > 2`, `paid or score > 2 = true` + "\n" +
			`  paid = true` + "\n" +
			`  score > 2 (not-evaluated)` + "\n"},
		{"a branch not taken", `score > 5 ? upper(name) : vars.country`, `score > 5 ? upper(name) : vars.country = "DE"` + "\n" +
			`  score > 5 = false` + "\n" +
			`    score = 3` + "\n" +
			`  upper(name) (not-evaluated)` + "\n" +
			`  vars.country = "DE"` + "\n"},
		{"the other branch", `score < 5 ? vars.country : vars.unset`, `score < 5 ? vars.country : vars.unset = "DE"` + "\n" +
			`  score < 5 = true` + "\n" +
			`    score = 3` + "\n" +
			`  vars.country = "DE"` + "\n" +
			`  vars.unset (not-evaluated)` + "\n"},
		{"null ends a sum", `no_int + score`, `no_int + score (null)` + "\n" +
			`  no_int (null)` + "\n" +
			`  score (not-evaluated)` + "\n"},
		{"an error in the middle", `upper(name) + string(int(city) + 1)`, `upper(name) + string(int(city) + 1) (stopped)` + "\n" +
			`  upper(name) = "ANNA MÜLLER"` + "\n" +
			`    name = "Anna Müller"` + "\n" +
			`  string(int(city) + 1) (stopped)` + "\n" +
			`    int(city) + 1 (stopped)` + "\n" +
			`      int(city) ! int: "01067 Köln" is not an integer` + "\n" +
			`        city = "01067 Köln"` + "\n"},
		{"what comes after an error", `int(name) + int(city)`, `int(name) + int(city) (stopped)` + "\n" +
			`  int(name) ! int: "Anna Müller" is not an integer` + "\n" +
			`    name = "Anna Müller"` + "\n" +
			`  int(city) (not-evaluated)` + "\n"},
		{"a record", `parse_person(name)?.last`, `parse_person(name)?.last = "Müller"` + "\n" +
			`  parse_person(name) = first:"Anna" last:"Müller" parts:2` + "\n" +
			`    name = "Anna Müller"` + "\n"},
		{"a lookup", `lookup("org", score).name ?? "none"`, `lookup("org", score).name ?? "none" = "Heide GmbH"` + "\n" +
			`  lookup("org", score).name = "Heide GmbH"` + "\n" +
			`    lookup("org", score) = id:3 name:"Heide GmbH" from test` + "\n" +
			`      score = 3` + "\n"},
		{"a lookup that finds nothing", `lookup("org", score + 1).name`, `lookup("org", score + 1).name (null)` + "\n" +
			`  lookup("org", score + 1) (null)` + "\n" +
			`    score + 1 = 4` + "\n" +
			`      score = 3` + "\n"},
		{"members", `any(tags, # == "press")`, `any(tags, # == "press") = true` + "\n" +
			`  tags = ["vip" "press"]` + "\n" +
			`  # == "press" [0] = false` + "\n" +
			`    # = "vip"` + "\n" +
			`  # == "press" [1] = true` + "\n" +
			`    # = "press"` + "\n"},
		{"many members", `sum(1..10, # * score)`, `sum(1..10, # * score) = 165 and 7 more` + "\n" +
			`  1..10 = ["1" "2" "3" "4" "5" "6" "7" "8" "9" "10"]` + "\n" +
			`  # * score [0] = 3` + "\n" +
			`    # = 1` + "\n" +
			`    score = 3` + "\n" +
			`  # * score [1] = 6` + "\n" +
			`    # = 2` + "\n" +
			`    score = 3` + "\n" +
			`  # * score [2] = 9` + "\n" +
			`    # = 3` + "\n" +
			`    score = 3` + "\n"},
		{"a member that fails", `sum(["1", "2", "3", "4", "x", "5"], int(#))`, `sum(["1", "2", "3", "4", "x", "5"], int(#)) (stopped) and 1 more` + "\n" +
			`  int(#) [0] = 1` + "\n" +
			`    # = "1"` + "\n" +
			`  int(#) [1] = 2` + "\n" +
			`    # = "2"` + "\n" +
			`  int(#) [2] = 3` + "\n" +
			`    # = "3"` + "\n" +
			`  int(#) [4] ! int: "x" is not an integer` + "\n" +
			`    # = "x"` + "\n"},
		{"let", `let n = upper(name); n + n`, `let n = upper(name); n + n = "ANNA MÜLLERANNA MÜLLER"` + "\n" +
			`  upper(name) = "ANNA MÜLLER"` + "\n" +
			`    name = "Anna Müller"` + "\n" +
			`  n + n = "ANNA MÜLLERANNA MÜLLER"` + "\n" +
			`    n = "ANNA MÜLLER"` + "\n" +
			`    n = "ANNA MÜLLER"` + "\n"},
		{"a pattern", `name matches vars.pattern`, `name matches vars.pattern = true` + "\n" +
			`  name = "Anna Müller"` + "\n" +
			`  vars.pattern = "^A"` + "\n"},
		{"a known list", `city in ["a", "b"]`, `city in ["a", "b"] = false` + "\n" +
			`  city = "01067 Köln"` + "\n"},
		{"a chain", `1 < score < 5`, `1 < score < 5 = true` + "\n" +
			`  1 < score = true` + "\n" +
			`    score = 3` + "\n" +
			`  score < 5 = true` + "\n" +
			`    score = 3` + "\n"},
		{"folded", `score + (1 + 2)`, `score + (1 + 2) = 6` + "\n" +
			`  score = 3` + "\n" +
			`  1 + 2 = 3` + "\n"},
		{"not in", `city not in [name, "b"]`, `city not in [name, "b"] = true` + "\n" +
			`  city = "01067 Köln"` + "\n" +
			`  [name, "b"] = ["Anna Müller" "b"]` + "\n" +
			`    name = "Anna Müller"` + "\n"},
		{"on the virtual machine", `upper(reduce([name], #acc + upper(#), ""))`, `upper(reduce([name], #acc + upper(#), "")) = "ANNA MÜLLER"` + "\n" +
			`  reduce([name], #acc + upper(#), "") = "ANNA MÜLLER" as one` + "\n"},
		{"erase", `score > 1 ? erase() : name`, `score > 1 ? erase() : name (erase)` + "\n" +
			`  score > 1 = true` + "\n" +
			`    score = 3` + "\n" +
			`  erase() (erase)` + "\n" +
			`  name (not-evaluated)` + "\n"},
		{"an int beside a float", `score + price`, `score + price = 5.5` + "\n" +
			`  score = 3` + "\n" +
			`  price = 2.5` + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, c.src, testEnv())
			trace := p.Trace(testBatch(t), 0, testRuntime(t))
			if diff := cmp.Diff(c.want, traceText(c.src, trace.Steps)); diff != "" {
				t.Errorf("the steps differ (-want +got):\n%s", diff)
			}
		})
	}
}
