package dsl

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
)

// A condition that only compares one field with constants has one result
// between two neighbouring constants. So it is enough to try it on each
// constant, on one value between each two of them and beyond the last, and on
// null to know everything that it can say. The engine itself is asked, so that
// nothing is said twice about what an operator means.

// Limits of a trial.
const (
	trialConstantsMax = 200     // constants of one condition
	trialNumberMax    = 1 << 53 // larger numbers have no neighbour 1 away that a float can tell
)

// subject is the one column or field that an expression reads.
func subject(p *eval.Program, schema *pipeline.Schema) (pipeline.Field, bool) {
	names := p.Columns()
	if len(names) != 1 || schema == nil || len(p.Lookups()) > 0 {
		return pipeline.Field{}, false
	}
	return schema.Lookup(names[0])
}

// trialWords are the names that a condition for trial may hold beside its
// subject; trialSigns its operators.
var (
	trialWords = []string{"and", "or", "not", "in", "true", "false", "nil", "vars"}
	trialSigns = []string{"==", "!=", "<", "<=", ">", ">=", "&&", "||", "!", "(", ")", "[", "]", ",", "-", "?", ":", "??", "."}
	orderSigns = []string{"<", "<=", ">", ">="}
)

// constants are the values with which a condition compares its subject. They
// are not found when it does anything else than compare.
func (l *loader) constants(src string, of pipeline.Field) ([]pipeline.Value, bool) {
	list, ok := tokens(src)
	if !ok {
		return nil, false
	}
	var found []pipeline.Value
	for i, t := range list {
		before := func(text string) bool { return i > 0 && list[i-1].kind == tokenSign && list[i-1].text == text }
		switch {
		case t.kind == tokenText:
			found = append(found, pipeline.StringValue(t.text))
		case t.kind == tokenNumber:
			v, ok := number(t.text, before("-"))
			if !ok {
				return nil, false
			}
			found = append(found, v)
		case t.kind == tokenName && before("."):
			v, known := l.vars[t.text]
			if i < 2 || list[i-2].text != "vars" || !known {
				return nil, false
			}
			found = append(found, v)
		case t.kind == tokenName:
			if t.text != of.Name && !slices.Contains(trialWords, t.text) || i+1 < len(list) && list[i+1].text == "(" && t.text == of.Name {
				return nil, false
			}
		case !slices.Contains(trialSigns, t.text), t.text == "-" && !negates(list, i), t.text == "[" && !startsValue(list, i),
			of.Type == pipeline.String && slices.Contains(orderSigns, t.text):
			return nil, false
		}
	}
	return found, len(found) <= trialConstantsMax
}

// negates reports whether the minus at i belongs to the number behind it.
func negates(list []token, i int) bool {
	if i+1 >= len(list) || list[i+1].kind != tokenNumber {
		return false
	}
	return startsValue(list, i)
}

// startsValue reports whether a value begins at i, so that a minus there negates
// and a bracket makes a list; otherwise they work on what is before them.
func startsValue(list []token, i int) bool {
	if i == 0 {
		return true
	}
	b := list[i-1]
	return b.kind == tokenSign && b.text != ")" && b.text != "]" || b.kind == tokenName && slices.Contains(trialWords[:4], b.text)
}

func number(text string, negative bool) (pipeline.Value, bool) {
	if negative {
		text = "-" + text
	}
	text = strings.ReplaceAll(text, "_", "")
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return pipeline.IntValue(n), n > -trialNumberMax && n < trialNumberMax
	}
	f, err := strconv.ParseFloat(text, 64)
	return pipeline.FloatValue(f), err == nil && math.Abs(f) < trialNumberMax
}

// candidate is a value that a condition is tried on. One that is fresh stands
// for all texts that are no constant: named checks cannot be tried on it.
type candidate struct {
	value pipeline.Value
	fresh bool
}

// candidates are the values of a type between and beyond constants, without
// null.
func candidates(t pipeline.Type, constants []pipeline.Value) ([]candidate, bool) {
	var list []candidate
	add := func(v pipeline.Value, fresh bool) {
		if !slices.ContainsFunc(list, func(c candidate) bool { return c.value.String() == v.String() }) {
			list = append(list, candidate{v, fresh})
		}
	}
	switch t {
	case pipeline.Bool:
		add(pipeline.BoolValue(true), false)
		add(pipeline.BoolValue(false), false)
	case pipeline.String:
		fresh := "x"
		for _, c := range constants {
			add(pipeline.StringValue(c.String()), false)
			fresh += c.String()
		}
		add(pipeline.StringValue(fresh), true) // longer than each, so equal to none
	case pipeline.Int:
		add(pipeline.IntValue(0), false)
		for _, f := range numbers(constants) {
			for n := int64(math.Floor(f)) - 1; n <= int64(math.Ceil(f))+1; n++ {
				add(pipeline.IntValue(n), false)
			}
		}
	case pipeline.Float:
		all := numbers(constants)
		if len(all) == 0 {
			all = []float64{0}
		}
		add(pipeline.FloatValue(all[0]-1), false)
		for i, f := range all {
			add(pipeline.FloatValue(f), false)
			if i+1 < len(all) {
				add(pipeline.FloatValue(f+(all[i+1]-f)/2), false)
			}
		}
		add(pipeline.FloatValue(all[len(all)-1]+1), false)
	default:
		return nil, false
	}
	return list, true
}

// numbers are the constants that are numbers, sorted, each once.
func numbers(constants []pipeline.Value) []float64 {
	var list []float64
	for _, c := range constants {
		switch c.Type() {
		case pipeline.Int:
			list = append(list, float64(c.Int()))
		case pipeline.Float:
			list = append(list, c.Float())
		case pipeline.String:
			if f, err := strconv.ParseFloat(c.Str(), 64); err == nil && math.Abs(f) < trialNumberMax {
				list = append(list, f)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// verdict is what a condition says of a value.
type verdict uint8

const (
	no verdict = iota
	yes
	null
	unknown // it cannot be tried
)

// try runs a condition over one field on each value, of which none is of
// another type than the field.
func try(p *eval.Program, of pipeline.Field, values []pipeline.Value) []verdict {
	out := make([]verdict, len(values))
	schema, err := pipeline.NewSchema(pipeline.Field{Name: of.Name, Type: of.Type})
	if err != nil {
		return slices.Repeat([]verdict{unknown}, len(values))
	}
	b := pipeline.NewBuilder(schema, len(values))
	for _, v := range values {
		switch {
		case v.Empty():
			b.Column(0).AppendNull()
		case of.Type == pipeline.Int:
			b.Column(0).AppendInt(v.Int())
		case of.Type == pipeline.Float:
			b.Column(0).AppendFloat(v.Float())
		case of.Type == pipeline.Bool:
			b.Column(0).AppendBool(v.Bool())
		default:
			b.Column(0).AppendString(v.String())
		}
	}
	batch, err := b.Finish(pipeline.BatchData{Rows: make([]int32, len(values))})
	if err != nil {
		return slices.Repeat([]verdict{unknown}, len(values))
	}
	holds, failed := p.Eval(batch, eval.Runtime{})
	holds = typed(holds, pipeline.Bool)
	for i := range values {
		switch {
		case holds.IsNull(i):
			out[i] = null
		case holds.Bool(i):
			out[i] = yes
		}
	}
	for _, e := range failed {
		out[e.Row] = unknown
	}
	return out
}
