package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/pipeline/state"
)

func (a *app) stateMendCommand() *cobra.Command {
	var dryRun, yes bool
	c := &cobra.Command{
		Use:   "mend",
		Short: "Take out what is damaged, where there is no backup",
		Long: `mend takes out of the memory every row that is not as it was written, as state check
names them. What such a row said is then not remembered: rows of sources are found by
their keys, protect_edits leaves the field alone, the record is not deleted, a declined
change is planned again, and a call of the journal cannot be undone. Where only the
answer to a call is damaged, apply --resume looks what came of it.

A backup is better, where there is one.`,
		Example: `  reconkit state mend --dry-run
  reconkit state mend --state shared/state.db --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.mend(cmd.Context(), dryRun, yes) },
	}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "say how much is damaged, and change nothing")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "take it out without asking")
	return c
}

func (a *app) mend(ctx context.Context, dryRun, yes bool) (err error) {
	if err := a.existingState(); err != nil {
		return err
	}
	s, err := state.Open(ctx, a.statePath)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	damaged, err := s.Mend(ctx, time.Now(), true)
	if err != nil {
		return err
	}
	if !damaged.Any() {
		fmt.Fprintf(a.stdout, "%s: every row is as it was written\n", shown(a.statePath))
		return nil
	}
	a.showMended("damaged", damaged)
	if dryRun {
		return nil
	}
	if err := a.confirm(yes, "take this out for good", "mend needs a person to agree: look at it with --dry-run, then add --yes"); err != nil {
		return err
	}
	if damaged, err = s.Mend(ctx, time.Now(), false); err != nil {
		return err
	}
	a.showMended("taken out", damaged)
	return nil
}

func (a *app) showMended(word string, m state.Mended) {
	fmt.Fprintf(a.stdout, "%s: %s, %s of the journal, %s to calls\n", word, plural(m.Rows, "row", "rows"), plural(m.Calls, "call", "calls"), plural(m.Answers, "answer", "answers"))
}
