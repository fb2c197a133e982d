package dsl

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// modelDef is one entry of models.
type modelDef struct {
	name   string
	node   *yaml.Node
	dedupe *entry
	froms  []*fromDef
	out    *pipeline.Model
	sent   bool // to a target
	// matched says that its matcher was made, or what is wrong with it found.
	matched bool
}

// fromDef is one entry of from.
type fromDef struct {
	source *sourceDef // nil: there is none of that name
	where  *expression
	fields []mapped
}

// mapped is one field of map: in one from. Its expression is nil when it does
// not compile.
type mapped struct {
	name string
	node *yaml.Node
	*expression
}

var (
	modelKeys = []string{"from", "validate", "max_rejected", "dedupe"}
	fromKeys  = []string{"source", "where", "use", "map"}
)

func (l *loader) readModels(n *yaml.Node) {
	l.models = map[string]*modelDef{}
	if n == nil || isNull(n) {
		l.at(l.root, diag.Diagnostic{Code: "no-models", Message: "the pipeline has no models", Hint: "add models: with the records that should be"})
		return
	}
	for _, e := range l.mapping(n, "models") {
		l.named(e.key, "a model")
		l.models[e.key.Value] = &modelDef{name: e.key.Value, node: e.key}
		l.order = append(l.order, e.key.Value)
		l.readModel(e, targetSchema(l.sinks, e.key.Value))
	}
}

// targetSchema is the schema of the first resource that the model is sent to;
// nil when there is none, so that the types come from the expressions.
func targetSchema(sinks []*sinkDef, model string) *pipeline.Schema {
	for _, s := range sinks {
		if s.model != nil && s.model.Value == model && s.resource.Schema != nil {
			return s.resource.Schema
		}
	}
	return nil
}

func (l *loader) readModel(e entry, target *pipeline.Schema) {
	m := l.models[e.key.Value]
	s := l.section(e.value, "model "+m.name, modelKeys...)
	from, ok := s["from"]
	if !ok {
		l.at(e.key, diag.Diagnostic{Code: "no-from", Message: fmt.Sprintf("model %s does not say where its records come from", m.name), Hint: "add from: with a list of sources"})
		l.formOfRules(s)
		return
	}
	items := l.items(from.value, "from")
	if len(items) == 0 {
		l.at(from.key, diag.Diagnostic{Code: "no-from", Message: fmt.Sprintf("from of model %s is empty", m.name), Hint: "begin each source with - source: NAME"})
	}
	for _, item := range items {
		if f := l.readFrom(item, m.name, target); f != nil {
			m.froms = append(m.froms, f)
		}
	}
	m.out = &pipeline.Model{Name: m.name, Schema: l.modelSchema(m, target)}
	if limit, ok := s["max_rejected"]; ok {
		m.out.RejectedMax = l.limit(limit.value, "max_rejected")
		l.doubtRejected(limit.value, m.out.RejectedMax)
	}
	if m.out.Schema == nil {
		l.formOfRules(s)
		return
	}
	if validate, ok := s["validate"]; ok {
		m.out.Rules = l.readRules(validate.value, m.out.Schema)
	}
	if d, ok := s["dedupe"]; ok {
		m.dedupe = &d
	}
	l.assemble(m)
}

// formOfRules looks at the form of validate: and dedupe: of a model whose fields are not
// known, so that what they say of fields cannot be looked at.
func (l *loader) formOfRules(s map[string]entry) {
	if validate, ok := s["validate"]; ok {
		for _, rule := range l.items(validate.value, "validate") {
			l.section(rule, "the rule", ruleKeys...)
		}
	}
	if dedupe, ok := s["dedupe"]; ok {
		l.section(dedupe.value, "dedupe", dedupeKeys...)
	}
}

func (l *loader) readFrom(n *yaml.Node, model string, target *pipeline.Schema) *fromDef {
	s := l.section(n, "from", fromKeys...)
	f := &fromDef{}
	env, called := l.env(nil), ""
	if name, ok := s["source"]; !ok {
		if n.Kind == yaml.MappingNode {
			l.at(n, diag.Diagnostic{Code: "no-source", Message: "an entry of from does not say its source", Hint: "add source: with one of " + strings.Join(sortedKeys(l.sources), ", ")})
		}
	} else if f.source = l.sourceNamed(name.value); f.source != nil {
		f.source.used = true
		env, called = l.env(f.source.schema), " "+f.source.name
	}
	if where, ok := s["where"]; ok {
		if p := l.compile(where.value, "where", env, pipeline.Bool); p != nil {
			f.where = l.placed(p, where.value)
			l.useLookups(p)
			l.doubtWhere(f, where.value, env.Columns)
		}
	}
	fields := l.fieldsOf(s)
	for _, e := range fields {
		f.fields = append(f.fields, l.readField(e, env, target)...)
	}
	if len(fields) == 0 && n.Kind == yaml.MappingNode {
		l.at(n, diag.Diagnostic{Code: "no-map", Message: fmt.Sprintf("model %s takes nothing from source%s", model, called), Hint: "add map: with FIELD: EXPRESSION lines"})
	}
	return f
}

