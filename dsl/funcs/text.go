package funcs

import (
	"errors"
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
	return slices.Concat(listFuncs(), spaceFuncs(), widthFuncs(), letterFuncs())
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
			Bind: always(Kernel{Join: joinNonempty}),
			Call: func(rt *Runtime, args []pipeline.Value) (pipeline.Value, error) {
				joined, ok, err := joinNonempty(rt, args[0].List(), args[1].Str())
				if err != nil || !ok {
					return pipeline.Null(), err
				}
				return pipeline.StringValue(joined), nil
			},
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
			Bind: always(Kernel{List: split}), Call: boxed(split, pipeline.ListValue),
		},
	}
}

// spaceFuncs take white space off a text.
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
			Plain: hasNoEnds,
			Bind: func(args []Arg) Kernel {
				if len(args) > 1 {
					return Kernel{Text: trimSigns}
				}
				return Kernel{Text: trimSpace}
			},
			Call: func(rt *Runtime, args []pipeline.Value) (pipeline.Value, error) {
				if len(args) > 1 {
					return boxed(trimSigns, pipeline.StringValue)(rt, args)
				}
				return boxed(trimSpace, pipeline.StringValue)(rt, args)
			},
		},
		ofText(&Func{
			Name:   "squish",
			Doc:    "The text without white space at its ends, and with one space for every run of white space within. Nothing left is null.",
			Params: []Param{text("value")},
			Result: pipeline.String,
			Examples: []Example{
				{`squish("  Anna   Meier ")`, "Anna Meier"},
				{`squish("   ")`, "nil"},
			},
			Plain: func(s string) bool { return s != "" && canon.Squished(s) },
		}, squish),
	}
}

// widthFuncs bring a text to a width.
func widthFuncs() []*Func {
	return []*Func{
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
			Bind: func(args []Arg) Kernel {
				switch {
				case args[0].Type != pipeline.String:
					return Kernel{}
				case len(args) > 2:
					return Kernel{Sized: padLeft}
				}
				return Kernel{Sized: padZeros}
			},
			Call: func(rt *Runtime, args []pipeline.Value) (pipeline.Value, error) {
				fill := "0"
				if len(args) > 2 {
					fill = args[2].Str()
				}
				return boxedSized(padLeft(rt, args[0].String(), args[1].Int(), fill))
			},
		},
		{
			Name:     "truncate",
			Doc:      "At most so many characters from the beginning of the text, white space at the cut taken off. A negative length is an error.",
			Params:   []Param{text("value"), whole("length")},
			Result:   pipeline.String,
			Examples: []Example{{`truncate("Grüße aus Wien", 6)`, "Grüße"}},
			Bind:     always(Kernel{Sized: truncate}),
			Call: func(rt *Runtime, args []pipeline.Value) (pipeline.Value, error) {
				return boxedSized(truncate(rt, args[0].Str(), args[1].Int(), ""))
			},
		},
	}
}

// letterFuncs change the letters of a text.
func letterFuncs() []*Func {
	return []*Func{
		ofText(&Func{
			Name:     "lower",
			Doc:      "The text in small letters.",
			Params:   []Param{text("value")},
			Result:   pipeline.String,
			Examples: []Example{{`lower("ÄPFEL")`, "äpfel"}},
			Plain:    isLower,
		}, lower),
		ofText(&Func{
			Name:     "upper",
			Doc:      "The text in capitals.",
			Params:   []Param{text("value")},
			Result:   pipeline.String,
			Examples: []Example{{`upper("äpfel")`, "ÄPFEL"}},
		}, upper),
		ofText(&Func{
			Name:     "title",
			Doc:      "The text with a capital at the beginning of each word, also after a hyphen, and small letters elsewhere. For names of people use parse_person, which knows their rules.",
			Params:   []Param{text("value")},
			Result:   pipeline.String,
			Examples: []Example{{`title("BAD HOMBURG-OBERSTEDTEN")`, "Bad Homburg-Oberstedten"}},
		}, title),
		ofText(&Func{
			Name:   "replace",
			Doc:    "The text with every occurrence of one text replaced by another. Both are text, not patterns. A result of more than 1 MiB is an error.",
			Params: []Param{text("value"), text("old"), text("new")},
			Result: pipeline.String,
			Examples: []Example{
				{`replace("a/b/c", "/", "-")`, "a-b-c"},
				{`replace("abc", "", "-")`, "error: the text to replace is empty"},
			},
		}, replace),
		ofText(&Func{
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
		}, foldASCII),
		ofText(&Func{
			Name:     "slug",
			Doc:      "The text as it may stand in an address: folded, with one hyphen for everything that is no letter or digit. Nothing left is null.",
			Params:   []Param{text("value")},
			Result:   pipeline.String,
			Examples: []Example{{`slug("Grüße aus Wien!")`, "grusse-aus-wien"}},
		}, slug),
	}
}

