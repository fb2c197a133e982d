package dsl

import (
	"maps"
	"testing"
)

// TestReplacedVarsAreAnotherPipeline holds that rows are read again which would come out
// differently: marks of incremental sources hold for one fingerprint.
func TestReplacedVarsAreAnotherPipeline(t *testing.T) {
	text := peopleSource + `
vars: { country: DE, min: 3 }
models:
  things:
    from:
      - source: people
        map: { a: vars.country, b: vars.min + 1 }
`
	w := people([]string{"1", "", "", "", ""})
	fingerprint := func(vars map[string]string) string {
		return load(t, w, text, func(h *Host) { h.Vars = vars }).Fingerprint
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
	if fingerprint(map[string]string{"min": "02"}) != fingerprint(map[string]string{"min": "2"}) {
		t.Error("the same number in other letters makes another pipeline")
	}
}

// TestOtherReferencesAreAnotherPipeline holds that rows are read again which another
// value behind a reference lets in, and that a token that was replaced reads none again.
func TestOtherReferencesAreAnotherPipeline(t *testing.T) {
	text := `version: 1
sources:
  contacts: { type: sonderplan, base_url: "${ADDRESS:-sandbox:a.db}", token: "${TOKEN}", incremental: true, filter: { type: "${KIND:-person}" } }
  events: { type: csv, path: "${EVENTS:-events.csv}" }
  people: { type: csv, path: "${FILE:-people.csv}" }
lookups:
  event: { source: events, key: id }
models:
  things:
    from:
      - source: contacts
        map: { a: name, b: 'lookup("event", name)?.title' }
      - source: people
        map: { a: name }
`
	w := people([]string{"1", "", "", "", ""})
	w.tables["events.csv"] = &table{header: []string{"id", "title"}, rows: [][]string{{"1", "a"}}}
	w.tables["others.csv"] = w.tables["people.csv"]
	w.tables["fairs.csv"] = w.tables["events.csv"]
	fingerprint := func(env map[string]string) string {
		set := map[string]string{"TOKEN": "t-1"}
		maps.Copy(set, env)
		return load(t, w, text, func(h *Host) {
			h.Getenv = func(name string) (string, bool) { v, ok := set[name]; return v, ok }
		}).Fingerprint
	}
	plain := fingerprint(nil)
	seen := map[string]bool{plain: true}
	for _, env := range []map[string]string{{"KIND": "organization"}, {"ADDRESS": "sandbox:b.db"}, {"EVENTS": "fairs.csv"}, {"KIND": "sandbox:b.db"}} {
		f := fingerprint(env)
		if seen[f] {
			t.Errorf("%v makes no other pipeline", env)
		}
		if seen[f] = true; f != fingerprint(env) {
			t.Errorf("%v does not make the same pipeline twice", env)
		}
	}
	for _, env := range []map[string]string{{"TOKEN": "t-2"}, {"KIND": "person", "ADDRESS": "sandbox:a.db"}, {"FILE": "others.csv"}} {
		if fingerprint(env) != plain {
			t.Errorf("%v makes another pipeline", env)
		}
	}
}
