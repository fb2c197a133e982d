package dedupe

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// prepared prepares a matching. Records are compared only where that can decide
// something, or where somebody asks for what they teach.
func (m *Matcher) prepared(ctx context.Context, in pipeline.MatchInput) (*run, error) {
	r, err := m.prepare(ctx, in)
	if err != nil {
		return nil, err
	}
	switch {
	case m.linker == nil:
	case !in.Learn && r.keysTellAll():
		if r.u.n > 1 {
			r.weights = &pipeline.MatchWeights{From: pipeline.WeightsUnneeded, Why: "keys tell all records apart: none were compared by likeness"}
		}
	default:
		if err := r.compare(ctx, in.Weights); err != nil {
			return nil, err
		}
	}
	r.begin()
	return r, nil
}

// compare compares the records by the weights that are remembered, unless others are
// pinned. Where they do not fit what is compared by now, the records are weighed anew,
// and that is said.
func (r *run) compare(ctx context.Context, remembered *pipeline.PinnedWeights) error {
	m, copies := r.u.m, r.copies()
	if remembered == nil || m.config.Weights != nil {
		err := r.u.compareAll(ctx, copies)
		if err == nil {
			r.weighed()
		}
		return err
	}
	w, err := linkage.ParseWeights(remembered.Text)
	if err != nil && !errors.Is(err, linkage.ErrOtherWeights) {
		return fmt.Errorf("the remembered weights cannot be used: %w; a plan with --relearn replaces them", err)
	}
	if err == nil {
		recalling := *m
		recalling.config.Weights = w
		if err = recalling.setLinker(); err == nil {
			r.u.m = &recalling
			err = r.u.compareAll(ctx, copies)
		}
	}
	switch {
	case errors.Is(err, linkage.ErrOtherWeights):
		r.u.m = m
		if err := r.u.compareAll(ctx, copies); err != nil {
			return err
		}
		r.weighed()
		if r.u.n > 1 {
			r.notes.add(diag.Warning, "weights-outdated", 0, "the remembered weights are not used: they were learned when other fields were compared, or in another way",
				"read this plan with care; applying it remembers what it learned")
		}
	case err != nil:
		return err
	case r.u.n > 1:
		r.weights = &pipeline.MatchWeights{From: pipeline.WeightsRemembered, Records: w.Records, Learned: remembered.Learned,
			Why: fmt.Sprintf("remembered weights are used, learned from %d records", w.Records)}
		r.noteGrowth(w)
	}
	return nil
}

// grownMax is how many times as many records as the remembered weights were
// learned from there may be before it is said that learning them anew may be
// worth it.
const grownMax = 2

func (r *run) noteGrowth(w *linkage.Weights) {
	if now := r.u.n - len(r.copies()); now > grownMax*w.Records {
		r.notes.add(diag.Note, "weights-old", now, fmt.Sprintf("the remembered weights were learned from %d records; there are %d now", w.Records, now),
			"plan --relearn learns from all of them; read that plan with care")
	}
}

// weighed notes by which weights the records were compared.
func (r *run) weighed() {
	if r.u.evidence == nil || r.u.n < 2 {
		return
	}
	e, m := r.u.taught, r.u.m
	w := &pipeline.MatchWeights{From: pipeline.WeightsShipped, Why: e.Report.WeightsWhy}
	r.weights = w
	switch {
	case m.config.Weights != nil:
		w.From, w.Records = pipeline.WeightsFile, m.config.Weights.Records
		w.Why = fmt.Sprintf("the weights of %s are used, learned from %d records", diag.Shorten(m.config.WeightsFile, 60), w.Records)
	case e.Report.Learned:
		w.From, w.Records, w.Why = pipeline.WeightsLearned, e.Weights.Records, "weights are "+e.Report.WeightsWhy
	}
}

// writeWeights writes down what of the weights is to be remembered, what the records
// taught where that is trusted, beside what else is done. The function that it returns
// waits for that, and may be called again.
func (r *run) writeWeights() (wait func() error) {
	if r.weights == nil || r.weights.From != pipeline.WeightsLearned {
		return func() error { return nil }
	}
	var writing sync.WaitGroup
	var err error
	taught, weights := r.u.taught, r.weights
	writing.Go(func() { weights.Text, err = taught.Pinned().JSON() })
	return func() error {
		writing.Wait()
		return err
	}
}