// readField compiles one line of map. A field that the target does not have is
// taken for the one that was probably meant, so that rules about it are not
// reported as well; there is none when nothing is near.
func (l *loader) readField(e entry, env eval.Env, target *pipeline.Schema) []mapped {
	name, field := e.key.Value, pipeline.Field{Erasable: true}
	if target != nil {
		known, ok := target.Lookup(name)
		if !ok || known.ReadOnly {
			name = l.unknownTargetField(e.key, target, ok)
			known, _ = target.Lookup(name)
			known.Erasable = true
		}
		field = known
	}
	p := l.compile(e.value, "field "+e.key.Value, env, field.Type)
	l.useLookups(p)
	m := mapped{name: name, node: e.value}
	switch {
	case name == "":
		return nil
	case p == nil:
	case p.Type().Record != nil:
		l.at(e.value, diag.Diagnostic{Code: "type-conflict", Message: fmt.Sprintf("field %s would be a record, not a single value", name), Hint: "take one part of it, such as ." + p.Type().Record[0].Name})
	case p.Type().Erase && !field.Erasable:
		l.cannotErase(e.value, name)
	default:
		m.expression = l.placed(p, e.value)
	}
	return []mapped{m}
}

func (l *loader) cannotErase(n *yaml.Node, field string) {
	at := max(0, strings.Index(n.Value, "erase"))
	l.inside(n, at, min(at+len("erase"), len(n.Value)), diag.Diagnostic{Code: "cannot-erase", Message: fmt.Sprintf("field %s cannot be erased", field),
		Cause: "the target is not known to accept an empty value for it", Hint: "write nil for no opinion: the target keeps its value"})
}

func (l *loader) useLookups(p *eval.Program) {
	if p == nil {
		return
	}
	for _, name := range p.Lookups() {
		if def := l.lookups[name]; def != nil {
			def.used = true
		}
	}
}

// unknownTargetField reports a field that cannot be written and returns the
// one that was probably meant, or "".
func (l *loader) unknownTargetField(key *yaml.Node, target *pipeline.Schema, readOnly bool) string {
	if readOnly {
		l.at(key, diag.Diagnostic{Code: "read-only-field", Message: fmt.Sprintf("field %q is set by the target and cannot be written", key.Value)})
		return ""
	}
	var writable []string
	for _, f := range target.Fields() {
		if !f.ReadOnly {
			writable = append(writable, f.Name)
		}
	}
	hint := l.near(key.Value, writable)
	if hint == "" {
		hint = "the target's fields are " + strings.Join(writable, ", ")
	}
	l.at(key, diag.Diagnostic{Code: "unknown-field", Message: fmt.Sprintf("the target has no field %q", diag.Shorten(key.Value, 60)), Hint: hint})
	return diag.Nearest(key.Value, writable)
}

// fieldsOf joins the fragments of use: with map:. A field that is mapped twice
// is a diagnostic.
func (l *loader) fieldsOf(s map[string]entry) []entry {
	var fields []entry
	lines := map[string]int{}
	add := func(e entry, from string) {
		if line, twice := lines[e.key.Value]; twice {
			l.at(e.key, diag.Diagnostic{Code: "mapped-twice", Message: fmt.Sprintf("field %q is mapped twice", diag.Shorten(e.key.Value, 60)), Cause: fmt.Sprintf("also on line %d%s", line, from)})
			return
		}
		lines[e.key.Value] = e.key.Line
		fields = append(fields, e)
	}
	if use, ok := s["use"]; ok {
		for _, item := range l.textNodes(use.value, "use") {
			l.fragmentsUsed[item.Value] = true
			fragment, ok := l.fragments[item.Value]
			if !ok {
				l.at(item, diag.Diagnostic{Code: "unknown-fragment", Message: fmt.Sprintf("there is no fragment %q", diag.Shorten(item.Value, 60)), Hint: l.near(item.Value, sortedKeys(l.fragments))})
			}
			for _, e := range fragment {
				add(e, "")
			}
		}
	}
	if m, ok := s["map"]; ok {
		for _, e := range l.mapping(m.value, "map") {
			add(e, " (a fragment that use: takes in)")
		}
	}
	return fields
}

