package review

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

func (v *view) changes(p *pipeline.Plan) {
	few := len(p.Changes) <= changesListedMax || v.opt.All
	listed := v.outward(p, few)
	switch {
	case len(listed) == 0:
	case len(listed) > changesListedMax && !few:
		v.many(p, listed)
	default:
		v.title(bold, "changes", len(listed))
		head := v.headings(p)
		for _, c := range listed {
			head(c)
			v.change(c)
		}
	}
}

// headings shows above the first of several changes, one after the other, to which
// target they go, where the plan has several.
func (v *view) headings(p *pipeline.Plan) func(*pipeline.Change) {
	last := -1
	return func(c *pipeline.Change) {
		if len(p.Header.Bindings) < 2 || c.Binding == last {
			return
		}
		last = c.Binding
		v.line(" %s", heading(p, c))
	}
}

// heading names the model and the target of a change.
func heading(p *pipeline.Plan, c *pipeline.Change) string {
	return safe(c.Model) + " -> " + safe(p.Header.Bindings[c.Binding].Identity)
}

// change shows one record: what it is, why it was matched, and what changes.
func (v *view) change(c *pipeline.Change) {
	sign, colour := "~", yellow
	switch c.Action {
	case pipeline.Create:
		sign, colour = "+", green
	case pipeline.Delete:
		sign, colour = "-", red
	}
	head := v.paint(colour, sign+" "+safe(string(c.Action))) + "  " + safe(c.Label)
	if c.Target != "" {
		head += " #" + safe(c.Target)
	}
	if len(c.Labels) > 0 {
		head += "  " + bracketed(c.Labels)
	}
	if len(c.Rows) > 0 {
		head += "  " + v.paint(faint, origins(c.Rows, 0))
	}
	v.line("  %s", head)
	if why := reason(c.Match); why != "" && (c.Action != pipeline.Create || len(c.Joined) == 0) {
		v.line("      %s", v.paint(faint, "because: "+why))
	}
	for i, j := range c.Joined {
		if i == examplesMax && !v.opt.All {
			v.line("      ... %d more rows joined", len(c.Joined)-i)
			break
		}
		v.line("      %s", v.paint(faint, "joined: "+safe(j.A.String())+" and "+safe(j.B.String())+": "+reason(&j.Reason)))
	}
	width := 0
	for _, f := range c.Fields {
		width = max(width, utf8.RuneCountInString(safe(f.Field)))
	}
	for _, f := range c.Fields {
		v.field(c, f, width)
	}
}

func (v *view) field(c *pipeline.Change, f pipeline.FieldChange, width int) {
	old, now := safe(f.Before.String()), safe(f.After.String())
	if c.Action == pipeline.Update && old != "" && now != "" {
		old, now = v.marked(&f)
	}
	text := now
	switch {
	case c.Action == pipeline.Delete:
		text = old
	case f.After.IsErase():
		text = old + " -> " + v.paint(red, "(emptied)")
	case c.Action == pipeline.Update && old == "":
		text = "(empty) -> " + now
	case len(f.Gains)+len(f.Loses) > 0:
		text = v.members(f)
	case c.Action == pipeline.Update:
		text = old + " -> " + now
	}
	if points := codePoints(&f); points != "" {
		text += "  " + v.paint(faint, "(looks the same: "+points+")")
	}
	if made := madeOf(&f.Provenance); made != "" && (len(c.Rows) > 1 || c.Action == pipeline.Update) {
		text += "  " + v.paint(faint, "("+made+")")
	}
	v.line("      %-*s  %s", width, safe(f.Field), text)
	if f.How == howExpression {
		v.values(f.From, f.FromMore, "of", width)
	}
	v.values(f.Lost, f.LostMore, "not taken", width)
}

// members shows a list as a set: what it gains and loses, and what stays.
func (v *view) members(f pipeline.FieldChange) string {
	var parts []string
	for _, m := range f.Gains {
		parts = append(parts, v.paint(green, "+"+safe(m)))
	}
	for _, m := range f.Loses {
		parts = append(parts, v.paint(red, "-"+safe(m)))
	}
	stay := []string{}
	for _, m := range f.After.List() {
		if !slices.Contains(f.Gains, m) {
			stay = append(stay, m)
		}
	}
	text := strings.Join(parts, " ")
	if len(stay) > 0 {
		text += "  " + v.paint(faint, "beside "+safe(strings.Join(stay, ", ")))
	}
	return text
}

