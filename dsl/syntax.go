package dsl

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline/diag"
)

var syntaxLine = regexp.MustCompile(`^line \d+: `)

// syntaxErrorsMax is the number of lines of a file that are left out so that the
// rest can be looked at.
const syntaxErrorsMax = 8

// salvage reports a syntax error and reads the file without the value that it is
// about, so that one missing quote does not hide everything else. The root is nil
// when that does not help. Where each error is on a line of its own with a key
// before it, all are reported.
func (d *document) salvage(err error) (root, second *yaml.Node) {
	d.syntax(err, d.lines)
	lines, first := slices.Clone(d.lines), len(d.found)
	lost := map[int]bool{}
	for err != nil {
		line := d.found[len(d.found)-1].Pos.Line
		key := keyedValue.FindStringIndex(d.line(line))
		if key == nil || lost[line] || len(lost) == syntaxErrorsMax || strings.ContainsAny(d.line(line)[key[1]:min(key[1]+1, len(d.line(line)))], "{[|>") {
			d.found = d.found[:first] // what follows from the first error is no news
			return nil, nil
		}
		lost[line] = true
		lines[line-1] = d.line(line)[:key[1]]
		if root, second, err = unmarshal([]byte(strings.Join(lines, "\n"))); err != nil {
			d.syntax(err, lines)
		}
	}
	if root == nil || root.Kind != yaml.MappingNode || root.Line > len(lines) {
		d.found = d.found[:first]
		return nil, nil
	}
	d.lost = lost
	return root, second
}

// syntax turns the error of the YAML library about some lines into a diagnostic
// with the usual cause.
func (d *document) syntax(err error, lines []string) {
	text := syntaxText(err)
	line := failingLine(lines, text)
	if strings.HasPrefix(text, "unknown anchor") {
		text = "an alias (*) names an anchor that is not there"
	}
	f := diag.Diagnostic{Code: "yaml-syntax", Message: "not valid YAML: " + diag.Shorten(strings.TrimSpace(text), 200), Pos: diag.Pos{File: d.file, Line: line}}
	if c, ok := d.usualCause(text, line); ok {
		f.Pos.Line, f.Pos.Column, f.Cause, f.Hint = c.at.line, c.at.column, c.cause, c.hint
	}
	d.add(f)
}

// syntaxText is the error without the line that the library names: that is
// where the surrounding mapping or list begins.
func syntaxText(err error) string {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:\n")
	return strings.TrimSpace(syntaxLine.ReplaceAllString(text, ""))
}

// failingLine is the line at which the library gives up: the last of the
// shortest beginning of the file that fails in the same way.
func failingLine(lines []string, text string) int {
	n := sort.Search(len(lines), func(n int) bool {
		_, _, err := unmarshal([]byte(strings.Join(lines[:n], "\n") + "\n"))
		return err != nil && syntaxText(err) == text
	})
	return min(n, len(lines))
}

// usual is a mistake that is often made, and where.
type usual struct {
	at          spot
	cause, hint string
}

// syntaxBackMax is the number of lines before an error that are looked at for
// a quote that was not closed.
const syntaxBackMax = 40

// usualCause looks at the line of a syntax error for what is most often wrong
// there, and before it for a quote that was not closed.
func (d *document) usualCause(text string, line int) (usual, bool) {
	if u, ok := d.mistake(text, line); ok {
		return u, true
	}
	for n := line - 1; n > 0 && n > line-syntaxBackMax; n-- {
		if u, ok := openQuote("", d.line(n)); ok {
			u.at.line = n
			return u, true
		}
	}
	return usual{}, false
}

func (d *document) mistake(text string, n int) (usual, bool) {
	for _, look := range []func(text, line string) (usual, bool){tabIndent, unknownEscape, foreignStart, unquotedColon, anchorStart, flowReference, flowColon, flowText, flowQuestion, afterQuote, openQuote, openBracket, indentation, noColon} {
		if u, ok := look(text, d.line(n)); ok {
			u.at.line = n
			return u, true
		}
	}
	return d.overIndented(text, n)
}

// overIndented is a key that is indented further than the key above it, which has a
// value already.
func (d *document) overIndented(text string, n int) (usual, bool) {
	line := d.line(n)
	depth := indentOf(line)
	if !strings.Contains(text, "mapping values") || !indentedKey.MatchString(line) {
		return usual{}, false
	}
	for above := n - 1; above > 0 && above > n-syntaxBackMax; above-- {
		before := d.line(above)
		if strings.TrimSpace(before) == "" || indentOf(before) >= depth {
			continue
		}
		key := keyedValue.FindStringIndex(before)
		if key == nil || key[1] == len(before) {
			return usual{}, false
		}
		at := column(line, depth)
		at.line = n
		return usual{at, fmt.Sprintf("the line is indented further than line %d, whose key has a value already", above), "keys of one mapping begin in the same column; a key with a mapping below it has nothing behind its colon"}, true
	}
	return usual{}, false
}

