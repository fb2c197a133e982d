package eval

import (
	"fmt"
	"sync/atomic"

	"github.com/reconkit/reconkit/pipeline"
)

// Group is programs that are evaluated over the same batches. What several of
// them have in common, such as parse_person(name) of one field for the first
// name and of another for the last, is computed once for each row. Values,
// errors and warnings are those of the programs by themselves. It is immutable
// and safe for concurrent use.
type Group struct {
	programs []*Program // as they were given
	together []*Program // the same over one frame; nil: by itself
	frame    *Program   // what the frame needs
}

// Result is what one program of a group gives for a batch.
type Result struct {
	Column   *pipeline.Column // of the program's type
	Errors   []RowError       // in the order of the rows, which are null in Column
	Warnings Warnings
}

// Warnings are what a program said of the rows of a batch that is no error: the
// first pipeline.WarningsKeptMax of a code in words, in the order of the rows,
// and of the others how many there are; of a code of which there is Enough, all count
// among the others.
type Warnings struct {
	Told []Warning
	More map[string]int // by code; nil: there are no others
	told map[string]int
}

// Warning is something about a row that is no error.
type Warning struct {
	Row           int // number in the batch
	Code, Message string
}

// Add adds what was said of a row. The text of why is asked for at once or not
// at all.
func (w *Warnings) Add(row int, code string, why error) { w.add(row, code, why, nil) }

// add is Add. Enough is asked once for each code whether it is only counted.
func (w *Warnings) add(row int, code string, why error, enough func(code string) bool) {
	if w.told == nil {
		w.told = map[string]int{}
	}
	if w.told[code] == 0 && enough != nil && enough(code) {
		w.told[code] = pipeline.WarningsKeptMax
	}
	if w.told[code]++; w.told[code] <= pipeline.WarningsKeptMax {
		w.Told = append(w.Told, Warning{row, code, why.Error()})
		return
	}
	if w.More == nil {
		w.More = map[string]int{}
	}
	w.More[code]++
}

// NewGroup makes a group of programs, none of which is nil.
func NewGroup(programs ...*Program) *Group {
	g := &Group{programs: programs, frame: &Program{}}
	parts := newParts()
	sources := make([]*source, len(programs))
	for i, p := range programs {
		if s, problem := parse(p.text.src, p.text.env); problem == nil {
			sources[i] = s
			parts.count(s.root, p.text.env)
		}
	}
	together := &compiler{reuse: true, parts: parts}
	owners := finders{}
	for i, p := range programs {
		if sources[i] == nil || p.bare || p.fixed || !owners.admit(p) {
			g.together = append(g.together, nil)
			continue
		}
		k := &compiler{env: p.text.env, source: sources[i], parts: parts,
			columns: together.columns, lookups: together.lookups, slots: together.slots, outs: together.outs, memos: together.memos, reuse: true}
		c := k.result(k.node(k.root), p.text.want)
		together.columns, together.lookups, together.slots, together.outs, together.memos = k.columns, k.lookups, k.slots, k.outs, k.memos
		together.reuse = together.reuse && k.reuse && len(k.onVM) == 0
		g.together = append(g.together, &Program{took: new(atomic.Int64), code: c, origin: k.originOf(c), plain: k.plainOf(k.root)})
	}
	g.frame = &Program{columns: together.columns, lookups: together.lookups, slots: together.slots,
		outs: together.outs, memos: together.memos, reuse: together.reuse}
	return g
}

// finders are the environments whose lookups a group uses, by name. One frame
// has one lookup of a name.
type finders map[string]lookupOwner

type lookupOwner struct {
	env   string
	finds bool // for itself, and not through the Runtime
}

// admit reports whether the lookups of a program are those of the programs
// before it.
func (s finders) admit(p *Program) bool {
	env := fmt.Sprintf("%p", p.text.env.Lookups)
	for _, l := range p.lookups {
		if o, known := s[l.name]; known && o.env != env && (o.finds || l.find != nil) {
			return false
		}
	}
	for _, l := range p.lookups {
		if _, known := s[l.name]; !known {
			s[l.name] = lookupOwner{env, l.find != nil}
		}
	}
	return true
}

// Eval computes every program for every record of the batch. The results are
// in the order of the programs. Runtime.Warn is not called: warnings are among
// the results.
func (g *Group) Eval(b *pipeline.Batch, rt Runtime) []Result {
	results := make([]Result, len(g.programs))
	outputs := make([]*output, len(g.programs))
	current := 0
	var enough func(code string) bool
	if rt.Enough != nil {
		enough = func(code string) bool { return rt.Enough(current, code) }
	}
	rt.Warn = func(row int, code string, why error) { results[current].Warnings.add(row, code, why, enough) }
	for i, p := range g.programs {
		if current = i; g.together[i] == nil || p.missing(b) != "" {
			results[i].Column, results[i].Errors = p.Eval(b, rt)
			continue
		}
		outputs[i] = g.together[i].output(b)
	}
	f := newFrame(g.frame, b, rt)
	defer g.frame.keep(f)
	for from := 0; from < b.Len(); from += chunkRows {
		to := min(from+chunkRows, b.Len())
		f.chunk(from)
		for i, out := range outputs {
			if current = i; out != nil {
				out.rows(f, from, to)
			}
		}
	}
	for i, out := range outputs {
		if out != nil {
			results[i].Column, results[i].Errors = out.finish(), out.failed
		}
	}
	return results
}
