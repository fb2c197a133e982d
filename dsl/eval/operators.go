package eval

import (
	"cmp"
	"fmt"

	"github.com/expr-lang/expr/ast"

	"github.com/reconkit/reconkit/pipeline/diag"
)

func (k *compiler) unary(n *ast.UnaryNode, sp span) code {
	c := k.use(n.Node)
	sp = sp.join(c.span)
	switch {
	case c.typ.kind == kindBad:
		return bad(sp)
	case n.Operator == "not" || n.Operator == "!":
		if c = k.want(c, kindBool, n.Operator); c.typ.kind == kindBad {
			return bad(sp)
		}
		return code{typ: c.typ, span: sp, fixed: c.fixed, truth: negate(c.truth)}
	}
	if c.typ.kind == kindNull {
		c.typ.kind = kindInt
	}
	if !c.typ.kind.number() {
		return k.wrong(sp, "type-conflict", fmt.Sprintf("%s is not a number, %q cannot be put before it", article(c.typ.String()), n.Operator), k.conversion(c, typ{kind: kindInt}))
	}
	out := at(unerased(c), sp)
	out.bare, out.known = false, false
	if n.Operator == "-" {
		out.num = func(f *frame) (int64, state) {
			v, s := c.num(f)
			if s == present && v == -v && v != 0 {
				f.fail(sp, "the result does not fit into a 64-bit integer")
			}
			return -v, operand(s)
		}
		out.real = func(f *frame) (float64, state) {
			v, s := c.real(f)
			return -v, operand(s)
		}
	}
	return out
}

func negate(of eval[bool]) eval[bool] {
	return func(f *frame) (bool, state) {
		v, s := of(f)
		return !v && s == present, operand(s)
	}
}

// operand is the state of what was computed of a value: a field that was
// erased reads as null.
func operand(s state) state {
	if s == present {
		return present
	}
	return absent
}

// unerased is a node whose value is that of c, but which is null where c was
// erased.
func unerased(c code) code {
	c.text, c.num, c.real = reading(c.text), reading(c.num), reading(c.real)
	c.truth, c.list, c.rec = reading(c.truth), reading(c.list), reading(c.rec)
	return c
}

func reading[T any](of eval[T]) eval[T] {
	return func(f *frame) (T, state) {
		v, s := of(f)
		return v, operand(s)
	}
}

// binary translates an operator between two operands.
func (k *compiler) binary(n *ast.BinaryNode, sp span) code {
	if n.Operator == "??" {
		return k.coalesce(n)
	}
	l, r := k.use(n.Left), k.use(n.Right)
	out := span{min(l.span.from, sp.from), max(r.span.to, sp.to)}
	if l.typ.kind == kindBad || r.typ.kind == kindBad {
		return bad(out)
	}
	var c code
	switch n.Operator {
	case "and", "&&", "or", "||":
		c = k.logic(n.Operator, l, r)
	case "==", "!=":
		c = k.equality(n.Operator, l, r, out)
	case "<", "<=", ">", ">=":
		c = k.order(n.Operator, l, r, out)
	case "+", "-", "*", "/", "%", "**", "^":
		c = k.arithmetic(n.Operator, l, r, out)
	case "in":
		c = k.membership(l, r, out)
	case "contains", "startsWith", "endsWith":
		c = k.search(n.Operator, l, r)
	case "matches":
		c = k.matches(l, r)
	case "..":
		c = k.rangeOf(l, r, out)
	default:
		return k.wrong(out, "unsupported", fmt.Sprintf("the operator %q is not offered", n.Operator), "")
	}
	c.span, c.fixed, c.known = out, l.fixed && r.fixed, false
	return c
}

// want checks that an operand is of a kind; nil is of every kind.
func (k *compiler) want(c code, kind kind, operator string) code {
	switch c.typ.kind {
	case kind, kindBad:
		return c
	case kindNull:
		k.alwaysNull(c, operator)
		return widen(c, typ{kind: kind})
	}
	return k.wrong(c.span, "type-conflict",
		fmt.Sprintf("%q takes %s, this is %s", operator, article(kind.String()), article(c.typ.String())), k.conversion(c, typ{kind: kind}))
}

