package parquet_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/parquet"
)

// cells is one column of a sample: its node, and what is written into its one
// leaf. Levels are left out where the column is required.
type cells struct {
	node       schema.Node
	values     any // a slice of the physical type
	defs, reps []int16
}

func optional(name string, t schema.LogicalType, physical arrowparquet.Type, length int) schema.Node {
	return node(name, arrowparquet.Repetitions.Optional, t, physical, length)
}

func required(name string, t schema.LogicalType, physical arrowparquet.Type, length int) schema.Node {
	return node(name, arrowparquet.Repetitions.Required, t, physical, length)
}

func node(name string, r arrowparquet.Repetition, t schema.LogicalType, physical arrowparquet.Type, length int) schema.Node {
	return schema.MustPrimitive(schema.NewPrimitiveNodeLogical(name, r, t, physical, length, -1))
}

// listNode is a list in the standard form.
func listNode(name string, item schema.Node) schema.Node {
	inner := schema.MustGroup(schema.NewGroupNode("list", arrowparquet.Repetitions.Repeated, schema.FieldList{item}, -1))
	return schema.MustGroup(schema.NewGroupNodeLogical(name, arrowparquet.Repetitions.Optional, schema.FieldList{inner}, schema.ListLogicalType{}, -1))
}

func texts(values ...string) []arrowparquet.ByteArray {
	out := make([]arrowparquet.ByteArray, len(values))
	for i, v := range values {
		out[i] = arrowparquet.ByteArray(v)
	}
	return out
}

// write writes row groups of the columns.
func write(t testing.TB, out io.Writer, groups [][]cells, props ...arrowparquet.WriterProperty) {
	t.Helper()
	var fields schema.FieldList
	for _, c := range groups[0] {
		fields = append(fields, c.node)
	}
	root := schema.MustGroup(schema.NewGroupNode("schema", arrowparquet.Repetitions.Required, fields, -1))
	w := file.NewParquetWriter(out, root, file.WithWriterProps(arrowparquet.NewWriterProperties(props...)))
	for _, columns := range groups {
		g := w.AppendRowGroup()
		for _, c := range columns {
			cw, err := g.NextColumn()
			must(t, err)
			must(t, writeCells(cw, c))
			must(t, cw.Close())
		}
		must(t, g.Close())
	}
	must(t, w.Close())
}

