package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/state"
)

func (a *app) stateCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "state",
		Short: "Look after what is remembered between runs",
		Long: `state looks after the file in which runs remember links, what was written, the
journal of calls, and more (docs/state.md). check says whether it is whole; compact
makes it small; export writes it as JSON Lines; forget erases one person's data; mend
takes out what is damaged.`,
		Example: `  reconkit state check
  reconkit state check --state shared/state.db --format json
  reconkit state forget --email anna@example.com --plans . --dry-run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.PersistentFlags().StringVar(&a.statePath, "state", "", "file of the memory of earlier runs (default: "+stateDefault+" in this folder)")
	c.AddCommand(a.stateCheckCommand(), a.stateCompactCommand(), a.stateExportCommand(), a.stateForgetCommand(), a.stateMendCommand())
	return c
}

// existingState says what to do when there is no memory at the place that was
// given, or in this folder: a command that looks at it must not make an empty one.
func (a *app) existingState() error {
	given := a.statePath != ""
	if !given {
		a.statePath = stateDefault
	}
	if err := a.checkForm("state", a.statePath, formState, "a state file"); err != nil {
		return err
	}
	there, err := state.Exists(a.statePath)
	if err == nil && !there && given {
		return fmt.Errorf("--state %s: there is no such file; name the one that apply wrote%s, or where state: of the pipeline says", diag.Printable(a.statePath), statesBelow())
	}
	if err == nil && !there {
		err = fmt.Errorf("there is no state at %s; it lies beside the pipeline, or where state: of the pipeline says: name it with --state FILE%s. Without one, a plan finds records by their keys, protects every value of protect_edits, and deletes nothing", a.statePath, statesBelow())
	}
	return err
}

// statesBelow names memories in folders below this one, for who looks for one in the
// wrong folder; "" when there are none.
func statesBelow() string {
	var found []string
	for _, folders := range []string{"*", "*/*"} {
		// A pattern of ours is never malformed.
		names, _ := filepath.Glob(filepath.FromSlash(folders + "/" + stateDefault))
		found = append(found, names...)
	}
	if len(found) == 0 {
		return ""
	}
	listed := found[:min(len(found), statesListedMax)]
	text := ", such as " + diag.Printable(strings.Join(listed, ", "))
	if len(found) > len(listed) {
		text += fmt.Sprintf(" or %d others", len(found)-len(listed))
	}
	return text
}

// statesListedMax is how many memories are named to who looks for one.
const statesListedMax = 3

func (a *app) stateCheckCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "check",
		Short: "Say whether the memory is whole, and what to do if it is not",
		Long: `check reads the whole file without changing it: its form and version, every page,
every value, and whether journal, runs and outcomes fit each other. It says what is
wrong in plain words and what to do now. Calls that got no answer, leases that were
not given back, and times of the future are named, too.`,
		Example: `  reconkit state check
  reconkit state check --state shared/state.db
  reconkit state check --format json | jq .findings`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "text" && format != "json" {
				return fmt.Errorf("--format is text or json, not %q", format)
			}
			if err := a.existingState(); err != nil {
				return err
			}
			h, err := state.Check(cmd.Context(), a.statePath, time.Now())
			if err != nil {
				return err
			}
			if format == "json" {
				err = encodeJSON(a, h)
			} else {
				a.showHealth(h)
			}
			if err == nil && !h.Sound() {
				err = &codeError{code: exitError}
			}
			return err
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

func (a *app) showHealth(h *state.Health) {
	verdict := "whole"
	if !h.Sound() {
		verdict = "not fit for use"
	}
	fmt.Fprintf(a.stdout, "%s: version %d, %s bytes: %s\n", shown(h.Path), h.Version, number(int(h.Bytes)), verdict)
	for _, t := range h.Tables {
		if t.Rows > 0 {
			fmt.Fprintf(a.stdout, "  %-12s %s\n", t.Name, number(t.Rows))
		}
	}
	for _, f := range h.Found {
		fmt.Fprintf(a.stdout, "%s: %s [%s]\n", f.Severity, diag.Printable(f.Message), f.Code)
		if f.Hint != "" {
			fmt.Fprintf(a.stdout, "    hint: %s\n", diag.Printable(f.Hint))
		}
	}
}

// keepDaysDefault is how many days of the journal compact keeps.
const keepDaysDefault = 90

func (a *app) stateCompactCommand() *cobra.Command {
	days := keepDaysDefault
	c := &cobra.Command{
		Use:   "compact",
		Short: "Remove what no run needs any more, and give its room back",
		Long: fmt.Sprintf(`compact removes calls from the journal that were answered and are older than
