package eval_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

var noon = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)

// testColumns are the columns that expressions of the tests read: one with a
// value and one that is null of each type, and some with awkward names.
var testColumns = pipeline.MustSchema(
	pipeline.Field{Name: "name", Type: pipeline.String},
	pipeline.Field{Name: "city", Type: pipeline.String},
	pipeline.Field{Name: "no_text", Type: pipeline.String},
	pipeline.Field{Name: "score", Type: pipeline.Int},
	pipeline.Field{Name: "no_int", Type: pipeline.Int},
	pipeline.Field{Name: "price", Type: pipeline.Float},
	pipeline.Field{Name: "no_float", Type: pipeline.Float},
	pipeline.Field{Name: "paid", Type: pipeline.Bool},
	pipeline.Field{Name: "no_bool", Type: pipeline.Bool},
	pipeline.Field{Name: "seen", Type: pipeline.Timestamp},
	pipeline.Field{Name: "no_time", Type: pipeline.Timestamp},
	pipeline.Field{Name: "tags", Type: pipeline.StringList},
	pipeline.Field{Name: "no_list", Type: pipeline.StringList},
	pipeline.Field{Name: "E-Mail", Type: pipeline.String},
	pipeline.Field{Name: "Kd.-Nr.", Type: pipeline.String},
	pipeline.Field{Name: "First Name", Type: pipeline.String},
	pipeline.Field{Name: "count", Type: pipeline.String},
	pipeline.Field{Name: "upper", Type: pipeline.String},
	pipeline.Field{Name: "row", Type: pipeline.String},
	pipeline.Field{Name: "in", Type: pipeline.String},
	pipeline.Field{Name: "big", Type: pipeline.Int},
	pipeline.Field{Name: "gone", Type: pipeline.String},
)

func testBatch(t testing.TB) *pipeline.Batch {
	t.Helper()
	return batchOf(t, testColumns,
		[]pipeline.Value{
			pipeline.StringValue("Anna Müller"), pipeline.StringValue("01067 Köln"), pipeline.Null(),
			pipeline.IntValue(3), pipeline.Null(), pipeline.FloatValue(2.5), pipeline.Null(),
			pipeline.BoolValue(true), pipeline.Null(), pipeline.TimeValue(noon), pipeline.Null(),
			pipeline.ListValue([]string{"vip", "press"}), pipeline.Null(),
			pipeline.StringValue("a@b.de"), pipeline.StringValue("K7"), pipeline.StringValue("Anna"),
			pipeline.StringValue("many"), pipeline.StringValue("deck"), pipeline.StringValue("third"), pipeline.StringValue("inside"),
			pipeline.IntValue(9007199254740993), pipeline.Erase(),
		})
}

