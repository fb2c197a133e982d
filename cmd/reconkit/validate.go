package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline/diag"
)

func (a *app) validateCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Check pipeline files: everything at once, offline, without secrets",
		Long: `validate checks pipeline files and reports everything that is wrong at once, each
with its place, the line, and what to do. It asks no server and needs no secret;
columns are compared with data files where these are there.

--format json and sarif are for programs: one list, or one SARIF 2.1.0 log, over
all files. --verbose counts what each file holds, on standard error.`,
		Example: `  reconkit validate pipeline.yaml
  reconkit validate --format sarif pipelines/*.yaml > reconkit.sarif`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			show, ok := diagnosticFormats[format]
			if !ok {
				return fmt.Errorf("--format is text, json or sarif, not %q", format)
			}
			found, err := a.check(cmd.Context(), files)
			if err != nil {
				return err
			}
			if err := show(a.stdout, found, len(files)); err != nil {
				return err
			}
			return verdict(found, format)
		},
	}
	a.pipelineFlags(c)
	c.Flags().StringVar(&format, "format", "text", "text, json or sarif")
	return c
}

// check checks pipeline files in the order in which they are given.
func (a *app) check(ctx context.Context, files []string) (diag.List, error) {
	reg, err := registry()
	if err != nil {
		return nil, err
	}
	host, err := a.host()
	if err != nil {
		return nil, err
	}
	host.Offline, host.Connect = true, offline
	var all diag.List
	for _, f := range files {
		summary, found := dsl.Check(ctx, f, reg, host)
		if a.verbose {
			fmt.Fprintf(a.stderr, "%s: %s\n%s", f, counted(summary), engines(f, summary))
		}
		all = append(all, found...)
	}
	return all, nil
}

// counted is what a pipeline file holds, in words.
func counted(s dsl.Summary) string {
	var parts []string
	for _, part := range []struct {
		n         int
		one, many string
	}{
		{s.Sources, "source", "sources"}, {s.Lookups, "lookup", "lookups"}, {s.Fragments, "fragment", "fragments"}, {s.Vars, "var", "vars"},
		{s.Models, "model", "models"}, {s.Fields, "field", "fields"}, {s.Rules, "rule", "rules"}, {s.Expressions, "expression", "expressions"},
		{s.Targets, "target", "targets"}, {s.Sinks, "sink", "sinks"}, {s.Tests, "test", "tests"},
	} {
		switch part.n {
		case 0:
		case 1:
			parts = append(parts, "1 "+part.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.many))
		}
	}
	if len(parts) == 0 {
		return "nothing could be read"
	}
	return strings.Join(parts, ", ")
}

// engines says how the expressions of a file run.
func engines(file string, s dsl.Summary) string {
	if s.Expressions == 0 {
		return ""
	}
	closures, partly := "expressions run as closures", len(s.OnVM)
	if s.Expressions-partly == 1 {
		closures = "expression runs as closures"
	}
	line := fmt.Sprintf("%s: %d %s", file, s.Expressions-partly, closures)
	for i, e := range s.OnVM {
		if i == 0 {
			line += fmt.Sprintf(", %d partly on the virtual machine:", partly)
		} else {
			line += ","
		}
		line += fmt.Sprintf(" %s at %s (%s)", e.What, e.Pos, strings.Join(e.Functions, ", "))
	}
	return line + "\n"
}

// diagnosticFormats are the forms in which diagnostics of some files are
// written.
var diagnosticFormats = map[string]func(w io.Writer, found diag.List, files int) error{
	"text": func(w io.Writer, found diag.List, files int) error {
		text := found.Text()
		switch {
		case found.HasErrors():
		case files == 1:
			text += "the pipeline is valid\n"
		default:
			text += fmt.Sprintf("%d pipelines are valid\n", files)
		}
		_, err := io.WriteString(w, text)
		return err
	},
	"json": func(w io.Writer, found diag.List, _ int) error {
		return diag.JSONEncoder(w).Encode(diagnosticsJSON(found))
	},
	"sarif": func(w io.Writer, found diag.List, _ int) error {
		return found.WriteSARIF(w, diag.Tool{Name: "reconkit", Version: version, Codes: dsl.Codes()})
	},
}

// verdict is the error with which validate ends when there are errors. Formats
// for programs say no more than what they wrote.
func verdict(found diag.List, format string) error {
	errs := 0
	for _, d := range found {
		if d.Severity == diag.Error {
			errs++
		}
	}
	if errs == 0 {
		return nil
	}
	bad := &codeError{code: exitError}
	if format == "text" {
		bad.err = fmt.Errorf("errors found: %d", errs)
	}
	return bad
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
