package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// reviewFlags are the flags of match review.
type reviewFlags struct {
	out, answers   string
	who, now       string
	json, detailed bool
}

func (a *app) reviewCommand() *cobra.Command {
	var f reviewFlags
	c := &cobra.Command{
		Use:   "review PIPELINE [--out QUESTIONS | --answers QUESTIONS]",
		Short: "Write the open questions of a pipeline to a CSV file, or read the answers back",
		Long: `review matches the records of a pipeline as plan does, and writes the pairs that
a person must decide about as CSV: one line each, both records side by side,
field by field, with the probability and the evidence. Without --out the CSV
goes to standard output.

Fill in the column answer: same, different, or later; leave it empty where you
do not know. A note stays with the answer. Then give the file to --answers: the
answers are added at the end of the file that decisions: of the model names,
and what stands there stays as it is. An answer holds as long as the values that
were compared stay as they were; once one changes, the pair is asked again.

All answers of a file are taken, or none: a value that has changed since the
questions were written, a word that is not known, or an answer that contradicts
another one refuses the file, and nothing is written. A file that is given twice
changes nothing the second time.

Exit codes: 0 done; 1 an error, or the answers were refused.
With --detailed-exitcode also: 3 there are open questions (not with --answers).`,
		Example: `  reconkit match review pipeline.yaml --out questions.csv
  reconkit match review pipeline.yaml --answers questions.csv --who Petra
  reconkit match review pipeline.yaml --json | jq '.questions[].score'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.review(cmd.Context(), args[0], f) },
	}
	a.pipelineFlags(c)
	c.Flags().StringVarP(&f.out, "out", "o", "", "CSV file for the questions; one with answers in it is not replaced")
	c.Flags().StringVar(&f.answers, "answers", "", "CSV file of questions with answers to read back")
	c.Flags().StringVar(&f.who, "who", "", "who answers, to be kept with the answers")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON instead of text: the questions with whole values, or what became of the answers")
	c.Flags().BoolVar(&f.detailed, "detailed-exitcode", false, "exit with 3 when there are open questions")
	c.Flags().StringVar(&a.statePath, "state", "", "file of the memory of earlier runs (default: as the pipeline says, or "+stateDefault+" beside it)")
	c.Flags().StringVar(&f.now, "now", "", "time of the run, RFC 3339, instead of the clock")
	c.MarkFlagsMutuallyExclusive("out", "answers")
	return c
}

func (a *app) review(ctx context.Context, path string, f reviewFlags) error {
	now, err := runTime(f.now)
	if err != nil {
		return err
	}
	var answers []dsl.ReviewAnswer
	switch {
	case f.answers != "":
		if form := formOf(f.answers); form != formUnknown && form != formReview && form != formCSV {
			return fmt.Errorf("--answers %s: that is %s, and not %s; %s", diag.Printable(f.answers), form, formReview, a.useOf(form, f.answers))
		}
		if answers, err = readReviewAnswers(f.answers, f.who, now.UTC().Format("2006-01-02")); err != nil {
			return err
		}
	case f.out != "":
		if err := checkQuestionsOut(f.out); err != nil {
			return err
		}
	}
	p, opt, err := a.loadRun(ctx, path, now, f.now != "")
	if err != nil {
		return err
	}
	r, err := dsl.NewReview(path, p)
	if err != nil {
		return err
	}
	if without := r.WithoutDecisions(); f.out != "" && len(without) > 0 {
		return fmt.Errorf("model %s has no file for answers, so that they could not be read back; add decisions: decisions.yaml to its dedupe section, then write the questions", diag.Printable(without[0]))
	}
	if f.answers != "" {
		return a.takeAnswers(ctx, r, opt, answers, f)
	}
	return a.askQuestions(ctx, r, opt, path, f)
}

// askQuestions writes the open questions.
func (a *app) askQuestions(ctx context.Context, r *dsl.Review, opt pipeline.Options, path string, f reviewFlags) error {
	q, err := r.Questions(ctx, opt)
	a.progress.end()
	if err != nil {
		return err
	}
	for _, found := range q.Findings {
		fmt.Fprintf(a.stderr, "%s: %s\n", found.Severity, diag.Printable(found.String()))
	}
	a.warnUnanswerable(r, q)
	table, err := questionsCSV(q.Questions)
	if err != nil {
		return err
	}
	switch {
	case f.out != "":
		if err := writePrivate(f.out, table); err != nil {
			return fmt.Errorf("write the questions: %w", err)
		}
	case !f.json:
		if _, err := a.stdout.Write(table); err != nil {
			return err
		}
	}
	if f.json {
		if err := encodeJSON(a, q); err != nil {
			return err
		}
	}
	told := a.stdout
	if f.out == "" || f.json {
		told = a.stderr
	}
	next := a.commandOf("reconkit match review", path).with("answers", filepath.ToSlash(f.out)).from(a.typed, but("out", "questions-max"))
	fmt.Fprint(told, reviewText(q, f.out, next.String()))
	if f.detailed && len(q.Questions) > 0 {
		return &codeError{code: exitBlocked}
	}
	return nil
}

// warnUnanswerable names what would keep answers from being taken.
func (a *app) warnUnanswerable(r *dsl.Review, q *dsl.Questions) {
	warned := map[string]bool{}
	for _, x := range q.Questions {
		if x.ID == "" {
			fmt.Fprintf(a.stderr, "warning: %s and %s cannot be named in the decisions, so that an answer cannot be kept; give their source an id\n",
				diag.Printable(x.A.Label), diag.Printable(x.B.Label))
		}
		if r.Decisions(x.Model) == "" && !warned[x.Model] {
			warned[x.Model] = true
			fmt.Fprintf(a.stderr, "warning: model %s has no file for answers; add decisions: decisions.yaml to its dedupe section\n", x.Model)
		}
	}
}

// reviewText says how many questions there are and what to do about them.
func reviewText(q *dsl.Questions, out, next string) string {
	n := len(q.Questions)
	if n == 0 {
		return "there are no open questions\n"
	}
	text := fmt.Sprintf("open questions: %d", n)
	if q.More > 0 {
		text += fmt.Sprintf(", the likeliest of %d; the others come once these are answered", n+q.More)
	}
	if out == "" {
		return text + "\n"
	}
	return text + fmt.Sprintf(", in %s\nfill in the column answer with same, different or later\nnext: %s\n", diag.Printable(out), next)
}

// takeAnswers adds answers to the files of decisions.
func (a *app) takeAnswers(ctx context.Context, r *dsl.Review, opt pipeline.Options, answers []dsl.ReviewAnswer, f reviewFlags) error {
	done, err := r.Answer(ctx, opt, answers)
	a.progress.end()
	if err != nil {
		return err
	}
	for _, file := range done.Files {
		if err := replaceDecisions(file); err != nil {
			return err
		}
	}
	if f.json {
		return encodeJSON(a, done)
	}
	_, err = fmt.Fprint(a.stdout, answersText(done))
	return err
}

// answersText says what became of answers.
func answersText(done *dsl.Recorded) string {
	var b strings.Builder
	for _, file := range done.Files {
		fmt.Fprintf(&b, "answers added to %s: %d\n", file.Path, file.Added)
	}
	fmt.Fprintf(&b, "same %d, different %d, later %d, without an answer %d", done.Same, done.Different, done.Later, done.Blank)
	if done.Already > 0 {
		fmt.Fprintf(&b, ", known before %d", done.Already)
	}
	b.WriteString("\n")
	if len(done.Files) == 0 {
		b.WriteString("there was nothing to add\n")
	}
	return b.String()
}

// decisionsMode is the mode of a file of decisions that is not there yet.
const decisionsMode = 0o644

// replaceDecisions puts the new text in the place of the old one at once. A
// link is followed, and the mode of the file stays.
func replaceDecisions(f dsl.RecordedFile) error {
	path, mode := f.Path, fs.FileMode(decisionsMode)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	now, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		now = nil
	case err != nil:
		return fmt.Errorf("write the decisions: %w", err)
	default:
		if info, err := os.Stat(path); err == nil {
			mode = info.Mode().Perm()
		}
	}
	if !bytes.Equal(now, f.Before) {
		return fmt.Errorf("write the decisions: %s was changed by somebody else just now; nothing was written to it, run the command again", f.Path)
	}
	if err := renameio.WriteFile(path, f.After, mode, renameio.IgnoreUmask()); err != nil {
		return fmt.Errorf("write the decisions: %w", err)
	}
	return nil
}
