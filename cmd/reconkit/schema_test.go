package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/dsl"
)

var update = flag.Bool("update", false, "write docs/pipeline.schema.json instead of comparing it")

// schemaFile is the schema that the examples name, for editors on a clone.
const schemaFile = "../../docs/pipeline.schema.json"

func TestCommittedSchemaIsThatOfTheProgram(t *testing.T) {
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	want, err := reg.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(schemaFile); err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/pipeline.schema.json is not what reconkit schema prints (%v); write it with go test ./cmd/reconkit -run CommittedSchema -update", err)
	}
}

// pipelineSchema is the committed schema, with which anything is checked that
// editors would check.
func pipelineSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// pipelineTexts are the pipelines that this repository shows or runs, by the
// place where they stand.
func pipelineTexts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "errors" || d.Name() == "dist" {
				return fs.SkipDir
			}
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		switch filepath.Ext(path) {
		case ".yaml", ".yml":
			texts[path] = string(text)
		case ".txtar":
			for _, f := range txtar.Parse(text).Files {
				if strings.HasSuffix(f.Name, ".yaml") {
					texts[path+"/"+f.Name] = string(f.Data)
				}
			}
		case ".md":
			for i, m := range yamlBlock.FindAllSubmatch(text, -1) {
				texts[path+" block "+strconv.Itoa(i+1)] = string(m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for place, text := range texts {
		if !wholePipeline.MatchString(text) {
			delete(texts, place)
		}
	}
	return texts
}

var (
	yamlBlock     = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```")
	wholePipeline = regexp.MustCompile(`(?m)^version:\s*1\b`)
)

// A pipeline of this repository that loads fits the schema.
func TestPipelinesFitTheSchema(t *testing.T) {
	s := pipelineSchema(t)
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	loaded := 0
	for place, text := range pipelineTexts(t) {
		host := dsl.Host{Offline: true, Connect: offline, Now: time.Now}
		p, found := dsl.LoadText(t.Context(), filepath.Join(t.TempDir(), "p.yaml"), []byte(text), reg, host)
		if p == nil {
			if strings.Contains(place, "examples") {
				t.Errorf("%s does not load:\n%s", place, found.Text())
			}
			continue
		}
		loaded++
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(asJSON(t, value)); err != nil {
			t.Errorf("%s: %v", place, err)
		}
	}
	if loaded < 10 {
		t.Errorf("%d pipelines are too few to show anything", loaded)
	}
}

// asJSON is a value of YAML as an editor sees it: keys are text.
func asJSON(t *testing.T, v any) any {
	t.Helper()
	var textKeys func(v any) any
	textKeys = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k := range v {
				v[k] = textKeys(v[k])
			}
		case map[any]any:
			m := map[string]any{}
			for k, member := range v {
				key, err := yaml.Marshal(k)
				if err != nil {
					t.Fatal(err)
				}
				m[strings.TrimSpace(string(key))] = textKeys(member)
			}
			return m
		case []any:
			for i := range v {
				v[i] = textKeys(v[i])
			}
		}
		return v
	}
	b, err := json.Marshal(textKeys(v))
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Each example names the schema in its first line, by a path that leads to it.
func TestExamplesNameTheSchema(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, err := filepath.Abs(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !wholePipeline.Match(text) {
			continue
		}
		checked++
		first, _, _ := strings.Cut(string(text), "\n")
		named, ok := strings.CutPrefix(first, "# yaml-language-server: $schema=")
		got, err := filepath.Abs(filepath.Join(filepath.Dir(file), named))
		if !ok || err != nil || got != want {
			t.Errorf("%s begins with %q, which does not name %s", file, first, want)
		}
	}
	if checked < 4 {
		t.Errorf("%d examples were looked at", checked)
	}
}
