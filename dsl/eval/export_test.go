package eval

import (
	"github.com/expr-lang/expr/ast"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// CompileVM compiles an expression to run wholly on expr's virtual machine,
// for the comparison with the closures.
func CompileVM(src string, env Env) (*Program, []Problem) {
	s, problem := parse(src, env)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	k := &compiler{env: env, source: s, noted: map[ast.Node]code{}}
	c := k.node(s.root)
	if k.failed() {
		return nil, k.sorted()
	}
	c = k.result(k.virtual(s.root, c), 0)
	if k.failed() {
		return nil, k.sorted()
	}
	return &Program{text: text{src: src, env: env}, code: c, columns: k.columns, lookups: k.lookups, slots: k.slots}, k.sorted()
}

func (k *compiler) failed() bool {
	for _, p := range k.problems {
		if p.Severity == diag.Error {
			return true
		}
	}
	return false
}
