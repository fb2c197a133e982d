package funcs

import (
	"fmt"
	"math"
	"strconv"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// conversions are the functions from one type to another.
func conversions() []*Func {
	numbers := []pipeline.Type{pipeline.String, pipeline.Int, pipeline.Float, pipeline.Bool}
	marks := []Param{{Name: "value", Types: numbers}, optional(text("decimal")), optional(text("thousands"))}
	return []*Func{
		{
			Name:   "int",
			Doc:    "The value as a whole number of 64 bits. Text may have decimals only if they are zero (3.0); its decimal mark is . and nothing stands between thousands unless they are named. A float is cut toward zero, true is 1. Other text and numbers beyond 64 bits are an error; blank text is null.",
			Params: marks,
			Result: pipeline.Int,
			Examples: []Example{
				{`int("42")`, "42"},
				{`int("1.234", ",", ".")`, "1234"},
				{`int(3.9)`, "3"},
				{`int("4,5")`, "error: is not a number"},
				{`int("9223372036854775808")`, "error: does not fit into 64 bits"},
			},
			Bind: onText(Kernel{Int: intOf}), Call: toInt,
		},
		{
			Name:   "float",
			Doc:    "The value as a number. The decimal mark of text is . and nothing stands between thousands unless they are named. Other text is an error, as are infinity and NaN; blank text is null.",
			Params: marks,
			Result: pipeline.Float,
			Examples: []Example{
				{`float("2.5")`, "2.5"},
				{`float("1.234,56", ",", ".")`, "1234.56"},
				{`float("1,5")`, "error: name its marks"},
			},
			Bind: onText(Kernel{Float: floatOf}), Call: toFloat,
		},
		{
			Name:   "bool",
			Doc:    "Yes or no as true or false: true, yes, y, 1, on, ja, oui, si and their opposites in six languages, in any letter case; the numbers 1 and 0. Anything else is an error; blank text is null.",
			Params: []Param{{Name: "value", Types: numbers}},
			Result: pipeline.Bool,
			Examples: []Example{
				{`bool("Ja")`, "true"},
				{`bool(0)`, "false"},
				{`bool("maybe")`, "error: neither yes nor no"},
			},
			Bind: onText(Kernel{Bool: boolOf}), Call: toBool,
		},
		{
			Name:   "parse_date",
			Doc:    "The point in time that the text names. The layout is the date 2 January 2006, 15:04:05, written as the text is: \"02.01.2006\", \"1/2/2006\", \"2006-01-02 15:04\"; without a zone it is UTC. Without a layout only forms that mean one day are read, such as 2024-12-31, 31.12.2024 and 31 Dec 2024. Other text is an error; blank text is null.",
			Params: []Param{{Name: "value", Types: []pipeline.Type{pipeline.String, pipeline.Timestamp}}, optional(text("layout"))},
			Result: pipeline.Timestamp,
			Examples: []Example{
				{`parse_date("31.12.2024", "02.01.2006")`, "2024-12-31T00:00:00Z"},
				{`parse_date("31 Dec 2024")`, "2024-12-31T00:00:00Z"},
				{`parse_date("3/4/2024")`, "error: name its layout"},
				{`parse_date("31.02.2024", "02.01.2006")`, "error: day out of range"},
			},
			Known: knownDate,
			Bind:  bindDate, Call: parseDate,
		},
		{
			Name:     "now",
			Doc:      "The time at which the run began; it is the same for all rows.",
			Result:   pipeline.Timestamp,
			Examples: []Example{{`now()`, "2025-01-02T03:04:05Z"}},
			Bind:     always(Kernel{}), Call: timeOfRun,
		},
	}
}

func timeOfRun(rt *Runtime, _ []pipeline.Value) (pipeline.Value, error) {
	if rt == nil || rt.Now.IsZero() {
		return pipeline.Null(), fmt.Errorf("the time of the run is not known here")
	}
	return pipeline.TimeValue(rt.Now), nil
}

func intOf(_ *Runtime, a, decimal, thousands string) (int64, bool, error) {
	if canon.Blank(a) {
		return 0, false, nil
	}
	i, err := canon.ParseInt(a, canon.Marks{Decimal: decimal, Thousands: thousands})
	return i, err == nil, err
}

func floatOf(_ *Runtime, a, decimal, thousands string) (float64, bool, error) {
	if canon.Blank(a) {
		return 0, false, nil
	}
	f, err := canon.ParseFloat(a, canon.Marks{Decimal: decimal, Thousands: thousands})
	return f, err == nil, err
}

func boolOf(_ *Runtime, a, _, _ string) (bool, bool, error) {
	if canon.Blank(a) {
		return false, false, nil
	}
	b, err := canon.ParseBool(a)
	return b, err == nil, err
}

// dateOf makes the kernel of parse_date for one layout.
func dateOf(layout canon.DateLayout) intKernel {
	return func(_ *Runtime, a, _, _ string) (int64, bool, error) {
		if canon.Blank(a) {
			return 0, false, nil
		}
		t, err := layout.Parse(a)
		if err != nil {
			return 0, false, err
		}
		return t.UnixMicro(), true, nil
	}
}

// knownDate refuses a layout that no date has.
func knownDate(args []Arg) (at int, err error) {
	if len(args) > 1 && args[1].Known {
		_, err = canon.NewDateLayout(args[1].Text)
	}
	return 1, err
}

func bindDate(args []Arg) Kernel {
	switch {
	case args[0].Type != pipeline.String:
		return Kernel{}
	case len(args) == 1:
		return Kernel{Int: dateOf(canon.DateLayout{})}
	case args[1].Known:
		if layout, err := canon.NewDateLayout(args[1].Text); err == nil {
			return Kernel{Int: dateOf(layout)}
		}
	}
	return Kernel{Int: anyDate}
}

// anyDate reads a date whose layout is another for each row, or wrong.
func anyDate(rt *Runtime, a, layout, _ string) (int64, bool, error) {
	if canon.Blank(a) {
		return 0, false, nil
	}
	l, err := canon.NewDateLayout(layout)
	if err != nil {
		return 0, false, err
	}
	return dateOf(l)(rt, a, "", "")
}

func toInt(rt *Runtime, args []pipeline.Value) (pipeline.Value, error) {
	v := args[0]
	switch v.Type() {
	case pipeline.Int:
		return v, nil
	case pipeline.Bool:
		return pipeline.IntValue(v.Int()), nil
	case pipeline.Float:
		f := math.Trunc(v.Float())
		if math.IsNaN(f) || f < -(1<<63) || f >= 1<<63 {
			return pipeline.Null(), fmt.Errorf("%s does not fit into 64 bits", strconv.FormatFloat(v.Float(), 'g', -1, 64))
		}
		return pipeline.IntValue(int64(f)), nil
	}
	return boxed(intOf, pipeline.IntValue)(rt, args)
}

func toFloat(rt *Runtime, args []pipeline.Value) (pipeline.Value, error) {
	v := args[0]
	switch v.Type() {
	case pipeline.Float:
		return v, nil
	case pipeline.Int, pipeline.Bool:
		return pipeline.FloatValue(float64(v.Int())), nil
	}
	return boxed(floatOf, pipeline.FloatValue)(rt, args)
}

func toBool(rt *Runtime, args []pipeline.Value) (pipeline.Value, error) {
	v := args[0]
	switch v.Type() {
	case pipeline.Bool:
		return v, nil
	case pipeline.String:
		return boxed(boolOf, pipeline.BoolValue)(rt, args)
	}
	b, err := canon.ParseBool(v.String())
	if err != nil {
		return pipeline.Null(), err
	}
	return pipeline.BoolValue(b), nil
}

func parseDate(rt *Runtime, args []pipeline.Value) (pipeline.Value, error) {
	if args[0].Type() == pipeline.Timestamp {
		return args[0], nil
	}
	return boxed(anyDate, pipeline.MicrosValue)(rt, args)
}
