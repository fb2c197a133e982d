package eval

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/expr-lang/expr/ast"

	"github.com/reconkit/reconkit/pipeline"
)

// cells are the values of a part that occurs more than once, for the rows of a
// chunk. A state is one more than that of the value; 0: not computed yet.
type cells[T any] struct {
	values []T
	states []state
}

func newCells[T any](n int) []cells[T] {
	all := make([]cells[T], n)
	for i := range all {
		all[i] = cells[T]{make([]T, chunkRows), make([]state, chunkRows)}
	}
	return all
}

func forget[T any](all []cells[T]) {
	for i := range all {
		clear(all[i].states)
	}
}

// memory holds the cells by kind.
type memory struct {
	texts  []cells[string]
	nums   []cells[int64]
	reals  []cells[float64]
	truths []cells[bool]
	lists  []cells[list]
	recs   []cells[record]
}

// memos counts the cells that a frame needs, by kind, and says which part has
// which.
type memos struct {
	counts [kindRecord + 1]int
	number map[int]int // by part
}

func newMemory(m *memos) memory {
	if m == nil {
		return memory{}
	}
	return memory{newCells[string](m.counts[kindText]), newCells[int64](m.counts[kindInt]), newCells[float64](m.counts[kindFloat]),
		newCells[bool](m.counts[kindBool]), newCells[list](m.counts[kindList]), newCells[record](m.counts[kindRecord])}
}

func (m *memory) forget() {
	forget(m.texts)
	forget(m.nums)
	forget(m.reals)
	forget(m.truths)
	forget(m.lists)
	forget(m.recs)
}

// remember makes a part that occurs more than once be computed once a row. A
// row on which it fails or warns is computed each time, so that each place says
// so for itself.
func (k *compiler) remember(part int, c code) code {
	kind := c.typ.kind
	if kind == kindTime {
		kind = kindInt
	}
	if c.fixed || c.known || c.bare || kind <= kindNull {
		return c
	}
	if k.memos == nil {
		k.memos = &memos{number: map[int]int{}}
	}
	i, known := k.memos.number[part]
	if !known {
		i = k.memos.counts[kind]
		k.memos.counts[kind]++
		k.memos.number[part] = i
	}
	switch kind {
	case kindText:
		c.text = recall(c.text, func(f *frame) *cells[string] { return &f.memory.texts[i] })
	case kindInt:
		c.num = recall(c.num, func(f *frame) *cells[int64] { return &f.memory.nums[i] })
	case kindFloat:
		c.real = recall(c.real, func(f *frame) *cells[float64] { return &f.memory.reals[i] })
	case kindBool:
		c.truth = recall(c.truth, func(f *frame) *cells[bool] { return &f.memory.truths[i] })
	case kindList:
		c.list = recall(c.list, func(f *frame) *cells[list] { return &f.memory.lists[i] })
	default:
		c.rec = recall(owned(c.rec), func(f *frame) *cells[record] { return &f.memory.recs[i] })
	}
	return c
}

func recall[T any](of eval[T], at func(*frame) *cells[T]) eval[T] {
	return func(f *frame) (T, state) {
		m := at(f)
		if s := m.states[f.at]; s != 0 {
			return m.values[f.at], s - 1
		}
		warned := f.warned
		v, s := of(f)
		if !f.failed && f.warned == warned {
			m.values[f.at], m.states[f.at] = v, s+1
		}
		return v, s
	}
}

// owned copies the values of a record, which its call overwrites for the next row.
func owned(of eval[record]) eval[record] {
	return func(f *frame) (record, state) {
		r, s := of(f)
		if r.values != nil {
			if cap(f.values)-len(f.values) < len(r.values) {
				f.values = make([]pipeline.Value, 0, max(2*cap(f.values), len(r.values)*chunkRows))
			}
			from := len(f.values)
			f.values = append(f.values, r.values...)
			r.values = f.values[from:len(f.values):len(f.values)]
		}
		return r, s
	}
}

// parts finds the parts of expressions that occur more than once and are worth
// remembering. Equal parts have one number.
type parts struct {
	numbers map[string]int
	seen    map[int]int // how often each part is evaluated, when those around it are remembered
	of      map[ast.Node]int
	worth   map[int]bool
}

func newParts() *parts {
	return &parts{numbers: map[string]int{}, seen: map[int]int{}, of: map[ast.Node]int{}, worth: map[int]bool{}}
}

// none is the number of a part that means something else elsewhere: it reads a
// variable or a member of a list, or is not known to be pure.
const none = -1

// shared returns the number of a node that is to be remembered.
func (p *parts) shared(n ast.Node) (int, bool) {
	if p == nil {
		return 0, false
	}
	part, ok := p.of[n]
	return part, ok && p.worth[part] && p.seen[part] > 1
}

// count numbers the parts of a tree and counts them. What is inside of a part
// that was seen before does not count again: it is not computed again.
func (p *parts) count(root ast.Node, env Env) {
	w := &numbering{parts: p, env: env, kids: map[ast.Node][]ast.Node{}, done: map[ast.Node]numberedPart{}}
	w.number(root)
	w.visit(root)
}

// numbering is parts at work on one tree.
type numbering struct {
	*parts
	env    Env
	vars   []string
	kids   map[ast.Node][]ast.Node
	done   map[ast.Node]numberedPart // a node of a < b < c is there twice
	visits int
}

type numberedPart struct {
	part  int
	calls bool
}

