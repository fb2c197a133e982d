package dsl_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/sinks"
	"github.com/reconkit/reconkit/sources"
)

// TestReplacedVarsAreAnotherPipeline holds that rows are read again which would come out
// differently: marks of incremental sources hold for one fingerprint.
func TestReplacedVarsAreAnotherPipeline(t *testing.T) {
	const text = `version: 1
vars: { country: DE, min: 3 }
sources:
  people: { type: csv, path: people.csv, id: nr }
models:
  contacts:
    from:
      - source: people
        where: int(nr) > vars.min
        map:
          email: mail
          phone: parse_phone(tel, vars.country)
targets:
  out: { type: file, path: out.csv, key: email }
sinks:
  - { model: contacts, target: out }
`
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), []byte("nr,mail,tel\n1,a@example.com,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	reg := dsl.NewRegistry()
	sources.Register(reg)
	sinks.Register(reg)
	fingerprint := func(vars map[string]string) string {
		p, found := dsl.LoadText(t.Context(), filepath.Join(dir, "p.yaml"), []byte(text), reg, dsl.Host{Vars: vars})
		if found.HasErrors() {
			t.Fatal(found)
		}
		return p.Fingerprint
	}
	plain := fingerprint(nil)
	seen := map[string]bool{plain: true}
	for _, vars := range []map[string]string{{"country": "AT"}, {"country": "CH"}, {"min": "2"}, {"country": "AT", "min": "2"}} {
		f := fingerprint(vars)
		if seen[f] {
			t.Errorf("%v makes no other pipeline", vars)
		}
		if seen[f] = true; f != fingerprint(vars) {
			t.Errorf("%v does not make the same pipeline twice", vars)
		}
	}
	if fingerprint(map[string]string{"country": "DE", "min": "3"}) != plain {
		t.Error("vars that are given as they are make another pipeline")
	}
}
