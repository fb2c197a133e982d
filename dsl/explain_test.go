package dsl

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
)

const explainedText = `version: 1
name: explained
vars: { country: DE }
sources:
  people: { type: csv, path: people.csv, id: id }
  orgs: { type: csv, path: orgs.csv }
lookups:
  org: { source: orgs, key: id }
models:
  contacts:
    from:
      - source: people
        where: attends != "no"
        map:
          email: parse_email(email)
          first_name: parse_person(name).first
          last_name: parse_person(name).last
          company_name: lookup("org", string(int(org))).name ?? "none"
          country: parse_country(country) ?? vars.country
          rating: 'let n = int(score) ?? 3; n < 0 ? -n : n'
          notes: 'paid == "erase" ? erase() : join_nonempty(map(split(paid ?? "", ";"), trim(#)), "+")'
    validate:
      - { field: email, is: required, on_fail: warn }
      - { field: rating, check: rating <= 5, on_fail: { set: "5" } }
      - { field: rating, check: 100 / rating >= 20, on_fail: reject }
      - { field: country, is: country_code, on_fail: reject }
      - { field: email, is: unique }
    dedupe: { same: [email] }
`

// explainedRows draws rows of which each expression and rule may fail.
func explainedRows(t *rapid.T) [][]string {
	cell := func(name string, from ...string) string { return rapid.SampledFrom(append(from, "")).Draw(t, name) }
	rows := make([][]string, rapid.IntRange(1, 12).Draw(t, "rows"))
	for i := range rows {
		rows[i] = []string{fmt.Sprint(i), cell("name", "Anna Weber", "Dr. Ben von der Heide", "x\x1b[31m", "=cmd|' /C calc'!A0", "\u202egnu"),
			cell("email", "anna@example.com", "ben@example.com", "no address", "\xff@x.de"), cell("country", "Deutschland", "AT", "Congo", "nowhere"),
			cell("score", "0", "3", "-7", "99", "viele", "9223372036854775808"), cell("org", "1", "2", "3", "one"), "", "",
			cell("attends", "yes", "no"), cell("paid", "erase", "a; b;c ;d;e", ";")}
	}
	return rows
}

func explainedPipeline(t testing.TB, rows [][]string) *pipeline.Pipeline {
	t.Helper()
	w := newWorld()
	w.tables["people.csv"].rows = rows
	w.tables["orgs.csv"].rows = [][]string{{"1", "Heide GmbH", "3"}, {"2", "Weber AG", ""}, {"2", "Weber KG", ""}}
	p, found := LoadText(context.Background(), "p.yaml", []byte(explainedText), w.registry(t), w.host())
	if p == nil {
		t.Fatal(found.Text())
	}
	return p
}

// runOf is what a run makes of each row: its record or the finding that
// rejected it, by origin; a row that where leaves out is in neither.
type runOf struct {
	records  map[string][]NamedValue
	rejected map[string]string
}

func (r *runOf) Reject(_ string, x pipeline.Reject) error {
	r.rejected[x.Origin.String()] = x.Finding.Message
	return nil
}

func runExplained(t *rapid.T, p *pipeline.Pipeline) *runOf {
	run := &runOf{map[string][]NamedValue{}, map[string]string{}}
	c, err := p.Models[0].Collect(context.Background(), pipeline.Options{Rejects: run})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range c.Records.Batches() {
		for i := range b.Len() {
			run.records[b.Origin(i).String()] = firstRecord(b.Take([]int32{int32(i)}))
		}
	}
	return run
}

