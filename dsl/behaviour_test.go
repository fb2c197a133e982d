package dsl

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

var runTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// load loads a pipeline that must be right.
func load(t *testing.T, w *world, text string, change ...func(*Host)) *pipeline.Pipeline {
	t.Helper()
	host := w.host()
	for _, c := range change {
		c(&host)
	}
	p, found := LoadText(t.Context(), "p.yaml", []byte(text), w.registry(t), host)
	if p == nil {
		t.Fatalf("the pipeline is not valid:\n%s", found.Text())
	}
	return p
}

// rejects keeps rejected rows as a file of rejects would.
type rejects struct{ list []pipeline.Reject }

func (r *rejects) Reject(_ string, x pipeline.Reject) error {
	r.list = append(r.list, x)
	return nil
}

func (r *rejects) text() []string {
	var list []string
	for _, x := range r.list {
		list = append(list, x.Finding.String())
	}
	return list
}

// collect runs the first model; each record is shown as "field=value" parts,
// an erased field as "field!".
func collect(t *testing.T, p *pipeline.Pipeline) (rows []string, rejected *rejects, out *pipeline.Collected, err error) {
	t.Helper()
	rejected = &rejects{}
	out, err = p.Models[0].Collect(t.Context(), pipeline.Options{Now: runTime, Rejects: rejected})
	if err != nil {
		return nil, rejected, out, err
	}
	for i := range out.Records.Len() {
		var parts []string
		for f, name := range out.Records.Schema().Names() {
			switch v := out.Records.Value(i, f); {
			case v.IsErase():
				parts = append(parts, name+"!")
			case !v.IsNull():
				parts = append(parts, name+"="+v.String())
			}
		}
		rows = append(rows, strings.Join(parts, " "))
	}
	return rows, rejected, out, nil
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func people(rows ...[]string) *world {
	w := newWorld()
	w.tables["people.csv"] = &table{header: []string{"id", "name", "email", "score", "org"}, rows: rows}
	return w
}

const peopleSource = "version: 1\nsources:\n  people: { type: csv, path: people.csv, id: id }\n"

func TestMapAndWhere(t *testing.T) {
	w := people([]string{"1", "Ann", "a@x.de", "5", ""}, []string{"2", "Bob", "", "7", ""}, []string{"3", "Cy", "c@x.de", "", ""}, []string{"4", "Di", "d@x.de", "1", ""})
	p := load(t, w, peopleSource+`
fragments:
  names: { label: name }
models:
  things:
    from:
      - source: people
        where: int(score) > 4
        use: [names]
        map: { mail: email, twice: int(score) * 2, half: int(score) / 2, nothing: nil }
      - source: people
        where: score == nil
        map: { half: 1 }
`)
	rows, _, _, err := collect(t, p)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "a null condition keeps no row, a null field says nothing", rows, []string{"label=Ann mail=a@x.de twice=10 half=2.5", "label=Bob twice=14 half=3.5", "half=1"})
	same(t, "types", fmt.Sprint(p.Models[0].Schema.Field(3).Type), "float")
}

func TestRowErrorsRejectTheRowAndSayWhere(t *testing.T) {
	w := people([]string{"1", "Ann", "", "five", ""}, []string{"2", "Bob", "", "7", ""}, []string{"3", "Cy", "", "x", ""})
	p := load(t, w, peopleSource+`
models:
  things:
    from:
      - source: people
        where: 1 + int(score) > 0
        map:
          label: name
`)
	rows, rejected, out, err := collect(t, p)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows", rows, []string{"label=Bob"})
	if out.Rejected != 2 || len(rejected.list) != 2 {
		t.Fatalf("%d rows are rejected", out.Rejected)
	}
	r := rejected.list[0]
	same(t, "the row is kept whole", r.Cells, []string{"1", "Ann", "", "five", ""})
	same(t, "its place", r.Finding.Where, "people.csv:2")
	same(t, "the place of the expression", r.Finding.Rule, "p.yaml:9:20")
	if !strings.Contains(r.Finding.Message, "five") {
		t.Errorf("the message does not show the value: %s", r.Finding.Message)
	}
}

