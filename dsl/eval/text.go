package eval

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/dsl/funcs"
)

// stepBytes is the length of text whose search counts as much as a member of a
// list does against RowStepsMax.
const stepBytes = 1 << 10

// search is contains, startsWith and endsWith.
func (k *compiler) search(operator string, l, r code) code {
	if l.typ.kind == kindList && operator == "contains" {
		return k.wrong(l.span, "type-conflict", `"contains" looks for a text inside a text, this is a list`,
			fmt.Sprintf("write %s in %s", k.source.code(r.span), k.source.code(l.span)))
	}
	l, r = k.want(l, kindText, operator), k.want(r, kindText, operator)
	if l.typ.kind == kindBad || r.typ.kind == kindBad {
		return bad(l.span)
	}
	work := strings.Contains
	switch operator {
	case "startsWith":
		work = strings.HasPrefix
	case "endsWith":
		work = strings.HasSuffix
	}
	text, part := l.text, r.text
	return code{typ: typ{kind: kindBool}, truth: func(f *frame) (bool, state) {
		a, s := text(f)
		if s != present {
			return false, absent
		}
		b, s := part(f)
		if s != present {
			return false, absent
		}
		f.steps += len(a) / stepBytes
		return work(a, b), present
	}}
}

// matches holds a text against a regular expression, compiled here once.
func (k *compiler) matches(l, r code) code {
	l, r = k.want(l, kindText, "matches"), k.want(r, kindText, "matches")
	if l.typ.kind == kindBad || r.typ.kind == kindBad {
		return bad(l.span)
	}
	if !r.fixed {
		return k.wrong(r.span, "bad-pattern", "the pattern of matches is not known before the rows are read", `write it in quotes or take it from vars: name matches "^A"`)
	}
	f := &frame{}
	pattern, s := r.text(f)
	if f.failed {
		return k.wrong(r.span, "bad-pattern", "the pattern cannot be computed: "+f.err.Message, "")
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return k.badPattern(r.span, pattern, err)
	}
	text, fast := l.text, funcs.NewPattern(re)
	return code{typ: typ{kind: kindBool}, truth: func(f *frame) (bool, state) {
		v, t := text(f)
		if t != present || s != present {
			return false, absent
		}
		f.steps += len(v) / stepBytes
		return fast.Match(v), present
	}}
}

// badPattern points at the part of the pattern that is wrong, where the
// pattern is written out without escapes.
func (k *compiler) badPattern(sp span, pattern string, err error) code {
	message := err.Error()
	var bad *syntax.Error
	if errors.As(err, &bad) {
		message = strings.TrimPrefix(bad.Code.String(), "invalid or unsupported ")
		at := strings.Index(pattern, bad.Expr)
		if bad.Expr != "" && at >= 0 && sp.to-sp.from == len(pattern)+2 && k.text[sp.from+1:sp.to-1] == pattern {
			sp = span{sp.from + 1 + at, sp.from + 1 + at + len(bad.Expr)}
		}
	}
	return k.wrong(sp, "bad-pattern", "the pattern cannot be read: "+message, `the syntax is that of Go's regexp (RE2): no look-around, no back-references; in double quotes \ is written \\`)
}

// characters is the number of characters of a text.
func characters(s string) int64 { return int64(utf8.RuneCountInString(s)) }

// cutText returns the characters from i until j, where negative places count
// from the end.
func cutText(s string, i, j int64) string {
	from, to := bounds(i, j, characters(s))
	return s[byteAt(s, from):byteAt(s, to)]
}

// byteAt is the place of character n in bytes.
func byteAt(s string, n int64) int {
	at := 0
	for ; n > 0; n-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}

// bounds turns the two ends of a slice into places from 0 to n.
func bounds(i, j, n int64) (from, to int64) {
	clamp := func(v int64) int64 {
		if v < 0 {
			v += n
		}
		return max(0, min(v, n))
	}
	from, to = clamp(i), clamp(j)
	return from, max(from, to)
}
