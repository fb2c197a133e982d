package eval

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

func (w *rewriter) unary(n *ast.UnaryNode, sp span) ast.Node {
	of := w.node(n.Node)
	switch {
	case n.Operator == "not" || n.Operator == "!":
		return w.strict(sp, func(_ *machine, a []any) any { return !a[0].(bool) }, of)
	case n.Operator == "+":
		return w.strict(sp, func(_ *machine, a []any) any { return a[0] }, of)
	}
	return w.strict(sp, func(m *machine, a []any) any {
		v, isInt := a[0].(int64)
		switch {
		case !isInt:
			return -a[0].(float64)
		case v == math.MinInt64:
			m.frame.fail(sp, tooLarge)
		}
		return -v
	}, of)
}

func (w *rewriter) binary(n *ast.BinaryNode, sp span) ast.Node {
	l, r := w.typ(n.Left), w.typ(n.Right)
	switch n.Operator {
	case "??":
		t := w.typ(n)
		return &ast.BinaryNode{Operator: "??", Left: w.as(n.Left, t), Right: w.as(n.Right, t)}
	case "and", "&&", "or", "||":
		return w.logic(n, sp)
	case "==", "!=":
		switch {
		case l.kind == kindNull:
			return w.isNull(n.Right, n.Operator == "==", sp)
		case r.kind == kindNull:
			return w.isNull(n.Left, n.Operator == "==", sp)
		}
		same := n.Operator == "=="
		return w.strict(sp, func(_ *machine, a []any) any { return equal(a[0], a[1]) == same }, w.node(n.Left), w.node(n.Right))
	case "<", "<=", ">", ">=":
		holds := mixedOrdering(n.Operator)
		return w.strict(sp, func(_ *machine, a []any) any { return holds(compare(a[0], a[1])) }, w.node(n.Left), w.node(n.Right))
	case "in":
		return w.membership(n, sp)
	case "contains", "startsWith", "endsWith":
		find := map[string]func(s, part string) bool{"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix}[n.Operator]
		return w.strict(sp, func(_ *machine, a []any) any { return find(a[0].(string), a[1].(string)) }, w.node(n.Left), w.node(n.Right))
	case "matches":
		return w.matches(n, sp)
	case "..":
		return w.strict(sp, func(m *machine, a []any) any { return m.rangeOf(a[0].(int64), a[1].(int64), sp) }, w.node(n.Left), w.node(n.Right))
	default:
		return w.arithmetic(n, sp)
	}
}

func (w *rewriter) isNull(n ast.Node, want bool, sp span) ast.Node {
	return w.call(sp, func(_ *machine, a []any) any { return isAbsent(a[0]) == want }, w.node(n))
}

// logic is Kleene's "and" and "or". The right side is not looked at when the
// left one decides.
func (w *rewriter) logic(n *ast.BinaryNode, sp span) ast.Node {
	decides := n.Operator == "or" || n.Operator == "||"
	left, right := w.node(n.Left), w.node(n.Right)
	both := func(_ *machine, a []any) any {
		switch {
		case a[0] == decides || a[1] == decides:
			return decides
		case isAbsent(a[0]) || isAbsent(a[1]):
			return nil
		}
		return !decides
	}
	if quiet(right) {
		return w.call(sp, both, left, right)
	}
	held := &ast.IdentifierNode{Value: w.name("t")}
	return &ast.VariableDeclaratorNode{Name: held.Value, Value: left, Expr: &ast.ConditionalNode{
		Cond: equals(&ast.IdentifierNode{Value: held.Value}, &ast.BoolNode{Value: decides}),
		Exp1: &ast.BoolNode{Value: decides},
		Exp2: w.call(sp, both, held, right),
	}}
}

// arithmetic is + - * / % ** and ^, and + between texts.
func (w *rewriter) arithmetic(n *ast.BinaryNode, sp span) ast.Node {
	l, r := w.node(n.Left), w.node(n.Right)
	switch w.typ(n).kind {
	case kindText:
		return w.strict(sp, func(m *machine, a []any) any {
			return m.made(sp, len(a[0].(string))+len(a[1].(string)), func() any { return a[0].(string) + a[1].(string) })
		}, l, r)
	case kindInt:
		operation, message := intOperation(n.Operator), tooLarge
		if n.Operator == "%" {
			operation, message = remainder, divideByZero
		}
		return w.strict(sp, func(m *machine, a []any) any {
			v, ok := operation(a[0].(int64), a[1].(int64))
			if !ok {
				m.frame.fail(sp, message)
			}
			return v
		}, l, r)
	}
	operation := floatOperation(n.Operator)
	if n.Operator == "/" {
		operation = func(a, b float64) float64 { return a / b }
	}
	return w.strict(sp, func(m *machine, a []any) any {
		x, y := real64(a[0]), real64(a[1])
		if n.Operator == "/" && y == 0 {
			m.frame.fail(sp, divideByZero)
			return nil
		}
		v := operation(x, y)
		if !finite(v) && finite(x) && finite(y) {
			m.frame.fail(sp, notFinite)
		}
		return v
	}, l, r)
}

// real64 is a number as a float.
func real64(v any) float64 {
	if n, ok := v.(int64); ok {
		return float64(n)
	}
	return v.(float64)
}

// made asks for room for a result of n bytes before it is made.
func (m *machine) made(sp span, n int, of func() any) any {
	if !m.frame.room(sp, n) {
		return nil
	}
	return of()
}

// membership is x in list.
func (w *rewriter) membership(n *ast.BinaryNode, sp span) ast.Node {
	switch {
	case w.typ(n.Right).kind == kindNull:
		return w.node(n.Right)
	case w.typ(n.Left).kind == kindNull:
		return w.node(n.Left)
	}
	return w.strict(sp, func(_ *machine, a []any) any {
		return slices.ContainsFunc(a[1].(items).of, func(v any) bool { return compare(a[0], v) == 0 })
	}, w.node(n.Left), w.node(n.Right))
}

// patternBytes is the length of text that a regular expression reads in the
// time of a step.
const patternBytes = 16

// matches holds a text against a regular expression, compiled here once.
func (w *rewriter) matches(n *ast.BinaryNode, sp span) ast.Node {
	left := w.node(n.Left)
	pattern, ok := entering(w.code(n.Right))(&frame{}).(string)
	re, err := regexp.Compile(pattern)
	if !ok || err != nil { // a pattern that is null; a bad one was refused
		return w.strict(sp, func(*machine, []any) any { return nil }, left)
	}
	return w.strict(sp, func(m *machine, a []any) any {
		text := a[0].(string)
		return m.spend(sp, len(text)/patternBytes) && re.MatchString(text)
	}, left)
}

func (m *machine) rangeOf(from, to int64, sp span) any {
	if to < from {
		return items{}
	}
	n := uint64(to) - uint64(from)
	if n >= RangeMembersMax {
		m.frame.fail(sp, fmt.Sprintf("the range has more than %d members", RangeMembersMax))
		return nil
	}
	return m.made(sp, 8*int(n), func() any {
		of := make([]any, 0, n+1)
		for i := range int64(n) + 1 {
			of = append(of, from+i)
		}
		return items{of}
	})
}

// cut is x[from:to] of a text or a list.
func (w *rewriter) cut(n *ast.SliceNode, sp span) ast.Node {
	of := w.node(n.Node)
	if w.typ(n.Node).kind == kindNull {
		return of
	}
	from, to := constantNode(int64(0)), constantNode(int64(math.MaxInt64))
	if n.From != nil {
		from = w.node(n.From)
	}
	if n.To != nil {
		to = w.node(n.To)
	}
	return w.strict(sp, func(_ *machine, a []any) any {
		i, j := a[1].(int64), a[2].(int64)
		if text, ok := a[0].(string); ok {
			return cutText(text, i, j)
		}
		all := a[0].(items).of
		i, j = bounds(i, j, int64(len(all)))
		return items{all[i:j]}
	}, of, from, to)
}

// array is a list literal. Members that are null are left out.
func (w *rewriter) array(n *ast.ArrayNode, sp span) ast.Node {
	elem := typ{kind: w.typ(n).elem}
	members := make([]ast.Node, len(n.Nodes))
	for i, node := range n.Nodes {
		members[i] = w.as(node, elem)
	}
	return w.call(sp, func(m *machine, a []any) any {
		return m.made(sp, wordBytes*len(a), func() any {
			of := make([]any, 0, len(a))
			for _, v := range a {
				if !isAbsent(v) {
					of = append(of, v)
				}
			}
			return items{of}
		})
	}, members...)
}
