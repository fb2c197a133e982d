package dsl

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// compiledSchema is the schema of the kinds that the tests register.
func compiledSchema(t *testing.T, reg *Registry, types ...string) *jsonschema.Schema {
	t.Helper()
	text, err := reg.JSONSchema(types...)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("pipeline.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("pipeline.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON is a YAML text as an editor hands it to a schema; ok is false when it
// is no single YAML document without tags, merge keys and repeated keys.
func asJSON(text []byte) (value any, ok bool) {
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil || len(n.Content) != 1 {
		return nil, false
	}
	return jsonValue(n.Content[0]), true
}

func jsonValue(n *yaml.Node) any {
	n = resolve(n)
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = jsonValue(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, jsonValue(c))
		}
		return list
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int":
		if i, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			return json.Number(strconv.FormatInt(i, 10))
		}
	case "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f
		}
	}
	return n.Value
}

// sections are the lists of keys that the loader knows, with where the schema
// has them.
var sections = map[string]struct {
	keys []string
	at   []string // names of properties from a definition on; "": the items of a list, "*": any property
}{
	"pipelineKeys":  {pipelineKeys, nil},
	"lookupKeys":    {lookupKeys, []string{"lookup"}},
	"modelKeys":     {modelKeys, []string{"model"}},
	"fromKeys":      {fromKeys, []string{"from"}},
	"ruleKeys":      {ruleKeys, []string{"rule"}},
	"onFailKeys":    {onFailKeys, []string{"rule", "on_fail"}},
	"dedupeKeys":    {dedupeKeys, []string{"dedupe"}},
	"compareKeys":   {compareKeys, []string{"dedupe", "compare", ""}},
	"keepKeys":      {keepKeys, []string{"dedupe", "keep"}},
	"keepFieldKeys": {keepFieldKeys, []string{"dedupe", "keep", "fields", "*"}},
	"sinkKeys":      {sinkKeys, []string{"sink"}},
	"limitKeys":     {limitKeys, []string{"sink", "limits"}},
	"testKeys":      {testKeys, []string{"test"}},
}

// jsonObject is a part of a schema as it is written.
type jsonObject = map[string]any

func part(t *testing.T, schema jsonObject, path []string) jsonObject {
	t.Helper()
	n := schema
	for i, name := range path {
		switch {
		case i == 0:
			n = n["$defs"].(jsonObject)[name].(jsonObject)
		case name == "":
			n = n["items"].(jsonObject)
		case name == "*":
			n = n["additionalProperties"].(jsonObject)
		default:
			n = n["properties"].(jsonObject)[name].(jsonObject)
		}
		if of, ok := n["anyOf"].([]any); ok && n["properties"] == nil {
			n = of[len(of)-1].(jsonObject)
		}
	}
	return n
}