func TestIDsAndTimes(t *testing.T) {
	w := people([]string{"1", "2024-05-06", "", "", ""}, []string{"", "2024-05-07", "", "", ""}, []string{"3", "someday", "", "", ""})
	text := `
version: 1
sources:
  people: { type: csv, path: people.csv, id: "int(id) + 100", updated: 'parse_date(name, "2006-01-02")', identifiers: { customer_number: docket } }
models:
  things:
    from:
      - { source: people, map: { customer_number: name } }
`
	p := load(t, w, text)
	_, rejected, out, err := collect(t, p)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range out.Records.Len() {
		r := out.Records.Record(i)
		micros, _ := r.Batch.Micros(r.Row)
		ids = append(ids, r.ID()+" "+time.UnixMicro(micros).UTC().Format(time.DateOnly))
	}
	same(t, "ids and times", ids, []string{"101 2024-05-06", " 2024-05-07"})
	if len(rejected.list) != 1 || rejected.list[0].Finding.Rule != fmt.Sprintf("p.yaml:4:%d", strings.Index(strings.Split(text, "\n")[3], "parse_date")+1) {
		t.Errorf("rejects: %v", rejected.text())
	}
	m := p.Models[0]
	same(t, "namespaces", []string{m.Namespace("people", "customer_number"), m.Namespace("people", "other")}, []string{"docket", ""})
}

func TestLookups(t *testing.T) {
	reads, never := 0, 0
	for name, c := range map[string]struct {
		key, call string
		want      []string
		warned    bool
	}{
		"a repeated key gives null":   {"id", `lookup("by", org).name`, []string{"n=Acme", "", "", ""}, true},
		"the first of a repeated key": {"id, on_duplicate: first", `lookup("by", org).name`, []string{"n=Acme", "n=Beta", "", ""}, true},
		"null may be said":            {"id, on_duplicate: null", `lookup("by", org).name`, []string{"n=Acme", "", "", ""}, true},
		"two columns":                 {"[id, name]", `string(lookup("by", org, name).size)`, []string{"", "n=20", "", ""}, false},
		"an int column":               {"size", `lookup("by", int(org) * 10).name`, []string{"n=Acme", "n=Beta", "", ""}, false},
	} {
		t.Run(name, func(t *testing.T) {
			reads, never = 0, 0
			w := people([]string{"1", "Ann", "", "", "1"}, []string{"2", "Beta", "", "", "2"}, []string{"3", "Cy", "", "", ""}, []string{"4", "Di", "", "", "9"})
			w.tables["orgs.csv"] = &table{header: []string{"id", "name", "size:int"}, reads: &reads,
				rows: [][]string{{"1", "Acme", "10"}, {"2", "Beta", "20"}, {"2", "Gamma", "30"}, {"", "Null", ""}}}
			w.tables["spare.csv"] = &table{header: []string{"id"}, reads: &never}
			p := load(t, w, peopleSource+`
  orgs: { type: csv, path: orgs.csv }
  spare: { type: csv, path: spare.csv }
lookups:
  by: { source: orgs, key: `+c.key+` }
  unused: { source: spare, key: id }
models:
  things:
    from:
      - { source: people, map: { n: '`+c.call+`' } }
      - { source: people, where: "false", map: { n: '`+c.call+`' } }
`)
			rows, _, out, err := collect(t, p)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "rows", rows, c.want)
			if reads != 1 || never != 0 {
				t.Errorf("the source of the lookup is read %d times, that of an unused one %d times", reads, never)
			}
			if warned := slices.ContainsFunc(out.Findings, func(f diag.Finding) bool { return f.Code == "duplicate-lookup-key" && f.Count == 1 }); warned != c.warned {
				t.Errorf("warned: %v, findings %v", warned, out.Findings)
			}
		})
	}
}

const rated = `
models:
  things:
    from:
      - { source: people, map: { email: email, country: name, rating: int(score) } }
    validate:
`

