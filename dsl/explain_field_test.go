package dsl

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
)

// TestLawOneField holds that what is told of one field is what is told of it among all
// others, and that the reason why a row is no record is never left out.
func TestLawOneField(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := explainedRows(rt)
		p := explainedPipeline(t, rows)
		query := ExplainQuery{Row: fmt.Sprintf("people.csv:%d", 2+rapid.IntRange(0, len(rows)-1).Draw(rt, "row"))}
		told := func(only string) RowLife {
			query.Only = only
			x, err := Explain(context.Background(), p, query, pipeline.Options{})
			if err != nil {
				rt.Fatal(err)
			}
			return x.Rows[0]
		}
		whole := told("")
		for _, field := range p.Models[0].Schema.Names() {
			one := told(field)
			if one.Outcome != whole.Outcome || (one.Finding == nil) != (whole.Finding == nil) {
				rt.Fatalf("%s: %s with %v, the whole is %s with %v", field, one.Outcome, one.Finding, whole.Outcome, whole.Finding)
			}
			same := func(what string, got, want any) {
				if diff := cmp.Diff(want, got, cmp.Comparer(pipeline.Value.Equal)); diff != "" {
					rt.Fatalf("%s: %s differs (-whole +one):\n%s", field, what, diff)
				}
			}
			same("the expression", one.Fields, slices.DeleteFunc(slices.Clone(whole.Fields), func(e ExpressionLife) bool { return e.Name != field && e.Error == nil }))
			same("the record", one.Record, slices.DeleteFunc(slices.Clone(whole.Record), func(v NamedValue) bool { return v.Name != field }))
			for _, r := range whole.Rules {
				kept := slices.ContainsFunc(one.Rules, func(o RuleLife) bool { return o.Place == r.Place })
				if wanted := r.Field == field || r.Outcome == RuleRejected; wanted && !kept {
					rt.Fatalf("%s: rule %s, which %s, is left out", field, r.Rule, r.Outcome)
				}
			}
			if len(one.Targets) != len(whole.Targets) {
				rt.Fatalf("%s: %d targets of %d", field, len(one.Targets), len(whole.Targets))
			}
			for i, target := range one.Targets {
				if (target.Cluster == nil) != (whole.Targets[i].Cluster == nil) {
					rt.Fatalf("%s: cluster %v of %v", field, target.Cluster, whole.Targets[i].Cluster)
				}
				if target.Cluster == nil {
					continue
				}
				same("the members", target.Cluster.Members, whole.Targets[i].Cluster.Members)
				same("what survives", target.Cluster.Fields, slices.DeleteFunc(slices.Clone(whole.Targets[i].Cluster.Fields), func(s Survived) bool { return s.Field != field }))
			}
		}
	})
}
