package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The form of a preview on a terminal, in columns of the terminal.
const (
	textColumnsDefault = 100 // when the width is not known
	textColumnsLeast   = 40
	sideBySideLeast    = 72 // narrower, the record stands below its row
	nameColumnsMax     = 24
	previewLeadColumns = 2 // before each line
)

// previewCellsMax is the number of cells of one row that are shown.
const previewCellsMax = 60

// textColumns is the width of the terminal.
func (a *app) textColumns() int {
	if n, ok := terminalColumns(a.stdout); ok {
		return max(n, textColumnsLeast)
	}
	if text, ok := a.getenv("COLUMNS"); ok {
		if n, err := strconv.Atoi(text); err == nil {
			return max(n, textColumnsLeast)
		}
	}
	return textColumnsDefault
}

// previewText shows a preview for a person.
func previewText(m *pipeline.Model, out *dsl.PreviewResult, columns int, p painter) string {
	var b strings.Builder
	rejected, shown := 0, 0
	for _, s := range out.Sources {
		for _, r := range s.Rows {
			shown++
			if r.Rejected != nil {
				rejected++
			}
			writePreviewRow(&b, r, columns, p)
		}
	}
	for _, w := range out.Warnings {
		fmt.Fprintf(&b, "%s: %s\n", w.Severity, diag.Printable(w.String()))
	}
	for _, s := range out.Sources {
		fmt.Fprintf(&b, "%s from %s: rows shown: %d", m.Name, s.Name, len(s.Rows))
		if s.Ended {
			b.WriteString(", which are all")
		} else {
			b.WriteString(" (-n)")
		}
		if s.LeftOut > 0 {
			fmt.Fprintf(&b, ", left out by where: %d", s.LeftOut)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "records: %d, rejected: %d; not run: %s\n", shown-rejected, rejected, strings.Join(notRun(out), "; "))
	return b.String()
}

// cellText is one value with its name.
type cellText struct{ name, value string }

// cellsOf are the values of a record that are not null.
func cellsOf(r pipeline.Record) []cellText {
	if r.Batch == nil {
		return nil
	}
	var list []cellText
	for i, name := range r.Batch.Schema().Names() {
		v := r.Value(i)
		text := v.String()
		switch {
		case v.IsErase():
			text = "erase()"
		case v.IsNull():
			continue
		case text == "":
			text = `""`
		}
		list = append(list, cellText{name, text})
	}
	if more := len(list) - previewCellsMax; more > 0 {
		list = append(list[:previewCellsMax:previewCellsMax], cellText{"...", fmt.Sprintf("%d more", more)})
	}
	return list
}

func writePreviewRow(b *strings.Builder, r dsl.PreviewRow, columns int, p painter) {
	b.WriteString(diag.Shorten(r.Origin.String(), 200) + "\n")
	left, right := cellsOf(r.Row), cellsOf(r.Record)
	if r.Rejected != nil {
		word := "rejected: "
		for _, f := range append([]diag.Finding{r.Rejected.Finding}, r.Rejected.Also.Findings...) {
			text := word + diag.Shorten(f.Message, 300)
			if f.Rule != "" {
				text += " (" + f.Rule + ")"
			}
			fmt.Fprintf(b, "  %s\n", p.paint(colourRed, text))
			word = "and: "
		}
		if r.Row.Batch == nil && r.Rejected.Raw != "" {
			fmt.Fprintf(b, "  %s\n", fit(r.Rejected.Raw, columns-previewLeadColumns))
		}
	}
	lead := strings.Repeat(" ", previewLeadColumns)
	if columns < sideBySideLeast || len(right) == 0 {
		for _, line := range cellLines(left, columns-previewLeadColumns) {
			b.WriteString(lead + strings.TrimRight(line, " ") + "\n")
		}
		if len(left) > 0 && len(right) > 0 {
			b.WriteString(lead + "->\n")
		}
		for _, line := range cellLines(right, columns-previewLeadColumns) {
			b.WriteString(lead + strings.TrimRight(line, " ") + "\n")
		}
	} else {
		half := (columns - previewLeadColumns - 3) / 2
		l, x := cellLines(left, half), cellLines(right, half)
		for i := range max(len(l), len(x)) {
			line := strings.Repeat(" ", half)
			if i < len(l) {
				line = l[i]
			}
			line += " | "
			if i < len(x) {
				line += x[i]
			}
			b.WriteString(lead + strings.TrimRight(line, " ") + "\n")
		}
	}
	for _, w := range r.Warnings {
		text := w.Severity.String() + ": " + diag.Shorten(w.Message, 300)
		if w.Rule != "" {
			text += " (" + w.Rule + ")"
		}
		fmt.Fprintf(b, "  %s\n", text)
	}
	b.WriteString("\n")
}

// cellLines writes names and values in two columns of one width together.
func cellLines(cells []cellText, columns int) []string {
	names := 0
	for _, c := range cells {
		names = max(names, textWidth(diag.Printable(c.name)))
	}
	names = min(names, nameColumnsMax, columns*2/5)
	lines := make([]string, len(cells))
	for i, c := range cells {
		lines[i] = padded(fit(c.name, names), names) + "  " + padded(fit(c.value, columns-names-2), columns-names-2)
	}
	return lines
}

// fit makes text printable and cuts it to a number of columns.
func fit(s string, columns int) string {
	if len(s) > 4*columns { // far more than can be shown; the rest need not be looked at
		s = diag.Shorten(s, columns)
	} else {
		s = diag.Printable(s)
	}
	if textWidth(s) <= columns {
		return s
	}
	used := 0
	for i, r := range s {
		w := runeWidth(r)
		if used+w > columns-1 {
			return s[:i] + "…"
		}
		used += w
	}
	return s
}

// padded fills text with blanks to a number of columns.
func padded(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-textWidth(s)))
}

// textWidth is the number of columns that printable text takes on a terminal.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r < 0x7f {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
