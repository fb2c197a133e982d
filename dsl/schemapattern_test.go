package dsl

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// patternsOf are the regular expressions of a JSON Schema.
func patternsOf(node any, in string, out map[string]bool) {
	switch n := node.(type) {
	case []any:
		for _, x := range n {
			patternsOf(x, "", out)
		}
	case map[string]any:
		for key, x := range n {
			if text, ok := x.(string); ok && key == "pattern" {
				out[text] = true
			}
			if in == "patternProperties" {
				out[key] = true
			}
			patternsOf(x, key, out)
		}
	}
}

// An editor may compile the patterns with any engine, so that they keep to what
// all of them share: no classes of Unicode, no \u, no groups beyond plain ones.
func TestSchemaPatternsAreForEveryEngine(t *testing.T) {
	text, err := newWorld().registry(t).JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	var schema any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	patterns := map[string]bool{}
	patternsOf(schema, "", patterns)
	if !patterns[namePattern] || len(patterns) < 5 {
		t.Fatalf("%d patterns", len(patterns))
	}
	for p := range patterns {
		if _, err := regexp.Compile(p); err != nil {
			t.Error(err)
		}
		for _, special := range []string{`\p`, `\P`, `\u`, `\U`, `\Q`, `(?`, `[[:`, `\h`, `\A`, `\z`, `*+`, `++`, `&&`, `--`} {
			if strings.Contains(p, special) {
				t.Errorf("%s: %s is not known to every engine", p, special)
			}
		}
	}
}

func TestSchemaPatternOfNames(t *testing.T) {
	pattern := regexp.MustCompile(namePattern)
	for _, name := range []string{"a", "Kunden", "künden-2", "é_1", "人", "name_of-x9"} {
		if !pattern.MatchString(name) || !partName.MatchString(name) {
			t.Errorf("%q is no name: schema %v, loader %v", name, pattern.MatchString(name), partName.MatchString(name))
		}
	}
	for r := range rune(0x80) { // the schema and the loader agree about ASCII
		for _, name := range []string{string(r), "a" + string(r), "a" + string(r) + "b"} {
			if pattern.MatchString(name) != partName.MatchString(name) {
				t.Errorf("%q: schema %v, loader %v", name, pattern.MatchString(name), partName.MatchString(name))
			}
		}
	}
	if pattern.MatchString("") || pattern.MatchString("9a") {
		t.Error("what begins with no letter is a name")
	}
}
