package plandocket

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The places of the fields of a definition.
const (
	definitionEntity = iota
	definitionKey
	definitionType
	definitionOptions
	definitionActive
)

func definitionKind() *kind {
	names := []string{"entity_type", "field_key", "field_type", "field_options"}
	fields := make([]pipeline.Field, 0, len(names)+1)
	for _, name := range names {
		fields = append(fields, pipeline.Field{Name: name, Type: pipeline.String})
	}
	return &kind{name: "definition", path: "custom-fields/definitions",
		schema: pipeline.MustSchema(append(fields, pipeline.Field{Name: "is_active", Type: pipeline.Bool})...),
		decode: func(n *node, schema *pipeline.Schema, values []pipeline.Value) (item, error) {
			if n.kind != objectNode {
				return item{}, errNoObject
			}
			id, err := decodeID(n, "definition_id")
			if err != nil {
				return item{}, err
			}
			clear(values)
			c := item{id: id, values: values}
			for f := range schema.Len() {
				name := schema.Field(f).Name
				if f == definitionOptions && n.get(name) != nil && n.get(name).kind == arrayNode {
					continue // a list of choices that is no text is not understood
				}
				if err := c.decodeField(f, schema.Field(f), n.get(name)); err != nil {
					return item{}, fmt.Errorf("definition %s: field %s: %w", diag.Shorten(id, 60), name, err)
				}
			}
			return c, nil
		}}
}

// typesOf are the types that a custom field of a type of the server can be
// written as; a type that is not known here is text.
func typesOf(word string) []pipeline.Type {
	switch word {
	case "number", "integer", "decimal", "float":
		return []pipeline.Type{pipeline.Int, pipeline.Float}
	case "boolean", "bool", "checkbox":
		return []pipeline.Type{pipeline.Bool}
	}
	return []pipeline.Type{pipeline.String}
}

// define reads the definitions once, and compares the configuration with them: a
// field that is not there, or of another type, cannot be planned.
func (c *CustomFields) define(ctx context.Context) error {
	if c.defined {
		return nil
	}
	r := &reader{t: c.t, kind: definitionKind(), filter: url.Values{"entity_type": {"contact"}}}
	v, err := r.view(ctx, "", ascending)
	if err == nil && (v.more || !c.allIn(v)) { // it may have pages, and say nothing of them
		v, _, err = r.findPages(ctx, v)
	}
	c.requests += r.requests
	if err != nil {
		return fmt.Errorf("read the custom fields of %s: %w", c.t.base.Host, err)
	}
	known, types := []string{}, map[string]string{}
	c.options = map[string][]string{}
	for i := range v.ids {
		at := func(f int) pipeline.Value { return v.table.Value(i, f) }
		if entity := at(definitionEntity).Str(); entity != "" && entity != "contact" || !at(definitionActive).IsNull() && !at(definitionActive).Bool() {
			continue
		}
		key := at(definitionKey).Str()
		known, types[key] = append(known, key), at(definitionType).Str()
		c.options[key] = choices(at(definitionOptions).Str())
	}
	slices.Sort(known)
	for _, key := range c.keys {
		word, there := types[key]
		f, _ := c.schema.Lookup(key)
		switch {
		case !there:
			hint := diag.DidYouMean(key, known)
			return fmt.Errorf("custom_fields: contacts of %s have no active custom field %q; %s", c.t.base.Host, key, hint)
		case !slices.Contains(typesOf(word), f.Type):
			return fmt.Errorf("custom_fields: field %s of %s is a %s there and cannot be a %s; write %s", key, c.t.base.Host, diag.Shorten(word, 60), f.Type, typesOf(word)[0])
		}
	}
	c.defined = true
	return nil
}

// allIn reports whether a list of definitions has all the fields of the
// configuration.
func (c *CustomFields) allIn(v *view) bool {
	listed := map[string]bool{}
	for i := range v.ids {
		listed[v.table.Value(i, definitionKey).Str()] = true
	}
	return !slices.ContainsFunc(c.keys, func(key string) bool { return !listed[key] })
}

// choices are the values of a field that is a choice: a JSON list of texts, as
// the server keeps it. Anything else is not understood and restricts nothing.
func choices(options string) []string {
	n, err := parseJSON([]byte(options), nil)
	if err != nil || n.kind != arrayNode {
		return nil
	}
	var list []string
	for i := range n.items {
		if n.items[i].kind != textNode {
			return nil
		}
		list = append(list, n.items[i].text)
	}
	return list
}
