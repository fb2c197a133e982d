package linkage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// WeightsBytesMax is the size of a file of weights, at most: most of it is the
// names that many bear.
const WeightsBytesMax = 64 << 20 // bytes

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

// JSON writes the weights for people and for ParseWeights.
func (w *Weights) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(weightsFile{WeightsFormat, w}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write weights: %w", err)
	}
	return append(text, '\n'), nil
}
