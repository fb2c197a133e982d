package dsl

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

const secret = "hunter2-correct-horse"

// Whatever is wrong with a file that holds a secret, no diagnostic shows it, also
// not in the line above the caret, and the caret stays where it belongs.
func TestSecretsAreNeverShown(t *testing.T) {
	const models = "models: { things: { from: [{ source: api, map: { n: name } }] } }\n"
	for name, text := range map[string]string{
		"plain":                   "sources:\n  api:\n    type: sonderplan\n    token: hunter2-correct-horse\n",
		"quoted":                  "sources:\n  api:\n    type: sonderplan\n    token: \"hunter2-correct-horse\" # mine\n",
		"literal":                 "sources:\n  api:\n    type: sonderplan\n    token: |\n      hunter2-correct-horse\n",
		"folded":                  "sources:\n  api:\n    type: sonderplan\n    token: >\n      a\n      hunter2-correct-horse\n",
		"over lines":              "sources:\n  api:\n    type: sonderplan\n    token: a\n      hunter2-correct-horse\n",
		"default of a reference":  "sources:\n  api: { type: sonderplan, token: \"${TOKEN:-hunter2-correct-horse}\" }\n",
		"beside a reference":      "sources:\n  api: { type: sonderplan, token: \"${TOKEN}hunter2-correct-horse\" }\n",
		"as a reference":          "sources:\n  api: { type: sonderplan, token: \"${hunter2-correct-horse}\" }\n",
		"open reference":          "sources:\n  api: { type: sonderplan, token: \"${hunter2-correct-horse\" }\n",
		"another mistake there":   "sources:\n  api: { type: sonderplan, token: hunter2-correct-horse, bse_url: x }\n",
		"list":                    "sources:\n  api: { type: sonderplan, token: [hunter2-correct-horse] }\n",
		"mapping":                 "sources:\n  api: { type: sonderplan, token: { hunter2-correct-horse: x } }\n",
		"misspelt option":         "sources:\n  api: { type: sonderplan, tokn: hunter2-correct-horse }\n",
		"unknown type":            "sources:\n  api: { type: sonderplann, token: hunter2-correct-horse }\n",
		"no type":                 "sources:\n  api: { token: hunter2-correct-horse }\n",
		"tag":                     "sources:\n  api: { type: sonderplan, token: !hunter2-correct-horse x }\n",
		"anchor":                  "sources:\n  api: { type: sonderplan, token: &hunter2-correct-horse }\n",
		"alias":                   "sources:\n  api: { type: sonderplan, token: *hunter2-correct-horse }\n",
		"quote not closed":        "sources:\n  api:\n    type: sonderplan\n    token: \"hunter2-correct-horse\n    base_url: \"x\"\n",
		"colon":                   "sources:\n  api:\n    type: sonderplan\n    token: hunter2-correct-horse: x\n",
		"syntax of the next line": "sources:\n  api:\n    type: sonderplan\n    token: |\n      hunter2-correct-horse\n   x\n",
		"not UTF-8":               "sources:\n  api:\n    type: sonderplan\n    token: hunter2-correct-horse\xff\n",
		"password in an address":  "sources:\n  api: { type: sonderplan, base_url: \"https://me:hunter2-correct-horse@refuse.example.com\", page_size: x }\n",
		"an error of the source":  "sources:\n  api: { type: sonderplan, token: \"${PASSWORD}\", base_url: refuse }\n",
		"twice":                   "sources:\n  api: { type: sonderplan, token: hunter2-correct-horse, token: hunter2-correct-horse }\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			host := w.host()
			host.Getenv = func(name string) (string, bool) { return secret, name == "PASSWORD" }
			for _, host.Offline = range []bool{false, true} {
				p, found := LoadText(t.Context(), "p.yaml", []byte("version: 1\n"+text+models), w.registry(t), host)
				if p != nil {
					t.Error("the pipeline is accepted")
				}
				all, err := json.Marshal(found)
				if err != nil {
					t.Fatal(err)
				}
				if shown := found.Text() + string(all) + found.Err().Error(); strings.Contains(shown, "hunter2") || strings.Contains(shown, "correct-horse") {
					t.Errorf("the secret is shown:\n%s", found.Text())
				}
			}
		})
	}
}

