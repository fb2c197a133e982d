package eval

import (
	"fmt"
	"strings"
	"time"

	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Runtime is what a program needs of the run.
type Runtime struct {
	Now     time.Time                                                      // fixed for the run
	Lookups map[string]func(keys []pipeline.Value) (pipeline.Record, bool) // loaded lookups by name; they come before Lookup.Find
	// Warn notes something about a row that is no error, with the row's number
	// in the batch; nil: nobody listens. The text of why is asked for at once or
	// not at all: it may look at memory that is used again.
	Warn func(row int, code string, why error)
	// Enough says that warnings of a code by a program of a group, given by its
	// number, are counted alone; nil: those of no one are.
	Enough func(program int, code string) bool
}

// RowError says why an expression failed on a row. From and To are byte
// offsets of the failing part in the expression's text, half open.
type RowError struct {
	Row      int
	From, To int
	Message  string
}

// Eval computes the expression for every record of the batch. The column has
// b.Len() values of the program's type: texts when the program is always null
// or a record, which is written as "name: value" pairs for people. The rows
// with an error, in order, are null in it.
func (p *Program) Eval(b *pipeline.Batch, rt Runtime) (*pipeline.Column, []RowError) {
	t := p.code.typ.plain()
	if t == 0 {
		t = pipeline.String
	}
	if message := p.missing(b); message != "" {
		return p.nothing(t, b.Len(), message)
	}
	if p.bare {
		return b.ColumnOf(p.columns[0].name), nil
	}
	f, out := newFrame(p, b, rt), p.output(b)
	defer p.keep(f)
	for from := 0; from < b.Len(); from += chunkRows {
		f.chunk(from)
		out.rows(f, from, min(from+chunkRows, b.Len()))
	}
	return out.finish(), out.failed
}

// missing says which column the batch does not have as the program was
// compiled for it, or "".
func (p *Program) missing(b *pipeline.Batch) string {
	for _, c := range p.columns {
		have, ok := b.Schema().Lookup(c.name)
		switch {
		case !ok:
			return fmt.Sprintf("the row has no column %q", diag.Shorten(c.name, 60))
		case have.Type != c.typ:
			return fmt.Sprintf("column %q holds %s, the expression was checked for %s", diag.Shorten(c.name, 60), have.Type, c.typ)
		}
	}
	return ""
}

// nothing is a column of nulls with the same error in every row.
func (p *Program) nothing(t pipeline.Type, n int, message string) (*pipeline.Column, []RowError) {
	out := pipeline.NewColumnBuilder(t, n)
	failed := make([]RowError, n)
	for row := range n {
		out.AppendNull()
		failed[row] = RowError{Row: row, From: p.code.span.from, To: p.code.span.to, Message: message}
	}
	return out.Finish(), failed
}

// show writes a record for people, without the fields that are null.
func (r record) show(fields []pipeline.Field) string {
	if r.values == nil && fields == nil {
		fields = r.row.Batch.Schema().Fields()
	}
	var b strings.Builder
	for i, field := range fields {
		var v pipeline.Value
		if r.values != nil {
			v = r.values[i]
		} else {
			v = r.row.Get(field.Name)
		}
		if v.Empty() {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(field.Name + ": " + v.String())
	}
	return b.String()
}

// frame is what evaluating one batch needs; it belongs to one Eval.
type frame struct {
	columns []*pipeline.Column
	finds   []func([]pipeline.Value) (pipeline.Record, bool)
	row     int
	slots   []slot
	args    []pipeline.Value // stack of arguments of the calls under way
	funcs   funcs.Runtime

	failed bool
	err    RowError // the first of the row
	made   int      // bytes made for the row
	steps  int      // members looked at for the row

	base, at int              // first row of the chunk, and the row in it
	reuse    bool             // the memory of a chunk's texts serves the next one
	lent     bool             // the texts of the batch lie in memory that is used again
	memory   memory           // what is remembered of the chunk
	values   []pipeline.Value // of records that are remembered
	outs     [][]pipeline.Value
	warned   int // warnings so far
}

// slot holds the value of a variable or of the member that # stands for.
type slot struct {
	state state
	text  string
	num   int64
	real  float64
	truth bool
	list  list
	rec   record
	index int64
}

// wordBytes are the bytes of memory of a string, without its text.
const wordBytes = 16

// newFrame returns a frame for a batch, perhaps that of an earlier one.
func newFrame(p *Program, b *pipeline.Batch, rt Runtime) *frame {
	f, _ := p.frames.Get().(*frame)
	if f == nil {
		f = &frame{slots: make([]slot, p.slots), reuse: p.reuse, outs: make([][]pipeline.Value, len(p.outs)), memory: newMemory(p.memos)}
	}
	f.lent = b != nil && b.Memory() != nil
	f.warned, f.finds, f.funcs.Now, f.funcs.Warn = 0, f.finds[:0], rt.Now, nil
	if rt.Warn != nil {
		f.funcs.Warn = func(code string, why error) {
			f.warned++
			rt.Warn(f.row, code, why)
		}
	}
	for _, l := range p.lookups {
		find := l.find
		if f.lent && find != nil {
			find = func(keys []pipeline.Value) (pipeline.Record, bool) { own(keys); return l.find(keys) }
		}
		if loaded := rt.Lookups[l.name]; loaded != nil {
			find = loaded
		}
		f.finds = append(f.finds, find)
	}
	if b == nil {
		return f
	}
	f.columns = f.columns[:0]
	for _, c := range p.columns {
		f.columns = append(f.columns, b.ColumnOf(c.name))
	}
	return f
}

// keep keeps the memory of a frame for the next batch. Where texts outlive
// their chunk, it is theirs.
func (p *Program) keep(f *frame) {
	if p.reuse {
		clear(f.columns)
		clear(f.finds)
		f.funcs.Warn = nil
		p.frames.Put(f)
	}
}

// chunk starts the chunk of rows that begins with from.
func (f *frame) chunk(from int) {
	f.base, f.values = from, f.values[:0]
	f.memory.forget()
	if f.reuse {
		f.funcs.Reset()
	}
}

func (f *frame) begin(row int) {
	f.row, f.at, f.failed, f.made, f.steps = row, row-f.base, false, 0, 0
	f.args = f.args[:0]
}

// fail notes an error of the row; the first one stays. The caller goes on with
// a null, which nobody will see.
func (f *frame) fail(sp span, message string) {
	if f.failed {
		return
	}
	f.failed = true
	f.err = RowError{Row: f.row, From: sp.from, To: sp.to, Message: message}
}

// room asks for n more bytes of a value; false fails the row.
func (f *frame) room(sp span, n int) bool {
	f.made += n
	return n <= ResultBytesMax && f.made <= RowBytesMax || f.noRoom(sp, n)
}

func (f *frame) noRoom(sp span, n int) bool {
	if n > ResultBytesMax {
		f.fail(sp, fmt.Sprintf("the result has %d bytes, more than the %d allowed", n, ResultBytesMax))
	} else {
		f.fail(sp, fmt.Sprintf("the expression makes more than %d bytes of this row", RowBytesMax))
	}
	return false
}

// step counts one more member looked at; false fails the row.
func (f *frame) step(sp span) bool {
	f.steps++
	if f.steps > RowStepsMax {
		f.fail(sp, fmt.Sprintf("the expression looks at more than %d members of lists for this row", RowStepsMax))
	}
	return !f.failed
}

// join returns a followed by b.
func (f *frame) join(sp span, a, b string) (string, state) {
	n := len(a) + len(b)
	if !f.room(sp, n) {
		return "", absent
	}
	return f.keep(append(append(f.block(n), a...), b...)), present
}

// block returns an empty slice with room for n bytes. What is appended to it
// is given to keep.
func (f *frame) block(n int) []byte { return f.funcs.Bytes(n) }

// keep returns the bytes, which were appended to block, as a string.
func (f *frame) keep(b []byte) string { return f.funcs.Keep(b) }

// list returns an empty slice with room for n strings.
func (f *frame) list(n int) []string { return f.funcs.Words(n) }
