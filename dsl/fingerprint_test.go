package dsl

import "testing"

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