// TestExplainEqualsRun holds that what is told about a row is what a run makes
// of it, whatever the row: its outcome, its record, and the value of each
// expression.
func TestExplainEqualsRun(t *testing.T) {
	seen := map[RowOutcome]int{}
	rapid.Check(t, func(rt *rapid.T) {
		rows := explainedRows(rt)
		p := explainedPipeline(t, rows)
		run := runExplained(rt, p)
		origin := fmt.Sprintf("people.csv:%d", 2+rapid.IntRange(0, len(rows)-1).Draw(rt, "row"))
		told, err := Explain(context.Background(), p, ExplainQuery{Row: origin}, pipeline.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		if len(told.Rows) != 1 || told.Rows[0].Origin.String() != origin {
			rt.Fatalf("%s is not the row that was asked for: %+v", origin, told.Rows)
		}
		life := told.Rows[0]
		seen[life.Outcome]++
		want, message := RowLeftOut, ""
		if m, bad := run.rejected[origin]; bad {
			want, message = RowRejected, m
		} else if _, kept := run.records[origin]; kept {
			want = RowKept
		}
		got := ""
		if life.Finding != nil {
			got = life.Finding.Message
		}
		if life.Outcome != want || got != message {
			rt.Fatalf("%s is told as %s %q, the run says %s %q", origin, life.Outcome, got, want, message)
		}
		if want != RowKept {
			return
		}
		if diff := cmp.Diff(run.records[origin], life.Record, cmp.Comparer(pipeline.Value.Equal)); diff != "" {
			rt.Fatalf("%s: the record differs (-run +told):\n%s", origin, diff)
		}
		set := map[string]bool{}
		for _, r := range life.Rules {
			set[r.Field] = set[r.Field] || r.Outcome == RuleSet
		}
		for _, e := range life.Fields {
			for _, f := range life.Record {
				if f.Name == e.Name && !set[f.Name] && (!f.Value.Equal(e.Value) || e.Steps[0].Outcome == eval.Gave && !f.Value.Equal(e.Steps[0].Value)) {
					rt.Fatalf("%s: field %s is %q in the run, the trace says %q", origin, f.Name, f.Value, e.Value)
				}
			}
		}
	})
	for _, o := range []RowOutcome{RowKept, RowRejected, RowLeftOut} {
		if seen[o] == 0 {
			t.Errorf("no row was %s, so that nothing is shown about such rows", o)
		}
	}
}

func explainOne(t *testing.T, q ExplainQuery, rows ...[]string) (*Explanation, error) {
	t.Helper()
	return Explain(context.Background(), explainedPipeline(t, rows), q, pipeline.Options{Now: time.Unix(0, 0)})
}

func person(id, name, email string) []string {
	return []string{id, name, email, "AT", "3", "1", "", "", "yes", ""}
}

func TestExplainFindsRows(t *testing.T) {
	rows := [][]string{person("a1", "Anna Weber", "anna@example.com"), person("b2", "Ben Sommer", "ben@example.com"),
		person("c3", "Anna Winter", "aw@example.com"), person("b2", "Cleo Sommer", "cleo@example.com")}
	for _, c := range []struct {
		name string
		q    ExplainQuery
		want string // the lines, or the error
	}{
		{"by line", ExplainQuery{Row: "people.csv:3"}, "3"},
		{"by a longer path", ExplainQuery{Row: "./data/people.csv:3"}, "3"},
		{"by id", ExplainQuery{Row: "people:c3"}, "4"},
		{"by an id that two rows share", ExplainQuery{Row: "people:b2"}, "3 5"},
		{"by a field", ExplainQuery{Field: "first_name", Value: "Anna"}, "2 4"},
		{"by a column", ExplainQuery{Field: "people.name", Value: "Ben Sommer"}, "3"},
		{"no such line", ExplainQuery{Row: "people.csv:9"}, "there is no row at people.csv:9; the last one before it is people.csv:5"},
		{"the header", ExplainQuery{Row: "people.csv:1"}, "there is no row at people.csv:1; the first one is people.csv:2"},
		{"no such file", ExplainQuery{Row: "peple.csv:2"}, `no row is called peple.csv:2; looked at: people.csv; did you mean "people.csv"?`},
		{"a file that nothing resembles", ExplainQuery{Row: "exhibitors.csv:2"}, `no row is called exhibitors.csv:2; looked at: people.csv`},
		{"no place", ExplainQuery{Row: "anna"}, `"anna" names no row; write FILE:LINE, SOURCE:ID or SOURCE:PAGE/ROW`},
		{"no such value", ExplainQuery{Field: "email", Value: "x@example.com"}, `no row has email = "x@example.com"; looked at: people.csv`},
		{"no such field", ExplainQuery{Field: "e_mail", Value: "x"}, `no model has a field "e_mail"; did you mean "email"?`},
		{"no such column", ExplainQuery{Field: "people.nam", Value: "x"}, `source people has no column "nam"; did you mean "name"?`},
		{"no such model", ExplainQuery{Row: "people.csv:2", Model: "contact"}, `the pipeline has no model "contact"; did you mean "contacts"?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			told, err := explainOne(t, c.q, rows...)
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				for _, r := range told.Rows {
					got = strings.TrimSpace(got + fmt.Sprintf(" %d", r.Origin.Row))
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestExplainCountsWhatItDoesNotShow(t *testing.T) {
	var rows [][]string
	for i := range ExplainedMax + 3 {
		rows = append(rows, person(fmt.Sprint(i), "Anna Weber", fmt.Sprintf("%d@example.com", i)))
	}
	told, err := explainOne(t, ExplainQuery{Field: "first_name", Value: "Anna"}, rows...)
	if err != nil || len(told.Rows) != ExplainedMax || told.More != 3 {
		t.Errorf("got %d rows and %d more, error %v; want %d and 3", len(told.Rows), told.More, err, ExplainedMax)
	}
}

func TestExplainRules(t *testing.T) {
	row := person("1", "Anna Weber", "")
	row[4] = "7"
	told, err := explainOne(t, ExplainQuery{Row: "people.csv:2"}, row)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range told.Rows[0].Rules {
		got = append(got, fmt.Sprintf("%s %s %s->%s", r.Field, r.Outcome, r.Before, r.After))
	}
	want := []string{"email warned ->", "rating set 7->5", "rating holds 5->5", "country holds AT->AT", "email holds ->"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the rules differ (-want +got):\n%s", diff)
	}
}

func TestExplainUniqueNeedsAllRows(t *testing.T) {
	told, err := explainOne(t, ExplainQuery{Row: "people.csv:3"}, person("1", "Anna Weber", "anna@example.com"), person("2", "A. Weber", "anna@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	life := told.Rows[0]
	if last := life.Rules[len(life.Rules)-1]; life.Outcome != RowRejected || last.Outcome != RuleRejected || !strings.Contains(last.Message, "people.csv:2") {
		t.Errorf("got %s and the rule %+v; want the row rejected for people.csv:2", life.Outcome, last)
	}
}
