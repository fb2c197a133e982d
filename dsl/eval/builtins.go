package eval

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"github.com/reconkit/reconkit/pipeline"
)

// Builtin is a function of expr that an expression may call beside those of
// Env.Funcs, which come first where the names are the same. A null argument
// makes the result null.
type Builtin struct {
	Name    string
	Params  string // as they are written
	Doc     string
	Example string // an expression
	Want    string // its value as text, nil for null
	VM      bool   // it runs on expr's virtual machine, several times slower than the others

	least, most int  // number of arguments; most -1: any
	predicate   bool // takes a list and a condition over its members
}

// Builtins returns the functions of expr that expressions may call, by name.
// Those of expr that are missing here make values that no field holds, or
// results without bound.
func Builtins() []Builtin {
	all := append(slices.Clone(builtins), extraBuiltins()...)
	slices.SortFunc(all, func(a, b Builtin) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

var builtins = []Builtin{
	{Name: "abs", Params: "number", Doc: "The number without its sign.", Example: "abs(-3)", Want: "3", least: 1, most: 1},
	{Name: "all", Params: "list, condition", Doc: "Whether the condition holds for every member, which it calls #.", Example: `all(["a", "b"], # != "")`, Want: "true", predicate: true},
	{Name: "any", Params: "list, condition", Doc: "Whether the condition holds for some member, which it calls #.", Example: `any(["a", "b"], # == "b")`, Want: "true", predicate: true},
	{Name: "ceil", Params: "number", Doc: "The smallest whole number that is not less, as a float; an int stays as it is.", Example: "ceil(1.2)", Want: "2", least: 1, most: 1},
	{Name: "concat", Params: "list, list...", Doc: "The members of all lists behind one another.", Example: `concat(["a"], ["b"])`, Want: "a, b", least: 1, most: -1},
	{Name: "count", Params: "list, condition?", Doc: "The number of members for which the condition holds; of a list of bools without one, those that are true.", Example: `count(["a", "bb"], len(#) > 1)`, Want: "1", predicate: true},
	{Name: "filter", Params: "list, condition", Doc: "The members for which the condition holds.", Example: `filter(["a", "", "b"], # != "")`, Want: "a, b", predicate: true},
	{Name: "find", Params: "list, condition", Doc: "The first member for which the condition holds, nil when there is none.", Example: `find(["ab", "b"], # startsWith "b")`, Want: "b", predicate: true},
	{Name: "findIndex", Params: "list, condition", Doc: "The place from 0 of the first member for which the condition holds, nil when there is none.", Example: `findIndex(["a", "b"], # == "b")`, Want: "1", predicate: true},
	{Name: "findLast", Params: "list, condition", Doc: "The last member for which the condition holds, nil when there is none.", Example: `findLast(["ab", "ac"], # startsWith "a")`, Want: "ac", predicate: true},
	{Name: "findLastIndex", Params: "list, condition", Doc: "The place from 0 of the last member for which the condition holds, nil when there is none.", Example: `findLastIndex(["a", "a"], # == "a")`, Want: "1", predicate: true},
	{Name: "first", Params: "list", Doc: "The first member, nil when there is none.", Example: `first(["a", "b"])`, Want: "a", least: 1, most: 1},
	{Name: "floor", Params: "number", Doc: "The largest whole number that is not more, as a float; an int stays as it is.", Example: "floor(1.8)", Want: "1", least: 1, most: 1},
	{Name: "hasPrefix", Params: "text, start", Doc: "Whether the text starts so.", Example: `hasPrefix("abc", "ab")`, Want: "true", least: 2, most: 2},
	{Name: "hasSuffix", Params: "text, end", Doc: "Whether the text ends so.", Example: `hasSuffix("abc", "bc")`, Want: "true", least: 2, most: 2},
	{Name: "indexOf", Params: "text, part", Doc: "The place in characters from 0 where the part starts first, -1 when it is not there.", Example: `indexOf("Müller", "ll")`, Want: "2", least: 2, most: 2},
	{Name: "last", Params: "list", Doc: "The last member, nil when there is none.", Example: `last(["a", "b"])`, Want: "b", least: 1, most: 1},
	{Name: "lastIndexOf", Params: "text, part", Doc: "The place in characters from 0 where the part starts last, -1 when it is not there.", Example: `lastIndexOf("abab", "b")`, Want: "3", least: 2, most: 2},
	{Name: "len", Params: "text or list", Doc: "The number of characters or members.", Example: `len("Müller")`, Want: "6", least: 1, most: 1},
	{Name: "map", Params: "list, expression", Doc: "The list of the expression's values for each member, which it calls #; nulls are left out.", Example: `map(["a", "b"], # + "!")`, Want: "a!, b!", predicate: true},
	{Name: "max", Params: "number, number...", Doc: "The largest of the numbers.", Example: "max(1, 3, 2)", Want: "3", least: 1, most: -1},
	{Name: "min", Params: "number, number...", Doc: "The smallest of the numbers.", Example: "min(2, 1.5)", Want: "1.5", least: 1, most: -1},
	{Name: "none", Params: "list, condition", Doc: "Whether the condition holds for no member, which it calls #.", Example: `none(["a", "b"], # == "c")`, Want: "true", predicate: true},
	{Name: "one", Params: "list, condition", Doc: "Whether the condition holds for exactly one member, which it calls #.", Example: `one(["a", "b"], # == "b")`, Want: "true", predicate: true},
	{Name: "reverse", Params: "list", Doc: "The members from the last to the first.", Example: `reverse(["a", "b"])`, Want: "b, a", least: 1, most: 1},
	{Name: "round", Params: "number", Doc: "The nearest whole number as a float, halves away from zero; an int stays as it is.", Example: "round(2.5)", Want: "3", least: 1, most: 1},
	{Name: "sort", Params: "list", Doc: "The members in ascending order.", Example: `sort(["b", "a"])`, Want: "a, b", least: 1, most: 1},
	{Name: "string", Params: "value", Doc: "A number, bool or timestamp as text.", Example: "string(1.5)", Want: "1.5", least: 1, most: 1},
	{Name: "sum", Params: "list of numbers, expression?", Doc: "The sum of the members, or of the expression for each; 0 of none.", Example: "sum([1, 2, 3])", Want: "6", predicate: true},
	{Name: "take", Params: "list, number", Doc: "The first members, at most so many.", Example: `take(["a", "b", "c"], 2)`, Want: "a, b", least: 2, most: 2},
	{Name: "trimPrefix", Params: "text, start", Doc: "The text without this start.", Example: `trimPrefix("Dr. Weiß", "Dr. ")`, Want: "Weiß", least: 2, most: 2},
	{Name: "trimSuffix", Params: "text, end", Doc: "The text without this end.", Example: `trimSuffix("a.csv", ".csv")`, Want: "a", least: 2, most: 2},
	{Name: "uniq", Params: "list", Doc: "The members without those that were there before.", Example: `uniq(["a", "b", "a"])`, Want: "a, b", least: 1, most: 1},
}

// builtin is a call of a name that expr has a builtin for.
func (k *compiler) builtin(n *ast.BuiltinNode, sp span) code {
	return k.function(n.Name, n.Arguments, sp)
}

// own is a call of one of the builtins above.
func (k *compiler) own(b Builtin, arguments []ast.Node, sp span) code {
	if b.predicate {
		return k.predicate(b.Name, arguments, sp)
	}
	args := k.arguments(arguments)
	if !k.counted(b.Name+"("+b.Params+")", args, b.least, b.most, sp) || anyBad(args) {
		return bad(sp)
	}
	fixed := true
	for i, arg := range args {
		fixed = fixed && arg.fixed
		if arg.typ.kind == kindNull {
			k.alwaysNull(arg, b.Name)
			return at(widen(arg, typ{kind: kindNull}), sp)
		}
		args[i].bare = false
	}
	var c code
	switch b.Name {
	case "abs", "ceil", "floor", "round":
		c = k.rounded(b.Name, args[0], sp)
	case "max", "min":
		c = k.extreme(b.Name, args, sp)
	case "len":
		c = k.length(args[0])
	case "string":
		c = k.toText(args[0], sp)
	case "hasPrefix", "hasSuffix", "indexOf", "lastIndexOf", "trimPrefix", "trimSuffix":
		c = k.textPair(b.Name, args[0], args[1])
	case "first", "last":
		i := literal(pipeline.IntValue(0))
		if b.Name == "last" {
			i = literal(pipeline.IntValue(-1))
		}
		if c = k.listOf(b.Name, args[0]); c.typ.kind != kindBad {
			c = k.memberAt(c, i, sp)
		}
	default:
		c = k.reshaped(b.Name, args, sp)
	}
	c.span, c.fixed, c.known = sp, fixed, false
	return c
}

func (k *compiler) rounded(name string, arg code, sp span) code {
	switch arg.typ.kind {
	case kindInt:
		if name != "abs" {
			return unerased(arg)
		}
		return code{typ: arg.typ, num: func(f *frame) (int64, state) {
			v, s := arg.num(f)
			if v < 0 {
				v = -v
			}
			if v < 0 {
				f.fail(sp, tooLarge)
			}
			return v, operand(s)
		}}
	case kindFloat:
		work := map[string]func(float64) float64{"abs": math.Abs, "ceil": math.Ceil, "floor": math.Floor, "round": math.Round}[name]
		return code{typ: arg.typ, real: func(f *frame) (float64, state) {
			v, s := arg.real(f)
			return work(v), operand(s)
		}}
	}
	return k.want(arg, kindFloat, name)
}

func (k *compiler) extreme(name string, args []code, sp span) code {
	t := typ{kind: kindInt}
	for _, arg := range args {
		if !arg.typ.kind.number() {
			return k.want(arg, kindFloat, name)
		}
		t, _ = unify(t, arg.typ)
	}
	out := unerased(widen(args[0], t))
	for _, arg := range args[1:] {
		arg = widen(arg, t)
		if t.kind == kindInt {
			out.num = both(out.num, arg.num, better[int64](name))
		} else {
			out.real = both(out.real, arg.real, better[float64](name))
		}
	}
	return out
}

func better[T int64 | float64](name string) func(a, b T) T {
	if name == "max" {
		return func(a, b T) T { return max(a, b) }
	}
	return func(a, b T) T { return min(a, b) }
}

func (k *compiler) length(arg code) code {
	out := code{typ: typ{kind: kindInt}}
	switch arg.typ.kind {
	case kindText:
		out.num = func(f *frame) (int64, state) {
			v, s := arg.text(f)
			return characters(v), operand(s)
		}
	case kindList:
		out.num = func(f *frame) (int64, state) {
			v, s := arg.list(f)
			return int64(v.len()), operand(s)
		}
	default:
		return k.want(arg, kindText, "len")
	}
	return out
}

// toText writes a value as text: floats without an exponent where that is
// readable, timestamps in RFC 3339.
func (k *compiler) toText(arg code, sp span) code {
	out := code{typ: typ{kind: kindText}}
	switch arg.typ.kind {
	case kindText:
		return unerased(arg)
	case kindInt:
		out.text = written(arg.num, func(b []byte, v int64) []byte { return strconv.AppendInt(b, v, 10) })
	case kindFloat:
		out.text = written(arg.real, appendFloat)
	case kindBool:
		out.text = written(arg.truth, strconv.AppendBool)
	case kindTime:
		out.text = written(arg.num, func(b []byte, v int64) []byte { return time.UnixMicro(v).UTC().AppendFormat(b, time.RFC3339Nano) })
	default:
		return k.wrong(arg.span, "type-conflict", article(arg.typ.String())+" has no one text", k.conversion(arg, out.typ))
	}
	return out
}

func appendFloat(b []byte, v float64) []byte {
	format := byte('g')
	if size := math.Abs(v); size == 0 || size >= 1e-6 && size < 1e21 {
		format = 'f'
	}
	return strconv.AppendFloat(b, v, format, -1, 64)
}

const writtenMax = 64 // bytes of a number, bool or timestamp as text

func written[T any](of eval[T], appended func([]byte, T) []byte) eval[string] {
	return func(f *frame) (string, state) {
		v, s := of(f)
		if s != present {
			return "", absent
		}
		return f.keep(appended(f.block(writtenMax), v)), present
	}
}

func (k *compiler) textPair(name string, a, b code) code {
	a, b = k.want(a, kindText, name), k.want(b, kindText, name)
	if a.typ.kind == kindBad || b.typ.kind == kindBad {
		return bad(a.span)
	}
	place := func(index func(s, part string) int) code {
		return code{typ: typ{kind: kindInt}, num: both(a.text, b.text, func(s, part string) int64 {
			at := index(s, part)
			if at < 0 {
				return -1
			}
			return characters(s[:at])
		})}
	}
	switch name {
	case "hasPrefix":
		return code{typ: typ{kind: kindBool}, truth: both(a.text, b.text, strings.HasPrefix)}
	case "hasSuffix":
		return code{typ: typ{kind: kindBool}, truth: both(a.text, b.text, strings.HasSuffix)}
	case "indexOf":
		return place(strings.Index)
	case "lastIndexOf":
		return place(strings.LastIndex)
	case "trimPrefix":
		return code{typ: typ{kind: kindText}, text: both(a.text, b.text, strings.TrimPrefix)}
	default:
		return code{typ: typ{kind: kindText}, text: both(a.text, b.text, strings.TrimSuffix)}
	}
}

// listOf checks that an argument is a list.
func (k *compiler) listOf(name string, arg code) code {
	if arg.typ.kind == kindList || arg.typ.kind == kindBad {
		return arg
	}
	return k.wrong(arg.span, "type-conflict", fmt.Sprintf("%s takes a list, this is %s", name, article(arg.typ.String())), k.conversion(arg, typ{kind: kindList, elem: kindText}))
}

// reshaped is concat, reverse, sort, take and uniq.
func (k *compiler) reshaped(name string, args []code, sp span) code {
	out := k.listOf(name, args[0])
	if out.typ.kind == kindBad {
		return out
	}
	switch name {
	case "concat":
		return k.concatLists(args, sp)
	case "take":
		n := k.want(args[1], kindInt, name)
		if n.typ.kind == kindBad {
			return n
		}
		out.list = both(args[0].list, n.num, func(l list, n int64) list { return l.slice(0, int(max(0, min(n, int64(l.len()))))) })
		return out
	}
	of := args[0].list
	out.list = func(f *frame) (list, state) {
		l, s := of(f)
		if s != present || !f.room(sp, wordBytes*l.len()) {
			return list{}, absent
		}
		switch name {
		case "reverse":
			l = list{texts: reversed(l.texts), nums: reversed(l.nums), reals: reversed(l.reals)}
		case "sort":
			l = list{texts: slices.Sorted(slices.Values(l.texts)), nums: slices.Sorted(slices.Values(l.nums)), reals: slices.Sorted(slices.Values(l.reals))}
		default:
			l = list{texts: distinct(l.texts), nums: distinct(l.nums), reals: distinct(l.reals)}
		}
		return l, present
	}
	return out
}

func reversed[T any](of []T) []T {
	out := slices.Clone(of)
	slices.Reverse(out)
	return out
}

func distinct[T comparable](of []T) []T {
	seen := make(map[T]bool, len(of))
	var out []T
	for _, v := range of {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}

func (k *compiler) concatLists(args []code, sp span) code {
	t := typ{kind: kindList, elem: kindNull}
	for _, arg := range args {
		if k.listOf("concat", arg).typ.kind == kindBad {
			return bad(sp)
		}
		both, ok := unify(t, arg.typ)
		if !ok {
			return k.wrong(arg.span, "type-conflict", fmt.Sprintf("%s cannot be put behind %s", article(arg.typ.String()), article(t.String())), "")
		}
		t = both
	}
	out := unerased(widen(args[0], t))
	for _, arg := range args[1:] {
		next := widen(arg, t)
		of := both(out.list, next.list, func(a, b list) [2]list { return [2]list{a, b} })
		out.list = func(f *frame) (list, state) {
			l, s := of(f)
			if s != present || !f.room(sp, wordBytes*(l[0].len()+l[1].len())) {
				return list{}, absent
			}
			return list{texts: slices.Concat(l[0].texts, l[1].texts), nums: slices.Concat(l[0].nums, l[1].nums), reals: slices.Concat(l[0].reals, l[1].reals)}, present
		}
	}
	return out
}
