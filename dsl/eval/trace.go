package eval

import (
	"slices"
	"strconv"

	"github.com/expr-lang/expr/ast"

	"github.com/reconkit/reconkit/pipeline"
)

// TraceMembersMax is the number of members of a list for which a trace shows
// what any(), map() and the like made of them. The rest is counted; a member
// that failed the row is always shown.
const TraceMembersMax = 3

// Outcome says what became of one part of an expression on one row.
type Outcome string

// The outcomes of a part.
const (
	Gave         Outcome = "value"
	GaveNull     Outcome = "null"
	GaveErase    Outcome = "erase"
	Failed       Outcome = "error"         // this part failed the row
	Stopped      Outcome = "stopped"       // a part of it failed the row
	NotEvaluated Outcome = "not-evaluated" // the others decided, or the row had failed
)

// Trace is the life of one row in an expression.
type Trace struct {
	Value pipeline.Value // of the whole; null beside an error
	Err   *RowError      // nil: the row did not fail
	Steps []Step         // in the order of the tree, the whole expression first
}

// Step is one part of an expression and what it gave. Parts that are literals
// are left out, except for an expression that is nothing else.
type Step struct {
	From, To int // byte offsets in the expression's text, half open
	Depth    int // of the tree; 0 is the whole expression
	Type     string
	Outcome  Outcome
	Value    pipeline.Value // beside Gave; a list of numbers, bools or times is shown as their texts
	Fields   []FieldValue   // of a record, beside Gave: those that are not null
	Found    *pipeline.Origin
	Error    string // beside Failed
	// Member is the number, from 0, of the list member that this part was
	// computed for; -1 outside of any(), map() and the like.
	Member int
	More   int  // members that were looked at besides those that are shown
	Opaque bool // its parts run on expr's virtual machine as one and are not shown
}

// FieldValue is one field of a record that a function or a lookup gave.
type FieldValue struct {
	Name  string
	Value pipeline.Value
}

// Source is the text that the program was compiled from.
func (p *Program) Source() string { return p.text.src }

// Trace computes the expression for one record of the batch, as Eval does, and
// says what each part of it gave. The expression is compiled once more for
// this, so that each part notes its value; it is meant for one row, not for
// many. Warn of the runtime is called as by Eval.
func (p *Program) Trace(b *pipeline.Batch, row int, rt Runtime) Trace {
	t := &tracer{}
	q, _ := compile(p.text, t)
	if q == nil { // what compiled once compiles again; without a trace there is still the value
		q, t = p, &tracer{}
	}
	if warn := rt.Warn; warn != nil {
		rt.Warn = func(_ int, code string, why error) { warn(row, code, why) }
	}
	root := &visit{}
	t.now, t.on = root, true
	column, failed := q.Eval(b.Take([]int32{int32(row)}), rt)
	t.on = false
	out := Trace{Value: column.Value(0)}
	if len(failed) > 0 {
		out.Err = &failed[0]
		out.Err.Row = row
	}
	if len(root.kids) > 0 {
		out.Steps = t.steps(nil, root.kids[0], 0, -1)
		out.Steps[0].From, out.Steps[0].To = 0, len(p.text.src)
		return out
	}
	whole := Step{To: len(p.text.src), Type: p.code.typ.String(), Member: -1, Outcome: outcome(out.Value), Value: out.Value}
	if out.Err != nil {
		whole.Outcome, whole.Error = Failed, out.Err.Message
	}
	out.Steps = []Step{whole}
	return out
}

func outcome(v pipeline.Value) Outcome {
	switch {
	case v.IsErase():
		return GaveErase
	case v.IsNull():
		return GaveNull
	default:
		return Gave
	}
}

// text is what a program is compiled from.
type text struct {
	src  string
	env  Env
	want pipeline.Type
}

// tracer gathers what the parts of one expression give. A nil tracer is told
// nothing.
type tracer struct {
	entered ast.Node // whose code is being made, not its parts'
	nodes   []traceNode
	open    []int // nodes around the one that is compiled, innermost last

	on  bool // while a row is computed
	now *visit
}

