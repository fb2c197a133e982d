package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/dedupe/measure"
)

// matchEvalFlags are the flags of match eval.
type matchEvalFlags struct {
	matchFlags
	truth, truthColumn string
	clusters, mistakes string
	answered           bool
	json               bool
}

func (a *app) matchEvalCommand() *cobra.Command {
	var f matchEvalFlags
	c := &cobra.Command{
		Use:   "eval FILE [FILE] --truth FILE",
		Short: "Say how good the matching is where it is known which rows are one contact",
		Long: `eval matches as match run does, without looking at the truth, and compares.

The truth is a column of the file (--truth-column), equal for the rows of one
contact, or a file of its own (--truth): either with two columns of ids, a true
pair in each line, or with a column of ids and one that says the contact. Pairs
and clusters are counted against all true pairs; a true pair that was never
compared is a miss.

With --clusters nothing is matched: the clusters of another program are measured,
from a file with the columns id (or row) and cluster_id.`,
		Example: `  reconkit match eval contacts.csv --truth-column cluster_id
  reconkit match eval crm.csv fair.csv --link --truth pairs.csv
  reconkit match eval contacts.csv --truth-column cluster_id --json
  reconkit match eval contacts.csv --truth-column cluster_id --mistakes mistakes.csv
  reconkit match eval contacts.csv --truth-column cluster_id --clusters theirs.csv`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, files []string) error { return a.matchEval(cmd.Context(), files, f) },
	}
	f.register(c)
	c.Flags().StringVar(&f.truth, "truth", "", "file of true pairs (two columns of ids), or of ids and contacts")
	c.Flags().StringVar(&f.truthColumn, "truth-column", "", "column that is equal for the rows of one contact")
	c.Flags().StringVar(&f.clusters, "clusters", "", "measure the clusters of this file instead of matching")
	c.Flags().StringVar(&f.mistakes, "mistakes", "", "file for pairs of rows that the best guess joins or leaves apart wrongly")
	c.Flags().BoolVar(&f.answered, "answered", false, "match once more with right answers to all questions, and measure that, too")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON instead of text")
	return c
}

func (a *app) matchEval(ctx context.Context, files []string, f matchEvalFlags) error {
	if (f.truth == "") == (f.truthColumn == "") {
		return errors.New("say what is true: --truth-column COLUMN of the rows, or --truth FILE")
	}
	eval := a.evalOurs
	if f.clusters != "" {
		if f.mistakes != "" {
			return errors.New("--mistakes is about our own clusters; leave it out, or --clusters")
		}
		eval = a.evalTheirs
	}
	if f.mistakes != "" {
		if err := checkTableName("--mistakes", f.mistakes); err != nil {
			return err
		}
		if err := readBy(append([]string{f.truth, f.weights, f.answers}, files...)).spare("", "--mistakes", filepath.Clean(f.mistakes)); err != nil {
			return err
		}
	}
	report, err := eval(ctx, files, f)
	if err != nil {
		return err
	}
	if f.json {
		return encodeJSON(a, report)
	}
	_, err = a.stdout.Write([]byte(report.text()))
	return err
}

