package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/state"
)

// matchStateFlags say what is remembered from run to run.
type matchStateFlags struct {
	state, stateName, givenUp string
	relearn                   bool
}

func (f *matchStateFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.state, "state", "", "file that remembers the clusters and the weights, so that the next run gives the same ids and decides alike")
	flags.StringVar(&f.stateName, "state-name", "", "name under which --state remembers them; left out: the names of the files, without their folders")
	flags.BoolVar(&f.relearn, "relearn", false, "learn the weights anew and remember them in --state; the ids stay")
	flags.StringVar(&f.givenUp, "given-up", "", "file for the ids that --state remembers as given up, and those that took their place")
}

func (f *matchRunFlags) checkState() error {
	if f.state != "" {
		if f.weights != "" {
			return errors.New("--state and --weights both say how to weigh; give one of them")
		}
		return nil
	}
	for _, x := range []struct {
		flag string
		set  bool
	}{{"--state-name", f.stateName != ""}, {"--relearn", f.relearn}, {"--given-up", f.givenUp != ""}} {
		if x.set {
			return fmt.Errorf("%s needs --state FILE", x.flag)
		}
	}
	return nil
}

// matchMemory is what --state remembers of some files. A nil one remembers
// nothing.
type matchMemory struct {
	path, of string
	store    *state.Store
	run      int              // so many were remembered when this one began
	weights  *linkage.Weights // nil: none are remembered, or they are learned anew
	learned  time.Time
	before   *pipeline.ClusterIDs
	after    *pipeline.ClusterIDs
	named    *linkage.Naming
}

// recallMatch opens the file of --state, if any. Remembered weights set the
// columns of the run, where no others are given.
func (a *app) recallMatch(ctx context.Context, files []string, f *matchRunFlags) (*matchMemory, error) {
	if f.state == "" {
		return nil, nil
	}
	r := &matchMemory{path: f.state, of: f.stateName}
	if r.of == "" {
		var names []string
		for _, name := range files {
			names = append(names, filepath.Base(name))
		}
		r.of = strings.Join(names, " ")
	}
	a.statePath = f.state
	store, err := a.state(ctx)
	if err != nil {
		return nil, err
	}
	r.store = store
	if r.run, err = store.ClusterRun(ctx, r.of); err != nil {
		return nil, err
	}
	if f.relearn {
		return r, nil
	}
	pinned, err := store.Weights(ctx, r.of)
	if err != nil || pinned == nil {
		return r, err
	}
	r.learned = pinned.Learned
	if r.weights, err = linkage.ParseWeights(pinned.Text); err != nil {
		return nil, fmt.Errorf("--state %s: %w; --relearn replaces them", f.state, err)
	}
	if len(f.columns) == 0 {
		for _, c := range r.weights.Columns {
			f.columns = append(f.columns, c.Name+"="+c.Kind.String())
		}
	}
	return r, nil
}

// pin makes the run weigh as the last one did.
func (r *matchMemory) pin(m *matching) error {
	if r == nil || r.weights == nil {
		return nil
	}
	if !slices.Equal(r.weights.Columns, m.config.Columns) {
		return fmt.Errorf("--state %s: its weights were learned for other columns than those of --columns; leave out --columns, or add --relearn", r.path)
	}
	m.config.Weights = r.weights
	return nil
}

// name gives the clusters of a result their ids. What is remembered of them is read
// only now: it takes as much room as the rows, which matching needs.
func (r *matchMemory) name(ctx context.Context, m *matching, result *linkage.Result) (err error) {
	if r == nil {
		return nil
	}
	if r.before, err = r.store.ClusterIDs(ctx, r.of); err != nil {
		return err
	}
	if r.before.Run != r.run {
		return r.refused(pipeline.ErrOvertaken)
	}
	r.named, r.after, err = linkage.NameClusters(r.before, m.rows.keys(), result.Clusters)
	return err
}

// ids are the ids of the clusters by row, or nil.
func (r *matchMemory) ids() []string {
	if r == nil {
		return nil
	}
	return r.named.IDs
}

// save remembers the run.
func (r *matchMemory) save(ctx context.Context, result *linkage.Result) error {
	if r == nil {
		return nil
	}
	if err := r.store.SaveClusterIDs(ctx, r.of, r.after.Since(r.before)); err != nil {
		return r.refused(err)
	}
	if r.weights != nil || !result.Report.Learned {
		return nil
	}
	text, err := result.RunWeights().JSON()
	if err != nil {
		return fmt.Errorf("--state %s: %w", r.path, err)
	}
	if err := r.store.SaveWeights(ctx, r.of, pipeline.PinnedWeights{Text: text, Learned: time.Now()}); err != nil {
		return fmt.Errorf("--state %s: %w", r.path, err)
	}
	return nil
}