// visit counts the parts of a node. A tree that is too large to be compiled is
// not counted to its end.
func (w *numbering) visit(n ast.Node) {
	if w.visits++; w.visits > NodesMax {
		return
	}
	part, ok := w.of[n]
	if ok && part != none {
		w.seen[part]++
		if w.worth[part] && w.seen[part] > 1 {
			return
		}
	}
	for _, kid := range w.kids[n] {
		w.visit(kid)
	}
}

// number returns the number of a node, after those of its parts.
func (w *numbering) number(n ast.Node) int {
	part, _ := w.numbered(n)
	return part
}

// numbered also reports whether the part calls a function, so that it is worth
// remembering.
func (w *numbering) numbered(n ast.Node) (part int, calls bool) {
	if known, ok := w.done[n]; ok {
		return known.part, known.calls
	}
	defer func() { w.done[n] = numberedPart{part, calls} }()
	if let, ok := n.(*ast.VariableDeclaratorNode); ok {
		return w.let(let)
	}
	key, kids, calls := w.shape(n)
	w.kids[n] = kids
	for _, kid := range kids {
		number, within := w.numbered(kid)
		if calls = calls || within; number == none {
			key = ""
		}
		if key != "" {
			key += " " + strconv.Itoa(number)
		}
	}
	if key == "" {
		return none, calls
	}
	number, known := w.numbers[key]
	if !known {
		number = len(w.numbers)
		w.numbers[key] = number
	}
	w.of[n], w.worth[number] = number, calls
	return number, calls
}

// shape is the key of a node without its parts, "" where it means something
// else elsewhere, and its parts. Calls says that the node itself calls a
// function.
func (w *numbering) shape(n ast.Node) (key string, kids []ast.Node, calls bool) {
	switch n := n.(type) {
	case *ast.NilNode:
		key = "nil"
	case *ast.IntegerNode:
		key = "int " + strconv.Itoa(n.Value)
	case *ast.FloatNode:
		key = "float " + strconv.FormatFloat(n.Value, 'x', -1, 64)
	case *ast.BoolNode:
		key = "bool " + strconv.FormatBool(n.Value)
	case *ast.StringNode:
		key = "text " + n.Value
	case *ast.IdentifierNode:
		key = w.identifier(n.Value)
	case *ast.UnaryNode:
		key, kids = "unary "+n.Operator, []ast.Node{n.Node}
	case *ast.BinaryNode:
		key, kids = "binary "+n.Operator, []ast.Node{n.Left, n.Right}
		calls = n.Operator == "matches"
	case *ast.ConditionalNode:
		key, kids = "if", []ast.Node{n.Cond, n.Exp1, n.Exp2}
	case *ast.ChainNode:
		key, kids = "chain", []ast.Node{n.Node}
	case *ast.MemberNode:
		key, kids = "member", []ast.Node{n.Node, n.Property}
	case *ast.SliceNode:
		key, kids = "slice", []ast.Node{n.Node}
		for _, end := range [...]ast.Node{n.From, n.To} {
			if end == nil {
				end = &ast.NilNode{}
			}
			kids = append(kids, end)
		}
	case *ast.ArrayNode:
		key, kids = "list", n.Nodes
	case *ast.CallNode:
		callee, ok := n.Callee.(*ast.IdentifierNode)
		if kids, calls = n.Arguments, true; ok && callee.Value == "lookup" && len(kids) > 0 {
			key = w.lookup(kids[0])
		} else if ok {
			key = w.call(callee.Value)
		}
	case *ast.BuiltinNode:
		kids, calls = n.Arguments, true
		key = w.call(n.Name)
	case *ast.PredicateNode:
		kids = []ast.Node{n.Node}
	}
	return key, kids, calls
}

func (w *numbering) let(n *ast.VariableDeclaratorNode) (int, bool) {
	w.kids[n] = []ast.Node{n.Value, n.Expr}
	w.number(n.Value)
	w.vars = append(w.vars, n.Name)
	_, calls := w.numbered(n.Expr)
	w.vars = w.vars[:len(w.vars)-1]
	return none, calls
}

// identifier is the key of a name: what it reads, or "" for a variable.
func (w *numbering) identifier(name string) string {
	if slices.Contains(w.vars, name) {
		return ""
	}
	switch {
	case name == "row":
		return fmt.Sprintf("row %p", w.env.Columns)
	case name == "vars":
		return fmt.Sprintf("vars %p", w.env.Vars)
	}
	typ := pipeline.String
	if w.env.Columns != nil {
		f, _ := w.env.Columns.Lookup(name)
		typ = f.Type
	}
	return fmt.Sprintf("name %v %s", typ, name)
}

// call is the key of a function, or "" for one that may give another value
// when it is called again.
func (w *numbering) call(name string) string {
	for _, f := range w.env.Funcs {
		if f.Name == name {
			if f.Bind == nil {
				return ""
			}
			return "call " + name + fmt.Sprintf(" %p", f)
		}
	}
	if slices.ContainsFunc(builtins, func(b Builtin) bool { return b.Name == name }) {
		return "call " + name
	}
	return ""
}

// lookup is the key of a lookup. One that finds for itself, and not through the
// Runtime, is that of its environment alone.
func (w *numbering) lookup(name ast.Node) string {
	text, ok := name.(*ast.StringNode)
	if !ok {
		return ""
	}
	l := w.env.Lookups[text.Value]
	if l.Find != nil {
		return fmt.Sprintf("lookup %p", w.env.Lookups)
	}
	return fmt.Sprintf("lookup %p %v", l.Fields, l.Key)
}
