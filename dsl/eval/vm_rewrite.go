package eval

import (
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"

	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
)

// rewriter turns a tree that was checked into one that has our meaning on
// expr's virtual machine.
type rewriter struct {
	*compiler
	config  *conf.Config
	inputs  []input
	renamed []renamed // variables declared inside the part, innermost last
	inside  int       // predicates around the node, inside the part
	names   int       // names that were made up
}

// renamed is a variable of let and its name on the virtual machine.
type renamed struct{ name, as string }

// work computes a value of operands. It notes a failure in the machine's frame.
type work func(m *machine, args []any) any

// note keeps what a node was translated to while parts of one are looked at
// that runs on the virtual machine.
func (k *compiler) note(n ast.Node, c code) {
	if k.noted != nil {
		k.noted[n] = c
	}
}

// name makes up a name that no expression can write.
func (w *rewriter) name(prefix string) string {
	w.names++
	return fmt.Sprintf("%s%d", prefix, w.names)
}

// call is a call of do with operands that were rewritten.
func (w *rewriter) call(sp span, do work, args ...ast.Node) ast.Node {
	name := w.name("f")
	w.config.Functions[name] = &builtin.Function{Name: name, Func: func(params ...any) (any, error) {
		m := params[0].(*machine)
		if !m.spend(sp, cost(params)) {
			return nil, errStopped
		}
		v := do(m, params[1:])
		if m.frame.failed {
			return nil, errStopped
		}
		return v, nil
	}}
	return &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: append([]ast.Node{&ast.IdentifierNode{Value: "m"}}, args...)}
}

// strict is a call whose operands are evaluated from left to right until one is
// null, which makes the result null.
func (w *rewriter) strict(sp span, do work, args ...ast.Node) ast.Node {
	return w.strictBut(sp, nil, do, args...)
}

// strictBut is strict except for the operands that may be null.
func (w *rewriter) strictBut(sp span, nullable []bool, do work, args ...ast.Node) ast.Node {
	held := slices.Clone(args)
	type guard struct {
		name  string
		value ast.Node
		stops bool
	}
	var guards []guard
	for i := range held[:max(0, len(held)-1)] {
		if !slices.ContainsFunc(held[i+1:], func(n ast.Node) bool { return !quiet(n) }) {
			break
		}
		if c, ok := held[i].(*ast.ConstantNode); ok && c.Value != nil {
			continue
		}
		g := guard{w.name("t"), held[i], i >= len(nullable) || !nullable[i]}
		held[i] = &ast.IdentifierNode{Value: g.name}
		guards = append(guards, g)
	}
	out := w.call(sp, func(m *machine, a []any) any {
		for i, v := range a {
			if isAbsent(v) && (i >= len(nullable) || !nullable[i]) {
				return nil
			}
		}
		return do(m, a)
	}, held...)
	for _, g := range slices.Backward(guards) {
		if g.stops {
			out = &ast.ConditionalNode{Cond: equals(&ast.IdentifierNode{Value: g.name}, &ast.NilNode{}), Exp1: &ast.NilNode{}, Exp2: out}
		}
		out = &ast.VariableDeclaratorNode{Name: g.name, Value: g.value, Expr: out}
	}
	return out
}

// quiet reports whether a rewritten node only reads a value: whether it is
// evaluated cannot be seen.
func quiet(n ast.Node) bool {
	switch n.(type) {
	case *ast.NilNode, *ast.ConstantNode, *ast.IdentifierNode, *ast.PointerNode:
		return true
	}
	return false
}

func equals(a, b ast.Node) ast.Node { return &ast.BinaryNode{Operator: "==", Left: a, Right: b} }

func constantNode(v any) ast.Node {
	if v == nil {
		return &ast.NilNode{}
	}
	return &ast.ConstantNode{Value: v}
}

// code is what a node was translated to.
func (w *rewriter) code(n ast.Node) code { return w.noted[n] }

func (w *rewriter) typ(n ast.Node) typ { return w.noted[n].typ }

// as rewrites a node that stands where a value of type t is wanted.
func (w *rewriter) as(n ast.Node, t typ) ast.Node {
	from := w.typ(n)
	out := w.node(n)
	if from.kind == kindInt && t.kind == kindFloat || from.kind == kindList && t.kind == kindList && from.elem == kindInt && t.elem == kindFloat {
		return w.call(w.code(n).span, func(_ *machine, a []any) any { return widened(a[0], t) }, out)
	}
	return out
}

