package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
)

// target writes what a plan knows about the record of a row.
func (v *explainView) target(t dsl.TargetLife, row pipeline.Origin) {
	if t.Cluster != nil {
		v.cluster(*t.Cluster, row, len(t.Asked))
	}
	for _, q := range t.Asked {
		v.title("a person must decide")
		v.line("  %s", v.reference(q.A))
		v.line("  %s", v.reference(q.B))
		v.reason(q.Reason, "  ")
	}
	if t.Target != "" {
		v.title("target " + v.text(t.Target, explainWidth))
		v.link(t)
		v.fieldLife(t)
		v.change(t)
	}
	for i, o := range t.Omitted {
		if i == 0 {
			v.title("left out")
		}
		v.line("  %s", v.text(o, 8*explainWidth))
	}
}

// reference names a row, or a record of the target.
func (v *explainView) reference(r pipeline.Reference) string {
	where := r.Origin.String()
	if r.Target != "" {
		where = "record #" + r.Target
	}
	return v.text(r.Label, explainWidth) + "  " + v.text(where, explainWidth)
}

// cluster writes which rows are one thing, why, and whose values survive. So
// many questions about the row are open.
func (v *explainView) cluster(c dsl.ClusterLife, row pipeline.Origin, asked int) {
	switch {
	case len(c.Members) < 2 && asked == 0:
		v.title("duplicates: none")
		return
	case len(c.Members) < 2:
		v.title("duplicates: none that is sure; a person is asked")
		return
	}
	v.title(fmt.Sprintf("one record of %d rows", len(c.Members)))
	for i, m := range c.Members {
		note := ""
		switch {
		case i == 0 && m == row:
			note = "  this row, the survivor"
		case i == 0:
			note = "  the survivor"
		case m == row:
			note = "  this row"
		}
		v.line("  %s%s", v.text(m.String(), explainWidth), note)
	}
	for _, j := range c.Joined {
		v.line("  %s = %s", v.text(j.A.String(), explainTextMax), v.text(j.B.String(), explainTextMax))
		v.reason(j.Reason, "    ")
	}
	if slices.ContainsFunc(c.Fields, saysSomething) {
		v.title("values that survive")
	}
	width := 0
	for _, f := range c.Fields {
		width = max(width, chars(v.text(f.Field, explainNameMax)))
	}
	for _, f := range c.Fields {
		v.survived(f, width)
	}
}

func saysSomething(f dsl.Survived) bool { return !f.Value.IsNull() || len(f.Lost) > 0 }

// survived writes one value of the record, and those that gave way to it.
func (v *explainView) survived(f dsl.Survived, width int) {
	if !saysSomething(f) {
		return
	}
	name := v.text(f.Field, explainNameMax)
	v.line("  %s%s  %s%s", name, strings.Repeat(" ", width-chars(name)), v.value(f.Value, explainTextMax), v.madeOf(f.Provenance))
	indent := strings.Repeat(" ", width+2)
	if !plainlyFrom(f.Provenance) {
		for _, r := range f.From {
			said := ""
			if !r.Value.IsNull() {
				said = v.value(r.Value, explainTextMax) + "  "
			}
			v.line("%s  %sfrom %s", indent, said, v.text(r.Origin.String(), explainTextMax))
		}
		v.more(f.FromMore, indent)
	}
	for _, r := range f.Lost {
		note := ""
		if r.Undated {
			note = ", which does not say when it changed"
		}
		v.line("%s  not taken: %s  from %s%s", indent, v.value(r.Value, explainTextMax), v.text(r.Origin.String(), explainTextMax), note)
	}
	v.more(f.LostMore, indent)
}

// madeOf says how a value was chosen among several rows, and of which, as far
// as that needs no lines of its own.
func (v *explainView) madeOf(p pipeline.Provenance) string {
	text := ""
	if plainlyFrom(p) {
		text = "  from " + v.text(p.From[0].String(), explainTextMax)
	}
	switch {
	case p.How == "" || text != "" && len(p.Lost)+p.LostMore == 0:
		return text
	case text == "":
		return "  by " + v.text(p.How, explainNameMax)
	case p.How == pipeline.HowPreferred:
		return text + ", the preferred row"
	default:
		return text + ", by " + v.text(p.How, explainNameMax)
	}
}

// plainlyFrom reports whether a value is what one row says.
func plainlyFrom(p pipeline.Provenance) bool {
	return len(p.From) == 1 && p.FromMore == 0 && p.From[0].Value.IsNull()
}

func (v *explainView) more(n int, indent string) {
	if n > 0 {
		v.line("%s  ... and of %d more rows", indent, n)
	}
}

// reason writes why two records are one: the evidence, heaviest first.
func (v *explainView) reason(r pipeline.Reason, indent string) {
	switch {
	case r.Rule == "":
		return
	case r.Rule == "link":
		v.line("%slink: remembered from an earlier run", indent)
	default:
		v.line("%s%s: probability %.4f, weight %+.1f", indent, v.text(r.Rule, explainNameMax), r.Score, r.Weight)
	}
	v.parts(r, indent)
	if r.RunnerUp != "" {
		v.line("%s  next best: %s", indent, v.text(r.RunnerUp, 2*explainWidth))
	}
}

