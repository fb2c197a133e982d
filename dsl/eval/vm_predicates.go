package eval

import (
	"github.com/expr-lang/expr/ast"
)

// walking is a list that a predicate goes through.
type walking struct {
	members []any
	at      int // the member that # stands for; -1 before the first
	absent  bool

	kept   []any // members that were kept, or the values made of them
	place  int   // of the member that was found; -1: none
	yes    int
	no     int
	unsure int // members of which it is not known whether the condition holds
	acc    any // of reduce and sum
}

func (m *machine) walk() *walking { return &m.walks[len(m.walks)-1] }

// loop is a call of visit with the value of body for each member of a list,
// until it returns true, and then of end. It is expr's any(), which is the loop
// that stops:
//
//	end(any(begin(list), visit(next(), body)))
//
// First is what the walk begins with in acc.
func (w *rewriter) loop(sp span, of, body, first ast.Node, visit func(m *machine, l *walking, v any) bool, end func(m *machine, l *walking) any) ast.Node {
	begin := w.call(sp, func(m *machine, a []any) any {
		l := walking{at: -1, place: -1, absent: isAbsent(a[0]), acc: a[1]}
		if !l.absent {
			l.members = a[0].(items).of
		}
		m.walks = append(m.walks, l)
		return l.members
	}, of, first)
	next := w.call(sp, func(m *machine, _ []any) any {
		m.walk().at++
		return m.frame.step(sp)
	})
	each := w.call(sp, func(m *machine, a []any) any { return visit(m, m.walk(), a[1]) }, next, body)
	return w.call(sp, func(m *machine, _ []any) any {
		l := m.walk()
		var v any
		if !l.absent {
			v = end(m, l)
		}
		m.walks = m.walks[:len(m.walks)-1]
		return v
	}, &ast.BuiltinNode{Name: "any", Arguments: []ast.Node{begin, &ast.PredicateNode{Node: each}}})
}

// body rewrites what is computed of each member; without one it is the member.
func (w *rewriter) body(arguments []ast.Node, t typ) ast.Node {
	if len(arguments) < 2 {
		return &ast.PointerNode{}
	}
	w.inside++
	defer func() { w.inside-- }()
	return w.as(unwrapped(arguments[1]), t)
}

func unwrapped(n ast.Node) ast.Node {
	if p, ok := n.(*ast.PredicateNode); ok {
		return p.Node
	}
	return n
}

// predicate is a builtin that takes a list and something to compute of each
// member.
func (w *rewriter) predicate(n ast.Node, name string, arguments []ast.Node, sp span) ast.Node {
	t := w.typ(n)
	of := w.node(arguments[0])
	body := w.body(arguments, typ{})
	switch name {
	case "map":
		return w.loop(sp, of, body, &ast.NilNode{}, keep, w.room(sp))
	case "sum":
		return w.summed(t, sp, of, body)
	case "filter":
		return w.loop(sp, of, body, &ast.NilNode{}, func(m *machine, l *walking, v any) bool {
			if v == true {
				l.kept = append(l.kept, l.members[l.at])
			}
			return false
		}, w.room(sp))
	}
	return w.loop(sp, of, body, &ast.NilNode{}, func(_ *machine, l *walking, v any) bool {
		switch {
		case isAbsent(v):
			l.unsure++
		case v == true:
			l.yes++
			l.place = l.at
		default:
			l.no++
		}
		switch name {
		case "all":
			return l.no > 0
		case "one":
			return l.yes > 1
		case "any", "none", "find", "findIndex":
			return l.yes > 0
		default:
			return false
		}
	}, func(_ *machine, l *walking) any { return l.answer(name) })
}

func keep(_ *machine, l *walking, v any) bool {
	if !isAbsent(v) {
		l.kept = append(l.kept, v)
	}
	return false
}

// room returns the members that were kept as a list.
func (w *rewriter) room(sp span) func(m *machine, l *walking) any {
	return func(m *machine, l *walking) any {
		return m.made(sp, wordBytes*len(l.kept), func() any { return items{l.kept} })
	}
}

// answer is what the walk of a condition came to.
func (l *walking) answer(name string) any {
	switch {
	case name == "count":
		return int64(l.yes)
	case (name == "findIndex" || name == "findLastIndex") && l.place >= 0:
		return int64(l.place)
	case (name == "find" || name == "findLast") && l.place >= 0:
		return l.members[l.place]
	case name == "any" && l.yes > 0:
		return true
	case name == "all" && l.no > 0, name == "none" && l.yes > 0, name == "one" && l.yes > 1:
		return false
	case l.unsure > 0:
		return nil
	}
	switch name {
	case "any":
		return false
	case "all", "none":
		return true
	case "one":
		return l.yes == 1
	default:
		return nil
	}
}

// summed adds up numbers; a member without a number counts nothing.
func (w *rewriter) summed(t typ, sp span, of, body ast.Node) ast.Node {
	zero := constantNode(int64(0))
	if t.kind == kindFloat {
		zero = constantNode(0.0)
	}
	return w.loop(sp, of, body, zero, func(m *machine, l *walking, v any) bool {
		if isAbsent(v) {
			return false
		}
		if total, isInt := l.acc.(int64); isInt {
			next, ok := addInts(total, v.(int64))
			if !ok {
				m.frame.fail(sp, tooLarge)
			}
			l.acc = next
			return false
		}
		total, add := l.acc.(float64), v.(float64)
		if finite(total) && finite(add) && !finite(total+add) {
			m.frame.fail(sp, notFinite)
		}
		l.acc = total + add
		return false
	}, func(_ *machine, l *walking) any { return l.acc })
}
