package dsl

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
)

// keptPipeline joins three rows of two sources by their e-mail.
const keptPipeline = `version: 1
vars: { home: "+49" }
sources:
  people: { type: csv, path: people.csv }
  crm: { type: csv, path: crm.csv }
models:
  contacts:
    from:
      - { source: people, map: { email: email, phone: name } }
      - { source: crm, map: { email: email, phone: name } }
    dedupe:
      same: [email]
      keep:
        priority: [crm]
        fields:
          phone: { expr: 'EXPRESSION' }
`

func keptWorld() *world {
	w := newWorld()
	w.tables["people.csv"] = &table{header: []string{"name", "email"}, rows: [][]string{{"+49 30 11", "a@x.example"}, {"+49 40 2", "a@x.example"}}}
	w.tables["crm.csv"] = &table{header: []string{"name", "email"}, rows: [][]string{{"+43 1 1", "a@x.example"}}}
	return w
}

// kept is the matching of the pipeline with an expression.
func kept(t *testing.T, expression string) (*pipeline.MatchResult, *pipeline.Table) {
	t.Helper()
	text := strings.ReplaceAll(keptPipeline, "EXPRESSION", expression)
	w := keptWorld()
	p, found := LoadText(t.Context(), "p.yaml", []byte(text), w.registry(t), w.host())
	if found.HasErrors() {
		t.Fatal(found.Text())
	}
	c, err := p.Models[0].Collect(t.Context(), pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Models[0].Matcher.Match(t.Context(), pipeline.MatchInput{Records: c.Records})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Clusters) != 1 {
		t.Fatalf("%d clusters", len(res.Clusters))
	}
	return res, c.Records
}

func TestKeepByAnExpression(t *testing.T) {
	for expression, want := range map[string]string{
		`first(filter(values, # startsWith vars.home)) ?? values[0]`: "+49 30 11 from people.csv:2",
		`first(filter(values, # startsWith "+41")) ?? values[0]`:     "+43 1 1 from crm.csv:2",
		`values[findIndex(sources, # == "people")]`:                  "+49 30 11 from people.csv:2",
		`join_nonempty(values, " / ")`:                               "+43 1 1 / +49 30 11 / +49 40 2 from crm.csv:2 people.csv:2 people.csv:3",
		`nil`:                                                        " from ",
		`erase()`:                                                    " from ",
	} {
		t.Run(expression, func(t *testing.T) {
			res, records := kept(t, expression)
			phone := records.Schema().Index("phone")
			var from []string
			for _, m := range res.Clusters[0].From.Of(phone) {
				from = append(from, records.Record(int(m)).Origin().String())
			}
			if got := fmt.Sprintf("%v from %s", res.Golden.Value(0, phone), strings.Join(from, " ")); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			if res.Clusters[0].Block != nil || res.Golden.Value(0, phone).IsErase() != (expression == "erase()") {
				t.Errorf("%+v %+v", res.Clusters[0].Block, res.Golden.Value(0, phone))
			}
		})
	}
}

// An expression that fails blocks the contact, and the place is that of the
// part that failed.
func TestKeepExpressionThatFails(t *testing.T) {
	res, _ := kept(t, `string(int(values[0]))`)
	b := res.Clusters[0].Block
	if b == nil || b.Code != "keep-failed" || !strings.Contains(b.Reason, "phone") || !strings.Contains(b.Reason, ", in int(values[0]) (p.yaml:16:34)") {
		t.Fatalf("block %+v", b)
	}
	line := strings.Split(strings.ReplaceAll(keptPipeline, "EXPRESSION", `string(int(values[0]))`), "\n")[15]
	if !strings.HasPrefix(line[33:], "int(") {
		t.Errorf("column 34 is %q", line[33:])
	}
	if len(res.Findings) == 0 || res.Findings[0].Code != "keep-failed" || res.Findings[0].Where != "crm.csv:2" {
		t.Errorf("findings %+v", res.Findings)
	}
}

// What an expression reads of vars counts as used.
func TestKeepExpressionsUseVars(t *testing.T) {
	w := keptWorld()
	text := strings.ReplaceAll(keptPipeline, "EXPRESSION", `values[0] startsWith vars.home ? values[0] : values[-1]`)
	_, found := LoadText(t.Context(), "p.yaml", []byte(text), w.registry(t), w.host())
	for _, d := range found {
		if d.Code == "unused-var" {
			t.Error(d.Text())
		}
	}
}

// The expressions of the manual are checked, for a text and for a list.
func TestExpressionsOfTheManual(t *testing.T) {
	page, err := os.ReadFile("../docs/matching.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`\{ expr: '([^']*)' \}`).FindAllStringSubmatch(string(page), -1)
	if len(found) < 4 {
		t.Fatalf("%d expressions", len(found))
	}
	for _, m := range found {
		_, text := eval.CompileChoice(m[1], eval.Env{Funcs: funcs.All()}, pipeline.String)
		_, list := eval.CompileChoice(m[1], eval.Env{Funcs: funcs.All()}, pipeline.StringList)
		if len(text) > 0 && len(list) > 0 {
			t.Errorf("%s: %+v", m[1], text)
		}
	}
}

func BenchmarkChoice(b *testing.B) {
	choice, problems := eval.CompileChoice(`first(filter(values, # startsWith "+49")) ?? values[0]`, eval.Env{Funcs: funcs.All()}, pipeline.String)
	if choice == nil {
		b.Fatal(problems)
	}
	of := eval.Candidates{Values: []pipeline.Value{pipeline.StringValue("+43 1 1"), pipeline.StringValue("+49 30 11")}, Sources: []string{"crm", "people"}, Changed: []int64{1, 2}}
	b.ReportAllocs()
	for b.Loop() {
		if _, failed := choice.Choose(of, eval.Runtime{}); failed != nil {
			b.Fatal(failed)
		}
	}
}
