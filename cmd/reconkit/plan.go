package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/review"
	"github.com/reconkit/reconkit/sinks/file"
)

// planFlags are the flags of plan.
type planFlags struct {
	out, format, rejects string
	detailed, all        bool
	values               bool
	relearn, full        bool
	form                 file.RejectsForm
	now                  string
	approve              approveFlags
	approvals            string // of an earlier plan
	askAgain, firstRun   bool
	where                string
	of                   int // changes of the plan, also those that where leaves out
	valid                time.Duration
	undecided            string // a model whose questions cannot be answered yet
}

func (a *app) planCommand() *cobra.Command {
	var f planFlags
	c := &cobra.Command{
		Use:   "plan FILE",
		Short: "Show what would change in the target, and keep it for apply",
		Long: `plan reads the sources and the target, and shows the difference. Nothing is
written but rejected rows, for a person to mend.

How much agreements mean is learned once: apply remembers what the plan learned
in the state file, and later plans weigh by it, until one with --relearn is
applied.`,
		Example: `  reconkit plan pipeline.yaml -o today.rkplan
  reconkit plan pipeline.yaml -o today.rkplan --approve-out approvals.json
  reconkit plan pipeline.yaml -o today.rkplan --approvals approvals.json --approve-out approvals.json
  reconkit plan pipeline.yaml -o today.rkplan --encrypt-to age1... --valid-for 24h
  reconkit plan pipeline.yaml --format json
  reconkit plan pipeline.yaml --var default_country=AT --detailed-exitcode`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.plan(cmd.Context(), args[0], f) },
	}
	a.pipelineFlags(c)
	a.encryptFlag(c)
	c.AddCommand(a.redactCommand())
	c.Flags().DurationVar(&f.valid, "valid-for", pipeline.ValidDefault, "how long the plan may be applied")
	c.Flags().StringVarP(&f.out, "out", "o", "", "file to keep the plan in, for show and apply")
	c.Flags().StringVar(&f.format, "format", "text", "text or json")
	c.Flags().BoolVar(&f.all, "all", false, "show every change, however many there are")
	c.Flags().StringVar(&f.rejects, "rejects", "", "folder for rejected rows, in which each pipeline file has one of its own name (default: rejects beside the pipeline)")
	rejectsFlags(c, &f.form)
	c.Flags().BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 2 when there are changes, 3 when rows are blocked")
	c.Flags().StringVar(&a.statePath, "state", "", "file of the memory of earlier runs (default: as the pipeline says, or "+stateDefault+" beside it)")
	c.Flags().BoolVar(&f.full, "full", false, "read every source in full, also an incremental one")
	c.Flags().BoolVar(&f.relearn, "relearn", false, "learn anew how much agreements mean, instead of weighing as the state file remembers; apply then remembers that")
	f.approve.register(c)
	c.Flags().StringVar(&f.approvals, "approvals", "", "answers about an earlier plan: they are taken wherever a change or a conflict is still the same")
	c.Flags().BoolVar(&f.firstRun, "first-run", false, "in CI (the variable CI is set): say that there is no memory of earlier runs yet, so that nothing is blocked for it")
	c.Flags().BoolVar(&f.askAgain, "ask-again", false, "plan changes again that a person declined earlier")
	c.Flags().StringVar(&f.now, "now", "", "time of the run, RFC 3339, instead of the clock: the same inputs then give the same bytes")
	return c
}

// loadRun loads a pipeline for a run, with what is remembered of earlier ones.
// Fixed says that its expressions see the time that is given, not the clock.
func (a *app) loadRun(ctx context.Context, path string, now time.Time, fixed bool) (*pipeline.Pipeline, pipeline.Options, error) {
	opt := pipeline.Options{Now: now, Version: version, Progress: a.progress.step, Log: a.log}
	given := a.statePath != ""
	p, found, err := a.load(ctx, path, func(h *dsl.Host) {
		if fixed {
			h.Now = func() time.Time { return now }
		}
	})
	if err != nil {
		return nil, opt, err
	}
	a.warn(found)
	if place := statePlace(filepath.Dir(path), p.State); !given {
		a.statePath = place
	} else if !oneMemory(a.statePath, place) {
		// The plan is applied with the memory that it was made with, from any folder.
		if p.State, err = filepath.Abs(a.statePath); err != nil {
			return nil, opt, err
		}
	}
	err = a.remember(ctx, &opt)
	return p, opt, err
}

// checkPlan checks the flags of plan before anything is read.
func (a *app) checkPlan(f *planFlags) error {
	if f.format != "text" && f.format != "json" {
		return fmt.Errorf("--format is text or json, not %q", f.format)
	}
	if err := checkValid(f.valid); err != nil {
		return err
	}
	switch {
	case f.out != "":
		if err := checkPlanOut(f.out); err != nil {
			return err
		}
		if _, err := a.recipientsOf(); err != nil {
			return err
		}
	case len(a.recipients) > 0:
		return errors.New("--encrypt-to needs -o FILE")
	case f.approve.out != "":
		return errors.New("--approve-out needs -o FILE: approvals are about a plan that is kept")
	}
	return f.approve.check(f.out, len(a.recipients) > 0)
}

