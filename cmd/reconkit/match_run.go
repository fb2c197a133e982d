package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/file"
)

// matchRunFlags are the flags of match run.
type matchRunFlags struct {
	matchFlags
	matchStateFlags
	out, questions, saveWeights string
	guard                       bool
}

func (a *app) matchRunCommand() *cobra.Command {
	var f matchRunFlags
	c := &cobra.Command{
		Use:   "run FILE [FILE] --out CLUSTERS",
		Short: "Say for each row which cluster it is in",
		Long: `run writes one line for each row: where it stands, its cluster, how sure the
cluster is, and the cluster of the best guess. A cluster_id joins the rows that
are surely one contact; best_guess_id joins where that is likelier than not. tie
is the probability that ties a row to its cluster, weakest_tie the lowest one
without which the cluster would fall apart.

Pairs in doubt go to the file of --questions. Write same or different into its
column answer and hand it back with --answers.

With --state the clusters keep their ids from run to run: a cluster_id stays with
most of its rows, and the rows are weighed as in the run before. Rows are known
by their ids, or by what they hold. All rows are read and compared each time.`,
		Example: `  reconkit match run contacts.csv --out clusters.csv
  reconkit match run contacts.csv --out clusters.csv --questions doubtful.csv
  reconkit match run contacts.csv --out clusters.csv --answers doubtful.csv
  reconkit match run crm.parquet fair.csv --link --out links.csv
  reconkit match run contacts.csv --out clusters.csv --state match.db
  reconkit match run people.csv --out clusters.csv --columns "Name=person_name,Mail=email,born=date"`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, files []string) error { return a.matchRun(cmd.Context(), files, f) },
	}
	f.matchFlags.register(c)
	f.matchStateFlags.register(c)
	c.Flags().StringVarP(&f.out, "out", "o", "", "file to write: .csv, .jsonl or .parquet")
	c.Flags().StringVar(&f.questions, "questions", "", "file for the pairs that a person should look at")
	c.Flags().StringVar(&f.saveWeights, "save-weights", "", "file for what was learned, to be given to --weights of a later run")
	c.Flags().BoolVar(&f.guard, "guard-formulas", false, "put an apostrophe before cells of --out that a spreadsheet would take for a formula, as is always done in --questions")
	return c
}

func (a *app) matchRun(ctx context.Context, files []string, f matchRunFlags) error {
	if err := checkMatchOut(files, f); err != nil {
		return err
	}
	kept, err := a.recallMatch(ctx, files, &f)
	if err != nil {
		return err
	}
	m, err := a.prepareMatch(ctx, files, f.matchFlags, "")
	if err != nil {
		return err
	}
	if err := kept.pin(m); err != nil {
		return err
	}
	result, _, err := a.match(ctx, m)
	if err != nil {
		return err
	}
	if err := kept.name(ctx, m, result); err != nil {
		return err
	}
	if err := m.writeClusters(ctx, f, result, kept.ids()); err != nil {
		return err
	}
	if err := kept.writeGivenUp(ctx, f); err != nil {
		return err
	}
	if f.questions != "" {
		if err := m.writeQuestions(ctx, f, result); err != nil {
			return err
		}
	}
	if f.saveWeights != "" {
		if err := saveWeights(f.saveWeights, result.Weights); err != nil {
			return err
		}
	}
	if err := kept.save(ctx, result); err != nil {
		return err
	}
	_, err = a.stdout.Write([]byte(m.runText(f, result, kept)))
	return err
}

// checkMatchOut refuses places at which something else would be lost: a file
// that is read, or one file of the run in the place of another.
func checkMatchOut(files []string, f matchRunFlags) error {
	if f.out == "" {
		return errors.New("match run needs a file for the clusters: --out clusters.csv, .jsonl or .parquet")
	}
	if err := f.checkState(); err != nil {
		return err
	}
	read := readBy(append([]string{f.weights, f.answers, f.state}, files...))
	outs := []struct{ flag, path string }{{"--out", f.out}, {"--questions", f.questions}, {"--save-weights", f.saveWeights}, {"--given-up", f.givenUp}}
	var errs []error
	for i, o := range outs {
		if o.path == "" {
			continue
		}
		for _, other := range outs[:i] {
			if other.path != "" && onePlace(o.path, other.path) {
				errs = append(errs, fmt.Errorf("%s %s: that is the file of %s; give it another name", o.flag, o.path, other.flag))
			}
		}
		if o.flag == "--save-weights" { // which are JSON, whatever they are called
			errs = append(errs, checkFolder(o.flag, o.path))
		} else {
			errs = append(errs, checkTableName(o.flag, o.path))
		}
		errs = append(errs, read.spare("", o.flag, filepath.Clean(o.path)))
	}
	return errors.Join(errs...)
}

