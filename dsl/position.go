package dsl

import (
	"strconv"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// spot is a place in the file; both count from 1, columns in characters.
type spot struct{ line, column int }

// start is where the content of a node begins, after its anchor and tag.
func (d *document) start(n *yaml.Node) spot {
	at := spot{n.Line, n.Column}
	if n.Kind != yaml.ScalarNode || n.Value == "" || n.Anchor == "" && n.Style&yaml.TaggedStyle == 0 {
		return at
	}
	for at.line <= len(d.lines) {
		raw := []rune(d.line(at.line))
		i := at.column - 1
		for i < len(raw) && isBlank(raw[i]) {
			i++
		}
		switch {
		case i >= len(raw) || raw[i] == '#':
			at = spot{at.line + 1, 1}
		case raw[i] == '&' || raw[i] == '!':
			for i < len(raw) && !isBlank(raw[i]) {
				i++
			}
			at.column = i + 1
		default:
			return spot{at.line, i + 1}
		}
	}
	return spot{n.Line, n.Column}
}

// width is the number of characters of a scalar that stands on one line; 0 for
// everything else.
func (d *document) width(n *yaml.Node) int {
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return 0
	}
	marks, from := d.marks(n), d.start(n)
	if len(marks) == 0 || marks[len(marks)-1].line != from.line {
		return 0
	}
	to := marks[len(marks)-1].column
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		to++
	}
	return to - from.column
}

// place returns where byte offset of the value of a scalar stands in the file,
// and whether that is exact; otherwise only the start of the scalar is known.
func (d *document) place(n *yaml.Node, offset int) (diag.Pos, bool) { return d.places(n)(offset) }

// places is place for one scalar, looked at once. The result may be called by
// several goroutines.
func (d *document) places(n *yaml.Node) func(offset int) (diag.Pos, bool) {
	var marks []spot
	if n.Kind == yaml.ScalarNode {
		marks = d.marks(n)
	}
	start, value, file := d.start(n), n.Value, d.file
	return func(offset int) (diag.Pos, bool) {
		at := start
		if marks != nil {
			offset = min(max(offset, 0), len(value))
			at = marks[utf8.RuneCountInString(value[:offset])]
		}
		return diag.Pos{File: file, Line: at.line, Column: at.column}, marks != nil
	}
}

// marks returns where each character of the value of a scalar stands, and where
// the value ends. It reads the text of the scalar once more, as YAML does, and
// returns nil unless it reads the very same value.
func (d *document) marks(n *yaml.Node) []spot {
	from := d.start(n)
	w := &scalarWalk{d: d, want: []rune(n.Value)}
	if from.line < 1 || from.column < 1 {
		return nil
	}
	w.to(from)
	ok := false
	switch n.Style &^ (yaml.TaggedStyle | yaml.FlowStyle) {
	case yaml.LiteralStyle:
		ok = w.block(false)
	case yaml.FoldedStyle:
		ok = w.block(true)
	case yaml.SingleQuotedStyle:
		w.at.column++
		ok = w.flow('\'')
	case yaml.DoubleQuotedStyle:
		w.at.column++
		ok = w.flow('"')
	default:
		ok = w.flow(0)
	}
	if !ok {
		return nil
	}
	return append(w.marks, w.at)
}

// scalarWalk reads the text of a scalar and compares it with the value that is
// known.
type scalarWalk struct {
	d     *document
	want  []rune
	marks []spot
	at    spot   // what is read next
	raw   []rune // the line of at
}

func (w *scalarWalk) to(at spot) { w.at, w.raw = at, []rune(w.d.line(at.line)) }

func (w *scalarWalk) done() bool { return len(w.marks) == len(w.want) }

// emit notes that the next character of the value is r and stands at a place.
func (w *scalarWalk) emit(r rune, at spot) bool {
	if w.done() || w.want[len(w.marks)] != r {
		return false
	}
	w.marks = append(w.marks, at)
	return true
}

// flow reads a plain scalar or, after its opening quote, a quoted one.
func (w *scalarWalk) flow(quote rune) bool {
	for !w.done() {
		i := w.at.column - 1
		if allBlank(w.raw[min(i, len(w.raw)):]) {
			if !w.fold(false) {
				return false
			}
			continue
		}
		ok, width := true, 1
		switch r := w.raw[i]; {
		case quote == '\'' && r == '\'':
			ok, width = i+1 < len(w.raw) && w.raw[i+1] == '\'' && w.emit(r, w.at), 2
		case quote == '"' && r == '"':
			return false
		case quote == '"' && r == '\\' && i+1 == len(w.raw):
			if !w.fold(true) {
				return false
			}
			continue
		case quote == '"' && r == '\\':
			decoded, n := unescape(w.raw[i+1:])
			ok, width = n > 0 && w.emit(decoded, w.at), 1+n
		default:
			ok = w.emit(r, w.at)
		}
		if !ok {
			return false
		}
		w.at.column += width
	}
	return true
}

