package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline/diag"
)

func (a *app) functionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "functions [NAME]",
		Short: "List the functions that expressions may call, or describe one",
		Long: `functions lists what expressions may call, or describes one function with its
examples. It describes the forms of the language, too, which are written like
functions and are none: lookup, erase, row and vars.`,
		Example: `  reconkit functions
  reconkit functions parse_person`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.showFunction(args[0])
			}
			for _, f := range callable() {
				if _, err := fmt.Fprintln(a.stdout, f.signature); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// functionPage is what there is to say of a function.
type functionPage struct {
	name, signature, doc string
	examples             [][2]string // an expression and its value
}

// functionPages are those of our own functions and of expr's, by name.
func functionPages() []functionPage {
	var pages []functionPage
	for _, f := range funcs.All() {
		p := functionPage{name: f.Name, signature: f.Signature(), doc: f.Doc + "\n" + f.NullRule()}
		for _, e := range f.Examples {
			p.examples = append(p.examples, [2]string{e.Expr, e.Want})
		}
		pages = append(pages, p)
	}
	for _, b := range eval.Builtins() {
		pages = append(pages, functionPage{name: b.Name, signature: b.Name + "(" + b.Params + ")", doc: b.Doc, examples: [][2]string{{b.Example, b.Want}}})
	}
	slices.SortFunc(pages, func(a, b functionPage) int { return strings.Compare(a.name, b.name) })
	return pages
}

// formPages are the forms of the language that look like functions or values.
// Their names and columns are part of the text and cannot be computed.
func formPages() []functionPage {
	return []functionPage{
		{name: "lookup", signature: `lookup("NAME", KEY).COLUMN`, doc: `Reads a column of a row that a lookup of the pipeline finds: NAME is one of
lookups:, and KEY the value of its key column, or several values where the key
has several columns. It is a form of the language and not a function: NAME and
COLUMN are written as they are and checked before any row is read.
A null key, and a key that no row has, give null; so does the .COLUMN of it.

  lookups:
    organization_by_id: { source: organizations, key: id }
  ...
    company_name: lookup("organization_by_id", linked_organization_id).name`},
		{name: "erase", signature: "erase()", doc: `Empties a field of the target. It is a form of the language and not a function:
it stands alone or as a branch of a condition, as the value of a field of map or
of a set. A field that is null keeps the value that the target has; one that is
erase() loses it. Emptied fields are shown and limited apart (limits: { blank: 50 }).

    notes: 'status == "left" ? erase() : comment'`},
		{name: "row", signature: `row["COLUMN"]`, doc: `Reads a column of the source by any name, also one with blanks or signs. A column
whose name is a word of letters, digits and _ can be written as it is.

    customer_number: row["Kd.-Nr."]`},
		{name: "vars", signature: "vars.NAME", doc: `Reads a value of vars: in the pipeline, or what --var NAME=VALUE replaces it with.

    phone: parse_phone(tel, vars.default_country)`},
	}
}

// callable are the pages of all that is written as a call, by name.
func callable() []functionPage {
	pages := functionPages()
	for _, f := range formPages() {
		if strings.HasPrefix(f.signature, f.name+"(") {
			pages = append(pages, f)
		}
	}
	slices.SortFunc(pages, func(a, b functionPage) int { return strings.Compare(a.name, b.name) })
	return pages
}

func (a *app) showFunction(name string) error {
	name = strings.TrimSuffix(name, "()")
	var names []string
	for _, f := range slices.Concat(functionPages(), formPages()) {
		if f.name != name {
			names = append(names, f.name)
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%s\n\n%s\n", f.signature, f.doc)
		for _, e := range f.examples {
			fmt.Fprintf(&b, "\n  %s\n    %s\n", e[0], e[1])
		}
		_, err := fmt.Fprint(a.stdout, b.String())
		return err
	}
	hint := diag.DidYouMean(name, names)
	if hint == "" {
		hint = "reconkit functions lists them all"
	}
	return fmt.Errorf("there is no function %q; %s", diag.Shorten(name, 60), hint)
}