// indentOf is the number of spaces before a line.
func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// column is the column of a byte of a line.
func column(line string, at int) spot { return spot{column: utf8.RuneCountInString(line[:at]) + 1} }

func tabIndent(_, line string) (usual, bool) {
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	at := strings.IndexByte(indent, '\t')
	if at < 0 || strings.TrimSpace(line) == "" {
		return usual{}, false
	}
	return usual{column(line, at), "the line is indented with a tab", "indent with spaces"}, true
}

var (
	keyedValue  = regexp.MustCompile(`^\s*(?:- +)*(?:"[^"]*"|'[^']*'|[^\s"'#:\[{][^:"'#]*):\s+`)
	indentedKey = regexp.MustCompile(`^ +(?:"[^"]*"|'[^']*'|[^\s"'#:\[{][^:"'#]*):(\s|$)`)
	secondColon = regexp.MustCompile(`:(\s|$)`)
	flowBracket = regexp.MustCompile(`(?:[\w)\]]|\bin\s+)([\[(])`)
	flowMark    = regexp.MustCompile(`[^\s{\[,](?:\s*)(\?{1,2})(?:\s|$)`)
	flowOpen    = regexp.MustCompile(`^\s*(?:- +)*(?:[\w."' -]+:\s+)?[{\[]`)
)

// unquotedColon is a colon and a space in a plain value.
func unquotedColon(text, line string) (usual, bool) {
	if !strings.Contains(text, "mapping values") {
		return usual{}, false
	}
	key := keyedValue.FindStringIndex(line)
	if key == nil || strings.ContainsAny(line[key[1]:min(key[1]+1, len(line))], `"'|>{[`) {
		return usual{}, false
	}
	value, _, _ := strings.Cut(line[key[1]:], " #") // and no comment
	m := secondColon.FindStringIndex(value)
	if m == nil {
		return usual{}, false
	}
	return usual{column(line, key[1]+m[0]), "the value holds a colon and is not quoted", "write the value in single quotes, or below | on lines of its own"}, true
}

var foreignEscape = regexp.MustCompile(`^[^"]*"(?:[^"\\]|\\["\\0abtnvfre N_LPxuU\t])*(\\.)`)

// unknownEscape is a backslash in double quotes that begins no escape of YAML.
func unknownEscape(text, line string) (usual, bool) {
	m := foreignEscape.FindStringSubmatchIndex(line)
	if m == nil || !strings.Contains(text, "escape character") {
		return usual{}, false
	}
	return usual{column(line, m[2]), "between double quotes a backslash begins an escape of YAML", "write the value in single quotes, where a backslash is a backslash"}, true
}

// foreignStart is a value that begins with a character that YAML keeps.
func foreignStart(text, line string) (usual, bool) {
	if !strings.Contains(text, "cannot start any token") {
		return usual{}, false
	}
	key := keyedValue.FindStringIndex(line)
	if key == nil || key[1] >= len(line) || !strings.ContainsAny(line[key[1]:key[1]+1], "@`%") {
		return usual{}, false
	}
	return usual{column(line, key[1]), "a value cannot begin with this character", "write the value in single quotes"}, true
}

// anchorStart is a value that begins with *, which YAML takes for an alias.
func anchorStart(_, line string) (usual, bool) {
	key := keyedValue.FindStringIndex(line)
	if key == nil || key[1] >= len(line) || line[key[1]] != '*' {
		return usual{}, false
	}
	return usual{column(line, key[1]), "a value that begins with * is an alias", "write the value in single quotes"}, true
}

// flowReference is ${NAME} inside { }, whose brace ends the mapping.
func flowReference(_, line string) (usual, bool) {
	open := flowOpen.FindStringIndex(line)
	if open == nil {
		return usual{}, false
	}
	at := strings.Index(line, ": ${")
	if at < open[1] {
		return usual{}, false
	}
	return usual{column(line, at+2), "inside { } the brace of ${...} ends the mapping", "write the reference in double quotes, or the mapping on lines of its own"}, true
}

