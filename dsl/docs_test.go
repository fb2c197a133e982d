package dsl

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dsl/funcs"
)

func manual(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/pipeline.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// base are the sections that an example leaves out.
var base = []struct{ key, text string }{
	{"version", "version: 1\n"},
	{"sources", "sources:\n  people: { type: sonderplan }\n  exhibitors: { type: csv, path: exhibitors.csv }\n"},
	{"models", "models:\n  contacts:\n    from:\n      - { source: people, map: { email: email_1, customer_number: string(id) } }\n"},
}

func TestExamplesOfTheManualAreValid(t *testing.T) {
	blocks := regexp.MustCompile("(?ms)^```(yaml|decisions)\n(.*?)^```").FindAllStringSubmatch(manual(t), -1)
	if len(blocks) < 12 {
		t.Fatalf("%d examples", len(blocks))
	}
	dir := t.TempDir()
	w := newWorld()
	w.tables["sonderplan"].header = append(w.tables["sonderplan"].header, "phone_2", "Company: name")
	host := w.host()
	host.Offline = true
	for _, block := range blocks {
		text := block[2]
		if block[1] == "decisions" {
			if err := os.WriteFile(filepath.Join(dir, "decisions.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			text = "models:\n  contacts:\n    from:\n      - { source: people, map: { email: email_1, last_name: name } }\n    dedupe: { same: [email], decisions: decisions.yaml }\n"
		}
		for _, b := range base {
			if !regexp.MustCompile(`(?m)^` + b.key + `:`).MatchString(text) {
				text = b.text + text
			}
		}
		_, found := LoadText(t.Context(), filepath.Join(dir, "p.yaml"), []byte(text), w.registry(t), host)
		if found.HasErrors() {
			t.Errorf("the example\n%s\nis not valid:\n%s", block[2], found.Text())
		}
	}
}

// Every key of the language and every named check is in the manual.
func TestManualNamesEveryKey(t *testing.T) {
	text := manual(t)
	keys := slices.Concat(pipelineKeys, commonSourceKeys, lookupKeys, modelKeys, fromKeys, ruleKeys, dedupeKeys, sinkKeys, testKeys)
	for _, c := range funcs.Checks() {
		keys = append(keys, c.Name)
	}
	for _, key := range keys {
		if !strings.Contains(text, "`"+key+"`") {
			t.Errorf("the manual does not name the key %s", key)
		}
	}
}
