package dsl

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/reconkit/reconkit/pipeline"
)

// kinds is a source or target: the keys of every kind, and by its type the
// options of that kind.
func kinds(doc string, common []string, docs schemaMembers, of []schemaKind) *schemaNode {
	n := required(&schemaNode{Description: doc, Type: jsonTypes{"object"}}, "type")
	names := make([]string, len(of))
	for i, k := range of {
		names[i] = k.name
	}
	for _, key := range common {
		member := docs.get(key)
		switch {
		case key == "type":
			member = word(member.Description, "", names)
		case member == nil:
			member = anything()
		}
		n.Properties = append(n.Properties, schemaMember{key, member})
	}
	for _, k := range of {
		n.AllOf = append(n.AllOf, &schemaNode{
			If:   required(&schemaNode{Properties: schemaMembers{{"type", &schemaNode{Const: k.name}}}}, "type"),
			Then: kindSchema(k, common),
		})
	}
	return n
}

// kindSchema is the options of one kind beside the keys of every kind.
func kindSchema(k schemaKind, common []string) *schemaNode {
	n := &schemaNode{Description: k.doc, Additional: nothing()}
	for _, o := range k.options {
		n.Properties = append(n.Properties, schemaMember{o.Name, optionSchema(o)})
		if o.Required {
			n.Required = append(n.Required, o.Name)
		}
	}
	for _, key := range common {
		if n.Properties.get(key) == nil {
			n.Properties = append(n.Properties, schemaMember{key, anything()})
		}
	}
	return n
}

// referencePart is a part of a text that stands for something of the
// environment, so that nobody knows here what the whole text is.
const referencePart = `\$\{`

// optionSchema is one option, as setOption reads it: values may be quoted, and
// but for secrets they may hold references.
func optionSchema(o Option) *schemaNode {
	n := &schemaNode{Description: o.Doc}
	switch o.Type {
	case "secret":
		n.Description += " A secret: exactly one reference, such as ${NAME} or ${file:/run/secrets/token}."
		n.Type, n.Pattern = jsonTypes{"string"}, `^\$\{(file:[^{}]*|[A-Za-z_][A-Za-z0-9_]*)\}$`
	case "bool":
		n.AnyOf = []*schemaNode{{Type: jsonTypes{"boolean"}}, {Type: jsonTypes{"string"}, Pattern: `^(true|false)$|` + referencePart}}
	case "int":
		n.AnyOf = []*schemaNode{{Type: jsonTypes{"integer"}}, {Type: jsonTypes{"string"}, Pattern: `^[-+]?[0-9]+$|` + referencePart}}
	case "float":
		n.AnyOf = []*schemaNode{{Type: jsonTypes{"number"}}, {Type: jsonTypes{"string"}, Pattern: `^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$|` + referencePart}}
	case "duration":
		n.Description += " A duration such as 30s or 5m."
		n.AnyOf = []*schemaNode{{Type: jsonTypes{"integer"}, Enum: []any{0}}, {Type: jsonTypes{"string"}, Pattern: `^[-+]?(0|([0-9.]+(ns|us|µs|μs|ms|s|m|h))+)$|` + referencePart}}
	case "list":
		item := &schemaNode{Type: scalarTypes}
		n.AnyOf = []*schemaNode{{Type: jsonTypes{"array"}, Items: item}, item}
	case "map":
		n.Type, n.Additional = jsonTypes{"object"}, &schemaNode{Type: scalarTypes}
	default:
		n.Type = scalarTypes
	}
	n.Default = optionDefault(o)
	return n
}

// optionDefault is the default of an option as a value of its type.
func optionDefault(o Option) any {
	if o.Default == "" {
		return nil
	}
	switch o.Type {
	case "bool":
		return o.Default == "true"
	case "int", "float":
		if f, err := strconv.ParseFloat(o.Default, 64); err == nil {
			return f
		}
	}
	return o.Default
}

// mapSchema is the value of map: and of a fragment. It offers the fields of all
// targets; a pipeline without one may name others.
func (s *schemaBuilder) mapSchema() *schemaNode {
	n := &schemaNode{Description: "Field to expression. The fields are those of the resource that the model is sent to; without one they are whatever you name.",
		Type: jsonTypes{"object"}, Additional: refTo("", "expression")}
	for _, k := range s.targets {
		for _, r := range k.resources {
			for _, f := range r.Schema.Fields() {
				if !f.ReadOnly && n.Properties.get(f.Name) == nil {
					n.Properties = append(n.Properties, schemaMember{f.Name, fieldSchema(k.name, r.Name, f)})
				}
			}
		}
	}
	slices.SortFunc(n.Properties, func(a, b schemaMember) int {
		switch {
		case a.name < b.name:
			return -1
		case a.name > b.name:
			return 1
		}
		return 0
	})
	return n
}

func fieldSchema(kind, resource string, f pipeline.Field) *schemaNode {
	doc := fmt.Sprintf("An expression for this field of %s %s, of type %s.", kind, resource, f.Type)
	if f.Doc != "" {
		doc = f.Doc + " " + doc
	}
	return exprOf(doc)
}