func writtenSchema(t *testing.T, reg *Registry, types ...string) jsonObject {
	t.Helper()
	text, err := reg.JSONSchema(types...)
	if err != nil {
		t.Fatal(err)
	}
	var schema jsonObject
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

// Every list of keys that the loader reads a section with is in the schema, key
// by key, with a sentence for each, and nothing else is.
func TestSchemaHasTheKeysOfTheLoader(t *testing.T) {
	schema := writtenSchema(t, newWorld().registry(t))
	for name, s := range sections {
		n := part(t, schema, s.at)
		properties, _ := n["properties"].(jsonObject)
		if n["additionalProperties"] != false {
			t.Errorf("%s: the schema takes unknown keys", name)
		}
		if got := sortedKeys(properties); !slices.Equal(got, slices.Sorted(slices.Values(s.keys))) {
			t.Errorf("%s: the schema has %q, the loader %q", name, got, s.keys)
		}
		for key, p := range properties {
			if p, ok := p.(jsonObject); !ok || !strings.HasSuffix(p["description"].(string), ".") {
				t.Errorf("%s: the schema does not say what %s is", name, key)
			}
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := regexp.MustCompile(`\.section\((.*)\)`)
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range calls.FindAllStringSubmatch(string(text), -1) {
			if strings.HasSuffix(file, "_test.go") || strings.Contains(m[1], `"the decision"`) || strings.Contains(m[1], `"the record"`) || strings.Contains(m[1], `"what was seen"`) {
				continue // a file of decisions is no pipeline
			}
			found++
			list := regexp.MustCompile(`(\w+)\.\.\.`).FindStringSubmatch(m[1])
			if list == nil || sections[list[1]].keys == nil {
				t.Errorf("%s: a section is read whose keys are in no list that the schema is made of: %s", file, m[0])
			}
		}
	}
	if found < len(sections) {
		t.Errorf("the loader reads %d sections; the test looks for too few", found)
	}
}

// Every option of every kind is offered where its type stands, and no other.
func TestSchemaHasTheOptionsOfEachKind(t *testing.T) {
	reg := newWorld().registry(t)
	schema := writtenSchema(t, reg)
	for def, kinds := range map[string]struct {
		names   []string
		options func(string) []Option
		common  []string
	}{"source": {reg.SourceTypes(), reg.SourceOptions, commonSourceKeys}, "target": {reg.TargetTypes(), reg.TargetOptions, targetKeys}} {
		branches := part(t, schema, []string{def})["allOf"].([]any)
		if len(branches) != len(kinds.names) {
			t.Fatalf("%s: %d branches for %q", def, len(branches), kinds.names)
		}
		for i, name := range kinds.names {
			then := branches[i].(jsonObject)["then"].(jsonObject)
			want := slices.Clone(kinds.common)
			for _, o := range kinds.options(name) {
				want = append(want, o.Name)
			}
			slices.Sort(want)
			if got := sortedKeys(then["properties"].(jsonObject)); !slices.Equal(got, slices.Compact(want)) || then["additionalProperties"] != false {
				t.Errorf("%s %s: the schema has %q, the registry %q", def, name, got, want)
			}
		}
	}
}

func TestSchemaNamesEveryCheckAndFunction(t *testing.T) {
	text, err := newWorld().registry(t).JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range funcs.Checks() {
		if !strings.Contains(string(text), `"const": "`+c.Name+`"`) {
			t.Errorf("the schema does not offer the check %s", c.Name)
		}
	}
	for _, f := range funcs.All() {
		if !strings.Contains(string(text), f.Name) {
			t.Errorf("the schema does not name the function %s", f.Name)
		}
	}
}

func TestSchemaOfSomeTypes(t *testing.T) {
	reg := newWorld().registry(t)
	s := compiledSchema(t, reg, "csv", "file")
	for text, fits := range map[string]bool{
		"version: 1\nsources: {a: {type: csv, path: a.csv}}\nmodels: {m: {from: [{source: a, map: {x: y}}]}}\ntargets: {t: {type: file, path: o.csv, key: x}}": true,
		"version: 1\nsources: {a: {type: sonderplan}}\nmodels: {m: {from: [{source: a, map: {x: y}}]}}":                                                        false,
		"version: 1\nsources: {a: {type: csv, path: a.csv, token: \"${T}\"}}\nmodels: {m: {from: [{source: a, map: {x: y}}]}}":                                 false,
	} {
		value, _ := asJSON([]byte(text))
		if err := s.Validate(value); (err == nil) != fits {
			t.Errorf("%s\n%v", text, err)
		}
	}
	if _, err := reg.JSONSchema("sonderplna"); err == nil || !strings.Contains(err.Error(), `did you mean "sonderplan"?`) {
		t.Error(err)
	}
}

// What the manual shows and what loads is what the schema takes.
func TestSchemaTakesWhatLoads(t *testing.T) {
	w := newWorld()
	reg := w.registry(t)
	s := compiledSchema(t, reg)
	for _, m := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```").FindAllStringSubmatch(manual(t), -1) {
		text := m[1]
		for _, b := range base {
			if !regexp.MustCompile(`(?m)^` + b.key + `:`).MatchString(text) {
				text = b.text + text
			}
		}
		value, ok := asJSON([]byte(text))
		if !ok {
			t.Fatalf("no YAML:\n%s", text)
		}
		if err := s.Validate(value); err != nil {
			t.Errorf("the example\n%s\ndoes not fit the schema: %v", m[1], err)
		}
	}
}

// shapeCodes are what is wrong with the shape of a file, which a schema can see.
var shapeCodes = []string{"unknown-key", "not-a-mapping", "not-a-list", "not-a-value", "no-version", "unknown-version", "no-models", "no-from", "no-map", "no-type", "unknown-type",
	"no-source", "no-key", "no-model", "no-target", "no-fields", "no-as", "unknown-check", "secret-in-file", "bad-name", "bad-test", "no-expression", "unknown-value"}

// Files of mistakes fit the schema when they load, and do not when something is
// wrong with their shape.
func TestSchemaAndMistakes(t *testing.T) {
	w := newWorld()
	reg := w.registry(t)
	s := compiledSchema(t, reg)
	files, err := filepath.Glob("testdata/errors/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	fine, refused := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		value, ok := asJSON(text)
		p, found := LoadText(t.Context(), file, text, reg, w.host())
		broken := slices.ContainsFunc(found, func(d diag.Diagnostic) bool {
			return d.Severity == diag.Error && slices.Contains(shapeCodes, d.Code)
		})
		if !ok {
			continue
		}
		err = s.Validate(value)
		switch {
		case p != nil:
			if fine++; err != nil {
				t.Errorf("%s loads and does not fit the schema: %v", file, err)
			}
		case broken:
			if refused++; err == nil {
				t.Errorf("%s fits the schema:\n%s", file, found.Text())
			}
		}
	}
	if fine < 3 || refused < 30 {
		t.Errorf("%d files that load and %d of wrong shape are too few to show anything", fine, refused)
	}
}