// The parts of a report of match eval, as JSON.
type (
	evalReport struct {
		Records   int   `json:"records"`
		Entities  int   `json:"entities"`
		TruePairs int64 `json:"true_pairs"`
		// TrueNotClosed says that the true pairs do not follow from clusters.
		TrueNotClosed bool `json:"true_pairs_not_closed,omitempty"`

		Columns  []linkage.Column `json:"columns,omitempty"`
		Weights  string           `json:"weights,omitempty"`
		Notes    []string         `json:"notes,omitempty"`
		Compared *evalCompared    `json:"compared,omitempty"`
		Pairs    []evalPairs      `json:"pairs,omitempty"`
		Clusters []evalClusters   `json:"clusters"`

		Reliability *evalReliability `json:"reliability,omitempty"`
		Questions   *evalQuestions   `json:"questions,omitempty"`
		Cost        *evalCost        `json:"cost,omitempty"`
	}
	evalReliability struct {
		Bins  []evalBin `json:"bins"`
		Error *float64  `json:"expected_calibration_error"` // null: no pair was told
		Worst *evalBin  `json:"worst_bin,omitempty"`
	}
	// evalScore is null where nothing was found or nothing is there that could be
	// counted.
	evalScore struct {
		Right     int64    `json:"right"`
		Found     int64    `json:"found"`
		True      int64    `json:"true"`
		Precision *float64 `json:"precision"`
		Recall    *float64 `json:"recall"`
		F1        *float64 `json:"f1"`
	}
	evalCompared struct {
		Pairs     int64   `json:"pairs"`
		PerRecord float64 `json:"per_record"`
		// Told are the pairs from which the numbers come: the engine does not
		// tell of those that are surely different.
		Told      int64   `json:"told"`
		ToldTrue  int64   `json:"told_true"`
		Estimated float64 `json:"recall_estimated"`
	}
	evalPairs struct {
		Above float64 `json:"above"`
		evalScore
	}
	evalClusters struct {
		Name        string    `json:"name"`
		Clusters    int       `json:"clusters"`
		Largest     int       `json:"largest"`
		Pairs       evalScore `json:"pairs"`
		Exact       evalScore `json:"exact"`
		ExactJoined evalScore `json:"exact_joined"`
		BCubed      struct {
			Precision *float64 `json:"precision"`
			Recall    *float64 `json:"recall"`
			F1        *float64 `json:"f1"`
		} `json:"b_cubed"`
	}
	evalBin struct {
		From      float64 `json:"from"`
		To        float64 `json:"to"`
		Pairs     int64   `json:"pairs"`
		Predicted float64 `json:"predicted"`
		True      float64 `json:"true"`
		Gap       float64 `json:"gap"`
	}
	evalQuestions struct {
		Asked       int     `json:"asked"`
		PerThousand float64 `json:"per_1000_records"`
		Left        int     `json:"left_out"` // beyond the budget
		Same        int     `json:"answered_same"`
		// After is what joining the sure clusters by the answers gives, Again what
		// a second run makes of the answers, where it was asked for.
		After evalScore  `json:"after_answers"`
		Again *evalScore `json:"second_run,omitempty"`
	}
	evalCost struct {
		Wall float64 `json:"wall_seconds"`
		CPU  float64 `json:"cpu_seconds"`
		Peak int64   `json:"peak_bytes"`
		Rows int     `json:"row_bytes"`
	}
)

func scoreOf(s measure.Score) evalScore {
	return evalScore{Right: s.Right, Found: s.Found, True: s.True,
		Precision: of(s.Found, s.Precision()), Recall: of(s.True, s.Recall()), F1: of(s.True, s.F1())}
}

// of is a share of a whole, or nil where there is nothing to have a share of.
func of[N int | int64](whole N, share float64) *float64 {
	if whole == 0 {
		return nil
	}
	return &share
}

func clustersOf(name string, truth *measure.Truth, c *measure.Clustering) evalClusters {
	e := evalClusters{Name: name, Clusters: c.Clusters, Largest: c.Largest, Pairs: scoreOf(c.Pairs), Exact: scoreOf(c.Exact), ExactJoined: scoreOf(c.ExactJoined)}
	rows := truth.Records()
	e.BCubed.Precision, e.BCubed.Recall, e.BCubed.F1 = of(rows, c.BCubed.Precision), of(rows, c.BCubed.Recall), of(rows, c.BCubed.F1())
	return e
}

func binOf(b measure.Bin) evalBin {
	return evalBin{From: b.From, To: b.To, Pairs: b.Pairs, Predicted: b.Predicted(), True: b.Observed(), Gap: b.Gap()}
}

func newEvalReport(truth *measure.Truth) *evalReport {
	return &evalReport{Records: truth.Records(), Entities: truth.Entities(), TruePairs: truth.Pairs(), TrueNotClosed: !truth.Closed()}
}

// A bin of the reliability table counts as bad only where chance does not
// explain its gap.
const (
	worstBinFrom  = 0.5 // probability: below, what is wrong costs a question
	worstBinPairs = 200 // pairs
)

