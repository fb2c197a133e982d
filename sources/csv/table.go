package csv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// table is a file that stands before its first row of data.
type table struct {
	*opened
	rows    *rows
	text    *ending // what rows reads
	charset charset
	names   []string // of the cells; "" for a cell that is passed over
	doubt   string   // another encoding that the file looks like, or ""
	title   int      // lines that seem to stand above the header
	other   byte     // a delimiter that the rows below a header of one column have, or 0
}

// open opens a file, finds out how it is written, and reads its header.
func (s *Source) open(ctx context.Context, f file) (*table, error) {
	bytes, err := s.openBytes(ctx, f)
	if errors.Is(err, io.EOF) { // of a decompressor that found nothing
		return nil, errEmpty
	}
	if err != nil {
		return nil, err
	}
	t := &table{opened: bytes}
	if err := s.begin(t); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

var errEmpty = errors.New("the file is empty, without even a header")

// decide finds out how a file is written, and moves to its header.
func (s *Source) decide(t *table) error {
	head, all := peek(t.Reader, encodingSampleBytes)
	charset, mark, err := judge(head, s.opts.charset)
	if err != nil {
		return err
	}
	if s.opts.charset == charsetAuto && charset == windows1252 {
		t.doubt = hint(head)
	}
	if _, err := io.CopyN(io.Discard, all, int64(mark)); err != nil {
		return err
	}
	t.charset = charset
	t.text = &ending{src: newDecoder(all, charset)}
	t.rows = newRows(t.text, dialect{quotes: s.opts.quotes, limits: limitsDefault})
	sample, whole := t.rows.sample(bufferBytes)
	if bytes.IndexByte(sample, '\r') >= 0 && bytes.IndexByte(sample, '\n') < 0 {
		t.rows.breakAtCR()
		sample, whole = t.rows.sample(bufferBytes)
	}
	if s.opts.SkipLines > 0 {
		if err := t.skipLines(s.opts.SkipLines); err != nil {
			return err
		}
		sample, whole = t.rows.sample(bufferBytes)
	}
	s.delimit(t, sample, whole)
	if s.opts.header && s.opts.SkipLines == 0 {
		sample, whole = t.rows.sample(bufferBytes)
		if n := titleLines(sample, whole, s.opts.delim != 0, t.rows.dialect); n > 0 {
			t.title = t.rows.line - 1 + n // behind a line such as "sep=;"
		}
		t.other = otherDelimiter(sample, whole, t.rows.dialect)
	}
	return nil
}

// begin finds out how a file is written, and reads its header.
func (s *Source) begin(t *table) (err error) {
	if err := s.decide(t); err != nil {
		return err
	}
	if s.opts.header {
		t.names, err = s.header(t)
	} else {
		t.names, err = s.positions(t)
	}
	if err != nil {
		return err
	}
	if len(t.names) > columnsMax {
		return fmt.Errorf("it has %d columns, more than %d; is the delimiter right?", len(t.names), columnsMax)
	}
	for i, name := range t.names {
		if strings.HasPrefix(name, ColumnPrefixIgnored) {
			t.names[i] = ""
		}
	}
	if !slices.ContainsFunc(t.names, func(name string) bool { return name != "" }) {
		return fmt.Errorf("it has no columns but those that begin with %s, which are not read", ColumnPrefixIgnored)
	}
	t.rows.width = len(t.names)
	return nil
}

// delimit sets the delimiter: the one that is named, else that of a line such
// as "sep=;", else the one that fits. Such a line is passed over in any case.
func (s *Source) delimit(t *table, sample []byte, whole bool) {
	declared, size := declaredDelimiter(sample)
	if size > 0 {
		t.rows.advance(size, 1)
	}
	switch {
	case s.opts.delim != 0:
		t.rows.delim = s.opts.delim
	case size > 0:
		t.rows.delim = declared
	default:
		whole = whole && len(sample) <= delimiterSampleBytes
		t.rows.delim = detectDelimiter(sample[:min(len(sample), delimiterSampleBytes)], whole, t.rows.dialect)
	}
}

// header reads the first row as the names of the columns.
func (s *Source) header(t *table) ([]string, error) {
	w, err := t.rows.next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errEmpty
	case err != nil:
		return nil, t.damage(err)
	case w.fault != sound:
		return nil, fmt.Errorf("the header cannot be read: %s", quoteProblem(w))
	case bytes.IndexByte(w.raw, 0) >= 0:
		return nil, fmt.Errorf("the header holds zero bytes; if the file is UTF-16, say encoding: utf-16")
	case !utf8.Valid(w.raw):
		return nil, fmt.Errorf("the header is not valid %s: %s; name the encoding, such as encoding: windows-1252", t.charset, diag.Shorten(string(w.raw), 60))
	}
	names := make([]string, len(w.cells))
	for i, c := range w.cells {
		names[i] = strings.TrimSpace(string(t.rows.text(w, c)))
	}
	if len(s.opts.Columns) > 0 {
		return s.renamed(names)
	}
	if problem := namesProblem(names); problem != "" {
		if t.title > 0 {
			return nil, fmt.Errorf("the header is not clear: %s; the first lines look like a title, and the header seems to come after them: skip_lines: %d", problem, t.title)
		}
		return nil, fmt.Errorf("the header is not clear: %s; name the columns with columns: [...]", problem)
	}
	return names, nil
}

// renamed gives the columns of a header the names of the option columns; those
// that are passed over have none there.
func (s *Source) renamed(names []string) ([]string, error) {
	rest := s.opts.Columns
	renamed := make([]string, len(names))
	n := 0
	for i, name := range names {
		if strings.HasPrefix(name, ColumnPrefixIgnored) {
			continue
		}
		if n < len(rest) {
			renamed[i] = rest[n]
		}
		n++
	}
	if n != len(rest) {
		return nil, fmt.Errorf("columns names %d columns, but the header has %d: %s", len(rest), n, quoteNames(names))
	}
	return renamed, nil
}

// positions names the columns of a file without a header.
func (s *Source) positions(t *table) ([]string, error) {
	w, err := t.rows.first()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errEmpty
	case err != nil:
		return nil, t.damage(err)
	case len(s.opts.Columns) > 0:
		return slices.Clone(s.opts.Columns), nil
	case w.fault != sound:
		return nil, fmt.Errorf("the first row cannot be read: %s; name the columns with columns: [...]", quoteProblem(w))
	}
	names := make([]string, w.width)
	for i := range names {
		names[i] = "column_" + strconv.Itoa(i+1)
	}
	return names, nil
}

// namesProblem says which names are blank or there twice, or "".
func namesProblem(names []string) string {
	first := make(map[string]int, len(names))
	var problems []string
	for i, name := range names {
		before, twice := first[name]
		switch {
		case name == "":
			problems = append(problems, fmt.Sprintf("column %d has no name", i+1))
		case twice:
			problems = append(problems, fmt.Sprintf("columns %d and %d are both called %q", before+1, i+1, diag.Shorten(name, 60)))
		default:
			first[name] = i
		}
		if len(problems) == namesShownMax {
			break
		}
	}
	return strings.Join(problems, ", ")
}

// damage says how far a file was read before err.
func (t *table) damage(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errReadOnce) {
		return err
	}
	return fmt.Errorf("%w after line %d (%d bytes of text); the file is damaged or was cut off, fetch it again", err, t.rows.line-1, t.rows.read)
}