func TestMaskedLineKeepsItsColumns(t *testing.T) {
	w := newWorld()
	_, found := LoadText(t.Context(), "p.yaml", []byte("version: 1\nsources:\n  api: { type: sonderplan, token: geheim-ä, bse_url: x }\n"), w.registry(t), w.host())
	for _, d := range found {
		if d.Code == "unknown-key" {
			raw := []rune(d.Line)
			if got := string(raw[d.Pos.Column-1 : d.Pos.Column-1+d.Span]); got != "bse_url" {
				t.Errorf("the caret stands under %q of %q", got, d.Line)
			}
			return
		}
	}
	t.Errorf("diagnostics:\n%s", found.Text())
}

const sent = `
version: 1
sources:
  people: { type: csv, path: people.csv }
models:
  contacts:
    from:
      - { source: people, map: { email: email, notes: erase() } }
  rows:
    from:
      - { source: people, map: { id: id, weight: int(score) } }
targets:
  docket: { type: plandocket, base_url: "${URL}", api_key: "${API_KEY}", requests_per_hour: 7 }
  out:
    type: file
    path: out.csv
    key: ["a,b", id, "${URL}"]
    headers: { "x,y": "1=2", z: "${URL}" }
sinks:
  - { model: contacts, target: docket, resource: contacts, keyless: 'reserve("K-")', allow: [create], limits: { create: 30%, delete: 0 }, fields: { notes: fill_empty }, on_missing: report, accept_completeness: likely }
  - { model: rows, target: out }
`

// A plan holds what is needed to open the same target again, and no secrets.
func TestTargetOfAPlanIsTheTargetOfThePipeline(t *testing.T) {
	w := newWorld()
	dir := t.TempDir()
	host := w.host()
	p, found := LoadText(t.Context(), filepath.Join(dir, "p.yaml"), []byte(sent), w.registry(t), host)
	if p == nil {
		t.Fatal(found.Text())
	}
	policy := p.Bindings[0].Policy
	same(t, "policy", policy, pipeline.Policy{Allow: []pipeline.Action{pipeline.Create}, OnMissing: pipeline.ReportMissing, Keyless: pipeline.Keyless{Reserve: true, Prefix: "K-"},
		Fields: map[string]pipeline.FieldPolicy{"notes": pipeline.FillEmpty}, Accept: pipeline.Likely,
		Limits: map[string]pipeline.Limit{"create": {Set: true, Count: -1, Percent: 30}, "delete": {Set: true}}})
	first := w.opened
	w.opened = nil
	for _, b := range p.Bindings {
		written, err := json.Marshal(pipeline.PlanBinding{Resource: b.Resource, Connection: b.Connection, Policy: b.Policy})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(written), "2718281828") || strings.Contains(string(written), "demo.example.com") {
			t.Errorf("the plan holds what references stand for: %s", written)
		}
		var read pipeline.PlanBinding
		if err := json.Unmarshal(written, &read); err != nil {
			t.Fatal(err)
		}
		target, err := OpenTarget(t.Context(), w.registry(t), host, read)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "identity", target.Identity(), b.Target.Identity())
		same(t, "keys", target.Keys(), b.Target.Keys())
	}
	if len(first) != 2 || !strings.Contains(first[0], "2718281828") || !strings.Contains(first[1], `["a,b" "id" "https://demo.example.com"]`) {
		t.Errorf("opened: %q", first)
	}
	for i := range first {
		// Load may be given a relative folder; a plan holds an absolute one.
		same(t, "what the target was opened with", w.opened[i], first[i])
	}
}

