package dsl

import (
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// entry is one key of a mapping and its value.
type entry struct {
	key, value *yaml.Node
}

// mapping returns the entries of a mapping in order; anything else is a
// diagnostic. What is said of the value. Keys that [document.keys] reports are
// left out.
func (d *document) mapping(n *yaml.Node, what string) []entry {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		if !isNull(n) {
			d.at(n, diag.Diagnostic{Code: "not-a-mapping", Message: what + " must be a mapping of keys to values"})
		}
		return nil
	}
	entries := make([]entry, 0, len(n.Content)/2)
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := resolve(n.Content[i])
		if k.Kind != yaml.ScalarNode || isMerge(k) || seen[k.Value] {
			continue
		}
		seen[k.Value] = true
		entries = append(entries, entry{k, resolve(n.Content[i+1])})
	}
	return entries
}

// section returns the entries of a mapping whose keys are all known, by key.
func (d *document) section(n *yaml.Node, what string, known ...string) map[string]entry {
	found := map[string]entry{}
	for _, e := range d.mapping(n, what) {
		if !slices.Contains(known, e.key.Value) {
			d.at(e.key, diag.Diagnostic{Code: "unknown-key", Message: fmt.Sprintf("%s has no key %q", what, diag.Shorten(e.key.Value, 60)), Hint: d.near(e.key.Value, known)})
			continue
		}
		found[e.key.Value] = e
	}
	return found
}

// items returns the members of a list; a diagnostic for anything else.
func (d *document) items(n *yaml.Node, what string) []*yaml.Node {
	n = resolve(n)
	if n.Kind != yaml.SequenceNode {
		if !isNull(n) {
			d.at(n, diag.Diagnostic{Code: "not-a-list", Message: what + " must be a list"})
		}
		return nil
	}
	items := make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		items[i] = resolve(c)
	}
	return items
}

// text returns a scalar; a diagnostic for anything else.
func (d *document) text(n *yaml.Node, what string) (string, bool) {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.at(n, diag.Diagnostic{Code: "not-a-value", Message: what + " must be a single value", Hint: "a text that begins with { or [ needs quotes around it"})
	case isNull(n):
		d.at(n, diag.Diagnostic{Code: "not-a-value", Message: what + " has no value"})
	default:
		return n.Value, true
	}
	return "", false
}

// texts returns a list of scalars; a single scalar is a list of one.
func (d *document) texts(n *yaml.Node, what string) []string {
	var list []string
	for _, item := range d.textNodes(n, what) {
		list = append(list, item.Value)
	}
	return list
}

// textNodes is texts with the nodes.
func (d *document) textNodes(n *yaml.Node, what string) []*yaml.Node {
	if n.Kind == yaml.ScalarNode {
		if _, ok := d.text(n, what); ok {
			return []*yaml.Node{n}
		}
		return nil
	}
	var list []*yaml.Node
	for _, item := range d.items(n, what) {
		if _, ok := d.text(item, "each value of "+what); ok {
			list = append(list, item)
		}
	}
	return list
}

// oneOf returns a scalar that is one of the known words, or "" beside a
// diagnostic.
func (d *document) oneOf(n *yaml.Node, what string, known ...string) string {
	t, ok := d.text(n, what)
	if ok && !slices.Contains(known, t) {
		d.at(n, diag.Diagnostic{Code: "unknown-value", Message: fmt.Sprintf("%s cannot be %q", what, diag.Shorten(t, 60)), Hint: d.near(t, known)})
		return ""
	}
	return t
}

// find returns the value of a key, or nil.
func find(entries []entry, key string) *yaml.Node {
	for _, e := range entries {
		if e.key.Value == key {
			return e.value
		}
	}
	return nil
}

func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
