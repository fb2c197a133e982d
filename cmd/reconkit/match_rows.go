package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dsl/draft"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/sources/csv"
	"github.com/reconkit/reconkit/sources/parquet"
)

// matchIDDefault is the column that names rows when --id is not given.
const matchIDDefault = "id"

// matchRows are the rows of one or two files as one table of text.
type matchRows struct {
	files  []string
	table  *pipeline.Table
	fileOf []uint8           // of each row, from 0
	lists  []uint8           // nil: all rows are one list
	id     string            // column that names rows; "": none
	lone   map[string]string // the file that alone has a column, by column; of two files

	// By file, once they are needed.
	byID   []map[string]int32
	byLine []map[int]int32
	twice  []string // an id that two rows have; "": none
}

// readMatchFiles reads files whole. Every value becomes text. A row that cannot
// be read is left out, and said.
func (a *app) readMatchFiles(ctx context.Context, files []string, f matchFlags, apart string) (*matchRows, error) {
	r := &matchRows{files: files}
	if len(files) == 2 && onePlace(files[0], files[1]) {
		return nil, fmt.Errorf("%s is named twice; the duplicates within one file are found without that", files[0])
	}
	var parts []*pipeline.Table
	for _, name := range files {
		if found := globbed(name); len(found) != 1 || found[0] != name {
			return nil, fmt.Errorf("%s stands for %s; name one file, or two", name, strings.Join(shortNames(found), ", "))
		}
		t, err := a.readMatchFile(ctx, name, f.textForm)
		if err != nil {
			return nil, err
		}
		for _, column := range []string{f.id, apart} {
			if column != "" && t.Schema().Index(column) < 0 {
				return nil, noColumn(name, column, t.Schema())
			}
		}
		parts = append(parts, t)
	}
	if err := r.put(parts); err != nil {
		return nil, err
	}
	if r.id = f.id; f.id == "" && r.table.Schema().Index(matchIDDefault) >= 0 {
		r.id = matchIDDefault
	}
	return r, nil
}

func noColumn(file, column string, schema *pipeline.Schema) error {
	known := schema.Names()
	for i, n := range known {
		known[i] = shown(n)
	}
	hint := diag.DidYouMean(shown(column), known)
	if hint == "" {
		hint = "it has " + strings.Join(shortNames(schema.Names()), ", ")
	}
	return fmt.Errorf("%s has no column %q; %s", file, shown(column), hint)
}

// namesShownMax is the number of columns that an error names.
const namesShownMax = 12

func shortNames(names []string) []string {
	var out []string
	for i, n := range names {
		if i == namesShownMax {
			return append(out, fmt.Sprintf("and %d more", len(names)-i))
		}
		out = append(out, shown(n))
	}
	return out
}

// readMatchFile reads one file into a table of text.
func (a *app) readMatchFile(ctx context.Context, name string, form textForm) (*pipeline.Table, error) {
	src, err := a.openMatchFile(ctx, name, form)
	if err != nil {
		return nil, err
	}
	schema, err := src.Schema(ctx)
	if err != nil {
		return nil, err
	}
	t := pipeline.NewTable(textSchema(schema.Names()))
	var rejects diag.Groups
	rejected := 0
	for b, err := range src.Read(ctx) {
		if err != nil {
			return nil, err
		}
		for _, r := range b.Rejects() {
			rejects.Add(r.Finding)
			rejected++
		}
		text, err := asText(b, t.Schema())
		if err != nil {
			return nil, err
		}
		t.Append(text)
		a.progress.step(pipeline.Step{What: "read " + oneLine(name), Done: int64(t.Len())})
	}
	a.progress.end()
	if rejected > 0 {
		fmt.Fprintf(a.stderr, "%s of %s left out as unreadable\n", plural(rejected, "row", "rows"), oneLine(name))
		a.groups(rejects.All(), func(diag.Severity) string { return "  " })
	}
	return t, nil
}

// openMatchFile opens a file. Where the header of a CSV file cannot be used, or
// is data, its columns get names, and that is said.
func (a *app) openMatchFile(ctx context.Context, name string, form textForm) (pipeline.Source, error) {
	conf := csv.Config{Path: name, Encoding: form.encoding, Delimiter: form.delimiter, Log: a.log}
	switch {
	case name == "-":
		conf.Stdin = a.stdin
		return csv.New(conf)
	case isParquet(name):
		return parquet.New(parquet.Config{Path: name})
	}
	var how draft.File
	src, err := openText(ctx, conf, &how)
	if err == nil && how.SkipLines > 0 {
		fmt.Fprintf(a.stderr, "%s begins with a title, as it seems: %s passed over, and the header comes after\n", oneLine(name), plural(how.SkipLines, "line is", "lines are"))
	}
	switch {
	case err != nil:
		return nil, err
	case how.NoHeader:
		fmt.Fprintf(a.stderr, "%s has no header: its first row is data, and the columns are called column_1, column_2 and so on\n", oneLine(name))
	case how.Columns != nil:
		fmt.Fprintf(a.stderr, "%s: some columns have no name, or that of another; they are called %s\n", oneLine(name), strings.Join(shortNames(how.Columns), ", "))
	}
	return src, nil
}

func textSchema(names []string) *pipeline.Schema {
	fields := make([]pipeline.Field, len(names))
	for i, n := range names {
		fields[i] = pipeline.Field{Name: n, Type: pipeline.String}
	}
	return pipeline.MustSchema(fields...) // the names are those of a schema
}

