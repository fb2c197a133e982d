package dsl

import (
	"fmt"
	"regexp/syntax"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// doubtLimits notes limits of a sink that can never stop a plan.
func (l *loader) doubtLimits(n *yaml.Node, p *pipeline.Policy) {
	for _, e := range l.mapping(n, "limits") {
		limit, cause := p.Limits[e.key.Value], ""
		action := pipeline.Action(e.key.Value)
		switch {
		case !limit.Set || limit.Count == 0: // nothing at all is a limit worth writing down
			continue
		case e.key.Value != "blank" && !slices.Contains(p.Allow, action):
			cause = fmt.Sprintf("allow: does not name %s", action)
		case (action == pipeline.Update || action == pipeline.Delete) && limit.Count < 0 && limit.Percent >= 100:
			cause = fmt.Sprintf("no plan can %s more than all records", action)
		default:
			continue
		}
		l.at(e.key, diag.Diagnostic{Severity: diag.Note, Code: "limit-without-effect", Message: fmt.Sprintf("limits.%s can never stop a plan", e.key.Value), Cause: cause})
	}
}

// doubtRejected notes a max_rejected that no number of rejected rows exceeds.
func (l *loader) doubtRejected(n *yaml.Node, limit pipeline.Limit) {
	if limit.Set && limit.Count < 0 && limit.Percent >= 100 {
		l.at(n, diag.Diagnostic{Severity: diag.Note, Code: "limit-without-effect", Message: "max_rejected can never stop a plan", Cause: "no more than all rows can be rejected", Hint: "write a smaller share, or leave it out"})
	}
}

// doubtDedupe warns about parts of dedupe that have no effect.
func (l *loader) doubtDedupe(m *modelDef, s map[string]entry) {
	warn := func(n *yaml.Node, message, hint string) {
		l.at(n, diag.Diagnostic{Severity: diag.Warning, Code: "unused-part", Message: message, Hint: hint})
	}
	for _, key := range []string{"same", "never"} {
		if e, ok := s[key]; ok {
			l.doubtFields(m, e.value, key, warn)
		}
	}
	if e, ok := s["compare"]; ok && resolve(e.value).Kind == yaml.SequenceNode {
		for _, item := range resolve(e.value).Content {
			if fields := find(entriesOf(resolve(item)), "fields"); fields != nil {
				l.doubtFields(m, fields, "fields", warn)
			}
		}
	}
	keep, ok := s["keep"]
	if !ok {
		return
	}
	priority := find(entriesOf(resolve(keep.value)), "priority")
	if priority == nil || priority.Kind != yaml.SequenceNode {
		return
	}
	seen := map[string]bool{}
	for _, item := range priority.Content {
		item = resolve(item)
		feeds := slices.ContainsFunc(m.froms, func(f *fromDef) bool { return f.source != nil && f.source.name == item.Value })
		switch {
		case l.sources[item.Value] == nil:
		case !feeds:
			warn(item, fmt.Sprintf("source %s does not feed model %s", item.Value, m.name), "remove it from priority")
		case seen[item.Value]:
			warn(item, fmt.Sprintf("source %s is in priority twice", item.Value), "the first place counts; remove the other")
		}
		seen[item.Value] = true
	}
}

// doubtFields looks at fields of dedupe that come twice or that no source fills.
func (l *loader) doubtFields(m *modelDef, n *yaml.Node, what string, warn func(n *yaml.Node, message, hint string)) {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	seen := map[string]bool{}
	for _, item := range items {
		item = resolve(item)
		switch name := item.Value; {
		case m.out.Schema.Index(name) < 0:
		case seen[name]:
			warn(item, fmt.Sprintf("field %s is in %s twice", name, what), "remove one of them")
		case !m.fills(name):
			warn(item, fmt.Sprintf("field %s is null in every record, so that %s finds nothing by it", name, what), "map a value to it, or remove it here")
		}
		seen[item.Value] = true
	}
}

// fills reports whether any source gives the field a value.
func (m *modelDef) fills(field string) bool {
	for _, f := range m.froms {
		for _, x := range f.fields {
			if x.name == field && (x.expression == nil || !x.program.Type().Null) {
				return true
			}
		}
	}
	if r, ok := m.out.Rules.(*rules); ok {
		return slices.ContainsFunc(r.list, func(x *rule) bool { return x.set != nil && x.source.owner == field })
	}
	return false
}

// entriesOf are the entries of a mapping without looking for what is wrong.
func entriesOf(n *yaml.Node) []entry {
	var list []entry
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		list = append(list, entry{resolve(n.Content[i]), resolve(n.Content[i+1])})
	}
	return list
}