func TestRules(t *testing.T) {
	rows := [][]string{{"1", "DE", "a@x.de", "3", ""}, {"2", "XX", "b@x.de", "9", ""}, {"3", "", "nonsense", "", ""}}
	for name, c := range map[string]struct {
		rules    string
		want     []string
		rejected []string
		warned   int
	}{
		"a null holds": {"- { check: rating < 5 }", []string{"email=a@x.de country=DE rating=3", "email=nonsense"}, []string{"people.csv:3: the rule does not hold: rating < 5 (p.yaml:10:9)"}, 0},
		"required refuses null": {"- { field: rating, is: required, message: give a rating }", []string{"email=a@x.de country=DE rating=3", "email=b@x.de country=XX rating=9"},
			[]string{"people.csv:4: give a rating (p.yaml:10:9)"}, 0},
		"warn keeps the row": {"- { field: email, is: email, on_fail: warn }", []string{"email=a@x.de country=DE rating=3", "email=b@x.de country=XX rating=9", "email=nonsense"}, nil, 1},
		"set is seen by later rules": {`- { field: country, is: country_code, on_fail: { set: '"AT"' } }
      - { check: country != "AT" }`, []string{"email=a@x.de country=DE rating=3", "email=nonsense"}, []string{`people.csv:3: the rule does not hold: country != "AT" (p.yaml:11:9)`}, 0},
		"the rules of the field run once more": {`- { field: rating, check: rating != 2, message: never 2 }
      - { field: rating, check: rating <= 5, on_fail: { set: "2" } }`, []string{"email=a@x.de country=DE rating=3", "email=nonsense"}, []string{"people.csv:3: never 2 (p.yaml:10:9)"}, 0},
		"a set that does not help rejects": {`- { field: rating, check: rating <= 5, on_fail: { set: rating - 1 }, message: too high }`,
			[]string{"email=a@x.de country=DE rating=3", "email=nonsense"}, []string{"people.csv:3: too high (p.yaml:10:9)"}, 0},
		"a set to erase":                {`- { field: country, is: country_code, on_fail: { set: erase() } }`, []string{"email=a@x.de country=DE rating=3", "email=b@x.de country! rating=9", "email=nonsense"}, nil, 0},
		"a set to nothing":              {`- { field: country, is: country_code, on_fail: { set: nil } }`, []string{"email=a@x.de country=DE rating=3", "email=b@x.de rating=9", "email=nonsense"}, nil, 1},
		"the value that fails is shown": {"- { field: country, is: country_code }", []string{"email=a@x.de country=DE rating=3", "email=nonsense"}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, rejected, out, err := collect(t, load(t, people(rows...), peopleSource+rated+"      "+c.rules+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "records", got, c.want)
			if c.rejected != nil {
				same(t, "rejects", rejected.text(), c.rejected)
			} else if name == "the value that fails is shown" && (len(rejected.list) != 1 || !strings.Contains(rejected.text()[0], "XX")) {
				t.Errorf("rejects: %q", rejected.text())
			}
			if len(out.Findings) != c.warned {
				t.Errorf("findings: %v", out.Findings)
			}
			if name == "a set to nothing" && out.Findings[0].String() != `people.csv:3: field country: "XX" does not keep the rule, and nothing is taken instead (set) (p.yaml:10:9)` {
				t.Errorf("the note is %s", out.Findings[0])
			}
			for _, r := range rejected.list {
				same(t, "a reject has the columns of the source", r.Columns, []string{"id", "name", "email", "score", "org"})
			}
		})
	}
	t.Run("abort", func(t *testing.T) {
		_, _, _, err := collect(t, load(t, people(rows...), peopleSource+rated+"      - { field: rating, check: rating <= 5, on_fail: abort, message: far too high }\n"))
		if err == nil || !strings.Contains(err.Error(), "people.csv:3: far too high (p.yaml:10:9)") {
			t.Errorf("the run ends with %v", err)
		}
	})
}

