package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/retry"
	"github.com/reconkit/reconkit/pipeline/review"
	"github.com/reconkit/reconkit/pipeline/state"
)

type applyFlags struct {
	yes, resume bool
	noWait      bool
	format      string
	settle      time.Duration
	maxDuration time.Duration
	approvals   string
	where       string
}

func (a *app) applyCommand() *cobra.Command {
	var f applyFlags
	c := &cobra.Command{
		Use:   "apply PLAN",
		Short: "Carry out a plan, exactly as it was shown",
		Long: `apply writes the changes of a plan to its target, each only where the target is
still as the plan says, and reads back what it wrote. The pipeline file and the
sources are not read again.

A person agrees to all of it on a terminal; --yes says that somebody has looked, which
is not enough for what require_approval of a sink names; --approvals says what was
accepted and declined, by class and by change, and how conflicts are answered
(docs/approvals.md). Who agreed is kept in the history.`,
		Example: `  reconkit apply today.rkplan
  reconkit apply today.rkplan --yes
  reconkit apply today.rkplan --approvals approvals.json
  reconkit apply today.rkplan --yes --target-where 'action == "create"'
  reconkit apply today.rkplan --yes --identity key.txt
  reconkit apply today.rkplan --yes --resume`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.apply(cmd.Context(), args[0], f) },
	}
	c.Flags().BoolVarP(&f.yes, "yes", "y", false, "apply without asking")
	c.Flags().BoolVar(&f.resume, "resume", false, "go on with an apply of this plan that ended in between")
	c.Flags().DurationVar(&f.settle, "settle", pipeline.SettleDefault, "how late a call without an answer may still be carried out")
	c.Flags().BoolVar(&f.noWait, "no-wait", false, "end without waiting for calls without an answer to settle; --resume goes on")
	c.Flags().DurationVar(&f.maxDuration, "max-duration", 0, "stop after this long, such as 2h; --resume goes on")
	a.identityFlag(c)
	c.Flags().StringVar(&f.approvals, "approvals", "", "file of plan --approve-out in which somebody accepted and declined; what is accepted is written")
	c.Flags().StringVar(&f.approvals, "decisions", "", "another name of --approvals")
	c.MarkFlagsMutuallyExclusive("approvals", "decisions")
	c.Flags().StringVar(&f.where, "target-where", "", "write only the changes for which this is true: "+whereHelp)
	c.Flags().StringVar(&f.format, "format", "text", "text or json")
	c.Flags().StringVar(&a.statePath, "state", "", "file of the memory of earlier runs (default: that with which the plan was made)")
	return c
}

func (a *app) apply(ctx context.Context, path string, f applyFlags) error {
	a.holdLess(applyGCPercent)
	p, err := a.readPlan(path)
	if err != nil {
		return err
	}
	if f.settle < 0 || f.maxDuration < 0 {
		return fmt.Errorf("--settle and --max-duration are times such as 10m, and not negative")
	}
	if f.format != "text" && f.format != "json" {
		return fmt.Errorf("--format is text or json, not %q", f.format)
	}
	opt, err := a.applyOptions(f)
	if err != nil {
		return err
	}
	if err := a.approve(p, f, &opt); err != nil {
		return err
	}
	if err := a.memoryOf(p); err != nil {
		return err
	}
	memory, err := a.state(ctx)
	if err != nil {
		return err
	}
	opt.State = memory
	result, applyErr := pipeline.Apply(ctx, p, opt)
	a.progress.end()
	if result == nil {
		return applyErr
	}
	if err := a.showResult(p, result, f.format); err != nil {
		return err
	}
	resume := a.commandOf("reconkit apply", path).from(a.typed, but("resume")).on("resume").String()
	if applyErr != nil {
		return partial(applyErr, result, resume)
	}
	return outcomeCode(p, result, resume)
}

// memoryOf is the memory with which a plan is applied: that which it was made with.
// Another one knows nothing of what the plan rests on, and the next plan would know
// nothing of what is written; so it is taken only where that of the plan is gone, as on
// another machine.
func (a *app) memoryOf(p *pipeline.Plan) error {
	if len(p.Header.Bindings) == 0 {
		return nil
	}
	made := statePlace(p.Header.Bindings[0].Connection.Dir, p.Header.State)
	named := a.statePath != ""
	if !named {
		a.statePath = made
	}
	there, err := state.Exists(made)
	if err != nil {
		return err
	}
	given, err := state.Exists(a.statePath)
	if err != nil {
		return err
	}
	same := !named || p.Header.Redacted != "" || oneMemory(a.statePath, made) // a twin is refused for what it is
	remembered := slices.ContainsFunc(p.Header.Bindings, func(b pipeline.PlanBinding) bool { return b.Ledger })
	flag, place := "--state "+shellWord(filepath.ToSlash(a.statePath)), diag.Printable(made)
	switch {
	case same && remembered && !there && p.Header.Redacted == "":
		return fmt.Errorf("the plan was made with the memory %s, which is gone; name with --state where it is now, or make the plan again", place)
	case same:
		return nil
	case there:
		return fmt.Errorf("%s: the plan was made with the memory %s, and another one does not know what the plan rests on; leave --state away, or make the plan again with %s", flag, place, flag)
	case remembered && !given:
		return fmt.Errorf("%s: there is no state there, and the plan was made with the memory %s, which is gone; name where it is now, or make the plan again", flag, place)
	default:
		fmt.Fprintf(a.stderr, "the plan was made with the memory %s, which is not there; what is written is remembered by %s, with which the next plan is to be made, too\n", place, flag)
		return nil
	}
}

