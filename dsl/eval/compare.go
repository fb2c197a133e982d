package eval

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// equality is == and !=. Beside nil they ask whether the other side is null.
func (k *compiler) equality(operator string, l, r code, sp span) code {
	equal := operator == "=="
	switch {
	case l.typ.kind == kindNull:
		return code{typ: typ{kind: kindBool}, truth: isNull(r, equal)}
	case r.typ.kind == kindNull:
		return code{typ: typ{kind: kindBool}, truth: isNull(l, equal)}
	}
	out := code{typ: typ{kind: kindBool}}
	a, b := l.typ.kind, r.typ.kind
	switch {
	case a == kindText && b == kindText:
		out.truth = both(l.text, r.text, func(a, b string) bool { return (a == b) == equal })
	case a == kindBool && b == kindBool:
		out.truth = both(l.truth, r.truth, func(a, b bool) bool { return (a == b) == equal })
	case a == b && (a == kindInt || a == kindTime):
		out.truth = both(l.num, r.num, func(a, b int64) bool { return (a == b) == equal })
	case a == kindFloat && b == kindFloat:
		out.truth = both(l.real, r.real, func(a, b float64) bool { return (a == b) == equal })
	case a == kindInt && b == kindFloat:
		out.truth = both(l.num, r.real, func(a int64, b float64) bool { return (compareMixed(a, b) == 0) == equal })
	case a == kindFloat && b == kindInt:
		out.truth = both(l.real, r.num, func(a float64, b int64) bool { return (compareMixed(b, a) == 0) == equal })
	case a == kindList && b == kindList && comparableLists(l.typ, r.typ):
		out.truth = both(l.list, r.list, func(a, b list) bool { return sameMembers(a, b) == equal })
	default:
		return k.conflict(operator, l, r, sp)
	}
	return out
}

func comparableLists(a, b typ) bool {
	return a.elem == b.elem || a.elem == kindNull || b.elem == kindNull
}

func sameMembers(a, b list) bool {
	return slices.Equal(a.texts, b.texts) && slices.Equal(a.nums, b.nums) && slices.Equal(a.reals, b.reals)
}

// isNull asks whether a node is null, or whether it is not.
func isNull(c code, want bool) eval[bool] {
	switch c.typ.kind {
	case kindInt, kindTime:
		return absence(c.num, want)
	case kindFloat:
		return absence(c.real, want)
	case kindBool:
		return absence(c.truth, want)
	case kindList:
		return absence(c.list, want)
	case kindRecord:
		return absence(c.rec, want)
	default:
		return absence(c.text, want)
	}
}

func absence[T any](of eval[T], want bool) eval[bool] {
	return func(f *frame) (bool, state) {
		_, s := of(f)
		return (s != present) == want, present
	}
}

// order is <, <=, > and >=.
func (k *compiler) order(operator string, l, r code, sp span) code {
	if l.typ.kind == kindNull || r.typ.kind == kindNull {
		l, r = k.nullBeside(operator, l, r, kindInt)
	}
	out := code{typ: typ{kind: kindBool}}
	a, b := l.typ.kind, r.typ.kind
	switch {
	case a == kindText && b == kindText:
		out.truth = both(l.text, r.text, ordering[string](operator))
	case a == b && (a == kindInt || a == kindTime):
		out.truth = both(l.num, r.num, ordering[int64](operator))
	case a == kindFloat && b == kindFloat:
		out.truth = both(l.real, r.real, ordering[float64](operator))
	case a == kindInt && b == kindFloat:
		holds := mixedOrdering(operator)
		out.truth = both(l.num, r.real, func(a int64, b float64) bool { return holds(compareMixed(a, b)) })
	case a == kindFloat && b == kindInt:
		holds := mixedOrdering(operator)
		out.truth = both(l.real, r.num, func(a float64, b int64) bool { return holds(flip(compareMixed(b, a))) })
	default:
		return k.conflict(operator, l, r, sp)
	}
	return out
}

// nullBeside gives an operand that is always null the kind of the other one.
func (k *compiler) nullBeside(operator string, l, r code, otherwise kind) (code, code) {
	kind := max(l.typ.kind, r.typ.kind)
	if kind == kindNull {
		kind = otherwise
	}
	t := typ{kind: kind}
	if l.typ.kind == kindNull {
		k.alwaysNull(l, operator)
		l = widen(l, t)
	}
	if r.typ.kind == kindNull {
		k.alwaysNull(r, operator)
		r = widen(r, t)
	}
	return l, r
}

func ordering[T cmp.Ordered](operator string) func(a, b T) bool {
	switch operator {
	case "<":
		return func(a, b T) bool { return a < b }
	case "<=":
		return func(a, b T) bool { return a <= b }
	case ">":
		return func(a, b T) bool { return a > b }
	default:
		return func(a, b T) bool { return a >= b }
	}
}

// unordered is what compareMixed says of NaN, which is neither less nor more
// than any number.
const unordered = 2

func mixedOrdering(operator string) func(c int) bool {
	switch operator {
	case "<":
		return func(c int) bool { return c == -1 }
	case "<=":
		return func(c int) bool { return c == -1 || c == 0 }
	case ">":
		return func(c int) bool { return c == 1 }
	default:
		return func(c int) bool { return c == 1 || c == 0 }
	}
}

func flip(c int) int {
	if c == unordered {
		return c
	}
	return -c
}

// compareMixed compares an int with a float exactly, without rounding the int.
func compareMixed(i int64, f float64) int {
	const edge = 1 << 63 // the first float past the largest int64
	switch {
	case math.IsNaN(f):
		return unordered
	case f >= edge:
		return -1
	case f < -edge:
		return 1
	}
	whole := math.Trunc(f)
	if c := cmp.Compare(i, int64(whole)); c != 0 {
		return c
	}
	return cmp.Compare(whole, f)
}

// conflict reports two operands that do not go together.
func (k *compiler) conflict(operator string, l, r code, sp span) code {
	p := Problem{Code: "type-conflict", From: sp.from, To: sp.to,
		Message: fmt.Sprintf("%q does not go between %s and %s", operator, article(l.typ.String()), article(r.typ.String()))}
	switch {
	case operator == "+" && l.typ.kind == kindText:
		p.Hint = k.conversion(r, l.typ)
	case operator == "+" && r.typ.kind == kindText:
		p.Hint = k.conversion(l, r.typ)
	case l.typ.kind == kindText && r.typ.kind != kindText:
		p.Hint = k.mend(l, r)
	case r.typ.kind == kindText && l.typ.kind != kindText:
		p.Hint = k.mend(r, l)
	case l.typ.kind == kindRecord:
		p.Hint = k.conversion(l, r.typ)
	case r.typ.kind == kindRecord:
		p.Hint = k.conversion(r, l.typ)
	case operator == "+" && l.typ.kind == kindList && r.typ.kind == kindList:
		p.Hint = fmt.Sprintf("use concat(%s, %s)", k.source.code(l.span), k.source.code(r.span))
	}
	k.problem(p)
	return bad(sp)
}

// mend says how a text gets to be of the other operand's type. A literal text
// beside a number is written without its quotes; a number beside a literal text
// that is none becomes text.
func (k *compiler) mend(text, other code) string {
	if !text.fixed {
		return k.conversion(text, other.typ)
	}
	literal, _ := text.text(&frame{})
	switch {
	case other.typ.kind.number() && isNumber(literal):
		return "write " + literal + " without quotes"
	case other.typ.kind == kindTime:
		return k.conversion(text, other.typ)
	default:
		return k.conversion(other, text.typ)
	}
}
