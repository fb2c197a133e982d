package funcs

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// texts are the functions over text and lists of text.
func texts() []*Func {
	return slices.Concat(listFuncs(), spaceFuncs(), letterFuncs())
}

// listFuncs join and split.
func listFuncs() []*Func {
	return []*Func{
		{
			Name:   "join_nonempty",
			Doc:    "The members of the list that are not blank, each with white space squeezed, with the separator between them. A list written as [a, b] leaves out members that are null.",
			Nulls:  "A null list gives null, as does one without a member that is not blank.",
			Params: []Param{{Name: "list", Types: []pipeline.Type{pipeline.StringList}}, text("separator")},
			Result: pipeline.String,
			Examples: []Example{
				{`join_nonempty(["Hauptstr. 1", nil, "2. Stock"], ", ")`, "Hauptstr. 1, 2. Stock"},
				{`join_nonempty(["", nil], ", ")`, "nil"},
			},
			Call: joinNonempty,
		},
		{
			Name:   "split",
			Doc:    "The parts of the text between separators as a list, white space around them off, blank ones left out. The separator is text, not a pattern. More than 10,000 parts are an error.",
			Params: []Param{text("value"), text("separator")},
			Result: pipeline.StringList,
			Examples: []Example{
				{`split("press; vip;; ", ";")`, "press, vip"},
				{`split("a,b", "")`, "error: the separator is empty"},
			},
			Call: split,
		},
	}
}

// spaceFuncs change the length of a text.
func spaceFuncs() []*Func {
	return []*Func{
		{
			Name:   "trim",
			Doc:    "The text without white space at its ends, or without the given characters. Nothing left is null.",
			Params: []Param{text("value"), optional(text("characters"))},
			Result: pipeline.String,
			Examples: []Example{
				{`trim("  Anna ")`, "Anna"},
				{`trim("--Anna-", "-")`, "Anna"},
			},
			Call: func(_ *Runtime, args []pipeline.Value) (pipeline.Value, error) {
				if len(args) > 1 {
					return orNull(strings.Trim(args[0].Str(), args[1].Str())), nil
				}
				return orNull(strings.TrimSpace(args[0].Str())), nil
			},
		},
		{
			Name:   "squish",
			Doc:    "The text without white space at its ends, and with one space for every run of white space within. Nothing left is null.",
			Params: []Param{text("value")},
			Result: pipeline.String,
			Examples: []Example{
				{`squish("  Anna   Meier ")`, "Anna Meier"},
				{`squish("   ")`, "nil"},
			},
			Call: each(canon.Squish),
		},
		{
			Name: "pad_left",
			Doc:  "The text filled up at its left to a width in characters, with zeros or the given character. Text that is as wide or wider stays. A width above 1,000 is an error.",
			Params: []Param{
				{Name: "value", Types: []pipeline.Type{pipeline.String, pipeline.Int}}, whole("width"), optional(text("character")),
			},
			Result: pipeline.String,
			Examples: []Example{
				{`pad_left("1067", 5)`, "01067"},
				{`pad_left(7, 3, "*")`, "**7"},
			},
			Call: padLeft,
		},
		{
			Name:     "truncate",
			Doc:      "At most so many characters from the beginning of the text, white space at the cut taken off. A negative length is an error.",
			Params:   []Param{text("value"), whole("length")},
			Result:   pipeline.String,
			Examples: []Example{{`truncate("Grüße aus Wien", 6)`, "Grüße"}},
			Call:     truncate,
		},
	}
}

