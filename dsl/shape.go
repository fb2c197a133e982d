package dsl

import (
	"fmt"
	"regexp"
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
		if k.Kind != yaml.ScalarNode || isMerge(k) || seen[k.Value] || i > 1 && d.cutByComma(n.Content[i-1], k, n.Content[i+1]) {
			continue
		}
		seen[k.Value] = true
		entries = append(entries, entry{k, resolve(n.Content[i+1])})
	}
	return entries
}

var lastNumber = regexp.MustCompile(`\d+$`)

// cutByComma reports, and says, that a value inside { } ended at a comma that was
// meant to be part of it, as in { check: rating >= 1,5 }: what stands behind the
// comma is a key without a value.
func (d *document) cutByComma(before, key, value *yaml.Node) bool {
	before = resolve(before)
	if before.Kind != yaml.ScalarNode || before.Style != 0 || key.Style != 0 || value.Value != "" || !isNull(value) || before.Line != key.Line {
		return false
	}
	f := diag.Diagnostic{Code: "cut-by-comma", Message: "inside { } the value ends at the comma", Hint: "write the value in single quotes, or the mapping on lines of its own"}
	from := lastOpen(before.Value)
	to := from + 1
	if number := lastNumber.FindStringIndex(before.Value); number != nil && key.Value != "" && lastNumber.FindString(key.Value) == key.Value {
		from, to = number[0], number[1]
		f.Message, f.Cause, f.Hint = "a decimal number is written with a point", "inside { } the value ends at the comma", "write "+diag.Shorten(before.Value[from:]+"."+key.Value, 40)
	}
	if from < 0 {
		return false
	}
	if !d.cut[before] {
		d.inside(before, from, to, f)
	}
	if d.cut == nil {
		d.cut = map[*yaml.Node]bool{}
	}
	d.cut[before] = true
	return true
}

// lastOpen is where a bracket opens that is not closed, or -1.
func lastOpen(text string) int {
	var open []int
	for i, r := range text {
		switch r {
		case '(', '[', '{':
			open = append(open, i)
		case ')', ']', '}':
			open = open[:max(0, len(open)-1)]
		}
	}
	if len(open) == 0 {
		return -1
	}
	return open[len(open)-1]
}

// neededKeys are those that are reported when they are missing.
var neededKeys = []string{"version", "models", "from", "map", "source", "key", "model", "target", "resource", "fields", "as", "expect", "rejected", "field", "is", "check"}

// section returns the entries of a mapping whose keys are all known, by key. A
// key that is misspelt is reported; where one that is needed was probably meant,
// it is taken for that, so that it is not reported as missing as well and its
// value is checked.
func (d *document) section(n *yaml.Node, what string, known ...string) map[string]entry {
	found := map[string]entry{}
	var misspelt []entry
	for _, e := range d.mapping(n, what) {
		if !slices.Contains(known, e.key.Value) {
			d.at(e.key, diag.Diagnostic{Code: "unknown-key", Message: fmt.Sprintf("%s has no key %q", what, diag.Shorten(e.key.Value, 60)), Hint: d.near(e.key.Value, known)})
			misspelt = append(misspelt, e)
			continue
		}
		found[e.key.Value] = e
	}
	for _, e := range misspelt {
		if meant := diag.Nearest(e.key.Value, known); slices.Contains(neededKeys, meant) && found[meant].key == nil && !d.full() {
			found[meant] = e
		}
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
