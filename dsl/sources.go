package dsl

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// sourceDef is one entry of sources.
type sourceDef struct {
	name        string
	node        *yaml.Node
	kind        sourceType
	source      pipeline.Source  // nil: it could not be opened
	schema      *pipeline.Schema // nil: not known
	declared    *pipeline.Schema // of schema:, nil when absent
	id, updated *eval.Program    // nil: the source's own
	identifiers map[string]string
	used        bool
	looked      bool // by a lookup, which may want any column
}

// commonSourceKeys are the options that every source has.
var commonSourceKeys = []string{"type", "id", "updated", "identifiers", "schema", "incremental"}

func (l *loader) readSources(n *yaml.Node) {
	l.sources = map[string]*sourceDef{}
	if n == nil {
		return
	}
	for _, e := range l.mapping(n, "sources") {
		if def := l.readSource(e); def != nil {
			l.sources[e.key.Value] = def
		}
	}
}

func (l *loader) readSource(e entry) *sourceDef {
	def := &sourceDef{name: e.key.Value, node: e.key}
	entries := l.mapping(e.value, "source "+def.name)
	kind := find(entries, "type")
	if kind == nil {
		l.at(e.key, diag.Diagnostic{Code: "no-type", Message: fmt.Sprintf("source %s has no type", def.name), Hint: "type is one of " + strings.Join(l.reg.SourceTypes(), ", ")})
		return def
	}
	known, ok := l.reg.sources[kind.Value]
	if !ok {
		l.at(kind, diag.Diagnostic{Code: "unknown-type", Message: fmt.Sprintf("there is no source type %q", diag.Shorten(kind.Value, 60)), Hint: diag.DidYouMean(kind.Value, l.reg.SourceTypes())})
		return def
	}
	def.kind = known
	given, complete := l.options(entries, "source "+def.name, known.options, commonSourceKeys)
	if schema := find(entries, "schema"); schema != nil {
		def.declared = l.readDeclared(schema)
	}
	if complete {
		l.openSource(def, e, given)
	}
	l.readRowOptions(def, entries)
	return def
}

// openSource opens the source far enough to know its columns.
func (l *loader) openSource(def *sourceDef, e entry, given values) {
	def.schema = def.declared
	source, errs := def.kind.open(l.ctx, given, l.sourceEnv(def.name))
	for _, oe := range errs {
		at := find(l.mapping(e.value, ""), oe.name)
		if at == nil {
			at = e.key
		}
		l.at(at, diag.Diagnostic{Code: "bad-option", Message: "source " + def.name + ": " + oe.err.Error()})
	}
	if source == nil {
		return
	}
	def.source = source
	schema, err := source.Schema(l.ctx)
	switch {
	case err == nil:
		def.schema = schema
	case l.host.Offline:
		l.at(e.key, diag.Diagnostic{Severity: diag.Warning, Code: "columns-unknown", Message: fmt.Sprintf("the columns of source %s could not be checked: %v", def.name, err)})
	default:
		l.at(e.key, diag.Diagnostic{Code: "unreadable-source", Message: fmt.Sprintf("source %s: %v", def.name, err)})
	}
}

func (l *loader) sourceEnv(name string) Env {
	return Env{Name: name, Dir: l.dir, BatchRows: l.host.BatchRows, Now: l.host.Now, Log: l.host.Log, Stdin: l.host.Stdin, Connect: l.host.Connect}
}

// readDeclared reads schema: the columns and their types, where the source
// cannot be asked.
func (l *loader) readDeclared(n *yaml.Node) *pipeline.Schema {
	var fields []pipeline.Field
	for _, e := range l.mapping(n, "schema") {
		t, err := pipeline.ParseType(e.value.Value)
		if err != nil {
			l.at(e.value, diag.Diagnostic{Code: "unknown-value", Message: err.Error()})
			t = pipeline.String
		}
		fields = append(fields, pipeline.Field{Name: e.key.Value, Type: t})
	}
	s, err := pipeline.NewSchema(fields...)
	if err != nil {
		l.at(n, diag.Diagnostic{Code: "bad-value", Message: "schema: " + err.Error()})
	}
	return s
}

