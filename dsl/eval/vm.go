package eval

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	bytecode "github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"github.com/reconkit/reconkit/pipeline"
)

// Limits of what runs on expr's virtual machine, beside those of a row.
const (
	// RowTimeMax bounds the time of one row on the virtual machine, in steps of
	// which a usual computer makes some million a second. They are counted and
	// no clock is read, so that the same row fails on every computer: a step is
	// a call of one of our functions, and 1 KiB of text or eight members of a
	// list that it is given.
	RowTimeMax = 1_000_000
	// vmMembersMax is the number of members of lists that expr's own memory
	// budget allows a row; RowStepsMax is reached before it.
	vmMembersMax = 1_000_000
)

// part is a piece of an expression that runs on expr's virtual machine: the
// translator has no closure for its outermost call. Its tree is rewritten so
// that nothing of expr's own meaning is left but the order of evaluation: every
// operator and function is a call of ours. Columns, and names that are bound
// outside of the part, are read from the environment.
//
// A part is immutable; the machines that run it are reused.
type part struct {
	program *vm.Program
	inputs  []input
	pool    sync.Pool // of *machine
}

// input is a value that a part reads from its environment.
type input struct {
	name  string
	value func(*frame) any
}

// machine runs a part row by row. It belongs to one goroutine at a time.
type machine struct {
	vm    vm.VM
	env   map[string]any
	frame *frame
	walks []walking        // the lists that are gone through, innermost last
	args  []pipeline.Value // of the function that is called
	time  int              // counted against RowTimeMax
}

// machineName is the name by which the functions of a part get their machine.
const machineName = "machine"

// errStopped ends the run of a part after its failure was noted in the frame.
var errStopped = errors.New("the row has failed")

// VM returns the sorted names of the functions that run on expr's virtual
// machine, with what stands in their parentheses; none when all of the
// expression runs as closures.
func (p *Program) VM() []string { return slices.Sorted(slices.Values(p.onVM)) }

// run computes the value of the part for the row of the frame. A row that
// fails is noted in the frame and gives nil.
func (p *part) run(f *frame) any {
	m, _ := p.pool.Get().(*machine)
	if m == nil {
		m = &machine{env: make(map[string]any, len(p.inputs)+1)}
		m.vm.MemoryBudget = vmMembersMax
		m.env[machineName] = m
	}
	defer p.pool.Put(m)
	m.frame, m.time, m.walks = f, 0, m.walks[:0]
	for _, in := range p.inputs {
		m.env[in.name] = in.value(f)
	}
	value, err := m.vm.Run(p.program, m.env)
	if err != nil {
		var fault *file.Error
		message := err.Error()
		if errors.As(err, &fault) {
			message = fault.Message
		}
		f.fail(span{}, "the virtual machine of expr stopped: "+message)
	}
	m.frame = nil
	if f.failed {
		return nil
	}
	return value
}

// cost is what a call of a function counts against the time of the row.
func cost(args []any) int {
	n := 1
	for _, v := range args {
		switch v := v.(type) {
		case string:
			n += len(v) / stepBytes
		case items:
			n += len(v.of) / 8
		}
	}
	return n
}

// spend counts n against the time of the row; false fails the row.
func (m *machine) spend(sp span, n int) bool {
	m.time += n
	if m.time > RowTimeMax {
		m.frame.fail(sp, fmt.Sprintf("the expression takes too long for this row: more than %d steps", RowTimeMax))
	}
	return !m.frame.failed
}

// virtual makes a node run on the virtual machine. It was translated to c,
// and its parts were noted.
func (k *compiler) virtual(n ast.Node, c code) code {
	w := &rewriter{compiler: k, config: conf.CreateNew()}
	body := w.node(n)
	env := map[string]any{machineName: (*machine)(nil)}
	for _, in := range w.inputs {
		env[in.name] = nil
	}
	w.config.WithEnv(env)
	tree := &parser.Tree{Source: file.NewSource(k.text), Node: &ast.VariableDeclaratorNode{
		Name: "m", Value: &ast.IdentifierNode{Value: machineName}, Expr: body}}
	_, err := checker.Check(tree, w.config)
	var program *vm.Program
	if err == nil {
		program, err = bytecode.Compile(tree, w.config)
	}
	if err != nil {
		return k.wrong(c.span, "unsupported", "this cannot be prepared for the virtual machine of expr", "")
	}
	k.trace.whole()
	p := &part{program: program, inputs: w.inputs}
	out := hole(c.typ, absent)
	out.span, out.fixed, out.known = c.span, false, false
	out.text = given[string](p)
	out.real = given[float64](p)
	out.truth = given[bool](p)
	out.rec = given[record](p)
	out.num = given[int64](p)
	if c.typ.kind == kindTime {
		out.num = converted(p, func(v micros) int64 { return int64(v) })
	}
	out.list = converted(p, func(v items) list { return v.list(c.typ.elem) })
	return out
}

// given is the value of a part that the closures hold in the same form.
func given[T any](p *part) eval[T] { return converted(p, func(v T) T { return v }) }

func converted[V, T any](p *part, convert func(V) T) eval[T] {
	return func(f *frame) (T, state) {
		var none T
		got := p.run(f)
		if v, ok := got.(V); ok {
			return convert(v), present
		}
		if got == any(emptied) {
			return none, erased
		}
		return none, absent
	}
}

// whole makes the node that is translated have no parts that a trace shows:
// they run on the virtual machine, where nobody watches them.
func (t *tracer) whole() {
	if t != nil && len(t.open) > 0 {
		t.nodes[t.open[len(t.open)-1]].kids = nil
	}
}
