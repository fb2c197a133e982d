package funcs

import (
	"unsafe"

	"github.com/reconkit/reconkit/pipeline"
)

// Arg is what is known of an argument of a call before any row is read.
type Arg struct {
	Type  pipeline.Type // 0: always null
	Text  string        // its value, where it is known and a text
	Known bool          // the same text for every row
}

// Kernel is a function bound to the arguments of one call: it computes without
// boxed values. At most one of its forms is set. A null argument reaches it
// only where the Param says Null, as "", which is also what an argument gives
// that was left out. False beside a result is null; an error rejects the row
// as that of [Func.Call] does. Texts and lists that are given, and those that
// are returned, last until [Runtime.Reset] and are not to be changed.
type Kernel struct {
	// Of up to three texts.
	Text   func(rt *Runtime, a, b, c string) (string, bool, error)
	Int    func(rt *Runtime, a, b, c string) (int64, bool, error) // or microseconds of a Timestamp
	Float  func(rt *Runtime, a, b, c string) (float64, bool, error)
	Bool   func(rt *Runtime, a, b, c string) (bool, bool, error)
	List   func(rt *Runtime, a, b, c string) ([]string, bool, error)
	Record func(rt *Runtime, a, b, c string, out []pipeline.Value) error // puts Func.Fields into out, one each

	// Of a list and a text. Where the first argument is no list, the list is
	// of all the arguments that are not null.
	Join func(rt *Runtime, list []string, text string) (string, bool, error)
	// Of a text, a whole number and a text.
	Sized func(rt *Runtime, a string, n int64, c string) (string, bool, error)
}

// The kernels of most functions do not depend on the arguments.
type (
	textKernel   = func(rt *Runtime, a, b, c string) (string, bool, error)
	intKernel    = func(rt *Runtime, a, b, c string) (int64, bool, error)
	recordKernel = func(rt *Runtime, a, b, c string, out []pipeline.Value) error
)

// always is the Bind of a function with one kernel.
func always(k Kernel) func([]Arg) Kernel { return func([]Arg) Kernel { return k } }

// onText is the Bind of a function that has a kernel for texts alone.
func onText(k Kernel) func([]Arg) Kernel {
	return func(args []Arg) Kernel {
		if args[0].Type != pipeline.String {
			return Kernel{}
		}
		return k
	}
}

// boxed makes the Call of a function from its kernel.
func boxed[T any](k func(rt *Runtime, a, b, c string) (T, bool, error), box func(T) pipeline.Value) func(*Runtime, []pipeline.Value) (pipeline.Value, error) {
	return func(rt *Runtime, args []pipeline.Value) (pipeline.Value, error) {
		v, ok, err := k(rt, argument(args, 0).Str(), argument(args, 1).Str(), argument(args, 2).Str())
		if err != nil || !ok {
			return pipeline.Null(), err
		}
		return box(v), nil
	}
}

// ofText gives a function that reads texts and returns a text its two forms.
func ofText(f *Func, k textKernel) *Func {
	f.Bind, f.Call = always(Kernel{Text: k}), boxed(k, pipeline.StringValue)
	return f
}

// ofRecord gives a function that reads texts and returns a record its two forms.
func ofRecord(f *Func, k recordKernel) *Func {
	fields := len(f.Fields)
	f.Bind = always(Kernel{Record: k})
	f.Record = func(rt *Runtime, args []pipeline.Value) ([]pipeline.Value, error) {
		out := make([]pipeline.Value, fields)
		err := k(rt, argument(args, 0).Str(), argument(args, 1).Str(), argument(args, 2).Str(), out)
		if err != nil {
			return nil, err
		}
		return out, nil
	}
	return f
}

// The blocks of memory that texts and lists are cut off.
const (
	blockBytesLeast = 16 << 10  // bytes of the first block of text
	blockBytesMost  = 512 << 10 // bytes of a block that Reset keeps
	blockWordsLeast = 256       // strings of the first block of lists
	blockWordsMost  = 16 << 10  // strings of a block that Reset keeps
)

// arena hands out memory of blocks. What was handed out stays as it is until
// Reset, which gives the last block away once more, and not at all when Reset
// is never called.
type arena struct {
	bytes []byte // the block in use; its length is what was given away
	words []string
	full  int // bytes of blocks that were filled since Reset
	lists int // strings of such blocks
}

// Reset makes the memory of the texts and lists of earlier calls free for
// those of later ones. Nobody may hold one of them any more.
func (rt *Runtime) Reset() {
	a := &rt.arena
	if a.full > 0 { // one block for all of it the next time
		a.bytes = make([]byte, 0, min(blockBytesMost, 2*(a.full+cap(a.bytes))))
	}
	if a.lists > 0 {
		a.words = make([]string, 0, min(blockWordsMost, 2*(a.lists+cap(a.words))))
	}
	a.bytes, a.words, a.full, a.lists = a.bytes[:0], a.words[:0], 0, 0
}

// Bytes returns an empty slice with room for n bytes. What is appended to it
// becomes a text through Keep, before Bytes is called again.
func (rt *Runtime) Bytes(n int) []byte {
	if rt == nil {
		return make([]byte, 0, n)
	}
	a := &rt.arena
	if cap(a.bytes)-len(a.bytes) < n {
		a.full += len(a.bytes)
		a.bytes = make([]byte, 0, max(n, blockBytesLeast, min(cap(a.bytes), blockBytesMost)))
	}
	return a.bytes[len(a.bytes):len(a.bytes):cap(a.bytes)]
}

// Keep returns what was appended to Bytes as a text.
func (rt *Runtime) Keep(b []byte) string {
	if rt == nil {
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	a := &rt.arena
	if n := len(a.bytes); len(b) <= cap(a.bytes)-n && cap(b) == cap(a.bytes)-n { // else it has outgrown the block
		a.bytes = a.bytes[:n+len(b)]
	}
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Words returns an empty slice with room for n strings.
func (rt *Runtime) Words(n int) []string {
	if rt == nil {
		return make([]string, 0, n)
	}
	a := &rt.arena
	if cap(a.words)-len(a.words) < n {
		a.lists += len(a.words)
		a.words = make([]string, 0, max(n, blockWordsLeast, min(cap(a.words), blockWordsMost)))
	}
	from := len(a.words)
	a.words = a.words[:from+n]
	return a.words[from : from : from+n]
}

// keep returns what was appended to rt.Bytes as a result; "" is null.
func (rt *Runtime) keep(b []byte) (string, bool, error) {
	if len(b) == 0 {
		return "", false, nil
	}
	return rt.Keep(b), true, nil
}

// orNone is the text as a result; "" is null.
func orNone(s string) (string, bool, error) { return s, s != "", nil }
