package dsl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// rule is one entry of validate.
type rule struct {
	field   int    // of the model; -1: none
	what    string // the rule in words, for messages
	place   string // in the pipeline file
	message string // of the author; "" for the check's own
	check   *eval.Program
	named   *funcs.Check
	args    funcs.CheckArgs
	unique  bool
	fail    onFail
	set     *eval.Program
	source  ruleText
}

type onFail uint8

const (
	failReject onFail = iota
	failWarn
	failAbort
	failSet
)

var (
	ruleKeys    = []string{"field", "is", "check", "on_fail", "message", "values", "max", "country"}
	onFailKeys  = []string{"set"}
	onFailWords = []string{"reject", "warn", "abort"}
)

func (l *loader) readRules(n *yaml.Node, schema *pipeline.Schema) pipeline.Rules {
	r := &rules{schema: schema}
	for _, item := range l.items(n, "validate") {
		if x := l.readRule(item, schema); x != nil {
			r.list = append(r.list, x)
		}
	}
	if len(r.list) == 0 {
		return nil
	}
	l.doubtRules(r.list, schema)
	return r
}

func (l *loader) readRule(n *yaml.Node, schema *pipeline.Schema) *rule {
	s := l.section(n, "the rule", ruleKeys...)
	x := &rule{field: -1, place: l.where(n)}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	if e, ok := s["field"]; ok {
		name, ok := l.text(e.value, "field")
		if !ok {
			return nil
		}
		x.source.owner = name
		if x.field = schema.Index(name); x.field < 0 {
			l.at(e.value, diag.Diagnostic{Code: "unknown-field", Message: fmt.Sprintf("the model maps no field %q", diag.Shorten(name, 60)), Hint: l.near(name, schema.Names())})
			return nil
		}
	}
	if e, ok := s["message"]; ok {
		x.message, _ = l.text(e.value, "message")
	}
	is, named := s["is"]
	check, free := s["check"]
	good := true
	switch {
	case named == free:
		l.at(n, diag.Diagnostic{Code: "bad-rule", Message: "a rule has either is: (a named check) or check: (an expression)"})
		return nil
	case named:
		x.source.node = is.value
		good = l.namedCheck(x, s, is, schema, n)
	default:
		l.noArguments(s)
		x.source.node, x.source.text = check.value, check.value.Value
		env := l.recordEnv(schema)
		x.check, x.what = l.compile(check.value, "check", env, pipeline.Bool), check.value.Value
		if v, fixed := constant(x.check); fixed && v.Type() == pipeline.Bool {
			l.at(check.value, diag.Diagnostic{Severity: diag.Warning, Code: "constant-rule", Message: fmt.Sprintf("this is always %v, whatever the record", v.Bool())})
		}
	}
	l.onFail(x, s["on_fail"], schema) // whatever is wrong with the check
	if !good || x.check == nil && x.named == nil && !x.unique {
		return nil
	}
	return x
}

// recordEnv is what an expression over the records of a model may name.
func (l *loader) recordEnv(schema *pipeline.Schema) eval.Env {
	return eval.Env{Columns: schema, Record: true, Vars: l.vars, Funcs: l.functions}
}

// noArguments reports the arguments of named checks beside a free one.
func (l *loader) noArguments(s map[string]entry) {
	for _, name := range []string{"values", "max", "country"} {
		if e, ok := s[name]; ok {
			l.at(e.key, diag.Diagnostic{Code: "bad-rule", Message: name + " is an argument of a named check, not of check", Hint: "use is:, or remove it"})
		}
	}
}

func constant(p *eval.Program) (pipeline.Value, bool) {
	if p == nil {
		return pipeline.Null(), false
	}
	return p.Constant()
}

