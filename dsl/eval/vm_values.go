package eval

import (
	"cmp"

	"github.com/reconkit/reconkit/pipeline"
)

// The values on the virtual machine are nil, emptied, string, int64, float64,
// bool, micros, items and record.

// micros is a timestamp in microseconds.
type micros int64

// items is a list. It is no slice, because expr takes a slice without members
// for nil.
type items struct{ of []any }

type erasure chan struct{}

// emptied is null that asks for an empty field. expr takes a nil channel for
// nil, as it does a nil pointer; but those it follows to what they point at.
var emptied erasure

// isAbsent reports whether a value is null.
func isAbsent(v any) bool { return v == nil || v == any(emptied) }

// entering returns what brings the value of a node into the environment.
func entering(c code) func(*frame) any {
	switch c.typ.kind {
	case kindInt:
		return enter(c.num, func(v int64) any { return v })
	case kindTime:
		return enter(c.num, func(v int64) any { return micros(v) })
	case kindFloat:
		return enter(c.real, func(v float64) any { return v })
	case kindBool:
		return enter(c.truth, func(v bool) any { return v })
	case kindList:
		elem := c.typ.elem
		return enter(c.list, func(v list) any { return v.items(elem) })
	case kindRecord:
		return enter(c.rec, func(v record) any { return v })
	default:
		return enter(c.text, func(v string) any { return v })
	}
}

func enter[T any](of eval[T], boxed func(T) any) func(*frame) any {
	return func(f *frame) any {
		v, s := of(f)
		switch s {
		case present:
			return boxed(v)
		case erased:
			return emptied
		default:
			return nil
		}
	}
}

// items is the list in the form of the virtual machine.
func (l list) items(elem kind) items {
	of := make([]any, 0, l.len())
	for _, v := range l.texts {
		of = append(of, v)
	}
	for _, v := range l.reals {
		of = append(of, v)
	}
	for _, v := range l.nums {
		switch elem {
		case kindBool:
			of = append(of, v == 1)
		case kindTime:
			of = append(of, micros(v))
		default:
			of = append(of, v)
		}
	}
	return items{of}
}

// list is the list in the form of the closures.
func (s items) list(elem kind) list {
	var l list
	switch elem {
	case kindText:
		l.texts = make([]string, 0, len(s.of))
	case kindFloat:
		l.reals = make([]float64, 0, len(s.of))
	case kindNull:
	default:
		l.nums = make([]int64, 0, len(s.of))
	}
	for _, v := range s.of {
		switch v := v.(type) {
		case string:
			l.texts = append(l.texts, v)
		case float64:
			l.reals = append(l.reals, v)
		case int64:
			l.nums = append(l.nums, v)
		case micros:
			l.nums = append(l.nums, int64(v))
		case bool:
			l.nums = append(l.nums, int64(number(v)))
		}
	}
	return l
}

// number is how a bool is put in order: false before true.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// value is the value in the form of functions and lookups.
func value(v any) pipeline.Value {
	switch v := v.(type) {
	case string:
		return pipeline.StringValue(v)
	case int64:
		return pipeline.IntValue(v)
	case float64:
		return pipeline.FloatValue(v)
	case bool:
		return pipeline.BoolValue(v)
	case micros:
		return pipeline.MicrosValue(int64(v))
	case items:
		return pipeline.ListValue(v.list(kindText).texts)
	default:
		return pipeline.Null()
	}
}

// received is a value of a function, a lookup or a variable.
func received(v pipeline.Value) any {
	switch v.Type() {
	case pipeline.String:
		return v.Str()
	case pipeline.Int:
		return v.Int()
	case pipeline.Float:
		return v.Float()
	case pipeline.Bool:
		return v.Bool()
	case pipeline.Timestamp:
		return micros(v.Int())
	case pipeline.StringList:
		return list{texts: v.List()}.items(kindText)
	}
	if v.IsErase() {
		return emptied
	}
	return nil
}

// widened gives a value the form that a place of type t holds it in.
func widened(v any, t typ) any {
	switch v := v.(type) {
	case int64:
		if t.kind == kindFloat {
			return float64(v)
		}
	case items:
		if t.elem != kindFloat {
			break
		}
		of := make([]any, len(v.of))
		for i, m := range v.of {
			of[i] = widened(m, typ{kind: kindFloat})
		}
		return items{of}
	}
	return v
}

// compare puts two values of one kind in order; unordered beside NaN. An int
// and a float are compared exactly.
func compare(a, b any) int {
	switch a := a.(type) {
	case string:
		return cmp.Compare(a, b.(string))
	case micros:
		return cmp.Compare(a, b.(micros))
	case bool:
		return cmp.Compare(number(a), number(b.(bool)))
	case int64:
		if b, ok := b.(float64); ok {
			return compareMixed(a, b)
		}
		return cmp.Compare(a, b.(int64))
	case float64:
		if b, ok := b.(int64); ok {
			return flip(compareMixed(b, a))
		}
		switch b := b.(float64); {
		case a < b:
			return -1
		case a > b:
			return 1
		case a == b:
			return 0
		}
	}
	return unordered
}

// sorting is compare with a place for NaN, before all other numbers.
func sorting(a, b any) int {
	if x, ok := a.(float64); ok {
		return cmp.Compare(x, b.(float64))
	}
	return compare(a, b)
}

// equal compares values, and lists member by member.
func equal(a, b any) bool {
	x, ok := a.(items)
	if !ok {
		return compare(a, b) == 0
	}
	y := b.(items)
	if len(x.of) != len(y.of) {
		return false
	}
	for i := range x.of {
		if compare(x.of[i], y.of[i]) != 0 {
			return false
		}
	}
	return true
}
