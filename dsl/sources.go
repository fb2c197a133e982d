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

// sourceDef is one entry of sources.
type sourceDef struct {
	name        string
	node        *yaml.Node
	kind        sourceType
	source      pipeline.Source  // nil: it could not be opened
	schema      *pipeline.Schema // nil: not known
	declared    *pipeline.Schema // of schema:, nil when absent
	id, updated *expression      // nil: the source's own
	identifiers map[string]string
	given       values // its options, with references resolved
	used        bool
	looked      bool // by a lookup, which may want any column
}

// expression is a program and where its text stands.
type expression struct {
	program *eval.Program
	place   func(offset int) string // of a byte of the text, for messages about rows
	text    string
}

// excerptBytes is the length of the part of an expression that a message shows.
const excerptBytes = 60 // bytes

// excerpt is the part of the text on which a row failed, on one line.
func (x *expression) excerpt(e eval.RowError) string {
	if e.From < 0 || e.To > len(x.text) || e.From >= e.To {
		return ""
	}
	return ", in " + diag.Shorten(strings.Join(strings.Fields(x.text[e.From:e.To]), " "), excerptBytes)
}

func (l *loader) placed(p *eval.Program, n *yaml.Node) *expression {
	at := l.places(n)
	file := filepath.Base(l.file)
	return &expression{p, func(offset int) string {
		pos, _ := at(offset)
		pos.File = file
		return pos.String()
	}, n.Value}
}

// commonSourceKeys are the options that every source has.
var commonSourceKeys = []string{"type", "id", "updated", "identifiers", "schema", "incremental"}

func (l *loader) readSources(n *yaml.Node) {
	l.sources = map[string]*sourceDef{}
	if n == nil {
		return
	}
	for _, e := range l.mapping(n, "sources") {
		l.sources[e.key.Value] = l.readSource(e)
	}
}

// readSource reads one source. One with errors has a definition, too, so that
// what names it is not reported as well.
func (l *loader) readSource(e entry) *sourceDef {
	l.named(e.key, "a source")
	def := &sourceDef{name: e.key.Value, node: e.key}
	entries := l.mapping(e.value, "source "+def.name)
	kind := find(entries, "type")
	if kind == nil {
		l.at(e.key, diag.Diagnostic{Code: "no-type", Message: fmt.Sprintf("source %s has no type", def.name), Hint: "type is one of " + strings.Join(l.reg.SourceTypes(), ", ")})
		l.maskSettings(entries)
		return def
	}
	name, ok := l.text(kind, "type")
	if !ok {
		return def
	}
	known, ok := l.reg.sources[name]
	if !ok {
		l.at(kind, diag.Diagnostic{Code: "unknown-type", Message: fmt.Sprintf("there is no source type %q", diag.Shorten(name, 60)), Hint: l.near(name, l.reg.SourceTypes())})
		l.maskSettings(entries)
		return def
	}
	def.kind = known
	given, complete := l.options(entries, "source "+def.name, known.options, commonSourceKeys)
	def.given = given
	if schema := find(entries, "schema"); schema != nil {
		def.declared = l.readDeclared(schema)
	}
	def.schema = def.declared
	errs := known.check(given)
	l.badOptions(errs, "source "+def.name, e.key, entries)
	if complete && len(errs) == 0 {
		l.openSource(def, e.key, entries, given)
	}
	l.readRowOptions(def, entries)
	return def
}

// badOptions reports what is wrong with options, each at its value.
func (l *loader) badOptions(errs []optionError, what string, key *yaml.Node, entries []entry) {
	for _, oe := range errs {
		at := find(entries, oe.name)
		if at == nil {
			at = mentioned(entries, oe.err.Error())
		}
		if at == nil {
			at = key
		}
		l.at(at, diag.Diagnostic{Code: "bad-option", Message: what + ": " + redact(oe.err.Error(), l.secrets)})
	}
}

// mentioned is the value of the option with which an error begins, as in
// "delimiter: ...", "option delimiter ..." or "plandocket: base_url is ..."; nil
// when it names none.
func mentioned(entries []entry, message string) *yaml.Node {
	words := strings.FieldsFunc(message, func(r rune) bool { return r == ' ' || r == ':' })
	for _, w := range words[:min(mentionWordsMax, len(words))] {
		if n := find(entries, w); n != nil && w != "type" {
			return n
		}
	}
	return nil
}

// mentionWordsMax is the number of words at the beginning of an error among
// which an option is looked for.
const mentionWordsMax = 3

// openSource opens the source far enough to know its columns.
func (l *loader) openSource(def *sourceDef, key *yaml.Node, entries []entry, given values) {
	source, errs := def.kind.open(l.ctx, given, l.sourceEnv(def.name))
	l.badOptions(errs, "source "+def.name, key, entries)
	if source == nil {
		return
	}
	def.source = source
	l.doubtEncoding(def, entries, given)
	schema, err := source.Schema(l.ctx)
	switch {
	case err == nil:
		def.schema = schema
		l.checkDeclared(def, find(entries, "schema"))
	default:
		l.unreadableSource(def, key, entries, given, err)
	}
}

// unreadableSource says that the columns of a source are not known; for a check
// alone that is a warning.
func (l *loader) unreadableSource(def *sourceDef, key *yaml.Node, entries []entry, given values, err error) {
	why := redact(err.Error(), l.secrets)
	f := diag.Diagnostic{Code: "unreadable-source", Message: fmt.Sprintf("source %s: %s", def.name, why)}
	if l.host.Offline {
		f = diag.Diagnostic{Severity: diag.Warning, Code: "columns-unknown", Message: fmt.Sprintf("the columns of source %s could not be checked: %s", def.name, why)}
	}
	if hint, missing := l.missingFile(given); missing {
		key, f.Hint = find(entries, pathOption), hint
	}
	l.at(key, f)
}

