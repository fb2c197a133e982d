package pipeline_test

import (
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// TestAcceptedAsItWasSeen carries an accepted change to the next plan, which has one of the
// same id: only where it is the same question, by its labels and the rows behind it.
func TestAcceptedAsItWasSeen(t *testing.T) {
	row := func(ids ...string) (rows []pipeline.Origin) {
		for i, id := range ids {
			rows = append(rows, pipeline.Origin{Source: "rows", Place: "rows.csv", Row: i + 2, ID: id})
		}
		return rows
	}
	of := func(labels []string, rows []pipeline.Origin) *pipeline.Plan {
		return &pipeline.Plan{Header: pipeline.Header{Pipeline: "p", Bindings: make([]pipeline.PlanBinding, 1)},
			Changes: []pipeline.Change{{ID: "1", Action: pipeline.Create, Labels: labels, Rows: rows}}}
	}
	merge := []string{pipeline.LabelMerge}
	names := []string{pipeline.LabelMerge, pipeline.LabelNames}
	for name, tt := range map[string]struct {
		seen, next *pipeline.Plan
		want       int
	}{
		"the same":                     {of(nil, row("1")), of(nil, row("1")), 1},
		"the row is elsewhere":         {of(nil, row("1")), of(nil, row("0", "1")[1:]), 1},
		"a row joined it":              {of(nil, row("1")), of(names, row("1", "2")), 0},
		"the same merge":               {of(merge, row("1", "2")), of(merge, row("2", "1")), 1},
		"the names differ by now":      {of(merge, row("1", "2")), of(names, row("1", "2")), 0},
		"a merge of another row":       {of(merge, row("1", "2")), of(merge, row("1", "3")), 0},
		"a merge of one more row":      {of(merge, row("1", "2")), of(merge, row("1", "2", "3")), 0},
		"a merge of rows without ids":  {of(merge, row("", "")), of(merge, row("", "")), 1},
		"such a merge of another line": {of(merge, row("", "")), of(merge, row("", "", "")[1:]), 0},
	} {
		yes := true
		a := tt.seen.Undecided()
		a.Rows[0].Accept = &yes
		carried, err := a.Carry("p")
		if err != nil {
			t.Fatal(err)
		}
		if got := carried.Fill(tt.next.Undecided()); got != tt.want {
			t.Errorf("%s: %d answers are carried, want %d", name, got, tt.want)
		}
	}
}
