package dsl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// bind opens the target of each sink and joins it to its model.
func (l *loader) bind() {
	taken := map[[2]string]*sinkDef{}
	for _, s := range l.sinks {
		m := l.sinkModel(s)
		if m == nil || s.bad {
			continue
		}
		m.sent = true
		where := [2]string{s.target.name, s.resource.Name}
		if other := taken[where]; other != nil {
			l.at(s.node, diag.Diagnostic{Code: "two-sinks", Message: fmt.Sprintf("two sinks write to %s of target %s", s.resource.Name, s.target.name), Cause: fmt.Sprintf("the other is on line %d", other.node.Line), Hint: twoSinksHint})
			continue
		}
		taken[where] = s
		if m.out != nil && m.out.Schema != nil {
			l.checkFieldPolicies(s, m)
			l.checkResource(s, m)
			l.connect(s, m)
		}
	}
	last := func(b *pipeline.Binding) bool { return l.last[b] }
	l.out.Bindings = slices.Concat(slices.DeleteFunc(slices.Clone(l.out.Bindings), last),
		slices.DeleteFunc(l.out.Bindings, func(b *pipeline.Binding) bool { return !last(b) }))
	for _, name := range l.order {
		if m := l.models[name]; m.out != nil && m.out.Schema != nil && !m.matched {
			l.matcher(m, nil)
		}
	}
}

// twoSinksHint says what to do about two sinks of the same records. Two targets of one
// address are no way: what is remembered of records goes by the address.
const twoSinksHint = "join the models into one, with several sources under from:; where the rows of one model are meant to be two records, give them to two pipelines"

// onlySink holds that no other sink writes to the same records by a target of another name.
func (l *loader) onlySink(s *sinkDef, target pipeline.Target) bool {
	where := plainAddress(target.Identity())
	if l.writes == nil {
		l.writes = map[string]*sinkDef{}
	}
	other := l.writes[where]
	if other == nil {
		l.writes[where] = s
		return true
	}
	l.at(s.node, diag.Diagnostic{Code: "two-sinks", Message: fmt.Sprintf("two sinks write to %s of targets %s and %s, which are one", s.resource.Name, other.target.name, s.target.name),
		Cause: fmt.Sprintf("both lead to %s; the other sink is on line %d", diag.Shorten(target.Identity(), 100), other.node.Line), Hint: twoSinksHint})
	return false
}

// plainAddress is an identity in which addresses do not tell the ports that they have anyway,
// and no capital letters of hosts.
func plainAddress(identity string) string {
	words := strings.Fields(identity)
	for i, w := range words {
		u, err := url.Parse(w)
		if err != nil || u.Host == "" {
			continue
		}
		usual := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
		u.Host = strings.TrimSuffix(strings.ToLower(u.Host), usual)
		words[i] = strings.TrimSuffix(u.String(), "/")
	}
	return strings.Join(words, " ")
}

// sinkModel is the model of a sink; nil beside a diagnostic when there is none.
func (l *loader) sinkModel(s *sinkDef) *modelDef {
	if s.model == nil {
		return nil
	}
	m := l.models[s.model.Value]
	if m == nil {
		l.at(s.model, diag.Diagnostic{Code: "unknown-model", Message: fmt.Sprintf("there is no model %q", diag.Shorten(s.model.Value, 60)), Hint: l.near(s.model.Value, l.order)})
	}
	return m
}

// connect opens the target of a sink, unless only sources are wanted.
func (l *loader) connect(s *sinkDef, m *modelDef) {
	if !s.target.complete || l.host.SourcesOnly {
		return
	}
	connection := pipeline.Connection{Name: s.target.name, Type: s.target.kindName, Dir: l.absoluteDir(), Config: s.target.config}
	resource := s.resource
	if resource.Schema == nil {
		connection.Fields = m.out.Schema.Fields()
		resource.Schema = m.out.Schema
	}
	target, errs := s.target.kind.open(l.ctx, s.target.given, resource, l.sourceEnv(s.target.name))
	l.badOptions(errs, "target "+s.target.name, s.target.node, s.target.entries)
	if target == nil {
		return
	}
	if !l.onlySink(s, target) {
		return
	}
	b := &pipeline.Binding{Model: m.out, Resource: resource.Name, Connection: connection, Target: target, Policy: s.policy}
	l.out.Bindings = append(l.out.Bindings, b)
	if l.last == nil {
		l.last = map[*pipeline.Binding]bool{}
	}
	l.last[b] = resource.Last
	keys := target.Keys()
	if _, own := target.(pipeline.OwnMatcher); own {
		keys = nil // the target does not ask the matcher
		l.checkOwn(s, m)
	}
	l.checkKeys(s, m, keys)
	if !m.matched {
		l.matcher(m, keys)
	}
}

