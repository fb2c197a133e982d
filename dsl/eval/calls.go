package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// call is a call of a name that expr has no builtin for.
func (k *compiler) call(n *ast.CallNode, sp span) code {
	if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
		return k.function(callee.Value, n.Arguments, sp)
	}
	sp = k.closing(sp)
	if m, ok := n.Callee.(*ast.MemberNode); ok {
		if name, ok := m.Property.(*ast.StringNode); ok {
			sp = sp.join(k.use(m.Node).span)
			return k.wrong(sp, "unsupported", "values have no methods", fmt.Sprintf("write %s(...) with the value as its first argument", diag.Shorten(name.Value, nameMax)))
		}
	}
	return k.wrong(sp, "unsupported", "only a function can be called", "")
}

// function is name(arguments), however expr read it.
func (k *compiler) function(name string, arguments []ast.Node, sp span) code {
	named := sp
	sp = k.closing(sp)
	if i := slices.IndexFunc(k.env.Funcs, func(f *funcs.Func) bool { return f.Name == name }); i >= 0 && name != "lookup" && name != "erase" {
		return k.invoke(k.env.Funcs[i], k.arguments(arguments), sp)
	}
	if i := slices.IndexFunc(builtins, func(b Builtin) bool { return b.Name == name }); i >= 0 {
		return fold(k.own(builtins[i], arguments, sp))
	}
	if i := slices.IndexFunc(vmBuiltins, func(b vmBuiltin) bool { return b.Name == name }); i >= 0 {
		return k.extra(vmBuiltins[i], arguments, sp)
	}
	switch name {
	case "lookup":
		return k.lookup(arguments, sp)
	case "erase":
		if len(arguments) > 0 {
			return k.wrong(sp, "wrong-arguments", "erase takes no arguments", "write erase()")
		}
		return k.erase(sp)
	}
	k.arguments(arguments)
	p := Problem{Code: "unknown-function", From: named.from, To: named.to,
		Message: fmt.Sprintf("unknown function %q", diag.Shorten(name, nameMax))}
	column := k.env.Columns != nil && k.env.Columns.Index(name) >= 0
	mend, foreign := foreignFunctions[strings.ToLower(name)]
	near := diag.Nearest(name, k.functionNames())
	switch {
	case column && (near == "" || len(arguments) == 0):
		p.Cause = fmt.Sprintf("%s is a %s, and a name before ( is a function", name, k.noun())
		p.Hint = fmt.Sprintf("to read the %s write row[%q]", k.noun(), name)
	case foreign:
		p.Hint = mend
	case near != "":
		p.Hint = fmt.Sprintf("did you mean %q?", near)
	}
	k.problem(p)
	return bad(sp)
}

// arguments translates all arguments, so that every problem is found.
func (k *compiler) arguments(nodes []ast.Node) []code {
	args := make([]code, len(nodes))
	for i, n := range nodes {
		if _, predicate := n.(*ast.PredicateNode); predicate {
			args[i] = k.wrong(k.span(n.Location()), "unsupported", "this function takes no condition over members", "")
			continue
		}
		args[i] = k.use(n)
	}
	return args
}

func anyBad(args []code) bool {
	return slices.ContainsFunc(args, func(c code) bool { return c.typ.kind == kindBad })
}

// signature writes a function as name(a, b?, more...).
func signature(f *funcs.Func) string {
	params := make([]string, len(f.Params))
	for i, p := range f.Params {
		params[i] = p.Name
		switch {
		case p.Variadic:
			params[i] += "..."
		case p.Optional:
			params[i] += "?"
		}
	}
	return f.Name + "(" + strings.Join(params, ", ") + ")"
}

// counted checks the number of arguments. Most is -1 when there may be any.
func (k *compiler) counted(shape string, args []code, least, most int, sp span) bool {
	n := len(args)
	if n >= least && (most < 0 || n <= most) {
		return true
	}
	takes := fmt.Sprint(least)
	switch {
	case most < 0:
		takes = fmt.Sprintf("at least %d", least)
	case most > least:
		takes = fmt.Sprintf("%d to %d", least, most)
	}
	name, _, _ := strings.Cut(shape, "(")
	noun := "arguments"
	if takes == "1" {
		noun = "argument"
	}
	hint := "write " + shape
	for i := 1; i < n; i++ {
		if decimal := k.decimal(args[i-1].span, args[i].span); decimal != "" {
			hint = "a decimal number is written with a point: " + decimal
		}
	}
	k.wrong(sp, "wrong-arguments", fmt.Sprintf("%s takes %s %s, here are %d", name, takes, noun, n), hint)
	return false
}