// boxedSized is the result of a kernel of texts and a number as a value.
func boxedSized(v string, ok bool, err error) (pipeline.Value, error) {
	if err != nil || !ok {
		return pipeline.Null(), err
	}
	return pipeline.StringValue(v), nil
}

func joinNonempty(rt *Runtime, list []string, separator string) (string, bool, error) {
	room := 0
	for _, m := range list {
		room = min(room+len(m)+len(separator), resultBytesMax)
	}
	b, only, members, bytes := rt.Bytes(room), "", 0, 0
	for _, m := range list {
		part, ok := canon.SquishedPart(m)
		if !ok {
			part = canon.Squish(m)
		}
		if part == "" {
			continue
		}
		members++
		bytes += len(part) + len(separator)
		if only = part; bytes > resultBytesMax {
			continue
		}
		if members > 1 {
			b = append(b, separator...)
		}
		b = append(b, part...)
	}
	switch {
	case bytes > resultBytesMax:
		return "", false, fmt.Errorf("the joined text has %d bytes, at most %d", bytes, resultBytesMax)
	case members < 2:
		return orNone(only)
	}
	return rt.keep(b)
}

func split(rt *Runtime, value, separator, _ string) ([]string, bool, error) {
	if separator == "" {
		return nil, false, errors.New("the separator is empty")
	}
	parts := rt.Words(min(strings.Count(value, separator)+1, listMembersMax))
	for rest, more := value, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, separator)
		if !hasNoEnds(part) {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
		}
		if len(parts) == listMembersMax {
			return nil, false, fmt.Errorf("%s has more than %d parts", show(value), listMembersMax)
		}
		parts = append(parts, part)
	}
	return parts, true, nil
}

// hasNoEnds reports text that begins and ends with a character of ASCII that is
// no white space.
func hasNoEnds(s string) bool {
	n := len(s)
	return n > 0 && s[0] > ' ' && s[0] < utf8.RuneSelf && s[n-1] > ' ' && s[n-1] < utf8.RuneSelf
}

func trimSpace(_ *Runtime, a, _, _ string) (string, bool, error) {
	if hasNoEnds(a) {
		return a, true, nil
	}
	return orNone(strings.TrimSpace(a))
}

func trimSigns(_ *Runtime, a, signs, _ string) (string, bool, error) {
	return orNone(strings.Trim(a, signs))
}

func squish(rt *Runtime, a, _, _ string) (string, bool, error) {
	if part, ok := canon.SquishedPart(a); ok {
		return orNone(part)
	}
	return rt.keep(canon.AppendSquish(rt.Bytes(len(a)), a))
}

func foldASCII(rt *Runtime, a, _, _ string) (string, bool, error) {
	if canon.FoldedASCII(a) {
		return orNone(a)
	}
	return rt.keep(canon.AppendFoldASCII(rt.Bytes(2*len(a)), a))
}

func slug(rt *Runtime, a, _, _ string) (string, bool, error) {
	return rt.keep(canon.AppendSlug(rt.Bytes(2*len(a)), a))
}

func padZeros(rt *Runtime, value string, width int64, _ string) (string, bool, error) {
	return padLeft(rt, value, width, "0")
}

