package main

import (
	"context"
	"strings"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
)

// explainPair says why two records are one, or are not.
func (a *app) explainPair(ctx context.Context, path string, p *pipeline.Pipeline, opt pipeline.Options, f explainFlags) error {
	r, err := dsl.NewReview(path, p)
	if err != nil {
		return err
	}
	pairs, err := r.Pair(ctx, opt, f.row, f.pair)
	a.progress.end()
	if err != nil {
		return err
	}
	if f.format == "json" {
		return encodeJSON(a, pairs)
	}
	v := &explainView{full: f.full, colour: a.colour(a.stdout)}
	for i, e := range pairs {
		if i > 0 {
			v.line("")
		}
		v.pair(e)
	}
	_, err = a.stdout.Write([]byte(v.b.String()))
	return err
}

// pair writes what speaks for two records, and what a plan makes of them.
func (v *explainView) pair(e dsl.PairExplained) {
	v.line("model %s", v.text(e.Model, explainNameMax))
	v.pairSide(e.A)
	v.pairSide(e.B)
	switch {
	case e.Together:
		v.line("they are one")
	case e.Asked:
		v.line("a person is asked whether they are one")
	default:
		v.line("they are two")
	}
	if len(e.Rules) > 0 {
		v.title("what stands above the weights")
		for _, rule := range e.Rules {
			v.line("  %s", v.text(rule, 2*explainWidth))
		}
	}
	v.title("what their values say")
	v.line("  probability %.4f, weight %+.2f", e.Score, e.Weight)
	v.parts(e.Reason, "  ")
	v.line("")
	v.line("  the same %.4f, a household %.4f, colleagues %.4f, strangers %.4f", e.Classes.Same, e.Classes.Household, e.Classes.Colleagues, e.Classes.Strangers)
	met := "nothing; they were compared for this explanation"
	if len(e.BlockKeys) > 0 {
		met = strings.Join(e.BlockKeys, ", ")
	}
	v.line("  what made them meet: %s", v.text(met, 10*explainWidth))
	for _, t := range e.Weakest {
		v.title("the weakest tie of " + v.text(t.A.String(), explainTextMax))
		v.line("  %s = %s", v.text(t.A.String(), explainTextMax), v.text(t.B.String(), explainTextMax))
		v.reason(t.Reason, "  ")
	}
	for _, b := range e.Blocked {
		v.title("waits [" + b.Code + "]: " + v.text(b.Reason, 2*explainWidth))
		v.line("  hint: %s", v.text(b.Hint, 2*explainWidth))
	}
}

// pairSide names one of the two records.
func (v *explainView) pairSide(r pipeline.Reference) {
	name := v.text(r.Origin.String(), explainTextMax)
	if r.Target != "" {
		name = "#" + v.text(r.Target, explainTextMax) + " of the target"
	}
	v.line("  %s  %s", name, v.text(r.Label, explainWidth))
}
