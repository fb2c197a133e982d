package csv_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/csv"
)

// asItIs maps rows to themselves, so that source and records share columns, and
// drops every seventh.
type asItIs struct{}

func (asItIs) Map(b *pipeline.Batch) (pipeline.Mapped, error) {
	m := pipeline.Mapped{Batch: b}
	for i := range b.Len() {
		if o := b.Origin(i); o.Row%7 == 0 {
			m.Dropped = append(m.Dropped, int32(i))
			m.Rejected = append(m.Rejected, pipeline.Reject{Origin: o, Cells: b.Cells(i)})
		}
	}
	return m, nil
}

// written keeps the cells of rejected rows as they were when they were handed in.
type written []string

func (w *written) Reject(_ string, r pipeline.Reject) error {
	*w = append(*w, r.Origin.String()+" "+strings.Join(r.Cells, "|"))
	return nil
}

func TestMemoryThatIsUsedAgainChangesNothing(t *testing.T) {
	var text strings.Builder
	text.WriteString("name,city,note\n")
	for i := range 5000 {
		fmt.Fprintf(&text, "name %d,%s,%s\n", i, strings.Repeat("c", i%40), strings.Repeat("note ", i%11))
		if i%97 == 0 {
			text.WriteString("torn,\"row\n")
		}
	}
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func(reuse bool, rows int) (records []string, rejects written) {
		source, err := csv.New(csv.Config{Path: path, BatchRows: rows})
		if err != nil {
			t.Fatal(err)
		}
		m := &pipeline.Model{Name: "people", From: []*pipeline.From{{Name: "people", Source: source, Mapping: asItIs{}}}}
		_, err = m.Each(context.Background(), pipeline.Options{Reuse: reuse, Workers: 4, Rejects: &rejects},
			func(b *pipeline.Batch, dropped []int32) (func() error, error) {
				return func() error { // the last moment at which the batch may be looked at
					for i := range b.Len() {
						if len(dropped) > 0 && int(dropped[0]) == i {
							dropped = dropped[1:]
							continue
						}
						records = append(records, strings.Clone(strings.Join(b.Cells(i), "|")))
					}
					return nil
				}, nil
			})
		if err != nil {
			t.Fatal(err)
		}
		return records, rejects
	}
	wantRecords, wantRejects := read(false, 0)
	if len(wantRecords) < 4000 || len(wantRejects) < 700 {
		t.Fatalf("%d records and %d rejects are too few to show anything", len(wantRecords), len(wantRejects))
	}
	for _, rows := range []int{1, 13, 256, 2048} {
		records, rejects := read(true, rows)
		if d := cmp.Diff(wantRecords, records); d != "" {
			t.Errorf("batches of %d rows: other records (-without, +with memory used again):\n%s", rows, d)
		}
		if d := cmp.Diff(wantRejects, rejects); d != "" {
			t.Errorf("batches of %d rows: other rejects:\n%s", rows, d)
		}
	}
}
