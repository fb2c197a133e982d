package eval

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// vmBuiltin is a builtin of expr that has no closure: a call of it runs on
// expr's virtual machine.
type vmBuiltin struct {
	Builtin
	params []kind // of a function of plain values
	result typ
	work   func(m *machine, a []any, sp span) any // nil: it goes through a list
}

var (
	aText   = typ{kind: kindText}
	anInt   = typ{kind: kindInt}
	aFloat  = typ{kind: kindFloat}
	theText = typ{kind: kindList, elem: kindText}
)

var vmBuiltins = []vmBuiltin{
	bits("bitand", "The bits that both numbers have.", "bitand(6, 3)", "2", func(a, b int64) int64 { return a & b }),
	bits("bitnand", "The bits of the first number that the second does not have.", "bitnand(6, 3)", "4", func(a, b int64) int64 { return a &^ b }),
	{Builtin: Builtin{Name: "bitnot", Params: "number", Doc: "The number with every bit turned over.", Example: "bitnot(5)", Want: "-6"},
		params: []kind{kindInt}, result: anInt, work: func(_ *machine, a []any, _ span) any { return ^a[0].(int64) }},
	bits("bitor", "The bits that either number has.", "bitor(6, 3)", "7", func(a, b int64) int64 { return a | b }),
	shift("bitshl", "The number with its bits moved to the left; those that leave the 64 are lost.", "bitshl(1, 4)", "16", func(a int64, n uint64) int64 { return a << n }),
	shift("bitshr", "The number with its bits moved to the right; the sign stays.", "bitshr(-16, 2)", "-4", func(a int64, n uint64) int64 { return a >> n }),
	shift("bitushr", "The number with its 64 bits moved to the right; zeros come in from the left.", "bitushr(16, 2)", "4", func(a int64, n uint64) int64 { return int64(uint64(a) >> n) }),
	bits("bitxor", "The bits that one of the numbers has and the other has not.", "bitxor(6, 3)", "5", func(a, b int64) int64 { return a ^ b }),
	{Builtin: Builtin{Name: "fromBase64", Params: "text", Doc: "The text that stands in standard Base64, in UTF-8; anything else fails the row.", Example: `fromBase64("QW5uYQ==")`, Want: "Anna"},
		params: []kind{kindText}, result: aText, work: fromBase64},
	{Builtin: Builtin{Name: "mean", Params: "list of numbers", Doc: "The sum divided by the number of members, nil when there are none.", Example: "mean([1, 2, 6])", Want: "3"},
		params: []kind{kindList}, result: aFloat, work: mean},
	{Builtin: Builtin{Name: "median", Params: "list of numbers", Doc: "The number in the middle, or the mean of the two in the middle; nil when there are none.", Example: "median([5, 1, 2, 4])", Want: "3"},
		params: []kind{kindList}, result: aFloat, work: median},
	{Builtin: Builtin{Name: "reduce", Params: "list, expression, start?", Doc: "What is left of the list when the expression has taken in each member: it calls the member # and its value for the members before #acc. Without a start that is the first member, and nil when there is none.",
		Example: `reduce(["a", "b", "c"], #acc + "/" + #)`, Want: "a/b/c", least: 2, most: 3, predicate: true}},
	{Builtin: Builtin{Name: "sortBy", Params: `list, expression, "asc" or "desc"?`, Doc: "The members in the order of the expression's values for each, which it calls #. Members with the same value stay as they were; those without a value come last.",
		Example: `sortBy(["ccc", "a", "bb"], len(#))`, Want: "a, bb, ccc", least: 2, most: 3, predicate: true}},
	{Builtin: Builtin{Name: "splitAfter", Params: "text, separator", Doc: "The parts of the text, each with the separator behind it but the last.", Example: `splitAfter("a,b", ",")`, Want: "a,, b"},
		params: []kind{kindText, kindText}, result: theText, work: splitAfter},
	{Builtin: Builtin{Name: "toBase64", Params: "text", Doc: "The text in standard Base64.", Example: `toBase64("Anna")`, Want: "QW5uYQ=="},
		params: []kind{kindText}, result: aText, work: toBase64},
}

