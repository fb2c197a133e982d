package funcs_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
)

// resultBytesMost is more than any function may return of the texts that the
// fuzzer gives it: the largest text there may be.
const resultBytesMost = 1 << 20

// FuzzFunctions calls every function with texts and numbers made of the input,
// boxed and through its kernel. Both say the same; nothing panics, is larger
// than it may be, or is invalid where what was given is valid.
func FuzzFunctions(f *testing.F) {
	for _, texts := range [][3]string{
		{"Dr. Anna von der Heide", "DE", "-"}, {"+49 (0)30 23125-012 ext. 3", "DE", ""}, {" Müller, Jörg ", ", ", "x"}, {"1.234,50", ",", "."},
		{"31.12.2024", "02.01.2006", ""}, {"2022-07-18T20:58:18Z", "", ""}, {"DE 136 695 976", "jaro", "levenshtein"}, {"Österreich", "a", "soundex"},
		{"\xff\xc3", "\xff", "\x00"}, {"aaaa", "a", "bbbbbbbb"}, {"WWW.Example.com:443/ä?b#", "^w+(.)", "İ"}, {"Anna@Example.de", "^[^@]+@(.*)$", " "},
		{"ﬁ\u200b\u00a0ß", "ǅ", "ẞ"}, {"l'Allemagne", "l'", "’"}, {"-5", "", ""}, {"999999999999999999", "e", "5e3"},
	} {
		f.Add(texts[0], texts[1], texts[2], int64(5))
	}
	all := funcs.All()
	f.Fuzz(func(t *testing.T, a, b, c string, n int64) {
		if len(a)+len(b)+len(c) > 4000 {
			return
		}
		for _, fn := range all {
			for count := required(fn); count <= min(3, max(len(fn.Params), required(fn))); count++ {
				sameBothWays(t, fn, arguments(fn, count, a, b, c, n))
			}
			plainStaysAsItIs(t, fn, a)
		}
	})
}

// required is the least number of arguments.
func required(fn *funcs.Func) int {
	n := 0
	for _, p := range fn.Params {
		if !p.Optional {
			n++
		}
	}
	return n
}

func arguments(fn *funcs.Func, count int, a, b, c string, n int64) []pipeline.Value {
	texts := [...]string{a, b, c}
	args := make([]pipeline.Value, count)
	for i := range args {
		switch fn.Params[min(i, len(fn.Params)-1)].Types[0] {
		case pipeline.Int:
			args[i] = pipeline.IntValue(n)
		case pipeline.StringList:
			args[i] = pipeline.ListValue(strings.Split(a, c))
		default:
			args[i] = pipeline.StringValue(texts[i])
		}
	}
	return args
}

// answer is what a function said.
type answer struct {
	values   []pipeline.Value
	err      string
	warnings string
}

func (a *answer) listen(code string, why error) { a.warnings += code + ": " + why.Error() + "\n" }

func sameBothWays(t *testing.T, fn *funcs.Func, args []pipeline.Value) {
	valid, bytes := true, 0
	for _, v := range args {
		valid = valid && utf8.ValidString(v.String())
		bytes += len(v.String())
	}
	boxed := callBoxed(fn, args)
	for _, v := range boxed.values {
		switch {
		case valid && !utf8.ValidString(v.String()):
			t.Errorf("%s%v is %q, which is not valid UTF-8", fn.Name, args, v)
		case len(v.String()) > resultBytesMost:
			t.Errorf("%s makes %d bytes of %d", fn.Name, len(v.String()), bytes)
		}
	}
	for _, known := range []bool{false, true} {
		bound, ok := callBound(fn, args, known)
		if !ok {
			continue
		}
		if bound.err != boxed.err || bound.warnings != boxed.warnings || len(bound.values) != len(boxed.values) {
			t.Errorf("%s%v: boxed %+v, bound %+v", fn.Name, args, boxed, bound)
			continue
		}
		for i := range bound.values {
			if !bound.values[i].Equal(boxed.values[i]) {
				t.Errorf("%s%v: boxed %+v, bound %+v", fn.Name, args, boxed, bound)
			}
		}
	}
}

var fuzzNow = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

func callBoxed(fn *funcs.Func, args []pipeline.Value) answer {
	var said answer
	rt := &funcs.Runtime{Now: fuzzNow, Warn: said.listen}
	var err error
	if fn.Record != nil {
		said.values, err = fn.Record(rt, args)
	} else {
		var v pipeline.Value
		v, err = fn.Call(rt, args)
		said.values = []pipeline.Value{v}
	}
	if err != nil {
		said.values, said.err = nil, err.Error()
	}
	return said
}

