package eval_test

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// A problem is expected at the part of the expression that stands between two
// marks; the marks are taken out before it is compiled.
func marked(src string) (clean string, from, to int) {
	before, rest, ok := strings.Cut(src, "⟦")
	if !ok {
		return src, -1, -1
	}
	inside, after, _ := strings.Cut(rest, "⟧")
	return before + inside + after, len(before), len(before) + len(inside)
}

func TestProblems(t *testing.T) {
	for _, c := range []struct{ src, code, message, hint string }{
		// names
		{`upper(⟦nmae⟧)`, "unknown-column", `unknown column "nmae"`, `did you mean "name"?`},
		{`"Müller" + ⟦nmae⟧`, "unknown-column", `unknown column "nmae"`, `did you mean "name"?`},
		{`row[⟦"Kd.Nr."⟧]`, "unknown-column", `unknown column "Kd.Nr."`, `did you mean "Kd.-Nr."?`},
		{`name == ⟦person⟧`, "unknown-column", `unknown column "person"`, `a text is written in quotes: "person"`},
		{`⟦E⟧-Mail`, "unknown-column", `unknown column "E"`, `write row["E-Mail"]`},
		{`⟦now⟧ == seen`, "unknown-column", `unknown column "now"`, "now is a function: write now(...)"},
		{`name == ⟦null⟧`, "unknown-column", `unknown column "null"`, "write nil"},
		{`name == ⟦None⟧`, "unknown-column", `unknown column "None"`, "write nil"},
		{`paid == ⟦True⟧`, "unknown-column", `unknown column "True"`, "write true"},
		{`⟦uper⟧(name)`, "unknown-function", `unknown function "uper"`, `did you mean "upper"?`},
		{`⟦city⟧()`, "unknown-function", `unknown function "city"`, `to read the column write row["city"]`},
		{`⟦coalesce⟧(name, city)`, "unknown-function", `unknown function "coalesce"`, "write a ?? b"},
		{`⟦repeat⟧(name, 100)`, "unknown-function", `unknown function "repeat"`, ""},
		{`⟦flatten⟧(tags)`, "unknown-function", `unknown function "flatten"`, "write concat(a, b)"},
		{`parse_person(name).⟦frist⟧`, "unknown-field", `unknown field "frist"`, `did you mean "first"?`},
		{`lookup("org", score).⟦nam⟧`, "unknown-field", `unknown field "nam"`, `did you mean "name"?`},
		{`lookup(⟦"orgs"⟧, score).name`, "unknown-lookup", `unknown lookup "orgs"`, `did you mean "org"?`},
		{`lookup(⟦name⟧, score).name`, "unknown-lookup", "must be written out", `lookup("name", key)`},
		{`vars.⟦contry⟧`, "unknown-variable", `unknown variable "contry"`, `did you mean "country"?`},
		{`⟦$env⟧`, "unsupported", "$env is not offered", "row["},
		{`⟦$env⟧["name"]`, "unsupported", "$env is not offered", "row["},
		{`⟦row⟧`, "unsupported", "row is the whole row", `row["name"]`},
		{`⟦row[name]⟧`, "row-key", "must be written out", `write row["name"]`},
		{`⟦row["na" + "me"]⟧`, "row-key", "must be written out", `write row["name"]`},
		{`let ⟦row⟧ = 1; 2`, "let-name", `the name "row" is taken`, "another name"},

		// types
		{`⟦name + score⟧`, "type-conflict", `"+" does not go between a string and an int`, "use string(score)"},
		{`⟦city > 3⟧`, "type-conflict", `">" does not go between a string and an int`, "use int(city)"},
		{`⟦score == "3"⟧`, "type-conflict", "between an int and a string", "write 3 without quotes"},
		{`⟦score == "three"⟧`, "type-conflict", "between an int and a string", "use string(score)"},
		{`1 + (⟦(score + 1) * name⟧)`, "type-conflict", "between an int and a string", "use int(name)"},
		{`⟦seen > "2025-01-01"⟧`, "type-conflict", "between a timestamp and a string", "use parse_date("},
		{`⟦name⟧ and paid`, "type-conflict", `"and" takes a bool, this is a string`, `name == "yes"`},
		{`⟦score⟧ ? 1 : 2`, "type-conflict", `"?" takes a bool, this is an int`, "score != 0"},
		{`⟦paid ? name : score⟧`, "type-conflict", "the two results are a string and an int", "use string(score)"},
		{`⟦city ?? 3⟧`, "type-conflict", "the two sides of ?? are a string and an int", "use int(city)"},
		{`⟦score⟧ contains "3"`, "type-conflict", `"contains" takes a string, this is an int`, "use string(score)"},
		{`⟦tags⟧ contains "vip"`, "type-conflict", "this is a list", `write "vip" in tags`},
		{`"a" in ⟦name⟧`, "type-conflict", `"in" looks into a list, this is a string`, `name contains "a"`},
		{`⟦name in [1, 2]⟧`, "type-conflict", "a string is never in a list of int", "use int(name)"},
		{`[name, ⟦score⟧]`, "type-conflict", "the list holds a string before, this is an int", "use string(score)"},
		{`⟦-name⟧`, "type-conflict", "is not a number", "use int(name)"},
		{`⟦price % 2⟧`, "type-conflict", "between a float and an int", "int("},
		{`⟦parse_person(name) + "x"⟧`, "type-conflict", "between a record", ".first, .last"},
		{`upper(⟦parse_person(name)⟧)`, "wrong-arguments", "text of upper takes a string, this is a record", "parse_person(name).first"},
		{`⟦name.first⟧`, "type-conflict", "a string has no fields", "name[0:1]"},
		{`⟦tags.first⟧`, "unknown-field", `a list has no field "first"`, "[0]"},
		{`⟦[1, 2]⟧`, "type-conflict", "the result is a list of int", "string(#)"},
		{`sum(⟦tags⟧)`, "type-conflict", "sum adds numbers", "int(#)"},
		{`any(⟦name⟧, # == "a")`, "type-conflict", "any takes a list", "[name]"},
		{`any(tags, ⟦#⟧)`, "type-conflict", "takes a bool", ""},
		{`any(tags, ⟦.name⟧ == "a")`, "type-conflict", "a string has no fields", ""},

		// calls
		{`⟦upper()⟧`, "wrong-arguments", "upper takes 1 argument, here are 0", "write upper(text)"},
		{`⟦upper(name, city)⟧ + "x"`, "wrong-arguments", "upper takes 1 argument, here are 2", ""},
		{`⟦split(name, " ", 2)⟧`, "wrong-arguments", "split takes 1 to 2 arguments, here are 3", "write split(text, separator?)"},
		{`upper(⟦score⟧)`, "wrong-arguments", "text of upper takes a string, this is an int", "use string(score)"},
		{`⟦round(1,5)⟧`, "wrong-arguments", "round takes 1 argument, here are 2", "1.5"},
		{`⟦lookup("org", score, 1)⟧.name`, "wrong-arguments", "a key of 1 columns", ""},
		{`lookup("org", ⟦name⟧).name`, "wrong-arguments", "the key of the lookup is an int, this is a string", "use int(name)"},
		{`⟦name.upper()⟧`, "unsupported", "values have no methods", "write upper(...)"},
		{`name matches ⟦city⟧`, "bad-pattern", "not known before", "quotes"},
		{`name matches "a[⟦b-a⟧]"`, "bad-pattern", "range", "RE2"},
		{`name matches "⟦a(b⟧"`, "bad-pattern", "missing closing )", ""},
		{`name matches "x⟦(?=⟧y)"`, "bad-pattern", "Perl syntax", "look-around"},
		{`⟦erase()⟧ == nil`, "erase-operand", "cannot be worked with", "cond ? erase() : value"},
		{`upper(⟦paid ? erase() : name⟧)`, "erase-operand", "cannot be worked with", ""},
		{`⟦1 / 0⟧`, "always-fails", "division by zero", ""},
		{`⟦{a: 1}⟧`, "unsupported", "cannot make maps", "lookup("},
		{`⟦{"a": "b"}⟧[name]`, "unsupported", "cannot make maps", "lookup("},
		{`map(tags, ⟦{"a": "b"}⟧[#])`, "unsupported", "cannot make maps", "lookup("},
		{`map(tags, ⟦{a: {b: 1}}⟧.a)`, "unsupported", "cannot make maps", "lookup("},
		{`map(tags, {# == "a" ? "b" : ⟦missing⟧})`, "unknown-column", "missing", ""},
		{`⟦b"x"⟧`, "unsupported", "byte strings", ""},
		{`⟦name⟧; city`, "unsupported", "one value", "let"},
		{`⟦groupBy⟧(tags, #)`, "unknown-function", "unknown function", "maps"},
		{`⟦toJSON⟧(tags)`, "unknown-function", "unknown function", "maps"},
		{`⟦duration⟧("1h")`, "unknown-function", "unknown function", ""},
		{`any(tags, ⟦#acc⟧ == "x")`, "unsupported", "#acc is what reduce()", "#index"},
		{`reduce(tags, ⟦len(#)⟧)`, "type-conflict", "#acc starts as a string, this is an int", "string(len(#))"},
		{`reduce(tags, any([1], ⟦#acc⟧ == 1))`, "unsupported", "#acc is what reduce()", ""},
		{`sortBy(⟦name⟧, #)`, "type-conflict", "sortBy takes a list", "[name]"},
		{`sortBy(tags, ⟦split(#)⟧)`, "type-conflict", "a list of string cannot be put in order", ""},
		{`sortBy(tags, #, ⟦name⟧)`, "wrong-arguments", "the order of sortBy is not known", `"desc"`},
		{`⟦mean(1, 2)⟧`, "wrong-arguments", "mean takes 1 argument, here are 2", ""},
		{`mean(⟦tags⟧)`, "type-conflict", "mean takes numbers, this is a list of string", "mean(map(tags, float(#)))"},
		{`toBase64(⟦score⟧)`, "type-conflict", "takes a string, this is an int", "string(score)"},

		// syntax
		{``, "syntax", "the expression is empty", ""},
		{`⟦  ⟧`, "syntax", "the expression is empty", ""},
		{`name ⟦=⟧ "x"`, "syntax", "= does not compare", "write =="},
		{`"ü" == name and city ⟦=⟧ "x"`, "syntax", "= does not compare", "write =="},
		{`name ⟦=~⟧ "x"`, "syntax", "=~ is not an operator", "write matches"},
		{`name ⟦===⟧ "x"`, "syntax", "=== is not an operator", "write =="},
		{`score ⟦=>⟧ 3`, "syntax", "=> is not an operator", "write >="},
		{`name matches "\⟦d⟧+"`, "syntax", "no known escape", "backticks"},
		{`extract(name, "\⟦d⟧+")`, "syntax", "no known escape", "backticks"},
		{`1⟦a⟧ == name`, "syntax", "a number does not end in a letter", "row["},
		{`score ⟦<>⟧ 3`, "syntax", "<> is not an operator", "write !="},
		{`paid ⟦&⟧ paid`, "syntax", "& alone", "write and"},
		{`paid ⟦|⟧ paid`, "syntax", "| alone", "write or"},
		{`score == 1 ⟦|⟧ score == 2`, "syntax", "| alone", "write or"},
		{`paid ⟦AND⟧ paid`, "syntax", `unexpected "AND"`, "write and in small letters"},
		{`name ⟦is⟧ nil`, "syntax", `unexpected "is"`, "== nil"},
		{`name == ⟦"⟧Anna`, "syntax", "no closing quote", `write " at its end`},
		{`name == Anna⟦"⟧`, "syntax", "no closing quote", "its start is missing"},
		{`name + 'it's⟦'⟧`, "syntax", "no closing quote", "apostrophe"},
		{`name == ⟦“⟧Anna”`, "syntax", "does not belong here", "straight quotes"},
		{`price > ⟦1,5⟧`, "syntax", "decimal number", "write 1.5"},
		{`upper⟦(⟧name`, "syntax", "never closed", ""},
		{`upper(name)⟦)⟧`, "syntax", "closes nothing", ""},
		{`name +⟦⟧`, "syntax", "ends too early", `missing after "+"`},
		{`⟦First Name⟧`, "syntax", `"First Name" cannot be written`, `write row["First Name"]`},
		{`upper(⟦First Name⟧)`, "syntax", `"First Name" cannot be written`, `write row["First Name"]`},
		{`⟦Kd.-Nr.⟧`, "syntax", "cannot be written", `write row["Kd.-Nr."]`},
		{`⟦in⟧ == "x"`, "syntax", `"in" is a word of the language`, `write row["in"]`},
		{`name ⟦"x"⟧`, "syntax", `unexpected "x"`, "joined with +"},
		{`no_int ?? 3 ⟦==⟧ 3`, "syntax", "needs parentheses", "(a ?? b)"},
	} {
		t.Run(c.src, func(t *testing.T) {
			src, from, to := marked(c.src)
			p, problems := eval.Compile(src, testEnv())
			if p != nil || len(problems) == 0 {
				t.Fatalf("compiled without an error: %+v", problems)
			}
			got := problems[0]
			for _, problem := range problems {
				if problem.Code == c.code && strings.Contains(problem.Message, c.message) {
					got = problem
					break
				}
			}
			if got.Code != c.code || !strings.Contains(got.Message, c.message) || !strings.Contains(got.Hint, c.hint) {
				t.Errorf("problem = [%s] %s; hint: %s\nwant [%s] %s; hint: %s", got.Code, got.Message, got.Hint, c.code, c.message, c.hint)
			}
			if from >= 0 && (got.From != from || got.To != to) {
				t.Errorf("problem at %q, want %q (%d to %d, want %d to %d)", src[got.From:got.To], src[from:to], got.From, got.To, from, to)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	src := `upper(nmae) + uper(city) + parse_person(name).frist + vars.contry + (score + name)`
	_, problems := eval.Compile(src, testEnv())
	var got []string
	for _, p := range problems {
		got = append(got, src[p.From:p.To])
	}
	if want := "nmae, uper, frist, contry, score + name"; strings.Join(got, ", ") != want {
		t.Errorf("problems at %q, want %q", strings.Join(got, ", "), want)
	}
}

func TestSameProblemOnce(t *testing.T) {
	if _, problems := eval.Compile(`1 < nmae < 3`, testEnv()); len(problems) != 1 {
		t.Errorf("problems = %+v, want one", problems)
	}
}

func TestFieldsOfRules(t *testing.T) {
	env := testEnv()
	env.Record = true
	_, problems := eval.Compile(`scor >= 1`, env)
	if len(problems) != 1 || problems[0].Message != `unknown field "scor"` || problems[0].Cause == "" || problems[0].Hint != `did you mean "score"?` {
		t.Errorf("problems = %+v", problems)
	}
}

func TestWarnings(t *testing.T) {
	for src, code := range map[string]string{`score > nil`: "always-null", `nil and paid`: "always-null", `upper(nil)`: "always-null", `let name = 1; name + 1`: "let-name"} {
		p, problems := eval.Compile(src, testEnv())
		if p == nil || len(problems) != 1 || problems[0].Code != code || problems[0].Severity != diag.Warning {
			t.Errorf("%s: %+v, want a program and one warning %s", src, problems, code)
		}
	}
}

func TestWantedType(t *testing.T) {
	for _, c := range []struct {
		src           string
		want          pipeline.Type
		message, hint string
	}{
		{`name`, pipeline.Int, "gives a string where an int is wanted", "use int(name)"},
		{`score`, pipeline.String, "gives an int where a string is wanted", "use string(score)"},
		{`price`, pipeline.Int, "gives a float where an int is wanted", "use int(round(price))"},
		{`name`, pipeline.Bool, "gives a string where a bool is wanted", `name == "yes"`},
		{`name`, pipeline.StringList, "where a list of string is wanted", "write [name]"},
		{`tags`, pipeline.String, "gives a list of string", "join_nonempty(tags"},
		{`parse_person(name)`, pipeline.String, "gives a record", "parse_person(name).first"},
		{`name`, pipeline.Timestamp, "where a timestamp is wanted", "parse_date(name"},
	} {
		p, problems := eval.CompileFor(c.src, testEnv(), c.want)
		if p != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, c.message) || !strings.Contains(problems[0].Hint, c.hint) {
			t.Errorf("%s for %s: %+v, want %q and %q", c.src, c.want, problems, c.message, c.hint)
		}
	}
}

func TestLimitsOfAnExpression(t *testing.T) {
	deep := "score"
	for range 40 { // each level is looked at twice
		deep = "1 < len(string(0 < " + deep + " < 9)) < 9 ? 1 : 2"
		deep = "(" + deep + ")"
	}
	for name, src := range map[string]string{
		"bytes":              strings.Repeat(" ", eval.ExpressionBytesMax) + "1",
		"nodes":              "1" + strings.Repeat(" + 1", eval.NodesMax),
		"parentheses":        strings.Repeat("(", 20000),
		"chained comparison": deep,
		"signs":              strings.Repeat("-", 5000) + "1",
	} {
		p, problems := eval.Compile(src, testEnv())
		if p != nil || len(problems) == 0 || problems[0].Severity != diag.Error {
			t.Errorf("%s: compiled without a problem", name)
			continue
		}
		if !anyCode(problems, "limit") {
			t.Errorf("%s: %s, want a limit", name, problems[0].Message)
		}
	}
}

func anyCode(problems []eval.Problem, code string) bool {
	for _, p := range problems {
		if p.Code == code {
			return true
		}
	}
	return false
}

func FuzzCompile(f *testing.F) {
	for _, src := range []string{`upper(name) + "x"`, `1 < score < 5 ? [1, 2][0] : nil`, `row["E-Mail"] ?? 'x'`, `let a = tags; any(a, # matches "^v")`,
		`price > 1,5`, `name = "x"`, `"offen`, `{a: 1}`, `((((`, `tags | filter(# == "a") | map(#index)`, `b"x"`, "\xff\xfe", `a?.b?.[0]`, `if a {b} else {c}`, `1..5`, `::x()`, `-9223372036854775808`, `#`, `not not`,
		`sortBy(tags, len(#), "desc")[0]`, `reduce(tags, #acc + string(#index) + #, "")`, `mean([1, score]) + median(map(tags, len(#)))`, `bitshl(score, 70) ?? bitnot(1)`,
		`let s = splitAfter(name, ""); map(s, toBase64(#))`, `fromBase64(name) contains fromBase64("")`, `reduce(reduce([tags], #), any([1], # == 1) ? #acc : nil)`} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		p, problems := eval.Compile(src, testEnv())
		for _, problem := range problems {
			if problem.From < 0 || problem.To < problem.From || problem.To > len(src) || problem.Message == "" || problem.Code == "" {
				t.Errorf("problem %+v of %q has no place or no words", problem, src)
			}
		}
		if p == nil {
			if len(problems) == 0 {
				t.Fatalf("%q: neither a program nor a problem", src)
			}
			return
		}
		column, failed := p.Eval(testBatch(t), testRuntime(t))
		if column.Len() != 1 || len(failed) > 1 {
			t.Errorf("%q: %d values and %d errors of one row", src, column.Len(), len(failed))
		}
		sameOnVM(t, src, testEnv(), testBatch(t), testRuntime(t), column, failed)
		for _, e := range failed {
			if e.From < 0 || e.To < e.From || e.To > len(src) || e.Message == "" {
				t.Errorf("%q: error %+v has no place or no words", src, e)
			}
		}
	})
}