func batchOf(t testing.TB, s *pipeline.Schema, rows ...[]pipeline.Value) *pipeline.Batch {
	t.Helper()
	columns := make([]*pipeline.Column, s.Len())
	for i := range columns {
		b := pipeline.NewColumnBuilder(s.Field(i).Type, len(rows))
		for _, row := range rows {
			b.AppendValue(row[i])
		}
		columns[i] = b.Finish()
	}
	b, err := pipeline.NewBatch(pipeline.BatchData{Schema: s, Len: len(rows), Columns: columns, Source: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// testFuncs stand for the functions of the language.
func testFuncs() []*funcs.Func {
	text := []pipeline.Type{pipeline.String}
	return []*funcs.Func{
		{Name: "upper", Params: []funcs.Param{{Name: "text", Types: text}}, Result: pipeline.String,
			Call: func(_ *funcs.Runtime, args []pipeline.Value) (pipeline.Value, error) {
				return pipeline.StringValue(strings.ToUpper(args[0].Str())), nil
			}},
		{Name: "int", Params: []funcs.Param{{Name: "value", Types: []pipeline.Type{pipeline.String, pipeline.Int, pipeline.Float}}}, Result: pipeline.Int,
			Call: func(_ *funcs.Runtime, args []pipeline.Value) (pipeline.Value, error) {
				n, err := strconv.ParseInt(args[0].String(), 10, 64)
				if err != nil {
					return pipeline.Null(), errors.New(strconv.Quote(args[0].String()) + " is not an integer")
				}
				return pipeline.IntValue(n), nil
			}},
		{Name: "half", Params: []funcs.Param{{Name: "number", Types: []pipeline.Type{pipeline.Float}}}, Result: pipeline.Float,
			Call: func(_ *funcs.Runtime, args []pipeline.Value) (pipeline.Value, error) {
				return pipeline.FloatValue(args[0].Float() / 2), nil
			}},
		{Name: "join_nonempty", Params: []funcs.Param{{Name: "list", Types: []pipeline.Type{pipeline.StringList}}, {Name: "separator", Types: text}}, Result: pipeline.String,
			Call: func(_ *funcs.Runtime, args []pipeline.Value) (pipeline.Value, error) {
				return pipeline.StringValue(strings.Join(args[0].List(), args[1].Str())), nil
			}},
		{Name: "split", Params: []funcs.Param{{Name: "text", Types: text}, {Name: "separator", Types: text, Optional: true}}, Result: pipeline.StringList,
			Call: func(_ *funcs.Runtime, args []pipeline.Value) (pipeline.Value, error) {
				separator := " "
				if len(args) > 1 {
					separator = args[1].Str()
				}
				return pipeline.ListValue(strings.Split(args[0].Str(), separator)), nil
			}},
		{Name: "first_nonempty", Params: []funcs.Param{{Name: "text", Types: text, Null: true, Variadic: true}}, Result: pipeline.String,
			Call: func(_ *funcs.Runtime, args []pipeline.Value) (pipeline.Value, error) {
				for _, a := range args {
					if a.Str() != "" {
						return a, nil
					}
				}
				return pipeline.Null(), nil
			}},
		{Name: "now", Result: pipeline.Timestamp,
			Call: func(rt *funcs.Runtime, _ []pipeline.Value) (pipeline.Value, error) {
				return pipeline.TimeValue(rt.Now), nil
			}},
		{Name: "warned", Params: []funcs.Param{{Name: "text", Types: text}}, Result: pipeline.String,
			Call: func(rt *funcs.Runtime, args []pipeline.Value) (pipeline.Value, error) {
				rt.Warn("odd", errors.New(args[0].Str()+" is odd"))
				return args[0], nil
			}},
		{Name: "parse_person", Params: []funcs.Param{{Name: "name", Types: text}},
			Fields: []pipeline.Field{{Name: "first", Type: pipeline.String}, {Name: "last", Type: pipeline.String}, {Name: "parts", Type: pipeline.Int}},
			Record: func(_ *funcs.Runtime, args []pipeline.Value) ([]pipeline.Value, error) {
				first, last, ok := strings.Cut(args[0].Str(), " ")
				if !ok {
					return []pipeline.Value{pipeline.StringValue(first), pipeline.Null(), pipeline.IntValue(1)}, nil
				}
				return []pipeline.Value{pipeline.StringValue(first), pipeline.StringValue(last), pipeline.IntValue(2)}, nil
			}},
	}
}

var organizations = pipeline.MustSchema(
	pipeline.Field{Name: "id", Type: pipeline.Int},
	pipeline.Field{Name: "name", Type: pipeline.String},
	pipeline.Field{Name: "vat", Type: pipeline.String},
)

func testEnv() eval.Env {
	return eval.Env{
		Columns: testColumns,
		Funcs:   testFuncs(),
		Vars:    map[string]pipeline.Value{"country": pipeline.StringValue("DE"), "limit": pipeline.IntValue(5), "unset": pipeline.Null(), "pattern": pipeline.StringValue("^A")},
		Lookups: map[string]eval.Lookup{"org": {Key: []pipeline.Type{pipeline.Int}, Fields: organizations}, "loose": {}},
	}
}

func testRuntime(t testing.TB) eval.Runtime {
	orgs := batchOf(t, organizations, []pipeline.Value{pipeline.IntValue(3), pipeline.StringValue("Heide GmbH"), pipeline.Null()})
	find := func(keys []pipeline.Value) (pipeline.Record, bool) {
		return pipeline.Record{Batch: orgs, Row: 0}, keys[0].String() == "3"
	}
	return eval.Runtime{Now: noon, Lookups: map[string]func([]pipeline.Value) (pipeline.Record, bool){"org": find, "loose": find}}
}

func compile(t testing.TB, src string, env eval.Env) *eval.Program {
	t.Helper()
	p, problems := eval.Compile(src, env)
	for _, problem := range problems {
		if problem.Severity == diag.Error {
			t.Fatalf("compile %s: %s (%s)", src, problem.Message, problem.Hint)
		}
	}
	return p
}

// show is how the tests write a value: texts quoted, lists in brackets.
func show(v pipeline.Value) string {
	switch {
	case v.IsErase():
		return "erase"
	case v.IsNull():
		return "nil"
	case v.Type() == pipeline.String:
		return strconv.Quote(v.Str())
	case v.Type() == pipeline.StringList:
		quoted := make([]string, len(v.List()))
		for i, s := range v.List() {
			quoted[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(quoted, " ") + "]"
	default:
		return v.String()
	}
}

// run evaluates an expression over the test row and shows the result, or
// "error: " with the message.
func run(t testing.TB, src string) (string, eval.Type) {
	t.Helper()
	p := compile(t, src, testEnv())
	column, failed := p.Eval(testBatch(t), testRuntime(t))
	if column.Len() != 1 {
		t.Fatalf("%s: column of %d values, want 1", src, column.Len())
	}
	sameOnVM(t, src, testEnv(), testBatch(t), testRuntime(t), column, failed)
	if len(failed) > 0 {
		if !column.IsNull(0) {
			t.Errorf("%s: failed row holds %s, want null", src, show(column.Value(0)))
		}
		return "error: " + failed[0].Message, p.Type()
	}
	return show(column.Value(0)), p.Type()
}

func TestMeaning(t *testing.T) {
	for _, c := range []struct{ group, src, want string }{
		{"columns", `name`, `"Anna Müller"`},
		{"columns", `row["Kd.-Nr."]`, `"K7"`},
		{"columns", `row.name`, `"Anna Müller"`},
		{"columns", `row["row"]`, `"third"`},
		{"columns", `row["in"]`, `"inside"`},
		{"columns", `no_list`, `nil`},
		{"columns", `tags`, `["vip" "press"]`},
		{"columns", `vars.country`, `"DE"`},
		{"columns", `vars["limit"] + 1`, `6`},
		{"columns", `vars.unset`, `nil`},
		{"a name before ( is a function", `count`, `"many"`},
		{"a name before ( is a function", `count(tags, # == count)`, `0`},
		{"a name before ( is a function", `upper(upper)`, `"DECK"`},
		{"a name before ( is a function", `upper + "!"`, `"deck!"`},

		{"arithmetic", `score + 4 * 2`, `11`},
		{"arithmetic", `(score + 4) * 2 - -1`, `15`},
		{"arithmetic", `score / 2`, `1.5`},
		{"arithmetic", `7 % score`, `1`},
		{"arithmetic", `-7 % 3`, `-1`},
		{"arithmetic", `score + price`, `5.5`},
		{"arithmetic", `2 ** 3`, `8`},
		{"arithmetic", `big + 1`, `9007199254740994`},
		{"arithmetic", `9223372036854775807 - 1`, `9223372036854775806`},
		{"arithmetic", `9223372036854775806 + score`, `error: the result does not fit into a 64-bit integer`},
		{"arithmetic", `big * big`, `error: the result does not fit into a 64-bit integer`},
		{"arithmetic", `-9223372036854775807 - score`, `error: the result does not fit into a 64-bit integer`},
		{"arithmetic", `-(-9223372036854775807 - 1 + score - score)`, `error: the result does not fit into a 64-bit integer`},
		{"arithmetic", `score / (score - 3)`, `error: division by zero`},
		{"arithmetic", `score % (score - 3)`, `error: division by zero`},
		{"arithmetic", `price * 1e308`, `error: the result is not a finite number`},
		{"arithmetic", `name + ", " + city`, `"Anna Müller, 01067 Köln"`},

		{"null is strict", `score + no_int`, `nil`},
		{"null is strict", `no_int / 0`, `nil`},
		{"null is strict", `name + no_text`, `nil`},
		{"null is strict", `no_int < 3`, `nil`},
		{"null is strict", `no_int == score`, `nil`},
		{"null is strict", `no_text contains "a"`, `nil`},
		{"null is strict", `no_text matches "a"`, `nil`},
		{"null is strict", `-no_int`, `nil`},
		{"null is strict", `no_text[0:1]`, `nil`},
		{"null is strict", `upper(no_text)`, `nil`},
		{"null is strict", `len(no_list)`, `nil`},
		{"null is strict", `no_int in [1, 2]`, `nil`},
		{"null is strict", `"vip" in no_list`, `nil`},
		{"null is strict", `max(score, no_int)`, `nil`},

		{"nil is seen", `no_int == nil`, `true`},
		{"nil is seen", `nil != score`, `true`},
		{"nil is seen", `score == nil`, `false`},
		{"nil is seen", `no_list == nil`, `true`},
		{"nil is seen", `nil == nil`, `true`},
		{"nil is seen", `no_int ?? 7`, `7`},
		{"nil is seen", `score ?? 7`, `3`},
		{"nil is seen", `no_int ?? 7.5`, `7.5`},
		{"nil is seen", `score ?? 7.5`, `3`},
		{"nil is seen", `no_text ?? no_text ?? "x"`, `"x"`},
		{"nil is seen", `int(score) ?? 3`, `3`},
		{"nil is seen", `no_list ?? tags`, `["vip" "press"]`},
		{"nil is seen", `gone == nil`, `true`},
		{"nil is seen", `gone ?? "kept"`, `"kept"`},

		{"Kleene", `no_bool and false`, `false`},
		{"Kleene", `false and no_bool`, `false`},
		{"Kleene", `no_bool and true`, `nil`},
		{"Kleene", `no_bool or true`, `true`},
		{"Kleene", `paid or no_bool`, `true`},
		{"Kleene", `no_bool || false`, `nil`},
		{"Kleene", `not no_bool`, `nil`},
		{"Kleene", `!paid`, `false`},
		{"Kleene", `false and 1 / 0 == 1`, `false`},
		{"Kleene", `no_bool and 1 / (score - 3) == 1`, `error: division by zero`},

		{"ternary", `paid ? "yes" : "no"`, `"yes"`},
		{"ternary", `no_bool ? "yes" : "no"`, `"no"`},
		{"ternary", `paid ? 1 : 2.5`, `1`},
		{"ternary", `paid ? nil : 2.5`, `nil`},
		{"ternary", `if score > 2 { "many" } else { "few" }`, `"many"`},
		{"ternary", `score > 2 ? score < 4 ? "three" : "more" : "less"`, `"three"`},

		{"comparison", `name == "Anna Müller"`, `true`},
		{"comparison", `city < name`, `true`},
		{"comparison", `score >= 3.0`, `true`},
		{"comparison", `big == 9007199254740992.0`, `false`},
		{"comparison", `big > 9007199254740992.0`, `true`},
		{"comparison", `price > score`, `false`},
		{"comparison", `1 < score < 3`, `false`},
		{"comparison", `1 <= score <= 3`, `true`},
		{"comparison", `paid == true`, `true`},
		{"comparison", `seen == now()`, `true`},
		{"comparison", `tags == ["vip", "press"]`, `true`},
		{"comparison", `tags != []`, `true`},

		{"in", `"vip" in tags`, `true`},
		{"in", `"staff" not in tags`, `true`},
		{"in", `score in [1, 2, 3]`, `true`},
		{"in", `score in 1..2`, `false`},
		{"in", `score in [2.5, 3.0]`, `true`},
		{"in", `price in [2, 3]`, `false`},
		{"in", `name in []`, `false`},
		{"in", `no_text in []`, `nil`},
		{"in", `city in ["a","b","c","d","e","f","g","h","i","01067 Köln"]`, `true`},
		{"in", `paid in [false]`, `false`},

		{"texts", `name contains "Mü"`, `true`},
		{"texts", `name not contains "Mü"`, `false`},
		{"texts", `name startsWith "Anna"`, `true`},
		{"texts", `name endsWith "r"`, `true`},
		{"texts", `city matches "^[0-9]{5} "`, `true`},
		{"texts", `name matches vars.pattern`, `true`},
		{"texts", `not (name matches "^B")`, `true`},
		{"texts", `name[5:7]`, `"Mü"`},
		{"texts", `name[-6:]`, `"Müller"`},
		{"texts", `name[20:30]`, `""`},
		{"texts", `name[3:1]`, `""`},
		{"texts", `name | upper()`, `"ANNA MÜLLER"`},
		{"texts", `string(price) + string(score) + string(paid)`, `"2.53true"`},
		{"texts", `string(seen)`, `"2025-03-01T12:00:00Z"`},
		{"texts", `string(1234567.0)`, `"1234567"`},

		{"lists", `["a", no_text, "b"]`, `["a" "b"]`},
		{"lists", `[name]`, `["Anna Müller"]`},
		{"lists", `[]`, `[]`},
		{"lists", `tags[0]`, `"vip"`},
		{"lists", `tags[-1]`, `"press"`},
		{"lists", `tags[2]`, `nil`},
		{"lists", `tags[no_int]`, `nil`},
		{"lists", `[1, 2.5][0]`, `1`},
		{"lists", `tags[1:]`, `["press"]`},
		{"lists", `split(city)[1] ?? "?"`, `"Köln"`},
		{"lists", `join_nonempty([no_text, city, name], "/")`, `"01067 Köln/Anna Müller"`},
		{"lists", `filter(tags, # startsWith "v")`, `["vip"]`},
		{"lists", `filter(tags, no_bool)`, `[]`},
		{"lists", `map(tags, upper(#))`, `["VIP" "PRESS"]`},
		{"lists", `map(tags, # == "vip" ? # : nil)`, `["vip"]`},
		{"lists", `map(tags, string(#index) + #)`, `["0vip" "1press"]`},
		{"lists", `any(tags, # == "press")`, `true`},
		{"lists", `any(tags, # == no_text)`, `nil`},
		{"lists", `any([], # == "press")`, `false`},
		{"lists", `all(tags, len(#) > 2)`, `true`},
		{"lists", `all(tags, # == "vip" ? no_bool : false)`, `false`},
		{"lists", `none(tags, # == "x")`, `true`},
		{"lists", `one(tags, len(#) == 3)`, `true`},
		{"lists", `count(tags, # endsWith "s")`, `1`},
		{"lists", `find(tags, # endsWith "x") ?? "none"`, `"none"`},
		{"lists", `findIndex(tags, # == "press")`, `1`},
		{"lists", `any(tags, any([1, 2], # == score - 1) and # == "vip")`, `true`},
		{"lists", `sum(map(tags, len(#)))`, `8`},
		{"lists", `sum(tags, len(#))`, `8`},
		{"lists", `sum([big, 9223372036854775807])`, `error: the result does not fit into a 64-bit integer`},
		{"lists", `len(1..score)`, `3`},
		{"lists", `len(score..2)`, `0`},
		{"lists", `concat(tags, ["x"], [])`, `["vip" "press" "x"]`},
		{"lists", `tags | filter(# != "vip") | map(# + "!")`, `["press!"]`},

		{"records", `parse_person(name).first`, `"Anna"`},
		{"records", `parse_person(name)?.last`, `"Müller"`},
		{"records", `parse_person(city).parts + 1`, `3`},
		{"records", `parse_person(no_text).first`, `nil`},
		{"records", `parse_person("Anna").last`, `nil`},
		{"records", `parse_person(no_text) == nil`, `true`},
		{"records", `(paid ? parse_person(name) : parse_person(city)).first`, `"Anna"`},
		{"records", `lookup("org", score).name`, `"Heide GmbH"`},
		{"records", `lookup("org", score).vat`, `nil`},
		{"records", `lookup("org", score + 1).name`, `nil`},
		{"records", `lookup("org", no_int).name ?? "none"`, `"none"`},
		{"records", `lookup("loose", "3").name`, `"Heide GmbH"`},
		{"records", `lookup("loose", "3").id`, `error: this gave a value of int where string was promised`},
		{"records", `parse_person(name)`, `"first: Anna, last: Müller, parts: 2"`},

		{"functions", `int(name)`, `error: int: "Anna Müller" is not an integer`},
		{"functions", `half(score)`, `1.5`},
		{"functions", `first_nonempty(no_text, nil, city)`, `"01067 Köln"`},
		{"functions", `now() == seen`, `true`},

		{"let", `let p = parse_person(name); p.last + ", " + p.first`, `"Müller, Anna"`},
		{"let", `let x = 2; let y = x * score; y + x`, `8`},
		{"let", `let x = no_int; x ?? 4`, `4`},
		{"let", `map(tags, let t = upper(#); t + t)`, `["VIPVIP" "PRESSPRESS"]`},

		{"failing list", `name in (1 / 0 > 1 ? ["a"] : ["b"])`, `error: division by zero`},
		{"failing list", `no_text in (1 / 0 > 1 ? ["a"] : ["b"])`, `nil`},

		{"erase", `erase()`, `erase`},
		{"erase", `erase`, `erase`},
		{"erase", `paid ? erase() : name`, `erase`},
		{"erase", `not paid ? erase() : name`, `"Anna Müller"`},
		{"erase", `no_text ?? erase()`, `erase`},
		{"erase", `paid ? gone : name`, `erase`},
		{"erase", `gone + "x"`, `nil`},
	} {
		t.Run(c.group+"/"+c.src, func(t *testing.T) {
			if got, _ := run(t, c.src); got != c.want {
				t.Errorf("%s = %s, want %s", c.src, got, c.want)
			}
		})
	}
}

func TestBuiltinExamples(t *testing.T) {
	for _, b := range eval.Builtins() {
		p := compile(t, b.Example, testEnv())
		v, ok := p.Constant()
		if !ok {
			column, failed := p.Eval(testBatch(t), testRuntime(t))
			if len(failed) > 0 {
				t.Errorf("%s: %s", b.Example, failed[0].Message)
			}
			v = column.Value(0)
		}
		if v.String() != b.Want {
			t.Errorf("%s = %s, want %s", b.Example, v, b.Want)
		}
		if b.Doc == "" || b.Params == "" {
			t.Errorf("%s has no words", b.Name)
		}
	}
}

func TestType(t *testing.T) {
	for _, c := range []struct {
		src  string
		want eval.Type
	}{
		{`int(name) ?? 3`, eval.Type{Plain: pipeline.Int}},
		{`score / 1`, eval.Type{Plain: pipeline.Float}},
		{`score ?? 1.5`, eval.Type{Plain: pipeline.Float}},
		{`nil`, eval.Type{Null: true}},
		{`paid ? erase() : nil`, eval.Type{Null: true, Erase: true}},
		{`paid ? erase() : seen`, eval.Type{Plain: pipeline.Timestamp, Erase: true}},
		{`[]`, eval.Type{Plain: pipeline.StringList}},
	} {
		got := compile(t, c.src, testEnv()).Type()
		if got.Plain != c.want.Plain || got.Null != c.want.Null || got.Erase != c.want.Erase {
			t.Errorf("type of %s = %+v, want %+v", c.src, got, c.want)
		}
	}
	record := compile(t, `parse_person(name)`, testEnv()).Type()
	if len(record.Record) != 3 || record.Plain != 0 {
		t.Errorf("type of parse_person(name) = %+v, want a record of 3 fields", record)
	}
}

func TestCompileFor(t *testing.T) {
	for _, c := range []struct {
		src  string
		want pipeline.Type
		show string
	}{
		{`3`, pipeline.Float, "3"},
		{`score`, pipeline.Float, "3"},
		{`nil`, pipeline.Timestamp, "nil"},
		{`[]`, pipeline.StringList, "[]"},
		{`erase()`, pipeline.Int, "erase"},
		{`paid ? 1 : nil`, pipeline.Float, "1"},
	} {
		p, problems := eval.CompileFor(c.src, testEnv(), c.want)
		if p == nil {
			t.Errorf("%s for %s: %+v", c.src, c.want, problems)
			continue
		}
		column, failed := p.Eval(testBatch(t), testRuntime(t))
		if column.Type() != c.want || p.Type().Plain != c.want || len(failed) > 0 || show(column.Value(0)) != c.show {
			t.Errorf("%s for %s = %s of %s, want %s", c.src, c.want, show(column.Value(0)), column.Type(), c.show)
		}
	}
}

func TestNamesRead(t *testing.T) {
	p := compile(t, `lookup("org", score).name ?? row["E-Mail"] ?? (name + name)`, testEnv())
	if got := strings.Join(p.Columns(), " "); got != "E-Mail name score" {
		t.Errorf("columns read = %q, want %q", got, "E-Mail name score")
	}
	if got := strings.Join(p.Lookups(), " "); got != "org" {
		t.Errorf("lookups = %q, want org", got)
	}
}

func TestUnknownColumnsAreTexts(t *testing.T) {
	env := testEnv()
	env.Columns = nil
	p := compile(t, `anything + row["First Name"]`, env)
	column, failed := p.Eval(testBatch(t), testRuntime(t))
	if len(failed) != 1 || !strings.Contains(failed[0].Message, `no column "anything"`) || !column.IsNull(0) {
		t.Errorf("got %v and %v, want an error about the missing column", show(column.Value(0)), failed)
	}
}

func TestConstant(t *testing.T) {
	for src, want := range map[string]string{`'["exhibitor"]'`: `"[\"exhibitor\"]"`, `["exhibitor"]`: `["exhibitor"]`, `vars.limit * 2`: "10", `nil`: "nil", `1 == 2`: "false"} {
		if v, ok := compile(t, src, testEnv()).Constant(); !ok || show(v) != want {
			t.Errorf("constant of %s = %s, %t, want %s", src, show(v), ok, want)
		}
	}
	for _, src := range []string{`name`, `now()`, `paid ? 1 : 1`} {
		if v, ok := compile(t, src, testEnv()).Constant(); ok {
			t.Errorf("%s is taken for the constant %s", src, show(v))
		}
	}
}

func TestRowErrors(t *testing.T) {
	schema := pipeline.MustSchema(pipeline.Field{Name: "n", Type: pipeline.String})
	b := batchOf(t, schema, []pipeline.Value{pipeline.StringValue("1")}, []pipeline.Value{pipeline.StringValue("x")}, []pipeline.Value{pipeline.Null()}, []pipeline.Value{pipeline.StringValue("y")}, []pipeline.Value{pipeline.StringValue("4")})
	env := testEnv()
	env.Columns = schema
	src := `1 + int(n)`
	column, failed := compile(t, src, env).Eval(b, eval.Runtime{})
	var got []string
	for i := range column.Len() {
		got = append(got, show(column.Value(i)))
	}
	if strings.Join(got, " ") != "2 nil nil nil 5" {
		t.Errorf("values = %v, want 2 nil nil nil 5", got)
	}
	if len(failed) != 2 || failed[0].Row != 1 || failed[1].Row != 3 || src[failed[0].From:failed[0].To] != "int(n)" {
		t.Errorf("errors = %+v, want rows 1 and 3 at int(n)", failed)
	}
}

func TestWarn(t *testing.T) {
	var warned []string
	rt := testRuntime(t)
	rt.Warn = func(row int, code string, why error) {
		warned = append(warned, strconv.Itoa(row)+" "+code+" "+why.Error())
	}
	compile(t, `warned(city)`, testEnv()).Eval(testBatch(t), rt)
	if len(warned) != 1 || warned[0] != "0 odd 01067 Köln is odd" {
		t.Errorf("warnings = %q", warned)
	}
}

func TestLookupNotLoaded(t *testing.T) {
	_, failed := compile(t, `lookup("org", score).name`, testEnv()).Eval(testBatch(t), eval.Runtime{})
	if len(failed) != 1 || failed[0].Message != `lookup "org" is not loaded` {
		t.Errorf("errors = %v", failed)
	}
}

func TestLimitsOfARow(t *testing.T) {
	env := testEnv()
	env.Columns = pipeline.MustSchema(pipeline.Field{Name: "long", Type: pipeline.String}, pipeline.Field{Name: "n", Type: pipeline.Int})
	b := batchOf(t, env.Columns, []pipeline.Value{pipeline.StringValue(strings.Repeat("x", eval.ResultBytesMax-10)), pipeline.IntValue(9000)})
	for src, want := range map[string]string{
		`long + "0123456789x"`: "bytes, more than",
		`len(long + "0") + len(long + "1") + len(long + "2") + len(long + "3") + len(long + "4") + len(long + "5") + len(long + "6") + len(long + "7") + len(long + "8") + len(long + "9") + len(long + "a") + len(long + "b") + len(long + "c") + len(long + "d") + len(long + "e") + len(long + "f") + len(long + "g")`: "makes more than",
		`count(1..n, any(1..n, # > n))`: "members of lists",
		`len(1..n * 2)`:                 "range has more than",
	} {
		_, failed := compile(t, src, env).Eval(b, eval.Runtime{})
		if len(failed) != 1 || !strings.Contains(failed[0].Message, want) {
			t.Errorf("%.40s: errors = %v, want %q", src, failed, want)
		}
	}
	if column, failed := compile(t, `long`, env).Eval(b, eval.Runtime{}); len(failed) > 0 || column != b.Column(0) {
		t.Errorf("a column alone is not handed through: %v", failed)
	}
}

func TestEmptyBatch(t *testing.T) {
	b := batchOf(t, testColumns)
	if column, failed := compile(t, `upper(name) + "x"`, testEnv()).Eval(b, eval.Runtime{}); column.Len() != 0 || len(failed) != 0 {
		t.Errorf("column of %d values and %d errors, want none", column.Len(), len(failed))
	}
}