func bits(name, doc, example, want string, of func(a, b int64) int64) vmBuiltin {
	return vmBuiltin{Builtin: Builtin{Name: name, Params: "number, number", Doc: doc, Example: example, Want: want},
		params: []kind{kindInt, kindInt}, result: anInt, work: func(_ *machine, a []any, _ span) any { return of(a[0].(int64), a[1].(int64)) }}
}

func shift(name, doc, example, want string, of func(a int64, n uint64) int64) vmBuiltin {
	return vmBuiltin{Builtin: Builtin{Name: name, Params: "number, places", Doc: doc, Example: example, Want: want},
		params: []kind{kindInt, kindInt}, result: anInt, work: func(m *machine, a []any, sp span) any {
			n := a[1].(int64)
			if n < 0 {
				m.frame.fail(sp, fmt.Sprintf("%s: cannot move by %d places", name, n))
				return nil
			}
			return of(a[0].(int64), uint64(n))
		}}
}

const vmDoc = " It runs on the virtual machine of expr, several times slower than the others."

// extraBuiltins is what Builtins shows of those above.
func extraBuiltins() []Builtin {
	out := make([]Builtin, len(vmBuiltins))
	for i, b := range vmBuiltins {
		out[i] = b.Builtin
		out[i].VM, out[i].Doc = true, b.Doc+vmDoc
	}
	return out
}

// extra types a call that runs on the virtual machine and makes it run there.
func (k *compiler) extra(b vmBuiltin, arguments []ast.Node, sp span) code {
	outermost := k.noted == nil
	if outermost {
		k.noted = map[ast.Node]code{}
	}
	var c code
	switch {
	case b.work != nil:
		c = k.plainExtra(b, arguments, sp)
	case len(arguments) < b.least || len(arguments) > b.most:
		c = k.wrong(sp, "wrong-arguments", fmt.Sprintf("%s takes %d to %d arguments, here are %d", b.Name, b.least, b.most, len(arguments)), "write "+b.Name+"("+b.Params+")")
	case b.Name == "reduce":
		c = k.reduce(arguments, sp)
	default:
		c = k.sortBy(arguments, sp)
	}
	c.span = sp
	if !slices.Contains(k.onVM, b.Name) {
		k.onVM = append(k.onVM, b.Name)
	}
	if outermost {
		n := &ast.BuiltinNode{Name: b.Name, Arguments: arguments}
		k.note(n, c)
		if c.typ.kind != kindBad {
			c = k.virtual(n, c)
		}
		k.noted = nil
	}
	return c
}

// plainExtra checks a call of a function of plain values.
func (k *compiler) plainExtra(b vmBuiltin, arguments []ast.Node, sp span) code {
	args := k.arguments(arguments)
	if !k.counted(b.Name+"("+b.Params+")", args, len(b.params), len(b.params), sp) || anyBad(args) {
		return bad(sp)
	}
	for i, arg := range args {
		switch {
		case arg.typ.kind != kindList || b.params[i] != kindList:
			arg = k.want(arg, b.params[i], b.Name)
		case arg.typ.elem != kindNull && !arg.typ.elem.number():
			hint := ""
			if arg.typ.elem == kindText {
				hint = fmt.Sprintf("write %s(map(%s, float(#)))", b.Name, k.source.code(arg.span))
			}
			return k.wrong(arg.span, "type-conflict", fmt.Sprintf("%s takes numbers, this is %s", b.Name, article(arg.typ.String())), hint)
		}
		if arg.typ.kind == kindBad {
			return bad(sp)
		}
	}
	return hollow(b.result)
}

// hollow is a node of a type whose value only the virtual machine has.
func hollow(t typ) code {
	c := hole(t, absent)
	c.fixed, c.known = false, false
	return c
}

