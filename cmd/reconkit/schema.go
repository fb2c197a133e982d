package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// schemaCommand prints what editors complete and check pipeline files with.
func (a *app) schemaCommand() *cobra.Command {
	var types []string
	c := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of pipeline files, for editors",
		Long: `schema prints a JSON Schema (draft 2020-12) of the pipeline file: every key with
what it means, and the options of each type of source and target. An editor
with a YAML language server uses it when a file begins with

  # yaml-language-server: $schema=pipeline.schema.json

--type narrows it to the types that are named.`,
		Example: `  reconkit schema > pipeline.schema.json
  reconkit schema --type csv --type plandocket`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			reg, err := registry()
			if err != nil {
				return err
			}
			text, err := reg.JSONSchema(types...)
			if err != nil {
				return fmt.Errorf("--type: %w", err)
			}
			_, err = a.stdout.Write(text)
			return err
		},
	}
	c.Flags().StringSliceVar(&types, "type", nil, "a type of source or target; may be given often; all when left out")
	return c
}