// traceNode is one part of the expression as it is written.
type traceNode struct {
	span    span
	typ     string
	kids    []int
	literal bool
	opaque  bool // what is in it runs on the virtual machine, unwatched
	within  bool // "a in b" of "a not in b": it cannot be shown apart from what is around it
	lazy    bool // evaluates only those of its parts that are needed
	each    bool // evaluates its second part for each member of a list
	known   bool // constant is its value, whatever the row
	value   pipeline.Value
}

// visit is one evaluation of a part.
type visit struct {
	node   int
	kids   []*visit
	more   int // evaluations of a part beyond TraceMembersMax, which are not kept
	result Outcome
	value  pipeline.Value
	fields []FieldValue
	found  *pipeline.Origin
	error  string
}

// enters reports whether the compiler comes to a node for the first time, so
// that its code must be watched.
func (t *tracer) enters(n ast.Node) bool {
	if t == nil {
		return false
	}
	again := t.entered == n
	t.entered = nil
	return !again
}

// traced translates a node and watches what it gives.
func (k *compiler) traced(n ast.Node) code {
	t := k.trace
	if chain, ok := n.(*ast.ChainNode); ok {
		return k.node(chain.Node) // the same value under another name
	}
	if k.noted != nil { // inside of a part that the virtual machine runs as one
		t.nodes[t.open[len(t.open)-1]].opaque, t.entered = true, n
		return k.node(n)
	}
	k.reuse = false // the trace keeps the texts that it is given
	i := len(t.nodes)
	t.nodes = append(t.nodes, traceNode{literal: isLiteral(n), lazy: isLazy(n), each: isEach(n)})
	if len(t.open) > 0 {
		around := &t.nodes[t.open[len(t.open)-1]]
		around.kids = append(around.kids, i)
	}
	t.open = append(t.open, i)
	t.entered = n
	c := k.node(n)
	t.open = t.open[:len(t.open)-1]
	node := &t.nodes[i]
	node.span, node.typ = c.span, c.typ.String()
	if c.known && c.typ.kind != kindRecord && c.typ.kind != kindBad {
		node.known, node.value, node.kids = true, constant(c), nil
		if _, array := n.(*ast.ArrayNode); array {
			node.literal = true
		}
	}
	if _, unary := n.(*ast.UnaryNode); unary && len(node.kids) == 1 {
		part := &t.nodes[node.kids[0]]
		part.within = k.span(n.Location()).from > part.span.from
	}
	return t.watch(i, c)
}

// constant is the value of a node that is known already.
func constant(c code) pipeline.Value {
	if c.typ.kind == kindList && c.typ.plain() == 0 {
		if l, s := c.list(&frame{}); s == present {
			return pipeline.ListValue(l.shown(c.typ.elem))
		}
	}
	return box(c)(&frame{})
}

func isLiteral(n ast.Node) bool {
	switch n.(type) {
	case *ast.NilNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode:
		return true
	}
	return false
}

func isLazy(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ConditionalNode:
		return true
	case *ast.BinaryNode:
		return slices.Contains([]string{"??", "and", "&&", "or", "||"}, n.Operator)
	}
	return false
}

func isEach(n ast.Node) bool {
	call, ok := n.(*ast.BuiltinNode)
	return ok && slices.ContainsFunc(builtins, func(b Builtin) bool { return b.Name == call.Name && b.predicate })
}

// watch makes the code of node i note what it gives.
func (t *tracer) watch(i int, c code) code {
	kind, elem, fields := c.typ.kind, c.typ.elem, c.typ.fields
	c.bare = false
	c.text = watched(t, i, c.text, func(v *visit, s string) { v.value = pipeline.StringValue(s) })
	c.num = watched(t, i, c.num, func(v *visit, n int64) {
		if v.value = pipeline.IntValue(n); kind == kindTime {
			v.value = pipeline.MicrosValue(n)
		}
	})
	c.real = watched(t, i, c.real, func(v *visit, r float64) { v.value = pipeline.FloatValue(r) })
	c.truth = watched(t, i, c.truth, func(v *visit, b bool) { v.value = pipeline.BoolValue(b) })
	c.list = watched(t, i, c.list, func(v *visit, l list) { v.value = pipeline.ListValue(l.shown(elem)) })
	c.rec = watched(t, i, c.rec, func(v *visit, r record) { v.fields, v.found = r.parts(fields) })
	return c
}

