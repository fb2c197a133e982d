// Package linkage finds out which records describe one contact, without
// training data: it normalises the values, looks for pairs worth comparing,
// learns from the records themselves how much each agreement means, and joins
// records by the evidence between all of them.
//
// It is pure: no files, no clock, no randomness. The same records give the same
// clusters whatever their order and however many workers there are; records
// that are equal in every compared column may stand in for each other.
package linkage

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Defaults and limits of a Config.
const (
	MatchAboveDefault     = 0.95 // probability
	ReviewAboveDefault    = 0.10 // probability
	BestAbove             = 0.50 // probability: the clusters of Result.Best
	PairsPerRecordDefault = 6    // pairs compared, per record
	QuestionsPerThousand  = 60   // questions kept per 1,000 records, when QuestionsMax is 0
	QuestionsMin          = 20   // questions kept of few records, when QuestionsMax is 0
	RecordsMax            = 1<<31 - 2
)

// Column says what the values of one column of the table mean.
type Column struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

// Config says how records are linked. Only Columns is required.
type Config struct {
	// Columns are what is compared. Columns of one kind complete each other:
	// GivenName columns are read as one name, Street and HouseNumber columns as
	// one line, further Company and PersonName columns stand in where the first
	// is empty, and further e-mails and phones are further ways to agree.
	// Identifier, Region, Country and Text columns are each compared on their
	// own, seven of them at most; of several City, Postcode or Date columns the
	// first is compared. The report says which were left out.
	Columns []Column

	// MatchAbove and ReviewAbove are probabilities: two records are the same
	// from MatchAbove on, different below ReviewAbove, and a question between.
	// 0 means the default.
	MatchAbove, ReviewAbove float64

	// Same are columns of which an equal value makes two records one, unless
	// the value is evidently shared (the report says so). Never are columns of
	// which two different values forbid it, also through third records.
	Same, Never []string

	// Answers are what people have said about pairs of records. An answer
	// "different" forbids, also through third records; "same" joins the two
	// records with what is sure about each by itself, unless something forbids
	// it.
	Answers []Answer

	// Weights are pinned weights of an earlier run; nil means that weights are
	// learned, or the shipped ones used where the records do not teach enough.
	Weights *Weights

	// Workers is the number of goroutines; 0 means one per processor. The
	// result does not depend on it.
	Workers int

	// Progress, if any, is told at the beginning of each stage (StageRead and so
	// on) and, where a stage has a Total, how much of it is done. The calls come
	// from goroutines of the run, one at a time, and the run waits for them.
	Progress pipeline.Progress

	// PairsPerRecord is the budget of pairs to compare, per record; 0 means
	// PairsPerRecordDefault. Blocks that exceed it are split, never dropped in
	// silence.
	PairsPerRecord float64

	// QuestionsMax limits Result.Questions; 0 means QuestionsPerThousand for
	// each 1,000 records, and QuestionsMin for few. Those whose answer is expected to join most are kept,
	// and the others counted in the report.
	QuestionsMax int
}

// Answer is what a person has said about two records, by their numbers.
type Answer struct {
	A, B int32
	Same bool
}

// Input is the records to link.
type Input struct {
	Records *pipeline.Table

	// Lists says for each record which list it comes from. Nil means one list,
	// in which duplicates are looked for. With lists only records of different
	// lists are compared, and a cluster holds at most one record of each.
	Lists []uint8

	// Open says that list 0 may hold duplicates: its records are compared with
	// each other, too, and a cluster may hold several of them.
	Open bool

	// Gone are the numbers of records that are no longer there. They keep their
	// places in Records, so that the others keep their numbers, and are read as if
	// they had no values: each is a cluster of its own, and nothing is asked about
	// it. A record that changed is gone, and stands anew behind the others.
	Gone []int32
}

// Linker links records as its Config says. It is immutable and safe for
// concurrent use.
type Linker struct {
	config Config
	most   int // pairs up to which weights are learned from all; 0: learnAllMax
	number int // records from which on they get other numbers; 0: numberFrom
	tried  int // records on which the kinds of block key are tried; 0: planRecordsMax
}

