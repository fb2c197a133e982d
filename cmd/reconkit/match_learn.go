package main

import (
	"context"
	"fmt"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline/diag"
)

func (a *app) matchLearnCommand() *cobra.Command {
	var now string
	c := &cobra.Command{
		Use:   "learn PIPELINE",
		Short: "Learn how much agreements mean, and pin it for later plans",
		Long: `learn matches the records of a pipeline as plan does, and writes what they teach
about the weights of the evidence to the file that weights: of the model names.
From then on plans weigh by that file, on every machine that has it. Without it
they weigh by what the state file remembers of an earlier apply, or learn. Learn
again when the lists have changed much, and read the next plan with care.

Of records that are too few, or that do not tell, nothing is written: the shipped
weights are used then, which do not change.`,
		Example: `  reconkit match learn pipeline.yaml`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.matchLearn(cmd.Context(), args[0], now) },
	}
	a.pipelineFlags(c)
	c.Flags().StringVar(&a.statePath, "state", "", "file of the memory of earlier runs (default: as the pipeline says, or "+stateDefault+" beside it)")
	c.Flags().StringVar(&now, "now", "", "time of the run, RFC 3339, instead of the clock")
	return c
}

func (a *app) matchLearn(ctx context.Context, path, at string) error {
	now, err := runTime(at)
	if err != nil {
		return err
	}
	p, opt, err := a.loadRun(ctx, path, now, at != "")
	if err != nil {
		return err
	}
	r, err := dsl.NewReview(path, p)
	if err != nil {
		return err
	}
	if without := r.WithoutWeights(); len(without) > 0 {
		return fmt.Errorf("model %s has no file for its weights; add weights: weights.json to its dedupe section", diag.Printable(without[0]))
	}
	learned, err := r.Learn(ctx, opt)
	a.progress.end()
	if err != nil {
		return err
	}
	if len(learned) == 0 {
		return fmt.Errorf("no model of %s joins records; add dedupe: to a model", path)
	}
	for _, m := range learned {
		if err := a.pinWeights(m); err != nil {
			return err
		}
	}
	return nil
}

// pinWeights writes what one model has taught, and says so.
func (a *app) pinWeights(m dsl.ModelWeights) error {
	model, why := diag.Printable(m.Model), diag.Printable(m.Why)
	if !m.Trusted {
		fmt.Fprintf(a.stdout, "%s: nothing was written; %s\n", model, why)
		return nil
	}
	text, err := m.Weights.JSON()
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(m.File, text, 0o644); err != nil {
		return fmt.Errorf("write the weights: %w", err)
	}
	fmt.Fprintf(a.stdout, "%s: %s; written to %s\n", model, why, m.File)
	return nil
}
