package pipeline_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// TestRedactedTellsNothingOfAnybody plans with everything that a plan can say, and
// looks for each value in the twin.
func TestRedactedTellsNothingOfAnybody(t *testing.T) {
	j := newJob(t, []row{person(1).with("phone", text("+49 89 123")), person(7)}, []row{person(1).with("phone", text("+49 89 999")).with("note", pipeline.Erase()), person(2).with("tags", texts("vip")), {"name": text("Keyless Kurt")}})
	p := j.plan(t)
	if len(p.Changes) != 2 || len(p.Blocked) != 1 {
		t.Fatalf("%d changes, %d blocked", len(p.Changes), len(p.Blocked))
	}
	secret := pipeline.Origin{Source: "fair", Place: "fair.csv", Row: 3, ID: "row-secret"}
	ch := &p.Changes[0]
	ch.Match = &pipeline.Reason{Rule: "similar", RunnerUp: "Eva secret", Parts: []pipeline.EvidencePart{{Field: "name", A: "a secret", B: "b secret", Weight: 3}}}
	ch.Joined = []pipeline.Join{{A: secret, B: secret, Reason: *ch.Match}}
	ch.Fields[0].Lost = []pipeline.RowValue{{Value: text("lost secret"), Origin: secret}}
	p.Questions = []pipeline.PlanQuestion{{Model: "people", A: pipeline.Reference{Origin: secret, Label: "q secret"}, B: pipeline.Reference{Target: "t-secret"}, Reason: *ch.Match}}
	p.Duplicates = []pipeline.PlanDuplicate{{Model: "people", TargetDuplicate: pipeline.TargetDuplicate{Field: "email", Value: "d-secret", IDs: []string{"i-secret"}}}}
	finding := diag.Finding{Severity: diag.Warning, Code: "bad", Message: "m secret", Where: "w secret", Hint: "h secret", Rule: "p.yaml:3"}
	p.Findings = []diag.Finding{finding}
	p.Rejected = []pipeline.RejectedRow{{Model: "people", Origin: secret, Finding: finding}}
	p.Reasons = []pipeline.RejectedGroup{{Model: "people", GroupSummary: diag.GroupSummary{Code: "bad", Hint: "h secret", About: "a secret", Findings: 2, Rows: 2, Messages: []diag.GroupMessage{{Message: "m secret", Count: 2, Places: []string{"p secret"}}}}}}
	p.Header.Bindings[0].Connection.Config = map[string]string{"api_key": "${SECRET}", "base_url": "https://secret.example", "requests_per_hour": "60"}
	p.Header.State = "/home/secret/state.db"
	p.Header.Bindings[0].Identity, p.Header.Bindings[0].Connection.Type = "plandocket https://secret.example "+p.Header.Bindings[0].Resource, "plandocket"
	p.Header.Bindings[0].Marks = map[string]pipeline.ReadMark{"fair": {}}
	secret.Place, finding.Rule = "/home/secret/fair.csv", `C:\secret\p.yaml:3`
	ch.Rows, p.Findings = append(ch.Rows, secret), append(p.Findings, finding)
	p.Header.Bindings[0].Evidence.Reasons = []string{"record secret was searched for"}
	p.Header.Bindings[0].Links = []pipeline.RowLink{{Source: "fair", ID: "l-secret", Target: "secret"}}

	p.Header.Bindings[0].Weights = &pipeline.MatchWeights{From: pipeline.WeightsLearned, Text: []byte("common names")}

	twin := p.Redacted()
	if w := twin.Header.Bindings[0].Weights; w == nil || w.Text != nil || p.Header.Bindings[0].Weights.Text == nil {
		t.Errorf("the twin has the weights %+v, the plan %+v; want one without text, and the plan as it was", w, p.Header.Bindings[0].Weights)
	}
	b, err := json.Marshal(twin)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"secret", "SECRET", "Person", "N01", "N02", "p01@", "example.com", "+49", "vip", "Keyless Kurt"} {
		if strings.Contains(string(b), word) {
			t.Errorf("the twin says %s: %s", word, b)
		}
	}
	if got, want := twin.Header.Bindings[0].Identity, "plandocket, target 1, "+p.Header.Bindings[0].Resource; got != want || len(twin.Header.Bindings[0].Marks) != 0 {
		t.Errorf("the target is called %q, want %q", got, want)
	}
	if last := twin.Changes[0].Rows[len(twin.Changes[0].Rows)-1]; last.Place != "fair.csv" || twin.Findings[1].Rule != "p.yaml:3" {
		t.Errorf("the row is of %q, and the rule at %q", last.Place, twin.Findings[1].Rule)
	}
	if len(twin.Changes) != 2 || len(twin.Changes[0].Fields) != len(p.Changes[0].Fields) || twin.Total().Update != p.Total().Update {
		t.Error("the twin does not tell how much is done")
	}
	if twin.Changes[0].Fields[0].Field != p.Changes[0].Fields[0].Field || twin.Blocked[0].Code != "keyless" {
		t.Error("the twin does not tell what is done")
	}

	var file bytes.Buffer
	if err := twin.Write(&file); err != nil {
		t.Fatal(err)
	}
	read, err := pipeline.ReadPlan(&file)
	if err != nil {
		t.Fatalf("read the twin: %v", err)
	}
	stale := (*pipeline.StaleError)(nil)
	if _, err := pipeline.Apply(t.Context(), read, j.options()); !errors.As(err, &stale) || !strings.Contains(err.Error(), "for reading only") {
		t.Errorf("apply of the twin: %v", err)
	}
}
