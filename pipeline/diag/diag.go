// Package diag says what is wrong, where, why, and what to do about it.
//
// A [Diagnostic] is about the text of a pipeline. A [Finding] is about data.
// Both are values: they are collected, sorted and shown together, and become
// an error only through [List.Err].
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Severity grades a diagnostic or finding.
type Severity uint8

// The severities, in falling order of weight.
const (
	Error Severity = iota
	Warning
	Note
)

func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	default:
		return "note"
	}
}

// Pos is a place in a text file. Line and Column count from 1, Column in
// characters. The zero Pos means that the place is not known; an unknown place
// is never written as 1:1.
type Pos struct {
	File   string
	Line   int
	Column int
}

// Known reports whether the position names a line.
func (p Pos) Known() bool { return p.Line > 0 }

func (p Pos) String() string {
	switch {
	case p.Line > 0 && p.Column > 0:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	case p.Line > 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return p.File
	}
}

// Diagnostic is one thing that is wrong with the text of a pipeline.
type Diagnostic struct {
	Severity Severity
	Code     string // stable, kebab-case, such as "unknown-column"
	Message  string // what is wrong; lower case, no full stop
	Pos      Pos
	Span     int    // characters from Pos that the caret line underlines; 0 is 1
	Line     string // the text of the line at Pos, for the caret line; "" when not known
	Cause    string // why it is wrong, when the message does not say it
	Hint     string // what to do now, such as `did you mean "email"?`
}

// Text renders the diagnostic with its caret line, without colour. The result
// ends in a newline.
func (d Diagnostic) Text() string {
	var b strings.Builder
	if s := d.Pos.String(); s != "" {
		b.WriteString(s)
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "%s: %s [%s]\n", d.Severity, d.Message, d.Code)
	if d.Line != "" && d.Pos.Column > 0 {
		writeCaret(&b, d)
	}
	if d.Cause != "" {
		fmt.Fprintf(&b, "    cause: %s\n", d.Cause)
	}
	if d.Hint != "" {
		fmt.Fprintf(&b, "    hint: %s\n", d.Hint)
	}
	return b.String()
}

// caretLineMax is the number of characters of a source line that a caret line
// shows; a longer one is cut around the column.
const caretLineMax = 120

func writeCaret(b *strings.Builder, d Diagnostic) {
	runes := []rune(strings.ReplaceAll(strings.TrimRight(d.Line, "\r\n"), "\t", " "))
	column := min(d.Pos.Column, len(runes)+1)
	from := 0
	if column > caretLineMax {
		from = column - caretLineMax/2
	}
	to := min(len(runes), from+caretLineMax)
	fmt.Fprintf(b, "    %s\n", Printable(string(runes[from:to])))
	end := min(to, column-1+max(1, d.Span))
	carets := 1
	if column-1 < end {
		carets = max(1, cells(runes[column-1:end]))
	}
	fmt.Fprintf(b, "    %s%s\n", strings.Repeat(" ", cells(runes[from:column-1])), strings.Repeat("^", carets))
}

// List holds diagnostics in the order of their positions.
type List []Diagnostic

// Sort orders the list by file, line and column, errors first at one place.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Column, b.Pos.Column), cmp.Compare(a.Severity, b.Severity),
			cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
}

// HasErrors reports whether any diagnostic is an error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Err returns nil when the list holds no error, and an error that carries the
// whole list otherwise. It is the only way from a list to an error.
func (l List) Err() error {
	if !l.HasErrors() {
		return nil
	}
	return &ListError{List: l}
}

// Text renders every diagnostic, one after the other.
func (l List) Text() string {
	var b strings.Builder
	for _, d := range l {
		b.WriteString(d.Text())
	}
	return b.String()
}

// ListError is a list of diagnostics of which at least one is an error.
type ListError struct{ List List }

func (e *ListError) Error() string { return strings.TrimRight(e.List.Text(), "\n") }

// Finding is one thing that is wrong with data: what, which rule said so, and
// the number of rows it was seen on.
type Finding struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`
	Message  string   `json:"message"`
	Where    string   `json:"where,omitempty"` // origin, such as exhibitors.csv:17
	Rule     string   `json:"rule,omitempty"`  // place of the rule or expression, such as p.yaml:40:12
	Hint     string   `json:"hint,omitempty"`
	Count    int      `json:"count,omitempty"` // of what the message counts, else of rows, when more than one
	More     int      `json:"more,omitempty"`  // findings of the same code and rule for which this one stands, since they are not listed
}

// Found is how many findings a list tells of, with those that are not listed.
func Found(list []Finding) int {
	n := 0
	for i := range list {
		n += max(1, list[i].More)
	}
	return n
}

// Clone returns the finding with texts of its own, where they may be parts of a
// row whose memory is used again.
func (f Finding) Clone() Finding {
	f.Message, f.Where, f.Hint = strings.Clone(f.Message), strings.Clone(f.Where), strings.Clone(f.Hint)
	return f
}

func (f Finding) String() string {
	var b strings.Builder
	if f.Where != "" {
		b.WriteString(f.Where)
		b.WriteString(": ")
	}
	b.WriteString(f.Message)
	if f.Count > 1 && (f.Rule != "" || !f.counted()) { // what a rule says is its author's
		fmt.Fprintf(&b, " (%d rows)", f.Count)
	}
	if f.Rule != "" {
		fmt.Fprintf(&b, " (%s)", f.Rule)
	}
	if f.Hint != "" {
		fmt.Fprintf(&b, "; %s", f.Hint)
	}
	return b.String()
}

// counted reports whether the message tells the number itself, and of what.
func (f *Finding) counted() bool {
	digit := func(r rune) bool { return r >= '0' && r <= '9' }
	numbers := strings.FieldsFunc(f.Message, func(r rune) bool { return !digit(r) })
	return slices.Contains(numbers, strconv.Itoa(f.Count))
}

// MarshalText writes the severity as a word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the words that MarshalText writes.
func (s *Severity) UnmarshalText(b []byte) error {
	switch string(b) {
	case "error":
		*s = Error
	case "warning":
		*s = Warning
	case "note":
		*s = Note
	default:
		return fmt.Errorf("unknown severity %q", b)
	}
	return nil
}
