package eval

import (
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/reconkit/reconkit/dsl/funcs"
)

// plainOf says, of an expression that is nothing but functions of one argument
// around a column, which texts of the column it gives as they are: those that
// each function would. It is nil for every other expression. Most cells are in
// order already, and to see that costs less than to call the functions.
func (k *compiler) plainOf(n ast.Node) func(string) bool {
	name, arguments := callOf(n)
	if len(arguments) != 1 {
		return nil
	}
	i := slices.IndexFunc(k.env.Funcs, func(f *funcs.Func) bool { return f.Name == name })
	if i < 0 || k.env.Funcs[i].Plain == nil || k.env.Funcs[i].Params[0].Null {
		return nil // what it makes of null is not known
	}
	outer := k.env.Funcs[i].Plain
	if isColumn(arguments[0]) {
		return outer
	}
	inner := k.plainOf(arguments[0])
	if inner == nil {
		return nil
	}
	return func(s string) bool { return inner(s) && outer(s) }
}

// callOf is the name of the function that a node calls, and its arguments.
func callOf(n ast.Node) (string, []ast.Node) {
	switch n := n.(type) {
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			return callee.Value, n.Arguments
		}
	case *ast.BuiltinNode:
		return n.Name, n.Arguments
	}
	return "", nil
}

// isColumn reports a name, or row["name"].
func isColumn(n ast.Node) bool {
	if m, ok := n.(*ast.MemberNode); ok {
		row, ok := m.Node.(*ast.IdentifierNode)
		return ok && row.Value == "row"
	}
	_, ok := n.(*ast.IdentifierNode)
	return ok
}

// isPlain reports a row whose result is that of the origin as it is.
func (o *output) isPlain(row int) bool {
	c := o.texts.origin
	if c.IsNull(row) {
		return !c.IsErase(row)
	}
	s := c.Str(row)
	return len(s) <= ResultBytesMax && o.plain(s)
}

// skips are the rows from from on, before to, that are plain, in a row.
func (o *output) skips(from, to int) int {
	if o.plain == nil || o.texts.origin == nil {
		return 0
	}
	n := 0
	for from+n < to && o.isPlain(from+n) {
		n++
	}
	o.texts.rows += n
	return n
}
