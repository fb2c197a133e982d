package eval

import (
	"github.com/reconkit/reconkit/pipeline"
)

// state says whether a value is there.
type state uint8

const (
	absent  state = iota // null
	present              // the value counts
	erased               // null that asks for an empty field
)

// eval computes a value of one row. The value counts only when it is present.
type eval[T any] func(*frame) (T, state)

// code is a translated node. The closure of its kind computes it; a node of
// kindNull has all of them, so that it fits every kind.
type code struct {
	typ   typ
	span  span
	fixed bool // the same for every row
	known bool // fixed, and computed already
	bare  bool // a column and nothing else

	// origin is the number, from 1, of the column whose texts most results are
	// as they stand there; 0: none.
	origin int

	text  eval[string]
	num   eval[int64] // ints, and timestamps in microseconds
	real  eval[float64]
	truth eval[bool]
	list  eval[list]
	rec   eval[record]
}

// list holds the members of a list in the slice of their kind; bools are 0 and
// 1, timestamps microseconds.
type list struct {
	texts []string
	nums  []int64
	reals []float64
}

func (l list) len() int { return len(l.texts) + len(l.nums) + len(l.reals) }

// slice returns the members from i until j.
func (l list) slice(i, j int) list {
	switch {
	case l.texts != nil:
		return list{texts: l.texts[i:j]}
	case l.reals != nil:
		return list{reals: l.reals[i:j]}
	case l.nums != nil:
		return list{nums: l.nums[i:j]}
	}
	return list{}
}

// record is what a function or a lookup returned.
type record struct {
	values []pipeline.Value // of a function, in the order of its fields
	row    pipeline.Record  // of a lookup
}

func always[T any](v T, s state) eval[T] { return func(*frame) (T, state) { return v, s } }

// hole is a node that is always absent, or always erased.
func hole(t typ, s state) code {
	return code{typ: t, fixed: true, known: true,
		text: always("", s), num: always(int64(0), s), real: always(0.0, s),
		truth: always(false, s), list: always(list{}, s), rec: always(record{}, s)}
}

// literal is a node for a value that never changes.
func literal(v pipeline.Value) code {
	c := hole(typeOf(v.Type()), absent)
	switch v.Type() {
	case pipeline.String:
		c.text = always(v.Str(), present)
	case pipeline.Int, pipeline.Timestamp:
		c.num = always(v.Int(), present)
	case pipeline.Float:
		c.real = always(v.Float(), present)
	case pipeline.Bool:
		c.truth = always(v.Bool(), present)
	case pipeline.StringList:
		c.list = always(list{texts: v.List()}, present)
	}
	return c
}

// fold computes a node that is the same for every row once. One that fails is
// left as it is: whether it is ever reached is not known here.
func fold(c code) code {
	if !c.fixed || c.known || c.typ.kind == kindRecord {
		return c
	}
	f := &frame{}
	done := c
	switch c.typ.kind {
	case kindText:
		done.text = always(c.text(f))
	case kindInt, kindTime:
		done.num = always(c.num(f))
	case kindFloat:
		done.real = always(c.real(f))
	case kindBool:
		done.truth = always(c.truth(f))
	case kindList:
		done.list = always(c.list(f))
	}
	if f.failed {
		return c
	}
	done.known = true
	return done
}

// widen gives a node the type t, which unify found.
func widen(c code, t typ) code {
	from := c.typ
	c.typ = t
	switch {
	case from.kind == kindInt && t.kind == kindFloat:
		num := c.num
		c.bare = false
		c.real = func(f *frame) (float64, state) {
			n, s := num(f)
			return float64(n), s
		}
	case from.kind == kindList && t.kind == kindList && from.elem == kindInt && t.elem == kindFloat:
		of := c.list
		c.list = func(f *frame) (list, state) {
			l, s := of(f)
			return list{reals: floats(l.nums)}, s
		}
	}
	return c
}

func floats(nums []int64) []float64 {
	reals := make([]float64, len(nums))
	for i, n := range nums {
		reals[i] = float64(n)
	}
	return reals
}

// box returns the value of a node, for functions and lookups.
func box(c code) func(*frame) pipeline.Value {
	switch c.typ.kind {
	case kindText:
		return boxed(c.text, pipeline.StringValue)
	case kindInt:
		return boxed(c.num, pipeline.IntValue)
	case kindTime:
		return boxed(c.num, pipeline.MicrosValue)
	case kindFloat:
		return boxed(c.real, pipeline.FloatValue)
	case kindBool:
		return boxed(c.truth, pipeline.BoolValue)
	case kindList:
		return boxed(c.list, func(l list) pipeline.Value { return pipeline.ListValue(l.texts) })
	default:
		return boxed(c.text, func(string) pipeline.Value { return pipeline.Null() })
	}
}

func boxed[T any](of eval[T], make func(T) pipeline.Value) func(*frame) pipeline.Value {
	return func(f *frame) pipeline.Value {
		v, s := of(f)
		switch s {
		case present:
			return make(v)
		case erased:
			return pipeline.Erase()
		default:
			return pipeline.Null()
		}
	}
}

// unbox is a node of type t whose values come from get: the results of
// functions and the fields of records. Get returns false when the row failed.
func unbox(t typ, sp span, get func(*frame) (pipeline.Value, bool)) code {
	want := t.plain()
	value := func(f *frame) (pipeline.Value, state) {
		v, ok := get(f)
		switch {
		case !ok || v.IsNull():
			return v, absent
		case v.IsErase():
			return v, erased
		case v.Type() != want:
			f.fail(sp, "this gave a value of "+v.Type().String()+" where "+want.String()+" was promised")
			return v, absent
		}
		return v, present
	}
	c := hole(t, absent)
	c.fixed, c.known, c.span = false, false, sp
	switch t.kind {
	case kindText:
		c.text = unboxed(value, pipeline.Value.Str)
	case kindInt, kindTime:
		c.num = unboxed(value, pipeline.Value.Int)
	case kindFloat:
		c.real = unboxed(value, pipeline.Value.Float)
	case kindBool:
		c.truth = unboxed(value, pipeline.Value.Bool)
	case kindList:
		c.list = unboxed(value, func(v pipeline.Value) list { return list{texts: v.List()} })
	}
	return c
}

func unboxed[T any](value eval[pipeline.Value], content func(pipeline.Value) T) eval[T] {
	return func(f *frame) (T, state) {
		v, s := value(f)
		return content(v), s
	}
}
