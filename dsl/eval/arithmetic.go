package eval

import (
	"fmt"
	"math"
)

const (
	tooLarge     = "the result does not fit into a 64-bit integer"
	notFinite    = "the result is not a finite number"
	divideByZero = "division by zero"
)

// arithmetic is + - * / % ** and ^, and + between texts.
func (k *compiler) arithmetic(operator string, l, r code, sp span) code {
	if l.typ.kind == kindNull || r.typ.kind == kindNull {
		l, r = k.nullBeside(operator, l, r, kindInt)
	}
	a, b := l.typ.kind, r.typ.kind
	if operator == "+" && a == kindText && b == kindText {
		return code{typ: typ{kind: kindText}, text: concat(l.text, r.text, sp)}
	}
	if !a.number() || !b.number() {
		return k.conflict(operator, l, r, sp)
	}
	switch operator {
	case "/", "**", "^":
	case "%":
		if a != kindInt || b != kindInt {
			return k.wrong(sp, "type-conflict", fmt.Sprintf("%q does not go between %s and %s", operator, article(a.String()), article(b.String())), "% divides integers; use int(...) on a float")
		}
		return code{typ: typ{kind: kindInt}, num: checkedInt(l.num, r.num, remainder, divideByZero, sp)}
	default:
		if a == kindInt && b == kindInt {
			return code{typ: typ{kind: kindInt}, num: checkedInt(l.num, r.num, intOperation(operator), tooLarge, sp)}
		}
	}
	t := typ{kind: kindFloat}
	l, r = widen(l, t), widen(r, t)
	if operator == "/" {
		return code{typ: t, real: divided(l.real, r.real, sp)}
	}
	return code{typ: t, real: checkedFloat(l.real, r.real, floatOperation(operator), sp)}
}

func concat(l, r eval[string], sp span) eval[string] {
	return func(f *frame) (string, state) {
		a, s := l(f)
		if s != present {
			return "", absent
		}
		b, s := r(f)
		if s != present {
			return "", absent
		}
		return f.join(sp, a, b)
	}
}

// checkedInt fails the row where work says that there is no exact result.
func checkedInt(l, r eval[int64], work func(a, b int64) (int64, bool), message string, sp span) eval[int64] {
	return func(f *frame) (int64, state) {
		a, s := l(f)
		if s != present {
			return 0, absent
		}
		b, s := r(f)
		if s != present {
			return 0, absent
		}
		v, ok := work(a, b)
		if !ok {
			f.fail(sp, message)
			return 0, absent
		}
		return v, present
	}
}

func intOperation(operator string) func(a, b int64) (int64, bool) {
	switch operator {
	case "+":
		return addInts
	case "-":
		return func(a, b int64) (int64, bool) {
			d := a - b
			return d, (d < a) == (b > 0)
		}
	default:
		return func(a, b int64) (int64, bool) {
			if a == 0 || b == 0 {
				return 0, true
			}
			if (a == -1 && b == math.MinInt64) || (b == -1 && a == math.MinInt64) {
				return 0, false
			}
			p := a * b
			return p, p/b == a
		}
	}
}

func addInts(a, b int64) (int64, bool) {
	s := a + b
	return s, (s > a) == (b > 0)
}

func remainder(a, b int64) (int64, bool) {
	switch b {
	case 0:
		return 0, false
	case -1:
		return 0, true // the smallest integer divided by -1 does not fit, its remainder does
	}
	return a % b, true
}

func floatOperation(operator string) func(a, b float64) float64 {
	switch operator {
	case "+":
		return func(a, b float64) float64 { return a + b }
	case "-":
		return func(a, b float64) float64 { return a - b }
	case "*":
		return func(a, b float64) float64 { return a * b }
	default:
		return math.Pow
	}
}

// checkedFloat fails the row where finite operands have no finite result.
func checkedFloat(l, r eval[float64], work func(a, b float64) float64, sp span) eval[float64] {
	return func(f *frame) (float64, state) {
		a, s := l(f)
		if s != present {
			return 0, absent
		}
		b, s := r(f)
		if s != present {
			return 0, absent
		}
		v := work(a, b)
		if !finite(v) && finite(a) && finite(b) {
			f.fail(sp, notFinite)
			return 0, absent
		}
		return v, present
	}
}

func divided(l, r eval[float64], sp span) eval[float64] {
	return func(f *frame) (float64, state) {
		a, s := l(f)
		if s != present {
			return 0, absent
		}
		b, s := r(f)
		switch {
		case s != present:
			return 0, absent
		case b == 0:
			f.fail(sp, divideByZero)
			return 0, absent
		}
		v := a / b
		if !finite(v) && finite(a) && finite(b) {
			f.fail(sp, notFinite)
			return 0, absent
		}
		return v, present
	}
}

func finite(v float64) bool { return !math.IsInf(v, 0) && !math.IsNaN(v) }
