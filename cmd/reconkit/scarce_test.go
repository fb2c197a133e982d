package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// onWrite does something before the first text.
type onWrite struct {
	bytes.Buffer
	do func()
}

func (w *onWrite) Write(b []byte) (int, error) {
	if w.do != nil {
		w.do()
		w.do = nil
	}
	return w.Buffer.Write(b)
}

// A plan that was made and kept is no error because the memory cannot be asked afterwards
// what is left of the hour.
func TestPlanThatIsKeptIsNoError(t *testing.T) {
	pd, err := plandockettest.New(plandockettest.Options{Keys: map[string][]string{"key": {"contacts"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer pd.Close()
	server := httptest.NewServer(http.HandlerFunc(pd.Handler().ServeHTTP))
	defer server.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "p.yaml")
	for name, text := range map[string]string{"people.csv": "nr,mail,name\n1,anna@example.com,Weber\n", "p.yaml": fmt.Sprintf(`version: 1
sources:
  people: { type: csv, path: people.csv, id: nr }
models:
  contacts:
    from:
      - source: people
        map: { email: mail, last_name: name }
targets:
  pd: { type: plandocket, base_url: %q, api_key: "${KEY}", requests_per_hour: 500 }
sinks:
  - { model: contacts, target: pd, resource: contacts }
`, server.URL)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out onWrite
	var errs bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, getenv: func(name string) (string, bool) { return "key", name == "KEY" }}
	out.do = func() {
		if err := a.store.Close(); err != nil { // the memory is gone once the plan is shown
			t.Error(err)
		}
	}
	kept := filepath.Join(dir, "1.rkplan")
	c := a.command()
	c.SetArgs([]string{"plan", file, "-o", kept})
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Errorf("plan: %v", err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
	if !strings.Contains(errs.String(), "how many requests are left of the hour cannot be told") {
		t.Errorf("nobody is told: %q", errs.String())
	}
}
