package file

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// lineBytesMax is the length of a line of JSON that is read.
const lineBytesMax = 64 << 20 // bytes

// linesBody is a JSON Lines file, one record a line.
type linesBody struct {
	lines [][]byte // without line breaks
}

// readLines reads a JSON Lines file. Blank lines and a byte order mark are
// passed over; a key that is missing is null.
func (t *Target) readLines(ctx context.Context, d *document, empty bool) (body, error) {
	b := &linesBody{}
	if empty {
		return b, nil
	}
	f, err := os.Open(t.path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.config.Path, bare(err))
	}
	defer f.Close()
	r, err := unpack(t.packing, f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.config.Path, err)
	}
	defer r.Close()
	scan := bufio.NewScanner(r)
	scan.Buffer(make([]byte, 0, bufferBytes), lineBytesMax)
	g := &gatherer{target: t, document: d, ids: newNamer(t)}
	number := 0
	for scan.Scan() {
		number++
		line := scan.Bytes()
		if number == 1 {
			line = bytes.TrimPrefix(line, byteOrderMark)
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := g.line(line, number); err != nil {
			return nil, fmt.Errorf("read %s:%d: %w", t.config.Path, number, err)
		}
		b.lines = append(b.lines, bytes.Clone(line))
	}
	if err := scan.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("the line is longer than %d bytes", lineBytesMax)
		}
		return nil, fmt.Errorf("read %s:%d: %w", t.config.Path, number+1, bare(err))
	}
	if err := g.flush(); err != nil {
		return nil, fmt.Errorf("read %s: %w", t.config.Path, err)
	}
	return b, nil
}

// gatherer makes batches of lines.
type gatherer struct {
	target   *Target
	document *document
	ids      *namer
	builder  *pipeline.Builder
	names    *pipeline.ColumnBuilder
	rows     []int32
}

func (g *gatherer) line(line []byte, number int) error {
	members, err := parseObject(line)
	if err != nil {
		return err
	}
	schema := g.target.schema
	values := make([]pipeline.Value, schema.Len())
	for _, m := range members {
		f := schema.Index(m.key)
		if f < 0 {
			continue
		}
		if values[f], err = parseJSON(schema.Field(f).Type, m.value); err != nil {
			return fmt.Errorf("field %q: %w", m.key, err)
		}
	}
	if g.builder == nil {
		g.builder = pipeline.NewBuilder(schema, g.target.config.BatchRows)
		g.names = pipeline.NewColumnBuilder(pipeline.String, 0)
	}
	for f, v := range values {
		g.builder.Column(f).AppendValue(v)
	}
	g.names.AppendString(g.ids.distinct(g.ids.id(func(f int) pipeline.Value { return values[f] }, len(values))))
	g.rows = append(g.rows, int32(min(number, math.MaxInt32)))
	if g.builder.Full() {
		return g.flush()
	}
	return nil
}

func (g *gatherer) flush() error {
	if g.builder == nil {
		return nil
	}
	b, err := g.builder.Finish(pipeline.BatchData{Source: g.target.config.Name, Place: g.target.config.Path, Rows: g.rows, IDs: g.names.Finish()})
	if err != nil {
		return err
	}
	g.document.records.Append(b)
	g.builder, g.names, g.rows = nil, nil, nil
	return nil
}

// member is one key of an object and its value as it stands in the text.
type member struct {
	key   string
	value json.RawMessage
}

