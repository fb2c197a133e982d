package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

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
			for _, f := range funcs.All() {
				if _, err := fmt.Fprintln(a.stdout, f.Signature()); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (a *app) showFunction(name string) error {
	var names []string
	for _, f := range funcs.All() {
		if f.Name != name {
			names = append(names, f.Name)
			continue
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%s\n\n%s\n%s\n", f.Signature(), f.Doc, f.NullRule())
		for _, e := range f.Examples {
			fmt.Fprintf(&b, "\n  %s\n    %s\n", e.Expr, e.Want)
		}
		_, err := fmt.Fprint(a.stdout, b.String())
		return err
	}
	return fmt.Errorf("there is no function %q; %s", name, diag.DidYouMean(name, names))
}
