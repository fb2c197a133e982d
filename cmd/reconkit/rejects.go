package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/sinks/file"
)

// rejectsDefault is the folder for rejected rows, beside the pipeline.
const rejectsDefault = "rejects"

// rejectsOwner is the file in a folder of rejected rows that names the pipeline
// file whose rows they are, from that folder: so it stays true when a project is
// copied or moved as a whole.
const rejectsOwner = ".pipeline"

// rejectsFlags adds the flags of how rejected rows are written.
func rejectsFlags(c *cobra.Command, form *file.RejectsForm) {
	c.Flags().StringVar(&form.Delimiter, "rejects-delimiter", "", "of the CSV of rejected rows: one ASCII character, or tab (default: a comma)")
	c.Flags().BoolVar(&form.ByteOrderMark, "rejects-bom", false, "begin the CSV of rejected rows with a byte order mark, for spreadsheets")
}

// rejectsFolder is where the rejected rows of a pipeline file are kept: in a
// folder with the name of the file, since pipelines that stand side by side may
// have models and sources of the same names.
func rejectsFolder(named, path string) string {
	if named == "" {
		named = filepath.Join(filepath.Dir(path), rejectsDefault)
	}
	name := filepath.Base(path)
	if stem := strings.TrimSuffix(name, filepath.Ext(name)); stem != "" {
		name = stem
	}
	return filepath.Join(named, name)
}

// checkRejectsOwner refuses a folder in which the rejected rows of another
// pipeline file are kept. A file that is there no longer owns nothing.
func checkRejectsOwner(dir, path string) error {
	text, err := os.ReadFile(filepath.Join(dir, rejectsOwner))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look whose rejected rows are in %s: %w", dir, err)
	}
	owner, _, _ := strings.Cut(string(text), "\n")
	if owner = filepath.FromSlash(owner); !filepath.IsAbs(owner) {
		owner = filepath.Join(dir, owner)
	}
	theirs, err := os.Stat(owner)
	if err != nil {
		return nil
	}
	if ours, err := os.Stat(path); err == nil && os.SameFile(ours, theirs) {
		return nil
	}
	return fmt.Errorf("%s holds the rejected rows of %s; choose another folder with --rejects, or give the pipeline file a name of its own", dir, diag.Printable(owner))
}

// ownRejects notes in a folder whose rejected rows are there, when any were
// written to it.
func ownRejects(dir, path string, rejects *file.Rejects) error {
	if len(rejects.Files()) == 0 {
		return nil
	}
	from, errFrom := filepath.Abs(dir)
	to, errTo := filepath.Abs(path)
	if err := errors.Join(errFrom, errTo); err != nil {
		return fmt.Errorf("note whose rejected rows are in %s: %w", dir, err)
	}
	owner, err := filepath.Rel(from, to)
	if err != nil {
		owner = to // on another drive
	}
	name, text := filepath.Join(dir, rejectsOwner), []byte(filepath.ToSlash(owner)+"\n")
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := renameio.WriteFile(name, text, 0o600); err != nil {
		return fmt.Errorf("note whose rejected rows are in %s: %w", dir, err)
	}
	return nil
}

// showStopped says what was rejected of models of which nothing is planned.
func (a *app) showStopped(p *pipeline.Plan) {
	for _, s := range p.Stopped {
		var groups []diag.GroupSummary
		for _, r := range p.Reasons {
			if r.Model == s.Model {
				groups = append(groups, r.GroupSummary)
			}
		}
		fmt.Fprintf(a.stderr, "rejected rows of model %s: %d\n", diag.Shorten(s.Model, 60), s.Rejected)
		a.summaries(groups, func(diag.Severity) string { return "  " })
	}
}

// groupsShownMax is the number of groups of findings that are printed; the rest
// is counted.
const groupsShownMax = 20

// groups prints groups of findings, each behind what head makes of its severity.
func (a *app) groups(groups []*diag.Group, head func(diag.Severity) string) {
	list := make([]diag.GroupSummary, len(groups))
	for i, g := range groups {
		list[i] = g.Summary()
	}
	a.summaries(list, head)
}

// summaries prints what is told of groups of findings.
func (a *app) summaries(groups []diag.GroupSummary, head func(diag.Severity) string) {
	for i, g := range groups {
		if i == groupsShownMax {
			fmt.Fprintf(a.stderr, "  ... and %d more kinds\n", len(groups)-i)
			return
		}
		for n, line := range g.Lines() {
			if n == 0 {
				line = head(g.Severity) + diag.Printable(line)
			} else {
				line = "      " + diag.Printable(line)
			}
			fmt.Fprintln(a.stderr, line)
		}
	}
}

// keptRejects names the files of rejected rows.
func (a *app) keptRejects(files []file.RejectFile) {
	for _, f := range files {
		fmt.Fprintf(a.stderr, "rejected rows kept: %d in %s\n", f.Rows, f.Path)
	}
}
