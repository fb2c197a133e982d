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

// ParseWeights reads what Weights.JSON wrote. That the weights fit the columns
// of a run, New checks.
func ParseWeights(text []byte) (*Weights, error) {
	if len(text) > WeightsBytesMax {
		return nil, fmt.Errorf("the weights have %d bytes, more than %d", len(text), WeightsBytesMax)
	}
	w := &Weights{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(w); err != nil {
		if _, plain := diag.DecodeJSON[Weights](text); plain != nil {
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
	text, err := json.MarshalIndent(w, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write weights: %w", err)
	}
	return append(text, '\n'), nil
}