// fold goes to the next line that is not blank. One line break stands for a
// space, several for one less; one that is escaped stands for nothing.
func (w *scalarWalk) fold(escaped bool) bool {
	end, breaks := w.at, 1
	for w.to(spot{w.at.line + 1, 1}); allBlank(w.raw); w.to(spot{w.at.line + 1, 1}) {
		if breaks++; w.at.line > len(w.d.lines) {
			return false
		}
	}
	for isBlank(w.raw[w.at.column-1]) {
		w.at.column++
	}
	if breaks == 1 && !escaped {
		return w.emit(' ', end)
	}
	for range breaks - 1 {
		if !w.emit('\n', end) {
			return false
		}
	}
	return true
}

// block reads a literal or folded scalar below its | or >. How far it is
// indented is found by trying: only one indentation gives the known value.
func (w *scalarWalk) block(folded bool) bool {
	header := w.at.line
	first := header + 1
	for first <= len(w.d.lines) && allBlank([]rune(w.d.line(first))) {
		first++
	}
	for indent := leadingSpaces([]rune(w.d.line(first))); indent >= 0; indent-- {
		w.marks = w.marks[:0]
		if w.blockAt(header, indent, folded) {
			return true
		}
	}
	return false
}

func (w *scalarWalk) blockAt(header, indent int, folded bool) bool {
	var blanks []spot           // breaks of blank lines that are still to be told
	var last spot               // the break of the last line that was not blank
	read, inset := false, false // whether there was one, and whether it began with a blank
	for line := header + 1; line <= len(w.d.lines) && !w.done(); line++ {
		raw := []rune(w.d.line(line))
		lead := min(leadingSpaces(raw), indent)
		rest := raw[lead:]
		if len(rest) == 0 {
			blanks = append(blanks, spot{line, len(raw) + 1})
			continue
		}
		if lead < indent {
			break
		}
		blank := isBlank(rest[0])
		switch joined := folded && read && !inset && !blank; {
		case joined && len(blanks) == 0:
			if !w.emit(' ', last) {
				return false
			}
		case read && !joined:
			blanks = append([]spot{last}, blanks...)
		}
		if !w.breaks(blanks) {
			return false
		}
		blanks, read, inset = nil, true, blank
		for i, r := range rest {
			if !w.emit(r, spot{line, indent + i + 1}) {
				return false
			}
		}
		last = spot{line, len(raw) + 1}
		w.at = last
	}
	if read {
		blanks = append([]spot{last}, blanks...)
	}
	return w.breaks(blanks[:min(len(blanks), len(w.want)-len(w.marks))]) && w.done()
}

func (w *scalarWalk) breaks(at []spot) bool {
	for _, s := range at {
		if !w.emit('\n', s) {
			return false
		}
	}
	return true
}

// unescape reads what follows a backslash in a double-quoted scalar; n is the
// number of characters, 0 when it is no escape.
func unescape(raw []rune) (r rune, n int) {
	digits := 0
	switch raw[0] {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	}
	if digits > 0 {
		if len(raw) < 1+digits {
			return 0, 0
		}
		code, err := strconv.ParseUint(string(raw[1:1+digits]), 16, 32)
		if err != nil {
			return 0, 0
		}
		return rune(code), 1 + digits
	}
	if r, ok := escapes[raw[0]]; ok {
		return r, 1
	}
	return 0, 0
}

// escapes are the escapes of one character that YAML knows.
var escapes = map[rune]rune{'0': 0, 'a': 7, 'b': 8, 't': '\t', '\t': '\t', 'n': '\n', 'v': 11, 'f': 12, 'r': '\r', 'e': 27, ' ': ' ',
	'"': '"', '\\': '\\', 'N': 0x85, '_': 0xa0, 'L': 0x2028, 'P': 0x2029}

func isBlank(r rune) bool { return r == ' ' || r == '\t' }

func allBlank(raw []rune) bool {
	for _, r := range raw {
		if !isBlank(r) {
			return false
		}
	}
	return true
}

func leadingSpaces(raw []rune) int {
	n := 0
	for n < len(raw) && raw[n] == ' ' {
		n++
	}
	return n
}
