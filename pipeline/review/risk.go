package review

import (
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// risk is a bucket of changes that are equally worth a look. Each change is in one:
// the first that fits.
type risk struct {
	level string // high, middle or low
	name  string
	means string
}

// risks are the buckets, those that are worth a look most first.
var risks = [...]risk{
	{"high", "delete", "a record goes"},
	{"high", "outward", "people outside may notice, such as by a message"},
	{"high", "names-differ", "rows with different first names became one record"},
	{"high", "identity", "an e-mail address or another key changes"},
	{"high", "look-alike", "letters give way to letters of another script that look the same"},
	{"high", "blank", "a value is emptied"},
	{"high", "overrides-edit", "what somebody edited in the target is overwritten"},
	{"middle", "again", "a record is created that somebody deleted or merged"},
	{"middle", "merge", "several rows became one record"},
	{"middle", "create", "a record is created"},
	{"middle", "values", "values take the place of others"},
	{"low", "fills", "only empty fields are filled"},
	{"low", "form", "only the form of values changes: format, case, or what nobody sees"},
}

// The places of the buckets in risks.
const (
	riskDelete = iota
	riskOutward
	riskNames
	riskIdentity
	riskLookAlike
	riskBlank
	riskOverrides
	riskAgain
	riskMerge
	riskCreate
	riskValues
	riskFills
	riskForm
)

// riskOf is the bucket of a change, a place in risks.
func riskOf(c *pipeline.Change) int {
	has := func(labels ...string) bool {
		return slices.ContainsFunc(labels, func(l string) bool { return slices.Contains(c.Labels, l) })
	}
	switch {
	case c.Action == pipeline.Delete:
		return riskDelete
	case has(pipeline.LabelOutward):
		return riskOutward
	case has(pipeline.LabelNames):
		return riskNames
	case has(pipeline.LabelEmail, pipeline.LabelIdentity):
		return riskIdentity
	case has(pipeline.LabelLookAlike):
		return riskLookAlike
	case has(pipeline.LabelBlank):
		return riskBlank
	case has(pipeline.LabelOverrides):
		return riskOverrides
	case has(pipeline.LabelAgain):
		return riskAgain
	case has(pipeline.LabelMerge):
		return riskMerge
	case c.Action == pipeline.Create:
		return riskCreate
	case has(pipeline.LabelFormatOnly, pipeline.LabelCaseOnly, pipeline.LabelSameLook):
		return riskForm
	case !slices.ContainsFunc(c.Fields, func(f pipeline.FieldChange) bool { return f.Before.String() != "" }):
		return riskFills
	default:
		return riskValues
	}
}

// risksOf counts changes by bucket.
func risksOf(changes []pipeline.Change) [len(risks)]int {
	var n [len(risks)]int
	for i := range changes {
		n[riskOf(&changes[i])]++
	}
	return n
}
