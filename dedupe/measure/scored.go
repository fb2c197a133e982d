package measure

import (
	"fmt"
	"iter"
	"math"
)

// BinsMax is the number of bins of a reliability table, each a tenth wide.
const BinsMax = 10

// nano is the unit in which probabilities are summed: the sum is exact and the
// same in any order.
const nano = 1e9

// Scored is a pair with the probability that it is one thing.
type Scored struct {
	A, B        int32
	Probability float64 // 0 to 1
}

// Bin is the pairs whose probability lies in one tenth.
type Bin struct {
	From, To float64 // the last bin includes its end
	Pairs    int64
	True     int64 // pairs that are one thing
	sum      int64 // of probabilities, in nano
}

// Predicted is the mean probability; 0 for no pair.
func (b Bin) Predicted() float64 {
	if b.Pairs == 0 {
		return 0
	}
	return float64(b.sum) / nano / float64(b.Pairs)
}

// Observed is the share of pairs that are one thing; 0 for no pair.
func (b Bin) Observed() float64 {
	if b.Pairs == 0 {
		return 0
	}
	return float64(b.True) / float64(b.Pairs)
}

// Gap is how far what was predicted is above (or, negative, below) what is.
func (b Bin) Gap() float64 { return b.Predicted() - b.Observed() }

// Reliability is the table of predicted against true (reliability diagram: A.
// H. Murphy, R. L. Winkler: Reliability of Subjective Probability Forecasts of
// Precipitation and Temperature, Applied Statistics 26, 1977).
type Reliability [BinsMax]Bin

// Error is the expected calibration error: the mean of the gaps, each weighed
// by its pairs (M. P. Naeini, G. F. Cooper, M. Hauskrecht: Obtaining Well
// Calibrated Probabilities Using Bayesian Binning, AAAI 2015); 0 for no pair.
func (r *Reliability) Error() float64 {
	var gaps, pairs int64
	for _, b := range r {
		gap := b.sum - b.True*nano
		gaps += max(gap, -gap)
		pairs += b.Pairs
	}
	if pairs == 0 {
		return 0
	}
	return float64(gaps) / nano / float64(pairs)
}

// Worst is the bin with the widest gap among those that begin at from or above
// and hold at least pairs; false when there is none.
func (r *Reliability) Worst(from float64, pairs int64) (Bin, bool) {
	var worst Bin
	found := false
	for _, b := range r {
		if b.From < from || b.Pairs < max(pairs, 1) {
			continue
		}
		if !found || math.Abs(b.Gap()) > math.Abs(worst.Gap()) {
			worst, found = b, true
		}
	}
	return worst, found
}

// Comparison is how good the scores of pairs are, before any clustering.
type Comparison struct {
	Pairs       int64 // that were scored
	True        int64 // of them; what others are true was never compared
	At          []Score
	Reliability Reliability
}

// Scores measures scored pairs, each of which must come once. At[i] of the
// result takes the pairs with a probability of thresholds[i] or more for one
// thing and counts them against all true pairs.
func (t *Truth) Scores(pairs iter.Seq[Scored], thresholds []float64) (*Comparison, error) {
	c := &Comparison{At: make([]Score, len(thresholds))}
	for i := range c.Reliability {
		c.Reliability[i].From, c.Reliability[i].To = float64(i)/BinsMax, float64(i+1)/BinsMax
	}
	for i := range c.At {
		c.At[i].True = t.Pairs()
	}
	for p := range pairs {
		if err := t.checkPair(Pair{p.A, p.B}); err != nil {
			return nil, err
		}
		if !(p.Probability >= 0 && p.Probability <= 1) {
			return nil, fmt.Errorf("pair of records %d and %d: %v is not a probability", p.A, p.B, p.Probability)
		}
		c.count(p, t.Same(p.A, p.B), thresholds)
	}
	return c, nil
}

func (c *Comparison) count(p Scored, same bool, thresholds []float64) {
	right := one(same)
	c.Pairs++
	c.True += right
	b := &c.Reliability[binOf(p.Probability)]
	b.Pairs++
	b.True += right
	b.sum += int64(math.Round(p.Probability * nano))
	for i, limit := range thresholds {
		if p.Probability >= limit {
			c.At[i].Found++
			c.At[i].Right += right
		}
	}
}

// binOf is the bin whose From and To are around a probability.
func binOf(p float64) int {
	i := min(int(p*BinsMax), BinsMax-1)
	if i > 0 && p < float64(i)/BinsMax {
		i-- // the product was rounded up
	}
	return i
}

func (t *Truth) checkPair(p Pair) error {
	n := int32(len(t.labels))
	if p.A < 0 || p.B < 0 || p.A >= n || p.B >= n || p.A == p.B {
		return fmt.Errorf("records %d and %d of %d are no pair", p.A, p.B, n)
	}
	return nil
}
