package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/sinks/file"
)

type exportFlags struct {
	model, out, rejects string
	guard               bool
}

func (a *app) exportCommand() *cobra.Command {
	var f exportFlags
	c := &cobra.Command{
		Use:   "export FILE --model MODEL -o OUT",
		Short: "Map and validate the rows of a model into a file; nothing is compared",
		Example: `  reconkit export pipeline.yaml --model contacts -o contacts.jsonl --rejects rejects.csv
  reconkit export pipeline.yaml --model contacts -o contacts.parquet`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.export(cmd.Context(), args[0], f) },
	}
	a.pipelineFlags(c)
	c.Flags().StringVar(&f.model, "model", "", "the model to export; may be left out when there is one")
	c.Flags().StringVarP(&f.out, "out", "o", "", "file to write: .csv, .jsonl or .parquet")
	c.Flags().StringVar(&f.rejects, "rejects", "", "file for rejected rows: .csv or .jsonl; without it they are counted alone")
	c.Flags().BoolVar(&f.guard, "guard-formulas", false, "put an apostrophe before CSV cells that a spreadsheet would take for a formula")
	_ = c.MarkFlagRequired("out")
	return c
}

func (a *app) export(ctx context.Context, path string, f exportFlags) error {
	// A path such as x/../in.csv is the same file for the checks and the writers.
	f.out = filepath.Clean(f.out)
	if f.rejects != "" {
		f.rejects = filepath.Clean(f.rejects)
	}
	p, found, err := a.load(ctx, path, func(h *dsl.Host) { h.SourcesOnly = true })
	if err != nil {
		return err
	}
	a.warn(found)
	m, err := modelNamed(p, f.model)
	if err != nil {
		return err
	}
	if err := a.checkExportOut(path, f); err != nil {
		return err
	}
	w, err := file.NewWriter(f.out, m.Schema, file.WriterOptions{GuardFormulas: f.guard})
	if err != nil {
		return err
	}
	defer w.Abort()
	opt := pipeline.Options{Now: time.Now(), Version: version, Progress: a.progress.step, Log: a.log}
	var rejects *file.RejectsFile
	if f.rejects != "" {
		columns, err := sourceColumns(ctx, m)
		if err != nil {
			return err
		}
		if rejects, err = file.NewRejectsFile(f.rejects, columns); err != nil {
			return err
		}
		defer rejects.Abort()
		opt.Rejects = rejects
	}
	rows, collected, read, err := exportRows(ctx, m, opt, w)
	var limit *pipeline.LimitError
	if errors.As(err, &limit) && rejects != nil {
		return errors.Join(err, rejects.Close()) // they are what a person must mend now
	}
	if err != nil {
		return err
	}
	if err := errors.Join(read.spare(filepath.Dir(path), "-o", f.out), read.spare(filepath.Dir(path), "--rejects", f.rejects)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if rejects != nil {
		if err := rejects.Close(); err != nil {
			return err
		}
	}
	a.progress.end()
	return a.exported(f, rows, collected)
}

// exportRows writes the records of a model, row by row unless a rule needs the
// whole model, and says which files it read.
func exportRows(ctx context.Context, m *pipeline.Model, opt pipeline.Options, w *file.Writer) (int, *pipeline.Collected, inputs, error) {
	rows, read := 0, inputs{}
	write := func(b *pipeline.Batch, dropped []int32) (func() error, error) {
		text, err := w.Encode(b, dropped)
		n, place := b.Len()-len(dropped), b.Origin(0).Place // the batch itself is not held any longer
		return func() error { rows += n; read[place] = true; return w.Append(text) }, err
	}
	collected, err := exportEach(ctx, m, opt, write)
	if err != nil {
		return 0, nil, nil, err
	}
	for _, r := range collected.Examples {
		read[r.Origin.Place] = true
	}
	return rows, collected, read, nil
}

// exportEach hands the batches of a model to write.
func exportEach(ctx context.Context, m *pipeline.Model, opt pipeline.Options, write pipeline.Work) (*pipeline.Collected, error) {
	if m.Rules == nil || !m.Rules.Whole() {
		return m.Each(ctx, opt, write)
	}
	collected, err := m.Collect(ctx, opt)
	if err != nil {
		return nil, err
	}
	for _, b := range collected.Records.Batches() {
		if b.Len() == 0 {
			continue
		}
		finish, err := write(b, nil)
		if err == nil {
			err = finish()
		}
		if err != nil {
			return nil, err
		}
	}
	return collected, nil
}

// rejectsShownMax is the number of rejected rows that export prints when it
// keeps none.
const rejectsShownMax = 5

// exported says what was written and what was not.
func (a *app) exported(f exportFlags, rows int, c *pipeline.Collected) error {
	a.findings(c.Findings)
	fmt.Fprintf(a.stderr, "%d records in %s, %d rows rejected\n", rows, f.out, c.Rejected)
	if f.rejects == "" {
		for i, r := range c.Examples {
			if i == rejectsShownMax {
				fmt.Fprintln(a.stderr, "  ... --rejects FILE keeps them all")
				break
			}
			fmt.Fprintln(a.stderr, "  "+diag.Printable(r.Finding.String()))
		}
	}
	return nil
}

// findingsShownMax is the number of findings of one code and rule that export
// prints without --verbose.
const findingsShownMax = 3

// findings prints what was found in the data, the first few of each kind.
func (a *app) findings(found []diag.Finding) {
	shown, left := map[string]int{}, map[string]int{}
	var order []string
	for _, x := range found {
		key := x.Code + " of the rule at " + x.Rule
		if shown[key]++; shown[key] <= findingsShownMax || a.verbose || x.Where == "" { // without a place it is about all
			fmt.Fprintf(a.stderr, "%s: %s\n", x.Severity, diag.Printable(x.String()))
			continue
		}
		if left[key]++; left[key] == 1 {
			order = append(order, key)
		}
	}
	for _, key := range order {
		fmt.Fprintf(a.stderr, "... %d more findings of %s; --verbose shows them\n", left[key], key)
	}
}

// sourceColumns are the columns of all sources of a model.
func sourceColumns(ctx context.Context, m *pipeline.Model) ([]string, error) {
	var columns []string
	for _, f := range m.From {
		schema, err := f.Source.Schema(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the columns of source %s: %w", f.Name, err)
		}
		columns = append(columns, schema.Names()...)
	}
	return columns, nil
}

// modelNamed returns the model of that name; the only one when there is no name.
func modelNamed(p *pipeline.Pipeline, name string) (*pipeline.Model, error) {
	var names []string
	for _, m := range p.Models {
		if m.Name == name || name == "" && len(p.Models) == 1 {
			return m, nil
		}
		names = append(names, m.Name)
	}
	slices.Sort(names)
	if name == "" {
		return nil, errors.New("the pipeline has several models; add --model with one of " + strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("the pipeline has no model %q; %s", name, diag.DidYouMean(name, names))
}
