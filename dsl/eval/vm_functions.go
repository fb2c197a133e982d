package eval

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
)

// builtin is a call of a builtin that there is a closure for, too.
func (w *rewriter) builtin(n ast.Node, name string, arguments []ast.Node, sp span) ast.Node {
	t := w.typ(n)
	args := make([]ast.Node, len(arguments))
	for i, arg := range arguments {
		if w.typ(arg).kind == kindNull {
			return w.node(arg)
		}
		switch name {
		case "max", "min", "concat":
			args[i] = w.as(arg, t)
		default:
			args[i] = w.node(arg)
		}
	}
	return w.strict(sp, w.plainly(name, sp), args...)
}

// plainly is what a builtin computes of operands that are there.
func (w *rewriter) plainly(name string, sp span) work {
	switch name {
	case "abs", "ceil", "floor", "round":
		return func(m *machine, a []any) any { return m.rounded(name, a[0], sp) }
	case "max", "min":
		return func(_ *machine, a []any) any { return extreme(name, a) }
	case "len":
		return func(_ *machine, a []any) any {
			if text, ok := a[0].(string); ok {
				return characters(text)
			}
			return int64(len(a[0].(items).of))
		}
	case "string":
		return func(_ *machine, a []any) any { return asText(a[0]) }
	case "first":
		return func(m *machine, a []any) any { return memberOf(m, []any{a[0], int64(0)}) }
	case "last":
		return func(m *machine, a []any) any { return memberOf(m, []any{a[0], int64(-1)}) }
	case "concat", "take", "reverse", "sort", "uniq":
		return func(m *machine, a []any) any { return m.reshaped(name, a, sp) }
	default:
		return func(_ *machine, a []any) any { return textPair(name, a[0].(string), a[1].(string)) }
	}
}

func (m *machine) rounded(name string, v any, sp span) any {
	if n, ok := v.(int64); ok {
		switch {
		case name == "abs" && n == math.MinInt64:
			m.frame.fail(sp, tooLarge)
		case name == "abs" && n < 0:
			return -n
		}
		return n
	}
	r := v.(float64)
	switch name {
	case "abs":
		return math.Abs(r)
	case "ceil":
		return math.Ceil(r)
	case "floor":
		return math.Floor(r)
	default:
		return math.Round(r)
	}
}

func extreme(name string, a []any) any {
	out := a[0]
	for _, v := range a[1:] {
		switch x := out.(type) {
		case int64:
			out = better[int64](name)(x, v.(int64))
		case float64:
			out = better[float64](name)(x, v.(float64))
		}
	}
	return out
}

// asText is a number, bool or timestamp as text.
func asText(v any) any {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return string(appendFloat(nil, v))
	case bool:
		return strconv.FormatBool(v)
	case micros:
		return time.UnixMicro(int64(v)).UTC().Format(time.RFC3339Nano)
	default:
		return v
	}
}

func textPair(name, s, part string) any {
	place := func(at int) any {
		if at < 0 {
			return int64(-1)
		}
		return characters(s[:at])
	}
	switch name {
	case "hasPrefix":
		return strings.HasPrefix(s, part)
	case "hasSuffix":
		return strings.HasSuffix(s, part)
	case "indexOf":
		return place(strings.Index(s, part))
	case "lastIndexOf":
		return place(strings.LastIndex(s, part))
	case "trimPrefix":
		return strings.TrimPrefix(s, part)
	default:
		return strings.TrimSuffix(s, part)
	}
}

// reshaped is concat, reverse, sort, take and uniq.
func (m *machine) reshaped(name string, a []any, sp span) any {
	of := a[0].(items).of
	switch name {
	case "take":
		return items{of[:max(0, min(a[1].(int64), int64(len(of))))]}
	case "concat":
		n := 0
		for _, l := range a {
			n += len(l.(items).of)
		}
		return m.made(sp, wordBytes*n, func() any {
			all := make([]any, 0, n)
			for _, l := range a {
				all = append(all, l.(items).of...)
			}
			return items{all}
		})
	}
	return m.made(sp, wordBytes*len(of), func() any {
		if name == "uniq" {
			return items{distinct(of)}
		}
		of = slices.Clone(of)
		if name == "reverse" {
			slices.Reverse(of)
		} else {
			slices.SortFunc(of, sorting)
		}
		return items{of}
	})
}