// checkDeclared compares schema: with the columns that the source has.
func (l *loader) checkDeclared(def *sourceDef, n *yaml.Node) {
	if def.declared == nil || n == nil {
		return
	}
	for _, e := range l.mapping(n, "schema") {
		declared, ok := def.declared.Lookup(e.key.Value)
		if !ok {
			continue
		}
		switch has, ok := def.schema.Lookup(e.key.Value); {
		case !ok:
			l.at(e.key, diag.Diagnostic{Code: "unknown-column", Message: fmt.Sprintf("source %s has no column %q", def.name, diag.Shorten(e.key.Value, 60)), Hint: l.near(e.key.Value, def.schema.Names())})
		case has.Type != declared.Type:
			l.at(e.value, diag.Diagnostic{Code: "type-conflict", Message: fmt.Sprintf("column %s of source %s is of type %s, not %s", has.Name, def.name, has.Type, declared.Type), Hint: "schema: does not convert; a function such as int() in map: does"})
		}
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
		def.id = l.expression(n, "id", def, 0)
		if def.id != nil && def.id.program.Type().Record != nil {
			l.at(n, diag.Diagnostic{Code: "type-conflict", Message: "id is a record, not a single value"})
		}
	}
	if n := find(entries, "updated"); n != nil {
		def.updated = l.expression(n, "updated", def, pipeline.Timestamp)
	}
	own := slices.ContainsFunc(def.kind.options, func(o Option) bool { return o.Name == "incremental" })
	if n := find(entries, "incremental"); n != nil && !own {
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

func (l *loader) expression(n *yaml.Node, what string, def *sourceDef, want pipeline.Type) *expression {
	if p := l.compile(n, what, l.env(def.schema), want); p != nil {
		return l.placed(p, n)
	}
	return nil
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
			if slices.ContainsFunc(known, func(o Option) bool { return o.Type == "secret" }) {
				l.maskSettings([]entry{e})
			}
			l.at(e.key, diag.Diagnostic{Code: "unknown-key", Message: fmt.Sprintf("%s has no option %q", what, diag.Shorten(e.key.Value, 60)), Hint: l.near(e.key.Value, all)})
		}
	}
	return given, complete
}

// maskSettings hides the values of settings of which nobody knows whether they
// are secrets, such as those of a misspelt option.
func (l *loader) maskSettings(entries []entry) {
	for _, e := range entries {
		if e.key.Value != "type" && !(e.value.Kind == yaml.ScalarNode && onlyReference(e.value.Value)) {
			l.mask(e.value)
		}
	}
}

// option is the value of one option, whatever its form; ok is false when it is
// not known what it stands for.
func (l *loader) option(e entry, what string, o Option) (optionValue, bool) {
	if o.Type == "secret" && e.value.Kind != yaml.ScalarNode {
		l.mask(e.value)
	}
	switch e.value.Kind {
	case yaml.SequenceNode:
		v := optionValue{list: []string{}, known: true}
		for _, item := range l.items(e.value, o.Name) {
			text, fine := l.setting(item, what, o)
			v.list, v.known, v.secret = append(v.list, text.text), v.known && fine, v.secret || text.secret
		}
		return v, v.known
	case yaml.MappingNode:
		v := optionValue{fields: map[string]string{}, known: true}
		for _, member := range l.mapping(e.value, o.Name) {
			text, fine := l.setting(member.value, what, o)
			v.known, v.secret = v.known && fine, v.secret || text.secret
			v.fields[member.key.Value] = text.text
		}
		return v, v.known
	default:
		return l.setting(e.value, what, o)
	}
}

// setting is one connection setting with its references resolved. Offline, a
// secret that is not set has a placeholder, so that the rest can be checked;
// anything else that is not set leaves the source or target unopened.
func (l *loader) setting(n *yaml.Node, what string, o Option) (optionValue, bool) {
	if o.Type == "secret" && !(n.Kind == yaml.ScalarNode && onlyReference(n.Value)) {
		l.mask(n)
	}
	text, ok := l.text(n, "option "+o.Name+" of "+what)
	if !ok {
		return optionValue{}, false
	}
	if o.Type == "secret" && !onlyReference(text) {
		l.at(n, diag.Diagnostic{Code: "secret-in-file", Message: fmt.Sprintf("%s: %s is a secret and must not stand in the file", what, o.Name),
			Hint: "write ${NAME} for an environment variable, or ${file:PATH} for a file"})
		return optionValue{}, false
	}
	value, missing, err := l.host.expand(text, l.dir)
	if err != nil {
		l.at(n, diag.Diagnostic{Code: "bad-reference", Message: fmt.Sprintf("%s: %s: %v", what, o.Name, err)})
		return optionValue{}, false
	}
	v := optionValue{text: value, secret: strings.Contains(text, "${"), known: len(missing) == 0}
	if o.Type == "secret" && v.known {
		l.secrets = append(l.secrets, value)
	}
	if v.known {
		return v, true
	}
	if l.host.SourcesOnly && l.inTargets {
		return v, false
	}
	says, hint := needs(missing)
	f := diag.Diagnostic{Code: "unset-variable", Message: fmt.Sprintf("%s: %s %s", what, o.Name, says), Hint: hint}
	if !l.host.Offline {
		l.at(n, f)
		return v, false
	}
	if o.Type == "secret" {
		return optionValue{text: "unset", secret: true, known: true}, true
	}
	f.Severity, f.Cause = diag.Warning, "what depends on it is not checked"
	l.at(n, f)
	return v, false
}
