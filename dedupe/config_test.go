package dedupe_test

import (
	"context"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

func TestConfigErrors(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*dedupe.Config)
		want   string
	}{
		"no schema":       {func(c *dedupe.Config) { c.Schema = nil }, "needs the schema"},
		"unknown same":    {func(c *dedupe.Config) { c.Same = []string{"emial"} }, `did you mean "email"?`},
		"list as key":     {func(c *dedupe.Config) { c.Keys = []string{"category_keys"} }, "is a list"},
		"unknown never":   {func(c *dedupe.Config) { c.Never = []string{"x"} }, `never: the model has no field "x"`},
		"unknown compare": {func(c *dedupe.Config) { c.Compare = []dedupe.Compare{{As: "adress", Fields: []string{"city"}}} }, `did you mean "address"?`},
		"compare nothing": {func(c *dedupe.Config) { c.Compare = []dedupe.Compare{{As: "address"}} }, "names no fields"},
		"compare twice": {func(c *dedupe.Config) {
			c.Compare = []dedupe.Compare{{As: "phone", Fields: []string{"phone"}}, {As: "phone", Fields: []string{"phone"}}}
		}, "there twice"},
		"match above 1":   {func(c *dedupe.Config) { c.MatchAbove = 1.5 }, "match_above is 1.5"},
		"review above":    {func(c *dedupe.Config) { c.MatchAbove, c.ReviewAbove = 0.7, 0.8 }, "above match_above"},
		"negative":        {func(c *dedupe.Config) { c.QuestionsMax = -1 }, "questions_max"},
		"unknown policy":  {func(c *dedupe.Config) { c.Keep.Fields = map[string]string{"phone": "newset"} }, `did you mean "newest"?`},
		"unknown kept":    {func(c *dedupe.Config) { c.Keep.Fields = map[string]string{"phon": "newest"} }, `did you mean "phone"?`},
		"union of a text": {func(c *dedupe.Config) { c.Keep.Fields = map[string]string{"phone": "union"} }, "union needs a list"},
		"join of a list":  {func(c *dedupe.Config) { c.Keep.Fields = map[string]string{"category_keys": "join_distinct"} }, "join_distinct needs a string"},
		"nameless":        {func(c *dedupe.Config) { c.Decisions = []dedupe.Decision{{A: dedupe.Who{Target: "T1"}}} }, "decision 1: each side"},
		"decision's field": {func(c *dedupe.Config) {
			c.Decisions = []dedupe.Decision{{A: dedupe.Who{Target: "T1"}, B: dedupe.Who{Fields: map[string]string{"emal": "x"}}}}
		}, `did you mean "email"?`},
	} {
		t.Run(name, func(t *testing.T) {
			config := dedupe.Config{Schema: contactSchema()}
			c.change(&config)
			if _, err := dedupe.New(config); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
		})
	}
}

func TestRecordsOfAnotherModel(t *testing.T) {
	m := contactMatcher(t)
	other := pipeline.NewTable(pipeline.MustSchema(pipeline.Field{Name: "email", Type: pipeline.Int}))
	if _, err := m.Match(context.Background(), pipeline.MatchInput{Records: other}); err == nil || !strings.Contains(err.Error(), "first_name") {
		t.Errorf("error is %v, want one that names the missing field", err)
	}
	if _, err := m.Match(context.Background(), pipeline.MatchInput{}); err == nil {
		t.Error("no records are no error")
	}
}

// TestTargetOfAnotherSchema matches against a target that has fewer fields,
// in another order, and numbers as integers.
func TestTargetOfAnotherSchema(t *testing.T) {
	schema := pipeline.MustSchema(pipeline.Field{Name: "rating", Type: pipeline.Int}, pipeline.Field{Name: "customer_number", Type: pipeline.Int})
	b := pipeline.NewBuilder(schema, 1)
	b.Column(0).AppendInt(3)
	b.Column(1).AppendInt(42)
	ids := pipeline.NewColumnBuilder(pipeline.String, 1)
	ids.AppendString("T1")
	batch, err := b.Finish(pipeline.BatchData{IDs: ids.Finish()})
	if err != nil {
		t.Fatal(err)
	}
	target := pipeline.NewTable(schema)
	target.Append(batch)
	rows := []row{{source: "people", id: "1", cells: map[string]string{"customer_number": " 42 "}}}
	res, err := contactMatcher(t).Match(context.Background(), pipeline.MatchInput{Records: tableOf(t, rows, uncut), Target: target})
	if err != nil {
		t.Fatal(err)
	}
	if res.Links[0].Target != 0 {
		t.Errorf("link is %+v, want the record with number 42", res.Links[0])
	}
}

func TestQuestionsAreLimited(t *testing.T) {
	var rows []row
	for i, name := range []string{"Weber", "Klein", "Schwarz"} {
		for j := range 2 {
			rows = append(rows, row{source: "people", line: int32(i*2 + j + 2), cells: map[string]string{"first_name": "Anna", "last_name": name, "city": "Berlin"}})
		}
	}
	m, err := dedupe.New(dedupe.Config{Schema: contactSchema(), Join: true, QuestionsMax: 1})
	if err != nil {
		t.Fatal(err)
	}
	res := match(t, m, rows, nil)
	blocked := 0
	for _, c := range res.Clusters {
		if c.Block != nil {
			blocked++
		}
	}
	if len(res.Questions) != 1 || blocked != 3 {
		t.Errorf("%d questions and %d blocked, want 1 and 3: what is blocked does not depend on the limit", len(res.Questions), blocked)
	}
}
