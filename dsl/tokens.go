package dsl

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is one word of an expression. The expression has compiled already, so
// that reading it again needs no messages.
type token struct {
	kind     tokenKind
	text     string // of a text literal: its value
	from, to int    // bytes of the expression
}

type tokenKind uint8

const (
	tokenName tokenKind = iota
	tokenNumber
	tokenText
	tokenSign // an operator, bracket or comma
)

// signs are the operators of two or three characters, the longest first.
var signs = []string{"...", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "..", "**", "//"}

// tokens reads an expression; ok is false when something in it is not
// understood, such as an escape that Go does not have.
func tokens(src string) (list []token, ok bool) {
	for at := 0; at < len(src); {
		r, n := utf8.DecodeRuneInString(src[at:])
		from := at
		t := token{kind: tokenSign, from: from}
		switch {
		case unicode.IsSpace(r):
			at += n
			continue
		case r == '_' || r == '$' || unicode.IsLetter(r):
			at = span(src, at, func(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) })
			t.kind, t.text = tokenName, src[from:at]
		case r >= '0' && r <= '9' || r == '.' && at+1 < len(src) && src[at+1] >= '0' && src[at+1] <= '9':
			at = numberEnd(src, at)
			t.kind, t.text = tokenNumber, src[from:at]
		case r == '"' || r == '\'' || r == '`':
			t.kind = tokenText
			if t.text, at, ok = textLiteral(src, at); !ok {
				return nil, false
			}
		case strings.HasPrefix(src[at:], "/*"), strings.HasPrefix(src[at:], "//"):
			return nil, false
		default:
			at += n
			for _, s := range signs {
				if strings.HasPrefix(src[from:], s) {
					at = from + len(s)
					break
				}
			}
			t.text = src[from:at]
		}
		t.to = at
		list = append(list, t)
	}
	return list, true
}

func span(src string, at int, in func(rune) bool) int {
	end := strings.IndexFunc(src[at:], func(r rune) bool { return !in(r) })
	if end < 0 {
		return len(src)
	}
	return at + end
}

// numberEnd is where a number ends; 1..5 is a range and no number.
func numberEnd(src string, at int) int {
	end := at
	for end < len(src) {
		c := src[end]
		switch {
		case c >= '0' && c <= '9' || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		case c == '.' && !strings.HasPrefix(src[end:], ".."):
		case (c == '-' || c == '+') && end > at && (src[end-1] == 'e' || src[end-1] == 'E') && !strings.HasPrefix(src[at:], "0x"):
		default:
			return end
		}
		end++
	}
	return end
}

// textLiteral reads a quoted text and where it ends.
func textLiteral(src string, at int) (value string, end int, ok bool) {
	quote := src[at]
	for end = at + 1; end < len(src) && src[end] != quote; end++ {
		if src[end] == '\\' && quote != '`' {
			end++
		}
	}
	if end >= len(src) {
		return "", at, false
	}
	inner := src[at+1 : end]
	end++
	if quote == '`' || !strings.Contains(inner, `\`) {
		return inner, end, true
	}
	if quote == '\'' {
		inner = strings.ReplaceAll(strings.ReplaceAll(inner, `\'`, `'`), `"`, `\"`)
	}
	value, err := strconv.Unquote(`"` + inner + `"`)
	return value, end, err == nil
}

// varsOf are the names behind vars in an expression.
func varsOf(src string) []string {
	if !strings.Contains(src, "vars") {
		return nil
	}
	list, ok := tokens(src)
	if !ok {
		return nil
	}
	var names []string
	for i := 0; i+2 < len(list); i++ {
		if list[i].text != "vars" || list[i].kind != tokenName {
			continue
		}
		next, name := list[i+1], list[i+2]
		if (next.text == "." || next.text == "?.") && name.kind == tokenName || next.text == "[" && name.kind == tokenText {
			names = append(names, name.text)
		}
	}
	return names
}