// parts writes the evidence, heaviest first.
func (v *explainView) parts(r pipeline.Reason, indent string) {
	width := 0
	for _, p := range r.Parts {
		width = max(width, chars(v.text(p.Field, explainTextMax)))
	}
	for _, p := range r.Parts {
		name := v.text(p.Field, explainTextMax)
		v.line("%s  %s%s %+6.1f  %s", indent, name, strings.Repeat(" ", width-chars(name)), p.Weight, v.text(p.Note, explainWidth))
		beside := indent + strings.Repeat(" ", width+11)
		switch a, b := v.quoted(p.A), v.quoted(p.B); {
		case p.A == "" && p.B == "":
		case a == b:
			v.line("%s%s", beside, a)
		case chars(beside)+chars(a)+chars(b)+3 <= explainWidth:
			v.line("%s%s / %s", beside, a, b)
		default:
			v.line("%s%s /", beside, a)
			v.line("%s%s", beside, b)
		}
	}
}

func (v *explainView) quoted(s string) string {
	if s == "" {
		return "(empty)"
	}
	return `"` + v.text(s, explainTextMax) + `"`
}

func (v *explainView) link(t dsl.TargetLife) {
	switch {
	case t.Link == nil:
		return
	case t.Link.Target == "" && t.Blocked != nil:
	case t.Link.Target == "":
		v.line("  no record of the target is this one: it is new")
	default:
		v.line("%s", strings.TrimRight("  it is record #"+v.text(t.Link.Target, explainTextMax)+" "+v.text(t.Link.Label, explainTextMax), " "))
	}
	v.reason(t.Link.Reason, "  ")
}

// change writes what the plan holds, field by field.
func (v *explainView) change(t dsl.TargetLife) {
	switch {
	case t.Blocked != nil:
		v.line("  blocked [%s]: %s", v.text(t.Blocked.Code, explainTextMax), v.text(t.Blocked.Reason, 4*explainWidth))
		for _, id := range t.Blocked.Candidates {
			v.line("    could be record #%s", v.text(id, explainTextMax))
		}
		if t.Blocked.Hint != "" {
			v.line("    hint: %s", v.text(t.Blocked.Hint, 4*explainWidth))
		}
	case t.Change != nil:
		labels := ""
		if len(t.Change.Labels) > 0 {
			labels = "  [" + v.text(strings.Join(t.Change.Labels, ", "), explainWidth) + "]"
		}
		v.line("  change: %s%s", v.text(string(t.Change.Action), explainNameMax), labels)
		v.fields(t.Change.Fields)
	case t.None != "":
		v.line("  change: none, %s", v.text(t.None, 4*explainWidth))
	}
	for _, f := range t.Left {
		policy := "by the sink"
		if f.Policy != "" {
			policy = "by " + string(f.Policy)
		}
		v.line("  %s stays as it is in the target, %s", v.text(f.Field, explainNameMax), policy)
		v.line("    %s there, %s here", v.value(f.Theirs, explainTextMax), v.value(f.Ours, explainTextMax))
	}
}

// fieldLife writes what the target has in the field that is told of alone, and what we
// wrote to it.
func (v *explainView) fieldLife(t dsl.TargetLife) {
	f := t.Field
	if f == nil {
		return
	}
	name := v.text(f.Field, explainNameMax)
	v.line("  %s of the record: %s", name, v.value(f.Ours, explainTextMax))
	if t.Link != nil && t.Link.Target != "" {
		v.line("  in the target now: %s", v.value(f.Theirs, explainTextMax))
	}
	if l := f.Ledger; l != nil {
		sent := "not sent"
		if !l.Sent.IsNull() || l.Sent.IsErase() {
			sent = v.value(l.Sent, explainTextMax)
		}
		v.line("  written by us: %s on %s, and shown as %s", sent, l.At.UTC().Format("2006-01-02 15:04 MST"), v.value(l.Shown, explainTextMax))
	} else if t.Link != nil && t.Link.Target != "" {
		v.line("  written by us: nothing that is remembered")
	}
}

// fields writes what becomes of each field.
func (v *explainView) fields(list []pipeline.FieldChange) {
	width := 0
	for _, f := range list {
		width = max(width, chars(v.text(f.Field, explainNameMax)))
	}
	for _, f := range list {
		name, before, after := v.text(f.Field, explainNameMax), v.value(f.Before, explainTextMax), v.value(f.After, explainTextMax)
		name += strings.Repeat(" ", width-chars(name))
		if width+chars(before)+chars(after)+10 <= explainWidth {
			v.line("    %s  %s -> %s", name, before, after)
			continue
		}
		v.line("    %s  %s ->", name, before)
		v.line("    %s  %s", strings.Repeat(" ", width), after)
	}
}
