package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

func (a *app) matchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "match",
		Short: "Find out which rows of files are one contact, without a pipeline",
		Long: `match looks at CSV or Parquet files alone: which rows are the same person or
company, how sure that is, and why. Nothing is learned from examples; how much
an agreement means is learned from the rows themselves. review and learn are about a
pipeline: one asks a person what the rows of its sources are, the other pins how
much an agreement means.

All rows are held in memory: a million contacts of ten columns take 140 MiB, and
the program about 1 GiB while it matches them, and less than 2 GiB with --state.`,
		Example: `  reconkit match run contacts.csv --out clusters.csv
  reconkit match explain contacts.csv 1017 4711
  reconkit match eval contacts.csv --truth-column cluster_id
  reconkit match profile contacts.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(a.matchRunCommand(), a.matchEvalCommand(), a.matchExplainCommand(), a.matchProfileCommand(), a.reviewCommand(), a.matchLearnCommand())
	return c
}

// encodeJSON prints a value for programs.
func encodeJSON[T any](a *app, v T) error {
	e := diag.JSONEncoder(a.stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// textForm says how CSV files are written; "" means that it is found out.
type textForm struct{ encoding, delimiter string }

// matchFlags are those of every command that matches.
type matchFlags struct {
	textForm
	columns                 []string
	id                      string
	link                    bool
	matchAbove, reviewAbove float64
	same, never             []string
	pairs                   float64
	questionsMax            int
	weights, answers        string
}

func (f *matchFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&f.columns, "columns", nil, "what to compare, as NAME=KIND,...; left out: guessed by names and values. Kinds: "+strings.Join(linkage.KindNames(), ", "))
	flags.StringVar(&f.encoding, "encoding", "", "how the letters of CSV files are stored: utf-8, utf-16, utf-16le, utf-16be, windows-1252, iso-8859-1; left out: found out")
	flags.StringVar(&f.delimiter, "delimiter", "", "what stands between the cells of CSV files: one ASCII character, or tab; left out: found out")
	flags.StringVar(&f.id, "id", "", "column that names a row; left out: a column called id, if there is one")
	flags.BoolVar(&f.link, "link", false, "two files without duplicates of their own: only rows of different files are compared, and a row has at most one partner")
	flags.Float64Var(&f.matchAbove, "match-above", linkage.MatchAboveDefault, "probability from which on two rows are the same")
	flags.Float64Var(&f.reviewAbove, "review-above", linkage.ReviewAboveDefault, "probability from which on a person should look; below, two rows are different")
	flags.StringSliceVar(&f.same, "same", nil, "columns of which an equal value makes two rows one, unless the value is evidently shared")
	flags.StringSliceVar(&f.never, "never", nil, "columns of which two different values forbid it, also through third rows")
	flags.Float64Var(&f.pairs, "pairs", linkage.PairsPerRecordDefault, "pairs to compare for each row, at most")
	flags.IntVar(&f.questionsMax, "questions-max", 0, fmt.Sprintf("questions at most; 0: %d for 1,000 rows, and at least %d", linkage.QuestionsPerThousand, linkage.QuestionsMin))
	flags.StringVar(&f.weights, "weights", "", "file of weights that an earlier run saved; nothing is learned then, and its columns are compared where no others are given")
	flags.StringVar(&f.answers, "answers", "", "file of questions with their answers, as match run writes the questions")
}

// matching is files that were read, and how their rows are to be matched.
type matching struct {
	rows    *matchRows
	config  linkage.Config
	guessed []linkage.Guess // nil: the columns were given
	skipped []linkage.Guess
}

// prepareMatch reads files and settles what is compared. The column apart, if
// any, is held but never guessed: it has the truth.
func (a *app) prepareMatch(ctx context.Context, files []string, f matchFlags, apart string) (*matching, error) {
	rows, err := a.readMatchFiles(ctx, files, f, apart)
	if err != nil {
		return nil, err
	}
	m, err := a.prepareRows(ctx, rows, f, apart)
	if err != nil {
		return nil, err
	}
	return m, rows.narrow(append(m.columnNames(), rows.id, apart))
}

// prepareRows settles what is compared of rows that were read.
func (a *app) prepareRows(ctx context.Context, rows *matchRows, f matchFlags, apart string) (*matching, error) {
	if f.link && len(rows.files) != 2 {
		return nil, fmt.Errorf("--link needs two files, not one")
	}
	m := &matching{rows: rows}
	m.config = linkage.Config{MatchAbove: f.matchAbove, ReviewAbove: f.reviewAbove, Same: f.same, Never: f.never, PairsPerRecord: f.pairs, QuestionsMax: f.questionsMax}
	var err error
	if f.weights != "" {
		if m.config.Weights, err = readWeights(f.weights); err != nil {
			return nil, err
		}
		if len(f.columns) == 0 {
			f.columns = columnFlag(m.config.Weights.Columns)
		}
	}
	if err := m.settleColumns(f, []string{rows.id, apart}); err != nil {
		return nil, err
	}
	if f.link {
		rows.lists = rows.fileOf
	}
	if f.answers != "" {
		if m.config.Answers, err = a.readAnswers(ctx, f.answers, rows); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// cost is what matching took; rows that were read before do not count.
type cost struct {
	wall, cpu time.Duration // cpu 0: not known here
	peak      int64         // bytes of the whole program so far; 0: not known here
}

func (c cost) String() string {
	text := fmt.Sprintf("%.2f s", c.wall.Seconds())
	if c.cpu > 0 {
		text += fmt.Sprintf(", %.2f s of CPU time", c.cpu.Seconds())
	}
	if c.peak > 0 {
		text += fmt.Sprintf(", at most %d MiB", c.peak>>20)
	}
	return text
}

// match runs the matching and says on standard error what it took.
func (a *app) match(ctx context.Context, m *matching) (*linkage.Result, cost, error) {
	act := "matching " + number(m.rows.table.Len()) + " rows"
	m.config.Progress = func(s pipeline.Step) {
		s.What = act + ": " + s.What
		a.progress.stage(act, s)
	}
	linker, err := linkage.New(m.config)
	if err != nil {
		return nil, cost{}, flagWords(err)
	}
	fmt.Fprintf(a.stderr, "%s, %d MiB\n", plural(m.rows.table.Len(), "row", "rows"), m.rows.size()>>20)
	a.progress.wait(act, progressAfter)
	start, used := time.Now(), cpuTime()
	result, err := linker.Run(ctx, linkage.Input{Records: m.rows.table, Lists: m.rows.lists})
	took := cost{wall: time.Since(start), cpu: cpuTime() - used, peak: peakBytes()}
	a.progress.end()
	switch {
	case ctx.Err() != nil:
		return nil, cost{}, fmt.Errorf("match %s: %w", strings.Join(m.rows.files, " and "), context.Cause(ctx))
	case err != nil:
		return nil, cost{}, fmt.Errorf("match %s: %w", strings.Join(m.rows.files, " and "), err)
	}
	fmt.Fprintln(a.stderr, "matched in "+took.String())
	return result, took, nil
}

// flagWords names the flags where the library names its settings.
func flagWords(err error) error {
	return fmt.Errorf("%s", strings.NewReplacer("match_above", "--match-above", "review_above", "--review-above", "pairs_per_record", "--pairs", "questions_max", "--questions-max").Replace(err.Error()))
}

// readWeights reads what --save-weights wrote.
func readWeights(path string) (*linkage.Weights, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--weights: %w", err)
	}
	w, err := linkage.ParseWeights(text)
	if err != nil {
		return nil, fmt.Errorf("--weights %s: %w", path, err)
	}
	return w, nil
}

// number writes a count with its thousands apart.
func number[N int | int32 | int64](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural writes a count with its noun.
func plural[N int | int32 | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// shown is a value of the data on a terminal.
func shown(s string) string { return diag.Shorten(s, matchValueMax) }

// matchValueMax is the number of characters of a value that is shown.
const matchValueMax = 60
