package funcs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// strictNulls is what null arguments do where a function does not say.
const strictNulls = "A null argument makes the result null."

// NullRule is what null arguments do, in words; never "".
func (f *Func) NullRule() string {
	switch {
	case f.Nulls != "":
		return f.Nulls
	case len(f.Params) == 0:
		return "It takes no arguments and is never null."
	}
	return strictNulls
}

// Signature writes the function with its parameters and result:
// parse_phone(value string, region? string) string.
func (f *Func) Signature() string {
	var params []string
	for _, p := range f.Params {
		name := p.Name
		if p.Optional {
			name += "?"
		}
		if p.Variadic {
			name += "..."
		}
		params = append(params, name+" "+typeNames(p.Types))
	}
	return f.Name + "(" + strings.Join(params, ", ") + ") " + f.resultName()
}

// resultName is the type of the result, or of a record its fields.
func (f *Func) resultName() string {
	if f.Result != 0 {
		return f.Result.String()
	}
	var fields []string
	for _, field := range f.Fields {
		fields = append(fields, field.Name+" "+field.Type.String())
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// allTypes is how many types there are.
const allTypes = 6

func typeNames(types []pipeline.Type) string {
	if len(types) == allTypes {
		return "any"
	}
	var names []string
	for _, t := range types {
		names = append(names, t.String())
	}
	return strings.Join(names, "|")
}

// Markdown writes the reference of all functions and named checks, in the
// order of their names.
func Markdown() string {
	all := All()
	slices.SortFunc(all, func(a, b *Func) int { return strings.Compare(a.Name, b.Name) })
	var b strings.Builder
	b.WriteString(`# Functions

<!-- Written by the test of dsl/funcs (go test ./dsl/funcs -update); do not edit. -->

What an expression in a pipeline file may call. A name before ` + "`(`" + ` is a function, any other is a
column. Each example below is run as a test; ` + "`nil`" + ` is null. The function ` + "`lookup(name, key)`" + ` and the
word ` + "`erase`" + ` are part of the language itself.

A question mark marks a parameter that may be left out, three dots one that may come any number of
times. An error rejects the row and names the reason.
`)
	for _, f := range all {
		fmt.Fprintf(&b, "\n## %s\n\n```\n%s\n```\n\n%s\n\nNull: %s\n\n", f.Name, f.Signature(), f.Doc, f.NullRule())
		b.WriteString("| example | result |\n|---|---|\n")
		for _, e := range f.Examples {
			fmt.Fprintf(&b, "| `%s` | %s |\n", cell(e.Expr), shownResult(e.Want))
		}
	}
	b.WriteString("\n# Named checks\n\nThe `is:` of a rule. Null passes every check but `required`.\n\n| check | arguments | accepts |\n|---|---|---|\n")
	for _, c := range Checks() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Name, c.argNames(), cell(c.Doc))
	}
	b.WriteString("| `unique` | | A value that no other record of the model has; a finding names both rows. |\n")
	return b.String()
}

// argNames lists the arguments of a check, optional ones with a question mark.
func (c *Check) argNames() string {
	var names []string
	if c.Needs != "" {
		names = append(names, "`"+string(c.Needs)+"`")
	}
	for _, arg := range c.Takes {
		names = append(names, "`"+string(arg)+"?`")
	}
	return strings.Join(names, ", ")
}

// cell keeps text within a cell of a Markdown table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func shownResult(want string) string {
	if reason, ok := strings.CutPrefix(want, "error: "); ok {
		return "error: … " + cell(reason) + " …"
	}
	return "`" + cell(want) + "`"
}