func (a *app) plan(ctx context.Context, path string, f planFlags) error {
	now, err := runTime(f.now)
	if err == nil {
		err = a.checkPlan(&f)
	}
	if err != nil {
		return err
	}
	p, opt, err := a.loadRun(ctx, path, now, f.now != "")
	if err != nil {
		return err
	}
	opt.Valid = f.valid
	if marks, ok := opt.Links.(pipeline.Watermarks); ok && !f.full {
		opt.Watermarks = marks
	}
	opt.MemoryNeeded = a.continuous() && !f.firstRun
	if f.askAgain {
		opt.Declines = nil
	}
	if err := f.carry(p.Name, &opt); err != nil {
		return err
	}
	f.rejects = rejectsFolder(f.rejects, path)
	if err := checkRejectsOwner(f.rejects, path); err != nil {
		return err
	}
	rejects, err := file.NewRejects(f.rejects, f.form)
	if err != nil {
		return err
	}
	opt.Rejects, opt.Relearn = rejects, f.relearn
	a.holdLess(planGCPercent)
	plan, planErr := p.Plan(ctx, opt)
	a.holdLess(keptGCPercent)
	a.progress.end()
	if err := errors.Join(rejects.Close(), ownRejects(f.rejects, path, rejects)); err != nil {
		return errors.Join(planErr, err)
	}
	var limit *pipeline.LimitError
	switch {
	case planErr == nil:
		if f.undecided, err = undecided(path, p, plan); err == nil {
			err = a.keepPlan(plan, f)
			a.warnScarce(ctx, plan)
		}
	case plan != nil && errors.As(planErr, &limit):
		err = a.keepStopped(plan, f)
	default:
		a.keptRejects(rejects.Files())
		return planErr
	}
	if err != nil {
		return err
	}
	a.keptRejects(rejects.Files())
	if err := a.sweepRejects(p, rejects); err != nil {
		return err
	}
	if planErr != nil {
		return planErr
	}
	return detailed(plan, f.detailed)
}

// keepPlan writes a plan to its file, if it has one, and shows it.
func (a *app) keepPlan(p *pipeline.Plan, f planFlags) error {
	if f.out != "" {
		if err := a.writePlan(f.out, p); err != nil {
			return err
		}
	}
	if err := f.approve.write(p); err != nil {
		return err
	}
	return a.showPlan(p, f)
}

// keepStopped shows a plan that a limit stopped. Where nothing at all is planned,
// what was rejected is told instead. It is not kept.
func (a *app) keepStopped(p *pipeline.Plan, f planFlags) error {
	if f.out != "" {
		if err := dropOldPlan(f.out); err != nil {
			return err
		}
	}
	if f.format == "json" {
		return review.JSON(a.stdout, p)
	}
	if len(p.Header.Bindings) > 0 {
		return review.Text(a.stdout, p, review.Options{Colour: a.colour(a.stdout), All: f.all})
	}
	a.showStopped(p)
	return nil
}

// sweepRejects removes the rejected rows of earlier runs, and names the files
// that somebody edited, which stay.
func (a *app) sweepRejects(p *pipeline.Pipeline, rejects *file.Rejects) error {
	for _, m := range p.Models {
		swept := map[string]bool{}
		for _, f := range m.From {
			if swept[f.Name] {
				continue
			}
			swept[f.Name] = true
			edited, err := rejects.Sweep(m.Name, f.Name)
			if err != nil {
				return err
			}
			for _, path := range edited {
				fmt.Fprintf(a.stderr, "%s was edited and is left alone\n", path)
			}
		}
	}
	return nil
}

// runTime is the time of the run: now, or what a person says.
func runTime(text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fmt.Errorf("--now %s: write a time such as 2026-01-31T08:00:00Z", text)
	}
	return at, nil
}

// remember gives a run the memory of earlier ones. A memory that is not there
// is not made by a plan.
func (a *app) remember(ctx context.Context, opt *pipeline.Options) error {
	if _, err := os.Stat(a.statePath); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	s, err := a.state(ctx)
	if err != nil {
		return err
	}
	opt.Links, opt.Ledger, opt.Weights, opt.Declines = s, s, s, s
	return nil
}

// continuous reports whether the program runs as a job of continuous integration,
// whose folder may begin empty each time.
func (a *app) continuous() bool {
	ci, set := a.getenv("CI")
	return set && ci != "" && ci != "false" && ci != "0"
}

func (a *app) warn(found diag.List) {
	if len(found) > 0 {
		fmt.Fprint(a.stderr, found.Text())
	}
}

func (a *app) showPlan(p *pipeline.Plan, f planFlags) error {
	if f.format == "json" {
		return review.JSON(a.stdout, p)
	}
	var next nextStep
	switch {
	case !worthApplying(p) && f.approve.out == "":
		next = a.answerStep(p, f.out, a.typed.args[0], f.undecided)
	case f.out == "":
		next = a.keepFirst(planOutDefault)
	default:
		next = a.applyStep(p, f.out, f.approve.out, "")
	}
	return a.showText(p, f, next)
}