// checkOwn looks at a model whose records the target finds itself: whether it
// maps what they are found by.
func (l *loader) checkOwn(s *sinkDef, m *modelDef) {
	mapped := func(name string) bool { return m.out.Schema.Index(name) >= 0 }
	for _, name := range s.resource.Required {
		if !mapped(name) {
			l.at(s.model, diag.Diagnostic{Code: "no-key", Message: fmt.Sprintf("model %s does not map %s, without which %s of target %s cannot be told apart", m.name, name, s.resource.Name, s.target.name), Hint: "map " + name})
		}
	}
	if len(s.resource.OneOf) > 0 && !slices.ContainsFunc(s.resource.OneOf, mapped) {
		l.at(s.model, diag.Diagnostic{Code: "no-key", Message: fmt.Sprintf("model %s maps no field by which %s of target %s are found", m.name, s.resource.Name, s.target.name), Hint: "map one of " + strings.Join(s.resource.OneOf, ", ")})
	}
	if m.dedupe != nil {
		l.at(m.dedupe.key, diag.Diagnostic{Code: "dedupe-not-used", Message: fmt.Sprintf("model %s goes to %s of target %s, which are found by what they belong to", m.name, s.resource.Name, s.target.name), Hint: "remove dedupe:; rows about one of them are joined where they agree"})
	}
}

// checkKeys warns when no record of the model could be found in the target by
// a key.
func (l *loader) checkKeys(s *sinkDef, m *modelDef, keys []string) {
	for _, k := range keys {
		if m.out.Schema.Index(k) >= 0 {
			return
		}
	}
	if len(keys) > 0 {
		l.at(s.model, diag.Diagnostic{Severity: diag.Warning, Code: "no-key", Message: fmt.Sprintf("model %s maps no field by which target %s knows a record", m.name, s.target.name), Hint: "map one of " + strings.Join(keys, ", ")})
	}
}

// checkResource compares the model with the resource of a sink that did not
// give the model its types, because another sink of the model came first.
func (l *loader) checkResource(s *sinkDef, m *modelDef) {
	if s.resource.Schema == nil {
		return
	}
	for _, f := range m.out.Schema.Fields() {
		switch has, ok := s.resource.Schema.Lookup(f.Name); {
		case !ok:
			l.at(s.node, diag.Diagnostic{Code: "unknown-field", Message: fmt.Sprintf("%s of target %s has no field %q, which model %s maps", s.resource.Name, s.target.name, f.Name, m.name), Hint: l.near(f.Name, s.resource.Schema.Names())})
		case has.ReadOnly:
			l.at(s.node, diag.Diagnostic{Code: "read-only-field", Message: fmt.Sprintf("field %q, which model %s maps, cannot be written in %s of target %s", f.Name, m.name, s.resource.Name, s.target.name)})
		case has.Type != f.Type:
			l.at(s.node, diag.Diagnostic{Code: "type-conflict", Message: fmt.Sprintf("field %s is a %s in model %s and a %s in %s of target %s", f.Name, f.Type, m.name, has.Type, s.resource.Name, s.target.name)})
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
			l.at(f.key, diag.Diagnostic{Code: "unknown-field", Message: fmt.Sprintf("model %s maps no field %q", m.name, diag.Shorten(f.key.Value, 60)), Hint: l.near(f.key.Value, m.out.Schema.Names())})
		case s.policy.Fields[f.key.Value] == pipeline.AddToList && field.Type != pipeline.StringList:
			l.at(f.value, diag.Diagnostic{Code: "type-conflict", Message: fmt.Sprintf("add is for lists; %s is a %s", f.key.Value, field.Type)})
		}
	}
}

