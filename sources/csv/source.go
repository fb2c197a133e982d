// Package csv reads delimited text files as batches.
//
// Every column is text; an empty cell is null unless the source says
// otherwise. Rows that cannot be read are rejected with the line on which they
// start and, for a broken quote, the line on which it opened; they never take
// the rows after them along. The exact rule is told at [Source.Read].
package csv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// ColumnPrefixIgnored begins the names of the columns that are passed over, so
// that a mended file of rejected rows can be fed back as it is.
const ColumnPrefixIgnored = "reconkit_"

// columnsMax is the number of columns that a file may have, as in Excel.
const columnsMax = 16_384

// Config says what to read and how. Path alone is enough.
type Config struct {
	Path      string   `conf:"path,required" doc:"File, glob such as data/*.csv, or - for standard input. Names that end in .gz or .zst are decompressed. Files of a glob are read in the order of their names."`
	Delimiter string   `conf:"delimiter" doc:"One ASCII character, tab or auto." default:"auto"`
	Encoding  string   `conf:"encoding" doc:"utf-8, utf-16, utf-16le, utf-16be, windows-1252, iso-8859-1 or auto." default:"auto"`
	Quotes    string   `conf:"quotes" doc:"double: a cell may stand in double quotes. none: quotes are text." default:"double"`
	Header    string   `conf:"header" doc:"true: the first row holds the names of the columns. false: it is data; columns names them, or they are called column_1, column_2 and so on." default:"true"`
	SkipLines int      `conf:"skip_lines" doc:"Lines at the beginning of each file that are passed over, such as a title above the header. Blank lines count." default:"0"`
	Columns   []string `conf:"columns" doc:"Names of the columns in order, instead of those of the header."`
	Union     bool     `conf:"union" doc:"true: files of a glob may have different headers; a column that a file lacks is null there." default:"false"`
	Empty     string   `conf:"empty" doc:"null: an empty cell is null. keep: it is empty text." default:"null"`

	Name      string       `conf:"-"` // of the source in the pipeline
	Dir       string       `conf:"-"` // where a relative Path starts; "": the working directory
	BatchRows int          `conf:"-"` // 0: pipeline.BatchRowsDefault
	Log       *slog.Logger `conf:"-"` // nil: nothing is logged
	Stdin     io.Reader    `conf:"-"` // for the path -
}

// options are a Config that has been checked.
type options struct {
	Config
	delim   byte // 0: detect
	charset charset
	header  bool
	keep    bool // empty cells are empty text
	quotes  bool

	blockBytes int // see block; tests make it small
	workers    int // that take blocks apart
}

// Source reads CSV files. It is safe for concurrent use.
type Source struct {
	opts    options
	shared  *shared
	project []string // columns to read; nil: all
}

// shared is what a source and its projections have in common.
type shared struct {
	mu     sync.Mutex
	layout *layout // nil: not known yet
	stdin  *replay

	read    bool   // to the end, once
	unended string // see ended
}