// overList types a list that is gone through, and says what its members are.
func (k *compiler) overList(name string, n ast.Node) (list code, elem kind) {
	list = k.use(n)
	if list.typ.kind == kindNull {
		k.alwaysNull(list, name)
		list = widen(list, theText)
	}
	list = k.listOf(name, list)
	if elem = list.typ.elem; elem == kindNull {
		elem = kindText
	}
	return list, elem
}

// each types what is computed of each member of a list. Acc is the type of
// #acc, nil where there is none.
func (k *compiler) each(elem kind, body ast.Node, acc *typ) code {
	known := k.members
	k.members = append(k.members, member{elem: elem, slot: k.slots, acc: acc})
	k.slots++
	value := k.use(unwrapped(body))
	k.members = known
	return value
}

func (k *compiler) sortBy(arguments []ast.Node, sp span) code {
	list, elem := k.overList("sortBy", arguments[0])
	if list.typ.kind == kindBad {
		return bad(sp)
	}
	key := k.each(elem, arguments[1], nil)
	if key.typ.kind == kindBad {
		return bad(sp)
	}
	if key.typ.kind == kindNull {
		k.alwaysNull(key, "sortBy")
	} else if !key.typ.kind.scalar() {
		return k.wrong(key.span, "type-conflict", fmt.Sprintf("%s cannot be put in order", article(key.typ.String())), k.conversion(key, aText))
	}
	if len(arguments) > 2 {
		order := k.use(arguments[2])
		if text, ok := arguments[2].(*ast.StringNode); !ok || text.Value != "asc" && text.Value != "desc" {
			return k.wrong(order.span, "wrong-arguments", "the order of sortBy is not known", `write "asc" or "desc"`)
		}
	}
	return hollow(list.typ)
}

// reduce types the expression twice where it turns the ints that it starts
// with into floats.
func (k *compiler) reduce(arguments []ast.Node, sp span) code {
	list, elem := k.overList("reduce", arguments[0])
	if list.typ.kind == kindBad {
		return bad(sp)
	}
	acc := typ{kind: elem}
	if len(arguments) > 2 {
		start := k.use(arguments[2])
		if acc = start.typ; acc.kind == kindBad {
			return bad(sp)
		}
	}
	for {
		body := k.each(elem, arguments[1], &acc)
		if body.typ.kind == kindBad {
			return bad(sp)
		}
		t, ok := unify(acc, body.typ)
		if !ok {
			return k.wrong(body.span, "type-conflict", fmt.Sprintf("#acc starts as %s, this is %s", article(acc.String()), article(body.typ.String())), k.conversion(body, acc))
		}
		if t.kind == acc.kind && t.elem == acc.elem {
			return hollow(t)
		}
		acc = t
	}
}

// extra rewrites a call that has no closure.
func (w *rewriter) extra(n ast.Node, b vmBuiltin, arguments []ast.Node, sp span) ast.Node {
	switch {
	case b.Name == "reduce":
		return w.reduce(arguments, w.typ(n), sp)
	case b.Name == "sortBy":
		return w.sortBy(arguments, sp)
	}
	args := make([]ast.Node, len(arguments))
	for i, arg := range arguments {
		args[i] = w.node(arg)
	}
	return w.strict(sp, func(m *machine, a []any) any { return b.work(m, a, sp) }, args...)
}

// reduce keeps #acc in the walk. Without a start the first member is taken for
// it, before the expression is computed for the second.
func (w *rewriter) reduce(arguments []ast.Node, t typ, sp span) ast.Node {
	of, body := w.node(arguments[0]), w.body(arguments, t)
	if len(arguments) > 2 {
		take := func(_ *machine, l *walking, v any) bool {
			l.acc = v
			return false
		}
		held := &ast.IdentifierNode{Value: w.name("t")}
		loop := w.loop(sp, held, body, w.as(arguments[2], t), take, func(_ *machine, l *walking) any { return l.acc })
		return &ast.VariableDeclaratorNode{Name: held.Value, Value: of, Expr: &ast.ConditionalNode{
			Cond: equals(&ast.IdentifierNode{Value: held.Value}, &ast.NilNode{}), Exp1: &ast.NilNode{}, Exp2: loop}}
	}
	isFirst := w.call(sp, func(m *machine, _ []any) any {
		l := m.walk()
		if l.at == 0 {
			l.acc = widened(l.members[0], t)
		}
		return l.at == 0
	})
	body = &ast.ConditionalNode{Cond: isFirst, Exp1: &ast.NilNode{}, Exp2: body}
	return w.loop(sp, of, body, &ast.NilNode{}, func(_ *machine, l *walking, v any) bool {
		if l.at > 0 {
			l.acc = v
		}
		return false
	}, func(_ *machine, l *walking) any { return l.acc })
}

