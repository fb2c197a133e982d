package dsl

import "testing"

// TestReplacedVarsAreAnotherPipeline holds that rows are read again which would come out
// differently: marks of incremental sources hold for one fingerprint.
func TestReplacedVarsAreAnotherPipeline(t *testing.T) {
	const text = `version: 1
vars: { country: DE, min: 3 }
sources:
  people: { type: csv, path: people.csv, id: id }
models:
  contacts:
    from:
      - source: people
        where: int(score) > vars.min
        map:
          email: email
          country: parse_country(country) ?? vars.country
targets:
  out: { type: file, path: out.csv, key: email }
sinks:
  - { model: contacts, target: out }
`
	w := newWorld()
	fingerprint := func(vars map[string]string) string {
		p, found := LoadText(t.Context(), "p.yaml", []byte(text), w.registry(t), Host{Vars: vars})
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
