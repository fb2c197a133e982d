package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// toStdout is the name of a file that stands for standard output.
const toStdout = "-"

// exportEndings are the endings of files by which their format is known.
var exportEndings = []struct{ ending, format string }{{".csv", "csv"}, {".jsonl", "jsonl"}, {".ndjson", "jsonl"}, {".parquet", "parquet"}}

// exportPlace is where an export goes to. What is meant for standard output is
// written to a file of its own first, so that nothing is printed of an export
// that fails.
type exportPlace struct {
	name   string // as a person gave it
	folder string // of the file that is printed in the end; "": none is
	file   string
}

// exportPlace checks where an export goes to and in which format, and changes
// the flags so that they name the file to write and its format.
func (a *app) exportPlace(f *exportFlags) (*exportPlace, error) {
	if f.out == "" {
		return nil, errors.New("export needs a place for the records: -o contacts.csv, .jsonl or .parquet, or -o - for standard output")
	}
	place := &exportPlace{name: f.out}
	if f.rejects != "" {
		f.rejects = filepath.Clean(f.rejects)
	}
	if f.out != toStdout {
		// A path such as x/../in.csv is the same file for the checks and the writers.
		f.out = filepath.Clean(f.out)
	}
	var err error
	if f.format, err = exportFormat(f.out, place.name == toStdout, f.format); err != nil {
		return nil, err
	}
	switch {
	case f.format != "csv" && f.delimiter != "":
		return nil, fmt.Errorf("--delimiter is for CSV, not for %s", f.format)
	case f.format != "csv" && f.guard:
		return nil, fmt.Errorf("--guard-formulas is for CSV, not for %s", f.format)
	case place.name != toStdout:
		return place, nil
	case f.format == "parquet" && terminal(a.stdout):
		return nil, errors.New("-o -: a Parquet file is not for a terminal; send it into a file or another program")
	}
	if place.folder, err = os.MkdirTemp("", "reconkit-export-"); err != nil {
		return nil, fmt.Errorf("-o -: %w", err)
	}
	place.file = filepath.Join(place.folder, "records")
	f.out = place.file
	return place, nil
}

// exportFormat is the format that is named, or that the ending of the file
// stands for; that of standard output is JSON Lines.
func exportFormat(out string, stdout bool, named string) (string, error) {
	if named != "" {
		named = strings.ToLower(named)
		for _, e := range exportEndings {
			if e.format == named {
				return named, nil
			}
		}
		return "", fmt.Errorf("--format is csv, jsonl or parquet, not %q", named)
	}
	if stdout {
		return "jsonl", nil
	}
	switch format := formatOfName(out); {
	case format != "":
		return format, nil
	case workbookName(out):
		return "", fmt.Errorf("-o %s: workbooks are not written; export a .csv, which spreadsheets open (see --delimiter and --guard-formulas)", out)
	}
	return "", fmt.Errorf("-o %s: the name must end in .csv, .jsonl or .parquet, or say the format with --format; -o - is standard output", out)
}

// formatOfName is the format that the ending of a name stands for, or "".
func formatOfName(path string) string {
	name := strings.ToLower(filepath.Base(path))
	plain := strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	for _, e := range exportEndings {
		if strings.HasSuffix(plain, e.ending) {
			return e.format
		}
	}
	return ""
}

func workbookName(path string) bool {
	end := strings.ToLower(filepath.Ext(path))
	return end == ".xlsx" || end == ".xls"
}

// checkTableName refuses a place for rows whose name does not say in which form.
func checkTableName(flag, path string) error {
	switch {
	case path == toStdout:
		return fmt.Errorf("%s -: rows are not written to standard output; name a file that ends in .csv, .jsonl or .parquet", flag)
	case formatOfName(path) != "":
		return checkFolder(flag, path)
	case workbookName(path):
		return fmt.Errorf("%s %s: workbooks are not written; name a .csv, which spreadsheets open", flag, path)
	}
	return fmt.Errorf("%s %s: the name must end in .csv, .jsonl or .parquet", flag, path)
}

// show prints what was meant for standard output. The file is removed before,
// since a reader who goes away ends the process in the middle of it.
func (p *exportPlace) show(w io.Writer) error {
	if p.folder == "" {
		return nil
	}
	in, err := os.Open(p.file)
	if err != nil {
		return fmt.Errorf("-o -: %w", err)
	}
	defer in.Close()
	p.drop()
	if _, err := io.Copy(w, in); err != nil {
		return fmt.Errorf("-o -: %w", err)
	}
	return nil
}

// drop removes what was only meant to be printed. That it stays, unread, in the
// folder of temporary files is no reason to fail.
func (p *exportPlace) drop() {
	if p.folder != "" {
		_ = os.RemoveAll(p.folder)
	}
}

func (p *exportPlace) String() string {
	if p.folder != "" {
		return "standard output"
	}
	return p.name
}
