package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Limits of what explain shows in one line, in characters.
const (
	explainWidth    = 80
	explainNameMax  = 24 // of a column or field, so that values stand below each other
	explainTextMax  = 46 // of a part of an expression, before its value goes to the next line
	explainValueMin = 24 // of a value, however little room there is
	explainCutMark  = 18 // of what says that a value was cut
	explainCutMin   = 8  // of a value that was cut
)

// explainView collects the lines of an explanation.
type explainView struct {
	full, colour bool
	only         string // the field that is told of alone; ""
	b            strings.Builder
}

func (v *explainView) line(format string, args ...any) {
	fmt.Fprintf(&v.b, format, args...)
	v.b.WriteByte('\n')
}

func (v *explainView) bold(text string) string {
	if !v.colour {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

func (v *explainView) title(text string) { v.line("\n%s", v.bold(text)) }

// value writes a value of the data in what room is left after used characters.
func (v *explainView) value(x pipeline.Value, used int) string {
	switch {
	case x.IsErase():
		return "erase()"
	case x.IsNull():
		return "nil"
	}
	limit := max(explainValueMin, explainWidth-used-2)
	switch x.Type() {
	case pipeline.String:
		return `"` + v.text(x.Str(), limit) + `"`
	case pipeline.StringList:
		members := make([]string, len(x.List()))
		for i, m := range x.List() {
			members[i] = strconv.Quote(m)
			if limit -= len(members[i]) + 2; limit <= 0 && !v.full && i+1 < len(members) {
				return fmt.Sprintf("[%s, ... %d members]", v.text(strings.Join(members[:i+1], ", "), explainWidth), len(members))
			}
		}
		return "[" + v.text(strings.Join(members, ", "), explainWidth) + "]"
	default:
		return v.text(x.String(), limit)
	}
}

// text makes text of the data harmless on a terminal, and short unless --full.
func (v *explainView) text(s string, limit int) string {
	switch {
	case v.full:
		return diag.Printable(s)
	case chars(s) > limit:
		return diag.Shorten(s, max(explainCutMin, limit-explainCutMark))
	default:
		return diag.Printable(s)
	}
}

func (v *explainView) explanation(e *dsl.Explanation) {
	for i, r := range e.Rows {
		if i > 0 {
			v.line("")
		}
		v.row(r)
	}
	if e.More > 0 {
		v.line("\n%d more rows answer; --row shows one of them", e.More)
	}
}

func (v *explainView) row(r dsl.RowLife) {
	head := r.Origin.String()
	if id := r.Origin.ID; id != "" && !strings.HasSuffix(head, ":"+id) {
		head += " id " + id
	}
	v.line("%s  (%s of model %s)", v.bold(v.text(head, explainWidth)), v.text(r.Source, explainNameMax), v.text(r.Model, explainNameMax))
	v.verdict(r)
	if len(r.Cells) > 0 {
		v.title("read")
		v.pairs(r.Cells)
	}
	for _, e := range r.Identity {
		v.title(e.Name)
		v.expression(e)
	}
	if r.Where != nil {
		v.title("where")
		v.expression(*r.Where)
	}
	if len(r.Fields) > 0 {
		v.title("map")
	} else if v.only != "" && r.Outcome == dsl.RowKept {
		v.title("map: " + v.text(r.Source, explainNameMax) + " maps nothing to " + v.text(v.only, explainNameMax))
	}
	for _, e := range r.Fields {
		v.line("  %s%s", v.text(e.Name, explainNameMax), place(e.Place))
		v.expression(e)
	}
	v.rules(r.Rules)
	for _, t := range r.Targets {
		v.target(t, r.Origin)
	}
}

func place(p string) string {
	if p == "" {
		return ""
	}
	return "  (" + p + ")"
}

func (v *explainView) verdict(r dsl.RowLife) {
	word := map[dsl.RowOutcome]string{dsl.RowKept: "kept: it is a record of the model", dsl.RowLeftOut: "left out by where",
		dsl.RowRejected: "rejected", dsl.RowUnreadable: "cannot be read", dsl.RowAborts: "ends the run"}[r.Outcome]
	if r.Finding != nil {
		f := *r.Finding
		f.Where = ""
		word += ": " + f.String()
	}
	v.line("%s", word)
}

// pairs writes names and values below each other.
func (v *explainView) pairs(list []dsl.NamedValue) {
	width := 0
	for _, p := range list {
		width = max(width, chars(v.text(p.Name, explainNameMax)))
	}
	for _, p := range list {
		name := v.text(p.Name, explainNameMax)
		v.line("  %s%s  %s", name, strings.Repeat(" ", width-chars(name)), v.value(p.Value, width+4))
	}
}

func chars(s string) int { return utf8.RuneCountInString(s) }

// expression writes each part of an expression with what it gave, the whole
// first.
func (v *explainView) expression(e dsl.ExpressionLife) {
	width := 0
	for _, s := range e.Steps {
		if n := chars(v.step(s)); n <= explainTextMax {
			width = max(width, n)
		}
	}
	for i, s := range e.Steps {
		text := v.step(s)
		if chars(text) > explainTextMax {
			v.line("%s", text)
			text = strings.Repeat(" ", min(width, 6+2*s.Depth))
		}
		at := max(width, chars(text)) + 2
		lines := v.gave(s, at+2)
		if s.Outcome == eval.GaveNull && strings.HasPrefix(s.Text, "lookup(") && strings.HasPrefix(s.Type, "record") {
			lines = []string{"= nil, " + missed(e.Steps[i:])}
		}
		v.line("%s%s%s", text, strings.Repeat(" ", at-chars(text)), lines[0])
		for _, more := range lines[1:] {
			v.line("%s%s", strings.Repeat(" ", 6+2*s.Depth), more)
		}
	}
	if e.Error != nil {
		v.caret(e)
	}
	for _, w := range e.Warnings {
		v.line("    warning: %s", v.text(w, explainWidth))
	}
}

// missed says why a lookup, the first of the steps, found nothing.
func missed(steps []dsl.ExpressionStep) string {
	for _, s := range steps[1:] {
		if s.Depth <= steps[0].Depth {
			break
		}
		if s.Depth == steps[0].Depth+1 && s.Outcome == eval.GaveNull {
			return "its key is nil"
		}
	}
	return "no row has this key"
}

// step is the text of a part, indented by its depth.
func (v *explainView) step(s dsl.ExpressionStep) string {
	text := strings.Repeat("  ", 2+s.Depth)
	if s.Member != nil {
		text += fmt.Sprintf("[%d] ", *s.Member)
	}
	return text + v.text(strings.Join(strings.Fields(s.Text), " "), explainWidth-len(text)-16)
}

// gave is what a part gave. A record takes several lines when one is too short.
func (v *explainView) gave(s dsl.ExpressionStep, used int) []string {
	more := ""
	if s.More > 0 {
		more = fmt.Sprintf("  (%d more members)", s.More)
	}
	if s.Opaque {
		more += "  (its parts cannot be shown)"
	}
	switch s.Outcome {
	case eval.NotEvaluated:
		return []string{"not evaluated"}
	case eval.Stopped:
		return []string{"failed inside" + more}
	case eval.Failed:
		return []string{"error: " + v.text(s.Error, 4*explainWidth) + more}
	}
	if len(s.Fields) == 0 && s.Found == nil {
		return []string{"= " + v.value(s.Value, used) + more}
	}
	head := "= a record"
	if s.Found != nil {
		head = "= row " + v.text(s.Found.String(), explainWidth)
	}
	lines, indent := []string{head}, 6+2*s.Depth
	for i, f := range s.Fields {
		part := v.text(f.Name, explainNameMax) + " " + v.value(f.Value, explainWidth/2)
		if i+1 < len(s.Fields) {
			part += ","
		}
		last := len(lines) - 1
		if i > 0 && indent+chars(lines[last])+1+chars(part) <= explainWidth {
			lines[last] += " " + part
		} else {
			lines = append(lines, part)
		}
	}
	return lines
}

// caret points at the part of an expression that failed.
func (v *explainView) caret(e dsl.ExpressionLife) {
	from := strings.LastIndexByte(e.Text[:e.Error.From], '\n') + 1
	line, _, _ := strings.Cut(e.Text[from:], "\n")
	d := diag.Diagnostic{Line: line, Pos: diag.Pos{Line: 1, Column: 1 + chars(e.Text[from:e.Error.From])},
		Span: chars(e.Text[e.Error.From:max(e.Error.From, min(e.Error.To, from+len(line)))])}
	_, below, _ := strings.Cut(d.Text(), "\n")
	for _, l := range strings.Split(strings.TrimRight(below, "\n"), "\n") {
		v.line("    %s", strings.TrimRight(l, " "))
	}
	if e.Error.Place != "" {
		v.line("        at %s", e.Error.Place)
	}
}

func (v *explainView) rules(rules []dsl.RuleLife) {
	if len(rules) == 0 {
		return
	}
	v.title("validate")
	for _, r := range rules {
		name := r.Rule
		if r.Field != "" {
			name = r.Field + ": " + name
		}
		result := map[dsl.RuleOutcome]string{dsl.RuleHolds: "holds", dsl.RuleSet: "set", dsl.RuleWarned: "warns", dsl.RuleRejected: "REJECTS", dsl.RuleAborted: "ENDS THE RUN",
			dsl.RuleNotReached: "not looked at: the row was rejected before", dsl.RuleWholeModel: "looks at all rows of the model"}[r.Outcome]
		v.line("  %s%s: %s", v.text(strings.Join(strings.Fields(name), " "), explainTextMax), place(r.Place), result)
		if r.Outcome == dsl.RuleSet {
			v.line("    %s -> %s", v.value(r.Before, explainWidth/2), v.value(r.After, explainWidth/2))
		}
		if r.Message != "" {
			v.line("    %s", v.text(r.Message, 4*explainWidth))
		}
		for _, e := range r.Parts {
			v.expression(e)
		}
	}
}