// letterFuncs change the letters of a text.
func letterFuncs() []*Func {
	return []*Func{
		{
			Name:     "lower",
			Doc:      "The text in small letters.",
			Params:   []Param{text("value")},
			Result:   pipeline.String,
			Examples: []Example{{`lower("ÄPFEL")`, "äpfel"}},
			Call:     each(strings.ToLower),
		},
		{
			Name:     "upper",
			Doc:      "The text in capitals.",
			Params:   []Param{text("value")},
			Result:   pipeline.String,
			Examples: []Example{{`upper("äpfel")`, "ÄPFEL"}},
			Call:     each(strings.ToUpper),
		},
		{
			Name:     "title",
			Doc:      "The text with a capital at the beginning of each word, also after a hyphen, and small letters elsewhere. For names of people use parse_person, which knows their rules.",
			Params:   []Param{text("value")},
			Result:   pipeline.String,
			Examples: []Example{{`title("BAD HOMBURG-OBERSTEDTEN")`, "Bad Homburg-Oberstedten"}},
			Call:     each(titleCase),
		},
		{
			Name:   "replace",
			Doc:    "The text with every occurrence of one text replaced by another. Both are text, not patterns. A result of more than 1 MiB is an error.",
			Params: []Param{text("value"), text("old"), text("new")},
			Result: pipeline.String,
			Examples: []Example{
				{`replace("a/b/c", "/", "-")`, "a-b-c"},
				{`replace("abc", "", "-")`, "error: the text to replace is empty"},
			},
			Call: replace,
		},
		{
			Name: "fold",
			Doc:  "The text in small ASCII letters for comparing: diacritics off, ß as ss, white space squeezed, other scripts written in Latin letters. Nothing left is null.",
			Params: []Param{
				text("value"),
			},
			Result: pipeline.String,
			Examples: []Example{
				{`fold("Müller-Lüdenscheidt")`, "muller-ludenscheidt"},
				{`fold("王小明")`, "wang xiao ming"},
			},
			Call: each(canon.FoldASCII),
		},
		{
			Name:     "slug",
			Doc:      "The text as it may stand in an address: folded, with one hyphen for everything that is no letter or digit. Nothing left is null.",
			Params:   []Param{text("value")},
			Result:   pipeline.String,
			Examples: []Example{{`slug("Grüße aus Wien!")`, "grusse-aus-wien"}},
			Call:     each(canon.Slug),
		},
	}
}

func joinNonempty(_ *Runtime, args []pipeline.Value) (pipeline.Value, error) {
	var members []string
	bytes := 0
	for _, m := range args[0].List() {
		if m = canon.Squish(m); m != "" {
			members = append(members, m)
			bytes += len(m) + len(args[1].Str())
		}
	}
	if bytes > resultBytesMax {
		return pipeline.Null(), fmt.Errorf("the joined text has %d bytes, at most %d", bytes, resultBytesMax)
	}
	return orNull(strings.Join(members, args[1].Str())), nil
}

func split(_ *Runtime, args []pipeline.Value) (pipeline.Value, error) {
	separator := args[1].Str()
	if separator == "" {
		return pipeline.Null(), fmt.Errorf("the separator is empty")
	}
	parts := []string{}
	for part := range strings.SplitSeq(args[0].Str(), separator) {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if len(parts) == listMembersMax {
			return pipeline.Null(), fmt.Errorf("%s has more than %d parts", show(args[0].Str()), listMembersMax)
		}
		parts = append(parts, part)
	}
	return pipeline.ListValue(parts), nil
}

func padLeft(_ *Runtime, args []pipeline.Value) (pipeline.Value, error) {
	value, width, fill := args[0].String(), args[1].Int(), "0"
	if len(args) > 2 {
		fill = args[2].Str()
	}
	switch {
	case utf8.RuneCountInString(fill) != 1:
		return pipeline.Null(), fmt.Errorf("%s is not one character", show(fill))
	case width > padWidthMax:
		return pipeline.Null(), fmt.Errorf("the width %d is above %d", width, padWidthMax)
	}
	missing := int(width) - utf8.RuneCountInString(value)
	return orNull(strings.Repeat(fill, max(0, missing)) + value), nil
}

func truncate(_ *Runtime, args []pipeline.Value) (pipeline.Value, error) {
	value, length := args[0].Str(), args[1].Int()
	if length < 0 {
		return pipeline.Null(), fmt.Errorf("the length %d is negative", length)
	}
	seen := int64(0)
	for i := range value {
		if seen == length {
			return orNull(strings.TrimRightFunc(value[:i], unicode.IsSpace)), nil
		}
		seen++
	}
	return orNull(value), nil
}

func titleCase(s string) string {
	var b strings.Builder
	start := true
	for _, r := range s {
		if start {
			b.WriteRune(unicode.ToTitle(r))
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
		start = unicode.IsSpace(r) || r == '-' || r == '/' || r == '('
	}
	return b.String()
}

func replace(_ *Runtime, args []pipeline.Value) (pipeline.Value, error) {
	value, old, with := args[0].Str(), args[1].Str(), args[2].Str()
	if old == "" {
		return pipeline.Null(), fmt.Errorf("the text to replace is empty")
	}
	if bytes := len(value) + strings.Count(value, old)*(len(with)-len(old)); bytes > resultBytesMax {
		return pipeline.Null(), fmt.Errorf("the result has %d bytes, at most %d", bytes, resultBytesMax)
	}
	return orNull(strings.ReplaceAll(value, old, with)), nil
}
