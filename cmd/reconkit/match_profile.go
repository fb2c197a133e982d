package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// What a profile shows.
const (
	topValuesMax = 3 // values of a column
	sharedMax    = 5 // shared values of a column
)

func (a *app) matchProfileCommand() *cobra.Command {
	var f matchFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "profile FILE [FILE]",
		Short: "Say what the columns hold, and what that means for matching",
		Long: `profile shows for each column how many rows have a value, how many different
values there are, and the most frequent ones; which e-mail addresses, phone
numbers and identifiers several names share, which makes them weak evidence; and
the blocks in which rows meet to be compared.`,
		Example: `  reconkit match profile contacts.csv
  reconkit match profile crm.parquet --json`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, files []string) error { return a.matchProfile(cmd.Context(), files, f, asJSON) },
	}
	f.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of text")
	return c
}

// The parts of a profile, as JSON.
type (
	matchProfile struct {
		Rows    int                 `json:"rows"`
		Columns []columnProfile     `json:"columns"`
		Shared  []sharedProfile     `json:"shared"`
		Keys    []linkage.KeyReport `json:"keys"`
		Aside   []linkage.KeyAside  `json:"keys_aside,omitempty"`
		Recall  float64             `json:"recall_estimated"` // share of the likely pairs that all kinds of key find; those that none finds are not counted
		Notes   []string            `json:"notes,omitempty"`
	}
	columnProfile struct {
		Name     string       `json:"name"`
		Kind     string       `json:"kind,omitempty"` // "": not compared
		Filled   int          `json:"filled"`
		Distinct int          `json:"distinct"` // values as they are written
		Top      []valueCount `json:"top"`
	}
	valueCount struct {
		Value string `json:"value"`
		Rows  int    `json:"rows"`
	}
	// sharedProfile is the values of a column that several names have.
	sharedProfile struct {
		Column string        `json:"column"`
		Values int           `json:"values"` // that rows of two or more names have
		Rows   int           `json:"rows"`
		Top    []sharedValue `json:"top"`
	}
	sharedValue struct {
		Value string `json:"value"`
		Rows  int    `json:"rows"`
		Names int    `json:"names"`
	}
)

func (a *app) matchProfile(ctx context.Context, files []string, f matchFlags, asJSON bool) error {
	rows, err := a.readMatchFiles(ctx, files, f, "")
	if err != nil {
		return err
	}
	all := rows.table.Schema().Names()
	m, err := a.prepareRows(ctx, rows, f, "")
	if err != nil {
		return err
	}
	p := matchProfile{Rows: rows.table.Len(), Columns: []columnProfile{}, Shared: []sharedProfile{}, Keys: []linkage.KeyReport{}}
	for _, name := range all {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		p.Columns = append(p.Columns, m.profileColumn(name))
	}
	for _, c := range m.config.Columns {
		if c.Kind == linkage.Email || c.Kind == linkage.Phone || c.Kind == linkage.Identifier {
			p.Shared = append(p.Shared, m.sharedIn(c))
		}
	}
	result, _, err := a.match(ctx, m)
	if err != nil {
		return err
	}
	p.Keys, p.Aside = append(p.Keys, result.Report.Keys...), result.Report.KeysAside
	p.Recall, p.Notes = result.Report.Recall, result.Report.Notes
	if asJSON {
		return encodeJSON(a, p)
	}
	_, err = a.stdout.Write([]byte(p.text()))
	return err
}

// profileColumn counts the values of a column as they are written.
func (m *matching) profileColumn(name string) columnProfile {
	p := columnProfile{Name: name, Top: []valueCount{}}
	for _, c := range m.config.Columns {
		if c.Name == name {
			p.Kind = c.Kind.String()
		}
	}
	counts := map[string]int{}
	for i := range m.rows.table.Len() {
		if v := m.rows.text(int32(i), name); v != "" {
			counts[v]++
			p.Filled++
		}
	}
	p.Distinct = len(counts)
	for v, n := range counts {
		if n > 1 {
			p.Top = append(p.Top, valueCount{v, n})
		}
	}
	slices.SortFunc(p.Top, func(a, b valueCount) int { return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Value, b.Value)) })
	p.Top = slices.Clone(p.Top[:min(len(p.Top), topValuesMax)])
	return p
}

