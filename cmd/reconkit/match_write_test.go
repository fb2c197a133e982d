package main

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// Rows stand in a file in their order, however many processors lay them out, and none
// is missing where the last turn is not a whole one.
func TestRowsAreWrittenInOrder(t *testing.T) {
	schema := pipeline.MustSchema(pipeline.Field{Name: "row", Type: pipeline.Int})
	for _, n := range []int{0, 1, pipeline.BatchRowsDefault, pipeline.BatchRowsDefault*runtime.GOMAXPROCS(0) + 1, 5*pipeline.BatchRowsDefault - 1} {
		path := filepath.Join(t.TempDir(), "rows.csv")
		err := writeBatches(t.Context(), path, schema, false, n, func(i int, columns []*pipeline.ColumnBuilder) { columns[0].AppendInt(int64(i)) })
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Scan() // the head
		rows := 0
		for ; lines.Scan(); rows++ {
			if lines.Text() != strconv.Itoa(rows) {
				t.Fatalf("of %d rows, row %d is %q", n, rows, lines.Text())
			}
		}
		if rows != n {
			t.Errorf("%d rows were written, want %d", rows, n)
		}
	}
}
