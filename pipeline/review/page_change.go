package review

import (
	"github.com/reconkit/reconkit/pipeline"
)

// marks are the labels of a change or class. They stand first and one by one, so
// that none is cut off however long the rest of the line is.
func marks(labels []string) []span {
	var out []span
	for _, l := range labels {
		s := data("[" + l + "]")
		s.role = marking
		out = append(out, s, say(" "))
	}
	return out
}

// classFieldsSeen is how many fields the name of a class has at most for the labels at
// its end to be seen at once.
const classFieldsSeen = 6

// classSpans are the name of the class of a change, in one piece for whoever copies it.
// Its labels stand behind its fields, and before it, too, where these are many.
func (g *pager) classSpans(c *pipeline.Change) []span {
	bare, labels := classParts(g.Plan, c)
	name := span{text: bare, data: true, tail: labels}
	if len(c.Fields) <= classFieldsSeen {
		return []span{name}
	}
	return append(marks(c.Labels), name)
}

// value is a value as a page shows it.
func value(v pipeline.Value) span {
	switch {
	case v.IsErase():
		return say("(emptied)")
	case v.String() == "":
		return say("(empty)")
	default:
		return data(v.String())
	}
}

// change shows a change: what it is, why it was matched, why its rows are one, and
// what was and what becomes of each field.
func (g *pager) change(c *pipeline.Change) block {
	head := append([]span{data(string(c.Action)), say(" ")}, marks(c.Labels)...)
	head = append(head, data(c.Label))
	if c.Target != "" {
		head = append(head, say(" "), data("#"+c.Target))
	}
	if len(c.Rows) > 0 {
		head = append(head, say(" from "), data(origins(c.Rows, 0)))
	}
	out := block{at(0, head...)}
	if why := reason(c.Match); why != "" && (c.Action != pipeline.Create || len(c.Joined) == 0) {
		out = append(out, at(1, say("because: "), long(why)))
	}
	var joined []line
	for _, j := range c.Joined[:min(len(c.Joined), g.detail.joined)] {
		joined = append(joined, at(1, say("joined: "), data(j.A.String()), say(" and "), data(j.B.String()), say(": "), long(reason(&j.Reason))))
	}
	if more := len(c.Joined) - len(joined); more > 0 {
		joined = append(joined, at(1, say("… and %s joined", count(more, "more row"))))
	}
	out = append(out, folded(joined, "why the rows are one")...)
	for _, f := range c.Fields {
		out = append(out, at(1, fieldSpans(c, f)...))
		if f.How == howExpression {
			out = append(out, g.rowValues(f.From, f.FromMore, "of")...)
		}
		out = append(out, g.rowValues(f.Lost, f.LostMore, "not taken")...)
	}
	return out
}

// folded puts many lines of one depth below a line that names them.
func folded(lines []line, title string) []line {
	if len(lines) <= pageOpenMax {
		return lines
	}
	head := at(lines[0].depth, say("%s: %s", title, count(len(lines), "line")))
	head.folded = true
	out := []line{head}
	for _, l := range lines {
		l.depth++
		out = append(out, l)
	}
	return out
}

// rowValues are what rows say of a field, those that say something else than its
// value does, each with its row; the rest is counted.
func (g *pager) rowValues(list []pipeline.RowValue, more int, word string) []line {
	var out []line
	for _, r := range list {
		switch {
		case r.Value.IsNull():
		case len(out) == g.detail.values:
			more++
		default:
			spans := []span{say("%s: ", word), value(r.Value)}
			if place := r.Origin.String(); place != "" {
				spans = append(spans, say(" from "), data(place))
			}
			out = append(out, at(2, append(spans, say("%s", undated(r)))...))
		}
	}
	if len(out) > 0 && more > 0 {
		out = append(out, at(2, say("… and %s", count(more, "more row"))))
	}
	return folded(out, word)
}

// fieldSpans shows what was and what becomes of a field, and of which rows where
// the record has several, or is there.
func fieldSpans(c *pipeline.Change, f pipeline.FieldChange) []span {
	before, after := value(f.Before), value(f.After)
	if before.data {
		before.role = was
	}
	if after.data {
		after.role = becomes
	}
	out := []span{data(f.Field), say(": ")}
	switch c.Action {
	case pipeline.Create:
		out = append(out, after)
	case pipeline.Delete:
		return append(out, before)
	default:
		out = append(out, before, say(" → "), after)
	}
	if points := codePoints(&f); points != "" {
		out = append(out, say(" looks the same: %s", points))
	}
	if made := madeOf(&f.Provenance); made != "" && (len(c.Rows) > 1 || c.Action != pipeline.Create) {
		out = append(out, say(" from "), data(made))
	}
	return out
}
