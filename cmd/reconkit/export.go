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
	model, out, format, delimiter, rejects string
	guard                                  bool
	form                                   file.RejectsForm
}

func (a *app) exportCommand() *cobra.Command {
	var f exportFlags
	c := &cobra.Command{
		Use:   "export FILE --model MODEL -o OUT",
		Short: "Map and validate the rows of a model into a file; nothing is compared",
		Long: `export maps and validates the rows of one model and writes the records to a CSV,
JSON Lines or Parquet file, by the ending of its name; .gz and .zst behind .csv
and .jsonl compress it. -o - writes JSON Lines to standard output, or what
--format says. No target is asked and no duplicates are joined.

The file is there whole or not at all: an error leaves what was there before.`,
		Example: `  reconkit export pipeline.yaml --model contacts -o contacts.jsonl --rejects rejects.csv
  reconkit export pipeline.yaml --model contacts -o contacts.parquet
  reconkit export pipeline.yaml -o - | jq -r .email`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.export(cmd.Context(), args[0], f) },
	}
	a.pipelineFlags(c)
	c.Flags().StringVar(&f.model, "model", "", "the model to export; may be left out when there is one")
	c.Flags().StringVarP(&f.out, "out", "o", "", "file to write: .csv, .jsonl or .parquet; - for standard output")
	c.Flags().StringVar(&f.format, "format", "", "csv, jsonl or parquet, where the name of the file does not say it")
	c.Flags().StringVar(&f.delimiter, "delimiter", "", "of CSV: one ASCII character, or tab (default: a comma)")
	c.Flags().StringVar(&f.rejects, "rejects", "", "file for rejected rows: .csv or .jsonl; without it they are counted alone")
	rejectsFlags(c, &f.form)
	c.Flags().BoolVar(&f.guard, "guard-formulas", false, "put an apostrophe before CSV cells that a spreadsheet would take for a formula")
	return c
}

func (a *app) export(ctx context.Context, path string, f exportFlags) error {
	place, err := a.exportPlace(&f)
	if err != nil {
		return err
	}
	defer place.drop()
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
	w, err := file.NewWriter(f.out, m.Schema, file.WriterOptions{GuardFormulas: f.guard, Format: f.format, Delimiter: f.delimiter})
	if err != nil {
		return err
	}
	defer w.Abort()
	opt := pipeline.Options{Now: time.Now(), Version: version, Progress: a.progress.step, Log: a.log}
	rejects, err := exportRejects(ctx, m, f)
	if err != nil {
		return err
	}
	if rejects != nil {
		defer rejects.Abort()
		opt.Rejects = rejects
	}
	rows, collected, read, err := exportRows(ctx, m, opt, w)
	var limit *pipeline.LimitError
	if errors.As(err, &limit) {
		a.progress.end()
		return errors.Join(err, a.exportStopped(f, rejects, collected))
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
	if err := place.show(a.stdout); err != nil {
		return err
	}
	a.exported(f, place, rows, collected)
	return nil
}

// exportRejects starts the file of rejected rows; nil when none is wanted.
func exportRejects(ctx context.Context, m *pipeline.Model, f exportFlags) (*file.RejectsFile, error) {
	switch {
	case f.rejects != "":
	case f.form != file.RejectsForm{}:
		return nil, errors.New("--rejects-delimiter and --rejects-bom are for the file of --rejects, which is not named")
	default:
		return nil, nil
	}
	columns, err := sourceColumns(ctx, m)
	if err != nil {
		return nil, err
	}
	return file.NewRejectsFile(f.rejects, columns, f.form)
}

// exportStopped keeps and tells what was rejected when it is too much: that is
// what a person must mend now.
func (a *app) exportStopped(f exportFlags, rejects *file.RejectsFile, c *pipeline.Collected) error {
	if c != nil {
		a.rejectedRows(c)
	}
	if rejects == nil {
		fmt.Fprintln(a.stderr, "no rejected row was kept; --rejects FILE keeps them")
		return nil
	}
	if err := rejects.Close(); err != nil {
		return err
	}
	fmt.Fprintf(a.stderr, "rejected rows kept in %s\n", f.rejects)
	return nil
}

// exportRows writes the records of a model, row by row unless a rule needs the
// whole model, and says which files it read. Beside a *pipeline.LimitError stands
// what was collected, where that is known.
func exportRows(ctx context.Context, m *pipeline.Model, opt pipeline.Options, w *file.Writer) (int, *pipeline.Collected, inputs, error) {
	rows, read := 0, inputs{}
	opt.Reuse = !w.Holds()
	write := func(b *pipeline.Batch, dropped []int32) (func() error, error) {
		text, err := w.Encode(b, dropped)
		n, place := b.Len()-len(dropped), b.Origin(0).Place // the batch itself is not held any longer
		return func() error { rows += n; read[place] = true; return w.Append(text) }, err
	}
	collected, err := exportEach(ctx, m, opt, write)
	if err != nil {
		return 0, collected, nil, err
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
		return collected, err
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

// exported says what was written and what was not.
func (a *app) exported(f exportFlags, place *exportPlace, rows int, c *pipeline.Collected) {
	a.findings(c.Findings)
	fmt.Fprintf(a.stderr, "%s written to %s, %s rejected\n", howMany(rows, "record"), place, howMany(c.Rejected, "row"))
	if f.rejects != "" || c.Rejected == 0 {
		return
	}
	a.rejectedRows(c)
	fmt.Fprintln(a.stderr, "  --rejects FILE keeps them")
}

// howMany is a number of things in words.
func howMany(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// rejectedRows tells why rows were rejected, those that are alike together.
func (a *app) rejectedRows(c *pipeline.Collected) {
	a.groups(c.Groups.All(), func(diag.Severity) string { return "  " })
}

// findings prints what was found in the data: what is alike together, or with
// --verbose one by one.
func (a *app) findings(found []diag.Finding) {
	if a.verbose {
		for _, x := range found {
			fmt.Fprintf(a.stderr, "%s: %s\n", x.Severity, diag.Printable(x.String()))
		}
		return
	}
	var groups diag.Groups
	for _, x := range found {
		groups.Add(x)
	}
	a.groups(groups.All(), func(s diag.Severity) string { return s.String() + ": " })
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
