package linkage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// WeightsBytesMax is the size of a file of weights, at most, so that a plan can carry
// them in one line. With frequencies they have some 15 bytes for each record of contacts,
// without them a few kilobytes. More than half is who uses each phone and mailbox, which a
// Scorer alone stands on: of more than some 17 million records it is left out, so that
// there is room for the frequencies of 40 million.
const WeightsBytesMax = 256 << 20 // bytes

// WeightsFormat is the version of the form of weights as JSON.
const WeightsFormat = 1

// weightsFile is weights as they are written down.
type weightsFile struct {
	Format int `json:"format"`
	*Weights
}

// ParseWeights reads what Weights.JSON wrote. That the weights fit the columns
// of a run, New checks. Those of another format are an ErrOtherWeights: they are
// whole, and hold other things than a run of this version stands on.
func ParseWeights(text []byte) (*Weights, error) {
	if len(text) > WeightsBytesMax {
		return nil, fmt.Errorf("the weights have %d bytes, more than %d", len(text), WeightsBytesMax)
	}
	var head struct {
		Format int               `json:"format"`
		Fields []json.RawMessage `json:"fields"`
	}
	if err := json.Unmarshal(text, &head); err == nil && head.Format != WeightsFormat && len(head.Fields) > 0 {
		return nil, &misfitError{fmt.Sprintf("the weights have format %d; this reconkit reads format %d: learn them anew", head.Format, WeightsFormat)}
	}
	w := &Weights{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&weightsFile{Weights: w}); err != nil {
		if _, plain := diag.DecodeJSON[weightsFile](text); plain != nil {
			err = plain // the same, in words for people
		}
		return nil, fmt.Errorf("it does not hold weights: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("it does not hold weights alone: something stands behind them")
	}
	if len(w.Columns) == 0 || len(w.Fields) == 0 {
		return nil, fmt.Errorf("it does not hold weights: it names no columns or no fields")
	}
	return w, nil
}

// JSON writes the weights for people and for ParseWeights. Where they would be more than
// WeightsBytesMax, they do not say who uses phones and mailboxes: a run weighs by them as
// ever, and NewScorer refuses them. What would still be too much to be read is an error.
func (w *Weights) JSON() ([]byte, error) { return w.jsonWithin(WeightsBytesMax) }

func (w *Weights) jsonWithin(bytesMax int) ([]byte, error) {
	text, err := w.indented()
	if err == nil && len(text) > bytesMax && w.Frequencies != nil {
		shorter := *w
		shorter.Frequencies = w.Frequencies.withoutUsers()
		text, err = shorter.indented()
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("write weights: %w", err)
	case len(text) > bytesMax:
		return nil, fmt.Errorf("write weights: they have %d bytes, and could not be read again: at most %d can", len(text), bytesMax)
	}
	return text, nil
}

func (w *Weights) indented() ([]byte, error) {
	text, err := json.MarshalIndent(weightsFile{WeightsFormat, w}, "", "  ")
	return append(text, '\n'), err
}

// withoutUsers leaves out who uses what.
func (f *Frequencies) withoutUsers() *Frequencies {
	out := *f
	out.Values = slices.DeleteFunc(slices.Clone(f.Values), func(v ValueCounts) bool { return v.Of == factsOfMailers || v.Of == factsOfCallers })
	return &out
}