// callBound calls the kernel. Known says that the arguments after the first
// are known when it is bound. False: there is no kernel.
func callBound(fn *funcs.Func, args []pipeline.Value, known bool) (answer, bool) {
	if fn.Bind == nil {
		return answer{}, false
	}
	bound := make([]funcs.Arg, len(args))
	var texts [3]string
	for i, v := range args {
		bound[i].Type = v.Type()
		if i > 0 && known && v.Type() == pipeline.String {
			bound[i].Text, bound[i].Known = v.Str(), true
		}
		texts[i] = v.Str()
	}
	var said answer
	rt := &funcs.Runtime{Now: fuzzNow, Warn: said.listen}
	k := fn.Bind(bound)
	var v pipeline.Value
	var ok bool
	var err error
	a, b, c := texts[0], texts[1], texts[2]
	switch {
	case k.Text != nil:
		v, ok, err = one(k.Text(rt, a, b, c))(pipeline.StringValue)
	case k.Int != nil && fn.Result == pipeline.Timestamp:
		v, ok, err = one(k.Int(rt, a, b, c))(pipeline.MicrosValue)
	case k.Int != nil:
		v, ok, err = one(k.Int(rt, a, b, c))(pipeline.IntValue)
	case k.Float != nil:
		v, ok, err = one(k.Float(rt, a, b, c))(pipeline.FloatValue)
	case k.Bool != nil:
		v, ok, err = one(k.Bool(rt, a, b, c))(pipeline.BoolValue)
	case k.List != nil:
		v, ok, err = one(k.List(rt, a, b, c))(pipeline.ListValue)
	case k.Sized != nil:
		v, ok, err = one(k.Sized(rt, a, args[1].Int(), c))(pipeline.StringValue)
	case k.Join != nil && args[0].Type() == pipeline.StringList:
		v, ok, err = one(k.Join(rt, args[0].List(), b))(pipeline.StringValue)
	case k.Join != nil:
		v, ok, err = one(k.Join(rt, texts[:len(args)], ""))(pipeline.StringValue)
	case k.Record != nil:
		said.values, ok = make([]pipeline.Value, len(fn.Fields)), true
		err = k.Record(rt, a, b, c, said.values)
	default:
		return answer{}, false
	}
	switch {
	case err != nil:
		said.values, said.err = nil, err.Error()
	case k.Record == nil && ok:
		said.values = []pipeline.Value{v}
	case k.Record == nil:
		said.values = []pipeline.Value{pipeline.Null()}
	}
	return said, true
}

// one is the result of a kernel as a value.
func one[T any](v T, ok bool, err error) func(func(T) pipeline.Value) (pipeline.Value, bool, error) {
	return func(box func(T) pipeline.Value) (pipeline.Value, bool, error) { return box(v), ok, err }
}

// TestKernelsDoNotAllocate holds the promise of the functions that most
// mappings call for every row.
func TestKernelsDoNotAllocate(t *testing.T) {
	calls := map[string][3]string{
		"trim": {" Anna "}, "squish": {" Anna  Meier"}, "lower": {"ANNA Ä"}, "upper": {"anna ä"}, "title": {"anna meier"}, "fold": {"Jörg Müller"},
		"slug": {"Jörg Müller"}, "replace": {"a/b", "/", "-"}, "extract": {"Anna Meier", "^[^ ]+ (.*)$"}, "match": {"Anna", "^[A-Z]"}, "int": {"42"}, "float": {"264.50"},
		"parse_country": {"Deutschland"}, "parse_phone": {"+49 30 0285384", "DE"}, "parse_date": {"2022-07-18T20:58:18Z"}, "split": {"a, b", ", "},
	}
	for _, fn := range funcs.All() {
		texts, ok := calls[fn.Name]
		if !ok {
			continue
		}
		var args []funcs.Arg
		for i := 0; i < max(1, required(fn)); i++ {
			args = append(args, funcs.Arg{Type: pipeline.String, Text: texts[i], Known: i > 0})
		}
		k, rt := fn.Bind(args), &funcs.Runtime{}
		if got := testing.AllocsPerRun(100, func() { call3(k, rt, texts); rt.Reset() }); got > 0 {
			t.Errorf("%s allocates %v times", fn.Name, got)
		}
	}
}

func call3(k funcs.Kernel, rt *funcs.Runtime, s [3]string) {
	switch {
	case k.Text != nil:
		_, _, _ = k.Text(rt, s[0], s[1], s[2])
	case k.Int != nil:
		_, _, _ = k.Int(rt, s[0], s[1], s[2])
	case k.Float != nil:
		_, _, _ = k.Float(rt, s[0], s[1], s[2])
	case k.Bool != nil:
		_, _, _ = k.Bool(rt, s[0], s[1], s[2])
	default:
		_, _, _ = k.List(rt, s[0], s[1], s[2])
	}
}

// plainStaysAsItIs holds the promise of a function that a text is its result.
func plainStaysAsItIs(t *testing.T, fn *funcs.Func, text string) {
	if fn.Plain == nil || !fn.Plain(text) {
		return
	}
	got := callBoxed(fn, []pipeline.Value{pipeline.StringValue(text)})
	if len(got.values) != 1 || got.values[0].Str() != text || got.err != "" || got.warnings != "" {
		t.Errorf("%s(%q) is plain but gives %+v", fn.Name, text, got)
	}
}

// TestPlainTextsAreSeen keeps the promise from being empty: what is in order is
// seen to be, and what is not, is not.
func TestPlainTextsAreSeen(t *testing.T) {
	seen := 0
	for _, fn := range funcs.All() {
		if fn.Plain == nil {
			continue
		}
		seen++
		if !fn.Plain("anna@example.com") || fn.Plain("") || fn.Plain("  Ä  ") {
			t.Errorf("%s: plain %v, empty %v, with spaces %v", fn.Name, fn.Plain("anna@example.com"), fn.Plain(""), fn.Plain("  Ä  "))
		}
	}
	if seen == 0 {
		t.Error("no function knows plain texts")
	}
}
