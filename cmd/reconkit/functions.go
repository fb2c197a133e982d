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
		Example: `  reconkit functions
  reconkit functions parse_person`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.showFunction(args[0])
			}
			for _, f := range functionPages() {
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

func (a *app) showFunction(name string) error {
	var names []string
	for _, f := range functionPages() {
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
	return fmt.Errorf("there is no function %q; %s", name, diag.DidYouMean(name, names))
}