// modelSchema is the fields that any from maps: in the order and with the
// types of the target, or else as they appear and as the expressions say.
func (l *loader) modelSchema(m *modelDef, target *pipeline.Schema) *pipeline.Schema {
	var fields []pipeline.Field
	if target != nil {
		for _, f := range target.Fields() {
			if slices.ContainsFunc(m.froms, func(d *fromDef) bool { return d.maps(f.Name) }) {
				fields = append(fields, f)
			}
		}
	} else {
		fields = l.inferredFields(m)
	}
	if len(fields) == 0 {
		return nil
	}
	s, err := pipeline.NewSchema(fields...)
	if err != nil {
		l.at(m.node, diag.Diagnostic{Code: "bad-value", Message: fmt.Sprintf("model %s: %v", m.name, err)})
		return nil
	}
	return s
}

func (f *fromDef) maps(name string) bool {
	return slices.ContainsFunc(f.fields, func(m mapped) bool { return m.name == name })
}

// inferredFields types the fields by their expressions; one that is always
// null is text, an int beside a float is a float.
func (l *loader) inferredFields(m *modelDef) []pipeline.Field {
	var fields []pipeline.Field
	for _, f := range m.froms {
		for _, x := range f.fields {
			at := slices.IndexFunc(fields, func(o pipeline.Field) bool { return o.Name == x.name })
			if at < 0 {
				at = len(fields)
				fields = append(fields, pipeline.Field{Name: x.name, Kind: kindOf(x.name), Erasable: true})
			}
			if x.expression == nil {
				continue
			}
			t := x.program.Type().Plain
			switch have := fields[at].Type; {
			case have == 0 || t == have:
				fields[at].Type = max(have, t)
			case t == 0:
			case have == pipeline.Int && t == pipeline.Float || have == pipeline.Float && t == pipeline.Int:
				fields[at].Type = pipeline.Float
			default:
				l.at(x.node, diag.Diagnostic{Code: "type-conflict", Message: fmt.Sprintf("field %s is a %s here and a %s elsewhere", x.name, t, have), Hint: "convert one of them, such as with int() or string concatenation"})
			}
		}
	}
	for i := range fields {
		if fields[i].Type == 0 {
			fields[i].Type = pipeline.String
		}
	}
	return fields
}

// assemble makes the runnable form of a model.
func (l *loader) assemble(m *modelDef) {
	m.out.Namespace = func(source, field string) string {
		if def := l.sources[source]; def != nil {
			return def.identifiers[field]
		}
		return ""
	}
	for _, f := range m.froms {
		if f.source == nil {
			continue
		}
		source := f.source.source
		if source == nil {
			continue
		}
		mapping := &mapping{from: f, schema: m.out.Schema, lookups: l.lookups}
		if narrower := l.project(f); narrower != nil {
			source = narrower
		}
		m.out.From = append(m.out.From, &pipeline.From{Name: f.source.name, Source: source, Mapping: mapping})
	}
	l.checkIdentifiers(m)
	l.out.Models = append(l.out.Models, m.out)
}

// checkIdentifiers looks at identifiers: of the sources of a model, which name
// fields of the models that they feed.
func (l *loader) checkIdentifiers(m *modelDef) {
	for _, f := range m.froms {
		if f.source == nil {
			continue
		}
		for _, name := range sortedKeys(f.source.identifiers) {
			if m.out.Schema.Index(name) < 0 {
				l.at(f.source.node, diag.Diagnostic{Severity: diag.Warning, Code: "unknown-field", Message: fmt.Sprintf("identifiers of source %s names field %q, which model %s does not map", f.source.name, diag.Shorten(name, 60), m.name), Hint: l.near(name, m.out.Schema.Names())})
			}
		}
	}
}

// project returns the source with the columns that are used alone, or nil when
// it is read whole.
func (l *loader) project(f *fromDef) pipeline.Source {
	narrow, ok := f.source.source.(pipeline.Projector)
	if !ok || f.source.kind.wholeRows || f.source.looked || f.source.schema == nil {
		return nil
	}
	used := map[string]bool{}
	for _, p := range f.programs() {
		for _, name := range p.Columns() {
			used[name] = true
		}
	}
	var columns []string
	for _, name := range f.source.schema.Names() {
		if used[name] {
			columns = append(columns, name)
		}
	}
	if len(columns) == 0 {
		return nil
	}
	source, err := narrow.Project(columns)
	if err != nil {
		l.at(f.source.node, diag.Diagnostic{Code: "unreadable-source", Message: fmt.Sprintf("source %s: %v", f.source.name, err)})
		return nil
	}
	return source
}

// programs are all expressions that look at the columns of the source.
func (f *fromDef) programs() []*eval.Program {
	var all []*eval.Program
	for _, x := range []*expression{f.where, f.source.id, f.source.updated} {
		if x != nil {
			all = append(all, x.program)
		}
	}
	for _, m := range f.fields {
		if m.expression != nil {
			all = append(all, m.program)
		}
	}
	return all
}

func (l *loader) absoluteDir() string {
	dir, err := filepath.Abs(l.dir)
	if err != nil {
		return l.dir
	}
	return dir
}