// alwaysNull warns of an operand that makes every result null.
func (k *compiler) alwaysNull(c code, operator string) {
	k.problem(Problem{Severity: diag.Warning, Code: "always-null", From: c.span.from, To: c.span.to,
		Message: fmt.Sprintf("this is always nil, so the result of %q is nil too", operator),
		Hint:    `only ==, != and ?? look at nil`})
}

// logic is Kleene's "and" and "or". The right side is not looked at when the
// left one decides.
func (k *compiler) logic(operator string, l, r code) code {
	l, r = k.want(l, kindBool, operator), k.want(r, kindBool, operator)
	if l.typ.kind == kindBad || r.typ.kind == kindBad {
		return bad(l.span)
	}
	decides := operator == "or" || operator == "||"
	left, right := l.truth, r.truth
	return code{typ: typ{kind: kindBool}, truth: func(f *frame) (bool, state) {
		a, s := left(f)
		if s == present && a == decides {
			return decides, present
		}
		b, t := right(f)
		switch {
		case t == present && b == decides:
			return decides, present
		case s == present && t == present:
			return !decides, present
		}
		return false, absent
	}}
}

// coalesce is x ?? y: y where x is null.
func (k *compiler) coalesce(n *ast.BinaryNode) code {
	l, r := k.use(n.Left), k.node(n.Right)
	r.span = k.outer(r.span)
	sp := l.span.join(r.span)
	if l.typ.kind == kindBad || r.typ.kind == kindBad {
		return bad(sp)
	}
	t, ok := unify(l.typ, r.typ)
	if !ok {
		return k.wrong(sp, "type-conflict",
			fmt.Sprintf("the two sides of ?? are %s and %s", article(l.typ.String()), article(r.typ.String())), k.conversion(l, r.typ))
	}
	l, r = widen(l, t), widen(r, t)
	return fold(code{typ: t, span: sp, fixed: l.fixed && r.fixed, origin: cmp.Or(l.origin, r.origin),
		text: orElse(l.text, r.text), num: orElse(l.num, r.num), real: orElse(l.real, r.real),
		truth: orElse(l.truth, r.truth), list: orElse(l.list, r.list), rec: orElse(l.rec, r.rec)})
}

func orElse[T any](l, r eval[T]) eval[T] {
	return func(f *frame) (T, state) {
		if v, s := l(f); s == present {
			return v, s
		}
		return r(f)
	}
}

// conditional is cond ? a : b and if cond { a } else { b }.
func (k *compiler) conditional(n *ast.ConditionalNode) code {
	cond, a, b := k.use(n.Cond), k.node(n.Exp1), k.node(n.Exp2)
	a.span, b.span = k.outer(a.span), k.outer(b.span)
	sp := cond.span.join(a.span).join(b.span)
	cond = k.want(cond, kindBool, "?")
	if cond.typ.kind == kindBad || a.typ.kind == kindBad || b.typ.kind == kindBad {
		return bad(sp)
	}
	t, ok := unify(a.typ, b.typ)
	if !ok {
		return k.wrong(sp, "type-conflict",
			fmt.Sprintf("the two results are %s and %s", article(a.typ.String()), article(b.typ.String())), k.conversion(b, a.typ))
	}
	a, b = widen(a, t), widen(b, t)
	is := cond.truth
	return fold(code{typ: t, span: sp, fixed: cond.fixed && a.fixed && b.fixed, origin: cmp.Or(a.origin, b.origin),
		text: choose(is, a.text, b.text), num: choose(is, a.num, b.num), real: choose(is, a.real, b.real),
		truth: choose(is, a.truth, b.truth), list: choose(is, a.list, b.list), rec: choose(is, a.rec, b.rec)})
}

func choose[T any](is eval[bool], a, b eval[T]) eval[T] {
	return func(f *frame) (T, state) {
		if yes, s := is(f); s == present && yes {
			return a(f)
		}
		return b(f)
	}
}

// both evaluates two operands and works on them when none is null.
func both[A, B, T any](l eval[A], r eval[B], work func(A, B) T) eval[T] {
	return func(f *frame) (T, state) {
		var none T
		a, s := l(f)
		if s != present {
			return none, absent
		}
		b, s := r(f)
		if s != present {
			return none, absent
		}
		return work(a, b), present
	}
}
