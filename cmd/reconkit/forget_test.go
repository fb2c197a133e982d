package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/state"
)

// The plan of an apply that was interrupted in the middle of a call is needed to
// find out what came of it. It does not become a twin, which could not be gone on
// with.
func TestForgetKeepsThePlanOfAnInterruptedApply(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"people.csv": "nr,mail\n1,anna@example.com\n", "p.yaml": `version: 1
sources:
  people: { type: csv, path: people.csv, id: nr }
models:
  contacts: { from: [{ source: people, map: { email: mail } }] }
targets:
  out: { type: file, path: out.csv, key: email }
sinks: [{ model: contacts, target: out }]
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "1.rkplan")
	a := &app{stdin: strings.NewReader(""), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, getenv: func(string) (string, bool) { return "", false }}
	c := a.command()
	c.SetArgs([]string{"plan", filepath.Join(dir, "p.yaml"), "-o", path})
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	a = &app{statePath: filepath.Join(dir, "state.db"), stdin: strings.NewReader(""), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	kept, err := a.readPlan(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := state.Open(t.Context(), a.statePath)
	if err != nil {
		t.Fatal(err)
	}
	yesterday := time.Now().Add(-24 * time.Hour)
	run := pipeline.RunRecord{ID: "r", Pipeline: "p", Target: kept.Header.Bindings[0].Identity, Digest: kept.Digest, Start: yesterday}
	if err := s.StartRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	if err := s.Intend(t.Context(), pipeline.Call{Run: "r", Seq: 1, Target: kept.Header.Bindings[0].Identity, Digest: kept.Digest, At: yesterday, Changes: kept.Changes}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	err = a.forget(t.Context(), forgetFlags{email: "anna@example.com", plans: []string{dir}, yes: true})
	if err == nil || !strings.Contains(err.Error(), "go on with apply --resume first") {
		t.Errorf("error %v", err)
	}
	if again, err := a.readPlan(path); err != nil || again.Header.Redacted != "" {
		t.Errorf("the plan is %+v, %v", again, err)
	}
	found, err := state.Forget(t.Context(), a.statePath, "anna@example.com", time.Now(), state.ForgetOptions{Dry: true})
	if err != nil || !found.Any() {
		t.Errorf("the memory was erased: %+v, %v", found, err)
	}
}

// Where a forget was cut off before the file was written anew, the next one goes on.
func TestForgetGoesOnAfterOneThatWasCutOff(t *testing.T) {
	a := &app{statePath: filepath.Join(t.TempDir(), "state.db"), stdin: strings.NewReader(""), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
	s, err := state.Open(t.Context(), a.statePath)
	if err != nil {
		t.Fatal(err)
	}
	value := pipeline.StringValue("anna@example.com")
	if err := s.SaveEntries(t.Context(), "shop", []pipeline.LedgerEntry{{Record: "11", Field: "email", Sent: value, Shown: value}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Disown(t.Context(), "shop", nil, []string{"11"}); err != nil { // its bytes stay
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := a.forget(t.Context(), forgetFlags{email: "anna@example.com", yes: true}); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(a.statePath); err != nil || bytes.Contains(text, []byte("anna@example.com")) {
		t.Errorf("the address is still there (%v)", err)
	}
	if err := a.forget(t.Context(), forgetFlags{email: "anna@example.com", yes: true}); err == nil || !strings.Contains(err.Error(), "nothing was found") {
		t.Errorf("once it is gone: %v", err)
	}
}

// TestAPlanIsAboutWhomItBlocks: a plan is about a person also where only a blocked row is
// hers, whose label and note need not hold her address.
func TestAPlanIsAboutWhomItBlocks(t *testing.T) {
	person := pipeline.NewPerson("anna@example.com")
	person.Rows[pipeline.PipelineRow{Pipeline: "p", RowKey: pipeline.RowKey{Source: "people", ID: "1"}}] = true
	for id, want := range map[string]bool{"1": true, "2": false} {
		p := &pipeline.Plan{Header: pipeline.Header{Pipeline: "p", Bindings: []pipeline.PlanBinding{{Model: "contacts"}}},
			Blocked: []pipeline.BlockedRow{{Model: "contacts", Label: "Anna Weber", Rows: []pipeline.Origin{{Source: "people", ID: id}}}}}
		if about, err := planAbout(person, p); err != nil || about != want {
			t.Errorf("row %s: %t, %v, want %t", id, about, err, want)
		}
	}
}
