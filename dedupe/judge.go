package dedupe

import (
	"cmp"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// bit is one bit as a weight: the odds of two to one.
const bit linkage.Weight = 100

// evidence is a judgement: parts of which the weights add up to weight.
type evidence struct {
	weight linkage.Weight
	parts  []evidencePart
}

// evidencePart is the weight of one comparison.
type evidencePart struct {
	weight linkage.Weight
	note   string
	field  string
	fields []int // of the model, that show it; nil: it is about the pair
	of     *pair // the two records that show it, where it is not those that are judged
}

func (e *evidence) add(field string, fields []int, weight linkage.Weight, note string) {
	e.parts = append(e.parts, evidencePart{weight: weight, note: note, field: field, fields: fields})
	e.weight += weight
}

// decidedWeight is the weight of what is not weighed: a person's answer or a
// remembered link. The probability rounds to 1.
const decidedWeight = 64 * bit

// reason makes a judgement readable. The parts come heaviest first.
func (u *universe) reason(rule string, a, b int32, e *evidence) pipeline.Reason {
	parts := slices.Clone(e.parts)
	slices.SortStableFunc(parts, func(x, y evidencePart) int {
		return cmp.Compare(max(y.weight, -y.weight), max(x.weight, -x.weight))
	})
	r := pipeline.Reason{Rule: rule, Weight: bits(e.weight), Score: e.weight.Probability(), Parts: make([]pipeline.EvidencePart, len(parts))}
	for i, p := range parts {
		x, y := a, b
		if p.of != nil {
			x, y = p.of.a, p.of.b
		}
		r.Parts[i] = pipeline.EvidencePart{Field: p.field, Weight: bits(p.weight), Note: p.note,
			A: u.shown(x, p.fields), B: u.shown(y, p.fields)}
	}
	return r
}

// bits is a weight in bits, to the hundredth.
func bits(w linkage.Weight) float64 { return float64(w) / float64(bit) }

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
	return pipeline.Reason{Rule: rule, Score: decidedWeight.Probability(), Weight: bits(decidedWeight),
		Parts: []pipeline.EvidencePart{{Field: "id", A: diag.Shorten(a, shownMax), B: diag.Shorten(b, shownMax), Weight: bits(decidedWeight), Note: note}}}
}