// refused says which file does not remember the run, and what to do.
func (r *matchMemory) refused(err error) error {
	if errors.Is(err, pipeline.ErrOvertaken) {
		return fmt.Errorf("--state %s: %w; run again", r.path, err)
	}
	return fmt.Errorf("--state %s: %w", r.path, err)
}

// grownMax is how many times as many rows as the weights were learned from there
// may be before it is said that learning them anew may be worth it.
const grownMax = 2

// text says what changed since the last run.
func (r *matchMemory) text(result *linkage.Result) string {
	if r == nil {
		return ""
	}
	var b strings.Builder
	switch {
	case r.weights != nil:
		fmt.Fprintf(&b, "learned    %s, as %s remembers\n", r.learned.UTC().Format("2006-01-02 15:04 MST"), shown(r.path))
		if now := result.Report.Records; now > grownMax*r.weights.Records {
			fmt.Fprintf(&b, "           from %s rows; there are %s now, and --relearn learns from them\n", number(r.weights.Records), number(now))
		}
	case result.Report.Learned:
		fmt.Fprintf(&b, "learned    now, and remembered in %s\n", shown(r.path))
	}
	n := r.named
	if r.before.Run == 0 {
		fmt.Fprintf(&b, "state      the first run: all ids are new\n")
		return b.String()
	}
	fmt.Fprintf(&b, "state      run %s: %s new, %s joined, %s split off, %s gone", number(r.after.Run),
		number(len(n.New)), number(len(n.GaveUp)), number(len(n.Split)), number(len(n.Gone)))
	if len(n.Grown) > 0 {
		fmt.Fprintf(&b, "; %s new rows", plural(len(n.Grown), "cluster got", "clusters got"))
	}
	b.WriteByte('\n')
	for i, c := range n.GaveUp {
		if i == givenUpShownMax {
			fmt.Fprintf(&b, "           and %s more; --given-up FILE writes them\n", number(len(n.GaveUp)-i))
			break
		}
		fmt.Fprintf(&b, "           %s is %s now\n", c.ID, c.Into)
	}
	return b.String()
}

// givenUpShownMax is how many ids that were given up are printed.
const givenUpShownMax = 5

// writeGivenUp writes all ids that were ever given up.
func (r *matchMemory) writeGivenUp(ctx context.Context, f matchRunFlags) error {
	if f.givenUp == "" {
		return nil
	}
	var all []pipeline.ClusterID
	for _, c := range r.after.IDs {
		if c.Into != "" {
			all = append(all, c)
		}
	}
	schema := pipeline.MustSchema(pipeline.Field{Name: "given_up", Type: pipeline.String}, pipeline.Field{Name: "cluster_id", Type: pipeline.String})
	return writeBatches(ctx, f.givenUp, schema, f.guard, len(all), func(i int, columns []*pipeline.ColumnBuilder) {
		columns[0].AppendString(all[i].ID)
		columns[1].AppendString(all[i].Into)
	})
}

// keys are what makes each row the same row in the next run: the place of its
// file among those of the command with its id or, where it has none, with what it
// holds.
func (r *matchRows) keys() []string {
	keys := make([]string, 0, r.table.Len())
	names := slices.Sorted(slices.Values(r.table.Schema().Names()))
	columns := make([]*pipeline.Column, len(names))
	var held []byte
	for _, b := range r.table.Batches() {
		ids := b.ColumnOf(r.id)
		for c, name := range names {
			columns[c] = b.ColumnOf(name)
		}
		for row := range b.Len() {
			file := ""
			if len(r.files) > 1 {
				file = fmt.Sprintf("%d:", r.fileOf[len(keys)]+1)
			}
			if ids != nil && !ids.IsNull(row) && ids.Str(row) != "" {
				keys = append(keys, file+"id:"+ids.Str(row))
				continue
			}
			held = appendHeld(held[:0], names, columns, row)
			sum := sha256.Sum256(held)
			keys = append(keys, file+"row:"+hex.EncodeToString(sum[:contentKeyBytes]))
		}
	}
	return keys
}

// contentKeyBytes is how much of the hash of what a row holds makes its key.
const contentKeyBytes = 16

// appendHeld adds what a row holds by the names of its columns, so that no two rows
// that hold other values add the same. State files remember hashes of it: it must
// not change.
func appendHeld(held []byte, names []string, columns []*pipeline.Column, row int) []byte {
	text := func(s string, end byte) {
		held = strconv.AppendInt(held, int64(len(s)), 10)
		held = append(append(append(held, ':'), s...), end)
	}
	for c, name := range names {
		if !columns[c].IsNull(row) {
			text(name, '=')
			text(columns[c].Str(row), ';')
		}
	}
	return held
}
