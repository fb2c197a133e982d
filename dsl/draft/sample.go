package draft

import (
	"bytes"
	"context"
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
)

// What is looked at of a file. The first limit that is reached counts.
const (
	SampleRowsMax  = 10_000    // records
	sampleCellsMax = 1_000_000 // values, for files with very many columns
	sampleBytesMax = 64 << 20  // bytes of values
)

// Sample is the beginning of a file.
type Sample struct {
	Schema   *pipeline.Schema
	Batches  []*pipeline.Batch
	Rows     int  // records
	Blank    int  // records without any value
	Rejected int  // rows among them that cannot be read
	Whole    bool // there are no more rows
}

// Take reads the first SampleRowsMax records of a source, or fewer where rows
// are very wide or long. It ends the reading there.
func Take(ctx context.Context, src pipeline.Source) (Sample, error) {
	schema, err := src.Schema(ctx)
	if err != nil {
		return Sample{}, err
	}
	s := Sample{Schema: schema, Whole: true}
	rowsMax := max(1, min(SampleRowsMax, sampleCellsMax/max(1, schema.Len())))
	size := 0
	for b, err := range src.Read(ctx) {
		if err != nil {
			return Sample{}, err
		}
		if s.Rows == rowsMax || size > sampleBytesMax {
			s.Whole = false
			break
		}
		n := min(b.Len(), rowsMax-s.Rows)
		if n < b.Len() {
			s.Whole = false
			if b, err = firstRows(b, n); err != nil {
				return Sample{}, fmt.Errorf("look at the first rows: %w", err)
			}
		} else {
			s.Rejected += len(b.Rejects())
		}
		s.Batches = append(s.Batches, b)
		s.Rows += n
		s.Blank += blankRows(b)
		for i := range schema.Len() {
			size += b.Column(i).Size()
		}
		if !s.Whole {
			break
		}
	}
	return s, nil
}

// blankRows counts the rows without any value, such as a line of nothing but
// delimiters that a spreadsheet leaves behind.
func blankRows(b *pipeline.Batch) int {
	n := 0
	for row := range b.Len() {
		f := 0
		for f < b.Schema().Len() && blankValue(b.Column(f), row) {
			f++
		}
		if f == b.Schema().Len() {
			n++
		}
	}
	return n
}

// blankValue reports whether a value is null or nothing but spaces.
func blankValue(c *pipeline.Column, row int) bool {
	return c.IsNull(row) || c.IsErase(row) || c.Type() == pipeline.String && len(bytes.TrimSpace(c.Bytes(row))) == 0
}

// firstRows is the batch with its first n records alone.
func firstRows(b *pipeline.Batch, n int) (*pipeline.Batch, error) {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	d := b.Data()
	d.Len, d.Rows, d.IDs, d.Times, d.Rejects = n, nil, nil, nil, nil
	columns := d.Columns
	d.Columns = make([]*pipeline.Column, len(columns))
	for i, c := range columns {
		d.Columns[i] = c.Take(rows)
	}
	return pipeline.NewBatch(d)
}
