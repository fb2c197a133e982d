// Package parquet reads Parquet files as batches.
//
// Columns become fields by their types:
//
//	BYTE_ARRAY, string, enum, json, uuid     string (UTF-8)
//	signed integers of 8 to 64 bits          int
//	unsigned integers                        int; a value over 2^63-1 rejects its row
//	float, double                            float
//	boolean                                  bool
//	decimal of scale 0, up to 18 digits      int
//	decimal, any other                       string, all digits, such as -12.50
//	date                                     timestamp, midnight UTC
//	time of day                              string, such as 15:04:05.25
//	timestamp in ms, us or ns, INT96         timestamp, cut to microseconds; without zone it is taken as UTC
//	list of strings                          list of string, in the standard and the older form; members that are null are left out
//
// Other columns (maps, groups, lists of anything else, bson, interval, half
// floats) are refused by name, unless the option columns leaves them out. A
// value that has no counterpart, such as bytes that are not UTF-8, rejects
// its row alone.
//
// A damaged file ends in an error that names the file, the row group and the
// column; it never panics, never ends early without an error, and never takes
// memory that only a damaged length asks for. What stays undetected is a
// changed value in a file whose writer left out the checksums of pages.
package parquet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// Config is what a Parquet source is made from.
type Config struct {
	Path    string   `conf:"path,required" doc:"File or glob. The files of a glob are read in the order of their names and have the same columns."`
	Columns []string `conf:"columns" doc:"Columns to read; the others are as if they were not there. All when left out."`

	Name      string `conf:"-"` // of the source in the pipeline
	Dir       string `conf:"-"` // that a relative Path starts from
	BatchRows int    `conf:"-"` // records in a batch at most; 0: pipeline.BatchRowsDefault
	Workers   int    `conf:"-"` // columns that are decoded at a time; 0: runtime.GOMAXPROCS. What is read does not depend on it.
}

// Source reads one or more Parquet files. It is immutable and safe for
// concurrent use; each reading opens the files anew.
type Source struct {
	config Config
}

var (
	_ pipeline.Source    = (*Source)(nil)
	_ pipeline.Projector = (*Source)(nil)
)

// New makes a source. It does not look at the files yet.
func New(c Config) (*Source, error) {
	switch {
	case c.Path == "":
		return nil, errors.New("parquet: path is missing")
	case c.Path == "-":
		return nil, errors.New("parquet: path: a Parquet file is read from its end and cannot come from standard input; name a file")
	case c.BatchRows < 0:
		return nil, fmt.Errorf("parquet: batches of %d records", c.BatchRows)
	case c.Workers < 0:
		return nil, fmt.Errorf("parquet: %d workers", c.Workers)
	}
	if _, err := filepath.Match(c.Path, ""); err != nil {
		return nil, fmt.Errorf("parquet: path: %q is not a valid glob", c.Path)
	}
	c.BatchRows = cmp.Or(c.BatchRows, pipeline.BatchRowsDefault)
	c.Workers = cmp.Or(c.Workers, runtime.GOMAXPROCS(0))
	c.Columns = slices.Clone(c.Columns)
	return &Source{config: c}, nil
}

// Schema returns the columns of the first file, or those that were asked for,
// in the order of the file. It reads the footers of all files and refuses
// files that differ.
func (s *Source) Schema(ctx context.Context) (*pipeline.Schema, error) {
	places, err := s.places()
	if err != nil {
		return nil, err
	}
	var first *pipeline.Schema
	for _, place := range places {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		schema, err := s.schemaOf(place)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = schema
		}
		if err := sameFields(first, schema); err != nil {
			return nil, fmt.Errorf("read %s: it does not fit %s: %w", place, places[0], err)
		}
	}
	return first, nil
}

func (s *Source) schemaOf(place string) (*pipeline.Schema, error) {
	f, err := s.open(place)
	if err != nil {
		return nil, err
	}
	defer f.close()
	return f.schema, nil
}

