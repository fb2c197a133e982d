package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// namesListedMax is how many names are told where none is near.
const namesListedMax = 5

// allLabels are the labels that changes may have, so that asking for one that none of
// the plan has is no mistake.
var allLabels = [...]string{pipeline.LabelIdentity, pipeline.LabelEmail, pipeline.LabelBlank, pipeline.LabelMerge, pipeline.LabelNames, pipeline.LabelOutward,
	pipeline.LabelFormatOnly, pipeline.LabelCaseOnly, pipeline.LabelSameLook, pipeline.LabelLookAlike, pipeline.LabelAgain, pipeline.LabelOverrides, pipeline.LabelReserved, pipeline.LabelSharedKey}

// knownNames refuses an expression that asks for an action, model, resource, class,
// label, field or source that no change of such a plan can have: a name that is misspelt
// would leave out what somebody meant. A name that this plan has none of, and another
// one of the pipeline may have, is no mistake. Nor is one that is asked not to be there
// refused: the note tells of it. Of a plan without changes nothing is asked.
func knownNames(p *pipeline.Plan, fields *changeFields, named []eval.Named) (note string, err error) {
	if len(p.Changes) == 0 || len(named) == 0 {
		return "", nil
	}
	known := namesOf(p, fields)
	for _, n := range named {
		if known.mayBe(n) {
			continue
		}
		what := strings.TrimSuffix(n.Column, "s")
		if n.Column == "class" {
			what = n.Column
		}
		text := fmt.Sprintf("no change of the plan can have the %s %q; %s", what, diag.Shorten(n.Text, 100), nearestOf(n, known.of[n.Column]))
		if !n.Not {
			return "", errors.New(text)
		}
		note = text
	}
	return note, nil
}

// planNames are the names that changes of the plan have or may have, by the column that
// tells them.
type planNames struct {
	of    map[string][]string
	open  map[string]bool // columns that may have other names, too
	sinks []string        // what is in front of a class, by binding
}

// namesOf collects the names of a plan. A plan whose models were not all read does not
// tell what else there is, nor does an undo say which sources earlier runs had.
func namesOf(p *pipeline.Plan, fields *changeFields) *planNames {
	stopped := len(p.Stopped) > 0
	known := &planNames{
		of:   map[string][]string{"action": {string(pipeline.Create), string(pipeline.Update), string(pipeline.Delete)}, "labels": slices.Clone(allLabels[:]), "fields": slices.Clone(fields.names)},
		open: map[string]bool{"fields": !fields.whole, "model": stopped, "resource": stopped, "class": stopped, "sources": stopped || p.Header.Undo != ""},
	}
	seen := map[[2]string]bool{}
	add := func(column, name string) {
		if at := [2]string{column, name}; !seen[at] {
			seen[at] = true
			known.of[column] = append(known.of[column], name)
		}
	}
	for i := range p.Header.Bindings {
		b := &p.Header.Bindings[i]
		known.sinks = append(known.sinks, p.SinkOf(i))
		add("model", b.Model)
		add("resource", b.Resource)
		for name := range b.Sources {
			add("sources", name)
		}
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		add("model", c.Model)
		add("resource", c.Resource)
		add("class", p.ClassOf(c))
		for _, l := range c.Labels {
			add("labels", l)
		}
		for _, o := range c.Rows {
			add("sources", o.Source)
		}
	}
	for column := range known.of {
		slices.Sort(known.of[column])
	}
	return known
}

// mayBe reports whether a change may have what an expression names.
func (k *planNames) mayBe(n eval.Named) bool {
	names, checked := k.of[n.Column]
	if !checked || k.open[n.Column] || slices.Contains(names, n.Text) {
		return true
	}
	return n.Column == "class" && k.mayBeClass(n.Text)
}

// mayBeClass reports whether a class is made of parts that there are: a sink, an action,
// fields and labels. Where the plan has a class of the same fields, they stand in the
// same order.
func (k *planNames) mayBeClass(name string) bool {
	return slices.ContainsFunc(k.sinks, func(sink string) bool {
		rest, prefixed := name, sink != ""
		if prefixed {
			var ok bool
			if rest, ok = strings.CutPrefix(name, sink+": "); !ok {
				return false
			}
		}
		bare, labels := rest, ""
		if at := strings.LastIndex(rest, " ["); at >= 0 && strings.HasSuffix(rest, "]") {
			bare, labels = rest[:at], rest[at+len(" ["):len(rest)-1]
		}
		action, fields, _ := strings.Cut(bare, " ")
		return k.all("action", action) && (fields == "" || k.all("fields", fields)) && (labels == "" || k.all("labels", labels)) && !k.otherOrder(bare)
	})
}

// all reports whether each part of a list is a name of a column, or may be.
func (k *planNames) all(column, list string) bool {
	return k.open[column] || !slices.ContainsFunc(strings.Split(list, ", "), func(part string) bool { return !slices.Contains(k.of[column], part) })
}

// otherOrder reports whether the plan has a class of this action and these fields in
// another order.
func (k *planNames) otherOrder(bare string) bool {
	return slices.ContainsFunc(k.of["class"], func(class string) bool {
		return bareClass(class) == bareClass(bare) && !strings.Contains(class, bare)
	})
}

// nearestOf says which name was probably meant, or which there are.
func nearestOf(n eval.Named, names []string) string {
	near := diag.Nearest(n.Text, names)
	if n.Column == "class" {
		near = nearestClass(n.Text, names)
	}
	if near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	told := make([]string, 0, namesListedMax)
	for _, name := range names[:min(len(names), namesListedMax)] {
		told = append(told, fmt.Sprintf("%q", diag.Shorten(name, 100)))
	}
	text := "there is " + strings.Join(told, ", ")
	if more := len(names) - len(told); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
		if n.Column == "class" {
			text += ", which show PLAN --format csv lists"
		}
	}
	return text
}

// nearestClass is the class that was probably meant: one of the same action and fields,
// whatever is said of its sink, its labels and the order of the fields, or else the one
// that is written most alike.
func nearestClass(name string, names []string) string {
	wanted := bareClass(name)
	for _, n := range names {
		if bareClass(n) == wanted {
			return n
		}
	}
	bare := make([]string, len(names))
	for i, n := range names {
		bare[i] = bareClass(n)
	}
	if near := diag.Nearest(wanted, bare); near != "" {
		return names[slices.Index(bare, near)]
	}
	return diag.Nearest(name, names)
}

// bareClass is the action and the fields of a class.
func bareClass(name string) string {
	if _, behind, ok := strings.Cut(name, ": "); ok {
		name = behind
	}
	name, _, _ = strings.Cut(name, "[")
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) > 1 {
		slices.Sort(words[1:])
	}
	return strings.Join(words, " ")
}