--keep-days, with their before-images, so that those runs can no longer be undone;
requests older than an hour; and leases that ran out. Links, what was written, the
list of runs and clusters stay, and so do calls without an answer. The journal of
the last %d days is always kept, because it keeps a plan that is applied again from
writing twice.`, int(state.KeepMin.Hours()/24)),
		Example: `  reconkit state compact
  reconkit state compact --keep-days 365`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.existingState(); err != nil {
				return err
			}
			s, err := a.state(cmd.Context())
			if err != nil {
				return err
			}
			c, err := s.Compact(cmd.Context(), time.Now(), time.Duration(days)*24*time.Hour)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "removed %s, %s and %s; %s bytes before, %s now\n", plural(c.Calls, "call", "calls"), plural(c.Requests, "request", "requests"),
				plural(c.Leases, "lease", "leases"), number(int(c.Before)), number(int(c.After)))
			return nil
		},
	}
	c.Flags().IntVar(&days, "keep-days", keepDaysDefault, "days of the journal that are kept")
	return c
}

func (a *app) stateExportCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "export",
		Short: "Write all that is remembered as JSON Lines",
		Long: `export writes every row of the memory as one line of JSON, with the name of its
table, in an order that does not change: to compare, to count, or to answer what is
held about somebody. It holds values of contacts; a file of -o is for its owner
alone.`,
		Example: `  reconkit state export -o state.jsonl
  reconkit state export | jq -c 'select(.table == "ledger")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.existingState(); err != nil {
				return err
			}
			s, err := a.state(cmd.Context())
			if err != nil {
				return err
			}
			if out == "" || out == toStdout {
				return s.Export(cmd.Context(), a.stdout)
			}
			return a.exportState(cmd.Context(), s, out)
		},
	}
	c.Flags().StringVarP(&out, "out", "o", "", "file to write, or - for standard output (default: standard output)")
	return c
}

// exportState writes the memory to a file that is there whole or not at all.
func (a *app) exportState(ctx context.Context, s *state.Store, path string) error {
	if onePlace(path, a.statePath) {
		return fmt.Errorf("-o %s: that is the state itself; give the file another name", path)
	}
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(modePrivate), renameio.IgnoreUmask())
	if err != nil {
		return fmt.Errorf("-o: %w", err)
	}
	defer f.Cleanup() //nolint:errcheck // nothing is left after the file took its place
	if err := s.Export(ctx, f); err != nil {
		return err
	}
	return f.CloseAtomicallyReplace()
}

type forgetFlags struct {
	email  string
	plans  []string
	dryRun bool
	yes    bool
}

