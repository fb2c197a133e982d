package eval

import (
	"fmt"

	"github.com/expr-lang/expr/ast"

	"github.com/reconkit/reconkit/pipeline"
)

// walk goes through the members of a list.
type walk struct {
	of  eval[list]
	put func(f *frame, l list, i int) // makes # stand for member i
	sp  span
}

// each shows the places of the members to visit until it returns false. The
// state is present when there is a list and the row has not failed.
func (w walk) each(f *frame, visit func(l list, i int) bool) state {
	l, s := w.of(f)
	if s != present {
		return absent
	}
	for i := range l.len() {
		if !f.step(w.sp) {
			return absent
		}
		w.put(f, l, i)
		if !visit(l, i) {
			break
		}
	}
	if f.failed {
		return absent
	}
	return present
}

// predicate is a builtin that takes a list and something to compute of each
// member.
func (k *compiler) predicate(name string, arguments []ast.Node, sp span) code {
	if len(arguments) == 0 {
		return k.wrong(sp, "wrong-arguments", name+" takes a list", "")
	}
	of := k.use(arguments[0])
	if of.typ.kind == kindNull {
		k.alwaysNull(of, name)
		of = widen(of, typ{kind: kindList, elem: kindText})
	}
	of = k.listOf(name, of)
	elem := of.typ.elem
	if elem == kindNull || of.typ.kind == kindBad {
		elem = kindText
	}
	m := member{elem: elem, slot: k.slots}
	k.slots++
	w := walk{of: of.list, put: placing(elem, m.slot), sp: sp}
	body := k.slot(typ{kind: elem}, m.slot)
	body.span = of.span
	if len(arguments) > 1 {
		node := arguments[1]
		if p, ok := node.(*ast.PredicateNode); ok {
			node = p.Node
		}
		known := k.members
		k.members = append(k.members, m)
		if of.typ.kind == kindBad {
			before := len(k.problems)
			k.use(node)
			k.problems = k.problems[:before] // what # is, is not known
			k.members = known
			return bad(sp)
		}
		body = k.use(node)
		k.members = known
	}
	if body.typ.kind == kindBad || of.typ.kind == kindBad {
		return bad(sp)
	}
	return at(k.overMembers(name, w, of.typ, body), sp)
}

func (k *compiler) overMembers(name string, w walk, of typ, body code) code {
	switch name {
	case "map":
		return k.mapped(w, body)
	case "sum":
		return k.summed(w, body)
	}
	body = k.want(body, kindBool, name)
	if body.typ.kind == kindBad {
		return bad(w.sp)
	}
	holds := body.truth
	switch name {
	case "filter":
		return code{typ: of, list: filtered(w, holds)}
	case "count":
		return code{typ: typ{kind: kindInt}, num: counting(w, holds)}
	case "find", "findIndex", "findLast", "findLastIndex":
		return k.searched(name, w, of, holds)
	default:
		return code{typ: typ{kind: kindBool}, truth: quantified(name, w, holds)}
	}
}

// placing makes # stand for a member of a list.
func placing(elem kind, i int) func(*frame, list, int) {
	switch elem {
	case kindText:
		return func(f *frame, l list, n int) {
			s := &f.slots[i]
			s.text, s.index, s.state = l.texts[n], int64(n), present
		}
	case kindFloat:
		return func(f *frame, l list, n int) {
			s := &f.slots[i]
			s.real, s.index, s.state = l.reals[n], int64(n), present
		}
	default:
		return func(f *frame, l list, n int) {
			s := &f.slots[i]
			s.num, s.truth, s.index, s.state = l.nums[n], l.nums[n] == 1, int64(n), present
		}
	}
}

// quantified is any, all, none and one. Members of which it is not known
// whether the condition holds leave the answer null unless others decide it.
func quantified(name string, w walk, holds eval[bool]) eval[bool] {
	return func(f *frame) (bool, state) {
		yes, no, unknown := 0, 0, 0
		s := w.each(f, func(list, int) bool {
			v, s := holds(f)
			switch {
			case s != present:
				unknown++
			case v:
				yes++
			default:
				no++
			}
			switch name {
			case "all":
				return no == 0
			case "one":
				return yes < 2
			default:
				return yes == 0
			}
		})
		if s != present {
			return false, absent
		}
		switch {
		case name == "any" && yes > 0:
			return true, present
		case name == "all" && no > 0, name == "none" && yes > 0, name == "one" && yes > 1:
			return false, present
		case unknown > 0:
			return false, absent
		}
		return name == "all" || name == "none" || name == "one" && yes == 1, present
	}
}

