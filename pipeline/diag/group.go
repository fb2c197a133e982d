package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Limits on what a group of findings remembers and says; the rest is counted.
const (
	groupMessagesKeptMax  = 1000 // different messages of a group
	groupMessagesShownMax = 3    // of a group
	groupPlacesMax        = 3    // of a message
)

// Groups gathers findings that are alike: of one severity, code and rule, and
// with one hint. It holds a bounded number of messages and places of each and
// counts the others, so that any number of findings may be added. A finding
// without a place is about everything and stays by itself. The zero Groups is
// empty and ready.
type Groups struct {
	by  map[groupKey]*Group
	all []*Group
}

type groupKey struct {
	severity         Severity
	code, rule, hint string
}

// Group is findings that are alike.
type Group struct {
	first    Finding
	findings int
	rows     int
	messages map[string]*groupMessage // by text
	ordered  []*groupMessage          // as they came
}

// groupMessage is one message of a group with the first places it is about.
type groupMessage struct {
	text   string
	n      int
	places []string
}

// Add puts a finding into its group.
func (g *Groups) Add(f Finding) {
	key := groupKey{f.Severity, f.Code, f.Rule, f.Hint}
	group := g.by[key]
	if group == nil || f.Where == "" {
		group = &Group{first: f, messages: map[string]*groupMessage{}}
		g.all = append(g.all, group)
		if f.Where != "" {
			if g.by == nil {
				g.by = map[groupKey]*Group{}
			}
			g.by[key] = group
		}
	}
	group.add(f)
}

func (g *Group) add(f Finding) {
	g.findings++
	g.rows += max(1, f.Count)
	m := g.messages[f.Message]
	if m == nil {
		if len(g.ordered) == groupMessagesKeptMax {
			return
		}
		m = &groupMessage{text: f.Message}
		g.messages[f.Message] = m
		g.ordered = append(g.ordered, m)
	}
	m.n++
	if len(m.places) < groupPlacesMax {
		m.places = append(m.places, f.Where)
	}
}

// All are the groups in the order of the first finding of each.
func (g *Groups) All() []*Group { return slices.Clone(g.all) }

// Severity is that of the findings.
func (g *Group) Severity() Severity { return g.first.Severity }

// Findings is the number of findings of the group.
func (g *Group) Findings() int { return g.findings }

// Lines says what the group holds, without the severity: what was found on how
// many rows and by which rule, and below it the first places, the most frequent
// message first. A group of one finding is one line. The text is not made
// printable.
func (g *Group) Lines() []string {
	if g.findings == 1 {
		return []string{g.first.String()}
	}
	head := Finding{Rule: g.first.Rule, Hint: g.first.Hint}
	if len(g.ordered) == 1 {
		head.Message = fmt.Sprintf("%d rows: %s", g.rows, g.first.Message)
		return []string{head.String(), g.ordered[0].where()}
	}
	head.Message = fmt.Sprintf("%d rows: %s", g.rows, g.about())
	lines := []string{head.String()}
	byCount := slices.Clone(g.ordered)
	slices.SortStableFunc(byCount, func(a, b *groupMessage) int { return cmp.Compare(b.n, a.n) })
	left := g.findings
	for i, m := range byCount {
		if i == groupMessagesShownMax {
			break
		}
		left -= m.n
		lines = append(lines, m.where()+": "+m.text)
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("... %d more with other messages", left))
	}
	return lines
}

// about is what messages that differ have in common: the field, where all are
// about one, and the code.
func (g *Group) about() string {
	field, _, named := strings.Cut(g.first.Message, ": ")
	named = named && strings.HasPrefix(field, "field ") && !slices.ContainsFunc(g.ordered, func(m *groupMessage) bool {
		return !strings.HasPrefix(m.text, field+": ")
	})
	code := "[" + cmp.Or(g.first.Code, "no code") + "]"
	if named {
		return field + " " + code
	}
	return code
}

// where names the first places of a message.
func (m *groupMessage) where() string {
	text := strings.Join(m.places, ", ")
	if m.n > len(m.places) {
		text += fmt.Sprintf(" and %d more", m.n-len(m.places))
	}
	return text
}
