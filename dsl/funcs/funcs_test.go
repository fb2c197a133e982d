package funcs_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/scanner"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
)

var update = flag.Bool("update", false, "write docs/functions.md")

// asked are the functions that the language promises; lookup and erase belong
// to its evaluation.
var asked = strings.Fields(`parse_email parse_phone parse_country parse_person parse_company parse_url parse_postcode
	parse_vat parse_date join_nonempty split trim squish pad_left lower upper title replace match extract fold slug
	truncate int float bool now first_nonempty hash similarity`)

func TestAllFunctions(t *testing.T) {
	byName := map[string]*funcs.Func{}
	for _, f := range funcs.All() {
		if byName[f.Name] != nil {
			t.Errorf("%s is there twice", f.Name)
		}
		byName[f.Name] = f
		switch {
		case (f.Call == nil) == (f.Record == nil):
			t.Errorf("%s has not exactly one of Call and Record", f.Name)
		case (f.Result == 0) != (f.Record != nil) || (f.Result == 0) != (len(f.Fields) > 0):
			t.Errorf("%s: result, fields and record disagree", f.Name)
		case f.Doc == "" || len(f.Examples) == 0:
			t.Errorf("%s has no doc or no example", f.Name)
		}
		for i, p := range f.Params {
			if len(p.Types) == 0 || p.Variadic && i < len(f.Params)-1 || i > 0 && f.Params[i-1].Optional && !p.Optional {
				t.Errorf("%s: parameter %s is not well formed", f.Name, p.Name)
			}
		}
	}
	for _, name := range asked {
		if byName[name] == nil {
			t.Errorf("%s is missing", name)
		}
		delete(byName, name)
	}
	for name := range byName {
		t.Errorf("%s is not in the list of functions", name)
	}
}

func TestExamples(t *testing.T) {
	byName := map[string]*funcs.Func{}
	for _, f := range funcs.All() {
		byName[f.Name] = f
	}
	rt := &funcs.Runtime{Now: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)}
	for _, f := range funcs.All() {
		for _, e := range f.Examples {
			t.Run(e.Expr, func(t *testing.T) {
				c := parseCall(t, e.Expr)
				if c.name != f.Name {
					t.Fatalf("an example of %s calls %s", f.Name, c.name)
				}
				got := c.run(byName[c.name], rt)
				reason, isError := strings.CutPrefix(e.Want, "error: ")
				if isError && !(strings.HasPrefix(got, "error: ") && strings.Contains(got, reason)) || !isError && got != e.Want {
					t.Errorf("got %s, want %s", got, e.Want)
				}
			})
		}
	}
}

// call is name(literal, ...) or name(literal, ...).field.
type call struct {
	name, field string
	args        []pipeline.Value
}

// run calls as the evaluation does: null where a parameter does not take it
// makes the result null.
func (c call) run(f *funcs.Func, rt *funcs.Runtime) string {
	for i, v := range c.args {
		if p := f.Params[min(i, len(f.Params)-1)]; v.IsNull() && !p.Null {
			return "nil"
		}
	}
	var got pipeline.Value
	var err error
	if f.Record != nil {
		var record []pipeline.Value
		record, err = f.Record(rt, c.args)
		for i, field := range f.Fields {
			if err == nil && field.Name == c.field {
				got = record[i]
			}
		}
	} else {
		got, err = f.Call(rt, c.args)
	}
	switch {
	case err != nil:
		return "error: " + err.Error()
	case got.IsNull():
		return "nil"
	}
	return got.String()
}

// parseCall reads the simple expressions that examples are.
func parseCall(t *testing.T, expr string) call {
	t.Helper()
	var s scanner.Scanner
	s.Init(strings.NewReader(expr))
	s.Mode = scanner.ScanIdents | scanner.ScanInts | scanner.ScanFloats | scanner.ScanStrings
	want := func(r rune) {
		if got := s.Scan(); got != r {
			t.Fatalf("%s: %q where %q should stand", expr, s.TokenText(), scanner.TokenString(r))
		}
	}
	want(scanner.Ident)
	c := call{name: s.TokenText()}
	want('(')
	for s.Peek() != ')' {
		v, err := literal(&s)
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		c.args = append(c.args, v)
		for s.Peek() == ' ' || s.Peek() == ',' {
			s.Next()
		}
	}
	want(')')
	if s.Peek() == '.' {
		want('.')
		want(scanner.Ident)
		c.field = s.TokenText()
	}
	return c
}

func literal(s *scanner.Scanner) (pipeline.Value, error) {
	switch kind := s.Scan(); kind {
	case scanner.String:
		text, err := strconv.Unquote(s.TokenText())
		return pipeline.StringValue(text), err
	case scanner.Int:
		i, err := strconv.ParseInt(s.TokenText(), 10, 64)
		return pipeline.IntValue(i), err
	case scanner.Float:
		f, err := strconv.ParseFloat(s.TokenText(), 64)
		return pipeline.FloatValue(f), err
	case scanner.Ident:
		switch s.TokenText() {
		case "nil":
			return pipeline.Null(), nil
		case "true", "false":
			return pipeline.BoolValue(s.TokenText() == "true"), nil
		}
	case '[':
		return listLiteral(s)
	}
	return pipeline.Null(), fmt.Errorf("no literal: %q", s.TokenText())
}

