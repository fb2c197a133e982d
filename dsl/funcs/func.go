// Package funcs holds the functions that an expression may call, thin over
// pipeline/canon.
package funcs

import (
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// Func is one function of the expression language. It is immutable and safe
// for concurrent use.
type Func struct {
	Name     string
	Doc      string // one or more sentences: what it returns, when it fails
	Nulls    string // what null arguments do, in words; "" means: a null argument makes the result null
	Params   []Param
	Result   pipeline.Type    // 0 when the result is a record
	Fields   []pipeline.Field // of the record, when Result is 0
	Examples []Example

	// Call computes a plain result and Record those of Fields, in order. One of
	// them is set. An argument is null only where its Param says Null, and of
	// one of the Param's types. An error rejects the row; its text says what is
	// wrong with the value, shortened, without the name of the function.
	Call   func(rt *Runtime, args []pipeline.Value) (pipeline.Value, error)
	Record func(rt *Runtime, args []pipeline.Value) ([]pipeline.Value, error)

	// Bind returns the function for the arguments of one call without boxed
	// values; the zero Kernel, and a nil Bind, mean that there is none and that
	// Call or Record is called. A function with Bind depends on its arguments
	// and on Runtime.Now alone: of equal calls for a row, one is enough.
	Bind func(args []Arg) Kernel

	// Known says what is wrong with arguments that are the same text for every
	// row, such as a pattern, and with which of them, from 0; nil: nothing, or
	// there is nothing to be wrong. It is asked before any row is read.
	Known func(args []Arg) (at int, err error)

	// Plain reports texts that the function, called with nothing else, gives as
	// they are, in the same memory and without a warning. It is quick: false
	// says that this is not seen at once. Nil: not known of any text.
	Plain func(text string) bool
}

// Param is one parameter of a function.
type Param struct {
	Name     string
	Types    []pipeline.Type // accepted; several where the function takes any of them
	Null     bool            // null is passed to the function instead of making the result null
	Optional bool            // may be left out; only at the end
	Variadic bool            // the last one may come any number of times
}

// Example is an expression and its result as text; both are shown by
// reconkit functions and run as a test.
type Example struct {
	Expr string
	Want string // as pipeline.Value.String writes it, nil for null; for an error, "error: " and a part of it
}

// Runtime is what functions may know of the run, and the memory of the texts
// that they make. It belongs to one goroutine. A nil Runtime serves as well;
// each text then has memory of its own.
type Runtime struct {
	Now time.Time // fixed for the run
	// Warn notes something about the value that is no error; nil: nobody listens.
	// Why may look at the value: its text is asked for at once or not at all.
	Warn func(code string, why error)

	arena     arena
	countries *countryMemo // made when first needed
}