// New checks the Config. It opens nothing. Where several options are wrong, the errors
// are joined by [errors.Join].
func New(c Config) (*Source, error) {
	o := options{Config: c, blockBytes: blockBytesDefault, workers: runtime.GOMAXPROCS(0)}
	if c.Path == "" {
		return nil, fmt.Errorf("path: a file, a glob or - is needed")
	}
	if c.Path == stdinPath && c.Stdin == nil {
		return nil, fmt.Errorf("path: - is standard input, which is not at hand here")
	}
	if errs := o.read(c); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if o.BatchRows <= 0 {
		o.BatchRows = pipeline.BatchRowsDefault
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Source{opts: o, shared: &shared{stdin: newReplay(c.Stdin)}}, nil
}

// read takes the options out of a Config, and says what is wrong with them.
func (o *options) read(c Config) (errs []error) {
	var err error
	if o.delim, err = parseDelimiter(c.Delimiter); err != nil {
		errs = append(errs, err)
	}
	if o.charset, err = parseCharset(c.Encoding); err != nil {
		errs = append(errs, err)
	}
	for _, choice := range []struct {
		option, value string
		to            *bool
		no, yes       string
		preset        bool
	}{
		{"header", c.Header, &o.header, "false", "true", true},
		{"quotes", c.Quotes, &o.quotes, "none", "double", true},
		{"empty", c.Empty, &o.keep, "null", "keep", false},
	} {
		switch choice.value {
		case "":
			*choice.to = choice.preset
		case choice.no, choice.yes:
			*choice.to = choice.value == choice.yes
		default:
			errs = append(errs, fmt.Errorf("%s: %q is neither %s nor %s", choice.option, choice.value, choice.yes, choice.no))
		}
	}
	if c.SkipLines < 0 {
		errs = append(errs, fmt.Errorf("skip_lines: %d is less than none", c.SkipLines))
	}
	o.Columns = slices.Clone(c.Columns)
	if problem := namesProblem(o.Columns); problem != "" {
		errs = append(errs, fmt.Errorf("columns: %s", problem))
	}
	return errs
}

// Schema reads the beginning of each file. The columns are those of the header
// in its order, with the white space around their names cut off, all of type
// String; those that begin with [ColumnPrefixIgnored] are left out. With union,
// the columns of later files follow those of the first.
func (s *Source) Schema(ctx context.Context) (*pipeline.Schema, error) {
	l, err := s.layout(ctx)
	if err != nil {
		return nil, err
	}
	return s.projected(l)
}

// Project returns a source of the named columns. It reads the beginning of the
// files if Schema has not been called yet.
func (s *Source) Project(columns []string) (pipeline.Source, error) {
	// The interface hands no context in; what is read here is bounded.
	schema, err := s.Schema(context.Background())
	if err != nil {
		return nil, err
	}
	for _, name := range columns {
		if schema.Index(name) < 0 {
			return nil, fmt.Errorf("read %s: there is no column %q%s", s.opts.Path, diag.Shorten(name, 60), hintOf(name, schema))
		}
	}
	part := *s
	part.project = make([]string, 0, len(columns))
	for _, name := range schema.Names() {
		if slices.Contains(columns, name) {
			part.project = append(part.project, name)
		}
	}
	return &part, nil
}

func hintOf(name string, schema *pipeline.Schema) string {
	if h := diag.DidYouMean(name, schema.Names()); h != "" {
		return "; " + h
	}
	return ""
}

// projected is the schema of the columns that are read.
func (s *Source) projected(l *layout) (*pipeline.Schema, error) {
	if s.project == nil {
		return l.schema, nil
	}
	fields := make([]pipeline.Field, len(s.project))
	for i, name := range s.project {
		fields[i] = l.schema.Field(l.schema.Index(name))
	}
	return pipeline.NewSchema(fields...)
}

// layout is which files there are and where their columns stand.
type layout struct {
	schema *pipeline.Schema
	parts  []part
}

// part is one file of a source.
type part struct {
	file  file
	names []string // of its cells in order; "" for a cell that is passed over
}

// layout finds the files and reads their headers, once: all readings of a
// source see the same files.
func (s *Source) layout(ctx context.Context) (*layout, error) {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	if s.shared.layout != nil {
		return s.shared.layout, nil
	}
	files, err := s.files()
	if err != nil {
		return nil, err
	}
	l := &layout{parts: make([]part, 0, len(files))}
	for _, f := range files {
		t, err := s.open(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", f.place, err)
		}
		t.close()
		s.opts.Log.Debug("found", "file", f.place, "encoding", string(t.charset), "delimiter", string(t.rows.delim), "columns", len(t.names))
		if t.doubt != "" {
			s.opts.Log.Warn("the encoding is a guess; name it if the text comes out wrong", "file", f.place, "read_as", string(t.charset), "looks_like", t.doubt)
		}
		s.tellTitle(f.place, t)
		l.parts = append(l.parts, part{file: f, names: t.names})
	}
	if err := s.opts.join(l); err != nil {
		return nil, err
	}
	s.shared.layout = l
	return l, nil
}

// join makes the schema of all files. Without union, each file must have the
// columns of the first, in whatever order.
func (o options) join(l *layout) error {
	var fields []pipeline.Field
	seen := map[string]bool{}
	for i, p := range l.parts {
		here := map[string]bool{}
		var added []string
		for _, name := range p.names {
			if name == "" {
				continue
			}
			here[name] = true
			if !seen[name] {
				seen[name] = true
				added = append(added, name)
				fields = append(fields, pipeline.Field{Name: name, Type: pipeline.String})
			}
		}
		if i == 0 || o.Union || (len(added) == 0 && len(here) == len(seen)) {
			continue
		}
		return fmt.Errorf("read %s: its columns are not those of %s: %s; union: true reads files of different headers",
			p.file.place, l.parts[0].file.place, difference(fields, here, added))
	}
	var err error
	l.schema, err = pipeline.NewSchema(fields...)
	return err
}

// difference says which columns a file has too many and too few.
func difference(fields []pipeline.Field, here map[string]bool, added []string) string {
	var lacking []string
	for _, f := range fields {
		if !here[f.Name] {
			lacking = append(lacking, f.Name)
		}
	}
	var said []string
	if len(added) > 0 {
		said = append(said, "it adds "+quoteNames(added))
	}
	if len(lacking) > 0 {
		said = append(said, "it lacks "+quoteNames(lacking))
	}
	return strings.Join(said, ", ")
}

// namesShownMax is the number of names that an error lists.
const namesShownMax = 5

func quoteNames(names []string) string {
	shown := make([]string, 0, namesShownMax+1)
	for i, name := range names {
		if i == namesShownMax {
			shown = append(shown, fmt.Sprintf("%d more", len(names)-i))
			break
		}
		shown = append(shown, `"`+diag.Shorten(name, 60)+`"`)
	}
	return strings.Join(shown, ", ")
}
