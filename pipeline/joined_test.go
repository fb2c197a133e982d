package pipeline_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Rows that likeness alone joins are named even when the plan changes nothing, as
// long as nothing is remembered of them.
func TestJoinsThatNoChangeShowsAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		rule  string
		known map[pipeline.RowKey]string
		told  bool
	}{
		"alike":            {pipeline.RuleSimilar, nil, true},
		"by a key":         {"same", nil, false},
		"alike, but known": {pipeline.RuleSimilar, map[pipeline.RowKey]string{{Source: "fair", ID: "a"}: "t001", {Source: "fair", ID: "b"}: "t001"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			records, golden, present := pipeline.NewTable(schema), pipeline.NewTable(schema), pipeline.NewTable(schema)
			records.Append(batchOf(t, schema, "fair", []string{"a", "b"}, person(1), person(1)))
			golden.Append(batchOf(t, schema, "", nil, person(1)))
			present.Append(batchOf(t, schema, "shop", []string{"t001"}, person(1)))
			d := pipeline.Diff(pipeline.DiffInput{Binding: &pipeline.Binding{Model: &pipeline.Model{Name: "m"}, Target: newTarget(newWorld()), Policy: pipeline.Policy{Allow: []pipeline.Action{pipeline.Update}}},
				Records: records, Present: &pipeline.Present{Records: present, Evidence: pipeline.Evidence{Grade: pipeline.Proven}}, Links: c.known,
				Match: &pipeline.MatchResult{Golden: golden, Links: []pipeline.Link{{Target: 0}},
					Clusters: []pipeline.Cluster{{Members: []int32{0, 1}, Ties: []pipeline.Tie{{A: 0, B: 1, Reason: pipeline.Reason{Rule: c.rule, Score: .963}}}}}}})
			if len(d.Changes) != 0 || d.Counts.Unchanged != 1 {
				t.Fatalf("%+v", d)
			}
			told := slices.ContainsFunc(d.Findings, func(f diag.Finding) bool {
				return f.Code == "joined-unseen" && f.Count == 1 && strings.Contains(f.Message, "fair.csv:1 and fair.csv:2") && strings.Contains(f.Message, "(0.96)")
			})
			if told != c.told {
				t.Errorf("told: %v, findings %v", told, d.Findings)
			}
		})
	}
}
