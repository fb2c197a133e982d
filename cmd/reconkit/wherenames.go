package main

import (
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
	pipeline.LabelFormatOnly, pipeline.LabelCaseOnly, pipeline.LabelSameLook, pipeline.LabelLookAlike, pipeline.LabelAgain, pipeline.LabelOverrides, pipeline.LabelReserved}

// knownNames refuses an expression that asks for an action, model, resource, class,
// label, field or source that no change of the plan can have: a name that is misspelt
// would leave out, or let through, what somebody did not mean. Of a plan without
// changes nothing is asked.
func knownNames(p *pipeline.Plan, named []eval.Named) error {
	if len(p.Changes) == 0 || len(named) == 0 {
		return nil
	}
	known := namesOf(p)
	for _, n := range named {
		names, checked := known[n.Column]
		if !checked || slices.Contains(names, n.Text) {
			continue
		}
		what := strings.TrimSuffix(n.Column, "s")
		if n.Column == "class" {
			what = n.Column
		}
		return fmt.Errorf("no change of the plan has the %s %q; %s", what, diag.Shorten(n.Text, 100), nearestOf(n, names))
	}
	return nil
}

// namesOf are the names that changes of the plan have, by the column that tells them.
func namesOf(p *pipeline.Plan) map[string][]string {
	known := map[string][]string{"action": {string(pipeline.Create), string(pipeline.Update), string(pipeline.Delete)}, "labels": allLabels[:]}
	seen := map[[2]string]bool{}
	add := func(column, name string) {
		if at := [2]string{column, name}; !seen[at] {
			seen[at] = true
			known[column] = append(known[column], name)
		}
	}
	for i := range p.Header.Bindings {
		b := &p.Header.Bindings[i]
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
		for k := range c.Fields {
			add("fields", c.Fields[k].Field)
		}
		for _, o := range c.Rows {
			add("sources", o.Source)
		}
	}
	for column := range known {
		slices.Sort(known[column])
	}
	return known
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
		text += fmt.Sprintf(" and %d more, which show PLAN --format csv lists", more)
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