// sameFields says how the fields of b differ from those of a, in any order.
func sameFields(a, b *pipeline.Schema) error {
	for _, f := range a.Fields() {
		g, ok := b.Lookup(f.Name)
		switch {
		case !ok:
			return fmt.Errorf("column %q is missing", f.Name)
		case f.Type != g.Type:
			return fmt.Errorf("column %q is of type %s, not %s", f.Name, g.Type, f.Type)
		}
	}
	for _, f := range b.Fields() {
		if a.Index(f.Name) < 0 {
			return fmt.Errorf("column %q is new", f.Name)
		}
	}
	return nil
}

// Project returns a source that reads the named columns alone. The others are
// neither read nor checked: a row that only one of them would reject is then a
// record. It reads the footer of the first file to know the names.
func (s *Source) Project(columns []string) (pipeline.Source, error) {
	for _, c := range columns {
		if s.config.Columns != nil && !slices.Contains(s.config.Columns, c) {
			return nil, fmt.Errorf("read %s: there is no column %q among the option columns", s.config.Path, c)
		}
	}
	projected := &Source{config: s.config}
	projected.config.Columns = append([]string{}, columns...)
	places, err := s.places()
	if err != nil {
		return nil, err
	}
	if _, err := projected.schemaOf(places[0]); err != nil {
		return nil, err
	}
	return projected, nil
}

// Read reads the files one after the other, row group by row group, and of each
// batch some columns at a time. At most the pages of one row group that a batch
// needs are held, however many workers there are.
func (s *Source) Read(ctx context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		schema, err := s.Schema(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		places, err := s.places()
		if err != nil {
			yield(nil, err)
			return
		}
		for _, place := range places {
			if !s.readFile(ctx, place, schema, yield) {
				return
			}
		}
	}
}

// readFile yields the batches of one file. It reports whether to go on.
func (s *Source) readFile(ctx context.Context, place string, schema *pipeline.Schema, yield func(*pipeline.Batch, error) bool) bool {
	f, err := s.open(place)
	if err == nil {
		defer f.close()
		if err = sameFields(schema, f.schema); err != nil {
			err = fmt.Errorf("read %s: it was changed meanwhile: %w", place, err)
		}
	}
	if err != nil {
		yield(nil, err)
		return false
	}
	record := 0
	for g := range f.reader.NumRowGroups() {
		group, err := f.openGroup(g, schema)
		for err == nil && group.left > 0 {
			if err = ctx.Err(); err != nil {
				break
			}
			var b *pipeline.Batch
			if b, err = group.next(record); err != nil {
				break
			}
			record += b.Len() + len(b.Rejects())
			if !yield(b, nil) {
				return false
			}
		}
		if err != nil {
			yield(nil, err)
			return false
		}
	}
	return true
}

// places are the files, sorted, as they are written relative to the directory.
func (s *Source) places() ([]string, error) {
	path := s.config.Path
	if _, err := os.Stat(s.resolve(path)); err == nil || !strings.ContainsAny(path, `*?[\`) {
		return []string{path}, nil
	}
	found, err := filepath.Glob(filepath.Join(escapeGlob(s.dirOf(path)), path))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("read %s: no file fits in %s: %w", path, filepath.Dir(s.resolve(path)), fs.ErrNotExist)
	}
	slices.Sort(found)
	if dir := s.dirOf(path); dir != "" {
		for i, f := range found {
			if rel, err := filepath.Rel(dir, f); err == nil {
				found[i] = rel
			}
		}
	}
	return found, nil
}

// dirOf is the directory that the path starts from; "" for an absolute path.
func (s *Source) dirOf(path string) string {
	if filepath.IsAbs(path) {
		return ""
	}
	return s.config.Dir
}

// escapeGlob makes a path mean itself in a glob.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func (s *Source) resolve(place string) string {
	return filepath.Join(s.dirOf(place), place)
}
