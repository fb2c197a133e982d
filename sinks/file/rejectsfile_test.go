package file_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/file"
)

// Rows that several goroutines lay out, with buffers that are used again and
// again, make the same file as rows that are written one by one.
func TestRejectsLaidOutAheadAreThoseOfOneByOne(t *testing.T) {
	const batches, workers = 60, 4
	columns := []string{"name", "note"}
	rowsOf := func(batch int) []pipeline.Reject {
		var rows []pipeline.Reject
		for i := range batch % 7 {
			rows = append(rows, reject("people", columns, fmt.Sprintf("%d.%d", batch, i), strings.Repeat(fmt.Sprint(batch), batch*i)))
		}
		return rows
	}
	for _, name := range []string{"rejects.csv", "rejects.jsonl"} {
		dir := t.TempDir()
		single, err := file.NewRejectsFile(filepath.Join(dir, "single-"+name), columns, file.RejectsForm{})
		must(t, err)
		defer single.Abort()
		ahead, err := file.NewRejectsFile(filepath.Join(dir, name), columns, file.RejectsForm{})
		must(t, err)
		defer ahead.Abort()

		var laid [batches]chan func() error
		for b := range laid {
			laid[b] = make(chan func() error, 1)
		}
		var running sync.WaitGroup
		for w := range workers {
			running.Go(func() {
				for b := w; b < batches; b += workers {
					rows := rowsOf(b)
					laid[b] <- ahead.EncodeRejects("contacts", rows)
					clear(rows) // nobody looks at them any more
				}
			})
		}
		for b := range laid {
			must(t, (<-laid[b])())
			if b%10 == 0 {
				must(t, ahead.Reject("contacts", reject("people", columns, "between")))
			}
			for _, row := range rowsOf(b) {
				must(t, single.Reject("contacts", row))
			}
			if b%10 == 0 {
				must(t, single.Reject("contacts", reject("people", columns, "between")))
			}
		}
		running.Wait()
		must(t, single.Close())
		must(t, ahead.Close())
		if diff := cmp.Diff(get(t, filepath.Join(dir, "single-"+name)), get(t, filepath.Join(dir, name))); diff != "" {
			t.Errorf("%s: one by one (-), ahead (+)\n%s", name, diff)
		}
	}
}

// A row of which the file has no column, such as a record that was rejected as
// a whole, is not lost: it stands in the last column.
func TestRejectsOfOtherColumnsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rejects.csv")
	f, err := file.NewRejectsFile(path, []string{"Mail", "Ort"}, file.RejectsForm{})
	must(t, err)
	defer f.Abort()
	must(t, f.Reject("contacts", reject("people", []string{"email", "city"}, "a@b.example", "Bonn, Beuel")))
	must(t, f.Reject("contacts", reject("people", []string{"Mail", "reconkit_reason"}, "c@d.example", "of the last time")))
	must(t, f.Close())
	lines := strings.Split(get(t, path), "\n")
	if !strings.HasSuffix(lines[1], `,"a@b.example,""Bonn, Beuel"""`) || !strings.HasPrefix(lines[2], "c@d.example,,") || !strings.HasSuffix(lines[2], ",") {
		t.Errorf("%q", lines)
	}
}