// asText gives a batch whose columns are all text; those that are stay as they
// are.
func asText(b *pipeline.Batch, schema *pipeline.Schema) (*pipeline.Batch, error) {
	d := b.Data()
	d.Schema, d.Columns, d.Rejects = schema, slices.Clone(d.Columns), nil
	for i, c := range d.Columns {
		if c.Type() == pipeline.String {
			continue
		}
		text := pipeline.NewColumnBuilder(pipeline.String, c.Len())
		for row := range c.Len() {
			if c.IsNull(row) {
				text.AppendNull()
			} else {
				text.AppendString(c.Value(row).String())
			}
		}
		d.Columns[i] = text.Finish()
	}
	return pipeline.NewBatch(d)
}

// put makes one table of those of the files. Its columns are those of all; a
// file that lacks one has no values there.
func (r *matchRows) put(parts []*pipeline.Table) error {
	names := parts[0].Schema().Names()
	common := len(names)
	if len(parts) == 2 {
		common = 0
		for _, n := range parts[1].Schema().Names() {
			if slices.Contains(names, n) {
				common++
			} else {
				names = append(names, n)
			}
		}
		r.lone = loneColumns(r.files, parts)
	}
	if common == 0 {
		return fmt.Errorf("%s and %s have no column in common: the one has %s, the other %s; what is compared must have one name in both", r.files[0], r.files[1],
			strings.Join(shortNames(parts[0].Schema().Names()), ", "), strings.Join(shortNames(parts[1].Schema().Names()), ", "))
	}
	r.table = pipeline.NewTable(textSchema(names))
	for k, p := range parts {
		for _, b := range p.Batches() {
			whole, err := withColumns(b, r.table.Schema())
			if err != nil {
				return err
			}
			r.table.Append(whole)
			for range b.Len() {
				r.fileOf = append(r.fileOf, uint8(k))
			}
		}
	}
	return nil
}

// loneColumns are the columns that one of two files has alone, with that file.
func loneColumns(files []string, parts []*pipeline.Table) map[string]string {
	lone := map[string]string{}
	for k, p := range parts {
		for _, n := range p.Schema().Names() {
			if parts[1-k].Schema().Index(n) < 0 {
				lone[n] = files[k]
			}
		}
	}
	return lone
}

// withColumns gives a batch the columns of a schema, by name: others go, and
// what it lacks is null.
func withColumns(b *pipeline.Batch, schema *pipeline.Schema) (*pipeline.Batch, error) {
	d := b.Data()
	d.Schema, d.Columns = schema, make([]*pipeline.Column, schema.Len())
	for i, n := range schema.Names() {
		if c := b.ColumnOf(n); c != nil {
			d.Columns[i] = c
			continue
		}
		empty := pipeline.NewColumnBuilder(pipeline.String, b.Len())
		for range b.Len() {
			empty.AppendNull()
		}
		d.Columns[i] = empty.Finish()
	}
	return pipeline.NewBatch(d)
}

// narrow forgets the other columns.
func (r *matchRows) narrow(wanted []string) error {
	var names []string
	for _, n := range r.table.Schema().Names() {
		if slices.Contains(wanted, n) {
			names = append(names, n)
		}
	}
	t := pipeline.NewTable(textSchema(names))
	for _, b := range r.table.Batches() {
		part, err := withColumns(b, t.Schema())
		if err != nil {
			return err
		}
		t.Append(part)
	}
	r.table = t
	return nil
}

// size is the bytes that the rows take.
func (r *matchRows) size() int {
	n := 0
	for _, b := range r.table.Batches() {
		n += b.Size()
	}
	return n
}

// text is a value of a row; "" for null or a column that is not there.
func (r *matchRows) text(row int32, column string) string {
	rec := r.table.Record(int(row))
	c := rec.Batch.ColumnOf(column)
	if c == nil || c.IsNull(rec.Row) {
		return ""
	}
	return c.Str(rec.Row)
}

// name is how a row is called: by its id, or else by its file and line.
func (r *matchRows) name(row int32) string {
	if r.id != "" {
		if id := r.text(row, r.id); id != "" {
			return id
		}
	}
	return r.place(row)
}

// place is the file and the line of a row, or its number in a Parquet file.
func (r *matchRows) place(row int32) string {
	return fmt.Sprintf("%s:%d", filepath.Base(r.files[r.fileOf[row]]), r.line(row))
}

func (r *matchRows) line(row int32) int { return r.table.Record(int(row)).Origin().Row }

// index prepares looking rows up by their ids and lines.
func (r *matchRows) index() {
	if r.byID != nil {
		return
	}
	r.byID, r.byLine, r.twice = make([]map[string]int32, len(r.files)), make([]map[int]int32, len(r.files)), make([]string, len(r.files))
	for k := range r.files {
		r.byID[k], r.byLine[k] = map[string]int32{}, map[int]int32{}
	}
	row := int32(0)
	for _, b := range r.table.Batches() {
		ids := b.ColumnOf(r.id)
		for i := range b.Len() {
			k := r.fileOf[row]
			r.byLine[k][b.Origin(i).Row] = row
			if ids != nil && !ids.IsNull(i) {
				id := ids.Str(i)
				if _, there := r.byID[k][id]; there {
					r.twice[k] = id
				}
				r.byID[k][id] = row
			}
			row++
		}
	}
}

// errNoID is why a row cannot be named by an id.
var errNoID = errors.New("the rows have no ids; name their column with --id, or a row by its line: :17, or with two files 1#:17")

// ofID finds the row of a file by its id.
func (r *matchRows) ofID(file int, id string) (int32, error) {
	r.index()
	if r.id == "" {
		return 0, errNoID
	}
	if r.twice[file] != "" {
		return 0, fmt.Errorf("%s: two rows have the %s %q; choose with --id a column that names each row", r.files[file], r.id, shown(r.twice[file]))
	}
	row, ok := r.byID[file][id]
	if !ok {
		return 0, fmt.Errorf("%s has no row with the %s %q", r.files[file], r.id, shown(id))
	}
	return row, nil
}