// readBy are the files that a command reads; an empty name is none.
func readBy(names []string) inputs {
	read := inputs{}
	for _, name := range names {
		if name == "" {
			continue
		}
		for _, one := range globbed(name) {
			read[one] = true
		}
	}
	return read
}

func saveWeights(path string, w *linkage.Weights) error {
	text, err := w.JSON()
	if err != nil {
		return fmt.Errorf("--save-weights: %w", err)
	}
	if err := renameio.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("--save-weights: %w", err)
	}
	return nil
}

// writeBatches writes rows of a schema in batches, of which processors make as many
// at once as there are: row is called from several goroutines.
func writeBatches(ctx context.Context, path string, schema *pipeline.Schema, guard bool, n int, row func(i int, columns []*pipeline.ColumnBuilder)) error {
	w, err := file.NewWriter(filepath.Clean(path), schema, file.WriterOptions{GuardFormulas: guard})
	if err != nil {
		return err
	}
	defer w.Abort()
	made, errs := make([]*file.Encoded, runtime.GOMAXPROCS(0)), make([]error, runtime.GOMAXPROCS(0))
	for from := 0; from < n; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("write %s: %w", path, context.Cause(ctx))
		}
		var wait sync.WaitGroup
		first, batches := from, min(len(made), (n-from+pipeline.BatchRowsDefault-1)/pipeline.BatchRowsDefault)
		for k := range batches {
			at := first + k*pipeline.BatchRowsDefault
			from = min(n, at+pipeline.BatchRowsDefault)
			size := from - at
			wait.Go(func() { made[k], errs[k] = encodeRows(w, schema, at, size, row) })
		}
		wait.Wait()
		for k := range batches {
			if errs[k] != nil {
				return errs[k]
			}
			if err := w.Append(made[k]); err != nil {
				return err
			}
		}
	}
	return w.Close()
}

// encodeRows makes a batch of some rows and lays it out for a file.
func encodeRows(w *file.Writer, schema *pipeline.Schema, from, n int, row func(i int, columns []*pipeline.ColumnBuilder)) (*file.Encoded, error) {
	builders := make([]*pipeline.ColumnBuilder, schema.Len())
	for c := range builders {
		builders[c] = pipeline.NewColumnBuilder(schema.Field(c).Type, n)
	}
	for i := range n {
		row(from+i, builders)
	}
	columns := make([]*pipeline.Column, len(builders))
	for c, b := range builders {
		columns[c] = b.Finish()
	}
	b, err := pipeline.NewBatch(pipeline.BatchData{Schema: schema, Len: n, Columns: columns})
	if err != nil {
		return nil, err
	}
	return w.Encode(b, nil)
}

// writeClusters writes a line for each row. Clusters have the ids, or numbers
// where there are none.
func (m *matching) writeClusters(ctx context.Context, f matchRunFlags, r *linkage.Result, ids []string) error {
	two, id := len(m.rows.files) == 2, m.rows.id
	var fields []pipeline.Field
	if two {
		fields = append(fields, pipeline.Field{Name: "file", Type: pipeline.String})
	}
	fields = append(fields, pipeline.Field{Name: "row", Type: pipeline.Int})
	if id != "" {
		fields = append(fields, pipeline.Field{Name: "id", Type: pipeline.String})
	}
	idType := pipeline.Int
	if ids != nil {
		idType = pipeline.String
	}
	fields = append(fields, pipeline.Field{Name: "cluster_id", Type: idType}, pipeline.Field{Name: "tie", Type: pipeline.Float},
		pipeline.Field{Name: "weakest_tie", Type: pipeline.Float}, pipeline.Field{Name: "best_guess_id", Type: pipeline.Int})
	sure, best := numbered(r.Clusters), numbered(r.Best)
	ties := tiesOf(r)
	return writeBatches(ctx, f.out, pipeline.MustSchema(fields...), f.guard, m.rows.table.Len(), func(i int, columns []*pipeline.ColumnBuilder) {
		row := int32(i)
		next := func() *pipeline.ColumnBuilder {
			c := columns[0]
			columns = columns[1:]
			return c
		}
		if two {
			next().AppendString(m.rows.files[m.rows.fileOf[row]])
		}
		next().AppendInt(int64(m.rows.line(row)))
		if id != "" {
			appendText(next(), m.rows.text(row, id))
		}
		if ids != nil {
			next().AppendString(ids[row])
		} else {
			next().AppendInt(int64(sure[row]))
		}
		appendTie(next(), ties.row[row])
		appendTie(next(), ties.weakest[r.Clusters[row]])
		next().AppendInt(int64(best[row]))
	})
}