func (a *app) showText(p *pipeline.Plan, f planFlags, next nextStep) error {
	return review.Text(a.stdout, p, review.Options{Colour: a.colour(a.stdout), Next: next.command, Note: next.note, All: f.all, Where: f.where, Of: f.of})
}

// worthApplying reports whether applying a plan changes or remembers anything: also up
// to where an incremental source was read for the first time. That a later reading goes
// a little further is not worth a call.
func worthApplying(p *pipeline.Plan) bool {
	return len(p.Changes)+len(newLinks(p)) > 0 || slices.ContainsFunc(p.Header.Bindings, func(b pipeline.PlanBinding) bool {
		for _, m := range b.Marks {
			if m.From == "" {
				return true
			}
		}
		return false
	})
}

func newLinks(p *pipeline.Plan) []pipeline.RowLink {
	var links []pipeline.RowLink
	for _, b := range p.Header.Bindings {
		links = append(links, b.Links...)
	}
	return links
}

// detailed is the exit code of a plan.
func detailed(p *pipeline.Plan, wanted bool) error {
	switch {
	case !wanted:
		return nil
	case len(p.Blocked) > 0 || len(p.Questions) > 0:
		return &codeError{code: exitBlocked}
	case len(p.Changes) > 0:
		return &codeError{code: exitChanges}
	default:
		return nil
	}
}

func (a *app) showCommand() *cobra.Command {
	var f planFlags
	c := &cobra.Command{
		Use:   "show PLAN",
		Short: "Show a plan that was kept",
		Long: `show shows a plan that plan -o kept, as plan showed it. It reads nothing but the
file. For reviewers it writes a page: in Markdown for a pull request, which holds
no values of records unless --values asks for them, or in HTML, which does. For a
spreadsheet it writes CSV, with a row for each field of each change.`,
		Example: `  reconkit show today.rkplan
  reconkit show today.rkplan --all
  reconkit show today.rkplan --where 'action == "update" and "email" in labels'
  reconkit show today.rkplan --approve-out approvals.json
  reconkit show today.rkplan --identity key.txt
  reconkit show today.rkplan --format json | jq .total
  reconkit show today.rkplan --format csv > today.csv
  reconkit show today.rkplan --format markdown > comment.md
  reconkit show today.rkplan --format html > today.html`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.show(args[0], f) },
	}
	c.Flags().StringVar(&f.format, "format", "text", "text, json, csv, markdown or html")
	c.Flags().BoolVar(&f.values, "values", false, "with --format markdown: also show values of records, which are personal data")
	c.Flags().BoolVar(&f.all, "all", false, "show every change, however many there are")
	c.Flags().StringVar(&f.where, "where", "", "show only the changes for which this is true: "+whereHelp)
	f.approve.register(c)
	a.identityFlag(c)
	return c
}

func (a *app) show(path string, f planFlags) error {
	if !slices.Contains([]string{"text", "json", "csv", "markdown", "html"}, f.format) {
		return fmt.Errorf("--format is text, json, csv, markdown or html, not %q", f.format)
	}
	kind, err := planKind(path)
	if err != nil {
		return fmt.Errorf("read plan: %w", err)
	}
	if err := f.approve.check(path, kind == encryptedPlan); err != nil {
		return err
	}
	p, err := a.readPlan(path)
	if err != nil {
		return err
	}
	if err := f.approve.write(p); err != nil {
		return err
	}
	next := a.shownStep(p, path, f)
	f.of = len(p.Changes)
	if f.where != "" {
		only, err := a.changesWhere(p, "--where", f.where)
		if err != nil {
			return err
		}
		p = narrowed(p, only)
	}
	switch f.format {
	case "json":
		return review.JSON(a.stdout, p)
	case "csv":
		return review.CSV(a.stdout, p)
	case "markdown":
		return review.Markdown(a.stdout, p, review.Options{Next: next.command, Note: next.note, All: f.all, Where: f.where, Of: f.of, Values: f.values})
	case "html":
		return review.HTML(a.stdout, p, review.Options{Next: next.command, Note: next.note, All: f.all, Where: f.where, Of: f.of, Values: true})
	default:
		return a.showText(p, f, next)
	}
}

// shownStep is the step after a plan that is shown again.
func (a *app) shownStep(p *pipeline.Plan, path string, f planFlags) nextStep {
	switch {
	case p.Header.Redacted != "":
		return nextStep{note: "a twin cannot be applied; apply the plan that it was made from, or make the plan again where state forget put the twin in its place"}
	case !worthApplying(p) && f.approve.out == "" && !time.Now().After(p.Header.Expires):
		return a.answerStep(p, path, "", "")
	case !worthApplying(p) && f.approve.out == "":
		return nextStep{}
	default:
		return a.applyStep(p, path, f.approve.out, f.where)
	}
}
