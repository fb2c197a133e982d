package csv

import (
	"bytes"
	"context"
	"fmt"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// What is looked at to tell lines that speak of the file from its header.
const (
	titleLinesMax    = 20
	titleSampleBytes = 32 << 10
	titleShareMin    = 0.8 // of the rows below, with as many cells as the header
	headerShareMin   = 0.5 // of the rows, with as many cells as the first, for a header beyond doubt
)

// TitleLines is the number of lines at the beginning of the first file that seem to
// stand above its header, such as "Exported on 1 January" and a blank line: they have
// few cells, and the header and the rows below have many. It is 0 where there are none,
// where SkipLines is given, and in a file without a header.
func (s *Source) TitleLines(ctx context.Context) (int, error) {
	files, err := s.files()
	if err != nil {
		return 0, err
	}
	bytes, err := s.openBytes(ctx, files[0])
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", files[0].place, err)
	}
	t := &table{opened: bytes}
	defer t.close()
	if err := s.decide(t); err != nil {
		return 0, fmt.Errorf("read %s: %w", files[0].place, err)
	}
	return t.title, nil
}

// skipLines moves past the first lines of the file.
func (t *table) skipLines(n int) error {
	for i := range n {
		switch ended, err := t.rows.skipLine(); {
		case err != nil:
			return t.damage(err)
		case ended && i < n-1, ended && t.rows.start == t.rows.end:
			return fmt.Errorf("it has no lines but the %d that skip_lines passes over", i+1)
		}
	}
	return nil
}

// skipLine moves past a line, however long; ended says that the text ended with it.
func (r *rows) skipLine() (ended bool, err error) {
	for {
		if k := bytes.IndexByte(r.buf[r.start:r.end], '\n'); k >= 0 {
			r.advance(k+1, 1)
			return r.eof && r.start == r.end, nil
		}
		r.advance(r.end-r.start, 0)
		if r.eof {
			return true, nil
		}
		if err := r.fill(); err != nil {
			return false, err
		}
	}
}

// titleLines is TitleLines of a text. The delimiter of d is the one by which the text
// would be read; fixed says that it is no guess.
func titleLines(sample []byte, whole, fixed bool, d dialect) int {
	if len(sample) > titleSampleBytes {
		sample, whole = sample[:titleSampleBytes], false
	}
	if score, _ := fit(sample, whole, d); score >= headerShareMin && lineOf(sample, d).filled > 1 {
		return 0 // the first row is a header like any other
	}
	at := 0
	for n := 1; n <= titleLinesMax; n++ {
		k := bytes.IndexByte(sample[at:], '\n')
		if k < 0 {
			return 0
		}
		at += k + 1
		rest := sample[at:]
		if len(rest) == 0 || blank(rest) {
			continue
		}
		if !fixed {
			d.delim = detectDelimiter(rest, whole, d)
		}
		if titled(sample[:at], rest, whole, d) {
			return n
		}
	}
	return 0
}

// titled reports whether a header and its rows begin with rest, and the lines before say
// something else. What looks so by its cells alone needs a sign beside: a blank line
// between, or a name of a column that is known.
func titled(before, rest []byte, whole bool, d dialect) bool {
	head := lineOf(rest, d)
	score, wide := fit(rest, whole, d)
	if !wide || score < titleShareMin || !head.names || head.filled < 2 || 2*head.filled <= head.width {
		return false
	}
	gap, named := false, false
	for line := range bytes.Lines(before) {
		cells := lineOf(line, d)
		if cells.filled > 1 && 2*cells.filled >= head.filled {
			return false
		}
		gap = gap || cells.filled == 0
		named = named || cells.filled == 1 && cells.known == 1
	}
	return head.known > 1 || !named && (gap || head.known == 1)
}

// cellsOf is what the cells of a line look like.
type cellsOf struct {
	width, filled int
	known         int  // cells that are the name of a column
	names         bool // all of them may be: none is loose, a number or an e-mail address
	loose         bool // one begins with a blank, as after a comma in a sentence
}

// lineOf looks at the first row of a text. One that is not sound is a text like any
// other, in one cell.
func lineOf(text []byte, d dialect) cellsOf {
	r := rowsOf(text, d)
	w, err := r.next()
	switch {
	case err != nil:
		return cellsOf{}
	case w.fault != sound:
		return cellsOf{width: 1, filled: 1}
	}
	line := cellsOf{width: w.width, names: true}
	for _, c := range w.cells {
		cell := r.text(w, c)
		name := string(bytes.TrimSpace(cell))
		if name == "" {
			continue
		}
		line.filled++
		if canon.ReadHeader(name).Exact {
			line.known++
		}
		line.loose = line.loose || cell[0] == ' '
		if line.loose || name[0] >= '0' && name[0] <= '9' || bytes.IndexByte(cell, '@') >= 0 {
			line.names = false
		}
	}
	return line
}

// otherDelimiter is a delimiter that divides the rows below a header of one column into
// as many cells each, three or more, or 0. Two are what a name and a comma make.
func otherDelimiter(sample []byte, whole bool, d dialect) byte {
	if len(sample) > titleSampleBytes {
		sample, whole = sample[:titleSampleBytes], false
	}
	k := bytes.IndexByte(sample, '\n')
	if lineOf(sample, d).width != 1 || k < 0 {
		return 0
	}
	rest := sample[k+1:]
	d.delim = detectDelimiter(rest, whole, d)
	score, _ := fit(rest, whole, d)
	if row := lineOf(rest, d); row.width < 3 || row.loose || score < titleShareMin {
		return 0
	}
	return d.delim
}

// tellTitle logs that a file may not begin with its header.
func (s *Source) tellTitle(place string, t *table) {
	switch {
	case t.title > 0:
		s.opts.Log.Warn("the first lines look like a title, and the header seems to come after them; pass over them with skip_lines", "file", place, "skip_lines", t.title)
	case t.other != 0:
		s.opts.Log.Warn("the header has one column, and another delimiter divides the rows below it; is the first line no header (skip_lines), or the delimiter another one?",
			"file", place, "delimiter", string(t.rows.delim), "rows_have", string(t.other))
	}
}