func counting(w walk, holds eval[bool]) eval[int64] {
	return func(f *frame) (int64, state) {
		n := int64(0)
		s := w.each(f, func(list, int) bool {
			if v, s := holds(f); v && s == present {
				n++
			}
			return true
		})
		return n, s
	}
}

func filtered(w walk, holds eval[bool]) eval[list] {
	return func(f *frame) (list, state) {
		var kept list
		s := w.each(f, func(l list, i int) bool {
			if v, s := holds(f); v && s == present {
				one := l.slice(i, i+1)
				kept.texts = append(kept.texts, one.texts...)
				kept.nums = append(kept.nums, one.nums...)
				kept.reals = append(kept.reals, one.reals...)
			}
			return true
		})
		if s == present && !f.room(w.sp, wordBytes*kept.len()) {
			return list{}, absent
		}
		return kept, s
	}
}

// searched is find, findIndex and their counterparts from the end.
func (k *compiler) searched(name string, w walk, of typ, holds eval[bool]) code {
	fromEnd := name == "findLast" || name == "findLastIndex"
	if name == "findIndex" || name == "findLastIndex" {
		return code{typ: typ{kind: kindInt}, num: func(f *frame) (int64, state) {
			i, _, s := seek(f, w, holds, fromEnd)
			return int64(i), s
		}}
	}
	match := func(f *frame) (list, state) {
		i, l, s := seek(f, w, holds, fromEnd)
		if s != present {
			return list{}, absent
		}
		return l.slice(i, i+1), present
	}
	return k.memberAt(code{typ: of, list: match}, literal(pipeline.IntValue(0)), w.sp)
}

// seek finds the first or last member for which a condition holds; absent when
// there is none.
func seek(f *frame, w walk, holds eval[bool], fromEnd bool) (int, list, state) {
	at, in := -1, list{}
	s := w.each(f, func(l list, i int) bool {
		if v, s := holds(f); v && s == present {
			at, in = i, l
		}
		return at < 0 || fromEnd
	})
	if at < 0 {
		return 0, list{}, absent
	}
	return at, in, s
}

// mapped is the list of the values of an expression for each member.
func (k *compiler) mapped(w walk, body code) code {
	if body.typ.kind == kindNull {
		k.alwaysNull(body, "map")
		body = widen(body, typ{kind: kindText})
	}
	if !body.typ.kind.scalar() {
		return k.wrong(body.span, "type-conflict", "a list cannot hold "+article(body.typ.String()), k.conversion(body, typ{kind: kindText}))
	}
	out := code{typ: typ{kind: kindList, elem: body.typ.kind}}
	switch body.typ.kind {
	case kindText:
		out.list = collected(w, body.text, func(v []string) list { return list{texts: v} })
	case kindFloat:
		out.list = collected(w, body.real, func(v []float64) list { return list{reals: v} })
	default:
		out.list = collected(w, asNum(body), func(v []int64) list { return list{nums: v} })
	}
	return out
}

func collected[T any](w walk, of eval[T], made func([]T) list) eval[list] {
	return func(f *frame) (list, state) {
		var values []T
		s := w.each(f, func(list, int) bool {
			if v, s := of(f); s == present {
				values = append(values, v)
			}
			return true
		})
		if s == present && !f.room(w.sp, wordBytes*len(values)) {
			return list{}, absent
		}
		return made(values), s
	}
}

// summed adds up numbers; a member without a number counts nothing.
func (k *compiler) summed(w walk, body code) code {
	switch body.typ.kind {
	case kindInt:
		return code{typ: body.typ, num: func(f *frame) (int64, state) {
			total := int64(0)
			s := w.each(f, func(list, int) bool {
				v, s := body.num(f)
				if s != present {
					return true
				}
				next, ok := addInts(total, v)
				if total = next; !ok {
					f.fail(w.sp, tooLarge)
				}
				return ok
			})
			return total, s
		}}
	case kindFloat:
		return code{typ: body.typ, real: func(f *frame) (float64, state) {
			total := 0.0
			s := w.each(f, func(list, int) bool {
				v, s := body.real(f)
				if s == present && finite(total) && finite(v) && !finite(total+v) {
					f.fail(w.sp, notFinite)
				}
				if s == present {
					total += v
				}
				return true
			})
			return total, s
		}}
	}
	return k.wrong(body.span, "type-conflict", fmt.Sprintf("sum adds numbers, this is %s", article(body.typ.String())), "write sum(list, int(#))")
}
