package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/csv"
)

// headBytes is how much of a CSV file is looked at for its form.
const headBytes = 64 << 10 // bytes

var byteOrderMark = []byte("\xef\xbb\xbf")

// csvBody is a CSV file, all its columns as text.
type csvBody struct {
	table  *pipeline.Table // nil: the file is missing or empty
	delim  byte
	ending string // of lines
	mark   bool   // it begins with a byte order mark
}

func (t *Target) readCSV(ctx context.Context, d *document, empty bool) (body, error) {
	b := &csvBody{delim: t.delim, ending: "\n"}
	if empty {
		return b, nil
	}
	if err := t.readCSVForm(b); err != nil {
		return nil, fmt.Errorf("read %s: %w", t.config.Path, bare(err))
	}
	delim := string(t.delim)
	if t.delim == '\t' {
		delim = "tab"
	}
	s, err := csv.New(csv.Config{Path: t.config.Path, Dir: t.config.Dir, Name: t.config.Name, Delimiter: delim,
		Encoding: "utf-8", Empty: "keep", BatchRows: t.config.BatchRows})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.config.Path, err)
	}
	if b.table, err = t.hold(ctx, s); err != nil {
		return nil, err
	}
	if err := t.keyThere(b.table.Schema()); err != nil {
		return nil, err
	}
	return b, t.addTable(d, b.table, t.parseColumn)
}

// keyThere makes sure that a file that has columns has one that identifies its
// records: a wrong delimiter shows here.
func (t *Target) keyThere(s *pipeline.Schema) error {
	for _, k := range t.config.Key {
		if s.Index(k) >= 0 {
			return nil
		}
	}
	return fmt.Errorf("read %s: it has no column %q; its columns are %q; if that is one, set the option delimiter",
		t.config.Path, t.config.Key, s.Names())
}

// readCSVForm finds out how the file ends its lines, so that it keeps it.
func (t *Target) readCSVForm(b *csvBody) error {
	f, err := os.Open(t.path)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := unpack(t.packing, f)
	if err != nil {
		return err
	}
	defer r.Close()
	head := make([]byte, headBytes)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head, b.mark = bytes.CutPrefix(head[:n], byteOrderMark)
	line, _, _ := bytes.Cut(head, []byte("\n"))
	if bytes.HasSuffix(line, []byte("\r")) {
		b.ending = "\r\n"
	}
	if bytes.Contains(line, []byte(csv.ColumnPrefixIgnored)) {
		return fmt.Errorf("it has columns whose names begin with %s, which only a file of rejected rows has", csv.ColumnPrefixIgnored)
	}
	return nil
}

// parseColumn reads the cells of a column as values of the field.
func (t *Target) parseColumn(f pipeline.Field, b *pipeline.Batch, column int) (*pipeline.Column, error) {
	cells := b.Column(column)
	if f.Type == pipeline.String {
		return emptyNull(cells)
	}
	values := pipeline.NewColumnBuilder(f.Type, b.Len())
	for row := range b.Len() {
		v, err := parseText(f.Type, cells.Str(row))
		if err != nil {
			return nil, fmt.Errorf("read %s:%d: column %q: %w; mend the cell", t.config.Path, b.Origin(row).Row, f.Name, err)
		}
		values.AppendValue(v)
	}
	return values.Finish(), nil
}

// emptyNull is a column of texts of which the empty ones are null, with the text
// of the cells.
func emptyNull(cells *pipeline.Column) (*pipeline.Column, error) {
	text, offsets := cells.Texts()
	d := pipeline.ColumnData{Type: pipeline.String, Len: cells.Len(), Offsets: offsets, Bytes: text}
	for row := range d.Len {
		if offsets[row] != offsets[row+1] {
			continue
		}
		if d.Valid == nil {
			d.Valid = bytes.Repeat([]byte{0xff}, (d.Len+7)/8)
		}
		d.Valid[row>>3] &^= 1 << (row & 7)
	}
	return pipeline.NewColumn(d)
}

func (b *csvBody) encode(w io.Writer, model *pipeline.Schema, e *edits) error {
	enc := newCSVEncoder(w, newCSVForm(b.delim, b.ending, false))
	if b.mark {
		enc.row, enc.start = append(enc.row, byteOrderMark...), len(byteOrderMark)
	}
	var columns []string
	var fields []int // of the model, per column; -1: not its own
	if b.table != nil {
		for _, name := range b.table.Schema().Names() {
			columns, fields = append(columns, name), append(fields, model.Index(name))
		}
	}
	own := len(columns)
	for _, f := range e.columnsFor(model, func(name string) bool { return b.table.Schema().Index(name) >= 0 }, own == 0) {
		columns, fields = append(columns, model.Field(f).Name), append(fields, f)
	}
	if err := enc.names(columns); err != nil {
		return err
	}
	if err := b.encodeRows(enc, fields, own, e); err != nil {
		return err
	}
	var text []byte
	for _, record := range e.created {
		for _, f := range fields {
			text = text[:0]
			if f >= 0 {
				text = appendText(text, record[f])
			}
			enc.cell(text)
		}
		if err := enc.end(); err != nil {
			return err
		}
	}
	return enc.flush()
}

// encodeRows writes the rows that are there already. The first own columns are
// those of the file.
func (b *csvBody) encodeRows(enc *csvEncoder, fields []int, own int, e *edits) error {
	if b.table == nil {
		return nil
	}
	var text []byte
	for i := range b.table.Len() {
		if e.deleted[i] {
			continue
		}
		row, edited := b.table.Record(i), e.values[i]
		for c, f := range fields {
			v, changed := edited[f]
			switch {
			case changed:
				text = appendText(text[:0], v)
			case c < own:
				text = append(text[:0], row.Batch.Column(c).Bytes(row.Row)...)
			default:
				text = text[:0]
			}
			enc.cell(text)
		}
		if err := enc.end(); err != nil {
			return err
		}
	}
	return nil
}
