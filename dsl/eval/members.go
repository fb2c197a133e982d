package eval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// member is x.name, x["name"] and x[i]. On null it is null, with ?. or without.
func (k *compiler) member(n *ast.MemberNode, sp span) code {
	if k.text[sp.from] == '[' {
		sp = k.closing(sp)
	}
	if root, ok := n.Node.(*ast.IdentifierNode); ok && !k.declared(root.Value) {
		whole := sp.join(k.span(root.Location()))
		switch root.Value {
		case "row":
			return k.rowMember(n, whole)
		case "vars":
			return k.varsMember(n, whole)
		}
	}
	of := k.use(n.Node)
	sp = sp.join(of.span)
	switch of.typ.kind {
	case kindBad:
		return bad(sp)
	case kindRecord:
		return k.field(of, n, sp)
	case kindList:
		if name, ok := n.Property.(*ast.StringNode); ok {
			return k.wrong(sp, "unknown-field", fmt.Sprintf("a list has no field %q", diag.Shorten(name.Value, nameMax)), "its members are [0], [1], ..., the last is [-1]")
		}
		return fold(k.memberAt(of, k.use(n.Property), sp))
	case kindNull:
		k.alwaysNull(of, ".")
		return at(of, sp)
	}
	hint := ""
	if of.typ.kind == kindText {
		hint = fmt.Sprintf("the first character is %s[0:1]", k.source.code(of.span))
	}
	return k.wrong(sp, "type-conflict", article(of.typ.String())+" has no fields or members", hint)
}

func (k *compiler) declared(name string) bool {
	return slices.ContainsFunc(k.vars, func(v variable) bool { return v.name == name })
}

// rowMember is row["any name"], which reaches every column.
func (k *compiler) rowMember(n *ast.MemberNode, sp span) code {
	name, ok := n.Property.(*ast.StringNode)
	if !ok {
		hint := `write row["name"]`
		if id, is := n.Property.(*ast.IdentifierNode); is {
			hint = fmt.Sprintf("write row[%q]", id.Value)
		}
		return k.wrong(sp, "row-key", fmt.Sprintf("the name of a %s must be written out, so that it is known before the rows are read", k.noun()), hint)
	}
	if k.env.Columns == nil || k.env.Columns.Index(name.Value) >= 0 {
		return k.column(name.Value, sp)
	}
	return k.unknownColumn(name.Value, k.span(name.Location()), false)
}

// varsMember is vars.name.
func (k *compiler) varsMember(n *ast.MemberNode, sp span) code {
	name, ok := n.Property.(*ast.StringNode)
	if !ok {
		return k.wrong(sp, "unknown-variable", "the name of a variable must be written out", "write vars.name")
	}
	v, ok := k.env.Vars[name.Value]
	if !ok {
		known := slices.Sorted(maps.Keys(k.env.Vars))
		return k.wrong(k.span(name.Location()), "unknown-variable", fmt.Sprintf("unknown variable %q", diag.Shorten(name.Value, nameMax)), diag.DidYouMean(name.Value, known))
	}
	return at(literal(v), sp)
}

// field is a field of a record that a function or a lookup returned.
func (k *compiler) field(of code, n *ast.MemberNode, sp span) code {
	name, ok := n.Property.(*ast.StringNode)
	if !ok {
		return k.wrong(sp, "unknown-field", "the name of a field must be written out", k.fieldHint(of, k.source.code(of.span)))
	}
	i := slices.IndexFunc(of.typ.fields, func(f pipeline.Field) bool { return f.Name == name.Value })
	t := typ{kind: kindText}
	switch {
	case i >= 0:
		t = typeOf(of.typ.fields[i].Type)
	case !of.typ.open:
		return k.wrong(k.span(name.Location()), "unknown-field", fmt.Sprintf("unknown field %q", diag.Shorten(name.Value, nameMax)), diag.DidYouMean(name.Value, fieldNames(of.typ.fields)))
	}
	rec, key := of.rec, name.Value
	return unbox(t, sp, func(f *frame) (pipeline.Value, bool) {
		r, s := rec(f)
		switch {
		case s != present:
			return pipeline.Null(), !f.failed
		case r.values != nil:
			return r.values[i], true
		default:
			return r.row.Get(key), true
		}
	})
}
