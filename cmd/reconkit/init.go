package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/dsl/draft"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/sources/csv"
	"github.com/reconkit/reconkit/sources/parquet"
)

type initFlags struct {
	out, model, target  string
	force, noSchemaLine bool
}

func (a *app) initCommand() *cobra.Command {
	var f initFlags
	c := &cobra.Command{
		Use:   "init FILE...",
		Short: "Write a pipeline that reads CSV or Parquet files of contacts",
		Long: `init looks at the names of the columns, in some twenty languages, and at the values
of the first rows, and writes a pipeline that maps them to the fields of
contacts. What it guessed is said in comments, with the evidence. The pipeline
can be planned as it is: it writes to a sandbox of PlanDocket beside it.`,
		Example: `  reconkit init contacts.csv
  reconkit init crm.parquet exhibitors.csv -o fair.yaml
  reconkit init orders.csv --model orders --target file:orders.jsonl`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error { return a.initPipeline(cmd.Context(), files, f) },
	}
	c.Flags().StringVarP(&f.out, "out", "o", "pipeline.yaml", "file to write, or - to print the pipeline")
	c.Flags().StringVar(&f.model, "model", "contacts", "name of the model")
	c.Flags().StringVar(&f.target, "target", "", "plandocket, file:OUT or none; left out: plandocket where there are contacts, else a file")
	c.Flags().BoolVar(&f.force, "force", false, "replace the file if it is there")
	c.Flags().BoolVar(&f.noSchemaLine, "no-schema-line", false, "leave out the line that leads editors to the JSON Schema")
	return c
}

func (a *app) initPipeline(ctx context.Context, files []string, f initFlags) error {
	config := draft.Config{Model: f.model, SchemaLine: !f.noSchemaLine}
	var err error
	if config.Target, config.TargetPath, err = initTarget(f.target); err != nil {
		return err
	}
	if err := checkDraftOut(f, files); err != nil {
		return err
	}
	if f.out != toStdout {
		config.Out = shellWord(filepath.Base(f.out))
	}
	for _, name := range files {
		file, err := a.look(ctx, name)
		if err != nil {
			return err
		}
		if file.Path, err = pathFrom(filepath.Dir(f.out), name); err != nil {
			return err
		}
		config.Files = append(config.Files, file)
	}
	text, err := draft.Text(config)
	if err != nil {
		return err
	}
	if err := a.checkDraft(ctx, f.out, text); err != nil {
		return err
	}
	if f.out == toStdout {
		_, err := io.WriteString(a.stdout, text)
		return err
	}
	if err := writeDraft(f, text); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "wrote %s; read its comments\nnext: %s\n", diag.Printable(f.out), a.commandOf("reconkit plan", f.out))
	return err
}

// initTarget reads --target.
func initTarget(text string) (draft.TargetKind, string, error) {
	kind, path, hasPath := strings.Cut(text, ":")
	switch k := draft.TargetKind(kind); {
	case k == draft.TargetFile && path != "":
		return k, path, nil
	case hasPath:
	case k == draft.TargetAuto, k == draft.TargetPlanDocket, k == draft.TargetNone:
		return k, "", nil
	}
	return "", "", fmt.Errorf("--target is plandocket, file:OUT or none, not %s", strconv.Quote(diag.Shorten(text, 60)))
}

// checkDraftOut refuses to replace a file unasked, and to replace what is read.
func checkDraftOut(f initFlags, files []string) error {
	if f.out == toStdout {
		return nil
	}
	old, err := os.Stat(f.out)
	if err != nil {
		return nil // nothing is there that could be lost; writing says what is wrong
	}
	for _, name := range files {
		if info, err := os.Stat(name); err == nil && os.SameFile(old, info) {
			return fmt.Errorf("-o %s: that is a file to read; give the pipeline another name", f.out)
		}
	}
	switch {
	case !old.Mode().IsRegular():
		return fmt.Errorf("-o %s: it is not a regular file", f.out)
	case !f.force:
		return fmt.Errorf("-o %s: the file is there; --force replaces it, and -o - prints the pipeline", f.out)
	}
	return nil
}