// parseObject takes one object apart, in order.
func parseObject(line []byte) ([]member, error) {
	if !utf8.Valid(line) {
		return nil, errors.New("the line is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	open, err := d.Token()
	if err != nil {
		return nil, notJSON(line, err)
	}
	if open != json.Delim('{') {
		return nil, errors.New("the line is not a JSON object")
	}
	var members []member
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, notJSON(line, err)
		}
		m := member{key: key.(string)}
		if seen[m.key] {
			return nil, fmt.Errorf("the key %q is there twice", diag.Shorten(m.key, 60))
		}
		seen[m.key] = true
		if err := d.Decode(&m.value); err != nil {
			return nil, notJSON(line, err)
		}
		members = append(members, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, notJSON(line, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more on the line than one JSON object")
	}
	return members, nil
}

func notJSON(line []byte, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the JSON object is cut off")
	}
	if wrong := (*diag.JSONError)(nil); errors.As(diag.JSONProblem(line, err), &wrong) {
		return fmt.Errorf("the line is not JSON: %s", wrong.Message)
	}
	return fmt.Errorf("the line is not JSON: %w", err)
}

// parseJSON reads a value of the type, also where a number or a truth value
// stands in quotes.
func parseJSON(t pipeline.Type, raw json.RawMessage) (pipeline.Value, error) {
	if string(raw) == "null" {
		return pipeline.Null(), nil
	}
	if t == pipeline.StringList && raw[0] == '[' {
		var list []*string
		if err := json.Unmarshal(raw, &list); err != nil {
			return pipeline.Null(), wrongJSON(t, raw)
		}
		members := make([]string, 0, len(list))
		for _, s := range list {
			if s != nil {
				members = append(members, *s)
			}
		}
		return pipeline.ListValue(members), nil
	}
	if raw[0] == '"' {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return pipeline.Null(), wrongJSON(t, raw)
		}
		if t == pipeline.String {
			return pipeline.StringValue(s), nil
		}
		return parseText(t, s)
	}
	switch {
	case raw[0] == '{' || raw[0] == '[' || t == pipeline.StringList || t == pipeline.Timestamp:
		return pipeline.Null(), wrongJSON(t, raw)
	case t == pipeline.String:
		return pipeline.StringValue(string(raw)), nil // a number or a truth value, as it is written
	case t == pipeline.Int:
		return wholeNumber(raw)
	default:
		return parseText(t, string(raw))
	}
}

// wholeNumber reads an integer, also one written as 5.0 or 5e0.
func wholeNumber(raw json.RawMessage) (pipeline.Value, error) {
	if i, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return pipeline.IntValue(i), nil
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return pipeline.Null(), wrongJSON(pipeline.Int, raw)
	}
	return pipeline.IntValue(int64(f)), nil
}

func wrongJSON(t pipeline.Type, raw json.RawMessage) error {
	return fmt.Errorf("%s is not a %s", diag.Shorten(string(raw), 60), t)
}

// encode keeps the lines of records that do not change as they are.
func (b *linesBody) encode(w io.Writer, model *pipeline.Schema, e *edits) error {
	out := bufio.NewWriterSize(w, bufferBytes)
	for i, line := range b.lines {
		if e.deleted[i] {
			continue
		}
		if edited := e.values[i]; edited != nil {
			var err error
			if line, err = editLine(line, model, edited); err != nil {
				return err
			}
		}
		out.Write(line)
		if err := out.WriteByte('\n'); err != nil {
			return err
		}
	}
	names := model.Names()
	var line []byte
	for _, record := range e.created {
		line = appendRecord(line[:0], names, func(f int) pipeline.Value { return record[f] })
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

// editLine replaces the values of some fields, in place where the line has
// them and at its end where it has not.
func editLine(line []byte, model *pipeline.Schema, edited map[int]pipeline.Value) ([]byte, error) {
	members, err := parseObject(line)
	if err != nil {
		return nil, err
	}
	out := []byte{'{'}
	add := func(key string) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(appendJSONString(out, key), ':')
	}
	placed := map[int]bool{}
	for _, m := range members {
		add(m.key)
		f := model.Index(m.key)
		if v, ok := edited[f]; ok {
			out = appendJSON(out, v)
			placed[f] = true
			continue
		}
		out = append(out, m.value...)
	}
	for f := range model.Len() {
		if v, ok := edited[f]; ok && !placed[f] {
			add(model.Field(f).Name)
			out = appendJSON(out, v)
		}
	}
	return append(out, '}'), nil
}