// namedCheck finds the check that is: names, and its arguments.
func (l *loader) namedCheck(x *rule, s map[string]entry, is entry, schema *pipeline.Schema, n *yaml.Node) bool {
	name, ok := l.text(is.value, "is")
	if !ok {
		return false
	}
	x.what = "is: " + name
	if x.field < 0 {
		l.at(n, diag.Diagnostic{Code: "bad-rule", Message: "is: " + name + " needs field:, the field that it looks at"})
		return false
	}
	if name == "unique" {
		l.noArguments(s)
		x.unique = true
		return true
	}
	known := []string{"unique"}
	for _, c := range funcs.Checks() {
		known = append(known, c.Name)
		if c.Name == name {
			x.named = c
		}
	}
	if x.named == nil {
		l.at(is.value, diag.Diagnostic{Code: "unknown-check", Message: fmt.Sprintf("there is no check %q", diag.Shorten(name, 60)), Hint: l.near(name, known)})
		return false
	}
	return l.checkArgs(x, s, is, schema)
}

// checkArgs reads the arguments of a named check and looks at whether it suits
// its field.
func (l *loader) checkArgs(x *rule, s map[string]entry, is entry, schema *pipeline.Schema) bool {
	if e, ok := s["values"]; ok {
		x.args.Values = l.texts(e.value, "values")
	}
	if e, ok := s["country"]; ok {
		x.args.Country, _ = l.text(e.value, "country")
	}
	if e, ok := s["max"]; ok {
		n, err := strconv.Atoi(e.value.Value)
		if err != nil {
			l.at(e.value, diag.Diagnostic{Code: "bad-value", Message: "max must be a whole number"})
			return false
		}
		x.args.Max = n
	}
	if err := x.named.Validate(x.args); err != nil {
		l.at(is.value, diag.Diagnostic{Code: "bad-rule", Message: err.Error()})
		return false
	}
	if f := schema.Field(x.field); len(x.named.Types) > 0 && !slices.Contains(x.named.Types, f.Type) {
		l.at(is.value, diag.Diagnostic{Code: "type-conflict", Message: fmt.Sprintf("the check %s is not for a field of type %s, such as %s", x.named.Name, f.Type, f.Name)})
		return false
	}
	return true
}

// onFail reads what becomes of a record on which the rule does not hold.
func (l *loader) onFail(x *rule, e entry, schema *pipeline.Schema) {
	if e.value == nil {
		return
	}
	if e.value.Kind != yaml.MappingNode {
		switch l.oneOf(e.value, "on_fail", onFailWords...) {
		case "warn":
			x.fail = failWarn
		case "abort":
			x.fail = failAbort
		}
		return
	}
	set, ok := l.section(e.value, "on_fail", onFailKeys...)["set"]
	switch {
	case !ok:
		if len(e.value.Content) == 0 {
			l.at(e.value, diag.Diagnostic{Code: "bad-rule", Message: "on_fail does not say what to do", Hint: "on_fail: reject, warn, abort or { set: EXPRESSION }"})
		}
	case x.unique:
		l.at(e.value, diag.Diagnostic{Code: "bad-rule", Message: "is: unique cannot set a value", Hint: "on_fail: reject, warn or abort"})
	case x.field < 0:
		l.at(e.value, diag.Diagnostic{Code: "bad-rule", Message: "on_fail: { set: ... } needs field:, the field that is set"})
	default:
		x.fail, x.source.set = failSet, set.value
		x.set = l.compile(set.value, "set", l.recordEnv(schema), schema.Field(x.field).Type)
		if f := schema.Field(x.field); x.set != nil && x.set.Type().Erase && !f.Erasable {
			l.cannotErase(set.value, f.Name)
		}
	}
}

// describe says in words what is wrong with a record. Why may be nil.
func (x *rule) describe(schema *pipeline.Schema, value pipeline.Value, why error) string {
	if x.message != "" {
		return x.message
	}
	if x.field < 0 {
		return "the rule does not hold: " + x.what
	}
	name := schema.Field(x.field).Name
	if why != nil {
		return "field " + name + ": " + why.Error()
	}
	return fmt.Sprintf("field %s is %s: the rule does not hold: %s", name, shown(value), x.what)
}

func shown(v pipeline.Value) string {
	if v.Empty() {
		return "empty"
	}
	return `"` + strings.ReplaceAll(diag.Shorten(v.String(), 60), `"`, `'`) + `"`
}
