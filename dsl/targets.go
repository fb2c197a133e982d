package dsl

import (
	"encoding/json"
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
	entries  []entry
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
	l.named(e.key, "a target")
	def := &targetDef{name: e.key.Value, node: e.key, config: map[string]string{}}
	def.entries = l.mapping(e.value, "target "+def.name)
	kind := find(def.entries, "type")
	if kind == nil {
		l.at(e.key, diag.Diagnostic{Code: "no-type", Message: fmt.Sprintf("target %s has no type", def.name), Hint: "type is one of " + strings.Join(l.reg.TargetTypes(), ", ")})
		l.maskSettings(def.entries)
		return def
	}
	name, ok := l.text(kind, "type")
	if !ok {
		return def
	}
	known, ok := l.reg.targets[name]
	if !ok {
		l.at(kind, diag.Diagnostic{Code: "unknown-type", Message: fmt.Sprintf("there is no target type %q", diag.Shorten(name, 60)), Hint: l.near(name, l.reg.TargetTypes())})
		l.maskSettings(def.entries)
		return def
	}
	def.kind, def.kindName = known, name
	def.given, def.complete = l.options(def.entries, "target "+def.name, known.options, targetKeys)
	if errs := known.check(def.given); len(errs) > 0 {
		def.complete = false
		l.badOptions(errs, "target "+def.name, e.key, def.entries)
	}
	for _, o := range known.options {
		if n := find(def.entries, o.Name); n != nil {
			def.config[o.Name] = configText(n, o)
		}
	}
	return def
}

// configText is an option as a plan holds it: as written, references not
// resolved. Lists and mappings are JSON, so that any text can be a member.
func configText(n *yaml.Node, o Option) string {
	if o.Type != "list" && o.Type != "map" {
		return n.Value
	}
	if o.Type == "map" {
		members := map[string]string{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			members[resolve(n.Content[i]).Value] = resolve(n.Content[i+1]).Value
		}
		return jsonText(members)
	}
	members := []string{}
	if n.Kind == yaml.ScalarNode {
		members = append(members, n.Value)
	}
	for _, c := range n.Content {
		members = append(members, resolve(c).Value)
	}
	return jsonText(members)
}

// jsonText writes lists and mappings of text, which always can be written.
func jsonText[V []string | map[string]string](v V) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

var (
	targetKeys = []string{"type"} // of every kind
	sinkKeys   = []string{"model", "target", "resource", "allow", "on_missing", "keyless", "fields", "limits", "accept_completeness", "require_approval"}
	limitKeys  = []string{"create", "update", "delete", "blank"}
)

// The words that keys of a sink may have as their value.
var (
	allowWords        = []string{"create", "update", "delete"}
	onMissingWords    = []string{"ignore", "report", "delete"}
	fieldPolicyWords  = []string{"overwrite", "fill_empty", "create_only", "protect_edits", "replace", "add"}
	completenessWords = []string{"proven", "likely"}
	approvalWords     = []string{"create", "update", "delete", pipeline.ApproveIdentity, pipeline.ApproveBlank,
		pipeline.ApproveMerge, pipeline.ApproveNames, pipeline.ApproveOutward, pipeline.ApproveOverrides}
)

func (l *loader) readSinks(n *yaml.Node) []*sinkDef {
	if n == nil {
		return nil
	}
	var sinks []*sinkDef
	for _, item := range l.items(n, "sinks") {
		if item.Kind != yaml.MappingNode {
			l.at(item, diag.Diagnostic{Code: "not-a-mapping", Message: "a sink must be a mapping of keys to values"})
			continue
		}
		sinks = append(sinks, l.readSink(item))
	}
	return sinks
}

func (l *loader) readSink(n *yaml.Node) *sinkDef {
	def := &sinkDef{node: n, policy: pipeline.Policy{Allow: []pipeline.Action{pipeline.Create, pipeline.Update}, OnMissing: pipeline.IgnoreMissing,
		Accept: pipeline.Proven, Fields: map[string]pipeline.FieldPolicy{}, Limits: map[string]pipeline.Limit{}}}
	s := l.section(n, "the sink", sinkKeys...)
	if e, ok := s["model"]; !ok {
		l.at(n, diag.Diagnostic{Code: "no-model", Message: "the sink does not say its model", Hint: "add model: with one of the models"})
	} else if _, ok := l.text(e.value, "model"); ok {
		def.model = e.value
	}
	l.sinkTarget(def, s, n)
	l.sinkPolicy(def, s)
	return def
}

