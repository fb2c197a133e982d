package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/review"
)

// historyFlags are those of the history commands.
type historyFlags struct {
	format string
	all    bool
}

func (f *historyFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.format, "format", "text", "text or json")
	c.Flags().BoolVar(&f.all, "all", false, "show everything, however much there is")
}

func (f *historyFlags) check() error {
	if f.format != "text" && f.format != "json" {
		return fmt.Errorf("--format is text or json, not %q", f.format)
	}
	return nil
}

func (a *app) historyCommand() *cobra.Command {
	var f historyFlags
	c := &cobra.Command{
		Use:   "history",
		Short: "List what was applied, when, and what became of it",
		Long: `history lists the runs of apply that are remembered, the newest first: when each
began, how it ended, what became of its changes, and of which plan it was. A run that
has not ended is at work or was cut off; apply --resume goes on with its plan. history show tells one run change
by change, history diff compares two, and undo takes one back.`,
		Example: `  reconkit history
  reconkit history show latest
  reconkit history diff 20260301T093000Z-1f2e3d4c latest`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.history(cmd.Context(), f) },
	}
	c.PersistentFlags().StringVar(&a.statePath, "state", "", "file of the memory of earlier runs (default: "+stateDefault+" in this folder)")
	f.register(c)
	c.AddCommand(a.historyShowCommand(), a.historyDiffCommand())
	return c
}

func (a *app) history(ctx context.Context, f historyFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	if err := a.existingState(); err != nil {
		return err
	}
	s, err := a.state(ctx)
	if err != nil {
		return err
	}
	runs, err := s.Runs(ctx)
	if err != nil {
		return err
	}
	if f.format == "text" {
		return review.HistoryText(a.stdout, runs, review.Options{Colour: a.colour(a.stdout), All: f.all})
	}
	list := make([]review.Run, 0, len(runs))
	for _, r := range slices.Backward(runs) {
		list = append(list, review.Run{RunSummary: r})
	}
	return review.HistoryJSON(a.stdout, list)
}

