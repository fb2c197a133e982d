package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// WeightsFrom says where the weights of a matching came from.
type WeightsFrom string

// WeightsCode is the code of the finding by which a matcher tells of its weights.
// A plan tells of them in its header instead.
const WeightsCode = "match-weights"

// Where weights come from.
const (
	WeightsLearned    WeightsFrom = "learned"    // from the records of this matching
	WeightsRemembered WeightsFrom = "remembered" // by the memory of earlier runs
	WeightsFile       WeightsFrom = "file"       // of the pipeline
	WeightsShipped    WeightsFrom = "shipped"    // with the program
	WeightsUnneeded   WeightsFrom = "unneeded"   // from nowhere: keys tell all records apart, and nothing was weighed
)

// MatchWeights says by which weights records were matched.
type MatchWeights struct {
	From    WeightsFrom `json:"from"`
	Why     string      `json:"why"`     // which they are, in a sentence; of remembered ones the time is missing
	Records int         `json:"records"` // that they were learned from; 0: they are shipped
	// Learned is when they were learned, where that is known; a matcher does not
	// know the time, so that the plan fills in its own.
	Learned time.Time `json:"learned,omitzero"`
	// Text is what is to be remembered, so that the next plan weighs alike. Nil:
	// nothing is.
	Text []byte `json:"text,omitempty"`
}

// recallWeights returns the weights by which the records of a binding were
// matched before; nil: none are remembered, or they are to be learned anew.
func (p *Plan) recallWeights(ctx context.Context, b *Binding, opt Options) (*PinnedWeights, error) {
	if opt.Weights == nil || opt.Relearn {
		return nil, nil
	}
	w, err := opt.Weights.Weights(ctx, weightsOf(p.Header.Pipeline, b.Model.Name, b.Target.Identity(), b.Resource))
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", b.Model.Name, err)
	}
	return w, nil
}

// madeOfRows are the records of a target that were made of rows: those of which it is
// noted who created them, and what may have come of creates that no apply read back. Nil
// where nothing is noted.
func madeOfRows(created map[string]string, unread unverifiedRows) map[string]string {
	if created == nil || len(unread.links)+len(unread.doubts) == 0 {
		return created
	}
	made := maps.Clone(created)
	for _, record := range unread.links {
		made[record] = ""
	}
	for _, doubt := range unread.doubts {
		for _, record := range doubt.records {
			made[record] = ""
		}
	}
	return made
}

// weightsOf names the records of a binding in the memory of weights.
func weightsOf(pipeline, model, identity, resource string) string {
	return fmt.Sprintf("plan %q %q %q %q", pipeline, model, identity, resource)
}

// toldOf is what a matching has to tell beside its weights, of which the header of
// the plan tells.
func toldOf(m *Model, result *MatchResult, opt Options) []diag.Finding {
	w := result.Weights
	if w == nil {
		return result.Findings
	}
	told := slices.DeleteFunc(slices.Clone(result.Findings), func(f diag.Finding) bool { return f.Code == WeightsCode })
	if opt.Relearn && w.From == WeightsFile {
		told = append(told, diag.Finding{Severity: diag.Note, Code: "weights-file",
			Message: fmt.Sprintf("model %s weighs by the weights that the pipeline names, which --relearn leaves alone", m.Name),
			Hint:    "reconkit match learn writes that file anew"})
	}
	return told
}

// dated returns weights that were learned now with the time of the plan.
func (w *MatchWeights) dated(made time.Time) *MatchWeights {
	if w == nil || w.From != WeightsLearned {
		return w
	}
	now := *w
	now.Learned = made
	return &now
}

// rememberWeights keeps the weights that the plan learned, unless later ones are
// remembered: a plan that is applied late does not bring back what was learned
// before it.
func (a *applier) rememberWeights(ctx context.Context) error {
	w := a.binding.Weights
	memory, able := a.opt.State.(Weights)
	if w == nil || w.Text == nil || !able {
		return nil
	}
	of := weightsOf(a.plan.Header.Pipeline, a.binding.Model, a.binding.Identity, a.binding.Resource)
	old, err := memory.Weights(ctx, of)
	if err != nil {
		return err
	}
	if old != nil && old.Learned.After(w.Learned) {
		return nil
	}
	return memory.SaveWeights(ctx, of, PinnedWeights{Text: w.Text, Learned: w.Learned})
}
