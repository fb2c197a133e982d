package dsl

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// targetDef is one entry of targets.
type targetDef struct {
	name     string
	node     *yaml.Node
	kindName string
	kind     targetType
	given    values
	complete bool
	config   map[string]string // as written, for the plan
	used     bool
}

// sinkDef is one entry of sinks.
type sinkDef struct {
	node     *yaml.Node
	model    *yaml.Node
	target   *targetDef
	resource Resource // no schema: it comes from the model
	policy   pipeline.Policy
	fields   []entry
	bad      bool
}

func (l *loader) readTargets(n *yaml.Node) {
	l.targets = map[string]*targetDef{}
	if n == nil {
		return
	}
	l.inTargets = true
	defer func() { l.inTargets = false }()
	for _, e := range l.mapping(n, "targets") {
		l.targets[e.key.Value] = l.readTarget(e)
	}
}

func (l *loader) readTarget(e entry) *targetDef {
	def := &targetDef{name: e.key.Value, node: e.key, config: map[string]string{}}
	entries := l.mapping(e.value, "target "+def.name)
	kind := find(entries, "type")
	if kind == nil {
		l.at(e.key, diag.Diagnostic{Code: "no-type", Message: fmt.Sprintf("target %s has no type", def.name), Hint: "type is one of " + strings.Join(l.reg.TargetTypes(), ", ")})
		return def
	}
	known, ok := l.reg.targets[kind.Value]
	if !ok {
		l.at(kind, diag.Diagnostic{Code: "unknown-type", Message: fmt.Sprintf("there is no target type %q", diag.Shorten(kind.Value, 60)), Hint: diag.DidYouMean(kind.Value, l.reg.TargetTypes())})
		return def
	}
	def.kind, def.kindName = known, kind.Value
	def.given, def.complete = l.options(entries, "target "+def.name, known.options, []string{"type"})
	for _, e := range entries {
		if e.key.Value == "type" {
			continue
		}
		if e.value.Kind == yaml.ScalarNode {
			def.config[e.key.Value] = e.value.Value
			continue
		}
		if e.value.Kind == yaml.SequenceNode {
			members := make([]string, len(e.value.Content))
			for i, c := range e.value.Content {
				members[i] = resolve(c).Value
			}
			def.config[e.key.Value] = strings.Join(members, ",")
		}
	}
	return def
}

var sinkKeys = []string{"model", "target", "resource", "allow", "on_missing", "keyless", "fields", "limits", "accept_completeness"}

func (l *loader) readSinks(n *yaml.Node) []*sinkDef {
	if n == nil {
		return nil
	}
	var sinks []*sinkDef
	for _, item := range l.items(n, "sinks") {
		sinks = append(sinks, l.readSink(item))
	}
	return sinks
}

func (l *loader) readSink(n *yaml.Node) *sinkDef {
	def := &sinkDef{node: n, policy: pipeline.Policy{Allow: []pipeline.Action{pipeline.Create, pipeline.Update}, OnMissing: pipeline.IgnoreMissing,
		Accept: pipeline.Proven, Fields: map[string]pipeline.FieldPolicy{}, Limits: map[string]pipeline.Limit{}}}
	s := l.section(n, "the sink", sinkKeys...)
	if e, ok := s["model"]; ok {
		def.model = e.value
	} else {
		def.bad = true
		l.at(n, diag.Diagnostic{Code: "no-model", Message: "the sink does not say its model"})
	}
	l.sinkTarget(def, s, n)
	l.sinkPolicy(def, s)
	return def
}

func (l *loader) sinkTarget(def *sinkDef, s map[string]entry, n *yaml.Node) {
	e, ok := s["target"]
	if !ok {
		def.bad = true
		l.at(n, diag.Diagnostic{Code: "no-target", Message: "the sink does not say its target"})
		return
	}
	name, _ := l.text(e.value, "target")
	if def.target, ok = l.targets[name]; !ok {
		def.bad = true
		l.at(e.value, diag.Diagnostic{Code: "unknown-target", Message: fmt.Sprintf("there is no target %q", diag.Shorten(name, 60)), Hint: diag.DidYouMean(name, sortedKeys(l.targets))})
		return
	}
	def.target.used = true
	known := def.target.kind.resources
	e, ok = s["resource"]
	switch {
	case len(known) == 0 && ok:
		l.at(e.key, diag.Diagnostic{Code: "unknown-key", Message: fmt.Sprintf("target %s has no resources to choose from", name), Hint: "remove resource:"})
	case len(known) == 0:
		def.resource = Resource{Name: "records"}
	case !ok && len(known) == 1:
		def.resource = known[0]
	case !ok:
		def.bad = true
		l.at(n, diag.Diagnostic{Code: "no-resource", Message: "the sink does not say its resource", Hint: "known here: " + strings.Join(resourceNames(known), ", ")})
	default:
		at := slices.IndexFunc(known, func(r Resource) bool { return r.Name == e.value.Value })
		if at < 0 {
			def.bad = true
			l.at(e.value, diag.Diagnostic{Code: "unknown-resource", Message: fmt.Sprintf("target %s has no resource %q", name, diag.Shorten(e.value.Value, 60)), Hint: diag.DidYouMean(e.value.Value, resourceNames(known))})
			return
		}
		def.resource = known[at]
	}
}