func (l *loader) sinkTarget(def *sinkDef, s map[string]entry, n *yaml.Node) {
	e, ok := s["target"]
	if !ok {
		def.bad = true
		l.at(n, diag.Diagnostic{Code: "no-target", Message: "the sink does not say its target", Hint: "known here: " + strings.Join(sortedKeys(l.targets), ", ")})
		return
	}
	name, ok := l.text(e.value, "target")
	if !ok {
		def.bad = true
		return
	}
	if def.target, ok = l.targets[name]; !ok {
		def.bad = true
		l.at(e.value, diag.Diagnostic{Code: "unknown-target", Message: fmt.Sprintf("there is no target %q", diag.Shorten(name, 60)), Hint: l.near(name, sortedKeys(l.targets))})
		return
	}
	def.target.used = true
	if def.target.kindName == "" {
		def.bad = true // which is reported at the target
		return
	}
	known := def.target.kind.resources
	e, ok = s["resource"]
	switch {
	case len(known) == 0 && ok:
		l.at(e.key, diag.Diagnostic{Code: "unknown-key", Message: fmt.Sprintf("target %s has no resources to choose from", name), Hint: "remove resource:"})
	case len(known) == 0:
		def.resource = Resource{Name: "records"}
	case !ok && len(leading(known)) == 1:
		def.resource = leading(known)[0]
	case !ok:
		def.bad = true
		l.at(n, diag.Diagnostic{Code: "no-resource", Message: "the sink does not say its resource", Hint: "known here: " + strings.Join(resourceNames(known), ", ")})
	default:
		l.sinkResource(def, e.value, known)
	}
	if def.resource.Schema != nil {
		schema, errs := def.target.kind.schema(def.target.given, def.resource)
		l.badOptions(l.withOthers(errs, def), "target "+name, def.target.node, def.target.entries)
		def.resource.Schema, def.bad = schema, def.bad || len(errs) > 0
	}
}

// withOthers are the errors of the options that make the fields of a target, and those of its
// other options, which opening it would find.
func (l *loader) withOthers(errs []optionError, def *sinkDef) []optionError {
	if len(errs) == 0 || !def.target.complete || l.host.SourcesOnly {
		return errs
	}
	_, all := def.target.kind.open(l.ctx, def.target.given, def.resource, l.sourceEnv(def.target.name))
	for _, oe := range all {
		told := func(e optionError) bool { return strings.Contains(oe.err.Error(), e.err.Error()) }
		if !slices.ContainsFunc(errs, told) {
			errs = append(errs, oe)
		}
	}
	return errs
}

func (l *loader) sinkResource(def *sinkDef, n *yaml.Node, known []Resource) {
	wanted, ok := l.text(n, "resource")
	if !ok {
		def.bad = true
		return
	}
	if at := slices.IndexFunc(known, func(r Resource) bool { return r.Name == wanted }); at >= 0 {
		def.resource = known[at]
		return
	}
	def.bad = true
	l.at(n, diag.Diagnostic{Code: "unknown-resource", Message: fmt.Sprintf("target %s has no resource %q", def.target.name, diag.Shorten(wanted, 60)), Hint: l.near(wanted, resourceNames(known))})
	// The model is checked against the resource that was probably meant.
	meant := diag.Nearest(wanted, resourceNames(known))
	if at := slices.IndexFunc(known, func(r Resource) bool { return r.Name == meant }); at >= 0 {
		def.resource = known[at]
	}
}

// leading are the resources that belong to no other; where there is one, it is
// what a sink means that does not say.
func leading(known []Resource) []Resource {
	return slices.DeleteFunc(slices.Clone(known), func(r Resource) bool { return r.Last })
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
		for _, item := range l.textNodes(e.value, "allow") {
			p.Allow = append(p.Allow, pipeline.Action(l.oneOf(item, "allow", allowWords...)))
		}
	}
	if e, ok := s["on_missing"]; ok {
		p.OnMissing = pipeline.OnMissing(l.oneOf(e.value, "on_missing", onMissingWords...))
		if p.OnMissing == pipeline.DeleteMissing && !slices.Contains(p.Allow, pipeline.Delete) {
			l.at(e.value, diag.Diagnostic{Code: "delete-not-allowed", Message: "on_missing: delete has no effect", Cause: "allow: does not name delete", Hint: "allow: [create, update, delete]"})
		}
		if p.OnMissing == pipeline.DeleteMissing && l.nameless {
			l.at(e.value, diag.Diagnostic{Code: "name-needed", Message: "on_missing: delete needs a name of the pipeline",
				Cause: "whose records are whose is remembered by the name, and another pipeline in a file " + diag.Shorten(l.out.Name, 60) + " would delete those of this one",
				Hint:  "name: at the top of the file, with a name that no other pipeline has; what was made without one is remembered as name: " + diag.Shorten(l.out.Name, 60)})
		}
	}
	if e, ok := s["require_approval"]; ok {
		for _, item := range l.textNodes(e.value, "require_approval") {
			p.RequireApproval = append(p.RequireApproval, l.oneOf(item, "require_approval", approvalWords...))
		}
	}
	if e, ok := s["keyless"]; ok {
		l.keyless(e.value, p)
	}
	if e, ok := s["accept_completeness"]; ok {
		p.Accept = pipeline.Grade(l.oneOf(e.value, "accept_completeness", completenessWords...))
	}
	if e, ok := s["fields"]; ok {
		def.fields = l.mapping(e.value, "fields")
		for _, f := range def.fields {
			p.Fields[f.key.Value] = pipeline.FieldPolicy(l.oneOf(f.value, "the policy of "+f.key.Value, fieldPolicyWords...))
			if p.Fields[f.key.Value] == "replace" {
				p.Fields[f.key.Value] = pipeline.Overwrite
			}
		}
	}
	if e, ok := s["limits"]; ok {
		for key, limit := range l.section(e.value, "limits", limitKeys...) {
			p.Limits[key] = l.limit(limit.value, "limits."+key)
		}
		l.doubtLimits(e.value, p)
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
