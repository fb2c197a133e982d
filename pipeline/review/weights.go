package review

import (
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// weights says by which weights the records of a binding were matched.
func weights(w *pipeline.MatchWeights) string {
	why := sentence(w.Why)
	switch {
	case w.Text != nil:
		return why + "; apply remembers them"
	case w.From == pipeline.WeightsRemembered:
		return why + " on " + clock(w.Learned) + "; --relearn learns anew"
	}
	return why
}

// withoutTexts leaves out what apply is to remember of the weights: it is for
// programs, and many pages long.
func withoutTexts(bindings []pipeline.PlanBinding) []pipeline.PlanBinding {
	out := slices.Clone(bindings)
	for i := range out {
		if w := out[i].Weights; w != nil {
			short := *w
			short.Text = nil
			out[i].Weights = &short
		}
	}
	return out
}
