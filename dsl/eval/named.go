package eval

import (
	"github.com/expr-lang/expr/ast"
)

// Named is a text of an expression that is compared with a column: by ==, != or in.
type Named struct {
	Column, Text string
	Not          bool // the expression asks that it is not so: by !=, not in, or not before it
}

// Named returns the texts that the expression compares with its columns, each where it
// stands there as it is, in the order of the expression: of `class == "a" and "b" in
// labels` the a of class and the b of labels.
func (p *Program) Named() []Named {
	root, problem := parseTree(p.text.src)
	if problem != nil {
		return nil // it was compiled, so that it can be read
	}
	w := &naming{}
	ast.Walk(&root, w)
	return w.found
}

// naming collects what is named while a tree is walked.
type naming struct{ found []Named }

// Visit looks at one node.
func (w *naming) Visit(n *ast.Node) {
	if u, ok := (*n).(*ast.UnaryNode); ok && (u.Operator == "not" || u.Operator == "!") {
		within := &naming{}
		ast.Walk(&u.Node, within) // what it names was found last
		for k := len(w.found) - len(within.found); k < len(w.found); k++ {
			w.found[k].Not = !w.found[k].Not
		}
		return
	}
	b, ok := (*n).(*ast.BinaryNode)
	if !ok || b.Operator != "==" && b.Operator != "!=" && b.Operator != "in" {
		return
	}
	w.pair(b.Left, b.Right, b.Operator == "!=")
	w.pair(b.Right, b.Left, b.Operator == "!=")
}

func (w *naming) pair(column, with ast.Node, not bool) {
	name, ok := column.(*ast.IdentifierNode)
	if !ok {
		return
	}
	texts := []ast.Node{with}
	if list, ok := with.(*ast.ArrayNode); ok {
		texts = list.Nodes
	}
	for _, t := range texts {
		if s, ok := t.(*ast.StringNode); ok {
			w.found = append(w.found, Named{name.Value, s.Value, not})
		}
	}
}
