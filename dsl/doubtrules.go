package dsl

import (
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// ruleText is where a rule stands, for what is said of it once all rules of a
// model are known.
type ruleText struct {
	node  *yaml.Node // the value of is: or check:
	set   *yaml.Node // the value of set:, nil for none
	text  string     // of check:, "" for a named check
	owner string     // the value of field:, "" for none
	field pipeline.Field
	known bool             // the rule is about field alone
	with  []pipeline.Value // the constants that it compares field with
}

// doubtRules warns about rules that no value keeps or that every value keeps,
// by themselves or after the rules before them, and about values that a rule
// sets and does not let through.
func (l *loader) doubtRules(list []*rule, schema *pipeline.Schema) {
	constants := map[string][]pipeline.Value{} // by field: of all its rules
	for _, x := range list {
		if !x.unique {
			l.ruleSubject(x, schema)
			constants[x.source.field.Name] = append(constants[x.source.field.Name], x.source.with...)
		}
	}
	for i, x := range list {
		if x.unique || x.check == nil && x.named == nil {
			continue
		}
		if _, fixed := constant(x.check); fixed {
			continue // which was said already
		}
		switch {
		case l.repeats(list[:i], x):
		case x.source.known:
			l.doubtRule(list[:i], x, constants[x.source.field.Name])
		}
		l.doubtSet(x)
	}
}

// ruleSubject finds out which field a rule is about and what it compares it
// with.
func (l *loader) ruleSubject(x *rule, schema *pipeline.Schema) {
	s := &x.source
	switch {
	case x.named != nil:
		s.field, s.known = schema.Field(x.field), true
		for _, v := range x.args.Values {
			s.with = append(s.with, pipeline.StringValue(v))
		}
	case x.check != nil:
		if s.field, s.known = subject(x.check, schema); s.known {
			s.with, s.known = l.constants(s.text, s.field)
		}
	}
}

// repeats reports, and says, that an earlier rule is the same, so that nothing
// is left for this one.
func (l *loader) repeats(before []*rule, x *rule) bool {
	for i, e := range before {
		same := e.field == x.field && e.named == nil && x.named == nil && e.check != nil && e.source.text == x.source.text && e.source.text != ""
		if e.named != nil && x.named != nil && e.field == x.field && e.named.Name == x.named.Name {
			same = slices.Equal(e.args.Values, x.args.Values) && e.args.Max == x.args.Max && e.args.Country == x.args.Country
		}
		sets := slices.ContainsFunc(before[i:], func(y *rule) bool { return y.fail == failSet })
		if same && !sets && e.fail != failWarn {
			l.withoutEffect(x, fmt.Sprintf("the rule on line %d is the same", e.source.node.Line))
			return true
		}
	}
	return false
}

func (l *loader) withoutEffect(x *rule, cause string) {
	l.at(x.source.node, diag.Diagnostic{Severity: diag.Warning, Code: "rule-without-effect", Message: "every record that comes to this rule keeps it", Cause: cause, Hint: "remove it, or put it before the other"})
}

// doubtRule tries a rule on every value that tells something: first on all, then
// on those that the rules before it let through.
func (l *loader) doubtRule(before []*rule, x *rule, constants []pipeline.Value) {
	f := x.source.field
	tried, ok := candidates(f.Type, constants)
	if !ok || len(constants) > trialConstantsMax {
		return
	}
	tried = append(tried, candidate{value: pipeline.Null()})
	own := x.verdicts(tried)
	whole := len(own) - 1
	if x.named == nil && !slices.Contains(own, unknown) {
		switch {
		case own[whole] != yes && !slices.ContainsFunc(own[:whole], holding):
			l.at(x.source.node, diag.Diagnostic{Severity: diag.Warning, Code: "rule-never-holds", Message: fmt.Sprintf("no value of %s keeps this rule", f.Name),
				Hint: "look at and, or and the bounds: every record with this field fails it"})
			return
		case !slices.Contains(own, no):
			l.at(x.source.node, diag.Diagnostic{Severity: diag.Warning, Code: "rule-always-holds", Message: fmt.Sprintf("every value of %s keeps this rule", f.Name), Hint: "look at and, or and the bounds: the rule finds nothing"})
			return
		}
	}
	left, line := letThrough(before, f.Name, tried)
	if line == 0 {
		return
	}
	keeps, fails, values := false, false, 0
	for i, v := range own {
		switch {
		case !left[i]:
			continue
		case v == unknown:
			return
		case v == no:
			fails = true
		case i < whole:
			keeps = true
		}
		if i < whole {
			values++
		}
	}
	switch {
	case values > 0 && fails && !keeps && own[whole] != yes:
		l.at(x.source.node, diag.Diagnostic{Severity: diag.Warning, Code: "rule-never-holds", Message: fmt.Sprintf("no value of %s that comes to this rule keeps it", f.Name),
			Cause: fmt.Sprintf("the rule on line %d lets no such value through", line), Hint: "one of the two rules is not what was meant"})
	case values > 0 && !fails:
		l.withoutEffect(x, fmt.Sprintf("the rule on line %d lets nothing else through", line))
	}
}

func holding(v verdict) bool { return v != no }

// verdicts are what the rule says of each value; a rule that gives null holds.
func (x *rule) verdicts(tried []candidate) []verdict {
	out := make([]verdict, len(tried))
	if x.named == nil {
		values := make([]pipeline.Value, len(tried))
		for i, c := range tried {
			values[i] = c.value
		}
		return try(x.check, x.source.field, values)
	}
	for i, c := range tried {
		switch ok := x.named.Holds(c.value, x.args) == nil; {
		case ok && (!c.fresh || x.named.Name == "required"):
			out[i] = yes
		case c.fresh && x.named.Name != "one_of": // another text may pass or fail
			out[i] = unknown
		}
	}
	return out
}

// letThrough tells which values earlier rules about the field let through, and
// the line of the last of these rules; 0 when there is none. After a set only
// the rules of that field have looked at the value.
func letThrough(before []*rule, field string, tried []candidate) (left []bool, line int) {
	left = slices.Repeat([]bool{true}, len(tried))
	for i, e := range before {
		if !e.source.known || e.source.field.Name != field || e.fail == failWarn || e.unique {
			continue
		}
		setLater := slices.ContainsFunc(before[i+1:], func(y *rule) bool { return y.fail == failSet && y.source.owner == field })
		if setLater && e.source.owner != field {
			continue
		}
		line = e.source.node.Line
		for i, v := range e.verdicts(tried) {
			if v == no {
				left[i] = false
			}
		}
	}
	return left, line
}

// doubtSet warns about a constant that a rule sets and does not let through.
func (l *loader) doubtSet(x *rule) {
	v, fixed := constant(x.set)
	if x.set == nil || !fixed || x.source.set == nil || !x.source.known || x.source.owner != x.source.field.Name {
		return
	}
	if v.Type() == pipeline.Int && x.source.field.Type == pipeline.Float {
		v = pipeline.FloatValue(float64(v.Int()))
	}
	if v.IsErase() {
		v = pipeline.Null()
	}
	failed := false
	if x.named != nil {
		failed = x.named.Holds(v, x.args) != nil
	} else {
		failed = try(x.check, x.source.field, []pipeline.Value{v})[0] == no
	}
	if failed {
		l.at(x.source.set, diag.Diagnostic{Severity: diag.Warning, Code: "set-fails", Message: fmt.Sprintf("%s does not keep the rule that sets it", shown(v)),
			Cause: "the rule is run once more after a set, so that such records are rejected", Hint: "set a value that the rule lets through, or write on_fail: reject"})
	}
}

// doubtWhere warns about a condition that takes every row or none.
func (l *loader) doubtWhere(f *fromDef, n *yaml.Node, columns *pipeline.Schema) {
	warn := func(message string) {
		l.at(n, diag.Diagnostic{Severity: diag.Warning, Code: "constant-where", Message: message, Hint: "name a column of the source in it, or remove it"})
	}
	if v, fixed := f.where.program.Constant(); fixed {
		if v.Type() == pipeline.Bool && v.Bool() {
			warn("this takes every row")
		} else {
			warn("this takes no row")
		}
		return
	}
	of, ok := subject(f.where.program, columns)
	if !ok {
		return
	}
	constants, ok := l.constants(n.Value, of)
	tried, fits := candidates(of.Type, constants)
	if !ok || !fits {
		return
	}
	values := []pipeline.Value{pipeline.Null()}
	for _, c := range tried {
		values = append(values, c.value)
	}
	switch verdicts := try(f.where.program, of, values); {
	case slices.Contains(verdicts, unknown):
	case !slices.Contains(verdicts, yes):
		warn(fmt.Sprintf("no value of %s fits this, so that it takes no row", of.Name))
	case !slices.ContainsFunc(verdicts, func(v verdict) bool { return v != yes }):
		warn(fmt.Sprintf("every value of %s fits this, so that it takes every row", of.Name))
	}
}