func resourceNames(known []Resource) []string {
	list := make([]string, len(known))
	for i, r := range known {
		list[i] = r.Name
	}
	return list
}

func (l *loader) sinkPolicy(def *sinkDef, s map[string]entry) {
	p := &def.policy
	if e, ok := s["allow"]; ok {
		p.Allow = nil
		for _, item := range l.items(e.value, "allow") {
			p.Allow = append(p.Allow, pipeline.Action(l.oneOf(item, "allow", "create", "update", "delete")))
		}
	}
	if e, ok := s["on_missing"]; ok {
		p.OnMissing = pipeline.OnMissing(l.oneOf(e.value, "on_missing", "ignore", "report", "delete"))
		if p.OnMissing == pipeline.DeleteMissing && !slices.Contains(p.Allow, pipeline.Delete) {
			l.at(e.value, diag.Diagnostic{Code: "delete-not-allowed", Message: "on_missing: delete has no effect", Cause: "allow: does not name delete", Hint: "allow: [create, update, delete]"})
		}
	}
	if e, ok := s["keyless"]; ok {
		l.keyless(e.value, p)
	}
	if e, ok := s["accept_completeness"]; ok {
		p.Accept = pipeline.Grade(l.oneOf(e.value, "accept_completeness", "proven", "likely"))
	}
	if e, ok := s["fields"]; ok {
		def.fields = l.mapping(e.value, "fields")
		for _, f := range def.fields {
			p.Fields[f.key.Value] = pipeline.FieldPolicy(l.oneOf(f.value, "the policy of "+f.key.Value, "overwrite", "fill_empty", "create_only", "protect_edits", "replace", "add"))
			if p.Fields[f.key.Value] == "replace" {
				p.Fields[f.key.Value] = pipeline.Overwrite
			}
		}
	}
	if e, ok := s["limits"]; ok {
		for key, limit := range l.section(e.value, "limits", "create", "update", "delete", "blank") {
			p.Limits[key] = l.limit(limit.value, "limits."+key)
		}
	}
}

func (l *loader) keyless(n *yaml.Node, p *pipeline.Policy) {
	text, ok := l.text(n, "keyless")
	if !ok || text == "block" {
		return
	}
	prefix, isReserve := strings.CutPrefix(text, "reserve(")
	prefix, closed := strings.CutSuffix(prefix, ")")
	if !isReserve || !closed || strings.TrimSpace(prefix) == "" {
		l.at(n, diag.Diagnostic{Code: "unknown-value", Message: fmt.Sprintf("keyless cannot be %q", diag.Shorten(text, 60)), Hint: "write block, or reserve(PREFIX) with the beginning of the numbers"})
		return
	}
	p.Keyless = pipeline.Keyless{Reserve: true, Prefix: strings.Trim(strings.TrimSpace(prefix), `"'`)}
}

func (l *loader) limit(n *yaml.Node, what string) pipeline.Limit {
	text, ok := l.text(n, what)
	if !ok {
		return pipeline.Limit{}
	}
	limit, err := pipeline.ParseLimit(text)
	if err != nil {
		l.at(n, diag.Diagnostic{Code: "bad-value", Message: what + ": " + err.Error()})
	}
	return limit
}

