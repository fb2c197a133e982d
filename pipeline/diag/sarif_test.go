package diag

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// sarifEssentials is what SARIF 2.1.0 (section 3) wants of the parts that are
// written here, and what code hosts want beyond it: an id and help for each
// rule, a level, a place.
const sarifEssentials = `{
  "type": "object", "required": ["$schema", "version", "runs"],
  "properties": {
    "version": {"const": "2.1.0"},
    "runs": {"type": "array", "minItems": 1, "items": {
      "type": "object", "required": ["tool", "results", "columnKind"],
      "properties": {
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "tool": {"type": "object", "required": ["driver"], "additionalProperties": false, "properties": {"driver": {
          "type": "object", "required": ["name", "rules"],
          "properties": {"name": {"type": "string", "minLength": 1}, "rules": {"type": "array", "uniqueItems": true, "items": {
            "type": "object", "required": ["id"], "additionalProperties": false,
            "properties": {"id": {"type": "string", "minLength": 1}, "shortDescription": {"$ref": "#/$defs/message"}, "help": {"$ref": "#/$defs/message"}}}}}}}},
        "results": {"type": "array", "items": {
          "type": "object", "required": ["ruleId", "level", "message"], "additionalProperties": false,
          "properties": {
            "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": 0},
            "level": {"enum": ["none", "note", "warning", "error"]}, "message": {"$ref": "#/$defs/message"},
            "locations": {"type": "array", "items": {"type": "object", "required": ["physicalLocation"], "properties": {"physicalLocation": {
              "type": "object", "required": ["artifactLocation"], "additionalProperties": false,
              "properties": {
                "artifactLocation": {"type": "object", "required": ["uri"], "properties": {"uri": {"type": "string", "pattern": "^[^ \\\\]+$"}}},
                "region": {"type": "object", "required": ["startLine"], "additionalProperties": false, "dependentRequired": {"endColumn": ["startColumn"]},
                  "properties": {"startLine": {"type": "integer", "minimum": 1}, "startColumn": {"type": "integer", "minimum": 1}, "endColumn": {"type": "integer", "minimum": 1}, "snippet": {"$ref": "#/$defs/message"}}}}}}}}}}}}}}},
  "$defs": {"message": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}}
}`

func TestSARIF(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(sarifEssentials))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	schema := c.MustCompile("sarif.json")
	list := List{
		{Severity: Error, Code: "unknown-column", Message: `unknown column "nme"`, Pos: Pos{"dir/my pipeline.yaml", 3, 12}, Span: 3, Line: "  👍 name: nme\n", Hint: `did you mean "name"?`},
		{Severity: Warning, Code: "unused-var", Message: "m", Pos: Pos{"/data/p.yaml", 4, 0}, Cause: "why"},
		{Severity: Note, Code: "new-code", Message: "m <&>", Pos: Pos{File: "ü.yaml"}},
		{Severity: Error, Code: "unused-var", Message: "\x1b\u202e\xff"},
	}
	var b bytes.Buffer
	if err := list.WriteSARIF(&b, Tool{Name: "reconkit", Version: "1", Codes: []CodeHelp{{"unused-var", "Short.", "Help."}, {"unknown-column", "A.", "B."}}}); err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%v\n%s", err, b.String())
	}
	var log sarifLog
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	for i, want := range []string{"unknown-column", "unused-var", "new-code", "unused-var"} {
		if r := run.Results[i]; r.RuleID != want || run.Tool.Driver.Rules[r.RuleIndex].ID != want || r.Level != list[i].Severity.String() {
			t.Errorf("result %d: rule %s at place %d, level %s", i, r.RuleID, r.RuleIndex, r.Level)
		}
	}
	first := run.Results[0]
	want := sarifPhysical{sarifArtifact{"dir/my%20pipeline.yaml"}, &sarifRegion{3, 12, 15, &sarifText{"  👍 name: nme"}}}
	if diff := cmp.Diff(want, first.Locations[0].Physical); diff != "" {
		t.Error(diff)
	}
	if first.Message.Text != `unknown column "nme"; hint: did you mean "name"?` {
		t.Error(first.Message.Text)
	}
	if p := run.Results[1].Locations[0].Physical; p.Artifact.URI != "file:///data/p.yaml" || p.Region.StartColumn != 0 {
		t.Errorf("%+v", p)
	}
	if p := run.Results[2].Locations[0].Physical; p.Region != nil || len(run.Results[3].Locations) != 0 {
		t.Errorf("a place that is not known was written: %+v", p)
	}
}

func TestSARIFOfNothing(t *testing.T) {
	var b bytes.Buffer
	if err := List(nil).WriteSARIF(&b, Tool{Name: "reconkit"}); err != nil || !strings.Contains(b.String(), `"results": []`) || !strings.Contains(b.String(), `"rules": []`) {
		t.Errorf("%v\n%s", err, b.String())
	}
}