func watched[T any](t *tracer, i int, of eval[T], note func(*visit, T)) eval[T] {
	if of == nil {
		return nil
	}
	return func(f *frame) (T, state) {
		if !t.on || f.failed {
			return of(f)
		}
		around, v := t.now, &visit{node: i}
		t.now = v
		value, s := of(f)
		t.now = around
		switch {
		case f.failed && slices.ContainsFunc(v.kids, func(k *visit) bool { return k.result == Failed || k.result == Stopped }):
			v.result = Stopped
		case f.failed:
			v.result, v.error = Failed, f.err.Message
		case s == present:
			v.result = Gave
			note(v, value)
		case s == erased:
			v.result = GaveErase
		default:
			v.result = GaveNull
		}
		around.keep(v, f.failed)
		return value, s
	}
}

// keep takes in the evaluation of a part, unless it is one of many.
func (v *visit) keep(part *visit, failed bool) {
	n := 0
	for _, k := range v.kids {
		if k.node == part.node {
			n++
		}
	}
	if n >= TraceMembersMax && !failed {
		v.more++
		return
	}
	v.kids = append(v.kids, part)
}

// shown is the members of a list as texts.
func (l list) shown(elem kind) []string {
	if l.texts != nil {
		return l.texts
	}
	texts := make([]string, 0, l.len())
	for _, r := range l.reals {
		texts = append(texts, pipeline.FloatValue(r).String())
	}
	for _, n := range l.nums {
		switch elem {
		case kindBool:
			texts = append(texts, strconv.FormatBool(n == 1))
		case kindTime:
			texts = append(texts, pipeline.MicrosValue(n).String())
		default:
			texts = append(texts, strconv.FormatInt(n, 10))
		}
	}
	return texts
}

// parts are the fields of a record that are not empty, and where it came from.
func (r record) parts(fields []pipeline.Field) ([]FieldValue, *pipeline.Origin) {
	var found *pipeline.Origin
	if r.row.Batch != nil {
		o := r.row.Origin()
		found, fields = &o, r.row.Batch.Schema().Fields()
	}
	var parts []FieldValue
	for i, field := range fields {
		v := pipeline.Null()
		switch {
		case r.values != nil:
			v = r.values[i]
		case found != nil:
			v = r.row.Get(field.Name)
		}
		if !v.Empty() {
			parts = append(parts, FieldValue{field.Name, v})
		}
	}
	return parts, found
}

// steps appends an evaluation and its parts, in the order of the tree.
func (t *tracer) steps(out []Step, v *visit, depth, member int) []Step {
	n := t.nodes[v.node]
	out = append(out, Step{From: n.span.from, To: n.span.to, Depth: depth, Type: n.typ, Outcome: v.result, Value: v.value,
		Fields: v.fields, Found: v.found, Error: v.error, Member: member, More: v.more, Opaque: n.opaque})
	return t.parts(out, v, depth+1)
}

// parts appends what the parts of an evaluation gave.
func (t *tracer) parts(out []Step, v *visit, depth int) []Step {
	n := t.nodes[v.node]
	for place, kid := range n.kids {
		part := t.nodes[kid]
		if part.literal {
			continue
		}
		seen := 0
		for _, k := range v.kids {
			if k.node != kid {
				continue
			}
			member := -1
			if n.each && place > 0 {
				member = seen
			}
			if seen++; member >= TraceMembersMax {
				member += v.more // the one that failed, after those that are not shown
			}
			if part.within {
				out = t.parts(out, k, depth)
			} else {
				out = t.steps(out, k, depth, member)
			}
		}
		if seen == 0 {
			out = append(out, part.unseen(depth, n.lazy))
		}
	}
	return out
}

// unseen is a part that was not evaluated. One that is known already counts as
// looked at, unless the part around it may leave it out.
func (n traceNode) unseen(depth int, optional bool) Step {
	s := Step{From: n.span.from, To: n.span.to, Depth: depth, Type: n.typ, Outcome: NotEvaluated, Member: -1}
	if n.known && !optional {
		s.Outcome, s.Value = outcome(n.value), n.value
	}
	return s
}
