package eval

import (
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
)

// call is a call of a function without boxed values.
type call struct {
	*funcs.Func
	kernel funcs.Kernel
	args   []code
	null   []bool // of each argument: it may be null
	span   span
}

// knownArgs is what is known of the arguments of a call.
func knownArgs(args []code) []funcs.Arg {
	known := make([]funcs.Arg, len(args))
	for i, arg := range args {
		known[i].Type = arg.typ.plain()
		if arg.known && arg.typ.kind == kindText {
			v, s := arg.text(&frame{})
			known[i].Text, known[i].Known = v, s == present
		}
	}
	return known
}

// bound translates a call for which the function has a kernel; false when it
// has none for these arguments.
func (k *compiler) bound(fn *funcs.Func, args []code, null []bool, sp span) (code, bool) {
	if fn.Bind == nil {
		k.reuse = false // it may keep the texts that it is given
		return code{}, false
	}
	if len(args) == 0 {
		return code{}, false
	}
	for i, arg := range args {
		if arg.typ.kind == kindNull && !null[i] {
			return code{}, false
		}
	}
	c := call{fn, fn.Bind(knownArgs(args)), args, null, sp}
	out := hole(typeOf(fn.Result), absent)
	out.fixed, out.known, out.span = false, false, sp
	switch {
	case c.kernel.Join != nil:
		out.text = joined(c)
	case c.kernel.Sized != nil:
		out.text = sized(c)
	case len(args) > 3:
		return code{}, false
	case c.kernel.Text != nil:
		out.text, out.origin = called(c, c.kernel.Text, textSize), args[0].origin
	case c.kernel.List != nil:
		texts := called(c, c.kernel.List, textsSize)
		out.list = func(f *frame) (list, state) {
			v, s := texts(f)
			return list{texts: v}, s
		}
	case c.kernel.Int != nil:
		out.num = called(c, c.kernel.Int, nil)
	case c.kernel.Float != nil:
		out.real = called(c, c.kernel.Float, nil)
	case c.kernel.Bool != nil:
		out.truth = called(c, c.kernel.Bool, nil)
	case c.kernel.Record != nil:
		return k.recordOf(c), true
	default:
		return code{}, false
	}
	return out, true
}

func textSize(s string) int { return len(s) }

func textsSize(texts []string) int {
	n := 0
	for _, s := range texts {
		n += len(s) + wordBytes
	}
	return n
}

// called computes a kernel of one to three texts. Size is the memory of the
// result, nil where it has none of its own.
func called[T any](c call, kernel func(rt *funcs.Runtime, a, b, c string) (T, bool, error), size func(T) int) eval[T] {
	if c.null[0] {
		return calledAnew(c, kernel, size)
	}
	var rest [2]string // where they never change
	for i, arg := range c.args[1:] {
		v, s := "", absent
		if arg.known {
			v, s = arg.text(&frame{})
		}
		if !arg.known || s != present && !c.null[i+1] {
			return calledAnew(c, kernel, size)
		}
		rest[i] = v
	}
	result := func(f *frame, a string) (T, state) {
		v, ok, err := kernel(&f.funcs, a, rest[0], rest[1])
		switch {
		case err != nil:
			f.callFailed(c.span, c.Name, err)
		case ok && (size == nil || f.room(c.span, size(v))):
			return v, present
		}
		var none T
		return none, absent
	}
	of := c.args[0].text
	if c.args[0].bare {
		column := c.args[0].origin - 1
		return func(f *frame) (T, state) {
			if c := f.columns[column]; !c.IsNull(f.row) {
				return result(f, c.Str(f.row))
			}
			var none T
			return none, absent
		}
	}
	return func(f *frame) (T, state) {
		a, s := of(f)
		if s != present || f.failed {
			var none T
			return none, absent
		}
		return result(f, a)
	}
}

// calledAnew is called with arguments that change from row to row.
func calledAnew[T any](c call, kernel func(rt *funcs.Runtime, a, b, c string) (T, bool, error), size func(T) int) eval[T] {
	return func(f *frame) (T, state) {
		var none T
		args, ok := c.texts(f)
		if !ok {
			return none, absent
		}
		v, ok, err := kernel(&f.funcs, args[0], args[1], args[2])
		switch {
		case err != nil:
			f.callFailed(c.span, c.Name, err)
		case ok && (size == nil || f.room(c.span, size(v))):
			return v, present
		}
		return none, absent
	}
}

// texts computes the arguments of a kernel of texts; false when one of them
// makes the result null.
func (c *call) texts(f *frame) (args [3]string, ok bool) {
	for i := range c.args {
		v, s := c.args[i].text(f)
		if f.failed || s != present && !c.null[i] {
			return args, false
		}
		if s == present {
			args[i] = v
		}
	}
	return args, true
}

// joined computes a kernel of a list and a text, or of any number of texts.
func joined(c call) eval[string] {
	of, separator := c.args[0].list, always("", present)
	if c.args[0].typ.kind == kindList {
		separator = c.args[1].text
	} else {
		of = gather(c.args, kindText, c.span)
	}
	return func(f *frame) (string, state) {
		l, s := of(f)
		if s != present || f.failed {
			return "", absent
		}
		by, s := separator(f)
		if s != present || f.failed {
			return "", absent
		}
		v, ok, err := c.kernel.Join(&f.funcs, l.texts, by)
		return c.text(f, v, ok, err)
	}
}

// sized computes a kernel of a text, a number and a text.
func sized(c call) eval[string] {
	fill := always("", present)
	if len(c.args) > 2 {
		fill = c.args[2].text
	}
	return func(f *frame) (string, state) {
		a, s := c.args[0].text(f)
		if s != present || f.failed {
			return "", absent
		}
		n, s := c.args[1].num(f)
		if s != present || f.failed {
			return "", absent
		}
		by, s := fill(f)
		if s != present || f.failed {
			return "", absent
		}
		v, ok, err := c.kernel.Sized(&f.funcs, a, n, by)
		return c.text(f, v, ok, err)
	}
}

// text is the result of a kernel.
func (c *call) text(f *frame, v string, ok bool, err error) (string, state) {
	switch {
	case err != nil:
		f.callFailed(c.span, c.Name, err)
	case ok && f.room(c.span, len(v)):
		return v, present
	}
	return "", absent
}

// recordOf is a call that returns a record. Its values last until the call is
// computed again.
func (k *compiler) recordOf(c call) code {
	at := len(k.outs)
	k.outs = append(k.outs, len(c.Fields))
	return code{typ: typ{kind: kindRecord, fields: c.Fields}, span: c.span, rec: func(f *frame) (record, state) {
		args, ok := c.texts(f)
		if !ok {
			return record{}, absent
		}
		if f.outs[at] == nil {
			f.outs[at] = make([]pipeline.Value, len(c.Fields))
		}
		if err := c.kernel.Record(&f.funcs, args[0], args[1], args[2], f.outs[at]); err != nil {
			f.callFailed(c.span, c.Name, err)
			return record{}, absent
		}
		return record{values: f.outs[at]}, present
	}}
}