// flowSecondColon is a value inside { } that is not quoted and holds a colon
// and a space.
var flowSecondColon = regexp.MustCompile(`[{,]\s*[\w.-]+:\s+[^"'{\[,}\s][^,{}"']*?(:)\s`)

// flowColon is a colon in a plain value inside { }.
func flowColon(_, line string) (usual, bool) {
	m := flowSecondColon.FindStringSubmatchIndex(line)
	if m == nil {
		return usual{}, false
	}
	return usual{column(line, m[2]), "inside { } the value holds a colon and is not quoted", "write the value in single quotes"}, true
}

// flowText is an expression inside { } or [ ] with characters that end a value
// there.
func flowText(_, line string) (usual, bool) {
	open := flowOpen.FindStringIndex(line)
	if open == nil {
		return usual{}, false
	}
	m := flowBracket.FindStringSubmatchIndex(line[open[1]:])
	if m == nil {
		return usual{}, false
	}
	return usual{column(line, open[1]+m[2]), "inside { } and [ ] brackets and commas end a value", "write the mapping on lines of its own, or the value in single quotes"}, true
}

// flowQuestion is a question mark and a space inside { } or [ ], with which YAML
// begins a key.
func flowQuestion(_, line string) (usual, bool) {
	open := flowOpen.FindStringIndex(line)
	if open == nil {
		return usual{}, false
	}
	m := flowMark.FindStringSubmatchIndex(line[open[1]:])
	if m == nil {
		return usual{}, false
	}
	return usual{column(line, open[1]+m[2]), "inside { } and [ ] a question mark and a space end a value", "write the value in single quotes, or the mapping on lines of its own"}, true
}

// afterQuote is text behind the closing quote of a value.
func afterQuote(_, line string) (usual, bool) {
	key := keyedValue.FindStringIndex(line)
	if key == nil || key[1] >= len(line) || !strings.ContainsAny(line[key[1]:key[1]+1], `"'`) {
		return usual{}, false
	}
	quote := line[key[1] : key[1]+1]
	end := strings.Index(line[key[1]+1:], quote)
	if end < 0 {
		return usual{}, false
	}
	after := key[1] + 1 + end + 1
	rest := strings.TrimLeft(line[after:], " \t")
	if rest == "" || strings.HasPrefix(rest, "#") || strings.HasPrefix(line[after:], quote) {
		return usual{}, false
	}
	return usual{column(line, len(line)-len(rest)), "the value begins with a quote, so that it ends at the next one", "write the whole expression in single quotes, or below | on lines of its own"}, true
}

// openQuote is a value whose quote is not closed on its line.
func openQuote(_, line string) (usual, bool) {
	key := keyedValue.FindStringIndex(line)
	if key == nil || key[1] >= len(line) || !strings.ContainsAny(line[key[1]:key[1]+1], `"'`) {
		return usual{}, false
	}
	if strings.Count(line[key[1]:], line[key[1]:key[1]+1])%2 == 0 {
		return usual{}, false
	}
	return usual{column(line, key[1]), "a quote is opened and not closed on this line", "close it, or write the value below | on lines of its own"}, true
}

// openBracket is a bracket of a flow mapping or list that is not closed on its
// line.
func openBracket(text, line string) (usual, bool) {
	if !strings.Contains(text, "expected ',' or") || flowOpen.FindString(line) == "" {
		return usual{}, false
	}
	var open []int
	for i, r := range line {
		switch r {
		case '{', '[':
			open = append(open, i)
		case '}', ']':
			open = open[:max(0, len(open)-1)]
		}
	}
	if len(open) == 0 {
		return usual{}, false
	}
	return usual{column(line, open[len(open)-1]), "the bracket that opens here is not closed on this line", "close it, or put a comma between its members"}, true
}

// indentation is a line that begins further left or right than its neighbours.
func indentation(text, line string) (usual, bool) {
	first := strings.TrimLeft(line, " ")
	if first == "" || !strings.Contains(text, "did not find expected key") && !strings.Contains(text, "expected '-' indicator") {
		return usual{}, false
	}
	return usual{column(line, len(line)-len(first)), "the line is not indented like those that it belongs to", "keys of one mapping, and the dashes of one list, begin in the same column"}, true
}

// noColon is a line that should be a key.
func noColon(text, line string) (usual, bool) {
	first := strings.TrimLeft(line, " ")
	if first == "" || !strings.Contains(text, "could not find expected ':'") {
		return usual{}, false
	}
	return usual{column(line, len(line)-len(first)), "there is no colon after the key", "write KEY: VALUE, with a space after the colon"}, true
}
