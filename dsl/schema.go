package dsl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// JSONSchema is the schema of a pipeline file for editors (JSON Schema, draft
// 2020-12), indented, with a line break at its end. It is made of the same lists
// of keys and words as the loader uses and of the options that were registered,
// so that it accepts no key that the loader does not know. It says nothing of
// what lies within expressions, and names of parts are not compared with each
// other: that is what the loader does.
//
// Types narrows the kinds of sources and targets to those that are named; none
// means all. A name that is no kind is an error.
func (r *Registry) JSONSchema(types ...string) ([]byte, error) {
	known := append(r.SourceTypes(), r.TargetTypes()...)
	for _, t := range types {
		if !slices.Contains(known, t) {
			return nil, fmt.Errorf("there is no source or target type %q; %s", diag.Shorten(t, 60), diag.DidYouMean(t, known))
		}
	}
	wanted := func(kinds []string) []string {
		if len(types) == 0 {
			return kinds
		}
		return slices.DeleteFunc(kinds, func(k string) bool { return !slices.Contains(types, k) })
	}
	s := &schemaBuilder{}
	for _, k := range wanted(r.SourceTypes()) {
		s.sources = append(s.sources, schemaKind{k, r.sources[k].doc, r.sources[k].options, nil})
	}
	for _, k := range wanted(r.TargetTypes()) {
		s.targets = append(s.targets, schemaKind{k, r.targets[k].doc, r.targets[k].options, r.targets[k].resources})
	}
	compact, err := plainJSON(s.pipeline())
	if err != nil {
		return nil, fmt.Errorf("write the schema: %w", err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", "  "); err != nil {
		return nil, fmt.Errorf("write the schema: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// schemaBuilder makes the schema of one registry.
type schemaBuilder struct {
	sources, targets []schemaKind
}

// schemaKind is a kind of source or target.
type schemaKind struct {
	name, doc string
	options   []Option
	resources []Resource
}

// The types of JSON that a YAML scalar can be read as. The loader takes the
// text of any of them.
var scalarTypes = jsonTypes{"string", "number", "boolean"}

// namePattern is partName for the regular expressions of JSON Schema. Classes of
// Unicode are not known to every engine (Python's has no \p, ECMA-262 has it with
// the u flag alone), so it says which characters of ASCII a name does not hold
// and takes any other for a letter. The loader is stricter.
const namePattern = `^[^\x00-@\[-\x60{-\x7f][^\x00-,./:-@\[-^\x60{-\x7f]*$`

func (s *schemaBuilder) pipeline() *schemaNode {
	n := object("A pipeline of reconkit: what should be true of a target, and where it comes from.", pipelineKeys, s.pipelineDocs())
	n.Schema, n.Title = "https://json-schema.org/draft/2020-12/schema", "reconkit pipeline"
	n.Required = []string{"version", "models"}
	n.Defs = schemaMembers{
		{"expression", expressionSchema()},
		{"map", s.mapSchema()},
		{"source", kinds("Where rows come from.", commonSourceKeys, sourceDocs(), s.sources)},
		{"target", kinds("A system that is written to.", targetKeys, targetDocs(), s.targets)},
		{"lookup", required(object("Where single rows are looked up by a key: lookup(\"NAME\", KEY).COLUMN.", lookupKeys, lookupDocs()), "source", "key")},
		{"model", required(object("The records that should be.", modelKeys, modelDocs()), "from")},
		{"from", fromSchema()},
		{"rule", ruleSchema()},
		{"dedupe", object("How records that are the same thing are found.", dedupeKeys, dedupeDocs())},
		{"sink", required(object("What is written where, and what may be done there.", sinkKeys, s.sinkDocs()), "model", "target")},
		{"test", testSchema()},
	}
	return n
}

// object is a mapping with exactly the given keys. A key without a description
// takes any value; the tests see to it that there is none.
func object(doc string, keys []string, docs schemaMembers) *schemaNode {
	n := &schemaNode{Description: doc, Type: jsonTypes{"object"}, Additional: nothing()}
	for _, k := range keys {
		member := docs.get(k)
		if member == nil {
			member = anything()
		}
		n.Properties = append(n.Properties, schemaMember{k, member})
	}
	return n
}

// orEmpty also takes a key behind which nothing stands yet.
func orEmpty(n *schemaNode) *schemaNode {
	n.Type = append(n.Type, "null")
	return n
}

func required(n *schemaNode, keys ...string) *schemaNode {
	n.Required = keys
	return n
}

// named is a mapping of names that the author chooses.
func named(doc, def string, examples ...string) *schemaNode {
	n := &schemaNode{Description: doc, Type: jsonTypes{"object"}, Patterns: schemaMembers{{namePattern, refTo("", def)}}, Additional: nothing()}
	return withExamples(n, examples)
}

func refTo(doc, def string) *schemaNode {
	return &schemaNode{Ref: "#/$defs/" + def, Description: doc}
}

// text is a single value.
func textSchema(doc string, examples ...string) *schemaNode {
	return withExamples(&schemaNode{Description: doc, Type: scalarTypes}, examples)
}

func exprOf(doc string, examples ...string) *schemaNode {
	return withExamples(refTo(doc, "expression"), examples)
}

func withExamples(n *schemaNode, examples []string) *schemaNode {
	for _, e := range examples {
		n.Examples = append(n.Examples, e)
	}
	return n
}

// word is one of several words.
func word(doc, standard string, words []string) *schemaNode {
	n := &schemaNode{Description: doc, Enum: texts(words)}
	if standard != "" {
		n.Default = standard
	}
	return n
}

func texts(words []string) []any {
	list := make([]any, len(words))
	for i, w := range words {
		list[i] = w
	}
	return list
}

// listOf is a list; one value alone is a list of one.
func listOf(doc string, item *schemaNode, examples ...any) *schemaNode {
	return &schemaNode{Description: doc, AnyOf: []*schemaNode{{Type: jsonTypes{"array"}, Items: item}, item}, Examples: examples}
}

// sequence is a list and nothing else.
func sequence(doc string, item *schemaNode) *schemaNode {
	return &schemaNode{Description: doc, Type: jsonTypes{"array"}, Items: item}
}

func bound(f float64) *float64 { return &f }

// limitSchema is a count or a share.
func limitSchema(doc string, examples ...any) *schemaNode {
	return &schemaNode{Description: doc + " A count such as 500, or a share such as 5%.", Examples: examples, AnyOf: []*schemaNode{
		{Type: jsonTypes{"integer"}, Minimum: bound(0)},
		{Type: jsonTypes{"string"}, Pattern: `^\s*(\+?[0-9]+|\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?\s*%)\s*$`},
	}}
}

// probabilitySchema is a number above 0 and up to 1.
func probabilitySchema(doc string, standard float64) *schemaNode {
	return &schemaNode{Description: doc, Default: standard, AnyOf: []*schemaNode{
		{Type: jsonTypes{"number"}, Above: bound(0), Maximum: bound(1)},
		{Type: jsonTypes{"string"}, Pattern: `^\+?[0-9]*\.?[0-9]*([eE][-+]?[0-9]+)?$`},
	}}
}

// expressionSchema is any single value; hovering over it names the functions.
func expressionSchema() *schemaNode {
	var names []string
	for _, f := range funcs.All() {
		names = append(names, f.Name)
	}
	for _, b := range eval.Builtins() {
		names = append(names, b.Name)
	}
	slices.Sort(names)
	return &schemaNode{Type: scalarTypes, Description: "An expression. A name before ( is a function, any other name is a column of the source, or in rules a field of the record. " +
		"row[\"Name With Spaces\"] reads any column, vars.NAME a var, lookup(\"NAME\", key).COLUMN a looked-up row. Operators: + - * / % **, == != < <= > >=, and or not, in, contains, startsWith, endsWith, matches, cond ? a : b, a ?? b. " +
		"Functions: " + strings.Join(names, ", ") + ". An expression with a colon or that begins with a quote stands in single quotes or below |."}
}