// listLiteral leaves out null members, as lists have none.
func listLiteral(s *scanner.Scanner) (pipeline.Value, error) {
	members := []string{}
	for s.Peek() != ']' {
		v, err := literal(s)
		if err != nil {
			return v, err
		}
		if !v.IsNull() {
			members = append(members, v.Str())
		}
		for s.Peek() == ' ' || s.Peek() == ',' {
			s.Next()
		}
	}
	s.Scan()
	return pipeline.ListValue(members), nil
}

func TestChecks(t *testing.T) {
	var names []string
	for _, c := range funcs.Checks() {
		names = append(names, c.Name)
		for _, e := range c.Examples {
			if err := c.Validate(e.Args); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
			if why := c.Holds(e.Value, e.Args); (why == nil) != e.Holds {
				t.Errorf("%s of %q: got %v, want it to pass: %v", c.Name, e.Value.String(), why, e.Holds)
			}
		}
		if why := c.Holds(pipeline.Null(), funcs.CheckArgs{}); (why == nil) == (c.Name == "required") {
			t.Errorf("%s of null: got %v", c.Name, why)
		}
	}
	if diff := cmp.Diff([]string{"country_code", "email", "max_length", "one_of", "phone", "postcode", "required", "url", "vat"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestCheckArguments(t *testing.T) {
	for _, c := range funcs.Checks() {
		if c.Needs != "" && c.Validate(funcs.CheckArgs{}) == nil {
			t.Errorf("%s does not miss %s", c.Name, c.Needs)
		}
		if c.Name == "email" && c.Validate(funcs.CheckArgs{Max: 3}) == nil {
			t.Error("email takes max")
		}
		if c.Name == "phone" && c.Validate(funcs.CheckArgs{Country: "Germany"}) == nil {
			t.Error("phone takes a country that is no code")
		}
	}
}

func TestReference(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "functions.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(funcs.Markdown()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(funcs.Markdown(), string(got)); diff != "" {
		t.Errorf("docs/functions.md is not what the functions say; write it with go test ./dsl/funcs -update (-want +got):\n%s", diff)
	}
}

// What a function cannot read is told to who listens, and never in full.
func TestWarnings(t *testing.T) {
	var codes []string
	rt := &funcs.Runtime{Warn: func(code string, why error) {
		codes = append(codes, code)
		if n := len(why.Error()); n > 400 {
			t.Errorf("a message of %d bytes", n)
		}
	}}
	long := pipeline.StringValue(strings.Repeat("x", 100_000))
	for _, f := range funcs.All() {
		if !strings.HasPrefix(f.Name, "parse_") || f.Call == nil || f.Name == "parse_date" {
			continue
		}
		got, err := f.Call(rt, []pipeline.Value{long})
		if err != nil || !got.Equal(long) {
			t.Errorf("%s of unreadable text: got %.20q, %v; want the text", f.Name, got.String(), err)
		}
	}
	if len(codes) != 6 {
		t.Errorf("got warnings %v, want six", codes)
	}
	codes = nil
	for _, f := range funcs.All() {
		if f.Name == "parse_country" {
			if got, err := f.Call(rt, []pipeline.Value{pipeline.StringValue("Kongo")}); err != nil || !got.IsNull() {
				t.Errorf("parse_country of an ambiguous name: got %q, %v; want null", got.String(), err)
			}
		}
	}
	if diff := cmp.Diff([]string{"ambiguous-country"}, codes); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// No function panics or takes long on values that nobody meant.
func TestHostileValues(t *testing.T) {
	hostile := []string{"", "\x00", "\xff\xfe", strings.Repeat("a", 1<<20), strings.Repeat("\u0301", 5000), "'", strings.Repeat("(", 500), "😀"}
	rt := &funcs.Runtime{Now: time.Unix(0, 0)}
	for _, f := range funcs.All() {
		for _, h := range hostile {
			args := make([]pipeline.Value, len(f.Params))
			for i, p := range f.Params {
				switch p.Types[0] {
				case pipeline.Int:
					args[i] = pipeline.IntValue(1 << 40)
				case pipeline.StringList:
					args[i] = pipeline.ListValue([]string{h, h})
				default:
					args[i] = pipeline.StringValue(h)
				}
			}
			if f.Record != nil {
				if record, err := f.Record(rt, args); err == nil && len(record) != len(f.Fields) {
					t.Errorf("%s gives %d fields of %d", f.Name, len(record), len(f.Fields))
				}
			} else if got, err := f.Call(rt, args); err == nil && !got.IsNull() && got.Type() != f.Result {
				t.Errorf("%s gives %s, says %s", f.Name, got.Type(), f.Result)
			}
		}
	}
}