// OpenTarget connects to the target of a binding of a plan, by the references
// that the plan holds. The pipeline file is not looked at. Errors do not show
// secrets.
func OpenTarget(ctx context.Context, reg *Registry, host Host, b pipeline.PlanBinding) (pipeline.Target, error) {
	kind, ok := reg.targets[b.Connection.Type]
	if !ok {
		return nil, fmt.Errorf("the plan names target type %q, which this program does not have", diag.Shorten(b.Connection.Type, 60))
	}
	given := values{}
	var secrets []string
	for _, o := range kind.options {
		text, there := b.Connection.Config[o.Name]
		if !there {
			continue
		}
		v, err := host.planned(text, b.Connection.Dir, o)
		if err != nil {
			return nil, fmt.Errorf("target %s: option %s %w", b.Connection.Name, o.Name, err)
		}
		given[o.Name] = v
		if o.Type == "secret" {
			secrets = append(secrets, v.text)
		}
	}
	resource := kind.resourceOf(b.Resource)
	var err error
	if resource.Schema, err = kind.plannedSchema(given, b); err != nil {
		return nil, err
	}
	env := Env{Name: b.Connection.Name, Dir: b.Connection.Dir, BatchRows: host.BatchRows, Now: host.Now, Log: host.Log, Stdin: host.Stdin, Connect: host.Connect}
	target, errs := kind.open(ctx, given, resource, env)
	if len(errs) > 0 {
		return nil, fmt.Errorf("target %s: %w", b.Connection.Name, &redacted{errs[0].err, secrets})
	}
	return target, nil
}

// SchemaOf is what records of a binding of a plan may hold, by the plan alone: nothing is
// opened, and no reference of its options is followed. An error says that the plan does
// not tell it.
func SchemaOf(reg *Registry, b pipeline.PlanBinding) (*pipeline.Schema, error) {
	kind, ok := reg.targets[b.Connection.Type]
	if !ok {
		return nil, fmt.Errorf("the plan names target type %q, which this program does not have", diag.Shorten(b.Connection.Type, 60))
	}
	given := values{}
	for _, o := range kind.options {
		text, there := b.Connection.Config[o.Name]
		if !there {
			continue
		}
		v, err := Host{}.planned(text, b.Connection.Dir, o)
		if err != nil && (o.Type == "list" || o.Type == "map") {
			return nil, fmt.Errorf("target %s: option %s %w", b.Connection.Name, o.Name, err)
		}
		v.known = err == nil
		given[o.Name] = v
	}
	return kind.plannedSchema(given, b)
}

// plannedSchema is the schema of the resource of a binding.
func (k *targetType) plannedSchema(given values, b pipeline.PlanBinding) (*pipeline.Schema, error) {
	schema, errs := k.schema(given, k.resourceOf(b.Resource))
	if len(errs) > 0 {
		return nil, fmt.Errorf("target %s: %w", b.Connection.Name, errs[0].err)
	}
	if schema == nil {
		var err error
		if schema, err = pipeline.NewSchema(b.Connection.Fields...); err != nil {
			return nil, fmt.Errorf("the plan's fields: %w", err)
		}
	}
	return schema, nil
}

// resourceOf is the resource of a name, which may be of the model's own.
func (k *targetType) resourceOf(name string) Resource {
	for _, r := range k.resources {
		if r.Name == name {
			return r
		}
	}
	return Resource{Name: name}
}

// redacted is an error of others without the secrets that its text may hold.
type redacted struct {
	err     error
	secrets []string
}

func (e *redacted) Error() string { return redact(e.err.Error(), e.secrets) }
func (e *redacted) Unwrap() error { return e.err }

// planned reads an option of a plan; see configText.
func (h Host) planned(text, dir string, o Option) (optionValue, error) {
	v := optionValue{known: true}
	var problems []error
	resolved := func(text string) string {
		value, missing, err := h.expand(text, dir)
		if err == nil && len(missing) > 0 {
			says, hint := needs(missing)
			err = fmt.Errorf("%s; %s", says, hint)
		}
		if err != nil {
			problems = append(problems, err)
		}
		v.secret = v.secret || strings.Contains(text, "${")
		return value
	}
	switch o.Type {
	case "list":
		if err := json.Unmarshal([]byte(text), &v.list); err != nil {
			return v, fmt.Errorf("is no list in the plan: %w", err)
		}
		for i := range v.list {
			v.list[i] = resolved(v.list[i])
		}
	case "map":
		if err := json.Unmarshal([]byte(text), &v.fields); err != nil {
			return v, fmt.Errorf("is no mapping in the plan: %w", err)
		}
		for _, key := range sortedKeys(v.fields) {
			v.fields[key] = resolved(v.fields[key])
		}
	default:
		v.text = resolved(text)
	}
	return v, errors.Join(problems...)
}