func padLeft(rt *Runtime, value string, width int64, fill string) (string, bool, error) {
	switch {
	case utf8.RuneCountInString(fill) != 1:
		return "", false, fmt.Errorf("%s is not one character", show(fill))
	case width > padWidthMax:
		return "", false, fmt.Errorf("the width %d is above %d", width, padWidthMax)
	}
	missing := int(max(0, width)) - utf8.RuneCountInString(value)
	if missing <= 0 {
		return orNone(value)
	}
	b := rt.Bytes(missing*len(fill) + len(value))
	for range missing {
		b = append(b, fill...)
	}
	return rt.keep(append(b, value...))
}

func truncate(_ *Runtime, value string, length int64, _ string) (string, bool, error) {
	if length < 0 {
		return "", false, fmt.Errorf("the length %d is negative", length)
	}
	if int64(len(value)) <= length {
		return orNone(value)
	}
	seen := int64(0)
	for i := range value {
		if seen == length {
			return orNone(strings.TrimRightFunc(value[:i], unicode.IsSpace))
		}
		seen++
	}
	return orNone(value)
}

// isLower reports text of ASCII without capitals. It looks at eight bytes at a
// time, at last at some for the second time.
func isLower(s string) bool {
	n := len(s)
	if n < 8 {
		for i := range n {
			if c := s[i]; c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf {
				return false
			}
		}
		return s != ""
	}
	for i := 0; i+8 < n; i += 8 {
		if capitals(s[i:i+8]) != 0 {
			return false
		}
	}
	return capitals(s[n-8:]) == 0
}

// capitals has the highest bit set of each of eight bytes that is a capital or
// not ASCII.
func capitals(s string) uint64 {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	_ = s[7] // so that the compiler makes one load of the eight
	x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	low := x &^ high
	return (x | (low+(0x80-'A')*ones)&^(low+(0x80-'Z'-1)*ones)) & high
}

func lower(rt *Runtime, a, _, _ string) (string, bool, error) {
	for i := 0; i < len(a); i++ {
		if c := a[i]; c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf {
			return mapped(rt, a, i, unicode.ToLower)
		}
	}
	return orNone(a)
}

func upper(rt *Runtime, a, _, _ string) (string, bool, error) {
	for i := 0; i < len(a); i++ {
		if c := a[i]; c >= 'a' && c <= 'z' || c >= utf8.RuneSelf {
			return mapped(rt, a, i, unicode.ToUpper)
		}
	}
	return orNone(a)
}

func title(rt *Runtime, a, _, _ string) (string, bool, error) {
	start := true
	return mapped(rt, a, 0, func(r rune) rune {
		change := unicode.ToLower
		if start {
			change = unicode.ToTitle
		}
		start = r == ' ' || r == '-' || r == '/' || r == '(' || unicode.IsSpace(r)
		return change(r)
	})
}

// mapped changes each character of a text from byte i on; those before stay as
// they are. Bytes that are no UTF-8 become U+FFFD. A text in which nothing
// changes is returned as it is.
func mapped(rt *Runtime, s string, i int, change func(rune) rune) (string, bool, error) {
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if with := change(r); with != r || r == utf8.RuneError && size == 1 {
			b := append(rt.Bytes(len(s)+utf8.UTFMax), s[:i]...)
			b = utf8.AppendRune(b, with)
			for _, r := range s[i+size:] {
				b = utf8.AppendRune(b, change(r))
			}
			return rt.keep(b)
		}
		i += size
	}
	return orNone(s)
}

func replace(rt *Runtime, value, old, with string) (string, bool, error) {
	if old == "" {
		return "", false, errors.New("the text to replace is empty")
	}
	count := strings.Count(value, old)
	bytes := len(value) + count*(len(with)-len(old))
	if bytes > resultBytesMax {
		return "", false, fmt.Errorf("the result has %d bytes, at most %d", bytes, resultBytesMax)
	}
	if count == 0 {
		return orNone(value)
	}
	b := rt.Bytes(bytes)
	for rest, more := value, true; ; {
		var part string
		part, rest, more = strings.Cut(rest, old)
		b = append(b, part...)
		if !more {
			return rt.keep(b)
		}
		b = append(b, with...)
	}
}
