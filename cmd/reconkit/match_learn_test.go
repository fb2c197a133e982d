package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const learnPipeline = `version: 1
name: people
sources:
  people: { type: csv, path: contacts.csv, id: id }
models:
  contacts:
    from:
      - source: people
        map: { first_name: first, last_name: last, email: mail, phone: phone, city: city }
    dedupe:
      weights: weights.json
targets:
  out: { type: file, path: out.csv, key: email }
sinks:
  - { model: contacts, target: out }
`

// learnFolder makes a pipeline over about n contacts, of which some are there
// twice, the second time with another phone or a slip in the name.
func learnFolder(t *testing.T, n int, text string) (path string) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	syllables := []string{"ba", "ker", "lin", "mo", "stein", "wal", "ter", "fei", "gru", "hof", "mann", "ny", "ost", "pra", "ris", "schu"}
	name := func(k int) string {
		word := ""
		for range k {
			word += syllables[r.IntN(len(syllables))]
		}
		return strings.ToUpper(word[:1]) + word[1:]
	}
	b := strings.Builder{}
	b.WriteString("id,first,last,mail,phone,city\n")
	for i := range n {
		first, last, city := name(2), name(3), []string{"Leipzig", "Kiel", "Ulm", "Mainz"}[r.IntN(4)]
		fmt.Fprintf(&b, "%d,%s,%s,box%d@mail%d.example,0341 %07d,%s\n", i, first, last, r.IntN(1e6), r.IntN(40), r.IntN(1e7), city)
		switch r.IntN(10) {
		case 0:
			fmt.Fprintf(&b, "%d-2,%s,%s,box%d@mail%d.example,,%s\n", i, first, last, r.IntN(1e6), r.IntN(40), city)
		case 1:
			fmt.Fprintf(&b, "%d-2,%s,%s,,0341 %07d,%s\n", i, first, last[:len(last)-1], r.IntN(1e7), city)
		}
	}
	folder := t.TempDir()
	for file, content := range map[string]string{"contacts.csv": b.String(), "p.yaml": text} {
		if err := os.WriteFile(filepath.Join(folder, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, "p.yaml")
}

// What was learned is written to the file that the pipeline names, and a later
// plan of other records weighs by it.
func TestMatchLearnPinsWeights(t *testing.T) {
	path := learnFolder(t, 3000, learnPipeline)
	weights := filepath.Join(filepath.Dir(path), "weights.json")
	plan, _ := matched(t, exitOK, "plan", path)
	if !strings.Contains(plan, "learned from 3") {
		t.Errorf("the plan without a file of weights does not say that it learned:\n%s", plan)
	}
	out, _ := matched(t, exitOK, "match", "learn", path)
	if !strings.Contains(out, "contacts: learned from 3") || !strings.Contains(out, weights) {
		t.Errorf("match learn says %q", out)
	}
	pinned, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}

	few := learnFolder(t, 60, learnPipeline)
	if err := os.WriteFile(filepath.Join(filepath.Dir(few), "weights.json"), pinned, 0o600); err != nil {
		t.Fatal(err)
	}
	if plan, _ := matched(t, exitOK, "plan", few); !strings.Contains(plan, "the weights of weights.json are used, learned from 3") {
		t.Errorf("the plan does not say that it used the file of weights:\n%s", plan)
	}
	out, _ = matched(t, exitOK, "match", "learn", few)
	if !strings.Contains(out, "contacts: nothing was written") {
		t.Errorf("match learn of too few records says %q", out)
	}
	if now, err := os.ReadFile(filepath.Join(filepath.Dir(few), "weights.json")); err != nil || string(now) != string(pinned) {
		t.Errorf("the file of weights was touched by too few records: %v", err)
	}
}

// A file of weights that cannot be used stops the plan, and says where it is
// named.
func TestMatchLearnDamagedWeights(t *testing.T) {
	for name, tt := range map[string]struct{ file, text, want string }{
		"no JSON":       {"{", learnPipeline, "p.yaml:11:16: error: the weights cannot be read"},
		"something":     {`{"a": 1}`, learnPipeline, "p.yaml:11:16: error: the weights cannot be read"},
		"other columns": {`{"format": 1, "columns": [{"name": "x", "kind": "city"}], "fields": [{"field": "city"}], "records": 900, "possible": 1000}`, learnPipeline, "pinned weights were learned for other columns"},
	} {
		t.Run(name, func(t *testing.T) {
			path := learnFolder(t, 10, tt.text)
			if err := os.WriteFile(filepath.Join(filepath.Dir(path), "weights.json"), []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, errs := matched(t, exitError, "plan", path); !strings.Contains(errs, tt.want) {
				t.Errorf("plan says %q, want %q", errs, tt.want)
			}
		})
	}
	path := learnFolder(t, 10, strings.Replace(learnPipeline, "      weights: weights.json\n", "      match_above: 0.95\n", 1)) // said before anything is matched
	if _, errs := matched(t, exitError, "match", "learn", path); !strings.Contains(errs, "add weights: weights.json to its dedupe section") {
		t.Errorf("match learn without weights: says %q", errs)
	}
}