func (a *app) historyShowCommand() *cobra.Command {
	var f historyFlags
	c := &cobra.Command{
		Use:   "show RUN|latest",
		Short: "Tell one run change by change",
		Long: `show tells what a run wrote, and who agreed to it: each change with the values before and after, the rows
that they came from, and what became of it; and each change of the plan that it did not
write, such as one that was refused or whose record had changed, with the reason.`,
		Example: `  reconkit history show latest
  reconkit history show 20260301T093000Z-1f2e3d4c --all
  reconkit history show 20260301T093000Z-1f2e3d4c --format json | jq '.runs[].changes[].id'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			runs, err := a.runsNamed(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if f.format == "json" {
				return review.HistoryJSON(a.stdout, runs)
			}
			return review.RunText(a.stdout, runs, review.Options{Colour: a.colour(a.stdout), All: f.all})
		},
	}
	f.register(c)
	return c
}

func (a *app) historyDiffCommand() *cobra.Command {
	var f historyFlags
	c := &cobra.Command{
		Use:   "diff RUN1 RUN2",
		Short: "Compare what two runs wrote",
		Long: `diff compares what two runs wrote, record by record: what only one of them touched,
and for records that both wrote each field with the value of either.`,
		Example: `  reconkit history diff 20260301T093000Z-1f2e3d4c 20260308T093000Z-5a6b7c8d
  reconkit history diff 20260301T093000Z-1f2e3d4c latest --format json`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			first, err := a.runsNamed(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			second, err := a.runsNamed(cmd.Context(), args[1])
			if err != nil {
				return err
			}
			d := review.DiffRuns(first, second)
			if f.format == "json" {
				return encodeJSON(a, d)
			}
			return review.RunsDiffText(a.stdout, pipeline.ApplyOf(first[0].ID), pipeline.ApplyOf(second[0].ID), d, review.Options{Colour: a.colour(a.stdout), All: f.all})
		},
	}
	f.register(c)
	return c
}

// latestRun names the newest run.
const latestRun = "latest"

// runOf is the name of a run as a person may give it.
func runOf(all []pipeline.RunSummary, name string) (string, error) {
	switch {
	case name != latestRun:
		return name, nil
	case len(all) == 0:
		return "", errors.New("there is no latest run: nothing was applied yet")
	default:
		return pipeline.ApplyOf(all[len(all)-1].ID), nil
	}
}

// runsNamed are the runs of an apply with what they wrote.
func (a *app) runsNamed(ctx context.Context, name string) ([]review.Run, error) {
	if err := a.existingState(); err != nil {
		return nil, err
	}
	s, err := a.state(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Runs(ctx)
	if err != nil {
		return nil, err
	}
	name, err = runOf(all, name)
	if err != nil {
		return nil, err
	}
	var runs []review.Run
	for _, r := range pipeline.RunsOf(all, name) {
		calls, outcomes, err := s.RunCalls(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		runs = append(runs, review.Run{RunSummary: r, Written: pipeline.Written(calls, outcomes), Unwritten: pipeline.Unwritten(calls, outcomes)})
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("there is no run %s in %s; reconkit history lists them", diag.Shorten(name, 60), a.statePath)
	}
	return runs, nil
}

// undoFlags are the flags that undo alone has.
type undoFlags struct {
	deleteCreated bool
	limits        []string
}

// limitNames are the limits of a sink on what is written, as they are listed.
var limitNames = [...]string{"create", "update", "delete", "blank"}

// limitsOf reads what --limit names.
func (u undoFlags) limitsOf() (map[string]pipeline.Limit, error) {
	limits := map[string]pipeline.Limit{}
	for _, text := range u.limits {
		name, value, ok := strings.Cut(text, "=")
		switch {
		case !ok:
			return nil, fmt.Errorf("--limit %s: write NAME=LIMIT, such as delete=10 or delete=5%%", shown(text))
		case !slices.Contains(limitNames[:], name):
			return nil, fmt.Errorf("--limit %s: the limits are create, update, delete and blank", shown(text))
		}
		limit, err := pipeline.ParseLimit(value)
		if err != nil {
			return nil, fmt.Errorf("--limit %s: %w", shown(text), err)
		}
		limits[name] = limit
	}
	return limits, nil
}

func (a *app) undoCommand() *cobra.Command {
	var f planFlags
	var u undoFlags
	c := &cobra.Command{
		Use:   "undo RUN|latest",
		Short: "Make a plan that takes back what a run wrote",
		Long: `undo makes a plan that takes back what a run wrote, as far as it is still ours. A
field that still shows what the run wrote gets the value that was there before; a
record that the run created is deleted, if the policy of its sink allows that or with
--delete-created; one that it deleted is created again, under a new id. What somebody,
or a later run, has changed since is listed with what became of it, and left alone.

The limits of the sink as they were when the run was applied hold for its undo, too;
--limit sets another one for this undo, whatever the pipeline says by now.

The plan is reviewed with show and carried out with apply, like any other. The next
plan of the pipeline plans anew what its sources still say.`,
		Example: `  reconkit history
  reconkit undo 20260301T093000Z-1f2e3d4c -o undo.rkplan
  reconkit undo latest -o undo.rkplan --delete-created
  reconkit undo latest -o undo.rkplan --limit delete=10
  reconkit apply undo.rkplan`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.undo(cmd.Context(), args[0], f, u)
		},
	}
	c.Flags().StringVar(&a.statePath, "state", "", "file of the memory of earlier runs (default: "+stateDefault+" in this folder)")
	c.Flags().StringVarP(&f.out, "out", "o", "", "file to keep the plan in, for show and apply")
	a.encryptFlag(c)
	c.Flags().DurationVar(&f.valid, "valid-for", pipeline.ValidDefault, "how long the plan may be applied")
	c.Flags().StringVar(&f.format, "format", "text", "text or json")
	c.Flags().BoolVar(&f.all, "all", false, "show every change, however many there are")
	c.Flags().BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 2 when there are changes, 3 when something is left alone")
	c.Flags().BoolVar(&u.deleteCreated, "delete-created", false, "delete what the run created, though its policy did not allow to delete")
	c.Flags().StringArrayVar(&u.limits, "limit", nil, "instead of a limit under which the run was applied: NAME=LIMIT, such as delete=10 or delete=5%; may be given often")
	return c
}

func (a *app) undo(ctx context.Context, run string, f planFlags, u undoFlags) error {
	if f.format != "text" && f.format != "json" {
		return fmt.Errorf("--format is text or json, not %q", f.format)
	}
	if f.out != "" {
		if err := checkPlanOut(f.out); err != nil {
			return err
		}
	}
	if f.out == "" && len(a.recipients) > 0 {
		return errors.New("--encrypt-to needs -o FILE")
	}
	if err := checkValid(f.valid); err != nil {
		return err
	}
	if _, err := a.recipientsOf(); err != nil {
		return err
	}
	limits, err := u.limitsOf()
	if err != nil {
		return err
	}
	if err := a.existingState(); err != nil {
		return err
	}
	memory, err := a.state(ctx)
	if err != nil {
		return err
	}
	all, err := memory.Runs(ctx)
	if err != nil {
		return err
	}
	if run, err = runOf(all, run); err != nil {
		return err
	}
	reg, err := registry()
	if err != nil {
		return err
	}
	host, err := a.host()
	if err != nil {
		return err
	}
	// Apply finds the memory from the folder of the connection; that of the first
	// binding may be another one than this.
	place, err := filepath.Abs(a.statePath)
	if err != nil {
		return err
	}
	p, undoErr := pipeline.Undo(ctx, pipeline.UndoOptions{Run: run, State: memory, DeleteCreated: u.deleteCreated, Limits: limits, Now: time.Now(), Valid: f.valid, Version: version, Place: place, Progress: a.progress.step,
		Open: func(ctx context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
			return dsl.OpenTarget(ctx, reg, host, b)
		}})
	a.progress.end()
	var limit *pipeline.LimitError
	switch {
	case undoErr == nil:
		err = a.keepUndo(p, f, run)
	case p != nil && errors.As(undoErr, &limit):
		err = a.keepStopped(p, f)
	default:
		return undoErr
	}
	return errors.Join(err, undoErr)
}

// undoOutDefault is the name that is proposed for the plan of an undo.
const undoOutDefault = "undo.rkplan"

// keepUndo writes the plan of an undo to its file, if it has one, and shows it.
func (a *app) keepUndo(p *pipeline.Plan, f planFlags, run string) error {
	if f.out != "" {
		if err := a.writePlan(f.out, p); err != nil {
			return err
		}
	}
	if f.format == "json" {
		if err := review.JSON(a.stdout, p); err != nil {
			return err
		}
		return detailed(p, f.detailed)
	}
	var next nextStep
	switch {
	case len(p.Changes) == 0:
	case f.out == "":
		a.typed.args = []string{run}
		next = a.keepFirst(undoOutDefault)
	default:
		next = a.applyStep(p, f.out, "", "")
	}
	if err := a.showText(p, f, next); err != nil {
		return err
	}
	return detailed(p, f.detailed)
}