// patternFunctions are the functions whose second argument is a regular
// expression.
var patternFunctions = []string{"match", "extract"}

// doubtPatterns warns about regular expressions of an expression that can match
// nothing.
func (l *loader) doubtPatterns(n *yaml.Node, src string) {
	list, ok := tokens(src)
	if !ok {
		return
	}
	var calls []string // the functions whose brackets are open, "" for other brackets
	var commas []int
	for i, t := range list {
		pattern := i > 0 && list[i-1].text == "matches"
		if top := len(calls) - 1; top >= 0 && i > 0 && list[i-1].text == "," && commas[top] == 1 {
			pattern = pattern || slices.Contains(patternFunctions, calls[top])
		}
		switch {
		case t.kind == tokenText && pattern:
			if re, err := syntax.Parse(t.text, syntax.Perl); err == nil && neverMatches(re) {
				l.inside(n, t.from, t.to, diag.Diagnostic{Severity: diag.Warning, Code: "pattern-never-matches", Message: "this regular expression can match nothing",
					Cause: "^ is the beginning of the text and $ its end", Hint: `the characters themselves are \^ and \$`})
			}
		case t.kind != tokenSign:
		case t.text == "(" || t.text == "[" || t.text == "{":
			name := ""
			if t.text == "(" && i > 0 && list[i-1].kind == tokenName {
				name = list[i-1].text
			}
			calls, commas = append(calls, name), append(commas, 0)
		case (t.text == ")" || t.text == "]" || t.text == "}") && len(calls) > 0:
			calls, commas = calls[:len(calls)-1], commas[:len(commas)-1]
		case t.text == "," && len(commas) > 0:
			commas[len(commas)-1]++
		}
	}
}

// neverMatches reports that no text matches, because something must stand
// before its beginning or behind its end.
func neverMatches(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpNoMatch:
		return true
	case syntax.OpCapture, syntax.OpPlus:
		return neverMatches(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min > 0 && neverMatches(re.Sub[0])
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return !neverMatches(s) })
	case syntax.OpConcat:
		for i, s := range re.Sub {
			if neverMatches(s) || tied(s, syntax.OpBeginText) && consumes(re.Sub[:i]) || tied(s, syntax.OpEndText) && consumes(re.Sub[i+1:]) {
				return true
			}
		}
	}
	return false
}

// tied reports that a match of the whole expression begins or ends where the
// text does.
func tied(re *syntax.Regexp, to syntax.Op) bool {
	switch re.Op {
	case to:
		return true
	case syntax.OpCapture, syntax.OpPlus:
		return tied(re.Sub[0], to)
	case syntax.OpConcat:
		if to == syntax.OpBeginText {
			return tied(re.Sub[0], to)
		}
		return tied(re.Sub[len(re.Sub)-1], to)
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return !tied(s, to) })
	default:
		return false
	}
}

// consumes reports that expressions behind one another match one character or
// more, never none.
func consumes(parts []*syntax.Regexp) bool {
	return slices.ContainsFunc(parts, func(re *syntax.Regexp) bool {
		switch re.Op {
		case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
			return true
		case syntax.OpCapture, syntax.OpPlus:
			return consumes(re.Sub)
		case syntax.OpRepeat:
			return re.Min > 0 && consumes(re.Sub)
		case syntax.OpConcat:
			return consumes(re.Sub)
		case syntax.OpAlternate:
			return !slices.ContainsFunc(re.Sub, func(s *syntax.Regexp) bool { return !consumes([]*syntax.Regexp{s}) })
		default:
			return false
		}
	})
}