func TestOpenTargetSaysWhatIsMissing(t *testing.T) {
	w := newWorld()
	b := pipeline.PlanBinding{Resource: "contacts", Connection: pipeline.Connection{Name: "docket", Type: "plandocket", Config: map[string]string{"base_url": "x", "api_key": "${NO_KEY}"}}}
	_, err := OpenTarget(t.Context(), w.registry(t), w.host(), b)
	if err == nil || !strings.Contains(err.Error(), "api_key needs ${NO_KEY}, which is not set; set it in the environment") {
		t.Errorf("error: %v", err)
	}
	b.Connection.Config = map[string]string{"base_url": "refuse", "api_key": "${API_KEY}"}
	_, err = OpenTarget(t.Context(), w.registry(t), w.host(), b)
	if err == nil || strings.Contains(err.Error(), "2718281828") || !strings.Contains(err.Error(), "refused ***") {
		t.Errorf("error: %v", err)
	}
	b.Connection.Type = "plandockett"
	if _, err = OpenTarget(t.Context(), w.registry(t), w.host(), b); err == nil {
		t.Error("an unknown type is opened")
	}
}

func TestReferences(t *testing.T) {
	host := Host{
		Getenv: func(name string) (string, bool) {
			v, ok := map[string]string{"A": "1", "EMPTY": ""}[name]
			return v, ok
		},
		ReadFile: func(path string) ([]byte, error) {
			if path != filepath.Join("dir", "k") && path != "/abs" {
				return nil, os.ErrNotExist
			}
			return []byte("from file\r\n"), nil
		},
	}
	for text, want := range map[string]string{
		"x":               "x",
		"${A}/${A}":       "1/1",
		"${B:-two}":       "two",
		"${EMPTY:-two}":   "two",
		"${A:-two}":       "1",
		"${B:-}":          "",
		"${file:k}":       "from file",
		"${file:/abs}":    "from file",
		"$A":              "$A",
		"${B}":            "missing ${B}",
		"${EMPTY}":        "missing ${EMPTY}",
		"${file:nowhere}": "missing ${file:nowhere}",
		"${A":             "error",
		"${a b}":          "error",
		"${}":             "error",
	} {
		got, missing, err := host.expand(text, "dir")
		switch {
		case err != nil:
			got = "error"
		case len(missing) > 0:
			got = "missing " + strings.Join(missing, " ")
		}
		same(t, text, got, want)
	}
}

// Offline, what is not there is a warning and everything else is checked.
func TestOfflineChecksTheRest(t *testing.T) {
	w := newWorld()
	text := `
version: 1
sources:
  gone: { type: csv, path: gone.csv, delimiter: [a] }
  unset: { type: csv, path: "${NO_PATH}" }
  api: { type: sonderplan, token: "${NO_TOKEN}" }
models:
  contacts:
    from:
      - { source: gone, map: { email: any_column, rating: parse_emial(x) } }
      - { source: unset, map: { emial: y } }
      - { source: api, map: { email: email_2 } }
targets:
  docket: { type: plandocket, base_url: "${NO_URL}", api_key: "${NO_KEY}", requests_per_hour: x }
sinks:
  - { model: contacts, target: docket, resource: contacts }
`
	host := w.host()
	host.Offline = true
	_, found := LoadText(t.Context(), "p.yaml", []byte(text), w.registry(t), host)
	var errs, warnings []string
	for _, d := range found {
		if d.Severity == diag.Error {
			errs = append(errs, d.Message)
		} else {
			warnings = append(warnings, d.Message)
		}
	}
	if got := strings.Join(errs, "\n"); len(errs) != 5 || !strings.Contains(got, "delimiter") || !strings.Contains(got, "parse_emial") || !strings.Contains(got, "emial") || !strings.Contains(got, "email_2") || !strings.Contains(got, "requests_per_hour") {
		t.Errorf("errors:\n%s", found.Text())
	}
	same(t, "warnings", warnings, []string{"source unset: path needs ${NO_PATH}, which is not set", "target docket: base_url needs ${NO_URL}, which is not set"})

	valid := strings.NewReplacer(", delimiter: [a]", "", ", rating: parse_emial(x)", "", "emial", "email", "email_2", "email_1", ", requests_per_hour: x", "").Replace(text)
	p, found := LoadText(t.Context(), "p.yaml", []byte(valid), w.registry(t), host)
	if p == nil || len(found) != 3 || !strings.Contains(found.Text(), "the columns of source gone could not be checked") {
		t.Errorf("diagnostics:\n%s", found.Text())
	}
	if len(w.opened) > 0 {
		t.Errorf("opened: %q", w.opened)
	}
	host.Offline = false
	_, found = LoadText(t.Context(), "p.yaml", []byte(valid), w.registry(t), host)
	if !strings.Contains(found.Text(), "token needs ${NO_TOKEN}, which is not set") || !strings.Contains(found.Text(), "no such file") {
		t.Errorf("diagnostics:\n%s", found.Text())
	}
}