func appendText(c *pipeline.ColumnBuilder, s string) {
	if s == "" {
		c.AppendNull()
	} else {
		c.AppendString(s)
	}
}

func appendTie(c *pipeline.ColumnBuilder, p float64) {
	if p == 0 {
		c.AppendNull()
	} else {
		c.AppendFloat(rounded(p))
	}
}

// numbered gives clusters numbers from 1, in the order of their first rows.
func numbered(first []int32) []int32 {
	out, of, next := make([]int32, len(first)), make([]int32, len(first)), int32(0)
	for i, f := range first {
		if of[f] == 0 {
			next++
			of[f] = next
		}
		out[i] = of[f]
	}
	return out
}

// runText says what came of a run.
func (m *matching) runText(f matchRunFlags, r *linkage.Result, kept *matchMemory) string {
	var b strings.Builder
	m.writeHead(&b, r)
	b.WriteString(kept.text(r))
	clusters, joined, largest := clusterCounts(r.Clusters)
	fmt.Fprintf(&b, "clusters   %s, %s of two or more rows, at most %s\n", number(clusters), number(joined), number(largest))
	guessed, _, _ := clusterCounts(r.Best)
	fmt.Fprintf(&b, "best guess %s\n", plural(guessed, "cluster", "clusters"))
	fmt.Fprintf(&b, "questions  %s", number(len(r.Questions)))
	if left := r.Report.QuestionsLeft; left > 0 {
		fmt.Fprintf(&b, ", and %s more that were too many", number(left))
	}
	if f.questions != "" {
		fmt.Fprintf(&b, ", in %s", oneLine(f.questions))
	} else if len(r.Questions) > 0 {
		b.WriteString("; --questions FILE writes them")
	}
	b.WriteByte('\n')
	for _, n := range r.Report.Notes {
		fmt.Fprintf(&b, "note       %s\n", oneLine(n))
	}
	fmt.Fprintf(&b, "wrote %s\n", oneLine(f.out))
	return b.String()
}

// writeHead says what was compared and how it was weighed.
func (m *matching) writeHead(b *strings.Builder, r *linkage.Result) {
	for i, line := range m.columnLines() {
		head := "compared  "
		if i > 0 {
			head = "          "
		}
		fmt.Fprintf(b, "%s %s\n", head, strings.TrimRight(line, " "))
	}
	if skipped := m.skippedLine(); skipped != "" {
		fmt.Fprintf(b, "left out   %s\n", skipped)
	}
	fmt.Fprintf(b, "weights    %s\n", oneLine(r.Report.WeightsWhy))
	n := m.rows.table.Len()
	fmt.Fprintf(b, "pairs      %s compared", number(r.Report.Pairs))
	if n > 0 {
		fmt.Fprintf(b, ", %.1f for each row", float64(r.Report.Pairs)/float64(n))
	}
	b.WriteByte('\n')
	if r.Report.Recall < 1 {
		fmt.Fprintf(b, "           %s\n", recallText(r.Report.Recall))
	}
}

// clusterCounts counts clusters, those of two or more rows, and the rows of the
// largest.
func clusterCounts(first []int32) (clusters, joined, largest int) {
	sizes := make([]int, len(first))
	for _, f := range first {
		sizes[f]++
	}
	for _, s := range sizes {
		if s > 0 {
			clusters++
		}
		if s > 1 {
			joined++
		}
		largest = max(largest, s)
	}
	return clusters, joined, largest
}
