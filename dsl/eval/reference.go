package eval

import (
	"fmt"
	"strings"
)

// BuiltinsMarkdown is the reference of the functions of expr that expressions
// may call, in the Markdown of docs/builtins.md.
func BuiltinsMarkdown() string {
	var b strings.Builder
	b.WriteString(`# Functions of expr

<!-- Written by the test of dsl/eval (go test ./dsl/eval -run BuiltinsPage -update); do not edit. -->

Expressions have the syntax of [expr](https://expr-lang.org) and may call these of its functions besides
those of [functions.md](functions.md). A null argument makes the result null. In a condition or an expression over a
list ` + "`#`" + ` is the member and ` + "`#index`" + ` its place from 0. Each example is run as a test.

A pipeline is translated once into Go functions over columns. What has no such translation runs on the virtual
machine of expr with the same meaning, several times slower; ` + "`reconkit validate -v`" + ` names those expressions. The
functions of expr that are not listed read the clock, make maps, or make results without bound: they are not offered.

| function | what it gives | example | result | runs on |
|---|---|---|---|---|
`)
	for _, f := range Builtins() {
		runs := "Go"
		if f.VM {
			runs = "virtual machine"
		}
		doc := strings.TrimSuffix(f.Doc, vmDoc)
		fmt.Fprintf(&b, "| `%s(%s)` | %s | `%s` | `%s` | %s |\n", f.Name, f.Params, doc, strings.ReplaceAll(f.Example, "|", `\|`), f.Want, runs)
	}
	return b.String()
}
