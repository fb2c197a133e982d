package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// settleColumns takes the columns to compare from the flag, or guesses them.
// The columns of apart are never guessed: they name rows, or hold the truth.
func (m *matching) settleColumns(f matchFlags, apart []string) error {
	if len(f.columns) == 0 {
		return m.guessColumns(f, apart)
	}
	schema := m.rows.table.Schema()
	for _, text := range f.columns {
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

// columnFlag is columns as --columns takes them.
func columnFlag(columns []linkage.Column) []string {
	texts := make([]string, len(columns))
	for i, c := range columns {
		texts[i] = c.Name + "=" + c.Kind.String()
	}
	return texts
}

// guessColumns guesses them. Those of --same and --never are taken in any case.
func (m *matching) guessColumns(f matchFlags, apart []string) error {
	found, skipped := linkage.GuessColumns(m.rows.table)
	for i := 0; i < len(skipped); i++ {
		s := skipped[i]
		if flag := ruledBy(f, s.Name); flag != "" {
			s.Kind, s.Why = linkage.Identifier, flag+" names it"
			found, skipped = append(found, s), slices.Delete(skipped, i, i+1)
			i--
		}
	}
	for _, g := range found {
		if file := m.rows.lone[g.Name]; file != "" {
			g.Why += "; only " + filepath.Base(file) + " has it"
		}
		if slices.Contains(apart, g.Name) {
			continue
		}
		m.guessed = append(m.guessed, g)
		m.config.Columns = append(m.config.Columns, g.Column)
	}
	for _, g := range skipped {
		if !slices.Contains(apart, g.Name) {
			if file := m.rows.lone[g.Name]; file != "" {
				g.Why = "only " + filepath.Base(file) + " has it, and what is compared has one name in both files"
			}
			m.skipped = append(m.skipped, g)
		}
	}
	if len(m.guessed) == 0 {
		return fmt.Errorf("no column of %s looks like one to compare; say which are with --columns NAME=KIND,... (kinds: %s)",
			strings.Join(m.rows.files, " and "), strings.Join(linkage.KindNames(), ", "))
	}
	return nil
}

// ruledBy is the flag that makes a column a rule, or "".
func ruledBy(f matchFlags, column string) string {
	switch {
	case slices.Contains(f.same, column):
		return "--same"
	case slices.Contains(f.never, column):
		return "--never"
	}
	return ""
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
			line += fmt.Sprintf("%s  %s", strings.Repeat(" ", max(0, kindWidth-len(c.Kind.String()))), why(m.guessed[i].Why))
		}
		lines = append(lines, line)
	}
	return lines
}

// kindWidth is the length of the longest name of a kind.
const kindWidth = len("house_number")

// skippedShownMax is the number of columns that are named which are left out.
const skippedShownMax = 60

// whyMax is the number of characters of a reason that are shown.
const whyMax = 300

// why is a reason, which is longer than a value.
func why(s string) string { return diag.Shorten(s, whyMax) }

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
			text += " (" + why(s.Why) + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}