func TestSourcesOnlyLeavesTargetsAlone(t *testing.T) {
	w := people([]string{"1", "", "a@x.de", "4", ""})
	text := strings.ReplaceAll(strings.ReplaceAll(sent, "${URL}", "${NO_URL}"), "${API_KEY}", "${NO_KEY}")
	p := load(t, w, text, func(h *Host) { h.SourcesOnly = true })
	if len(w.opened) > 0 || len(p.Bindings) > 0 {
		t.Errorf("opened: %q", w.opened)
	}
	rows, _, _, err := collect(t, p)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows", rows, []string{"email=a@x.de notes!"})
}

func TestDecisionsHaveDiagnosticsOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "decisions.yaml")
	text := peopleSource + `
models:
  contacts:
    from:
      - { source: people, map: { email: email } }
    dedupe: { same: [email], decisions: decisions.yaml }
`
	w := people()
	for decisions, want := range map[string]string{
		"": "", "# none yet\n": "",
		"- { a: { source: people, id: 1 }, b: { target: T1 }, same: true, who: Ann }\n- { a: { email: x }, b: { email: y }, same: false }\n": "",
		"- { a: { source: people }, b: { target: T1 }, same: yes }\n":                                                                        `:1:8: error: a record is named in exactly one way|:1:53: error: same cannot be "yes"`,
		"- { a: { emial: x }, b: { target: T, email: y } }\n":                                                                                `:1:10: error: the record has no key "emial"|:1:25: error: a record is named|:1:3: error: the decision does not say whether`,
		"a: 1\n":    ":1:1: error: the file of decisions must be a list",
		"- x\n":     ":1:3: error: a decision must be a mapping",
		"- {a: [\n": "error: not valid YAML",
	} {
		if err := os.WriteFile(file, []byte(decisions), 0o600); err != nil {
			t.Fatal(err)
		}
		p, found := LoadText(t.Context(), filepath.Join(dir, "p.yaml"), []byte(text), w.registry(t), w.host())
		if (p != nil) != (want == "") {
			t.Errorf("%q: diagnostics:\n%s", decisions, found.Text())
		}
		for part := range strings.SplitSeq(want, "|") {
			if part != "" && (!strings.Contains(found.Text(), part) || found[0].Pos.File != file) {
				t.Errorf("%q: wanted %s in\n%s", decisions, part, found.Text())
			}
		}
	}
}