// sharedIn finds the values of a column that rows of several names have. Phone
// numbers are compared by their digits, other values without regard to case.
func (m *matching) sharedIn(c linkage.Column) sharedProfile {
	type holder struct {
		value string // as it is written first
		rows  int
		names map[string]bool
	}
	holders := map[string]*holder{}
	for i := range m.rows.table.Len() {
		v := m.rows.text(int32(i), c.Name)
		key := shareKey(v, c.Kind)
		if key == "" {
			continue
		}
		h := holders[key]
		if h == nil {
			h = &holder{value: v, names: map[string]bool{}}
			holders[key] = h
		}
		h.rows++
		if name := m.nameOf(int32(i)); name != "" {
			h.names[name] = true
		}
	}
	p := sharedProfile{Column: c.Name, Top: []sharedValue{}}
	for _, key := range slices.Sorted(maps.Keys(holders)) {
		if h := holders[key]; len(h.names) > 1 {
			p.Values++
			p.Rows += h.rows
			p.Top = append(p.Top, sharedValue{h.value, h.rows, len(h.names)})
		}
	}
	slices.SortStableFunc(p.Top, func(a, b sharedValue) int { return cmp.Or(cmp.Compare(b.Names, a.Names), cmp.Compare(b.Rows, a.Rows)) })
	p.Top = slices.Clone(p.Top[:min(len(p.Top), sharedMax)])
	return p
}

func shareKey(v string, kind linkage.Kind) string {
	if kind != linkage.Phone {
		return strings.ToLower(strings.TrimSpace(v))
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsDigit(c) {
			return c
		}
		return -1
	}, v)
}

// nameOf is the name in a row, as it is written but for case.
func (m *matching) nameOf(row int32) string {
	var parts []string
	for _, c := range m.config.Columns {
		switch c.Kind {
		case linkage.GivenName, linkage.FamilyName, linkage.PersonName:
			if v := m.rows.text(row, c.Name); v != "" {
				parts = append(parts, strings.ToLower(v))
			}
		}
	}
	return strings.Join(parts, " ")
}

// text is the profile for people.
func (p *matchProfile) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%-24s %-12s %8s %10s  %s\n", plural(p.Rows, "row", "rows"), "column", "kind", "filled", "distinct", "most frequent")
	for _, c := range p.Columns {
		var top []string
		for _, v := range c.Top {
			top = append(top, fmt.Sprintf("%q %s", shown(v.Value), number(v.Rows)))
		}
		kind := c.Kind
		if kind == "" {
			kind = "left out"
		}
		line := fmt.Sprintf("%-24s %-12s %8s %10s  %s", shown(c.Name), kind, percent(int64(c.Filled), max(1, int64(p.Rows))), number(c.Distinct), strings.Join(top, ", "))
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	for _, s := range p.Shared {
		fmt.Fprintf(&b, "\n%s: %s of several names, in %s\n", shown(s.Column), plural(s.Values, "value", "values"), plural(s.Rows, "row", "rows"))
		for _, v := range s.Top {
			fmt.Fprintf(&b, "  %s: %s, %s\n", shown(v.Value), plural(v.Rows, "row", "rows"), plural(v.Names, "name", "names"))
		}
	}
	p.keysText(&b)
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "note: %s\n", oneLine(n))
	}
	return b.String()
}

// recallText says how much of what could be found is found by the blocks that are used.
func recallText(share float64) string {
	return fmt.Sprintf("of the likely pairs that all kinds of block together find, %.2f %% were compared; pairs in no block are not counted", 100*share)
}

// keysText tells of the blocks.
func (p *matchProfile) keysText(b *strings.Builder) {
	width := len("rows meet by")
	for _, k := range p.Keys {
		width = max(width, chars(shown(k.Name)))
	}
	fmt.Fprintf(b, "\n%-*s %12s %12s %10s %8s %9s %12s\n", width, "rows meet by", "pairs", "new pairs", "blocks", "largest", "too large", "left out")
	for _, k := range p.Keys {
		name := shown(k.Name)
		fmt.Fprintf(b, "%s%s %12s %12s %10s %8s %9s %12s\n", name, strings.Repeat(" ", width-chars(name)), number(k.Pairs), number(k.New), number(k.Blocks), number(k.Largest), number(k.Split), number(k.Left))
	}
	for i, k := range p.Aside {
		if i == 0 {
			b.WriteString("not used, for each alone would take the whole budget of --pairs, or has most of its rows in blocks too large for it:\n")
		}
		fmt.Fprintf(b, "  %s, with up to about %s in a block\n", shown(k.Name), plural(k.Largest, "row", "rows"))
	}
	b.WriteString(recallText(p.Recall) + "\n")
}
