package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline/diag"
)

func (a *app) validateCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Check pipeline files: everything at once, offline, without secrets",
		Example: `  reconkit validate pipeline.yaml
  reconkit validate --format json pipelines/*.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			var all diag.List
			for _, f := range files {
				_, found, err := a.load(cmd.Context(), f, func(h *dsl.Host) { h.Offline, h.Connect = true, offline })
				var list *diag.ListError
				if err != nil && !errors.As(err, &list) {
					return err
				}
				all = append(all, found...)
			}
			return a.showDiagnostics(all, len(files), format)
		},
	}
	a.pipelineFlags(c)
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

func (a *app) showDiagnostics(found diag.List, files int, format string) error {
	bad := &codeError{code: exitError}
	switch format {
	case "json":
		if err := json.NewEncoder(a.stdout).Encode(diagnosticsJSON(found)); err != nil {
			return err
		}
	case "text":
		fmt.Fprint(a.stdout, found.Text())
		errs := 0
		for _, d := range found {
			if d.Severity == diag.Error {
				errs++
			}
		}
		if errs > 0 {
			bad.err = fmt.Errorf("errors found: %d", errs)
		} else if files == 1 {
			fmt.Fprintln(a.stdout, "the pipeline is valid")
		} else {
			fmt.Fprintf(a.stdout, "%d pipelines are valid\n", files)
		}
	default:
		return fmt.Errorf("--format is text or json, not %q", format)
	}
	if found.HasErrors() {
		return bad
	}
	return nil
}

// diagnosticJSON is the stable form of a diagnostic for programs.
type diagnosticJSON struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Length   int    `json:"length,omitempty"`
	Cause    string `json:"cause,omitempty"`
	Hint     string `json:"hint,omitempty"`
}

func diagnosticsJSON(found diag.List) []diagnosticJSON {
	list := make([]diagnosticJSON, len(found))
	for i, d := range found {
		list[i] = diagnosticJSON{d.Severity.String(), d.Code, d.Message, d.Pos.File, d.Pos.Line, d.Pos.Column, d.Span, d.Cause, d.Hint}
	}
	return list
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.stdout, "reconkit "+version)
			return err
		},
	}
}