// evalOurs matches and measures.
func (a *app) evalOurs(ctx context.Context, files []string, f matchEvalFlags) (*evalReport, error) {
	m, err := a.prepareMatch(ctx, files, f.matchFlags, f.truthColumn)
	if err != nil {
		return nil, err
	}
	truth, err := a.truthOf(ctx, m.rows, f)
	if err != nil {
		return nil, err
	}
	result, took, err := a.match(ctx, m)
	if err != nil {
		return nil, err
	}
	report := newEvalReport(truth)
	report.Columns, report.Weights, report.Notes = m.config.Columns, result.Report.WeightsWhy, result.Report.Notes
	report.Cost = &evalCost{Wall: took.wall.Seconds(), CPU: took.cpu.Seconds(), Peak: took.peak, Rows: m.rows.size()}
	if err := report.scores(truth, result, m.config.MatchAbove); err != nil {
		return nil, err
	}
	for _, x := range []struct {
		name     string
		clusters []int32
	}{{"best guess, above .5", result.Best}, {fmt.Sprintf("same, above %s", short(m.config.MatchAbove)), result.Clusters}} {
		c, err := truth.Clusters(x.clusters)
		if err != nil {
			return nil, err
		}
		report.Clusters = append(report.Clusters, clustersOf(x.name, truth, c))
	}
	if f.mistakes != "" {
		if err := a.writeMistakes(ctx, m, f, truth, result); err != nil {
			return nil, err
		}
	}
	if err := report.answers(truth, result); err != nil || !f.answered {
		return report, err
	}
	again, err := a.answered(ctx, m, truth, result)
	report.Questions.Again = again
	return report, err
}

// answered matches once more, with the weights of a run and right answers to its
// questions.
func (a *app) answered(ctx context.Context, m *matching, truth *measure.Truth, r *linkage.Result) (*evalScore, error) {
	second := *m
	second.config.Weights, second.config.Answers = r.Weights, slices.Clone(m.config.Answers)
	for _, q := range r.Questions {
		second.config.Answers = append(second.config.Answers, linkage.Answer{A: q.A, B: q.B, Same: truth.Same(q.A, q.B)})
	}
	result, _, err := a.match(ctx, &second)
	if err != nil {
		return nil, err
	}
	c, err := truth.Clusters(result.Clusters)
	if err != nil {
		return nil, err
	}
	s := scoreOf(c.Pairs)
	return &s, nil
}

// scores measures the pairs before they are clustered.
func (e *evalReport) scores(truth *measure.Truth, r *linkage.Result, matchAbove float64) error {
	limits := []float64{linkage.BestAbove, matchAbove}
	c, err := truth.Scores(func(yield func(measure.Scored) bool) {
		for p := range r.Pairs() {
			if !yield(measure.Scored{A: p.A, B: p.B, Probability: p.Probability}) {
				return
			}
		}
	}, limits)
	if err != nil {
		return err
	}
	for i, limit := range limits {
		e.Pairs = append(e.Pairs, evalPairs{Above: limit, evalScore: scoreOf(c.At[i])})
	}
	e.Compared = &evalCompared{Pairs: r.Report.Pairs, Told: c.Pairs, ToldTrue: c.True, Estimated: r.Report.Recall}
	if e.Records > 0 {
		e.Compared.PerRecord = float64(r.Report.Pairs) / float64(e.Records)
	}
	e.Reliability = &evalReliability{Error: of(c.Pairs, c.Reliability.Error())}
	for _, b := range c.Reliability {
		e.Reliability.Bins = append(e.Reliability.Bins, binOf(b))
	}
	if worst, ok := c.Reliability.Worst(worstBinFrom, worstBinPairs); ok {
		b := binOf(worst)
		e.Reliability.Worst = &b
	}
	return nil
}

// answers asks the questions of the run in their order and measures what right
// answers are worth.
func (e *evalReport) answers(truth *measure.Truth, r *linkage.Result) error {
	answered, err := truth.Answer(r.Clusters, func(yield func(measure.Pair) bool) {
		for _, q := range r.Questions {
			if !yield(measure.Pair{A: q.A, B: q.B}) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	after, err := truth.Clusters(answered.Clusters)
	if err != nil {
		return err
	}
	e.Questions = &evalQuestions{Asked: len(r.Questions), PerThousand: measure.PerThousand(len(r.Questions), e.Records),
		Left: r.Report.QuestionsLeft, Same: answered.Same, After: scoreOf(after.Pairs)}
	return nil
}

// evalTheirs measures clusters that another program made.
func (a *app) evalTheirs(ctx context.Context, files []string, f matchEvalFlags) (*evalReport, error) {
	rows, err := a.readMatchFiles(ctx, files, f.matchFlags, f.truthColumn)
	if err != nil {
		return nil, err
	}
	truth, err := a.truthOf(ctx, rows, f)
	if err != nil {
		return nil, err
	}
	labels, err := a.labelsOf(ctx, rows, f.clusters, "--clusters")
	if err != nil {
		return nil, err
	}
	c, err := truth.Clusters(labels)
	if err != nil {
		return nil, err
	}
	report := newEvalReport(truth)
	report.Clusters = []evalClusters{clustersOf(f.clusters, truth, c)}
	return report, nil
}
