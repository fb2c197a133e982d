package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The colours of a report.
const (
	colourRed   = "\x1b[31m"
	colourGreen = "\x1b[32m"
	colourDim   = "\x1b[2m"
	colourOff   = "\x1b[0m"
)

// painter puts colours around text, or does not.
type painter bool

func (p painter) paint(colour, text string) string {
	if !p || text == "" {
		return text
	}
	return colour + text + colourOff
}

// testText shows the results for a person.
func (a *app) testText(files []*testFile) error {
	p := painter(a.colour(a.stdout))
	var b strings.Builder
	ran, failed := 0, 0
	for _, f := range files {
		b.WriteString(f.invalid.Text())
		if len(files) > 1 && len(f.results) > 0 {
			fmt.Fprintf(&b, "%s\n", f.path)
		}
		for _, r := range f.results {
			writeResult(&b, p, r.TestResult)
		}
		if f.tests == 0 && len(f.invalid) == 0 {
			fmt.Fprintf(&b, "%s has no tests\n", f.path)
		}
		ran, failed = ran+len(f.results), failed+f.failed()
	}
	switch {
	case failed > 0:
		b.WriteString(p.paint(colourRed, fmt.Sprintf("%d of %d tests failed", failed, ran)) + "\n")
	case ran == 1:
		b.WriteString(p.paint(colourGreen, "1 test passed") + "\n")
	case ran > 1:
		b.WriteString(p.paint(colourGreen, fmt.Sprintf("%d tests passed", ran)) + "\n")
	}
	_, err := io.WriteString(a.stdout, b.String())
	return err
}

func writeResult(b *strings.Builder, p painter, r dsl.TestResult) {
	if r.Passed() {
		fmt.Fprintf(b, "%s  %s\n", p.paint(colourGreen, "ok  "), diag.Shorten(r.Name, 120))
		return
	}
	fmt.Fprintf(b, "%s  %s (%s)\n", p.paint(colourRed, "FAIL"), diag.Shorten(r.Name, 120), r.Pos)
	for _, d := range r.Differences {
		writeDifference(b, p, d)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(b, "      %s: %s\n", w.Severity, diag.Printable(w.String()))
	}
}

// headline says what is not as expected, without the fields.
func headline(d dsl.TestDifference) string {
	made := ""
	if len(d.Rows) > 0 {
		list := make([]string, len(d.Rows))
		for i, o := range d.Rows {
			list[i] = o.String()
		}
		made = ", made of the row of " + strings.Join(list, " and ")
	}
	switch d.Kind {
	case dsl.RecordDiffers:
		return "a record differs" + made
	case dsl.RecordMissing:
		return "a record is missing"
	case dsl.RecordUnexpected:
		return "a record is not expected" + made
	case dsl.RejectMissing:
		return "no row is rejected with the reason " + shownText(d.Reason)
	case dsl.RejectUnexpected:
		text := "a row is rejected: " + diag.Shorten(d.Reason, 300)
		if d.Rule != "" {
			text += " (" + d.Rule + ")"
		}
		return text + strings.Replace(made, "made of", "it is", 1)
	case dsl.Aborted:
		return "the run ended: " + diag.Shorten(d.Reason, 300)
	default:
		return diag.Shorten(d.Reason, 300)
	}
}

func writeDifference(b *strings.Builder, p painter, d dsl.TestDifference) {
	lead := "      "
	if d.Model != "" {
		lead += d.Model + ": "
	}
	fmt.Fprintf(b, "%s%s (%s)\n", lead, headline(d), d.Pos)
	name := 0
	for _, f := range d.Fields {
		name = max(name, textWidth(f.Field))
	}
	for _, f := range d.Fields {
		if !f.Differs {
			continue
		}
		got, want := shownPair(f.Got, f.Want)
		lead := "        " + padded(f.Field, name)
		if d.Kind != dsl.RecordMissing {
			fmt.Fprintf(b, "%s  got   %s\n", lead, p.paint(colourRed, got))
			lead = strings.Repeat(" ", name+8)
		}
		if d.Kind != dsl.RecordUnexpected {
			place := ""
			if f.Pos.Known() {
				place = p.paint(colourDim, "  "+f.Pos.String())
			}
			fmt.Fprintf(b, "%s  want  %s%s\n", lead, p.paint(colourGreen, want), place)
			lead = strings.Repeat(" ", name+8)
		}
		for _, m := range f.Made {
			fmt.Fprintf(b, "%s  from  %s\n", lead, p.paint(colourDim, diag.Shorten(m.Text, shownValueMax)+"  "+m.Pos.String()))
		}
		for _, place := range f.Set {
			fmt.Fprintf(b, "%s  set   %s\n", lead, p.paint(colourDim, "by the rule  "+place))
		}
		if d.Kind == dsl.RecordDiffers && len(f.Made) == 0 {
			fmt.Fprintf(b, "%s  from  %s\n", lead, p.paint(colourDim, "no source of these rows maps this field"))
		}
	}
}

// shownValueMax is the number of characters of a value or expression that a
// report shows.
const shownValueMax = 100

// shownPair shows two values; of long ones the part where they begin to differ.
func shownPair(got, want pipeline.Value) (string, string) {
	a, b := shownValue(got), shownValue(want)
	if utf8.RuneCountInString(a) <= shownValueMax && utf8.RuneCountInString(b) <= shownValueMax {
		return a, b
	}
	x, y := []rune(a), []rune(b)
	from := 0
	for from < len(x) && from < len(y) && x[from] == y[from] {
		from++
	}
	from = max(0, from-shownValueMax/4)
	return window(x, from), window(y, from)
}

// window is a part of a text with marks where it was cut.
func window(text []rune, from int) string {
	from = min(from, len(text))
	to := min(len(text), from+shownValueMax)
	part := string(text[from:to])
	if from > 0 {
		part = fmt.Sprintf("... (%d characters) %s", from, part)
	}
	if to < len(text) {
		part = fmt.Sprintf("%s ... (%d more characters)", part, len(text)-to)
	}
	return part
}

// shownValue writes a value so that values that differ look different: text in
// quotes, with an escape for everything that a terminal would hide or act on.
func shownValue(v pipeline.Value) string {
	switch {
	case v.IsErase():
		return "erase()"
	case v.IsNull():
		return "null"
	}
	switch v.Type() {
	case pipeline.String:
		return shownText(v.Str())
	case pipeline.StringList:
		list := make([]string, len(v.List()))
		for i, s := range v.List() {
			list[i] = shownText(s)
		}
		return "[" + strings.Join(list, ", ") + "]"
	default:
		return v.String()
	}
}

func shownText(s string) string { return `"` + strings.ReplaceAll(diag.Printable(s), `"`, `\"`) + `"` }
