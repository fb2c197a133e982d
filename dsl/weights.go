package dsl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// readWeights reads the file of pinned weights. A file that is not there pins
// nothing. A damaged one is an error: a plan must not weigh otherwise than its
// pipeline says.
func (l *loader) readWeights(n *yaml.Node) *linkage.Weights {
	name, ok := l.text(n, "weights")
	if !ok {
		return nil
	}
	text, err := readBounded(l.beside(name), linkage.WeightsBytesMax)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var w *linkage.Weights
	if err == nil {
		w, err = linkage.ParseWeights(text)
	}
	if err != nil {
		l.at(n, diag.Diagnostic{Code: "unreadable-file", Message: "the weights cannot be read: " + err.Error(), Hint: "write them anew with reconkit match learn, or take the line out"})
		return nil
	}
	return w
}

// ModelWeights is what the records of one model teach.
type ModelWeights struct {
	Model string
	File  string // that the model names for its weights; "" for none
	*dedupe.Learned
}

// Learn matches every model as a plan does, and returns what the records teach
// about the weights of those that join records, in the order of the bindings. Of
// a model with several sinks the first tells.
func (r *Review) Learn(ctx context.Context, opt pipeline.Options) ([]ModelWeights, error) {
	var out []ModelWeights
	var failed error
	err := r.match(ctx, opt, func(m matched) {
		if !m.matcher.Joins() || failed != nil || slices.ContainsFunc(out, func(o ModelWeights) bool { return o.Model == m.model }) {
			return
		}
		learned, err := m.matcher.Learn(ctx, m.in)
		if err != nil {
			failed = fmt.Errorf("model %s: %w", m.model, err)
			return
		}
		out = append(out, ModelWeights{Model: m.model, File: r.weights[m.model], Learned: learned})
	})
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	return out, nil
}
