package dsl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
)

// cases loads the tests of a pipeline that must be right.
func cases(t *testing.T, w *world, text string) *Tests {
	t.Helper()
	tests, found := LoadTestsText(t.Context(), "dir/p.yaml", []byte(text), w.registry(t), Host{})
	if tests == nil {
		t.Fatalf("the pipeline is not valid:\n%s", found.Text())
	}
	return tests
}

// outcome runs all tests and tells each difference on a line.
func outcome(t *testing.T, tests *Tests) []string {
	t.Helper()
	var lines []string
	for i := range tests.All() {
		r, err := tests.Run(t.Context(), i, runTime)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range r.Differences {
			line := fmt.Sprintf("%s: %s %s %s", r.Name, d.Model, d.Kind, d.Pos)
			for _, f := range d.Fields {
				if f.Differs {
					line += fmt.Sprintf(" %s=%q/%q", f.Field, f.Got, f.Want)
					for _, m := range f.Made {
						line += " by " + m.Pos.String()
					}
					for _, place := range f.Set {
						line += " set " + place
					}
				}
			}
			if d.Reason != "" {
				line += " " + d.Reason
			}
			for _, o := range d.Rows {
				line += " <" + o.String() + ">"
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// The example that the description of the language ends with: sources over the
// network and in files that are not there, lookups, and dedupe.
const flagship = `version: 1
vars: { default_country: DE }
sources:
  people:
    type: sonderplan
    token: ${SONDERPLAN_TOKEN}
    filter: { type: person, client: true }
    custom_fields: { 7823: score }
  organizations:
    type: sonderplan
    token: ${SONDERPLAN_TOKEN}
    filter: { type: organization }
  exhibitors:
    type: csv
    path: data/exhibitors-*.csv
    id: row["Kd.-Nr."]
    identifiers: { customer_number: plandocket }
lookups:
  organization_by_id: { source: organizations, key: id }
fragments:
  postal:
    postal_code: address_postcode
    city:        address_city
    country:     parse_country(address_country)
models:
  contacts:
    from:
      - source: people
        where: type == "person"
        use: [postal]
        map:
          email:        parse_email(email_1)
          first_name:   parse_person(name).first
          last_name:    parse_person(name).last
          company_name: lookup("organization_by_id", linked_organization_id).name
          phone:        parse_phone(phone_1, parse_country(address_country))
          rating:       int(score) ?? 3
          notes:        '"Sonderplan " + uuid'
      - source: exhibitors
        map:
          email:           parse_email(row["E-Mail"])
          company_name:    squish(Firma)
          customer_number: row["Kd.-Nr."]
          category_keys:   '["exhibitor"]'
    validate:
      - { field: email, is: email, on_fail: reject }
      - { field: rating, check: rating >= 1 and rating <= 5, on_fail: reject, message: "rating must be 1 to 5" }
      - { field: country, is: country_code, on_fail: { set: vars.default_country } }
      - { field: phone, is: phone, on_fail: warn }
    max_rejected: 5%
    dedupe:
      same:   [email, customer_number]
      never:  [customer_number]
      keep:
        priority: [people, exhibitors]
targets:
  plandocket:
    type: plandocket
    base_url: ${PLANDOCKET_URL}
    api_key: ${PLANDOCKET_API_KEY}
sinks:
  - { model: contacts, target: plandocket, resource: contacts }
tests:
  - name: a German title is not a first name
    given:
      people: [{ type: person, uuid: p1, name: "Dr. Anna von der Heide", address_country: Deutschland, linked_organization_id: 7 }]
      organizations: [{ type: organization, id: 7, name: Heide GmbH }]
    expect: { contacts: [{ first_name: Anna, last_name: von der Heide, country: DE, company_name: Heide GmbH }] }
`

func TestTheExampleOfTheLanguagePasses(t *testing.T) {
	w := newWorld()
	same(t, "differences", outcome(t, cases(t, w, flagship)), []string(nil))
	more := flagship + `  - name: one contact of two rows
    given:
      people:
        - { type: person, uuid: p1, name: Anna Weber, email_1: a@x.example, score: 4 }
        - { type: organization, uuid: p2, name: left out }
      exhibitors: [{ Kd.-Nr.: 00417, E-Mail: A@x.example, Firma: " Weber  AG " }]
    expect:
      contacts:
        - { email: a@x.example, company_name: Weber AG, customer_number: 00417, last_name: Weber, rating: 4, category_keys: [exhibitor], phone: ~ }
  - name: what a rule does
    given:
      people:
        - { type: person, uuid: p1, name: Anna Weber, score: 9 }
        - { type: person, uuid: p2, name: Ben Kurz, address_country: Atlantis, score: 5 }
        - { type: person, uuid: p3, name: Cleo Lang, score: many }
    expect: { contacts: [{ last_name: Kurz, country: DE }] }
    rejected: { contacts: ['"many" is not a number', rating must be 1 to 5] }
`
	same(t, "differences", outcome(t, cases(t, w, more)), []string(nil))
}

const small = `version: 1
sources:
  people: { type: csv, path: people.csv, id: id }
models:
  things:
    from:
      - source: people
        map:
          email: email
          name: name
          score: int(score)
          half: int(score) / 2
          tags: split(org, ",")
          when: now()
          same: id
    validate:
      - { field: score, check: score < 10, message: too much }
      - { field: email, is: unique, on_fail: reject }
tests:
`

func TestDifferencesOfATest(t *testing.T) {
	for name, c := range map[string]struct {
		test string
		want []string
	}{
		"passes in any order": {`
  - given: { people: [{ id: 1, name: A, score: 1 }, { id: 2, name: B, score: 2 }] }
    expect: { things: [{ name: B, score: 2 }, { name: A }] }`, nil},
		"the nearest record is compared": {`
  - given: { people: [{ id: 1, name: A, email: a, score: 1 }, { id: 2, name: B, email: b, score: 2 }] }
    expect: { things: [{ name: B, email: b, score: 3 }, { name: A, email: a, score: 1 }] }`,
			[]string{`test on line 20: things record-differs dir/p.yaml:21:24 score="2"/"3" by dir/p.yaml:11:18 <p.yaml:20>`}},
		"missing and unexpected": {`
  - given: { people: [{ id: 1, name: A }] }
    expect: { things: [{ name: A }, { name: B, score: 3 }] }
  - given: { people: [{ id: 1, name: A }, { id: 2, name: C }] }
    now: 2026-01-02
    expect: { things: [{ name: A }] }`,
			[]string{`test on line 20: things record-missing dir/p.yaml:21:37 name=""/"B" score=""/"3"`,
				`test on line 22: things record-unexpected dir/p.yaml:24:15 name="C"/"" by dir/p.yaml:10:17 when="2026-01-02T00:00:00Z"/"" by dir/p.yaml:14:17 same="2"/"" by dir/p.yaml:15:17 <p.yaml:22>`}},
		"a source without columns": {`
  - given: { others: [{}] }
    expect: { ones: [{ one: 2 }] }`,
			[]string{`test on line 24: ones record-differs dir/p.yaml:25:22 one="1"/"2" by dir/p.yaml:22:39 <p.yaml:24>`}},
		"nothing is expected": {`
  - given: { people: [] }
    expect: { things: [] }`, nil},
		"values by type": {`
  - now: 2026-03-01T13:00:00+01:00
    given:
      people:
        - { id: 01067, name: "007", email: no, score: 3, org: "a,b" }
    expect:
      things:
        - { name: "007", same: 01067, email: "no", half: 1.50, tags: [a, b], when: 2026-03-01T12:00:00Z }
        `, nil},
		"null": {`
  - given: { people: [{ id: 1, name: "", email: ~ }] }
    expect: { things: [{ name: null, email: ~, tags: [], score: null }] }
  - given: { people: [{ id: 1, name: "null", email: null }] }
    expect: { things: [{ name: null, email: "null" }] }`,
			[]string{`test on line 22: things record-differs dir/p.yaml:23:24 email=""/"null" by dir/p.yaml:9:18 name="null"/"" by dir/p.yaml:10:17 <p.yaml:22>`}},
		"an address that says none": {`
  - given: { people: [{ id: 1, name: A, email: "null" }] }
    expect: { things: [{ name: A, email: null }] }`, nil},
		"rejects": {`
  - name: said
    given: { people: [{ id: 1, score: x }, { id: 2, score: 11 }] }
    rejected: { things: [too much, is not a number] }
  - name: counted
    given: { people: [{ id: 1, score: x }, { id: 2, score: 11 }] }
    rejected: { things: 2 }
  - name: not said
    given: { people: [{ id: 1, score: 11 }] }
    expect: { things: [] }
  - name: wrongly said
    given: { people: [{ id: 1, score: 11 }] }
    rejected: { things: [too little] }
  - name: wrongly counted
    given: { people: [{ id: 1, score: 1 }] }
    rejected: { things: 1 }`,
			[]string{`not said: things reject-unexpected dir/p.yaml:28:15 too much <p.yaml:27>`,
				`wrongly said: things reject-missing dir/p.yaml:31:26 too little`,
				`wrongly said: things reject-unexpected dir/p.yaml:31:17 too much <p.yaml:30>`,
				`wrongly counted: things reject-count dir/p.yaml:34:17 rejected rows: 0, expected: 1`}},
		"a value that a rule set": {`
  - given: { people: [{ id: 1, email: none }] }
    expect: { things: [{ email: none }] }`,
			[]string{`test on line 21: things record-differs dir/p.yaml:22:24 email="a@x.de"/"none" by dir/p.yaml:9:18 set p.yaml:19:9 <p.yaml:21>`}},
		"rules over the whole model": {`
  - given: { people: [{ id: 1, email: a, name: A }, { id: 2, email: a, name: B }, { id: 3, email: b, name: C }] }
    expect: { things: [{ name: A }, { name: C }] }
    rejected: { things: ['"a" is also in'] }`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			text := small
			if strings.Contains(c.test, "others:") {
				text = strings.Replace(text, "tests:", "  ones:\n    from:\n      - { source: others, map: { one: 1 } }\ntests:", 1)
				text = strings.Replace(text, "models:", "  others: { type: csv, path: gone.csv }\nmodels:", 1)
			}
			if strings.Contains(c.test, "email: none") {
				text = strings.Replace(text, "tests:", "      - { field: email, check: email != \"none\", on_fail: { set: '\"a@x.de\"' } }\ntests:", 1)
			}
			same(t, "differences", outcome(t, cases(t, newWorld(), text+strings.TrimPrefix(c.test, "\n"))), c.want)
		})
	}
}

func TestMistakesInTests(t *testing.T) {
	text := small + `
  - { name: a, given: { poeple: [], people: [{ naem: x, score: [1] }, 7] }, expect: { thing: [], things: [{ naem: x, score: five, tags: a }] } }
  - { name: a, now: yesterday, given: {}, rejected: { things: some } }
  - { name: b, given: {} }
  - { name: c, nwo: 1, expect: { things: 3 } }
`
	_, found := LoadTestsText(t.Context(), "p.yaml", []byte(text), newWorld().registry(t), Host{})
	var got []string
	for _, d := range found {
		got = append(got, strings.TrimSuffix(fmt.Sprintf("%s %s: %s; %s", d.Pos, d.Code, d.Message, d.Hint), "; "))
	}
	want := []string{
		`p.yaml:21:25 unknown-source: there is no source "poeple"; did you mean "people"?`,
		`p.yaml:21:48 unknown-column: source people has no column "naem"; did you mean "name"?`,
		`p.yaml:21:64 bad-value: column score: this must be a single value, a string`,
		`p.yaml:21:71 not-a-mapping: a row of source people must be a mapping of keys to values`,
		`p.yaml:21:87 unknown-model: there is no model "thing"; did you mean "things"?`,
		`p.yaml:21:109 unknown-field: model things maps no field "naem"; did you mean "name"?`,
		`p.yaml:21:125 bad-value: field score: "five" is no whole number`,
		`p.yaml:21:137 bad-value: field tags: this must be a list, such as [a, b]`,
		`p.yaml:22:13 duplicate-test: two tests are called "a"; results are told apart by name`,
		`p.yaml:22:21 bad-value: now: "yesterday" is no time; write it as 2026-03-01 or 2026-03-01T12:00:00Z`,
		`p.yaml:22:63 bad-value: rejected is a number of rows, or a list with a part of the reason of each`,
		`p.yaml:23:5 bad-test: the test does not say what to expect; add expect: with the records of each model, or rejected: with the reasons`,
		`p.yaml:24:16 unknown-key: the test has no key "nwo"; did you mean "now"?`,
		`p.yaml:24:42 not-a-list: model things must be a list`,
	}
	same(t, "findings", got, want)
}

func TestATestCanBeStopped(t *testing.T) {
	tests := cases(t, newWorld(), flagship)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tests.Run(ctx, 0, runTime); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A rule that aborts ends the test and not the others.
func TestAbortFailsTheTest(t *testing.T) {
	text := strings.Replace(small, "message: too much", "message: too much, on_fail: abort", 1) + `
  - { name: a, given: { people: [{ id: 1, score: 12 }] }, expect: { things: [] } }
`
	got := outcome(t, cases(t, newWorld(), text))
	if len(got) != 1 || !strings.Contains(got[0], "things aborted") || !strings.Contains(got[0], "too much") {
		t.Errorf("got %q", got)
	}
}

// The pairing is the best one: it is compared with trying all of them.
func TestPairingIsTheBest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, m := rapid.IntRange(0, 5).Draw(t, "n"), rapid.IntRange(0, 5).Draw(t, "m")
		costs := make([][]int, n)
		for i := range costs {
			costs[i] = rapid.SliceOfN(rapid.IntRange(0, 3), m, m).Draw(t, "costs")
		}
		partner := pair(n, m, func(i, j int) int { return costs[i][j] })
		taken, paired, sum := map[int]bool{}, 0, 0
		for i, j := range partner {
			if j < 0 {
				continue
			}
			if taken[j] {
				t.Fatalf("%v: %d is given twice", partner, j)
			}
			taken[j], paired, sum = true, paired+1, sum+costs[i][j]
		}
		if paired != min(n, m) {
			t.Fatalf("%d pairs of %d and %d", paired, n, m)
		}
		if best := bestSum(costs, 0, map[int]bool{}, n-min(n, m)); sum != best {
			t.Fatalf("%v of %v: sum %d, the best is %d", partner, costs, sum, best)
		}
	})
}

// bestSum tries every pairing of the rows from i on; skip of them may stay alone.
func bestSum(costs [][]int, i int, taken map[int]bool, skip int) int {
	if i == len(costs) {
		return 0
	}
	best := 1 << 30
	if skip > 0 {
		best = bestSum(costs, i+1, taken, skip-1)
	}
	for j, c := range costs[i] {
		if !taken[j] {
			taken[j] = true
			best = min(best, c+bestSum(costs, i+1, taken, skip))
			delete(taken, j)
		}
	}
	return best
}

func TestUnorderedListsAndErase(t *testing.T) {
	list := pipeline.ListValue
	for _, c := range []struct {
		got, want pipeline.Value
		unordered bool
		same      bool
	}{
		{list([]string{"a", "b"}), list([]string{"b", "a"}), true, true},
		{list([]string{"a", "b"}), list([]string{"b", "a"}), false, false},
		{list([]string{"a", "a"}), list([]string{"a"}), true, false},
		{list(nil), pipeline.Null(), false, true},
		{pipeline.Erase(), pipeline.Null(), false, false},
		{pipeline.Erase(), pipeline.Erase(), false, true},
		{pipeline.StringValue("4"), pipeline.IntValue(4), false, false},
	} {
		if got := asExpected(c.got, c.want, pipeline.Field{Unordered: c.unordered}); got != c.same {
			t.Errorf("%v and %v: got %v, want %v", c.got, c.want, got, c.same)
		}
	}
	text := strings.Replace(small, "name: name", "name: erase()", 1) + `
  - { name: erased, given: { people: [{ id: 1 }] }, expect: { things: [{ name: erase() }] } }
  - { name: text, given: { people: [{ id: 1 }] }, expect: { things: [{ name: "erase()" }] } }
`
	got := outcome(t, cases(t, newWorld(), text))
	if diff := cmp.Diff(1, len(got)); diff != "" || !strings.HasPrefix(got[0], "text:") {
		t.Errorf("%q", got)
	}
}