func (w *rewriter) sortBy(arguments []ast.Node, sp span) ast.Node {
	of, body := w.node(arguments[0]), w.body(arguments, typ{})
	sign := 1
	if len(arguments) > 2 && arguments[2].(*ast.StringNode).Value == "desc" {
		sign = -1
	}
	keep := func(_ *machine, l *walking, v any) bool {
		l.kept = append(l.kept, v)
		return false
	}
	return w.loop(sp, of, body, &ast.NilNode{}, keep, func(m *machine, l *walking) any {
		return m.made(sp, wordBytes*len(l.kept), func() any { return items{l.sorted(sign)} })
	})
}

// sorted is the members in the order of the values kept for each.
func (l *walking) sorted(sign int) []any {
	places := make([]int, len(l.members))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(i, j int) int {
		a, b := l.kept[i], l.kept[j]
		switch {
		case isAbsent(a) || isAbsent(b):
			return cmp.Compare(number(isAbsent(a)), number(isAbsent(b)))
		default:
			return sign * sorting(a, b)
		}
	})
	out := make([]any, len(places))
	for i, place := range places {
		out[i] = l.members[place]
	}
	return out
}

func mean(m *machine, a []any, sp span) any {
	of := a[0].(items).of
	if len(of) == 0 {
		return nil
	}
	total, wild := 0.0, false
	for _, v := range of {
		total += real64(v)
		wild = wild || !finite(real64(v))
	}
	if !finite(total) && !wild {
		m.frame.fail(sp, notFinite)
	}
	return total / float64(len(of))
}

func median(m *machine, a []any, sp span) any {
	of := slices.Clone(a[0].(items).of)
	if len(of) == 0 || !m.spend(sp, len(of)) {
		return nil
	}
	slices.SortFunc(of, sorting)
	i := len(of) / 2
	x, y := real64(of[(len(of)-1)/2]), real64(of[i])
	if first, ok := of[0].(float64); ok && first != first { // NaN comes first
		return first
	}
	if middle := (x + y) / 2; finite(middle) || !finite(x) || !finite(y) {
		return middle
	}
	return x/2 + y/2
}

func toBase64(m *machine, a []any, sp span) any {
	text := a[0].(string)
	return m.made(sp, base64.StdEncoding.EncodedLen(len(text)), func() any { return base64.StdEncoding.EncodeToString([]byte(text)) })
}

func fromBase64(m *machine, a []any, sp span) any {
	text := a[0].(string)
	return m.made(sp, len(text), func() any {
		plain, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			m.frame.fail(sp, fmt.Sprintf("fromBase64: %q is not Base64", diag.Shorten(text, nameMax)))
			return nil
		}
		if !utf8.Valid(plain) {
			m.frame.fail(sp, fmt.Sprintf("fromBase64: %q holds bytes that are no text in UTF-8", diag.Shorten(text, nameMax)))
			return nil
		}
		return string(plain)
	})
}

func splitAfter(m *machine, a []any, sp span) any {
	text, separator := a[0].(string), a[1].(string)
	n := strings.Count(text, separator) + 1
	return m.made(sp, n*wordBytes+len(text), func() any {
		of := make([]any, 0, n)
		for _, s := range strings.SplitAfter(text, separator) {
			of = append(of, s)
		}
		return items{of}
	})
}
