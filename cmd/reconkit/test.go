package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// testFlags are the flags of test.
type testFlags struct {
	run, format          string
	watch                bool
	fromRejects          string
	row                  int
	rejectModel, rejectS string
}

func (a *app) testCommand() *cobra.Command {
	var f testFlags
	c := &cobra.Command{
		Use:   "test FILE...",
		Short: "Run the tests of pipeline files: offline, without secrets and without their sources",
		Long: `test runs the examples under tests: of pipeline files. The rows that they give
stand in for the sources; no server is asked, no secret is needed and nothing is
written. --from-rejects writes a test from a row of a file of rejected rows.`,
		Example: `  reconkit test pipeline.yaml
  reconkit test --run 'title|country' pipeline.yaml
  reconkit test --format junit pipelines/*.yaml > tests.xml
  reconkit test --watch pipeline.yaml
  reconkit test pipeline.yaml --from-rejects rejects/pipeline/contacts.people.csv >> pipeline.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error { return a.test(cmd.Context(), files, f) },
	}
	a.varFlag(c)
	c.Flags().StringVar(&f.run, "run", "", "run only the tests whose name matches this regular expression")
	c.Flags().StringVar(&f.format, "format", "text", "text, json or junit")
	c.Flags().BoolVar(&f.watch, "watch", false, "run again whenever a file changes, until interrupted")
	c.Flags().StringVar(&f.fromRejects, "from-rejects", "", "write a test from a row of this file of rejected rows, and run nothing")
	c.Flags().IntVar(&f.row, "row", 1, "which row of the rejected ones, from 1")
	c.Flags().StringVar(&f.rejectModel, "model", "", "model of the rejected rows, where their file does not say it")
	c.Flags().StringVar(&f.rejectS, "source", "", "source of the rejected rows, where their file does not say it")
	return c
}

// varFlag replaces vars of the pipeline.
func (a *app) varFlag(c *cobra.Command) {
	c.Flags().StringArrayVar(&a.vars, "var", nil, "replace a var of the pipeline: NAME=VALUE; may be given often")
}

func (a *app) test(ctx context.Context, files []string, f testFlags) error {
	only, err := regexp.Compile(f.run)
	if err != nil {
		return fmt.Errorf("--run: %w", err)
	}
	switch {
	case !slices.Contains([]string{"text", "json", "junit"}, f.format):
		return fmt.Errorf("--format is text, json or junit, not %q", f.format)
	case f.fromRejects != "" && (len(files) != 1 || f.watch):
		return errors.New("--from-rejects goes with one pipeline file and without --watch")
	case f.watch && f.format != "text":
		return errors.New("--watch goes with --format text")
	}
	reg, err := registry()
	if err != nil {
		return err
	}
	host, err := a.host()
	if err != nil {
		return err
	}
	if f.fromRejects != "" {
		return a.testFromRejects(ctx, files[0], f, reg, host)
	}
	run := func() error { return a.runTests(ctx, files, only, f.format, reg, host) }
	if !f.watch {
		return run()
	}
	watched := func() []string {
		var all []string
		for _, file := range files {
			all = append(all, dsl.Inputs(file, reg, host)...)
		}
		return all
	}
	return a.watch(ctx, watched, run)
}

// testFile is what became of the tests of one file.
type testFile struct {
	path    string
	invalid diag.List // why its tests cannot be run
	tests   int       // that the file has
	results []testResult
}

type testResult struct {
	dsl.TestResult
	took time.Duration
}

func (f *testFile) failed() int {
	n := 0
	for _, r := range f.results {
		if !r.Passed() {
			n++
		}
	}
	return n
}

// runTests runs the tests of all files and shows what became of them.
func (a *app) runTests(ctx context.Context, files []string, only *regexp.Regexp, format string, reg *dsl.Registry, host dsl.Host) error {
	var all []*testFile
	bad, ran, tests := false, 0, 0
	for _, path := range files {
		f, err := a.runTestFile(ctx, path, only, reg, host)
		if err != nil {
			return err
		}
		all = append(all, f)
		bad = bad || f.invalid.HasErrors() || f.failed() > 0
		ran, tests = ran+len(f.results), tests+f.tests
	}
	show := map[string]func([]*testFile) error{"text": a.testText, "json": a.testJSON, "junit": a.testJUnit}[format]
	if err := show(all); err != nil {
		return err
	}
	switch {
	case bad:
		return &codeError{code: exitError}
	case ran == 0 && tests > 0:
		return fmt.Errorf("no test is run: --run %s matches none of %d tests", diag.Shorten(only.String(), 60), tests)
	}
	return nil
}

func (a *app) runTestFile(ctx context.Context, path string, only *regexp.Regexp, reg *dsl.Registry, host dsl.Host) (*testFile, error) {
	f := &testFile{path: path}
	loaded, found := dsl.LoadTests(ctx, path, reg, host)
	if loaded == nil {
		f.invalid = found
		return f, nil
	}
	list := loaded.All()
	f.tests = len(list)
	for i, t := range list {
		if !only.MatchString(t.Name) {
			continue
		}
		began := time.Now()
		r, err := loaded.Run(ctx, i, began)
		if err != nil {
			return nil, err
		}
		f.results = append(f.results, testResult{r, time.Since(began)})
	}
	return f, nil
}

// The columns of a file of rejected rows that are not of the source.
const (
	rejectColumnPrefix = "reconkit_"
	rejectColumnReason = rejectColumnPrefix + "reason"
	rejectColumnOrigin = rejectColumnPrefix + "origin"
	rejectColumnRaw    = rejectColumnPrefix + "raw"
)

// testFromRejects prints a test that gives one rejected row.
func (a *app) testFromRejects(ctx context.Context, path string, f testFlags, reg *dsl.Registry, host dsl.Host) error {
	loaded, found := dsl.LoadTests(ctx, path, reg, host)
	if loaded == nil {
		return found.Err()
	}
	row, err := readReject(ctx, f.fromRejects, f.row)
	if err != nil {
		return err
	}
	row.Model, row.Source = rejectNames(f.fromRejects, f.rejectModel, f.rejectS)
	out, err := loaded.FromReject(ctx, row, time.Now())
	if err != nil {
		return fmt.Errorf("%s: %w", row.Place, err)
	}
	if !out.Reproduced {
		fmt.Fprintln(a.stderr, "reconkit: this row alone is not rejected now; the reason may lie in another row or in a lookup, which the test must give too, or in how the file is written")
	}
	_, err = io.WriteString(a.stdout, out.Text)
	return err
}

// rejectNames are the model and source of a file of rejected rows: those of the
// flags, or of its name MODEL.SOURCE.csv as plan writes it.
func rejectNames(path, model, source string) (string, string) {
	if model != "" || source != "" {
		return model, source
	}
	parts := strings.Split(strings.TrimSuffix(filepath.Base(path), ".csv"), ".")
	if len(parts) < 2 {
		return "", ""
	}
	return parts[0], parts[1]
}

// readReject reads one row of a file of rejected rows; n counts from 1.
func readReject(ctx context.Context, path string, n int) (dsl.RejectedCells, error) {
	var row dsl.RejectedCells
	if n < 1 {
		return row, fmt.Errorf("--row counts from 1, not %d", n)
	}
	in, err := os.Open(path)
	if err != nil {
		return row, fmt.Errorf("read rejected rows: %w", err)
	}
	defer in.Close()
	text := bufio.NewReaderSize(in, rejectHeadBytes)
	if mark, err := text.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		_, _ = text.Discard(len(byteOrderMark)) // what was peeked is there
	}
	head, _ := text.Peek(rejectHeadBytes) // of a shorter file all of it; an error shows when it is read
	r := csv.NewReader(text)
	r.FieldsPerRecord, r.Comma = -1, rejectDelimiter(head)
	header, err := r.Read()
	if err == nil && !slices.Contains(header, rejectColumnReason) {
		err = fmt.Errorf("it has no column %s, which plan and export write", rejectColumnReason)
	}
	if err != nil {
		return row, fmt.Errorf("read rejected rows of %s: %w", path, err)
	}
	var cells []string
	for i := range n {
		if cells, err = r.Read(); errors.Is(err, io.EOF) {
			return row, fmt.Errorf("%s has %s, so that there is no row %d", path, howMany(i, "rejected row"), n)
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return row, fmt.Errorf("read rejected rows of %s: %w", path, err)
		}
	}
	line, _ := r.FieldPos(0)
	row.Place = fmt.Sprintf("%s:%d", filepath.ToSlash(path), line)
	return rejectCells(row, header, cells)
}

// rejectHeadBytes is how far the header of a file of rejected rows is looked at
// for its delimiter.
const rejectHeadBytes = 64 << 10

// byteOrderMark is U+FEFF in UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// rejectDelimiter is what stands around our first column in a header: it may be
// one for spreadsheets.
func rejectDelimiter(head []byte) rune {
	for at := 0; ; at++ {
		next := bytes.Index(head[at:], []byte(rejectColumnReason))
		if next < 0 {
			return ','
		}
		at += next
		end := at + len(rejectColumnReason)
		if at == 0 || end == len(head) || head[at-1] != head[end] {
			continue
		}
		if d := rune(head[end]); d < utf8.RuneSelf && d != '"' && d != '\r' && d != '\n' && d != 0 {
			return d
		}
	}
}

// rejectCells takes the cells of the source apart from our own.
func rejectCells(row dsl.RejectedCells, header, cells []string) (dsl.RejectedCells, error) {
	if len(header) != len(cells) {
		return row, fmt.Errorf("%s: the row has %d cells and the header %d", row.Place, len(cells), len(header))
	}
	raw := ""
	for i, name := range header {
		switch {
		case name == rejectColumnReason:
			row.Reason = cells[i]
		case name == rejectColumnOrigin:
			row.Origin = cells[i]
		case name == rejectColumnRaw:
			raw = cells[i]
		case !strings.HasPrefix(name, rejectColumnPrefix):
			row.Columns, row.Cells = append(row.Columns, strings.TrimPrefix(name, "\ufeff")), append(row.Cells, cells[i])
		}
	}
	if raw != "" { // the source gave no row at all, whatever cells were told apart
		return row, fmt.Errorf("%s: %s could not be taken apart (%s); a test gives rows that were, so that none can show this; mend the row in its file", row.Place, orThis(row.Origin), diag.Shorten(row.Reason, 120))
	}
	return row, nil
}

// orThis is where a rejected row came from, if its file says so.
func orThis(origin string) string {
	if origin == "" {
		return "this row"
	}
	return "the row " + diag.Shorten(origin, 120)
}
