//go:build unix

// Command adding tells what it takes to add a hundredth of the contacts of a file,
// as the command gen writes it, to the others, as a share of the CPU time of a run,
// and how many records are in another cluster than a run from scratch puts them
// in: by the same weights and frequencies, and by those that it learns itself.
package main

import (
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
)

// columns are those of gen, behind the id.
var columns = []linkage.Column{
	{Name: "first_name", Kind: linkage.GivenName}, {Name: "last_name", Kind: linkage.FamilyName}, {Name: "email", Kind: linkage.Email},
	{Name: "phone", Kind: linkage.Phone}, {Name: "company", Kind: linkage.Company}, {Name: "street", Kind: linkage.Street},
	{Name: "city", Kind: linkage.City}, {Name: "postcode", Kind: linkage.Postcode}, {Name: "customer_no", Kind: linkage.Identifier},
}

func main() {
	steps := flag.Int("steps", 3, "how often a hundredth is added")
	flag.Parse()
	if flag.NArg() != 1 || *steps < 1 || *steps > 50 {
		fmt.Fprintln(os.Stderr, "adding: a CSV file of gen is needed, and 1 to 50 steps")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Stdout, flag.Arg(0), *steps); err != nil {
		fmt.Fprintln(os.Stderr, "adding:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, path string, steps int) error {
	rows, err := read(path)
	if err != nil {
		return err
	}
	more := len(rows) / (100 + steps)
	first := len(rows) - steps*more
	table, err := newTable(rows[:first])
	if err != nil {
		return err
	}
	var added []*pipeline.Table
	for n := first; n < len(rows); n += more {
		t, err := newTable(rows[n : n+more])
		if err != nil {
			return err
		}
		added = append(added, t)
	}
	l, err := linkage.New(linkage.Config{Columns: columns, Workers: 1})
	if err != nil {
		return err
	}
	var r *linkage.Result
	whole, err := taken(func() (err error) { r, err = l.Run(ctx, linkage.Input{Records: table}); return err })
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d contacts: %.2f CPU s, %d pairs\n", first, whole, r.Report.Pairs)
	pinned := r.Pinned()
	for _, t := range added {
		for _, b := range t.Batches() {
			table.Append(b)
		}
		part, err := taken(func() (err error) { r, err = l.Update(ctx, r, linkage.Input{Records: table}); return err })
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "+%d: %.3f CPU s, %.1f %% of the run; %d pairs, %d reasons to differ\n", more, part, 100*part/whole, r.Report.Update.Pairs, len(r.Report.Update.MayDiffer))
	}
	for _, c := range []struct {
		name    string
		weights *linkage.Weights
	}{{"by the same weights and frequencies", pinned}, {"by weights of its own", nil}} {
		l, err := linkage.New(linkage.Config{Columns: columns, Weights: c.weights, Workers: 1})
		if err != nil {
			return err
		}
		var want *linkage.Result
		whole, err := taken(func() (err error) { want, err = l.Run(ctx, linkage.Input{Records: table}); return err })
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "a run from scratch %s: %.2f CPU s; %d records are in another cluster, %d in another best guess\n", c.name, whole, others(r.Clusters, want.Clusters), others(r.Best, want.Best))
	}
	return nil
}

// taken is the CPU time of something, in seconds.
func taken(do func() error) (float64, error) {
	runtime.GC()
	var before, after unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &before); err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	err := unix.Getrusage(unix.RUSAGE_SELF, &after)
	return float64(after.Utime.Nano()+after.Stime.Nano()-before.Utime.Nano()-before.Stime.Nano()) / 1e9, err
}

func others(a, b []int32) (n int) {
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func read(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(rows) < 1000 || len(rows[0]) <= len(columns) {
		return nil, fmt.Errorf("%s does not hold contacts of gen, or too few", path)
	}
	return rows[1:], nil
}

// newTable makes a table of rows, whose first column is their id.
func newTable(rows [][]string) (*pipeline.Table, error) {
	fields := make([]pipeline.Field, len(columns))
	for i, c := range columns {
		fields[i] = pipeline.Field{Name: c.Name, Type: pipeline.String}
	}
	table := pipeline.NewTable(pipeline.MustSchema(fields...))
	for start := 0; start < len(rows); start += pipeline.BatchRowsDefault {
		some := rows[start:min(len(rows), start+pipeline.BatchRowsDefault)]
		b := pipeline.NewBuilder(table.Schema(), len(some))
		for _, row := range some {
			for i := range columns {
				b.Column(i).AppendString(row[i+1])
			}
		}
		batch, err := b.Finish(pipeline.BatchData{})
		if err != nil {
			return nil, err
		}
		table.Append(batch)
	}
	return table, nil
}
