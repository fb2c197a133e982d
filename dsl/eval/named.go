package eval

import (
	"github.com/expr-lang/expr/ast"
)

// Named is a text of an expression that is compared with a column: by ==, != or in.
type Named struct{ Column, Text string }

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
	b, ok := (*n).(*ast.BinaryNode)
	if !ok || b.Operator != "==" && b.Operator != "!=" && b.Operator != "in" {
		return
	}
	w.pair(b.Left, b.Right)
	w.pair(b.Right, b.Left)
}

func (w *naming) pair(column, with ast.Node) {
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
			w.found = append(w.found, Named{name.Value, s.Value})
		}
	}
}
