package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Limits on what a group of findings remembers and says; the rest is counted.
const (
	groupsKeptMax         = 1000 // groups; what is of no group beyond is of one of its severity
	groupMessagesKeptMax  = 1000 // different messages of a group
	groupMessagesShownMax = 3    // of a group
	groupPlacesMax        = 3    // of a message
)

// codeOfOthers is the code of findings of which there are too many groups.
const codeOfOthers = "others"

// Groups gathers findings that are alike: of one severity, code and rule, and
// with one hint. It holds a bounded number of messages and places of each and
// counts the others, so that any number of findings may be added; what it holds
// are copies. A finding without a place is about everything and stays by itself.
// The zero Groups is empty and ready.
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
	if group != nil && f.More > 0 {
		group.findings, group.rows = group.findings+f.More, group.rows+f.More
		return
	}
	if (group == nil || f.Where == "") && len(g.all) >= groupsKeptMax {
		f.Code, f.Rule, f.Hint = codeOfOthers, "", ""
		key = groupKey{severity: f.Severity, code: codeOfOthers}
		group = g.by[key]
	}
	if group == nil || f.Where == "" && f.Code != codeOfOthers {
		f, key.hint = f.Clone(), strings.Clone(key.hint)
		group = &Group{first: f, messages: map[string]*groupMessage{}}
		g.all = append(g.all, group)
		if f.Where != "" || f.Code == codeOfOthers {
			if g.by == nil {
				g.by = map[groupKey]*Group{}
			}
			g.by[key] = group
		}
	}
	group.add(f)
}

func (g *Group) add(f Finding) {
	g.findings += max(1, f.More)
	g.rows += max(1, f.Count, f.More)
	m := g.messages[f.Message]
	if m == nil {
		if len(g.ordered) == groupMessagesKeptMax {
			return
		}
		m = &groupMessage{text: strings.Clone(f.Message)}
		g.messages[m.text] = m
		g.ordered = append(g.ordered, m)
	}
	m.n++
	if f.Where != "" && len(m.places) < groupPlacesMax {
		m.places = append(m.places, strings.Clone(f.Where))
	}
}

// All are the groups in the order of the first finding of each.
func (g *Groups) All() []*Group { return slices.Clone(g.all) }

// Severity is that of the findings.
func (g *Group) Severity() Severity { return g.first.Severity }

// Findings is the number of findings of the group.
func (g *Group) Findings() int { return g.findings }

// GroupSummary is a group as it is told: plain data.
type GroupSummary struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`
	Rule     string   `json:"rule,omitempty"` // place of the rule or expression
	Hint     string   `json:"hint,omitempty"`
	Findings int      `json:"findings"`
	Rows     int      `json:"rows"`            // that the findings are about
	About    string   `json:"about,omitempty"` // what messages that differ have in common
	// Messages are the most frequent ones, the first of them before the others.
	Messages []GroupMessage `json:"messages"`
}

// GroupMessage is a message of a group, how often it was found and the first
// places that it is about.
type GroupMessage struct {
	Message string   `json:"message"`
	Count   int      `json:"count"`
	Places  []string `json:"places"`
}

// Summary is what is told of the group.
func (g *Group) Summary() GroupSummary {
	s := GroupSummary{Severity: g.first.Severity, Code: g.first.Code, Rule: g.first.Rule, Hint: g.first.Hint, Findings: g.findings, Rows: g.rows}
	if len(g.ordered) > 1 {
		s.About = g.about()
	}
	byCount := slices.Clone(g.ordered)
	slices.SortStableFunc(byCount, func(a, b *groupMessage) int { return cmp.Compare(b.n, a.n) })
	for _, m := range byCount[:min(len(byCount), groupMessagesShownMax)] {
		s.Messages = append(s.Messages, GroupMessage{Message: m.text, Count: m.n, Places: slices.Clone(m.places)})
	}
	return s
}

// Lines says what the group holds; see GroupSummary.Lines.
func (g *Group) Lines() []string { return g.Summary().Lines() }

// Lines says what a group holds, without the severity: what was found on how
// many rows and by which rule, and below it the first places, the most frequent
// message first. A group of one finding is one line. The text is not made
// printable.
func (s GroupSummary) Lines() []string {
	head := Finding{Rule: s.Rule, Hint: s.Hint}
	switch {
	case len(s.Messages) == 0:
		head.Message = fmt.Sprintf("%d rows", s.Rows)
		return []string{head.String()}
	case s.Findings == 1:
		head.Message, head.Count = s.Messages[0].Message, s.Rows
		if len(s.Messages[0].Places) > 0 {
			head.Where = s.Messages[0].Places[0]
		}
		return []string{head.String()}
	case s.About == "":
		head.Message = fmt.Sprintf("%d rows: %s", s.Rows, s.Messages[0].Message)
		only := s.Messages[0]
		only.Count = s.Findings
		return []string{head.String(), only.where()}
	}
	head.Message = fmt.Sprintf("%d rows: %s", s.Rows, s.About)
	lines := []string{head.String()}
	left := s.Findings
	for _, m := range s.Messages[:min(len(s.Messages), groupMessagesShownMax)] {
		left -= m.Count
		lines = append(lines, m.where()+": "+m.Message)
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("... %d more", left))
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
func (m GroupMessage) where() string {
	places := m.Places[:min(len(m.Places), groupPlacesMax)]
	text := strings.Join(places, ", ")
	if m.Count > len(places) {
		text += fmt.Sprintf(" and %d more", m.Count-len(places))
	}
	return text
}
