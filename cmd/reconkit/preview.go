package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Limits on the number of rows that preview shows and reads at a time.
const (
	previewRowsMax    = 1000 // rows of each source
	previewBatchLeast = 64   // rows
)

// previewFlags are the flags of preview.
type previewFlags struct {
	model, format string
	rows          int
	watch         bool
}

func (a *app) previewCommand() *cobra.Command {
	var f previewFlags
	c := &cobra.Command{
		Use:   "preview FILE",
		Short: "Show the first rows of each source beside the records that they become",
		Long: `preview reads the first rows of each source of a model and shows them beside the
records that they become, or the reason for which they are rejected. It stops
reading when it has enough, also in the middle of the list of an API; lookups are
read whole.

Rules over the whole model, such as unique, are not run, no duplicates are
joined, and no target is asked.`,
		Example: `  reconkit preview pipeline.yaml
  reconkit preview pipeline.yaml --model contacts -n 5
  reconkit preview pipeline.yaml --watch`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.preview(cmd.Context(), args[0], f) },
	}
	a.pipelineFlags(c)
	c.Flags().StringVar(&f.model, "model", "", "the model to show; may be left out when there is one")
	c.Flags().IntVarP(&f.rows, "rows", "n", dsl.PreviewRowsDefault, "rows of each source to show")
	c.Flags().StringVar(&f.format, "format", "text", "text or json")
	c.Flags().BoolVar(&f.watch, "watch", false, "run again whenever a file changes, until interrupted")
	return c
}

func (a *app) preview(ctx context.Context, path string, f previewFlags) error {
	switch {
	case f.format != "text" && f.format != "json":
		return fmt.Errorf("--format is text or json, not %q", f.format)
	case f.rows < 1 || f.rows > previewRowsMax:
		return fmt.Errorf("-n is 1 to %d rows, not %d", previewRowsMax, f.rows)
	case f.watch && f.format != "text":
		return fmt.Errorf("--watch goes with --format text")
	}
	run := func() error { return a.runPreview(ctx, path, f) }
	if !f.watch {
		return run()
	}
	reg, err := registry()
	if err != nil {
		return err
	}
	host, err := a.host()
	if err != nil {
		return err
	}
	return a.watch(ctx, func() []string { return dsl.Inputs(path, reg, host) }, run)
}

func (a *app) runPreview(ctx context.Context, path string, f previewFlags) error {
	p, found, err := a.load(ctx, path, func(h *dsl.Host) {
		h.SourcesOnly = true
		if h.BatchRows == 0 {
			h.BatchRows = min(max(f.rows, previewBatchLeast), pipeline.BatchRowsDefault)
		}
	})
	if err != nil {
		return err
	}
	a.warn(found)
	m, err := modelNamed(p, f.model)
	if err != nil {
		return err
	}
	out, err := dsl.Preview(ctx, m, dsl.PreviewOptions{Rows: f.rows, Now: time.Now()})
	if err != nil {
		return err
	}
	a.progress.end()
	if f.format == "json" {
		e := diag.JSONEncoder(a.stdout)
		return e.Encode(previewJSONOf(m, out))
	}
	_, err = io.WriteString(a.stdout, previewText(m, out, a.textColumns(), painter(a.colour(a.stdout))))
	return err
}

// The stable form of a preview for programs; docs/testing.md describes it.
type (
	previewJSON struct {
		Model    string              `json:"model"`
		Sources  []previewSourceJSON `json:"sources"`
		Warnings []diag.Finding      `json:"warnings,omitempty"`
		NotRun   []string            `json:"not_run"`
	}
	previewSourceJSON struct {
		Source  string           `json:"source"`
		Rows    []previewRowJSON `json:"rows"`
		LeftOut int              `json:"left_out"`
		Ended   bool             `json:"ended"`
	}
	previewRowJSON struct {
		Origin   pipeline.Origin `json:"origin"`
		Cells    map[string]any  `json:"cells"`
		Record   map[string]any  `json:"record"`
		Rejected *diag.Finding   `json:"rejected,omitempty"`
		Also     pipeline.Also   `json:"also,omitzero"` // what else is wrong with a rejected row
		Warnings []diag.Finding  `json:"warnings,omitempty"`
	}
)

func previewJSONOf(m *pipeline.Model, out *dsl.PreviewResult) previewJSON {
	p := previewJSON{Model: m.Name, Sources: []previewSourceJSON{}, Warnings: out.Warnings, NotRun: notRun(out)}
	for _, s := range out.Sources {
		x := previewSourceJSON{Source: s.Name, Rows: []previewRowJSON{}, LeftOut: s.LeftOut, Ended: s.Ended}
		for _, r := range s.Rows {
			y := previewRowJSON{Origin: r.Origin, Cells: recordJSON(r.Row), Record: recordJSON(r.Record), Warnings: r.Warnings}
			if r.Rejected != nil {
				y.Rejected, y.Also = &r.Rejected.Finding, r.Rejected.Also
			}
			x.Rows = append(x.Rows, y)
		}
		p.Sources = append(p.Sources, x)
	}
	return p
}

// recordJSON is the values of a record by name, nulls included; nil for none.
func recordJSON(r pipeline.Record) map[string]any {
	if r.Batch == nil {
		return nil
	}
	values := make(map[string]any, r.Batch.Schema().Len())
	for i, name := range r.Batch.Schema().Names() {
		values[name] = plainJSON(r.Value(i))
	}
	return values
}

// notRun is what a plan does beyond a preview.
func notRun(out *dsl.PreviewResult) []string {
	list := []string{"matching of duplicates and of the target"}
	if out.Whole {
		list = append([]string{"rules over the whole model, such as unique"}, list...)
	}
	return list
}