// However a text is made, looking at it takes bounded time.
func TestTextsThatGrow(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("version: 1\nvars:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		n := string(rune('0' + i))
		m := string(rune('1' + i))
		bomb.WriteString("  a" + m + ": &a" + m + " [" + strings.Repeat("*a"+n+", ", 9) + "]\n")
	}
	var many, wide strings.Builder
	many.WriteString("version: 1\nsources: { people: { type: csv, path: people.csv } }\nmodels:\n  things:\n    from:\n")
	wide.WriteString("version: 1\nvars:\n")
	for range 5000 {
		many.WriteString("      - { source: peeple, map: { a: unknwn(x) } }\n")
		wide.WriteString("  same: 1\n")
	}
	for name, c := range map[string]struct{ text, want string }{
		"alias bomb":    {bomb.String(), "each use of an anchor counted"},
		"own anchor":    {"version: 1\nvars: &a { b: *a }\n", "within each other"},
		"brackets":      {"version: 1\nvars: " + strings.Repeat("[", 200_000), "not valid YAML"},
		"braces":        {strings.Repeat("{a: ", 9000), "not valid YAML"},
		"dashes":        {strings.Repeat("- ", 9000) + "x", "within each other"},
		"one long line": {"version: 1\nvars: { a: \"" + strings.Repeat("ä ", 500_000) + "\nb: 1", "not valid YAML"},
		"too large":     {strings.Repeat("#", fileBytesMax+1), "more than 4194304 bytes"},
		"many mistakes": {many.String(), "more than 300 diagnostics"},
		"one key often": {wide.String(), "more than 300 diagnostics"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			p, found := LoadText(t.Context(), "p.yaml", []byte(c.text), w.registry(t), w.host())
			if p != nil || !strings.Contains(found.Text(), c.want) || len(found) > diagnosticsMax+1 {
				t.Errorf("%d diagnostics, the last:\n%s", len(found), found[max(0, len(found)-1):].Text())
			}
		})
	}
}

func TestCharactersThatNoFileMayHold(t *testing.T) {
	for text, want := range map[string]string{
		"version: 1\nname: a\u2028b\n": "p.yaml:2:8",
		"version: 1\nname: a\x00\n":    "p.yaml:2:8",
		"version: 1\nname: ä\xff\n":    "p.yaml:2:8",
		"version: 1\nname: \ufeffa\n":  "p.yaml:2:7",
	} {
		_, found := LoadText(t.Context(), "p.yaml", []byte(text), NewRegistry(), Host{})
		if len(found) != 1 || found[0].Pos.String() != want {
			t.Errorf("%q: wanted a diagnostic at %s:\n%s", text, want, found.Text())
		}
	}
}

func TestMissingFileAndEmptyFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.yaml")
	if p, found := Load(t.Context(), file, NewRegistry(), Host{}); p != nil || !strings.Contains(found.Text(), "cannot be read") {
		t.Errorf("diagnostics:\n%s", found.Text())
	}
	for _, text := range []string{"", "# nothing\n", "---\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if p, found := Load(t.Context(), file, NewRegistry(), Host{}); p != nil || len(found) == 0 {
			t.Errorf("%q is accepted", text)
		}
	}
}

func TestRegistrationErrors(t *testing.T) {
	w := newWorld()
	r := w.registry(t)
	type badField struct {
		A []int `conf:"a"`
	}
	if RegisterSource(r, SourceSpec[csvConfig]{Type: "csv"}) == nil || RegisterTarget(r, TargetSpec[fileConfig]{Type: "file"}) == nil ||
		RegisterSource(r, SourceSpec[badField]{Type: "bad"}) == nil || RegisterTarget(r, TargetSpec[string]{Type: "bad"}) == nil {
		t.Error("a type that is taken or cannot be configured is registered")
	}
	if text := r.OptionsMarkdown(); !strings.Contains(text, "### Source `csv`") || !strings.Contains(text, "| `path` | string | required | File. |") || !strings.Contains(text, "| `created_at` | timestamp | no | no |") {
		t.Error(text)
	}
	if err := (&redacted{err: os.ErrNotExist}); !errors.Is(err, os.ErrNotExist) {
		t.Error("the cause of an error is lost")
	}
}