func (a *app) stateForgetCommand() *cobra.Command {
	var f forgetFlags
	c := &cobra.Command{
		Use:   "forget",
		Short: "Erase one person's data, and prove that it is gone",
		Long: `forget erases the data of the person of an e-mail address: what was written to the
records that have or had the address, their links to source rows, and their changes
in the journal, but for what a resumed apply needs, which holds no values. Plan files
in the folders of --plans that mention the person are replaced by their twins without
personal data, which can be read and not applied; the plan of an apply that was
interrupted is resumed first. Files of approvals, questions and answers in these folders
that hold the address are named, and left to you. Afterwards every byte of the memory is
searched for what was erased.

Runs of the person can no longer be undone. Sources, targets, exports, rejected rows
and backups are not looked at.`,
		Example: `  reconkit state forget --email anna@example.com --dry-run
  reconkit state forget --email anna@example.com --plans plans --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.forget(cmd.Context(), f) },
	}
	c.Flags().StringVar(&f.email, "email", "", "address of the person")
	c.Flags().StringArrayVar(&f.plans, "plans", nil, "folder of plan files, with those below it; may be given often")
	a.identityFlag(c)
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would be erased, and erase nothing")
	c.Flags().BoolVarP(&f.yes, "yes", "y", false, "erase without asking")
	return c
}

func (a *app) forget(ctx context.Context, f forgetFlags) error {
	if f.email == "" {
		return errors.New("forget needs --email ADDRESS")
	}
	if err := a.existingState(); err != nil {
		return err
	}
	found, err := state.Forget(ctx, a.statePath, f.email, time.Now(), state.ForgetOptions{Dry: true})
	if err != nil {
		return err
	}
	plans, err := a.plansAbout(found.Person, f.plans)
	if err != nil {
		return err
	}
	plans.unsettled(found.Unsettled)
	a.showForgotten(found, plans, true)
	left := !found.Any() && found.Proof.Address > 0
	if !found.Any() && !left && len(plans.about)+len(plans.beside)+len(plans.others) == 0 {
		return errors.Join(fmt.Errorf("nothing was found of %s: neither is it remembered, nor is it in a plan that was looked into", diag.Shorten(f.email, 60)), plans.code())
	}
	if f.dryRun || !found.Any() && !left && len(plans.about) == 0 {
		return plans.code()
	}
	if len(plans.stuck) > 0 {
		return fmt.Errorf("nothing was erased, since an interrupted apply of %s sent changes that got no answer, and a twin could not be gone on with; go on with apply --resume first, or move the plan away if what came of them does not matter", shown(plans.stuck[0]))
	}
	if err := a.confirm(f.yes, "erase this for good", "forget needs a person to agree: look at it with --dry-run, then add --yes"); err != nil {
		return err
	}
	// The plans come first: what tells them apart is in the memory.
	first := func(*state.Forgotten) error { return a.redact(plans) }
	if found, err = state.Forget(ctx, a.statePath, f.email, time.Now(), state.ForgetOptions{First: first}); err != nil {
		return err
	}
	a.showForgotten(found, plans, false)
	if found.Proof.Address > 0 {
		return &codeError{code: exitBlocked, err: fmt.Errorf("the address is still in the file, in %v", found.Elsewhere)}
	}
	return plans.code()
}

func (a *app) showForgotten(f *state.Forgotten, p *plansOfPerson, would bool) {
	word := "erased"
	if would {
		word = "found"
	}
	fmt.Fprintf(a.stdout, "%s: %s, %s, %s of the journal, %s of others, %s of matched files, %s\n", word, plural(f.Entries, "written value", "written values"),
		plural(f.Links, "link", "links"), plural(f.Changes, "change", "changes"), plural(f.Mentions, "mention in changes", "mentions in changes"),
		plural(f.ClusterRows, "row", "rows"), plural(len(p.about), "plan file", "plan files"))
	for _, path := range p.about {
		fmt.Fprintf(a.stdout, "  %s\n", shown(path))
	}
	if would {
		switch {
		case f.Any() || f.Proof.Address == 0:
		case len(f.Elsewhere) > 0:
			fmt.Fprintf(a.stdout, "  the address is in %v of the memory\n", f.Elsewhere)
		default:
			fmt.Fprintln(a.stdout, "  the address is in bytes of the memory that nothing shows any more, as after a forget that was cut off")
		}
		for _, path := range p.closed {
			fmt.Fprintf(a.stdout, "  %s is encrypted and was not looked into\n", shown(path))
		}
		for _, path := range p.stuck {
			fmt.Fprintf(a.stdout, "  %s belongs to an apply that was interrupted: some of its changes were sent and got no answer\n", shown(path))
		}
		for _, what := range p.beside {
			fmt.Fprintf(a.stdout, "  left to you: %s\n", diag.Printable(what))
		}
		for _, path := range p.others {
			fmt.Fprintf(a.stdout, "  %s mentions the address, and is not looked after\n", shown(path))
		}
		return
	}
	proof := f.Proof
	if proof.Address == 0 {
		fmt.Fprintf(a.stdout, "proof: the address is in none of the %s bytes of the memory\n", number(int(proof.Bytes)))
	}
	if proof.Values > 0 {
		fmt.Fprintf(a.stdout, "       of %s that were erased beside it %d are nowhere any more; the others are held for other people, too\n", plural(proof.Values, "text", "texts"), proof.Gone)
	}
}

// confirm asks a person on a terminal, unless yes says that one was asked.
func (a *app) confirm(yes bool, what, otherwise string) error {
	if yes {
		return nil
	}
	if !terminal(a.stdin) {
		return errors.New(otherwise)
	}
	fmt.Fprintf(a.stdout, "\n%s? only \"yes\" will do: ", what)
	return a.answerYes()
}
