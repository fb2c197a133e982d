package dedupe

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// judge weighs two records. It is the seam behind which a better model can
// come: the rest of the package asks for weights and for their parts, and
// knows nothing of how they come about.
type judge interface {
	// weigh fills e with the evidence for a and b being one, replacing what it
	// held. It gives the same for (b, a), and is safe for concurrent use.
	weigh(a, b int32, e *evidence)
}

// evidence is a judgement: parts of which the weights add up to weight.
type evidence struct {
	weight float64 // log2 odds
	parts  []evidencePart
}

// evidencePart is the weight of one comparison. Weights are multiples of 1/4,
// so that sums are exact in any order.
type evidencePart struct {
	weight float64
	note   string
	about  int16 // see the about constants; from 0: place in Matcher.compare
}

// What a part is about, besides a comparison of Matcher.compare. A key is
// aboutKey minus its place in Matcher.keys.
const (
	aboutOdds  = -1 // before anything is compared
	aboutPlace = -2 // shared places that prove less than they seem to
	aboutKind  = -3 // a person or a company
	aboutKey   = -8
)

func (e *evidence) add(about int, weight float64, note string) {
	e.parts = append(e.parts, evidencePart{weight: weight, note: note, about: int16(about)})
	e.weight += weight
}

// decidedWeight is the weight of what is not weighed: a person's answer or a
// remembered link. The probability rounds to 1.
const decidedWeight = 64

// probability turns log2 odds into a probability.
func probability(weight float64) float64 { return 1 / (1 + math.Exp2(-weight)) }

// reason makes a judgement readable. The parts come heaviest first.
func (u *universe) reason(rule string, a, b int32, e *evidence) pipeline.Reason {
	parts := slices.Clone(e.parts)
	slices.SortStableFunc(parts, func(x, y evidencePart) int {
		return cmp.Compare(math.Abs(y.weight), math.Abs(x.weight))
	})
	r := pipeline.Reason{Rule: rule, Weight: e.weight, Score: probability(e.weight), Parts: make([]pipeline.EvidencePart, len(parts))}
	for i, p := range parts {
		field, fields := u.partFields(int(p.about))
		r.Parts[i] = pipeline.EvidencePart{Field: field, Weight: p.weight, Note: p.note,
			A: u.shown(a, fields), B: u.shown(b, fields)}
	}
	return r
}

// partFields names what a part is about, and the fields that show it.
func (u *universe) partFields(about int) (string, []int) {
	switch {
	case about >= 0:
		return u.m.compare[about].name, u.m.compare[about].fields
	case about <= aboutKey:
		k := u.m.keys[aboutKey-about]
		return k.name, []int{k.field}
	case about == aboutPlace:
		return "place", nil
	case about == aboutKind:
		return "kind", nil
	}
	return "odds", nil
}

// shownMax is the number of characters of a value in an explanation.
const shownMax = 60

func (u *universe) shown(i int32, fields []int) string {
	if len(fields) == 1 {
		return diag.Shorten(u.text(i, fields[0]), shownMax)
	}
	var texts []string
	for _, f := range fields {
		if s := u.text(i, f); s != "" {
			texts = append(texts, s)
		}
	}
	return diag.Shorten(strings.Join(texts, " "), shownMax)
}

// ruled is the reason of what was decided elsewhere.
func ruled(rule, note, a, b string) pipeline.Reason {
	return pipeline.Reason{Rule: rule, Score: probability(decidedWeight), Weight: decidedWeight,
		Parts: []pipeline.EvidencePart{{Field: "id", A: diag.Shorten(a, shownMax), B: diag.Shorten(b, shownMax), Weight: decidedWeight, Note: note}}}
}