// New checks c and fills in its defaults.
func New(c Config) (*Linker, error) {
	if err := checkColumns(c.Columns); err != nil {
		return nil, err
	}
	for _, list := range []struct {
		name  string
		names []string
	}{{"same", c.Same}, {"never", c.Never}} {
		for _, name := range list.names {
			if !slices.ContainsFunc(c.Columns, func(o Column) bool { return o.Name == name }) {
				return nil, fmt.Errorf("%s: no column is called %q%s", list.name, diag.Shorten(name, 60), didYouMean(name, c.Columns))
			}
		}
	}
	if c.MatchAbove == 0 {
		c.MatchAbove = MatchAboveDefault
	}
	if c.ReviewAbove == 0 {
		c.ReviewAbove = min(ReviewAboveDefault, c.MatchAbove)
	}
	if c.PairsPerRecord == 0 {
		c.PairsPerRecord = PairsPerRecordDefault
	}
	switch {
	case !(c.MatchAbove > 0 && c.MatchAbove < 1):
		return nil, fmt.Errorf("match_above is %v; it must be a probability above 0 and below 1", c.MatchAbove)
	case !(c.ReviewAbove > 0 && c.ReviewAbove <= c.MatchAbove):
		return nil, fmt.Errorf("review_above is %v; it must be a probability above 0 and at most match_above, %v", c.ReviewAbove, c.MatchAbove)
	case c.Workers < 0:
		return nil, fmt.Errorf("workers is %d; it must not be negative", c.Workers)
	case !(c.PairsPerRecord > 0 && c.PairsPerRecord <= 1000):
		return nil, fmt.Errorf("pairs_per_record is %v; it must be above 0 and at most 1,000", c.PairsPerRecord)
	case c.QuestionsMax < 0:
		return nil, fmt.Errorf("questions_max is %d; it must not be negative", c.QuestionsMax)
	}
	if c.Weights != nil {
		if err := c.Weights.check(c.Columns); err != nil {
			return nil, err
		}
	}
	return &Linker{config: c}, nil
}

// Columns are the columns that are compared.
func (l *Linker) Columns() []Column { return slices.Clone(l.config.Columns) }

func checkColumns(columns []Column) error {
	if len(columns) == 0 {
		return fmt.Errorf("linking needs columns to compare; name some, or let Guess find them")
	}
	seen := map[string]bool{}
	for _, c := range columns {
		switch {
		case c.Name == "":
			return fmt.Errorf("a column of kind %s has no name", c.Kind)
		case c.Kind == 0 || c.Kind > kindLast:
			return fmt.Errorf("column %q has no kind", diag.Shorten(c.Name, 60))
		case seen[c.Name]:
			return fmt.Errorf("column %q is named twice", diag.Shorten(c.Name, 60))
		}
		seen[c.Name] = true
	}
	return nil
}

func didYouMean(name string, columns []Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = diag.Shorten(c.Name, 60)
	}
	if hint := diag.DidYouMean(name, names); hint != "" {
		return "; " + hint
	}
	return ""
}

// Run links the records of in. The only errors are a cancelled context, a table
// without the columns, and lists or answers about records that are not there;
// whatever the records hold is no error.
func (l *Linker) Run(ctx context.Context, in Input) (*Result, error) {
	return l.run(ctx, in)
}

// Pair is two records, A before B, and the probability that they are the same.
type Pair struct {
	A, B        int32
	Score       Weight // log2 odds; Probability says the same
	Probability float64
}

// Result is which records are one contact. It holds what Explain needs and is
// safe for concurrent reading.
type Result struct {
	// Best is the best guess: records are together where that is likelier than
	// not. Clusters holds only what is sure: joined at MatchAbove. Both give for
	// each record the number of the first record of its cluster.
	Best, Clusters []int32

	// Questions are pairs of records of different Clusters that a person should
	// look at: one for each two clusters whose best pair has at least the
	// probability ReviewAbove, first those whose answer is expected to join most.
	// That pair may be sure by itself, where other records of its clusters speak
	// against it.
	Questions []Pair

	Weights *Weights // to pin: Config.Weights of the next run
	Report  Report

	data  *linked
	spent atomic.Bool // another result goes on from this one
}

// Pairs yields every pair that was compared and came out with a probability of
// at least PairsAbove, and those that were answered to be the same, by record
// number.
func (r *Result) Pairs() iter.Seq[Pair] { return r.data.pairs() }

// PairsAbove is the probability from which on Result.Pairs tells of a pair.
const PairsAbove = 0.01

// Explain says why records a and b are the same, or are not. They need not have
// been compared in the run: they are compared now, by the same weights. It
// panics when a or b is not the number of a record, as an index does.
func (r *Result) Explain(a, b int32) Explanation { return r.data.settle().explain(a, b) }
