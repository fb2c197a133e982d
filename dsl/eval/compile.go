package eval

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// compiler checks and translates one tree in one walk.
type compiler struct {
	*source
	env      Env
	problems []Problem
	nodes    int
	columns  []column
	lookups  []lookupSlot
	slots    int
	outs     []int             // fields of the records that calls make
	memos    *memos            // of the parts that are remembered
	parts    *parts            // that occur more than once; nil: nobody looked
	inside   ast.Node          // the part that is being translated to be remembered
	reuse    bool              // nothing keeps the texts that it is given
	vars     []variable        // declared by let, innermost last
	members  []member          // what # stands for, innermost last
	noted    map[ast.Node]code // what nodes were translated to, while a part for the virtual machine is looked at
	onVM     []string          // functions that run on the virtual machine
	trace    *tracer           // not nil: every node notes its values, and nothing is made faster at the cost of that
}

type variable struct {
	name string
	code code
}

// member is the list member that # stands for in a predicate.
type member struct {
	elem kind
	slot int
	acc  *typ // of #acc; nil: there is none
}

// problem notes p. One tree node may be looked at twice (1 < x < 5): the same
// problem is noted once.
func (k *compiler) problem(p Problem) {
	if !slices.Contains(k.problems, p) {
		k.problems = append(k.problems, p)
	}
}

// wrong notes an error and returns the node that stands for it.
func (k *compiler) wrong(sp span, code, message, hint string) code {
	k.problem(Problem{Code: code, Message: message, Hint: hint, From: sp.from, To: sp.to})
	return bad(sp)
}

func bad(sp span) code { return code{span: sp} }

