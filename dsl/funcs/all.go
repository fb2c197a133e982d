package funcs

import (
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The limits of what functions take and give.
const (
	resultBytesMax     = 1 << 20 // of one text that a function returns
	padWidthMax        = 1000    // characters that pad_left fills up to
	patternBytesMax    = 1000    // of a regular expression
	patternsKept       = 256     // regular expressions that stay compiled
	listMembersMax     = 10_000  // of a list that a function returns
	similarityBytesMax = 1000    // of folded text that is compared
	shownCharsMax      = 60      // of a value in a message
)

// All returns every function of the expression language in the order of the
// reference, besides lookup and erase, which belong to the evaluation. The
// result is new for each call and shares nothing with others.
func All() []*Func {
	var all []*Func
	all = append(all, parsers()...)
	all = append(all, records()...)
	all = append(all, texts()...)
	all = append(all, patternFuncs()...)
	all = append(all, conversions()...)
	all = append(all, comparisons()...)
	return all
}

// text is a parameter that takes text.
func text(name string) Param { return Param{Name: name, Types: []pipeline.Type{pipeline.String}} }

// whole is a parameter that takes a whole number.
func whole(name string) Param { return Param{Name: name, Types: []pipeline.Type{pipeline.Int}} }

// optional makes a parameter one that may be left out.
func optional(p Param) Param {
	p.Optional = true
	return p
}

// nullable makes a parameter one to which null is passed.
func nullable(p Param) Param {
	p.Null = true
	return p
}

// argument returns argument i, or null where it was left out.
func argument(args []pipeline.Value, i int) pipeline.Value {
	if i < len(args) {
		return args[i]
	}
	return pipeline.Null()
}

// show is a value as messages show it.
func show(s string) string { return `"` + diag.Shorten(s, shownCharsMax) + `"` }

// warn notes something where somebody listens.
func (rt *Runtime) warn(code string, err error) {
	if rt != nil && rt.Warn != nil {
		rt.Warn(code, err)
	}
}
