package diag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// FormulaGuard keeps spreadsheets from running cells of CSV as formulas, with an
// apostrophe before what they would take for one. They begin a cell not only where the
// file does: many countries have the semicolon between cells, others the comma or the
// tab, so that what stands behind one of these inside of a cell is guarded, too.
type FormulaGuard struct{ separators string }

// formulaSeparators are what spreadsheets begin the next cell at, each in some country or form.
const formulaSeparators = ",;\t"

// GuardFormulas guards cells of a file with this delimiter, which cannot stand in a cell
// without quotes around it.
func GuardFormulas(delimiter byte) FormulaGuard {
	return FormulaGuard{strings.ReplaceAll(formulaSeparators, string(rune(delimiter)), "")}
}

// Guarded is a cell with an apostrophe before each part of it that begins a formula: the
// whole cell, and what stands behind a separator.
func (g FormulaGuard) Guarded(cell string) string {
	if text := []byte(cell); g.Needs(text) {
		return string(g.Append(nil, text))
	}
	return cell
}

// Append appends the guarded form of a cell.
func (g FormulaGuard) Append(b, cell []byte) []byte {
	for {
		end := g.end(cell)
		if beginsFormula(cell[:end]) {
			b = append(b, '\'')
		}
		b = append(b, cell[:end]...)
		if end == len(cell) {
			return b
		}
		b, cell = append(b, cell[end]), cell[end+1:]
	}
}

// Unguarded is the cell of which Guarded made this one. Of a cell that Guarded did not
// make it takes away an apostrophe before what begins a formula.
func (g FormulaGuard) Unguarded(cell string) string {
	var b []byte
	for rest := []byte(cell); ; {
		end := g.end(rest)
		part := rest[:end]
		if beginsFormula(part) && part[0] == '\'' {
			part = part[1:]
		}
		b = append(b, part...)
		if end == len(rest) {
			return string(b)
		}
		b, rest = append(b, rest[end]), rest[end+1:]
	}
}

// Needs reports whether some part of the cell begins a formula.
func (g FormulaGuard) Needs(cell []byte) bool {
	for {
		end := g.end(cell)
		if beginsFormula(cell[:end]) {
			return true
		}
		if end == len(cell) {
			return false
		}
		cell = cell[end+1:]
	}
}

// end is where the part at the beginning of the cell ends. A tab with nothing before it
// but apostrophes is the beginning of a part, not its end.
func (g FormulaGuard) end(cell []byte) int {
	quoted := true
	for i, c := range cell {
		if c < utf8.RuneSelf && strings.IndexByte(g.separators, c) >= 0 && !(quoted && c == '\t') {
			return i
		}
		quoted = quoted && c == '\''
	}
	return len(cell)
}

// beginsFormula reports whether a spreadsheet takes text that stands at the beginning of
// a cell for a formula: a sign of one, behind blanks, quotes and apostrophes, which some
// pass over, or a tab or line break before anything else. Apostrophes change nothing in
// it, so that a guard can be taken away again.
func beginsFormula(text []byte) bool {
	at := 0
	for at < len(text) && text[at] == '\'' {
		at++
	}
	if at < len(text) && (text[at] == '\t' || text[at] == '\r' || text[at] == '\n') {
		return true
	}
	for at < len(text) {
		r, size := rune(text[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[at:])
		}
		switch {
		case r == '=', r == '+', r == '-', r == '@', r == '\uff1d', r == '\uff0b', r == '\uff0d', r == '\uff20': // and their wide forms
			return true
		case r != '"' && r != '\'' && !unicode.IsSpace(r) && r != '\u200b' && r != '\ufeff':
			return false
		}
		at += size
	}
	return false
}
