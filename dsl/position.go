package dsl

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// place returns where byte offset of the value of a scalar stands in the file,
// and whether that is exact. In a folded scalar, or one that goes over several
// lines in plain or quoted style, only its start is known.
func (d *document) place(n *yaml.Node, offset int) (diag.Pos, bool) {
	start := diag.Pos{File: d.file, Line: n.Line, Column: n.Column}
	offset = min(max(offset, 0), len(n.Value))
	switch n.Style &^ yaml.TaggedStyle {
	case yaml.LiteralStyle:
		return d.placeLiteral(n, offset, start)
	case yaml.FoldedStyle:
		return start, false
	}
	raw := []rune(d.line(n.Line))
	if n.Column < 1 || n.Column > len(raw)+1 {
		return start, false
	}
	at, ok := walkScalar(raw[n.Column-1:], n.Value[:offset], n.Style)
	if !ok {
		return start, false
	}
	start.Column += at
	return start, true
}

// walkScalar returns how many characters of the raw text stand for the wanted
// beginning of the value.
func walkScalar(raw []rune, want string, style yaml.Style) (int, bool) {
	at := 0
	if style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		at = 1 // the opening quote
	}
	for _, r := range want {
		if at >= len(raw) {
			return 0, false
		}
		switch {
		case style&yaml.SingleQuotedStyle != 0 && raw[at] == '\'':
			if r != '\'' || at+1 >= len(raw) || raw[at+1] != '\'' {
				return 0, false
			}
			at += 2
		case style&yaml.DoubleQuotedStyle != 0 && raw[at] == '\\':
			n := escapeLength(raw[at:])
			if n == 0 {
				return 0, false
			}
			at += n
		case raw[at] != r:
			return 0, false
		default:
			at++
		}
	}
	return at, true
}

// escapeLength is the number of characters of the escape that raw begins with;
// 0 when it is cut off.
func escapeLength(raw []rune) int {
	if len(raw) < 2 {
		return 0
	}
	n := 2
	switch raw[1] {
	case 'x':
		n = 4
	case 'u':
		n = 6
	case 'U':
		n = 10
	}
	if n > len(raw) {
		return 0
	}
	return n
}

// placeLiteral counts lines and the indentation that YAML takes off.
func (d *document) placeLiteral(n *yaml.Node, offset int, start diag.Pos) (diag.Pos, bool) {
	before := n.Value[:offset]
	down := strings.Count(before, "\n")
	indent := -1
	for _, line := range d.lines[min(n.Line, len(d.lines)):] {
		if trimmed := strings.TrimLeft(line, " "); strings.TrimSpace(trimmed) != "" {
			indent = len(line) - len(trimmed)
			break
		}
	}
	text, _, _ := strings.Cut(n.Value, "\n")
	if indent < 0 || n.Line+down+1 > len(d.lines) {
		return start, false
	}
	if down == 0 && !strings.Contains(d.line(n.Line+1), text) {
		return start, false
	}
	column := utf8.RuneCountInString(before[strings.LastIndex(before, "\n")+1:])
	return diag.Pos{File: d.file, Line: n.Line + 1 + down, Column: indent + column + 1}, true
}

// inside adds a finding about bytes from to to of the value of a scalar.
func (d *document) inside(n *yaml.Node, from, to int, f diag.Diagnostic) {
	pos, exact := d.place(n, from)
	f.Pos, f.Line = pos, d.line(pos.Line)
	if exact {
		to = min(max(to, from), len(n.Value))
		f.Span = utf8.RuneCountInString(strings.SplitN(n.Value[min(from, to):to], "\n", 2)[0])
	} else if f.Cause == "" {
		f.Cause = "in the expression " + diag.Shorten(n.Value, 100)
	}
	d.add(f)
}
