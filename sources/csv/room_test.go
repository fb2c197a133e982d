package csv_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/csv"
)

// A batch of one long row says nothing about how long the many rows of the next
// one are.
func TestRoomAfterALongRow(t *testing.T) {
	var text strings.Builder
	fmt.Fprintf(&text, "id,note\n1,%s\n", strings.Repeat("x", pipeline.BatchBytesMax))
	for i := range pipeline.BatchRowsDefault {
		fmt.Fprintf(&text, "%d,short\n", i)
	}
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := csv.New(csv.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rows := 0
	for b, err := range s.Read(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows += b.Len()
	}
	runtime.ReadMemStats(&after)
	if rows != pipeline.BatchRowsDefault+1 {
		t.Errorf("%d rows", rows)
	}
	if made := after.TotalAlloc - before.TotalAlloc; made > 20*uint64(text.Len()) {
		t.Errorf("%d bytes were allocated for a file of %d", made, text.Len())
	}
}
