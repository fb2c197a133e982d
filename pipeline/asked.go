package pipeline

import (
	"context"
	"fmt"
)

// askedOf names what is remembered of the questions about a binding, in the memory of
// weights, as which it lasts.
func askedOf(pipeline, model, identity, resource string) string {
	return "asked in " + weightsOf(pipeline, model, identity, resource)
}

// recallAsked returns what is remembered of the questions about a binding that nobody has
// answered; nil: nothing is. It is recalled also where weights are learned anew, for what
// they say by then is no answer.
func (p *Plan) recallAsked(ctx context.Context, b *Binding, opt Options) ([]byte, error) {
	if opt.Weights == nil {
		return nil, nil
	}
	w, err := opt.Weights.Weights(ctx, askedOf(p.Header.Pipeline, b.Model.Name, b.Target.Identity(), b.Resource))
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", b.Model.Name, err)
	}
	if w == nil {
		return nil, nil
	}
	return w.Text, nil
}

// rememberAsked keeps the questions of the plan in place of those before, unless those of
// a plan are remembered that was made later.
func (a *applier) rememberAsked(ctx context.Context) error {
	memory, able := a.opt.State.(Weights)
	if !able {
		return nil
	}
	of := askedOf(a.plan.Header.Pipeline, a.binding.Model, a.binding.Identity, a.binding.Resource)
	old, err := memory.Weights(ctx, of)
	switch {
	case err != nil:
		return err
	case old == nil && len(a.binding.Asked) == 0, old != nil && old.Learned.After(a.binding.ReadAt):
		return nil
	}
	return memory.SaveWeights(ctx, of, PinnedWeights{Text: a.binding.Asked, Learned: a.binding.ReadAt})
}