func writeCells(w file.ColumnChunkWriter, c cells) error {
	var err error
	switch w := w.(type) {
	case *file.ByteArrayColumnChunkWriter:
		_, err = w.WriteBatch(c.values.([]arrowparquet.ByteArray), c.defs, c.reps)
	case *file.FixedLenByteArrayColumnChunkWriter:
		_, err = w.WriteBatch(c.values.([]arrowparquet.FixedLenByteArray), c.defs, c.reps)
	case *file.Int32ColumnChunkWriter:
		_, err = w.WriteBatch(c.values.([]int32), c.defs, c.reps)
	case *file.Int64ColumnChunkWriter:
		_, err = w.WriteBatch(c.values.([]int64), c.defs, c.reps)
	case *file.Int96ColumnChunkWriter:
		_, err = w.WriteBatch(c.values.([]arrowparquet.Int96), c.defs, c.reps)
	case *file.Float32ColumnChunkWriter:
		_, err = w.WriteBatch(c.values.([]float32), c.defs, c.reps)
	case *file.Float64ColumnChunkWriter:
		_, err = w.WriteBatch(c.values.([]float64), c.defs, c.reps)
	case *file.BooleanColumnChunkWriter:
		_, err = w.WriteBatch(c.values.([]bool), c.defs, c.reps)
	default:
		err = fmt.Errorf("no writer for %T", w)
	}
	return err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// contacts are the columns of a small contact file of n rows, with nulls,
// lists and each physical type.
func contacts(n int) []cells {
	var emails, tags []arrowparquet.ByteArray
	var emailDefs, tagDefs, tagReps []int16
	var ids []int64
	var ratings []int32
	var scores []float64
	var active []bool
	var seen []arrowparquet.Int96
	var fixed []arrowparquet.FixedLenByteArray
	for i := range n {
		if i%5 == 3 {
			emailDefs = append(emailDefs, 0)
		} else {
			emailDefs = append(emailDefs, 1)
			emails = append(emails, arrowparquet.ByteArray(fmt.Sprintf("person%d@example.com", i%50)))
		}
		switch i % 3 {
		case 0:
			tagDefs, tagReps = append(tagDefs, 0), append(tagReps, 0)
		case 1:
			tagDefs, tagReps = append(tagDefs, 1), append(tagReps, 0)
		default:
			tagDefs, tagReps = append(tagDefs, 3, 3, 2), append(tagReps, 0, 1, 1)
			tags = append(tags, texts("vip", fmt.Sprint("t", i%7))...)
		}
		ids = append(ids, int64(i)*1_000_003)
		ratings = append(ratings, int32(i%6))
		scores = append(scores, float64(i)/7)
		active = append(active, i%2 == 0)
		seen = append(seen, arrowparquet.NewInt96([3]uint32{uint32(i), 0, 2440589}))
		fixed = append(fixed, arrowparquet.FixedLenByteArray(fmt.Sprintf("%016d", i)))
	}
	text := schema.StringLogicalType{}
	return []cells{
		{node: optional("email", text, arrowparquet.Types.ByteArray, 0), values: emails, defs: emailDefs},
		{node: listNode("tags", optional("element", text, arrowparquet.Types.ByteArray, 0)), values: tags, defs: tagDefs, reps: tagReps},
		{node: required("id", schema.NewIntLogicalType(64, true), arrowparquet.Types.Int64, 0), values: ids},
		{node: required("rating", schema.NoLogicalType{}, arrowparquet.Types.Int32, 0), values: ratings},
		{node: required("score", schema.NoLogicalType{}, arrowparquet.Types.Double, 0), values: scores},
		{node: required("active", schema.NoLogicalType{}, arrowparquet.Types.Boolean, 0), values: active},
		{node: required("seen", schema.NoLogicalType{}, arrowparquet.Types.Int96, 0), values: seen},
		{node: required("uuid", schema.UUIDLogicalType{}, arrowparquet.Types.FixedLenByteArray, 16), values: fixed},
	}
}

// variants are ways of writing the same content.
func variants() map[string][]arrowparquet.WriterProperty {
	small := arrowparquet.WithDataPageSize(700)
	plain := arrowparquet.WithDictionaryDefault(false)
	v2 := arrowparquet.WithDataPageVersion(arrowparquet.DataPageV2)
	codec := arrowparquet.WithCompression
	return map[string][]arrowparquet.WriterProperty{
		"plain":           {plain, small},
		"dictionary":      {small},
		"snappy":          {codec(compress.Codecs.Snappy), small},
		"zstd":            {codec(compress.Codecs.Zstd), small},
		"gzip":            {codec(compress.Codecs.Gzip), plain, small},
		"brotli":          {codec(compress.Codecs.Brotli), small},
		"v2":              {v2, small},
		"v2 zstd":         {v2, codec(compress.Codecs.Zstd), small},
		"v2 snappy plain": {v2, codec(compress.Codecs.Snappy), plain, small},
		"delta": {plain, small,
			arrowparquet.WithEncodingFor("email", arrowparquet.Encodings.DeltaByteArray),
			arrowparquet.WithEncodingFor("tags.list.element", arrowparquet.Encodings.DeltaLengthByteArray),
			arrowparquet.WithEncodingFor("id", arrowparquet.Encodings.DeltaBinaryPacked),
			arrowparquet.WithEncodingFor("rating", arrowparquet.Encodings.DeltaBinaryPacked)},
		"v2 delta": {plain, small, v2,
			arrowparquet.WithEncodingFor("email", arrowparquet.Encodings.DeltaLengthByteArray),
			arrowparquet.WithEncodingFor("tags.list.element", arrowparquet.Encodings.DeltaByteArray),
			arrowparquet.WithEncodingFor("active", arrowparquet.Encodings.RLE)},
	}
}

// sample returns the bytes of a file of two row groups.
func sample(t testing.TB, rows int, props []arrowparquet.WriterProperty) []byte {
	t.Helper()
	var out bytes.Buffer
	write(t, &out, [][]cells{contacts(rows), contacts(rows / 2)}, props...)
	return out.Bytes()
}

func put(t testing.TB, dir, name string, content []byte) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
}

// source makes a source of one file of the groups.
func source(t testing.TB, groups [][]cells, props ...arrowparquet.WriterProperty) *parquet.Source {
	t.Helper()
	var out bytes.Buffer
	write(t, &out, groups, props...)
	dir := t.TempDir()
	put(t, dir, "people.parquet", out.Bytes())
	s, err := parquet.New(parquet.Config{Path: "people.parquet", Dir: dir, Name: "people"})
	must(t, err)
	return s
}

// read returns all records as text, by column, and the rejects.
func read(t testing.TB, s pipeline.Source) (map[string][]pipeline.Value, []pipeline.Reject) {
	t.Helper()
	columns := map[string][]pipeline.Value{}
	var rejects []pipeline.Reject
	for b, err := range s.Read(t.Context()) {
		must(t, err)
		for i := range b.Schema().Len() {
			name := b.Schema().Field(i).Name
			for row := range b.Len() {
				columns[name] = append(columns[name], b.Value(row, i))
			}
		}
		rejects = append(rejects, b.Rejects()...)
	}
	return columns, rejects
}
