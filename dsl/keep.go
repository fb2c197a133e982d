package dsl

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

var (
	keepKeys      = []string{"priority", "fields"}
	keepFieldKeys = []string{"expr"}
)

// keepWords are the words for which value of a field survives.
var keepWords = []string{"priority", "newest", "longest", "most_frequent", "union", "join_distinct"}

func (l *loader) readKeep(n *yaml.Node, schema *pipeline.Schema, keep *dedupe.Survivorship) {
	s := l.section(n, "keep", keepKeys...)
	if e, ok := s["priority"]; ok {
		for _, item := range l.items(e.value, "priority") {
			if def := l.sourceNamed(item); def != nil {
				keep.Priority = append(keep.Priority, def.name)
			}
		}
	}
	if e, ok := s["fields"]; ok {
		keep.Fields, keep.Choose = map[string]string{}, map[string]dedupe.Chooser{}
		for _, f := range l.mapping(e.value, "fields") {
			l.readKeepField(f, schema, keep)
		}
	}
}

// readKeepField reads how one field survives: a word, or { expr: EXPRESSION }.
func (l *loader) readKeepField(e entry, schema *pipeline.Schema, keep *dedupe.Survivorship) {
	name := e.key.Value
	at := schema.Index(name)
	if at < 0 {
		l.at(e.key, diag.Diagnostic{Code: "unknown-field", Message: fmt.Sprintf("the model maps no field %q", diag.Shorten(name, 60)), Hint: l.near(name, schema.Names())})
		return
	}
	if e.value.Kind != yaml.MappingNode {
		keep.Fields[name] = l.oneOf(e.value, "what is kept of "+name, keepWords...)
		return
	}
	x, ok := l.section(e.value, "what is kept of "+name, keepFieldKeys...)["expr"]
	if !ok {
		l.at(e.value, diag.Diagnostic{Code: "no-expression", Message: "what is kept of " + name + " has no expression", Hint: "write a word such as newest, or { expr: EXPRESSION }"})
		return
	}
	if c := l.choice(x.value, schema.Field(at)); c != nil {
		keep.Choose[name] = c
	}
}

// choice compiles the expression that chooses among the values of a field.
func (l *loader) choice(n *yaml.Node, field pipeline.Field) dedupe.Chooser {
	what := "what is kept of " + field.Name
	src, ok := l.expressionText(n, what)
	if !ok {
		return nil
	}
	c, problems := eval.CompileChoice(src, eval.Env{Vars: l.vars, Funcs: l.functions}, field.Type)
	l.tellProblems(n, problems)
	if c == nil {
		return nil
	}
	l.compiled(n, what, c.VM())
	if c.Erases() && !field.Erasable {
		l.cannotErase(n, field.Name)
		return nil
	}
	return &choice{c, l.placed(nil, n)}
}

// choice is a dedupe.Chooser that evaluates an expression.
type choice struct {
	choice *eval.Choice
	at     *expression // where the text stands; it has no program
}

// Choose evaluates the expression. An error begins with what failed and ends
// with the place in the pipeline.
func (c *choice) Choose(of dedupe.Candidates) (pipeline.Value, error) {
	v, failed := c.choice.Choose(eval.Candidates(of), eval.Runtime{})
	if failed != nil {
		return v, fmt.Errorf("%s%s (%s)", failed.Message, c.at.excerpt(*failed), c.at.place(failed.From))
	}
	return v, nil
}