// invoke calls a function of Env.Funcs.
func (k *compiler) invoke(fn *funcs.Func, args []code, sp span) code {
	least, most := arity(fn)
	if !k.counted(signature(fn), args, least, most, sp) || anyBad(args) {
		return bad(sp)
	}
	values := make([]func(*frame) pipeline.Value, len(args))
	nullable := make([]bool, len(args))
	fitted := make([]code, len(args))
	ok := true
	for i, arg := range args {
		param := fn.Params[min(i, len(fn.Params)-1)]
		arg = k.fit(fn, param, arg)
		ok = ok && arg.typ.kind != kindBad
		fitted[i], values[i], nullable[i] = arg, box(arg), param.Null
	}
	if !ok {
		return bad(sp)
	}
	if fn.Known != nil {
		if at, err := fn.Known(knownArgs(fitted)); err != nil {
			return k.wrong(fitted[at].span, "wrong-arguments", fn.Name+": "+err.Error(), "reconkit functions "+fn.Name+" shows how it is called")
		}
	}
	if c, ok := k.bound(fn, fitted, nullable, sp); ok {
		return c
	}
	if fn.Result == 0 {
		c := code{typ: typ{kind: kindRecord, fields: fn.Fields}, span: sp}
		c.rec = func(f *frame) (record, state) {
			vals, done, ok := f.collect(values, nullable)
			if !ok {
				f.args = f.args[:done]
				return record{}, absent
			}
			f.lend(fn, vals)
			got, err := fn.Record(&f.funcs, vals)
			f.args = f.args[:done]
			if err != nil || got == nil {
				f.callFailed(sp, fn.Name, err)
				return record{}, absent
			}
			return record{values: got}, present
		}
		return c
	}
	return unbox(typeOf(fn.Result), sp, func(f *frame) (pipeline.Value, bool) {
		vals, done, ok := f.collect(values, nullable)
		if !ok {
			f.args = f.args[:done]
			return pipeline.Null(), !f.failed
		}
		f.lend(fn, vals)
		v, err := fn.Call(&f.funcs, vals)
		f.args = f.args[:done]
		if err != nil {
			f.callFailed(sp, fn.Name, err)
			return pipeline.Null(), false
		}
		return v, f.room(sp, size(v))
	})
}

// arity is how many arguments a function takes; most is -1 where any number.
func arity(fn *funcs.Func) (least, most int) {
	most = len(fn.Params)
	for _, p := range fn.Params {
		if !p.Optional {
			least++
		}
		if p.Variadic {
			most = -1
		}
	}
	return least, most
}

// fit checks one argument against its parameter.
func (k *compiler) fit(fn *funcs.Func, param funcs.Param, arg code) code {
	have := arg.typ.plain()
	switch {
	case arg.typ.kind == kindNull:
		if !param.Null {
			k.alwaysNull(arg, fn.Name)
		}
		return arg
	case have != 0 && slices.Contains(param.Types, have):
		return arg
	case have == pipeline.Int && slices.Contains(param.Types, pipeline.Float):
		return widen(arg, typ{kind: kindFloat})
	}
	names := make([]string, len(param.Types))
	for i, t := range param.Types {
		names[i] = t.String()
	}
	hint := ""
	if len(param.Types) > 0 {
		hint = k.conversion(arg, typeOf(param.Types[0]))
	}
	return k.wrong(arg.span, "wrong-arguments",
		fmt.Sprintf("%s of %s takes %s, this is %s", param.Name, fn.Name, article(strings.Join(names, " or ")), article(arg.typ.String())), hint)
}

// collect puts the values of arguments on the stack. Done is the stack's height
// to go back to; false means that a null makes the call's result null, or that
// the row has failed.
func (f *frame) collect(values []func(*frame) pipeline.Value, nullable []bool) (vals []pipeline.Value, done int, ok bool) {
	done = len(f.args)
	for i, value := range values {
		v := value(f)
		if v.IsErase() {
			v = pipeline.Null()
		}
		if f.failed || (v.IsNull() && !nullable[i]) {
			return nil, done, false
		}
		f.args = append(f.args, v)
	}
	return f.args[done:len(f.args):len(f.args)], done, true
}