// The ways of choosing a value that are shown in a way of their own: the one
// that goes without saying, as pipeline.HowPreferred does, and the one of which
// the value does not show what the rows said.
const (
	howPriority   = "priority"
	howExpression = "expr"
)

// madeOf says of which rows a value was made, and how it was chosen where that
// is not plain.
func madeOf(p *pipeline.Provenance) string {
	rows := make([]pipeline.Origin, len(p.From))
	for i, r := range p.From {
		rows[i] = r.Origin
	}
	text, one := origins(rows, p.FromMore), len(p.From) == 1 && p.FromMore == 0
	plain := one && p.From[0].Value.IsNull() && len(p.Lost)+p.LostMore == 0
	switch {
	case text == "":
		return safe(p.How)
	case p.How == "" || p.How == howPriority || p.How == pipeline.HowPreferred || plain:
		return text
	case one:
		return text + ", " + safe(p.How)
	default:
		return safe(p.How) + " of " + text
	}
}

// values shows what rows say of a field, those that say something else than
// its value does, and counts the rest.
func (v *view) values(list []pipeline.RowValue, more int, word string, width int) {
	shown := 0
	for _, r := range list {
		switch {
		case r.Value.IsNull():
		case shown == valuesListedMax && !v.opt.All:
			more++
		default:
			shown++
			text := orEmpty(r.Value)
			if r.Value.IsErase() {
				text = "(emptied)"
			}
			v.line("      %-*s  %s", width, "", v.paint(faint, word+": "+text+" ("+safe(r.Origin.String())+undated(r)+")"))
		}
	}
	if shown > 0 && more > 0 {
		v.line("      %-*s  %s", width, "", v.paint(faint, "... "+count(more, "more row")))
	}
}

// undated says that a row gave way for want of a date.
func undated(r pipeline.RowValue) string {
	if r.Undated {
		return ", does not say when it changed"
	}
	return ""
}

// class is changes of one target, one action, one set of fields and one set of labels.
type class struct {
	binding int
	name    string // as approvals and --where take it
	changes []*pipeline.Change
}

// classCharsMax is how long the name of a class may be beside its labels: it is copied
// into approvals and --where, so that it must not be cut as other sentences are.
const classCharsMax = 6000

// classParts are the name of the class of a change, of which each name in it is made
// harmless: the sink, the action and the fields, and the labels behind them. One behind
// the other they are the name.
func classParts(p *pipeline.Plan, c *pipeline.Change) (bare, labels string) {
	tame := *c
	tame.Labels, tame.Fields = nil, make([]pipeline.FieldChange, len(c.Fields))
	for i := range c.Fields {
		tame.Fields[i].Field = safe(c.Fields[i].Field)
	}
	bare = p.ClassOf(&tame)
	if sink := p.SinkOf(c.Binding); sink != "" {
		bare = safe(sink) + strings.TrimPrefix(bare, sink)
	}
	if len(c.Labels) > 0 {
		labels = " " + bracketed(c.Labels)
	}
	return diag.Shorten(bare, classCharsMax), labels
}

// className names the class of a change as approvals and --where take it.
func className(p *pipeline.Plan, c *pipeline.Change) string {
	bare, labels := classParts(p, c)
	return bare + labels
}

