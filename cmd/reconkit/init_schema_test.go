package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

// TestInitDraftsFitTheSchema says that an editor finds nothing wrong with a draft.
func TestInitDraftsFitTheSchema(t *testing.T) {
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	text, err := reg.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("pipeline.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("pipeline.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	goldens, err := filepath.Glob("testdata/init/*.yaml")
	if err != nil || len(goldens) == 0 {
		t.Fatalf("drafts: %v, %v", goldens, err)
	}
	for _, name := range goldens {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var value map[string]any
		if err := yaml.Unmarshal(text, &value); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		asJSON, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