// lend prepares the arguments of a call. A function without kernels may be one
// of the host's that keeps what it is given: where the memory of the batch is used
// again, it gets texts of its own.
func (f *frame) lend(fn *funcs.Func, args []pipeline.Value) {
	if f.lent && fn.Bind == nil {
		own(args)
	}
}

// own gives the texts of values memory of their own.
func own(values []pipeline.Value) {
	for i, v := range values {
		switch v.Type() {
		case pipeline.String:
			values[i] = pipeline.StringValue(strings.Clone(v.Str()))
		case pipeline.StringList:
			list := slices.Clone(v.List())
			for j, s := range list {
				list[j] = strings.Clone(s)
			}
			values[i] = pipeline.ListValue(list)
		}
	}
}

func (f *frame) callFailed(sp span, name string, err error) {
	if err != nil {
		f.fail(sp, name+": "+err.Error())
	}
}

// size is the number of bytes of memory of a text or list.
func size(v pipeline.Value) int {
	n := len(v.Str())
	for _, s := range v.List() {
		n += len(s) + wordBytes
	}
	return n
}

// lookup is lookup("name", key...), a record or null.
func (k *compiler) lookup(arguments []ast.Node, sp span) code {
	if len(arguments) == 0 {
		return k.wrong(sp, "wrong-arguments", "lookup takes the name of a lookup and its keys", `write lookup("name", key)`)
	}
	keys := k.arguments(arguments[1:])
	name, ok := arguments[0].(*ast.StringNode)
	if !ok {
		return k.wrong(k.node(arguments[0]).span, "unknown-lookup", "the name of a lookup must be written out in quotes", `write lookup("name", key)`)
	}
	known, ok := k.env.Lookups[name.Value]
	if !ok {
		return k.wrong(k.span(name.Location()), "unknown-lookup", fmt.Sprintf("unknown lookup %q", diag.Shorten(name.Value, nameMax)),
			diag.DidYouMean(name.Value, slices.Sorted(maps.Keys(k.env.Lookups))))
	}
	least, most := 1, -1
	if known.Key != nil {
		least, most = len(known.Key), len(known.Key)
	}
	if len(keys) < least || most >= 0 && len(keys) > most {
		return k.wrong(sp, "wrong-arguments", fmt.Sprintf("lookup %q has a key of %d columns, here are %d", name.Value, least, len(keys)), "")
	}
	values := make([]func(*frame) pipeline.Value, len(keys))
	for i, key := range keys {
		if known.Key != nil && key.typ.kind != kindBad {
			keys[i] = k.fitKey(key, known.Key[i])
		} else if key.typ.kind != kindBad && key.typ.kind != kindNull && key.typ.plain() == 0 {
			keys[i] = k.wrong(key.span, "wrong-arguments", "a key of lookup cannot be "+article(key.typ.String()), k.fieldHint(key, k.source.code(key.span)))
		}
		values[i] = box(keys[i])
	}
	if anyBad(keys) {
		return bad(sp)
	}
	return k.found(name.Value, known, values, sp)
}

func (k *compiler) fitKey(key code, want pipeline.Type) code {
	t, ok := unify(key.typ, typeOf(want))
	if ok && t.plain() == want {
		return widen(key, t)
	}
	return k.wrong(key.span, "wrong-arguments", fmt.Sprintf("the key of the lookup is %s, this is %s", article(want.String()), article(key.typ.String())), k.conversion(key, typeOf(want)))
}

// found is the record that a lookup finds.
func (k *compiler) found(name string, known Lookup, values []func(*frame) pipeline.Value, sp span) code {
	k.reuse = false // it may keep its keys
	i := slices.IndexFunc(k.lookups, func(l lookupSlot) bool { return l.name == name })
	if i < 0 {
		i = len(k.lookups)
		k.lookups = append(k.lookups, lookupSlot{name, known.Find})
	}
	t := typ{kind: kindRecord, open: known.Fields == nil}
	if known.Fields != nil {
		t.fields = known.Fields.Fields()
	}
	strict := make([]bool, len(values))
	return code{typ: t, span: sp, rec: func(f *frame) (record, state) {
		keys, done, ok := f.collect(values, strict)
		if ok && f.finds[i] == nil {
			f.fail(sp, fmt.Sprintf("lookup %q is not loaded", name))
			ok = false
		}
		var row pipeline.Record
		if ok {
			row, ok = f.finds[i](keys)
		}
		f.args = f.args[:done]
		if !ok || row.Batch == nil {
			return record{}, absent
		}
		return record{row: row}, present
	}}
}