func (k *compiler) sorted() []Problem {
	slices.SortStableFunc(k.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return k.problems
}

// node translates a tree whose value may be erase().
func (k *compiler) node(n ast.Node) (c code) {
	defer func() { k.note(n, c) }()
	if k.trace.enters(n) {
		return k.traced(n)
	}
	if part, shared := k.parts.shared(n); shared && k.inside != n {
		around := k.inside
		k.inside = n
		c = k.remember(part, k.node(n))
		k.inside = around
		return c
	}
	sp := k.span(n.Location())
	if k.nodes++; k.nodes > NodesMax {
		if k.nodes == NodesMax+1 {
			k.wrong(sp, "limit", fmt.Sprintf("the expression has more than %d parts", NodesMax), "write it shorter; values that it compares with can stand in a lookup")
		}
		return bad(sp)
	}
	switch n := n.(type) {
	case *ast.NilNode:
		c := hole(typ{kind: kindNull}, absent)
		c.span = sp
		return c
	case *ast.IntegerNode:
		return at(literal(pipeline.IntValue(int64(n.Value))), sp)
	case *ast.FloatNode:
		return at(literal(pipeline.FloatValue(n.Value)), sp)
	case *ast.BoolNode:
		return at(literal(pipeline.BoolValue(n.Value)), sp)
	case *ast.StringNode:
		return at(literal(pipeline.StringValue(n.Value)), sp)
	case *ast.IdentifierNode:
		return k.identifier(n.Value, sp)
	case *ast.PointerNode:
		return k.pointer(n, sp)
	case *ast.UnaryNode:
		return fold(k.unary(n, sp))
	case *ast.BinaryNode:
		return fold(k.binary(n, sp))
	case *ast.ConditionalNode:
		return k.conditional(n)
	case *ast.ChainNode:
		return k.node(n.Node)
	case *ast.MemberNode:
		return k.member(n, sp)
	case *ast.SliceNode:
		return fold(k.cut(n, sp))
	case *ast.ArrayNode:
		return fold(k.array(n, k.closing(sp)))
	case *ast.VariableDeclaratorNode:
		return k.let(n, sp)
	case *ast.CallNode:
		return k.call(n, sp)
	case *ast.BuiltinNode:
		return k.builtin(n, sp)
	default:
		return k.refuse(n, sp)
	}
}

func at(c code, sp span) code {
	c.span = sp
	return c
}

// refuse reports syntax of expr that this language does not have.
func (k *compiler) refuse(n ast.Node, sp span) code {
	switch n.(type) {
	case *ast.MapNode:
		return k.wrong(k.closing(sp), "unsupported", saysNoMaps, noMapsHint)
	case *ast.BytesNode:
		return k.wrong(sp, "unsupported", "there are no byte strings", "leave out the b before the quote")
	case *ast.SequenceNode:
		return k.wrong(sp, "unsupported", "an expression has one value, not several behind one another", `";" comes only after let, as in: let x = trim(name); x + "!"`)
	default:
		return k.wrong(sp, "unsupported", "this cannot be written here", "")
	}
}

// use translates an operand: a node whose value is worked with.
func (k *compiler) use(n ast.Node) code {
	c := k.node(n)
	if c.typ.erases {
		return k.wrong(c.span, "erase-operand", "erase() is a result, it cannot be worked with", "write it as a branch: cond ? erase() : value")
	}
	c.span = k.outer(c.span)
	return c
}

// originOf is the column whose texts most results of a node are, or "".
func (k *compiler) originOf(c code) string {
	if c.origin == 0 || c.typ.kind != kindText {
		return ""
	}
	return k.columns[c.origin-1].name
}

// identifier is a name that no "(" follows.
func (k *compiler) identifier(name string, sp span) code {
	for i := len(k.vars) - 1; i >= 0; i-- {
		if k.vars[i].name == name {
			return at(k.vars[i].code, sp)
		}
	}
	switch name {
	case "$env":
		return k.wrong(sp, "unsupported", "$env is not offered", `a column is reached by its name or by row["its name"]`)
	case "row":
		return k.wrong(sp, "unsupported", "row is the whole row and not a value", `name the `+k.noun()+`: row["name"]`)
	case "vars":
		return k.wrong(sp, "unsupported", "vars holds all variables and is not a value", "name the variable: vars.name")
	}
	if k.env.Columns != nil && k.env.Columns.Index(name) >= 0 {
		return k.column(name, sp)
	}
	if name == "erase" {
		return k.erase(sp)
	}
	if mend := mistakenWord(name); mend != "" {
		return k.wrong(sp, "unknown-"+k.noun(), fmt.Sprintf("unknown %s %q", k.noun(), name), "write "+mend)
	}
	if k.env.Columns == nil {
		return k.column(name, sp)
	}
	return k.unknownColumn(name, sp, true)
}

func (k *compiler) erase(sp span) code {
	c := hole(typ{kind: kindNull, erases: true}, erased)
	c.span = sp
	return c
}

// noun is what a name stands for.
func (k *compiler) noun() string {
	if k.env.Record {
		return "field"
	}
	return "column"
}

// column reads a column that is there.
func (k *compiler) column(name string, sp span) code {
	want := pipeline.String
	if k.env.Columns != nil {
		f, _ := k.env.Columns.Lookup(name)
		want = f.Type
	}
	i := slices.Index(k.columns, column{name, want})
	if i < 0 {
		i = len(k.columns)
		k.columns = append(k.columns, column{name, want})
	}
	c := hole(typeOf(want), absent)
	c.span, c.fixed, c.known, c.bare = sp, false, false, true
	switch want {
	case pipeline.String:
		c.text, c.origin = read(i, (*pipeline.Column).Str), i+1
	case pipeline.Int, pipeline.Timestamp:
		c.num = read(i, (*pipeline.Column).Int)
	case pipeline.Float:
		c.real = read(i, (*pipeline.Column).Float)
	case pipeline.Bool:
		c.truth = read(i, (*pipeline.Column).Bool)
	default:
		c.list = read(i, func(c *pipeline.Column, row int) list { return list{texts: c.List(row)} })
	}
	return c
}

func read[T any](i int, content func(*pipeline.Column, int) T) eval[T] {
	return func(f *frame) (T, state) {
		c := f.columns[i]
		if !c.IsNull(f.row) {
			return content(c, f.row), present
		}
		var none T
		if c.IsErase(f.row) {
			return none, erased
		}
		return none, absent
	}
}

// pointer is # in a predicate, or #index.
func (k *compiler) pointer(n *ast.PointerNode, sp span) code {
	if len(k.members) == 0 {
		return k.wrong(sp, "unsupported", "# stands for a member only inside any(), filter() and the like", "")
	}
	m := k.members[len(k.members)-1]
	switch n.Name {
	case "":
		return at(k.slot(typ{kind: m.elem}, m.slot), sp)
	case "index":
		c := hole(typ{kind: kindInt}, absent)
		c.fixed, c.known, c.span = false, false, span{sp.from, sp.to + len("index")}
		c.num = func(f *frame) (int64, state) { return f.slots[m.slot].index, present }
		return c
	case "acc":
		sp.to += len("acc")
		if m.acc == nil {
			return k.wrong(sp, "unsupported", "#acc is what reduce() has come to, and there is none here", "# is the member, #index its number from 0")
		}
		return at(hollow(*m.acc), sp)
	default:
		return k.wrong(sp, "unsupported", "#"+n.Name+" is not offered", "# is the member, #index its number from 0")
	}
}

// slot reads a variable or a member.
func (k *compiler) slot(t typ, i int) code {
	return code{typ: t,
		text:  func(f *frame) (string, state) { return f.slots[i].text, f.slots[i].state },
		num:   func(f *frame) (int64, state) { return f.slots[i].num, f.slots[i].state },
		real:  func(f *frame) (float64, state) { return f.slots[i].real, f.slots[i].state },
		truth: func(f *frame) (bool, state) { return f.slots[i].truth, f.slots[i].state },
		list:  func(f *frame) (list, state) { return f.slots[i].list, f.slots[i].state },
		rec:   func(f *frame) (record, state) { return f.slots[i].rec, f.slots[i].state },
	}
}

// let declares a variable. Its value is computed once, before the rest.
func (k *compiler) let(n *ast.VariableDeclaratorNode, sp span) code {
	value := k.use(n.Value)
	known := slices.ContainsFunc(k.vars, func(v variable) bool { return v.name == n.Name })
	switch {
	case known || n.Name == "row" || n.Name == "vars":
		k.wrong(sp, "let-name", fmt.Sprintf("the name %q is taken", n.Name), "give the variable another name")
	case k.env.Columns != nil && k.env.Columns.Index(n.Name) >= 0:
		k.problem(Problem{Severity: diag.Warning, Code: "let-name", From: sp.from, To: sp.to,
			Message: fmt.Sprintf("the variable %q hides the %s of that name", n.Name, k.noun()),
			Hint:    fmt.Sprintf("row[%q] still reaches it", n.Name)})
	}
	held := value
	held.bare = false
	var store func(*frame)
	if !value.known && value.typ.kind != kindBad {
		i := k.slots
		k.slots++
		store = keepIn(i, value)
		held = k.slot(value.typ, i)
	}
	k.vars = append(k.vars, variable{n.Name, held})
	body := k.node(n.Expr)
	k.vars = k.vars[:len(k.vars)-1]
	body.span = body.span.join(sp)
	if value.typ.kind == kindBad {
		return bad(body.span)
	}
	if store == nil || body.typ.kind == kindBad {
		return body
	}
	return code{typ: body.typ, span: body.span,
		text: after(store, body.text), num: after(store, body.num), real: after(store, body.real),
		truth: after(store, body.truth), list: after(store, body.list), rec: after(store, body.rec)}
}

func after[T any](store func(*frame), of eval[T]) eval[T] {
	return func(f *frame) (T, state) {
		store(f)
		return of(f)
	}
}

// keepIn puts the value of a node into a slot.
func keepIn(i int, c code) func(*frame) {
	switch c.typ.kind {
	case kindInt, kindTime:
		return func(f *frame) { f.slots[i].num, f.slots[i].state = c.num(f) }
	case kindFloat:
		return func(f *frame) { f.slots[i].real, f.slots[i].state = c.real(f) }
	case kindBool:
		return func(f *frame) { f.slots[i].truth, f.slots[i].state = c.truth(f) }
	case kindList:
		return func(f *frame) { f.slots[i].list, f.slots[i].state = c.list(f) }
	case kindRecord:
		return func(f *frame) { f.slots[i].rec, f.slots[i].state = c.rec(f) }
	default:
		return func(f *frame) { f.slots[i].text, f.slots[i].state = c.text(f) }
	}
}

// result fits the whole expression to the wanted type.
func (k *compiler) result(c code, want pipeline.Type) code {
	switch {
	case c.typ.kind == kindBad:
		return c
	case c.typ.kind == kindList && c.typ.plain() == 0:
		return k.wrong(c.span, "type-conflict", "the result is a "+c.typ.String()+", a field holds a list of string", "write map(..., string(#))")
	case want == 0:
		return c
	}
	t, ok := unify(c.typ, typeOf(want))
	if ok && t.plain() == want {
		return widen(c, t)
	}
	p := Problem{Code: "type-conflict", From: c.span.from, To: c.span.to,
		Message: fmt.Sprintf("the expression gives %s where %s is wanted", article(c.typ.String()), article(want.String()))}
	p.Hint = k.conversion(c, typeOf(want))
	k.problem(p)
	return bad(c.span)
}

// names of what an expression can call or read, for hints.
func (k *compiler) functionNames() []string {
	names := map[string]bool{"lookup": true, "erase": true}
	for _, f := range k.env.Funcs {
		names[f.Name] = true
	}
	for _, b := range Builtins() {
		names[b.Name] = true
	}
	return slices.Sorted(maps.Keys(names))
}