// oneMemory reports whether two names lead to one memory, which need not be there.
func oneMemory(a, b string) bool {
	inA, errA := filepath.Abs(a)
	inB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && inA == inB || onePlace(a, b) || sameFile(a, b)
}

// approve finds out what a person agreed to: by the approvals, by --yes, which says
// that one was asked, or by asking.
func (a *app) approve(p *pipeline.Plan, f applyFlags, opt *pipeline.ApplyOptions) (err error) {
	asked := p
	if f.where != "" {
		if opt.Only, err = a.changesWhere(p, "--target-where", f.where); err != nil {
			return err
		}
		asked = narrowed(p, opt.Only)
	}
	if f.approvals != "" {
		if opt.Approvals, err = a.readApprovals(f.approvals, p); err != nil || f.resume {
			return err // calls of an earlier apply are looked after, whatever is decided now
		}
		return checkAnswered(f.approvals, opt.Approvals, p)
	}
	if f.yes || len(asked.Changes) == 0 {
		return nil
	}
	opt.Approved = true
	return a.ask(asked)
}

// ask shows a plan to a person, who must agree.
func (a *app) ask(p *pipeline.Plan) error {
	if !terminal(a.stdin) {
		return errors.New("apply needs a person to agree: look at the plan with show, then add --yes, or --approvals FILE")
	}
	if err := review.Text(a.stdout, p, review.Options{Colour: a.colour(a.stdout)}); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\nchanges to apply: %d; only \"yes\" will do: ", len(p.Changes))
	return a.answerYes()
}

// answerYes reads the answer of a person, which must be yes.
func (a *app) answerYes() error {
	line, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(line) != "yes" {
		return errors.New("nothing was done, since the answer was not yes")
	}
	return nil
}

func (a *app) applyOptions(f applyFlags) (pipeline.ApplyOptions, error) {
	reg, err := registry()
	if err != nil {
		return pipeline.ApplyOptions{}, err
	}
	host, err := a.host()
	if err != nil {
		return pipeline.ApplyOptions{}, err
	}
	run, err := runName(time.Now())
	if err != nil {
		return pipeline.ApplyOptions{}, err
	}
	machine, err := os.Hostname()
	if err != nil {
		machine = "unknown machine"
	}
	var wait func(context.Context, time.Duration) error
	if !f.noWait {
		wait = func(ctx context.Context, d time.Duration) error { return a.waitToSettle(ctx, d, f.settle) }
	}
	return pipeline.ApplyOptions{
		Wait: wait, MaxDuration: f.maxDuration,
		By:  a.login(),
		Run: run, Holder: fmt.Sprintf("%s, process %d, run %s", machine, os.Getpid(), run), Now: time.Now,
		Open: func(ctx context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
			return dsl.OpenTarget(ctx, reg, host, b)
		},
		Resume: f.resume, Settle: f.settle, Progress: a.progress.step, Log: a.log,
	}, nil
}

// waitToSettle waits until the target can be believed again. A target is looked at several
// times until its calls have settled.
func (a *app) waitToSettle(ctx context.Context, d, settle time.Duration) error {
	now := time.Now()
	a.progress.waitUntil(now.Add(d), now.Add(max(d, settle)), "to see what came of calls without an answer, or of writes that the target does not show yet")
	return retry.Sleep(ctx, d)
}

func (a *app) showResult(p *pipeline.Plan, r *pipeline.Result, format string) error {
	if format == "json" {
		return review.ResultJSON(a.stdout, r)
	}
	return review.ResultText(a.stdout, p, r, review.Options{Colour: a.colour(a.stdout)})
}

// partial is the error of an apply that ended early: with a code of its own
// when something was written and the rest can go on.
func partial(err error, r *pipeline.Result, resume string) error {
	switch code := exitCode(err); {
	case code == exitPartial:
		return fmt.Errorf("%w; go on with: %s", err, resume)
	case r.Calls == 0 || code != exitError:
		return err
	}
	return &codeError{code: exitPartial, err: fmt.Errorf("%w; go on with: %s", err, resume)}
}

// login is the name under which the program runs, for the history; "" when the
// machine does not tell.
func (a *app) login() string {
	for _, name := range []string{"USER", "LOGNAME", "USERNAME"} {
		if login, ok := a.getenv(name); ok && login != "" {
			return login
		}
	}
	return ""
}

// outcomeCode is the exit code of an apply that came to its end; resume is the
// command that goes on with it.
func outcomeCode(p *pipeline.Plan, r *pipeline.Result, resume string) error {
	n := r.Count()
	switch {
	case n[pipeline.Unknown]+n[pipeline.Pending]+n[pipeline.Sent] > 0 || r.Stopped != "":
		what := "applied in part"
		if r.Calls == 0 {
			what = "not all is done, and nothing was written this time"
		}
		return &codeError{code: exitPartial, err: fmt.Errorf("%s; go on with: %s", what, resume)}
	case n[pipeline.Unseen] > 0:
		return &codeError{code: exitBlocked, err: fmt.Errorf("the target confirmed %d of %d changes and does not show them: look whether they are lost before the next plan", n[pipeline.Unseen], len(r.Outcomes))}
	case r.Overwritten > 0:
		return &codeError{code: exitBlocked, err: fmt.Errorf("%d changes took the place of what somebody else changed at that moment; the outcomes name them", r.Overwritten)}
	case len(p.Blocked) > 0 || n[pipeline.Drifted]+n[pipeline.Refused]+n[pipeline.Blocked] > 0:
		return &codeError{code: exitBlocked}
	default:
		return nil
	}
}
