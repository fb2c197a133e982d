package dsl

import (
	"bytes"
	"encoding/json"
	"slices"
)

// schemaNode is one JSON Schema. Its fields are the keywords of draft 2020-12
// that the schema of a pipeline needs, in the order in which they are written.
type schemaNode struct {
	Schema      string        `json:"$schema,omitempty"`
	ID          string        `json:"$id,omitempty"`
	Ref         string        `json:"$ref,omitempty"`
	Title       string        `json:"title,omitempty"`
	Description string        `json:"description,omitempty"`
	Type        jsonTypes     `json:"type,omitempty"`
	Const       string        `json:"const,omitempty"`
	Enum        []any         `json:"enum,omitempty"`
	Default     any           `json:"default,omitempty"`
	Examples    []any         `json:"examples,omitempty"`
	Pattern     string        `json:"pattern,omitempty"`
	Minimum     *float64      `json:"minimum,omitempty"`
	Above       *float64      `json:"exclusiveMinimum,omitempty"`
	Maximum     *float64      `json:"maximum,omitempty"`
	Required    []string      `json:"required,omitempty"`
	Properties  schemaMembers `json:"properties,omitempty"`
	Patterns    schemaMembers `json:"patternProperties,omitempty"`
	Additional  *schemaNode   `json:"additionalProperties,omitempty"`
	Items       *schemaNode   `json:"items,omitempty"`
	MinItems    int           `json:"minItems,omitempty"`
	AllOf       []*schemaNode `json:"allOf,omitempty"`
	AnyOf       []*schemaNode `json:"anyOf,omitempty"`
	OneOf       []*schemaNode `json:"oneOf,omitempty"`
	If          *schemaNode   `json:"if,omitempty"`
	Then        *schemaNode   `json:"then,omitempty"`
	Defs        schemaMembers `json:"$defs,omitempty"`

	whole string // "true" or "false": the schema that everything or nothing fits
}

// The schemas that everything and nothing fits.
func anything() *schemaNode { return &schemaNode{whole: "true"} }
func nothing() *schemaNode  { return &schemaNode{whole: "false"} }

// MarshalJSON writes true and false for the two schemas that are no objects.
func (n *schemaNode) MarshalJSON() ([]byte, error) {
	if n.whole != "" {
		return []byte(n.whole), nil
	}
	type plain schemaNode // without this method
	return plainJSON((*plain)(n))
}

// jsonTypes are the types that a value may have; one alone is no list.
type jsonTypes []string

// MarshalJSON writes one type as a text and several as a list.
func (t jsonTypes) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return plainJSON(t[0])
	}
	return plainJSON([]string(t))
}

// schemaMembers are named schemas that keep their order.
type schemaMembers []schemaMember

type schemaMember struct {
	name string
	node *schemaNode
}

func (m schemaMembers) get(name string) *schemaNode {
	if at := slices.IndexFunc(m, func(e schemaMember) bool { return e.name == name }); at >= 0 {
		return m[at].node
	}
	return nil
}

// MarshalJSON writes an object with its members in order.
func (m schemaMembers) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, e := range m {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := plainJSON(e.name)
		if err != nil {
			return nil, err
		}
		value, err := plainJSON(e.node)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

// plainJSON is JSON in which <, > and & stay readable.
func plainJSON[V any](v V) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
