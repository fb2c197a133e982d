package dsl

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline/diag"
)

var testKeys = []string{"name", "given", "expect"}

// readTests looks at the shape of tests:, and at the names in it. The examples
// are not run here.
func (l *loader) readTests(n *yaml.Node) {
	for _, item := range l.items(n, "tests") {
		s := l.section(item, "the test", testKeys...)
		if e, ok := s["name"]; ok {
			l.text(e.value, "name")
		}
		if e, ok := s["given"]; ok {
			l.readRows(e, "source", sortedKeys(l.sources))
		}
		if e, ok := s["expect"]; ok {
			l.readRows(e, "model", l.order)
		} else if resolve(item).Kind == yaml.MappingNode {
			l.at(item, diag.Diagnostic{Code: "bad-test", Message: "the test does not say what to expect", Hint: "add expect: with the records of each model"})
		}
	}
}

// readRows looks at lists of rows by the name of their source or model.
func (l *loader) readRows(e entry, what string, known []string) {
	names := map[string]bool{}
	for _, name := range known {
		names[name] = true
	}
	for _, part := range l.mapping(e.value, e.key.Value) {
		if !names[part.key.Value] {
			l.at(part.key, diag.Diagnostic{Code: "unknown-" + what, Message: fmt.Sprintf("there is no %s %q", what, diag.Shorten(part.key.Value, 60)), Hint: l.near(part.key.Value, known)})
		}
		for _, row := range l.items(part.value, what+" "+part.key.Value) {
			l.mapping(row, "a row of "+what+" "+part.key.Value)
		}
	}
}
