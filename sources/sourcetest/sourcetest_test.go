package sourcetest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/sources/sourcetest"
)

// numbers is a well-behaved source of the numbers 1 to n with their squares;
// every fifth number is rejected.
type numbers struct {
	n, batchRows int
	schema       *pipeline.Schema
}

func newNumbers(n, batchRows int) *numbers {
	if batchRows == 0 {
		batchRows = 3
	}
	return &numbers{n: n, batchRows: batchRows, schema: pipeline.MustSchema(
		pipeline.Field{Name: "number", Type: pipeline.Int}, pipeline.Field{Name: "square", Type: pipeline.String})}
}

func (s *numbers) Schema(context.Context) (*pipeline.Schema, error) { return s.schema, nil }

func (s *numbers) Read(ctx context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		for next := 1; next <= s.n; {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			b := pipeline.NewBuilder(s.schema, s.batchRows)
			d := pipeline.BatchData{Source: "numbers", Place: "n"}
			for ; next <= s.n && !b.Full(); next++ {
				if next%5 == 0 {
					d.Rejects = append(d.Rejects, pipeline.Reject{Origin: pipeline.Origin{Source: "numbers", Place: "n", Row: next},
						Cells: []string{fmt.Sprint(next)}, Finding: diag.Finding{Code: "five", Message: "a multiple of five"}})
					continue
				}
				b.Column(0).AppendInt(int64(next))
				if next == 2 {
					b.Column(1).AppendNull()
				} else {
					b.Column(1).AppendString(fmt.Sprint(next * next))
				}
				d.Rows = append(d.Rows, int32(next))
			}
			batch, err := b.Finish(d)
			if !yield(batch, err) || err != nil {
				return
			}
		}
	}
}

func TestRun(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T, batchRows int) pipeline.Source { return newNumbers(6, batchRows) }, sourcetest.Want{
		Columns: []string{"number int", "square"},
		Rows: []sourcetest.Row{
			{Origin: "n:1", Cells: []string{"1", "1"}},
			{Origin: "n:2", Cells: []string{"2", sourcetest.Null}},
			{Cells: []string{"3", "9"}},
			{Cells: []string{"4", "16"}},
			{Origin: "n:6", Cells: []string{"6", "36"}},
		},
		Rejects: []sourcetest.Reject{{Origin: "n:5", Code: "five", Cells: []string{"5"}}},
	})
}

// stopping is numbers whose stream ends in an error.
type stopping struct{ *numbers }

func (s stopping) Read(ctx context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		for b, err := range s.numbers.Read(ctx) {
			if !yield(b, err) {
				return
			}
		}
		yield(nil, fmt.Errorf("read n: out of numbers"))
	}
}

func TestRunError(t *testing.T) {
	n := sourcetest.RunError(t, func(t *testing.T, batchRows int) pipeline.Source {
		return stopping{newNumbers(6, batchRows)}
	}, "read n:", "out of numbers")
	if n != 5 {
		t.Errorf("got %d records before the error, want 5", n)
	}
}