func writeDraft(f initFlags, text string) error {
	if f.force {
		if err := renameio.WriteFile(f.out, []byte(text), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", f.out, err)
		}
		return nil
	}
	file, err := os.OpenFile(f.out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(file, text); err != nil {
		return errors.Join(err, file.Close(), os.Remove(f.out))
	}
	return file.Close()
}

// pathFrom is how a pipeline in a folder names a file.
func pathFrom(dir, name string) (string, error) {
	if filepath.IsAbs(name) {
		return filepath.ToSlash(name), nil
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	to, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(from, to)
	if err != nil {
		rel = to // on another drive
	}
	return filepath.ToSlash(rel), nil
}

// checkDraft loads the draft as validate would. A draft that is not valid is
// not written.
func (a *app) checkDraft(ctx context.Context, out, text string) error {
	reg, err := registry()
	if err != nil {
		return err
	}
	host, err := a.host()
	if err != nil {
		return err
	}
	host.Offline, host.Connect = true, offline
	if out == toStdout {
		out = "pipeline.yaml"
	}
	if _, found := dsl.LoadText(ctx, out, []byte(text), reg, host); found.HasErrors() {
		// A list of diagnostics is printed alone, without the words around it.
		return fmt.Errorf("the draft is not valid, so nothing was written; please report this:\n%s", found.Text())
	}
	return nil
}

// look reads the beginning of a file.
func (a *app) look(ctx context.Context, name string) (draft.File, error) {
	if name == "-" {
		return draft.File{}, errors.New("init looks at files, which the pipeline reads again; write standard input to a file first")
	}
	var file draft.File
	var src pipeline.Source
	var err error
	if isParquet(name) {
		file.Type = "parquet"
		src, err = parquet.New(parquet.Config{Path: name})
	} else {
		file.Type = "csv"
		src, err = openText(ctx, csv.Config{Path: name, Log: a.log}, &file)
	}
	if err != nil {
		return file, err
	}
	file.Sample, err = draft.Take(ctx, src)
	return file, err
}

// isParquet tells by the name, or else by the first bytes.
func isParquet(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".parquet", ".pq":
		return true
	}
	return formOf(name) == formParquet
}

// openText opens a CSV file. Lines above its header are passed over; where the header
// cannot be used, the columns get names. The pipeline then says so.
func openText(ctx context.Context, conf csv.Config, file *draft.File) (pipeline.Source, error) {
	src, err := csv.New(conf)
	if err != nil {
		return nil, err
	}
	if file.SkipLines, err = src.TitleLines(ctx); err != nil {
		return nil, err
	}
	if conf.SkipLines = file.SkipLines; conf.SkipLines > 0 {
		if src, err = csv.New(conf); err != nil {
			return nil, err
		}
	}
	schema, err := src.Schema(ctx)
	switch {
	case err == nil && !looksLikeData(schema.Names()):
		return src, nil
	case err == nil:
		file.NoHeader = true
		conf.Header = "false"
		return csv.New(conf)
	}
	names, ok := mendedHeader(ctx, conf)
	if !ok {
		return nil, err
	}
	if looksLikeData(names) {
		file.NoHeader = true
		conf.Header = "false"
		return csv.New(conf)
	}
	conf.Columns = names
	mended, mendErr := csv.New(conf)
	if mendErr != nil {
		return nil, err
	}
	if _, mendErr = mended.Schema(ctx); mendErr != nil {
		return nil, err
	}
	file.Columns = names
	return mended, nil
}

// looksLikeData reports whether the names of columns are values: no column is
// called by an e-mail address or an international phone number.
func looksLikeData(names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		_, notEmail := canon.ParseEmail(n)
		_, notPhone := canon.ParsePhone(n, "")
		return notEmail == nil || notPhone == nil
	})
}

// mendedHeader reads the first row of a file and gives blank and repeated names
// a number. It reports false where that is not what is wrong with the header.
func mendedHeader(ctx context.Context, conf csv.Config) ([]string, bool) {
	conf.Header, conf.Empty, conf.BatchRows, conf.Log = "false", "keep", 1, nil
	src, err := csv.New(conf)
	if err != nil {
		return nil, false
	}
	for b, err := range src.Read(ctx) {
		if err != nil || b.Len() == 0 {
			return nil, false
		}
		var names []string
		for i := range b.Schema().Len() {
			// ${ begins a reference where an option names the columns.
			n := strings.ReplaceAll(strings.TrimSpace(b.Column(i).Str(0)), "${", "$")
			if !strings.HasPrefix(n, csv.ColumnPrefixIgnored) {
				names = append(names, n)
			}
		}
		return distinctNames(names)
	}
	return nil, false
}

// distinctNames numbers blank and repeated names, and reports whether there
// were any.
func distinctNames(names []string) ([]string, bool) {
	taken, changed := map[string]bool{}, false
	for _, n := range names {
		taken[n] = true
	}
	next := map[string]int{} // by name that was seen: the number to try next
	for i, n := range names {
		if n != "" && next[n] == 0 {
			next[n] = 2
			continue
		}
		changed = true
		stem, from := n, next[n]
		if n == "" {
			stem, from = "column", i+1
		}
		for {
			names[i] = stem + "_" + strconv.Itoa(from)
			if !taken[names[i]] {
				break
			}
			from++
		}
		taken[names[i]] = true
		next[n] = from + 1
	}
	return names, changed
}