// node rewrites a tree.
func (w *rewriter) node(n ast.Node) ast.Node {
	sp := w.code(n).span
	switch n := n.(type) {
	case *ast.IntegerNode:
		return constantNode(int64(n.Value))
	case *ast.FloatNode:
		return constantNode(n.Value)
	case *ast.BoolNode:
		return constantNode(n.Value)
	case *ast.StringNode:
		return constantNode(n.Value)
	case *ast.IdentifierNode:
		return w.identifier(n)
	case *ast.PointerNode:
		return w.pointer(n)
	case *ast.UnaryNode:
		return w.unary(n, sp)
	case *ast.BinaryNode:
		return w.binary(n, sp)
	case *ast.ConditionalNode:
		t := w.typ(n)
		return &ast.ConditionalNode{Cond: w.holds(n.Cond), Exp1: w.as(n.Exp1, t), Exp2: w.as(n.Exp2, t)}
	case *ast.ChainNode:
		return w.node(n.Node)
	case *ast.MemberNode:
		return w.member(n, sp)
	case *ast.SliceNode:
		return w.cut(n, sp)
	case *ast.ArrayNode:
		return w.array(n, sp)
	case *ast.VariableDeclaratorNode:
		return w.let(n)
	case *ast.CallNode:
		return w.function(n, n.Callee.(*ast.IdentifierNode).Value, n.Arguments, sp)
	case *ast.BuiltinNode:
		return w.function(n, n.Name, n.Arguments, sp)
	default:
		return &ast.NilNode{}
	}
}

// holds is true where a condition is true, and false where it is null.
func (w *rewriter) holds(cond ast.Node) ast.Node {
	return w.call(w.code(cond).span, func(_ *machine, a []any) any { return a[0] == true }, w.node(cond))
}

// reads brings the value of a node from outside of the part into its environment.
func (w *rewriter) reads(prefix, name string, c code) ast.Node {
	if c.typ.kind == kindNull && !c.typ.erases {
		return &ast.NilNode{}
	}
	name = prefix + name
	if !slices.ContainsFunc(w.inputs, func(in input) bool { return in.name == name }) {
		w.inputs = append(w.inputs, input{name, entering(c)})
	}
	return &ast.IdentifierNode{Value: name}
}

func (w *rewriter) identifier(n *ast.IdentifierNode) ast.Node {
	for _, v := range slices.Backward(w.renamed) {
		if v.name == n.Value {
			return &ast.IdentifierNode{Value: v.as}
		}
	}
	for _, v := range slices.Backward(w.vars) {
		if v.name == n.Value {
			return w.reads("let ", n.Value, v.code)
		}
	}
	if n.Value == "erase" && (w.env.Columns == nil || w.env.Columns.Index("erase") < 0) {
		return &ast.ConstantNode{Value: emptied}
	}
	return w.reads("column ", n.Value, w.code(n))
}

// pointer is #, #index or #acc: of a predicate inside the part, or of the one
// that the part stands in.
func (w *rewriter) pointer(n *ast.PointerNode) ast.Node {
	switch {
	case w.inside == 0:
		return w.reads("#", n.Name, w.code(n))
	case n.Name == "index":
		return w.call(w.code(n).span, func(m *machine, _ []any) any { return int64(m.walk().at) })
	case n.Name == "acc":
		return w.call(w.code(n).span, func(m *machine, _ []any) any { return m.walk().acc })
	default:
		return &ast.PointerNode{}
	}
}

func (w *rewriter) let(n *ast.VariableDeclaratorNode) ast.Node {
	value := w.node(n.Value)
	as := w.name("v")
	known := w.renamed
	w.renamed = append(w.renamed, renamed{n.Name, as})
	body := w.as(n.Expr, w.typ(n))
	w.renamed = known
	return &ast.VariableDeclaratorNode{Name: as, Value: value, Expr: body}
}

// member is a column, a variable, a field of a record or a member of a list.
func (w *rewriter) member(n *ast.MemberNode, sp span) ast.Node {
	if root, ok := n.Node.(*ast.IdentifierNode); ok && !w.bound(root.Value) {
		switch root.Value {
		case "row":
			return w.reads("column ", n.Property.(*ast.StringNode).Value, w.code(n))
		case "vars":
			return w.reads("vars.", n.Property.(*ast.StringNode).Value, w.code(n))
		}
	}
	of := w.typ(n.Node)
	switch of.kind {
	case kindRecord:
		return w.field(n, of, sp)
	case kindList:
		return w.strict(sp, memberOf, w.node(n.Node), w.node(n.Property))
	default:
		return w.node(n.Node)
	}
}

// bound reports whether a name is a variable declared by let.
func (w *rewriter) bound(name string) bool {
	return w.declared(name) || slices.ContainsFunc(w.renamed, func(v renamed) bool { return v.name == name })
}