// bracketed are labels for a terminal, none of them cut off for the others.
func bracketed(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	texts := make([]string, len(labels))
	for i, l := range labels {
		texts[i] = safe(l)
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

// classesOf are the classes of changes of a plan, target by target, the largest first.
func classesOf(p *pipeline.Plan, changes []*pipeline.Change) []*class {
	type place struct {
		binding int
		name    string
	}
	by := map[place]*class{}
	var all []*class
	for _, c := range changes {
		at := place{c.Binding, p.ClassOf(c)}
		of := by[at]
		if of == nil {
			of = &class{binding: at.binding, name: at.name}
			by[at], all = of, append(all, of)
		}
		of.changes = append(of.changes, c)
	}
	slices.SortFunc(all, func(a, b *class) int {
		return cmp.Or(cmp.Compare(a.binding, b.binding), cmp.Compare(len(b.changes), len(a.changes)), cmp.Compare(a.name, b.name))
	})
	return all
}

// many shows what is worth a look of many changes: how many there are of each risk and
// class, what is typical and odd of a class, what stands out of all, and some that were
// drawn at random. Listed are the changes that are not shown elsewhere.
func (v *view) many(p *pipeline.Plan, listed []*pipeline.Change) {
	v.title(bold, "changes, by risk", len(p.Changes))
	for i, n := range risksOf(p.Changes) {
		if n > 0 {
			v.line("  %-6s  %s  %s: %s", risks[i].level, group(n), v.paint(bold, risks[i].name), risks[i].means)
		}
	}
	v.classes(p, listed)
	v.outliers(p)
	v.sample(p)
	v.line("")
	v.line("  of the changes above, show --where 'class == \"...\"' lists those of a class; show --all lists every")
	v.line("  change, show --format html > FILE is a page that searches and filters them, --format csv a table")
}

// classes shows many changes by what they have in common.
func (v *view) classes(p *pipeline.Plan, listed []*pipeline.Change) {
	all := classesOf(p, listed)
	v.title(bold, "changes, by class", len(listed))
	head := v.headings(p)
	for i, c := range all {
		head(c.changes[0])
		if i == listedMax {
			v.line("  ... %s more classes", group(len(all)-i))
			return
		}
		v.line("  %s  %s%s", group(len(c.changes)), v.paint(bold, className(p, c.changes[0])), v.aside(c.kinds()))
		typical, odd := c.examples()
		for _, ch := range typical {
			v.line("      e.g. %s", v.example(ch))
		}
		for _, ch := range odd {
			v.line("      odd: %s", v.example(ch))
		}
	}
}

// outliers shows changes in full that are unlike the others.
func (v *view) outliers(p *pipeline.Plan) {
	all := outliersOf(p)
	if len(all) == 0 {
		return
	}
	v.title(yellow, "changes that stand out", len(all))
	for _, o := range all {
		if sink := p.SinkOf(p.Changes[o.at].Binding); sink != "" {
			v.line(" %s", safe(sink))
		}
		v.change(&p.Changes[o.at])
		v.line("      %s", v.paint(yellow, "stands out: "+o.why))
	}
}

// sample shows some changes that were drawn at random, and what looking at them proves.
func (v *view) sample(p *pipeline.Plan) {
	all := sampleOf(p, sampleListed)
	v.title(bold, "a random sample", len(all))
	for _, at := range all {
		c := &p.Changes[at]
		v.line("  %s  %s", safe(string(c.Action)), v.example(c))
	}
	v.line("  if none of these %d is wrong, at most %.0f %% of the %s changes are, with 95 %% certainty", len(all), math.Ceil(proven(len(all))), group(len(p.Changes)))
	if len(p.Changes) > sampleMax {
		v.line("  (--format html marks %d, for at most %.1f %%); the digest draws them: anybody draws the same", sampleMax, proven(sampleMax))
	}
}

// example is a change in one line, with the field of it that differs.
func (v *view) example(c *pipeline.Change) string {
	if c.Action != pipeline.Update || len(c.Fields) == 0 {
		return safe(c.Label)
	}
	f := &c.Fields[0]
	old, now := orEmpty(f.Before), orEmpty(f.After)
	if f.Before.String() != "" && f.After.String() != "" {
		old, now = v.marked(f)
	}
	more := ""
	if len(c.Fields) > 1 {
		more = " and " + count(len(c.Fields)-1, "more field")
	}
	return fmt.Sprintf("%s: %s %s -> %s%s", safe(c.Label), safe(f.Field), old, now, more)
}

// orEmpty is the text of a value, or a word for an empty one.
func orEmpty(v pipeline.Value) string {
	if text := safe(v.String()); text != "" {
		return text
	}
	return "(empty)"
}
