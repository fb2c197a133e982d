package csv

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Read reads the files one after the other, each batch from one of them. The
// origin of a row is its file and the line on which it starts.
//
// A row is believed when its quotes close, each before a delimiter, a line
// break or the end, and it has as many cells as there are columns, over
// however many lines it goes; so a file that keeps to RFC 4180 is read as it
// was meant. A quoted cell may hold 10,000 line breaks and 16 MiB, a row
// 64 MiB. Every other row is rejected and ends with the line on which its
// broken quote opened, or, where its number of cells alone is wrong, with its
// last line. Where it went over several lines and one of them by itself
// begins a row that is right, its first line alone is rejected and each
// further line read for itself. Two broken quotes that happen to enclose what
// is one row by the first rule are logged as a warning when at least two whole
// lines between them look like rows. Blank lines are passed over.
//
// What the codes of the findings mean: csv-ragged-row, wrong number of cells;
// csv-unclosed-quote, a quote that opens and does not close;
// csv-stray-quote, text after a closing quote or a quote inside a cell that
// does not begin with one; csv-invalid-text, bytes that are no text in the
// encoding of the file; csv-oversized-row.
//
// A regular file is read ahead and taken apart in several goroutines, which end
// with the iteration; the batches are the same, wherever and by however many it
// is done. A batch ends after BatchRows rows or rejects, or when the text of
// its rows reaches [pipeline.BatchBytesMax]. Pipes and standard input are read
// row by row, no further than the consumer has come.
//
// Standard input can be read again as long as it is not longer than 64 MiB. A
// read that waits for standard input does not notice a cancelled context.
func (s *Source) Read(ctx context.Context) pipeline.Stream { return s.ReadInto(ctx, nil) }

// ReadInto is Read with batches whose texts are lent by m.
func (s *Source) ReadInto(ctx context.Context, m *pipeline.Memory) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(nil, fmt.Errorf("read %s: %w", s.opts.Path, err))
			return
		}
		l, err := s.layout(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		schema, err := s.projected(l)
		if err != nil {
			yield(nil, err)
			return
		}
		unended := ""
		for _, p := range l.parts {
			going, whole, err := s.readPart(ctx, p, schema, m, yield)
			if err != nil {
				yield(nil, fmt.Errorf("read %s: %w", p.file.place, err))
				return
			}
			if !going {
				return
			}
			if !whole && unended == "" {
				unended = p.file.place
			}
		}
		s.ended(unended)
	}
}

// reject makes the reject of a row: its cells where they can be told apart, and
// its text where they cannot or are more or fewer than the columns. Cells that are passed over are left out.
func (c *collector) reject(w row) pipeline.Reject {
	r := pipeline.Reject{Origin: pipeline.Origin{Source: c.source, Place: c.place, Row: w.line}}
	for _, name := range c.t.names {
		if name != "" {
			r.Columns = append(r.Columns, name)
		}
	}
	torn := w.fault != sound || len(w.cells) > columnsMax
	if torn || c.t.rows.ragged(w) {
		r.Raw = string(w.raw)
	}
	if !torn {
		for i, cell := range w.cells {
			if i >= len(c.t.names) || c.t.names[i] != "" {
				r.Cells = append(r.Cells, string(c.t.rows.text(w, cell)))
			}
		}
	}
	r.Finding = c.finding(w)
	r.Finding.Severity = diag.Error
	r.Finding.Where = r.Origin.String()
	return r
}

// finding says what is wrong with a row.
func (c *collector) finding(w row) diag.Finding {
	switch {
	case w.fault == unclosed:
		return diag.Finding{Code: "csv-unclosed-quote", Message: quoteProblem(w),
			Hint: "close the quote, or write it twice inside a quoted cell where it belongs to the text"}
	case w.fault == stray || w.fault == bare:
		return diag.Finding{Code: "csv-stray-quote", Message: quoteProblem(w),
			Hint: "quote the whole cell and write the quotes inside it twice; where quotes are always text, say quotes: none"}
	case w.fault == oversized:
		return diag.Finding{Code: "csv-oversized-row", Message: quoteProblem(w), Hint: "check the line breaks and the delimiter of the file"}
	case c.t.rows.ragged(w):
		f := diag.Finding{Code: "csv-ragged-row", Message: fmt.Sprintf("the row has %d cells, the file has %d columns", w.width, c.t.rows.width)}
		if f.Hint = "quote the cell that holds the delimiter"; w.width < c.t.rows.width {
			f.Hint = "the row was cut off, or a line break in it is not quoted"
		}
		return f
	}
	f := diag.Finding{Code: "csv-invalid-text", Message: fmt.Sprintf("the row is not valid %s", c.t.charset),
		Hint: "mend the characters, or name the encoding of the file, such as encoding: windows-1252"}
	for i, cell := range w.cells {
		if text := c.t.rows.text(w, cell); !utf8.Valid(text) && c.t.names[i] != "" {
			f.Message = fmt.Sprintf("column %q is not valid %s: %s", c.t.names[i], c.t.charset, diag.Shorten(string(text), 60))
			break
		}
	}
	return f
}

// quoteProblem says in words what keeps a text from being a row.
func quoteProblem(w row) string {
	switch w.fault {
	case unclosed:
		return fmt.Sprintf("the quote that opens on line %d does not close", w.quote)
	case stray:
		return fmt.Sprintf("text follows the closing quote of a cell that opens on line %d", w.quote)
	case bare:
		return fmt.Sprintf("a quote stands inside a cell that does not begin with one, on line %d", w.quote)
	default:
		return fmt.Sprintf("the row that begins on line %d is longer than %d MiB", w.line, rowBytesMax>>20)
	}
}