func memberOf(_ *machine, a []any) any {
	of, i := a[0].(items).of, a[1].(int64)
	if i < 0 {
		i += int64(len(of))
	}
	if i < 0 || i >= int64(len(of)) {
		return nil
	}
	return of[i]
}

func (w *rewriter) field(n *ast.MemberNode, of typ, sp span) ast.Node {
	name, want := n.Property.(*ast.StringNode).Value, w.typ(n).plain()
	i := slices.IndexFunc(of.fields, func(f pipeline.Field) bool { return f.Name == name })
	return w.strict(sp, func(m *machine, a []any) any {
		r := a[0].(record)
		if r.values != nil {
			return m.promised(sp, r.values[i], want)
		}
		return m.promised(sp, r.row.Get(name), want)
	}, w.node(n.Node))
}

// promised fails the row where a function or a record gave another type than
// it said.
func (m *machine) promised(sp span, v pipeline.Value, want pipeline.Type) any {
	if !v.IsNull() && !v.IsErase() && v.Type() != want {
		m.frame.fail(sp, "this gave a value of "+v.Type().String()+" where "+want.String()+" was promised")
		return nil
	}
	return received(v)
}

// function is a call, however expr read it.
func (w *rewriter) function(n ast.Node, name string, arguments []ast.Node, sp span) ast.Node {
	if i := slices.IndexFunc(w.env.Funcs, func(f *funcs.Func) bool { return f.Name == name }); i >= 0 && name != "lookup" && name != "erase" {
		return w.invoke(w.env.Funcs[i], arguments, sp)
	}
	if i := slices.IndexFunc(builtins, func(b Builtin) bool { return b.Name == name }); i >= 0 {
		if builtins[i].predicate {
			return w.predicate(n, name, arguments, sp)
		}
		return w.builtin(n, name, arguments, sp)
	}
	if i := slices.IndexFunc(vmBuiltins, func(b vmBuiltin) bool { return b.Name == name }); i >= 0 {
		return w.extra(n, vmBuiltins[i], arguments, sp)
	}
	if name == "lookup" {
		return w.lookup(arguments, sp)
	}
	return &ast.ConstantNode{Value: emptied}
}

// invoke calls a function of Env.Funcs.
func (w *rewriter) invoke(fn *funcs.Func, arguments []ast.Node, sp span) ast.Node {
	args, nullable := make([]ast.Node, len(arguments)), make([]bool, len(arguments))
	for i, n := range arguments {
		param, have := fn.Params[min(i, len(fn.Params)-1)], w.typ(n).plain()
		nullable[i] = param.Null
		if args[i] = w.node(n); have == pipeline.Int && !slices.Contains(param.Types, pipeline.Int) {
			args[i] = w.as(n, typ{kind: kindFloat})
		}
	}
	return w.strictBut(sp, nullable, func(m *machine, a []any) any {
		values := m.values(a)
		if fn.Result == 0 {
			m.frame.lend(fn, values)
			got, err := fn.Record(&m.frame.funcs, values)
			if err != nil || got == nil {
				m.frame.callFailed(sp, fn.Name, err)
				return nil
			}
			return record{values: got}
		}
		m.frame.lend(fn, values)
		v, err := fn.Call(&m.frame.funcs, values)
		if err != nil {
			m.frame.callFailed(sp, fn.Name, err)
			return nil
		}
		if !m.frame.room(sp, size(v)) {
			return nil
		}
		return m.promised(sp, v, fn.Result)
	}, args...)
}

// values is the operands in the form of functions and lookups.
func (m *machine) values(a []any) []pipeline.Value {
	m.args = m.args[:0]
	for _, v := range a {
		m.args = append(m.args, value(v))
	}
	return m.args[:len(a):len(a)]
}

func (w *rewriter) lookup(arguments []ast.Node, sp span) ast.Node {
	name := arguments[0].(*ast.StringNode).Value
	i := slices.IndexFunc(w.lookups, func(l lookupSlot) bool { return l.name == name })
	keys := make([]ast.Node, len(arguments)-1)
	for j, n := range arguments[1:] {
		if types := w.env.Lookups[name].Key; types != nil {
			keys[j] = w.as(n, typeOf(types[j]))
		} else {
			keys[j] = w.node(n)
		}
	}
	return w.strict(sp, func(m *machine, a []any) any {
		find := m.frame.finds[i]
		if find == nil {
			m.frame.fail(sp, fmt.Sprintf("lookup %q is not loaded", name))
			return nil
		}
		row, ok := find(m.values(a))
		if !ok || row.Batch == nil {
			return nil
		}
		return record{row: row}
	}, keys...)
}
