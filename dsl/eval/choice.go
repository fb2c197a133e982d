package eval

import (
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The names that an expression over candidates may use, besides vars and
// functions.
const (
	choiceValues  = "values"
	choiceSources = "sources"
	choiceChanged = "changed"
)

// The slots of the names.
const (
	slotValues = iota
	slotSources
	slotChanged
	choiceSlots
)

// Candidates are the values that records which are one thing have for one
// field, the preferred record first. The three lists are of one length.
//
// Values are of the type of the field, none of them null or an erasure.
// Sources are the sources that they came from, Changed when their records last
// changed, in microseconds since 1970 UTC.
type Candidates struct {
	Values  []pipeline.Value
	Sources []string
	Changed []int64
}

// Choice is an expression that chooses among candidates. It sees them as the
// lists values, sources and changed, of which the members at one place belong
// together. For a field that is a list, values holds the members of all the
// lists, one list after the other, each with its source and time. It is
// immutable and safe for concurrent use.
type Choice struct {
	program *Program
	value   func(*frame) pipeline.Value
	elem    kind // of values
}

// CompileChoice checks and translates an expression that chooses the value of
// a field. Columns, the record and lookups of env are not looked at. As
// Compile does, it returns every problem in the order of their places, and nil
// when one of them is an error.
func CompileChoice(src string, env Env, field pipeline.Type) (*Choice, []Problem) {
	names, err := pipeline.NewSchema(pipeline.Field{Name: choiceValues, Type: pipeline.StringList},
		pipeline.Field{Name: choiceSources, Type: pipeline.StringList}, pipeline.Field{Name: choiceChanged, Type: pipeline.StringList})
	if err != nil {
		return nil, []Problem{{Code: "unsupported", Message: err.Error()}}
	}
	env.Columns, env.Record, env.Lookups = names, false, nil
	env.Funcs = slices.DeleteFunc(slices.Clone(env.Funcs), func(f *funcs.Func) bool { return f.Name == "now" })
	s, problem := parse(src, env)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	c := &Choice{elem: typeOf(field).kind}
	if field == pipeline.StringList {
		c.elem = kindText
	}
	k := &compiler{env: env, source: s, slots: choiceSlots}
	for i, t := range []kind{slotValues: c.elem, slotSources: kindText, slotChanged: kindTime} {
		k.vars = append(k.vars, variable{names.Field(i).Name, k.slot(typ{kind: kindList, elem: t}, i)})
	}
	body := k.result(k.node(s.root), field)
	if len(k.columns) > 0 {
		return nil, []Problem{{Code: "row-key", Message: "candidates are no row", Hint: "write values, sources or changed without row[ ]",
			From: max(0, strings.Index(src, "row")), To: len(src)}}
	}
	if body.fixed && body.typ.kind != kindBad {
		f := newFrame(&Program{slots: k.slots}, nil, Runtime{})
		box(body)(f)
		if f.failed {
			k.problem(Problem{Code: "always-fails", Message: "this fails for every contact: " + f.err.Message, From: f.err.From, To: f.err.To})
		}
	}
	problems := nameCandidates(k.sorted())
	if slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == diag.Error }) {
		return nil, problems
	}
	c.value = box(body)
	c.program = &Program{text: text{src: src, env: env, want: field}, code: body, slots: k.slots, outs: k.outs, onVM: k.onVM}
	return c, problems
}

// nameCandidates tells problems in the words of candidates: there are no
// columns, and no time of a run.
func nameCandidates(problems []Problem) []Problem {
	for i, p := range problems {
		switch {
		case p.Code == "unknown-column":
			problems[i].Message = strings.Replace(p.Message, "unknown column", "unknown name", 1)
			problems[i].Cause = "the expression sees values, sources and changed, the candidates for this field"
		case p.Code == "unknown-function" && p.Message == `unknown function "now"`:
			problems[i].Message, problems[i].Hint = "the time of the run is not known here", "what survives must not depend on when it is asked; compare the members of changed with each other"
		}
	}
	return problems
}

// VM returns the sorted names of the functions that run on expr's virtual
// machine; see Program.VM.
func (c *Choice) VM() []string { return c.program.VM() }

// Erases reports whether the expression may give erase().
func (c *Choice) Erases() bool { return c.program.code.typ.erases }

// Choose computes the value of the field. An error means that the expression
// failed on these candidates; the value is null then. The row of the error is 0.
func (c *Choice) Choose(of Candidates, rt Runtime) (pipeline.Value, *RowError) {
	f := newFrame(c.program, nil, rt)
	f.begin(0)
	f.slots[slotValues] = slot{state: present}
	sources, changed := list{texts: of.Sources}, list{nums: of.Changed}
	values := &f.slots[slotValues].list
	if len(of.Values) > 0 && of.Values[0].Type() == pipeline.StringList {
		sources, changed = list{}, list{}
		for i, v := range of.Values {
			for _, member := range v.List() {
				values.texts = append(values.texts, member)
				sources.texts = append(sources.texts, of.Sources[i])
				changed.nums = append(changed.nums, of.Changed[i])
			}
		}
	} else {
		for _, v := range of.Values {
			c.add(values, v)
		}
	}
	f.slots[slotSources] = slot{state: present, list: sources}
	f.slots[slotChanged] = slot{state: present, list: changed}
	v := c.value(f)
	if f.failed {
		return pipeline.Null(), &f.err
	}
	return v, nil
}

func (c *Choice) add(l *list, v pipeline.Value) {
	switch c.elem {
	case kindText:
		l.texts = append(l.texts, v.Str())
	case kindFloat:
		l.reals = append(l.reals, v.Float())
	default:
		l.nums = append(l.nums, v.Int())
	}
}
