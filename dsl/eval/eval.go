// Package eval runs expressions over batches: columns in, a column out.
//
// The syntax is that of expr-lang, read by expr's own parser. Names are
// resolved and types are worked out here, before any row is read, and the tree
// is translated once into typed closures over columns. The few functions that
// have no closure run on expr's virtual machine, each with what stands in its
// parentheses, from a tree that is rewritten to the same meaning; what neither
// offers is a [Problem] with its place.
//
// # Meaning
//
// A value is null or of one of six types: string, int, float, bool, timestamp
// and list of string. Inside an expression there are also lists of the other
// types, and records such as parse_person returns.
//
//   - Null is strict: operands are evaluated from left to right until one is
//     null, which makes the result null. "and", "or" and "not" are Kleene's.
//     "x == nil", "x != nil" and "x ?? y" see null. A null condition of a
//     ternary counts as false.
//   - An int widens to a float beside a float. Nothing else is converted.
//     Integers are exact and compared with floats exactly; an overflow, a
//     division by zero and a float that grows beyond all bounds fail the row.
//     "/" divides floats, "%" integers.
//   - Lists hold no nulls: a list literal and map() leave them out. A place
//     that a list does not have is null. "in" with a null on either side is null.
//   - any() and all() are Kleene's "or" and "and" over the members; filter()
//     and count() take null for false.
//   - Texts are compared byte by byte; len(), slices and places count characters.
//   - A name before "(" is a function, any other name is a column.
//   - erase() asks that a field be emptied. It is a result, not an operand.
//     A field that was erased reads as null.
package eval

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Limits of one expression and of what it makes of one row.
const (
	ExpressionBytesMax = 16 << 10 // bytes of the text of an expression
	NodesMax           = 2000     // nodes of its tree, each counted as often as it is evaluated
	ResultBytesMax     = 1 << 20  // bytes of one text or list that is made
	RowBytesMax        = 16 << 20 // bytes of everything made for one row
	RowStepsMax        = 200_000  // members looked at by any(), map() and the like for one row
	RangeMembersMax    = 10_000   // members of a range such as 1..10
	ColumnBytesMax     = 1 << 30  // bytes of text in the result for one batch
)

// Env is what an expression may name.
type Env struct {
	Columns *pipeline.Schema // nil: not known, any name is a column of type string
	Record  bool             // names are fields of the mapped record: messages say field instead of column
	Vars    map[string]pipeline.Value
	Lookups map[string]Lookup
	Funcs   []*funcs.Func
}

// Lookup is a source that lookup("name", key...) looks in.
type Lookup struct {
	Key    []pipeline.Type  // types of the key's columns; nil: not known
	Fields *pipeline.Schema // fields of the record found; nil: not known, any name is a field of type string
	// Find returns the record of the keys, none of which is null. It may be
	// absent when the expression is compiled; Runtime.Lookups comes before it.
	Find func(keys []pipeline.Value) (pipeline.Record, bool)
}

// Problem is one thing that is wrong with an expression. From and To are byte
// offsets in its text, half open.
type Problem struct {
	Severity diag.Severity
	Code     string // stable, such as "unknown-column"
	Message  string // lower case, no full stop
	Cause    string
	Hint     string
	From, To int
}

// Type is the static type of an expression.
type Type struct {
	Plain  pipeline.Type    // 0 when the value is a record or always null
	Record []pipeline.Field // fields of a record; nil when it is none or they are not known
	Null   bool             // always null (or erase), of no particular type
	Erase  bool             // may be the wish to empty a field
}

// Program is one compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	text    text // what it was compiled from, for Trace
	code    code
	columns []column // by number
	lookups []lookupSlot
	slots   int
	outs    []int             // fields of the records that its calls make
	memos   *memos            // nil: nothing is remembered
	origin  string            // the column whose texts most of its values are; "" for none
	plain   func(string) bool // see plainOf
	took    *atomic.Int64     // bytes a row of its last column of texts, in hundredths; room for the next one
	reuse   bool              // the memory of the texts that are made can be used again
	onVM    []string
	bare    bool // the expression is columns[0] and nothing else
	fixed   bool
	value   pipeline.Value // when fixed
	frames  sync.Pool      // of *frame, between two batches
}

type column struct {
	name string
	typ  pipeline.Type
}

type lookupSlot struct {
	name string
	find func(keys []pipeline.Value) (pipeline.Record, bool)
}

// Compile checks and translates an expression. It returns every problem that
// it finds, in the order of their places; the program is nil when one of them
// is an error.
func Compile(src string, env Env) (*Program, []Problem) { return CompileFor(src, env, 0) }

// CompileFor is Compile for a result of the wanted type; 0 is any. An int
// becomes a float where a float is wanted and nil fits every type; every other
// difference is a problem whose hint names the conversion.
func CompileFor(src string, env Env, want pipeline.Type) (*Program, []Problem) {
	return compile(text{src, env, want}, nil)
}

// compile is CompileFor. A tracer, which may be nil, is told what every part
// of the expression gives.
func compile(t text, trace *tracer) (*Program, []Problem) {
	src, env, want := t.src, t.env, t.want
	s, problem := parse(src, env)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	k := &compiler{env: env, source: s, trace: trace, reuse: true}
	if trace == nil {
		k.parts = newParts()
		k.parts.count(s.root, env)
	}
	c := k.result(k.node(s.root), want)
	problems := k.sorted()
	if slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == diag.Error }) {
		return nil, problems
	}
	p := &Program{took: new(atomic.Int64), text: t, code: c, columns: k.columns, lookups: k.lookups, slots: k.slots, onVM: k.onVM,
		outs: k.outs, memos: k.memos, origin: k.originOf(c), reuse: k.reuse && len(k.onVM) == 0}
	p.bare = c.bare && len(k.columns) == 1
	if trace == nil {
		p.plain = k.plainOf(s.root)
	}
	if c.fixed && c.typ.kind != kindRecord {
		f := newFrame(p, nil, Runtime{})
		p.value = box(c)(f)
		p.fixed = !f.failed
		if f.failed {
			k.problem(Problem{Code: "always-fails", Message: "this fails on every row: " + f.err.Message, From: f.err.From, To: f.err.To})
			return nil, k.sorted()
		}
	}
	return p, problems
}

// Type is the static type of the result.
func (p *Program) Type() Type {
	t := Type{Plain: p.code.typ.plain(), Null: p.code.typ.kind == kindNull, Erase: p.code.typ.erases}
	if p.code.typ.kind == kindRecord {
		t.Record = slices.Clone(p.code.typ.fields)
	}
	return t
}

// Columns returns the sorted names of the columns or fields that are read.
func (p *Program) Columns() []string {
	names := make([]string, len(p.columns))
	for i, c := range p.columns {
		names[i] = c.name
	}
	slices.Sort(names)
	return names
}

// Lookups returns the sorted names of the lookups that are used.
func (p *Program) Lookups() []string {
	names := make([]string, len(p.lookups))
	for i, l := range p.lookups {
		names[i] = l.name
	}
	slices.Sort(names)
	return names
}

// Constant returns the value of an expression that reads no row and calls no
// function of Env.Funcs.
func (p *Program) Constant() (pipeline.Value, bool) { return p.value, p.fixed }