// bind opens the target of each sink and joins it to its model.
func (l *loader) bind(sinks []*sinkDef) {
	taken := map[string]*sinkDef{}
	for _, s := range sinks {
		if s.bad {
			continue
		}
		m := l.models[s.model.Value]
		if m == nil {
			l.at(s.model, diag.Diagnostic{Code: "unknown-model", Message: fmt.Sprintf("there is no model %q", diag.Shorten(s.model.Value, 60)), Hint: diag.DidYouMean(s.model.Value, l.order)})
			continue
		}
		where := s.target.name + " " + s.resource.Name
		if other := taken[where]; other != nil {
			l.at(s.node, diag.Diagnostic{Code: "two-sinks", Message: "two sinks write to " + where, Cause: fmt.Sprintf("the other is on line %d", other.node.Line), Hint: "join the models, or use two targets"})
			continue
		}
		taken[where] = s
		l.checkFieldPolicies(s, m)
		if m.out == nil || m.out.Schema == nil || !s.target.complete {
			continue
		}
		connection := pipeline.Connection{Name: s.target.name, Type: s.target.kindName, Dir: l.absoluteDir(), Config: s.target.config}
		if s.resource.Schema == nil {
			connection.Fields = m.out.Schema.Fields()
			s.resource.Schema = m.out.Schema
		}
		target, errs := s.target.kind.open(l.ctx, s.target.given, s.resource, l.sourceEnv(s.target.name))
		for _, oe := range errs {
			l.at(s.target.node, diag.Diagnostic{Code: "bad-option", Message: "target " + s.target.name + ": " + oe.err.Error()})
		}
		if target == nil {
			continue
		}
		l.out.Bindings = append(l.out.Bindings, &pipeline.Binding{Model: m.out, Resource: s.resource.Name, Connection: connection, Target: target, Policy: s.policy})
		l.matcher(m, target.Keys())
	}
	for _, name := range l.order {
		if m := l.models[name]; m.out != nil && m.out.Matcher == nil {
			l.matcher(m, nil)
		}
	}
}

func (l *loader) checkFieldPolicies(s *sinkDef, m *modelDef) {
	if m.out == nil || m.out.Schema == nil {
		return
	}
	for _, f := range s.fields {
		field, ok := m.out.Schema.Lookup(f.key.Value)
		switch {
		case !ok:
			l.at(f.key, diag.Diagnostic{Code: "unknown-field", Message: fmt.Sprintf("model %s maps no field %q", m.name, diag.Shorten(f.key.Value, 60)), Hint: diag.DidYouMean(f.key.Value, m.out.Schema.Names())})
		case s.policy.Fields[f.key.Value] == pipeline.AddToList && field.Type != pipeline.StringList:
			l.at(f.value, diag.Diagnostic{Code: "type-conflict", Message: fmt.Sprintf("add is for lists; %s is a %s", f.key.Value, field.Type)})
		}
	}
}

// OpenTarget connects to the target of a binding of a plan, by the references
// that the plan holds. The pipeline file is not looked at.
func OpenTarget(ctx context.Context, reg *Registry, host Host, b pipeline.PlanBinding) (pipeline.Target, error) {
	kind, ok := reg.targets[b.Connection.Type]
	if !ok {
		return nil, fmt.Errorf("the plan names target type %q, which this program does not have", b.Connection.Type)
	}
	given := values{}
	for _, o := range kind.options {
		text, there := b.Connection.Config[o.Name]
		if !there {
			continue
		}
		value, missing, err := host.expand(text)
		if err != nil {
			return nil, fmt.Errorf("option %s: %w", o.Name, err)
		}
		if len(missing) > 0 {
			return nil, fmt.Errorf("option %s needs %s, which is not set; set it in the environment of this command", o.Name, strings.Join(missing, ", "))
		}
		v := optionValue{text: value, secret: strings.Contains(text, "${")}
		if o.Type == "list" {
			v = optionValue{list: strings.Split(value, ",")}
		}
		given[o.Name] = v
	}
	resource := Resource{Name: b.Resource}
	for _, r := range kind.resources {
		if r.Name == b.Resource {
			resource = r
		}
	}
	if resource.Schema == nil {
		schema, err := pipeline.NewSchema(b.Connection.Fields...)
		if err != nil {
			return nil, fmt.Errorf("the plan's fields: %w", err)
		}
		resource.Schema = schema
	}
	env := Env{Name: b.Connection.Name, Dir: b.Connection.Dir, BatchRows: host.BatchRows, Now: host.Now, Log: host.Log, Stdin: host.Stdin, Connect: host.Connect}
	target, errs := kind.open(ctx, given, resource, env)
	if len(errs) > 0 {
		return nil, errs[0].err
	}
	return target, nil
}
