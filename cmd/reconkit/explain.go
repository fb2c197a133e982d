package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// explainFlags are the flags of explain.
type explainFlags struct {
	model, row, key, plan string
	pair, field           string
	format, now           string
	offline, full         bool
}

func (a *app) explainCommand() *cobra.Command {
	var f explainFlags
	c := &cobra.Command{
		Use:   "explain FILE --row people.csv:17",
		Short: "Tell the whole life of one row, from its cells to the change in the target",
		Long: `explain shows what was read, what each expression and each of its parts gave,
what each rule said, which rows the record was joined with and why, which record
of the target it is, and what a plan would change. Nothing is written.

When the target cannot be asked, the rest is shown, and what was left out is
said. The command reads every source of the model, to find the other rows of the
record; with --plan it takes them from a plan that was made before.

With --field it tells of one field alone: what its expression gave, which row's
value survives and which give way, what was written to the target before and what
that shows now, and whether it changes.

With --pair it tells of two records instead: why they are one contact, or are
not. The other one is a row, or #ID, a record of the target.`,
		Example: `  reconkit explain pipeline.yaml --row people.csv:17
  reconkit explain pipeline.yaml --key email=anna@example.com
  reconkit explain pipeline.yaml --key people.Name="Anna Weber" --offline
  reconkit explain pipeline.yaml --row people.csv:17 --plan today.rkplan
  reconkit explain pipeline.yaml --key email=anna@example.com --field phone
  reconkit explain pipeline.yaml --row people.csv:17 --pair crm.csv:4`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), args[0], f) },
	}
	a.pipelineFlags(c)
	c.Flags().StringVar(&f.row, "row", "", "the row: FILE:LINE, SOURCE:ID, or SOURCE:PAGE/ROW of an API")
	c.Flags().StringVar(&f.key, "key", "", "the rows with a value: FIELD=VALUE of the mapped record, or SOURCE.COLUMN=VALUE")
	c.Flags().StringVar(&f.pair, "pair", "", "why the row and this one are one contact, or are not: a row as for --row, or #ID of the target")
	c.Flags().StringVar(&f.field, "field", "", "tell of this field of the record alone: its expression, rules, the value that survives, what was written before, and what becomes of it")
	c.Flags().StringVar(&f.model, "model", "", "the model; without it every model that reads the row")
	c.Flags().StringVar(&f.plan, "plan", "", "take cluster and change from this plan instead of making one")
	a.identityFlag(c)
	c.Flags().BoolVar(&f.offline, "offline", false, "do not ask the target: mapping, rules and duplicates alone")
	c.Flags().BoolVar(&f.full, "full", false, "show values in full length")
	c.Flags().StringVar(&f.format, "format", "text", "text or json")
	c.Flags().StringVar(&a.statePath, "state", "", "file of the memory of earlier runs (default: as the pipeline says, or "+stateDefault+" beside it)")
	c.Flags().StringVar(&f.now, "now", "", "time of the run, RFC 3339, instead of the clock")
	for _, other := range []string{"key", "plan", "model", "field"} {
		c.MarkFlagsMutuallyExclusive("pair", other)
	}
	return c
}

func (a *app) explain(ctx context.Context, path string, f explainFlags) error {
	query, err := f.query()
	if err != nil {
		return err
	}
	now, err := runTime(f.now)
	if err != nil {
		return err
	}
	if f.plan != "" {
		if query.Plan, err = a.readPlan(f.plan); err != nil {
			return err
		}
	}
	given := a.statePath != ""
	p, err := a.loadExplained(ctx, path, f, now, &query)
	if err != nil {
		return err
	}
	if query.Plan != nil && query.Plan.Header.Fingerprint != p.Fingerprint {
		fmt.Fprintf(a.stderr, "warning: %s was made from another version of the pipeline\n", f.plan)
	}
	if !given {
		a.statePath = statePlace(filepath.Dir(path), p.State)
	}
	opt := pipeline.Options{Now: now, Version: version, Progress: a.progress.step, Log: a.log}
	if query.Without == "" && query.Plan == nil {
		if err := a.remember(ctx, &opt); err != nil {
			return err
		}
	}
	if f.pair != "" {
		return a.explainPair(ctx, path, p, opt, f)
	}
	told, err := dsl.Explain(ctx, p, query, opt)
	a.progress.end()
	if err != nil {
		return err
	}
	if f.format == "json" {
		e := diag.JSONEncoder(a.stdout)
		e.SetIndent("", "  ")
		return e.Encode(told)
	}
	v := &explainView{full: f.full, colour: a.colour(a.stdout), only: f.field}
	v.explanation(told)
	_, err = a.stdout.Write([]byte(v.b.String()))
	return err
}

// query is what the flags ask for.
func (f explainFlags) query() (dsl.ExplainQuery, error) {
	q := dsl.ExplainQuery{Model: f.model, Row: f.row, Only: f.field}
	switch {
	case f.format != "text" && f.format != "json":
		return q, fmt.Errorf("--format is text or json, not %q", f.format)
	case (f.row == "") == (f.key == ""):
		return q, errors.New("say which row: --row people.csv:17, or --key email=anna@example.com")
	case f.key == "":
		return q, nil
	}
	name, value, ok := strings.Cut(f.key, "=")
	if !ok || name == "" {
		return q, fmt.Errorf("--key %s: write FIELD=VALUE", diag.Shorten(f.key, 60))
	}
	q.Field, q.Value = name, value
	return q, nil
}

// loadExplained loads the pipeline with its targets where they are wanted and
// can be had, and says in the query why they are left out.
func (a *app) loadExplained(ctx context.Context, path string, f explainFlags, now time.Time, query *dsl.ExplainQuery) (*pipeline.Pipeline, error) {
	load := func(sourcesOnly bool) (*pipeline.Pipeline, diag.List, error) {
		return a.load(ctx, path, func(h *dsl.Host) {
			h.SourcesOnly = sourcesOnly
			if f.now != "" {
				h.Now = func() time.Time { return now }
			}
		})
	}
	switch {
	case f.offline:
		query.Without = "--offline"
	case f.plan != "":
		query.Without = "the plan is read instead"
	}
	if query.Without != "" {
		p, _, err := load(true)
		return p, err
	}
	p, found, err := load(false)
	if err == nil {
		return p, nil
	}
	p, _, again := load(true)
	if again != nil {
		return nil, err // not because of the target
	}
	for _, d := range found {
		if d.Severity == diag.Error {
			query.Without = fmt.Sprintf("%s: %s", d.Pos, d.Message)
			break
		}
	}
	return p, nil
}
