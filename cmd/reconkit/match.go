package main

import (
	"math"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/pipeline/diag"
)

func (a *app) matchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "match",
		Short: "Ask a person what rows are, and take the answers in",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(a.reviewCommand())
	return c
}

// encodeJSON prints a value for programs.
func encodeJSON[T any](a *app, v T) error {
	e := diag.JSONEncoder(a.stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// The columns of a file of questions, before those of the rows.
const (
	questionTie    = "probability"
	questionAnswer = "answer"
	questionA      = "a"
	questionB      = "b"
)

// rounded is a probability as it is written: six digits, which tell apart what
// matters.
func rounded(p float64) float64 { return math.Round(p*1e6) / 1e6 }