// readRowOptions reads what says which row is which: id, updated, identifiers.
func (l *loader) readRowOptions(def *sourceDef, entries []entry) {
	if n := find(entries, "id"); n != nil {
		def.id = l.compile(n, "id", l.env(def.schema), 0)
		if def.id != nil && def.id.Type().Record != nil {
			l.at(n, diag.Diagnostic{Code: "type-conflict", Message: "id is a record, not a single value"})
		}
	}
	if n := find(entries, "updated"); n != nil {
		def.updated = l.compile(n, "updated", l.env(def.schema), pipeline.Timestamp)
	}
	if n := find(entries, "incremental"); n != nil {
		l.oneOf(n, "incremental", "true", "false")
	}
	if n := find(entries, "identifiers"); n != nil {
		def.identifiers = map[string]string{}
		for _, e := range l.mapping(n, "identifiers") {
			if t, ok := l.text(e.value, "identifiers "+e.key.Value); ok {
				def.identifiers[e.key.Value] = t
			}
		}
	}
}

// options collects the options of a source or target as values with references
// resolved. Complete is false when something is missing that only a run needs.
func (l *loader) options(entries []entry, what string, known []Option, common []string) (given values, complete bool) {
	given, complete = values{}, true
	all := slices.Clone(common)
	for _, o := range known {
		all = append(all, o.Name)
	}
	for _, e := range entries {
		at := slices.IndexFunc(known, func(o Option) bool { return o.Name == e.key.Value })
		switch {
		case at >= 0:
			v, ok := l.option(e, what, known[at])
			complete = complete && ok
			given[e.key.Value] = v
		case !slices.Contains(common, e.key.Value):
			l.at(e.key, diag.Diagnostic{Code: "unknown-key", Message: fmt.Sprintf("%s has no option %q", what, diag.Shorten(e.key.Value, 60)), Hint: diag.DidYouMean(e.key.Value, all)})
		}
	}
	return given, complete
}

func (l *loader) option(e entry, what string, o Option) (optionValue, bool) {
	switch e.value.Kind {
	case yaml.SequenceNode:
		v, ok := optionValue{list: []string{}}, true
		for _, item := range l.items(e.value, o.Name) {
			text, fine := l.setting(item, what, o)
			v.list, ok = append(v.list, text.text), ok && fine
		}
		return v, ok
	case yaml.MappingNode:
		v, ok := optionValue{fields: map[string]string{}}, true
		for _, member := range l.mapping(e.value, o.Name) {
			text, fine := l.setting(member.value, what, o)
			v.fields[member.key.Value], ok = text.text, ok && fine
		}
		return v, ok
	default:
		return l.setting(e.value, what, o)
	}
}

// setting is one connection setting with its references resolved. Offline, a
// reference that stands for nothing becomes a placeholder for secrets and
// leaves the source or target unopened for everything else.
func (l *loader) setting(n *yaml.Node, what string, o Option) (optionValue, bool) {
	text, ok := l.text(n, o.Name)
	if !ok {
		return optionValue{}, false
	}
	if o.Type == "secret" && !onlyReference(text) {
		l.at(n, diag.Diagnostic{Code: "secret-in-file", Message: fmt.Sprintf("%s: %s is a secret and must not stand in the file", what, o.Name),
			Hint: "write ${NAME} for an environment variable, or ${file:PATH} for a file"})
		return optionValue{}, false
	}
	value, missing, err := l.host.expand(text)
	if err != nil {
		l.at(n, diag.Diagnostic{Code: "bad-reference", Message: fmt.Sprintf("%s: %s: %v", what, o.Name, err)})
		return optionValue{}, false
	}
	if len(missing) > 0 && !l.host.Offline && !(l.host.SourcesOnly && l.inTargets) {
		l.at(n, diag.Diagnostic{Code: "unset-variable", Message: fmt.Sprintf("%s: %s needs %s, which is not set", what, o.Name, strings.Join(missing, ", ")), Hint: "set it in the environment of this command"})
		return optionValue{}, false
	}
	v := optionValue{text: value, secret: strings.Contains(text, "${")}
	if len(missing) > 0 && o.Type == "secret" {
		v.text = "unset"
		return v, true
	}
	return v, len(missing) == 0
}

func find(entries []entry, key string) *yaml.Node {
	for _, e := range entries {
		if e.key.Value == key {
			return e.value
		}
	}
	return nil
}
