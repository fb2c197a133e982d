package linkage

import (
	"fmt"
	"iter"
	"math"
)

// Weight is evidence in hundredths of a bit: log2 of odds, times 100. Weights
// are whole numbers so that the parts of an explanation add up to its sum.
type Weight int32

// String writes the weight in bits, with its sign: +12.34.
func (w Weight) String() string { return fmt.Sprintf("%+.2f", float64(w)/weightsPerBit) }

const weightsPerBit = 100

// weightMax bounds every score, so that sums never overflow.
const weightMax Weight = 100 * weightsPerBit

// Probability is the probability that odds of 2^w stand for.
func (w Weight) Probability() float64 { return 1 / (1 + math.Exp2(-float64(w)/weightsPerBit)) }

// weightOf is the weight of natural log odds.
func weightOf(logOdds float64) Weight {
	w := math.Round(logOdds / math.Ln2 * weightsPerBit)
	return Weight(max(-float64(weightMax), min(float64(weightMax), w)))
}

// Explanation says why two records are the same, or are not. The weights of its
// Parts add up to Sum exactly, and Sum is the score of the pair.
type Explanation struct {
	A           int32        `json:"a"`
	B           int32        `json:"b"`
	Parts       []Part       `json:"parts"`
	Sum         Weight       `json:"sum"`         // hundredths of a bit
	Probability float64      `json:"probability"` // what Sum stands for
	Classes     ClassChances `json:"classes"`
	Keys        []string     `json:"keys"`                // block keys that the records share; empty: none
	Forbidden   string       `json:"forbidden,omitempty"` // why the two can never be one
}

// Part is one piece of evidence.
type Part struct {
	Field  string `json:"field"`       // such as given name, email; "" for what is about the pair as a whole
	A      string `json:"a,omitempty"` // the values as they were compared
	B      string `json:"b,omitempty"`
	Level  string `json:"level"`  // how well they agree, in words
	Weight Weight `json:"weight"` // hundredths of a bit
	// Usual says for whom an agreement is even more usual than for one contact,
	// where it speaks against the two; "" elsewhere.
	Usual string `json:"usual,omitempty"`

	Kinds []Kind `json:"-"` // of the columns that Field is about; nil where it is the name of one column
}

// Words are how well the two agree, and for whom that is more usual.
func (p Part) Words() string {
	if p.Usual == "" {
		return p.Level
	}
	return p.Level + ", as is even more usual for " + p.Usual
}

// LevelRest is the level of the part of an explanation that makes the others add
// up: what classes beside the likeliest rival take away, and rounding.
const LevelRest = "the other classes, and rounding"

// ClassChances are the probabilities of what two records may be to each other.
// They add up to 1.
type ClassChances struct {
	Same       float64 `json:"same"`
	Household  float64 `json:"household"`  // one surname and one place, two people
	Colleagues float64 `json:"colleagues"` // one place, two people, or a company and its staff or branches
	Strangers  float64 `json:"strangers"`
}

// Report is what a run has to tell beside its clusters.
type Report struct {
	Records int            `json:"records"`
	Columns []ColumnReport `json:"columns"`

	Keys []KeyReport `json:"keys"`
	// KeysAside are the kinds of block key that were not used: those that alone would
	// make more pairs than the budget holds, and those of which most records are in
	// blocks too large for it. In long lists some always are.
	KeysAside []KeyAside `json:"keys_aside,omitempty"`
	Pairs     int64      `json:"pairs"`    // compared, each once, and as far as it took to see that they are not the same
	Possible  float64    `json:"possible"` // pairs that there are
	Recall    float64    `json:"recall"`   // estimated share of the same pairs that were compared

	Learned    bool    `json:"learned"`     // the weights were learned from these records
	WeightsWhy string  `json:"weights_why"` // why learned, shipped or pinned weights were used
	Iterations int     `json:"iterations"`  // of learning
	SamePairs  float64 `json:"same_pairs"`  // expected, among those compared; estimated where weights are learned from a part of these

	Bins           []Bin    `json:"bins"`            // probabilities of the compared pairs from PairsAbove on
	QuestionsLeft  int      `json:"questions_left"`  // that did not fit in QuestionsMax
	Notes          []string `json:"notes,omitempty"` // what was degraded, demoted or split, in sentences
	NoneNotes      []string `json:"-"`               // those of Notes about values that say that there is none, for whoever tells of these itself
	ClusterLargest int      `json:"cluster_largest"` // records

	Update *UpdateReport `json:"update,omitempty"` // how records were added; nil: this was a run from scratch
}

// ColumnReport tells of one column.
type ColumnReport struct {
	Column
	Filled   int `json:"filled"`   // records with a value
	Distinct int `json:"distinct"` // values after normalisation
}

// KeyReport tells of one kind of block key.
type KeyReport struct {
	Name    string `json:"name"`
	Pairs   int64  `json:"pairs"`   // of records that share a key of this kind
	New     int64  `json:"new"`     // of these, not met by a kind above
	Blocks  int    `json:"blocks"`  // of two or more records
	Largest int    `json:"largest"` // records in the largest block
	Most    int    `json:"most"`    // records that a block may hold to make pairs; 0: any number
	Split   int    `json:"split"`   // blocks that were too large: they were split by further values or, where Most says how many they may hold, left out
	Left    int64  `json:"left"`    // pairs of such blocks that this kind did not make, at least
}

// KeyAside is a kind of block key that was not used.
type KeyAside struct {
	Name    string `json:"name"`
	Largest int    `json:"largest"` // records in the largest block, about
}

// Bin is the pairs of some range of probability.
type Bin struct {
	From      float64 `json:"from"`
	To        float64 `json:"to"`
	Pairs     int     `json:"pairs"`
	Predicted float64 `json:"predicted"`      // mean probability
	True      float64 `json:"true,omitempty"` // share of same pairs, where the truth is known
}

// Reliability sorts pairs into ten bins of probability and tells for each which
// share of them is the same in truth.
func Reliability(pairs iter.Seq[Pair], same func(a, b int32) bool) []Bin {
	bins := make([]Bin, binCount)
	for i := range bins {
		bins[i].From, bins[i].To = float64(i)/binCount, float64(i+1)/binCount
	}
	for p := range pairs {
		b := &bins[min(binCount-1, int(p.Probability*binCount))]
		b.Pairs++
		b.Predicted += p.Probability
		if same != nil && same(p.A, p.B) {
			b.True++
		}
	}
	for i := range bins {
		if n := float64(bins[i].Pairs); n > 0 {
			bins[i].Predicted /= n
			bins[i].True /= n
		}
	}
	return bins
}

const binCount = 10
