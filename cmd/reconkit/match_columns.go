package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// settleColumns takes the columns to compare from the flag, or guesses them.
// The columns of apart are never guessed: they name rows, or hold the truth.
func (m *matching) settleColumns(given, apart []string) error {
	if len(given) == 0 {
		return m.guessColumns(apart)
	}
	schema := m.rows.table.Schema()
	for _, text := range given {
		at := strings.LastIndexByte(text, '=')
		if at <= 0 {
			return fmt.Errorf("--columns %s: write NAME=KIND, such as mail=email", shown(text))
		}
		name := text[:at]
		kind, err := linkage.ParseKind(text[at+1:])
		if err != nil {
			return fmt.Errorf("--columns %s: %w", shown(text), err)
		}
		if schema.Index(name) < 0 {
			return fmt.Errorf("--columns: %w", noColumn(strings.Join(m.rows.files, " and "), name, schema))
		}
		m.config.Columns = append(m.config.Columns, linkage.Column{Name: name, Kind: kind})
	}
	return nil
}

func (m *matching) guessColumns(apart []string) error {
	found, skipped := linkage.GuessColumns(m.rows.table)
	for _, g := range found {
		if slices.Contains(apart, g.Name) {
			continue
		}
		m.guessed = append(m.guessed, g)
		m.config.Columns = append(m.config.Columns, g.Column)
	}
	for _, g := range skipped {
		if !slices.Contains(apart, g.Name) {
			m.skipped = append(m.skipped, g)
		}
	}
	if len(m.guessed) == 0 {
		return fmt.Errorf("no column of %s looks like one to compare; say which are with --columns NAME=KIND,... (kinds: %s)",
			strings.Join(m.rows.files, " and "), strings.Join(linkage.KindNames(), ", "))
	}
	return nil
}

func (m *matching) columnNames() []string {
	names := make([]string, len(m.config.Columns))
	for i, c := range m.config.Columns {
		names[i] = c.Name
	}
	return names
}

// columnLines say what is compared and why, below each other.
func (m *matching) columnLines() []string {
	width := 0
	for _, c := range m.config.Columns {
		width = max(width, chars(shown(c.Name)))
	}
	var lines []string
	for i, c := range m.config.Columns {
		line := fmt.Sprintf("%s%s  %s", shown(c.Name), strings.Repeat(" ", width-chars(shown(c.Name))), c.Kind)
		if m.guessed != nil {
			line += fmt.Sprintf("%s  %s", strings.Repeat(" ", max(0, kindWidth-len(c.Kind.String()))), shown(m.guessed[i].Why))
		}
		lines = append(lines, line)
	}
	return lines
}

// kindWidth is the length of the longest name of a kind.
const kindWidth = len("house_number")

// skippedShownMax is the number of columns that are named which are left out.
const skippedShownMax = 60

// skippedLine names the columns that are not compared.
func (m *matching) skippedLine() string {
	var parts []string
	for i, s := range m.skipped {
		if i == skippedShownMax {
			parts = append(parts, fmt.Sprintf("and %s more", number(len(m.skipped)-i)))
			break
		}
		text := shown(s.Name)
		if s.Why != "" {
			text += " (" + shown(s.Why) + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}
