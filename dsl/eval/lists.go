package eval

import (
	"fmt"
	"math"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// array is a list literal. Members that are null are left out.
func (k *compiler) array(n *ast.ArrayNode, sp span) code {
	members := make([]code, len(n.Nodes))
	elem, ok, fixed := typ{kind: kindNull}, true, true
	for i, node := range n.Nodes {
		m := k.use(node)
		members[i] = m
		fixed = fixed && m.fixed
		switch {
		case m.typ.kind == kindBad:
			ok = false
			continue
		case m.typ.kind == kindRecord:
			k.wrong(m.span, "type-conflict", "a list cannot hold records", k.fieldHint(m, k.source.code(m.span)))
			ok = false
			continue
		case m.typ.kind == kindList:
			k.wrong(m.span, "type-conflict", "a list cannot hold lists", "use concat(a, b)")
			ok = false
			continue
		}
		both, same := unify(elem, m.typ)
		if !same {
			k.wrong(m.span, "type-conflict", fmt.Sprintf("the list holds %s before, this is %s", article(elem.String()), article(m.typ.String())), k.memberHint(m, elem))
			ok = false
			continue
		}
		elem = both
	}
	if !ok {
		return bad(sp)
	}
	for i := range members {
		members[i] = widen(members[i], elem)
	}
	return code{typ: typ{kind: kindList, elem: elem.kind}, span: sp, fixed: fixed, list: gather(members, elem.kind, sp)}
}

// memberHint is the conversion of a list member to the type of those before it.
func (k *compiler) memberHint(m code, elem typ) string {
	if elem.kind == kindText {
		return k.conversion(m, elem)
	}
	return k.mend(m, code{typ: elem})
}

// gather makes a list of the members that are present.
func gather(members []code, elem kind, sp span) eval[list] {
	switch elem {
	case kindNull:
		return always(list{}, present)
	case kindText:
		return func(f *frame) (list, state) {
			texts := f.list(len(members))
			for i := range members {
				if v, s := members[i].text(f); s == present {
					texts = append(texts, v)
				}
			}
			f.room(sp, wordBytes*len(members))
			return list{texts: texts}, present
		}
	case kindFloat:
		return func(f *frame) (list, state) {
			var reals []float64
			for i := range members {
				if v, s := members[i].real(f); s == present {
					reals = append(reals, v)
				}
			}
			return list{reals: reals}, present
		}
	default:
		num := make([]eval[int64], len(members))
		for i := range members {
			num[i] = asNum(members[i])
		}
		return func(f *frame) (list, state) {
			var nums []int64
			for i := range num {
				if v, s := num[i](f); s == present {
					nums = append(nums, v)
				}
			}
			return list{nums: nums}, present
		}
	}
}

// asNum is how a list holds an int, a timestamp or a bool.
func asNum(c code) eval[int64] {
	if c.typ.kind != kindBool {
		return c.num
	}
	return func(f *frame) (int64, state) {
		v, s := c.truth(f)
		if v {
			return 1, s
		}
		return 0, s
	}
}

// scanMax is the number of members up to which a list is searched one by one.
const scanMax = 8

// membership is x in list.
func (k *compiler) membership(l, r code, sp span) code {
	if r.typ.kind == kindNull {
		k.alwaysNull(r, "in")
		return widen(r, typ{kind: kindBool})
	}
	if r.typ.kind != kindList {
		hint := ""
		if r.typ.kind == kindText {
			hint = fmt.Sprintf("write %s contains %s, or a list: [%s]", k.source.code(r.span), k.source.code(l.span), k.source.code(r.span))
		}
		return k.wrong(r.span, "type-conflict", fmt.Sprintf(`"in" looks into a list, this is %s`, article(r.typ.String())), hint)
	}
	elem := r.typ.elem
	if l.typ.kind == kindNull {
		k.alwaysNull(l, "in")
		return widen(l, typ{kind: kindBool})
	}
	if _, ok := unify(typ{kind: elem}, l.typ); !ok || l.typ.kind == kindList {
		hint := k.conversion(l, typ{kind: elem})
		return k.wrong(sp, "type-conflict", fmt.Sprintf("%s is never in %s", article(l.typ.String()), article(r.typ.String())), hint)
	}
	return code{typ: typ{kind: kindBool}, truth: k.within(l, r)}
}

func (k *compiler) within(l, r code) eval[bool] {
	switch {
	case r.typ.elem == kindNull:
		return both(presence(l), r.list, func(struct{}, list) bool { return false })
	case l.typ.kind == kindText && r.fixed:
		return withinTexts(l.text, r.list)
	case l.typ.kind == kindText:
		return both(l.text, r.list, func(v string, in list) bool { return slices.Contains(in.texts, v) })
	case l.typ.kind == kindFloat && r.typ.elem == kindFloat:
		return both(l.real, r.list, func(v float64, in list) bool { return slices.Contains(in.reals, v) })
	case l.typ.kind == kindFloat:
		return both(l.real, r.list, func(v float64, in list) bool {
			return slices.ContainsFunc(in.nums, func(n int64) bool { return compareMixed(n, v) == 0 })
		})
	case r.typ.elem == kindFloat:
		return both(l.num, r.list, func(v int64, in list) bool {
			return slices.ContainsFunc(in.reals, func(r float64) bool { return compareMixed(v, r) == 0 })
		})
	default:
		return both(asNum(l), r.list, func(v int64, in list) bool { return slices.Contains(in.nums, v) })
	}
}

// withinTexts looks into a list that never changes; a long one becomes a set.
func withinTexts(text eval[string], in eval[list]) eval[bool] {
	f := &frame{}
	l, s := in(f)
	if f.failed || s != present { // it fails, or is null, on every row
		return both(text, in, func(string, list) bool { return false })
	}
	if len(l.texts) <= scanMax {
		return func(f *frame) (bool, state) {
			v, s := text(f)
			if s != present {
				return false, absent
			}
			return slices.Contains(l.texts, v), present
		}
	}
	set := make(map[string]struct{}, len(l.texts))
	for _, t := range l.texts {
		set[t] = struct{}{}
	}
	return func(f *frame) (bool, state) {
		v, s := text(f)
		if s != present {
			return false, absent
		}
		_, found := set[v]
		return found, present
	}
}

// presence evaluates a node only to know whether it is there.
func presence(c code) eval[struct{}] {
	there := isNull(c, false)
	return func(f *frame) (struct{}, state) {
		if v, _ := there(f); v {
			return struct{}{}, present
		}
		return struct{}{}, absent
	}
}

// rangeOf is a..b, both ends included; empty when b is less than a.
func (k *compiler) rangeOf(l, r code, sp span) code {
	l, r = k.want(l, kindInt, ".."), k.want(r, kindInt, "..")
	if l.typ.kind == kindBad || r.typ.kind == kindBad {
		return bad(sp)
	}
	of := both(l.num, r.num, func(a, b int64) [2]int64 { return [2]int64{a, b} })
	return code{typ: typ{kind: kindList, elem: kindInt}, list: func(f *frame) (list, state) {
		ends, s := of(f)
		if s != present || ends[1] < ends[0] {
			return list{}, s
		}
		if n := uint64(ends[1]) - uint64(ends[0]); n >= RangeMembersMax || !f.room(sp, int(n)*8) {
			f.fail(sp, fmt.Sprintf("the range has more than %d members", RangeMembersMax))
			return list{}, absent
		}
		var nums []int64
		for v := ends[0]; ; v++ {
			nums = append(nums, v)
			if v == ends[1] {
				return list{nums: nums}, present
			}
		}
	}}
}

// cut is x[from:to] of a text or a list.
func (k *compiler) cut(n *ast.SliceNode, sp span) code {
	of := k.use(n.Node)
	sp = k.closing(sp).join(of.span)
	from, to := k.end(n.From, 0), k.end(n.To, math.MaxInt64)
	if of.typ.kind == kindBad || from.typ.kind == kindBad || to.typ.kind == kindBad {
		return bad(sp)
	}
	ends := both(from.num, to.num, func(a, b int64) [2]int64 { return [2]int64{a, b} })
	out := code{typ: of.typ, span: sp, fixed: of.fixed && from.fixed && to.fixed}
	switch of.typ.kind {
	case kindNull:
		return widen(of, typ{kind: kindText})
	case kindText:
		out.text = both(of.text, ends, func(s string, e [2]int64) string { return cutText(s, e[0], e[1]) })
	case kindList:
		out.list = both(of.list, ends, func(l list, e [2]int64) list {
			from, to := bounds(e[0], e[1], int64(l.len()))
			return l.slice(int(from), int(to))
		})
	default:
		return k.wrong(sp, "type-conflict", fmt.Sprintf("%s has no parts to cut out", article(of.typ.String())), k.conversion(of, typ{kind: kindText}))
	}
	return out
}

// end is one end of a slice, or the default where it is left out.
func (k *compiler) end(n ast.Node, otherwise int64) code {
	if n == nil {
		return code{typ: typ{kind: kindInt}, fixed: true, num: always(otherwise, present)}
	}
	return k.want(k.use(n), kindInt, ":")
}

// memberAt is list[i]; null where there is none.
func (k *compiler) memberAt(of, i code, sp span) code {
	i = k.want(i, kindInt, "[ ]")
	if i.typ.kind == kindBad {
		return bad(sp)
	}
	out := hole(typ{kind: of.typ.elem}, absent)
	out.span, out.fixed, out.known = sp, of.fixed && i.fixed, false
	place := i.num
	switch of.typ.elem {
	case kindText:
		out.text = pick(of.list, place, func(l list) []string { return l.texts })
	case kindFloat:
		out.real = pick(of.list, place, func(l list) []float64 { return l.reals })
	case kindInt, kindTime:
		out.num = pick(of.list, place, func(l list) []int64 { return l.nums })
	case kindBool:
		num := pick(of.list, place, func(l list) []int64 { return l.nums })
		out.truth = func(f *frame) (bool, state) {
			v, s := num(f)
			return v == 1, s
		}
	}
	return out
}

func pick[T any](of eval[list], place eval[int64], members func(list) []T) eval[T] {
	return func(f *frame) (T, state) {
		var none T
		l, s := of(f)
		if s != present {
			return none, absent
		}
		i, s := place(f)
		all := members(l)
		if i < 0 {
			i += int64(len(all))
		}
		if s != present || i < 0 || i >= int64(len(all)) {
			return none, absent
		}
		return all[i], present
	}
}
