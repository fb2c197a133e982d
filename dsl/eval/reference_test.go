package eval_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
)

// This file states the meaning of expressions once more, as slowly and plainly
// as possible: a walk over a tree, with a value at every node. The engine is
// held against it in differential_test.go.

// tree is an expression: an operator, what it works on, and its static type.
type tree struct {
	op   string // "column", "literal", "member", "index", "acc", or the operator or function
	typ  string // string, int, float, bool, strings (a list), ints (a list), floats (a list)
	kids []*tree
	name string         // of a column, and what else is written out: an order, a pattern
	lit  pipeline.Value // of a literal
}

// String writes the tree as an expression, every operand in parentheses.
func (n *tree) String() string {
	kid := func(i int) string { return n.kids[i].String() }
	switch n.op {
	case "column":
		return n.name
	case "literal":
		return literalText(n.lit)
	case "member":
		return "#"
	case "index":
		return "#index"
	case "acc":
		return "#acc"
	case "matches":
		return "(" + kid(0) + " matches " + strconv.Quote(n.name) + ")"
	case "sortBy":
		return "sortBy(" + kid(0) + ", " + kid(1) + ", " + strconv.Quote(n.name) + ")"
	case "person":
		return "parse_person(" + kid(0) + ")." + n.name
	case "list":
		texts := make([]string, len(n.kids))
		for i := range n.kids {
			texts[i] = kid(i)
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case "not", "-":
		if len(n.kids) == 1 {
			return "(" + n.op + " " + kid(0) + ")"
		}
	case "?":
		return "(" + kid(0) + " ? " + kid(1) + " : " + kid(2) + ")"
	case "at":
		return kid(0) + "[" + kid(1) + "]"
	case "slice":
		return kid(0) + "[" + kid(1) + ":" + kid(2) + "]"
	case "is nil":
		return "(" + kid(0) + " == nil)"
	case "is not nil":
		return "(nil != " + kid(0) + ")"
	case "let":
		return "(let v = " + kid(0) + "; v" + " " + n.name + " v)"
	}
	if isCall(n.op) {
		texts := make([]string, len(n.kids))
		for i := range n.kids {
			texts[i] = kid(i)
		}
		return n.op + "(" + strings.Join(texts, ", ") + ")"
	}
	return "(" + kid(0) + " " + n.op + " " + kid(1) + ")"
}

func isCall(op string) bool {
	return slices.Contains([]string{"len", "string", "any", "all", "none", "one", "count", "filter", "map", "find", "findIndex", "sum", "concat", "max", "min", "uniq", "reverse", "abs",
		"findLast", "findLastIndex", "first", "last", "take", "sort", "ceil", "floor", "round", "hasPrefix", "hasSuffix", "indexOf", "lastIndexOf", "trimPrefix", "trimSuffix",
		"half", "first_nonempty", "int", "reduce", "mean", "median", "bitand", "bitnand", "bitor", "bitxor", "bitnot", "bitshl", "bitshr", "bitushr",
		"toBase64", "fromBase64", "splitAfter"}, op)
}

func literalText(v pipeline.Value) string {
	switch v.Type() {
	case pipeline.String:
		return strconv.Quote(v.Str())
	case pipeline.Int:
		return "(" + strconv.FormatInt(v.Int(), 10) + ")"
	case pipeline.Float:
		text := strconv.FormatFloat(v.Float(), 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0"
		}
		return "(" + text + ")"
	case pipeline.Bool:
		return strconv.FormatBool(v.Bool())
	default:
		return "nil"
	}
}

// answer is the value of a node: null, a plain value, or members of a list.
type answer struct {
	null    bool
	v       pipeline.Value
	list    bool
	members []pipeline.Value
}

var nothing = answer{null: true}

// plain keeps the wish to empty a field in v, beside null.
func plain(v pipeline.Value) answer { return answer{v: v, null: v.Empty()} }

func truth(b bool) answer { return plain(pipeline.BoolValue(b)) }

// scope is what names mean for one row.
type scope struct {
	row    map[string]answer
	member pipeline.Value
	index  int
	acc    answer
}

// reference computes the value of a tree for a row.
func reference(n *tree, s scope) (answer, error) {
	switch n.op {
	case "column":
		return s.row[n.name], nil
	case "literal":
		return plain(n.lit), nil
	case "member":
		return plain(s.member), nil
	case "index":
		return plain(pipeline.IntValue(int64(s.index))), nil
	case "acc":
		return s.acc, nil
	case "reduce":
		return reduced(n, s)
	case "sortBy":
		return sortedBy(n, s)
	case "first_nonempty":
		return firstNonempty(n, s)
	case "and", "or":
		return kleene(n, s)
	case "?":
		return ternary(n, s)
	case "??":
		a, err := reference(n.kids[0], s)
		if err != nil || !a.null {
			return toType(a, n.typ), err
		}
		b, err := reference(n.kids[1], s)
		return toType(b, n.typ), err
	case "is nil", "is not nil":
		a, err := reference(n.kids[0], s)
		return truth(a.null == (n.op == "is nil")), err
	case "list":
		return literalList(n, s)
	case "any", "all", "none", "one", "count", "filter", "map", "find", "findIndex", "findLast", "findLastIndex":
		return overMembers(n, s)
	case "let":
		a, err := reference(n.kids[0], s)
		if err != nil || a.null {
			return nothing, err
		}
		return apply(n.name, n.typ, []answer{a, a})
	}
	// Everything else is strict: its operands are computed in order, and the
	// first that is null makes the result null.
	args := make([]answer, len(n.kids))
	for i, kid := range n.kids {
		a, err := reference(kid, s)
		if err != nil || a.null {
			return nothing, err
		}
		args[i] = a
	}
	if out, known, err := function(n, args); known {
		return out, err
	}
	return apply(n.op, n.typ, args)
}

// toType widens an int where the static type of the node is float.
func toType(a answer, t string) answer {
	if t == "floats" && !a.null {
		wide := answer{list: true}
		for _, m := range a.members {
			wide.members = append(wide.members, toType(plain(m), "float").v)
		}
		return wide
	}
	if t == "float" && !a.null && a.v.Type() == pipeline.Int {
		return plain(pipeline.FloatValue(float64(a.v.Int())))
	}
	return a
}

func kleene(n *tree, s scope) (answer, error) {
	decisive := n.op == "or"
	a, err := reference(n.kids[0], s)
	if err != nil || (!a.null && a.v.Bool() == decisive) {
		return a, err
	}
	b, err := reference(n.kids[1], s)
	switch {
	case err != nil:
		return nothing, err
	case !b.null && b.v.Bool() == decisive:
		return b, nil
	case a.null || b.null:
		return nothing, nil
	}
	return truth(!decisive), nil
}

func ternary(n *tree, s scope) (answer, error) {
	cond, err := reference(n.kids[0], s)
	if err != nil {
		return nothing, err
	}
	branch := n.kids[2]
	if !cond.null && cond.v.Bool() {
		branch = n.kids[1]
	}
	a, err := reference(branch, s)
	return toType(a, n.typ), err
}

func literalList(n *tree, s scope) (answer, error) {
	out := answer{list: true}
	for _, kid := range n.kids {
		a, err := reference(kid, s)
		if err != nil {
			return nothing, err
		}
		if !a.null {
			out.members = append(out.members, a.v)
		}
	}
	return toType(out, n.typ), nil
}

func overMembers(n *tree, s scope) (answer, error) {
	of, err := reference(n.kids[0], s)
	if err != nil || of.null {
		return nothing, err
	}
	kept, places := answer{list: true}, []int{}
	yes, no, unknown := 0, 0, 0
	for i, m := range of.members {
		a, err := reference(n.kids[1], scope{row: s.row, member: m, index: i})
		if err != nil {
			return nothing, err
		}
		switch {
		case n.op == "map":
			if !a.null {
				kept.members = append(kept.members, a.v)
			}
			continue
		case a.null:
			unknown++
		case a.v.Bool():
			yes++
			kept.members, places = append(kept.members, m), append(places, i)
		default:
			no++
		}
		if n.op == "any" && yes > 0 || n.op == "none" && yes > 0 || n.op == "all" && no > 0 || n.op == "one" && yes > 1 ||
			(n.op == "find" || n.op == "findIndex") && yes > 0 {
			break // the members after it are not looked at
		}
	}
	switch n.op {
	case "map", "filter":
		return kept, nil
	case "count":
		return plain(pipeline.IntValue(int64(yes))), nil
	case "find", "findIndex", "findLast", "findLastIndex":
		if yes == 0 {
			return nothing, nil
		}
		if n.op == "find" || n.op == "findLast" {
			return plain(kept.members[yes-1]), nil
		}
		return plain(pipeline.IntValue(int64(places[yes-1]))), nil
	case "any":
		return decided(yes > 0, yes > 0, unknown), nil
	case "all":
		return decided(no > 0, no == 0, unknown), nil
	case "none":
		return decided(yes > 0, yes == 0, unknown), nil
	default:
		return decided(yes > 1, yes == 1, unknown), nil
	}
}

func decided(sure, value bool, unknown int) answer {
	if !sure && unknown > 0 {
		return nothing
	}
	return truth(value)
}

// apply computes a strict operator of operands that are there.
func apply(op, t string, a []answer) (answer, error) {
	switch op {
	case "+", "-", "*", "/", "%":
		if len(a) == 1 {
			return arithmetic("-", t, pipeline.IntValue(0), a[0].v)
		}
		if a[0].v.Type() == pipeline.String {
			return plain(pipeline.StringValue(a[0].v.Str() + a[1].v.Str())), nil
		}
		return arithmetic(op, t, a[0].v, a[1].v)
	case "==", "!=", "<", "<=", ">", ">=":
		return truth(holds(op, a[0], a[1])), nil
	case "in", "not in":
		found := slices.ContainsFunc(a[1].members, func(m pipeline.Value) bool { return holds("==", a[0], plain(m)) })
		return truth(found == (op == "in")), nil
	case "not":
		return truth(!a[0].v.Bool()), nil
	case "contains":
		return truth(strings.Contains(a[0].v.Str(), a[1].v.Str())), nil
	case "startsWith":
		return truth(strings.HasPrefix(a[0].v.Str(), a[1].v.Str())), nil
	case "endsWith":
		return truth(strings.HasSuffix(a[0].v.Str(), a[1].v.Str())), nil
	case "string":
		return plain(pipeline.StringValue(a[0].v.String())), nil
	case "max", "min":
		a = []answer{toType(a[0], t), toType(a[1], t)}
		if isNaN(a[0]) {
			return a[0], nil
		}
		if isNaN(a[1]) {
			return a[1], nil
		}
		if holds("<", a[0], a[1]) == (op == "max") {
			return a[1], nil
		}
		return a[0], nil
	case "abs":
		if a[0].v.Type() == pipeline.Float {
			return plain(pipeline.FloatValue(math.Abs(a[0].v.Float()))), nil
		}
		if a[0].v.Int() >= 0 {
			return a[0], nil
		}
		return arithmetic("-", t, pipeline.IntValue(0), a[0].v)
	default:
		return ofParts(op, t, a)
	}
}

// ofParts computes what works on characters or members.
func ofParts(op, t string, a []answer) (answer, error) {
	parts := a[0].members
	if !a[0].list {
		for rest := a[0].v.Str(); rest != ""; {
			_, n := utf8.DecodeRuneInString(rest)
			parts = append(parts, pipeline.StringValue(rest[:n]))
			rest = rest[n:]
		}
	}
	place := func(v answer) int64 {
		if v.v.Int() < 0 {
			return v.v.Int() + int64(len(parts))
		}
		return v.v.Int()
	}
	switch op {
	case "len":
		return plain(pipeline.IntValue(int64(len(parts)))), nil
	case "at":
		if i := place(a[1]); i >= 0 && i < int64(len(parts)) {
			return plain(parts[i]), nil
		}
		return nothing, nil
	case "slice":
		out := answer{list: true}
		for i, p := range parts {
			if int64(i) >= place(a[1]) && int64(i) < place(a[2]) {
				out.members = append(out.members, p)
			}
		}
		if !a[0].list {
			text := ""
			for _, p := range out.members {
				text += p.Str()
			}
			return plain(pipeline.StringValue(text)), nil
		}
		return out, nil
	case "concat":
		return answer{list: true, members: slices.Concat(a[0].members, a[1].members)}, nil
	case "reverse":
		members := slices.Clone(parts)
		slices.Reverse(members)
		return answer{list: true, members: members}, nil
	case "uniq":
		out := answer{list: true}
		for _, p := range parts {
			if !slices.ContainsFunc(out.members, func(m pipeline.Value) bool { return holds("==", plain(m), plain(p)) }) {
				out.members = append(out.members, p)
			}
		}
		return out, nil
	case "sum":
		total := toType(plain(pipeline.IntValue(0)), t)
		var err error
		for _, p := range parts {
			if total, err = arithmetic("+", t, total.v, p); err != nil {
				return nothing, err
			}
		}
		return total, nil
	}
	return nothing, fmt.Errorf("the reference does not know %q", op)
}
