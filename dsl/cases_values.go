package dsl

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// nodeValue reads a value of a test as one of a type. Text is taken as it is
// written, so that 01067 keeps its zero; null is null.
func nodeValue(n *yaml.Node, t pipeline.Type) (pipeline.Value, error) {
	switch {
	case isNull(n):
		return pipeline.Null(), nil
	case t == pipeline.StringList:
		return listValue(n)
	case n.Kind != yaml.ScalarNode:
		return pipeline.Null(), fmt.Errorf("this must be a single value, a %s", t)
	}
	text := n.Value
	switch t {
	case pipeline.Int:
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return pipeline.Null(), fmt.Errorf("%q is no whole number", diag.Shorten(text, 60))
		}
		return pipeline.IntValue(i), nil
	case pipeline.Float:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			return pipeline.Null(), fmt.Errorf("%q is no number; a decimal number is written with a point", diag.Shorten(text, 60))
		}
		return pipeline.FloatValue(f), nil
	case pipeline.Bool:
		if text != "true" && text != "false" {
			return pipeline.Null(), fmt.Errorf("%q is neither true nor false", diag.Shorten(text, 60))
		}
		return pipeline.BoolValue(text == "true"), nil
	case pipeline.Timestamp:
		return timeValue(text)
	default:
		return pipeline.StringValue(text), nil
	}
}

func listValue(n *yaml.Node) (pipeline.Value, error) {
	if n.Kind != yaml.SequenceNode {
		return pipeline.Null(), errors.New("this must be a list, such as [a, b]")
	}
	list := make([]string, 0, len(n.Content))
	for _, c := range n.Content {
		item := resolve(c)
		if item.Kind != yaml.ScalarNode || isNull(item) {
			return pipeline.Null(), errors.New("the members of this list must be single values")
		}
		list = append(list, item.Value)
	}
	return pipeline.ListValue(list), nil
}

// timeValue reads a time in RFC 3339, or a date, which is its first moment in UTC.
func timeValue(text string) (pipeline.Value, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return pipeline.TimeValue(at), nil
		}
	}
	return pipeline.Null(), fmt.Errorf("%q is no time; write it as 2026-03-01 or 2026-03-01T12:00:00Z", diag.Shorten(text, 60))
}

// eraseText is how a test expects that a field is emptied.
const eraseText = "erase()"

// expectedValue is nodeValue for a field of a record, which may be erased.
func expectedValue(n *yaml.Node, t pipeline.Type) (pipeline.Value, error) {
	if n.Kind == yaml.ScalarNode && n.Style == 0 && n.Value == eraseText {
		return pipeline.Erase(), nil
	}
	return nodeValue(n, t)
}

// asExpected reports whether a field of a record is what a test expects. Null,
// an empty text and an empty list all say nothing, as they do in a plan. The
// order of a list matters unless the field says that it does not.
func asExpected(got, want pipeline.Value, f pipeline.Field) bool {
	if silent(got) && silent(want) {
		return true
	}
	if f.Unordered && got.Type() == pipeline.StringList && want.Type() == pipeline.StringList {
		return slices.Equal(slices.Sorted(slices.Values(got.List())), slices.Sorted(slices.Values(want.List())))
	}
	return got.Equal(want)
}

func silent(v pipeline.Value) bool {
	switch v.Type() {
	case pipeline.String:
		return v.Str() == ""
	case pipeline.StringList:
		return len(v.List()) == 0
	default:
		return v.IsNull()
	}
}

// holds reports whether a reason is the one that a test means: its words, or a
// part of them.
func holds(reason, part string) bool {
	return strings.Contains(reason, part)
}