func TestUniqueNamesBothRows(t *testing.T) {
	p := load(t, people([]string{"2", "", "A@x.de", "", ""}, []string{"1", "", "a@x.de", "", ""}, []string{"3", "", "", "", ""}, []string{"4", "", "", "", ""}), peopleSource+`
models:
  contacts:
    from:
      - { source: people, map: { email: email } }
    validate:
      - { field: email, is: unique }
targets:
  docket: { type: plandocket, base_url: https://demo.example.com }
sinks:
  - { model: contacts, target: docket, resource: contacts }
`)
	rows, rejected, _, err := collect(t, p)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the first by id stays; null is no value; case alone is no difference", rows, []string{"email=a@x.de", "", ""})
	if len(rejected.list) != 1 || !strings.HasPrefix(rejected.text()[0], "people.csv:2") || !strings.Contains(rejected.text()[0], "people.csv:3") {
		t.Errorf("rejects: %q", rejected.text())
	}
}

func TestMaxRejected(t *testing.T) {
	rows := [][]string{{"1", "", "", "1", ""}, {"2", "", "", "2", ""}, {"3", "", "", "x", ""}, {"4", "", "", "y", ""}}
	for limit, fails := range map[string]bool{"50%": false, "49%": true, "2": false, "1": true, "0": true} {
		p := load(t, people(rows...), peopleSource+"models:\n  things:\n    max_rejected: "+limit+"\n    from:\n      - { source: people, map: { n: int(score) } }\n")
		_, _, _, err := collect(t, p)
		var over *pipeline.LimitError
		if errors.As(err, &over) != fails {
			t.Errorf("max_rejected %s with 2 of 4 rows rejected: %v", limit, err)
		}
	}
}

func TestVars(t *testing.T) {
	text := peopleSource + `
vars: { postcode: 01067, phone: +4930, switch: on, answer: yes, flag: True, count: 1_000, share: 0.5, day: 2025-01-02, empty: "" }
models:
  things:
    from:
      - source: people
        map: { a: vars.postcode, b: vars.phone, c: vars.switch, d: vars.answer, e: vars.flag, f: vars.count + 1, g: vars.share, h: vars.day, i: vars.empty }
`
	w := people([]string{"1", "", "", "", ""})
	rows, _, _, err := collect(t, load(t, w, text))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "values", rows, []string{"a=01067 b=+4930 c=on d=yes e=true f=1001 g=0.5 h=2025-01-02 i="})
	rows, _, _, err = collect(t, load(t, w, text, func(h *Host) {
		h.Vars = map[string]string{"postcode": "99", "count": "7", "flag": "false", "share": "2"}
	}))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "replaced values keep their types", rows, []string{"a=99 b=+4930 c=on d=yes e=false f=8 g=2 h=2025-01-02 i="})
	host := w.host()
	host.Vars = map[string]string{"count": "1,5", "cuont": "1"}
	_, found := LoadText(t.Context(), "p.yaml", []byte(text), w.registry(t), host)
	if len(found) != 2 || !strings.Contains(found.Text(), `"1,5" is no 64-bit integer`) || !strings.Contains(found.Text(), `did you mean "count"?`) {
		t.Errorf("diagnostics:\n%s", found.Text())
	}
}

func TestBatchesDoNotMatter(t *testing.T) {
	var want []string
	for _, size := range []int{100, 1, 3} {
		w := people([]string{"1", "DE", "a@x.de", "3", ""}, []string{"2", "XX", "b@x.de", "9", ""}, []string{"3", "", "c", "", ""}, []string{"4", "", "d@x.de", "z", ""})
		w.tables["people.csv"].batchRows = size
		rows, rejected, _, err := collect(t, load(t, w, peopleSource+rated+"      - { field: country, is: country_code, on_fail: { set: '\"AT\"' } }\n      - { field: email, is: email }\n"))
		if err != nil {
			t.Fatal(err)
		}
		got := append(rows, rejected.text()...)
		if want == nil {
			want = got
		}
		same(t, fmt.Sprintf("batches of %d", size), got, want)
	}
	if len(want) != 4 {
		t.Errorf("%q", want)
	}
}
