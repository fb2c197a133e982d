package dsl

import (
	"fmt"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// What is found in the data, by expressions and by rules, also by rules that run
// once more, is told in the order of the rows. Where a batch ends makes no
// difference to that order, nor to what is told and what is counted.
func TestFindingsDoNotDependOnBatches(t *testing.T) {
	var rows [][]string
	for i := range 3*pipeline.WarningsKeptMax + 7 {
		org, name := fmt.Sprintf("Narnia %d", i), "Ann"
		switch i % 5 {
		case 1:
			org = "Congo"
		case 2:
			name = ""
		case 3:
			org, name = "Germany", "Bob"
		}
		rows = append(rows, []string{fmt.Sprint(i), name, "", "", org})
	}
	var want []string
	for _, batchRows := range []int{10_000, 1, 3, 7, 100, 211} {
		w := people(rows...)
		w.tables["people.csv"].batchRows = batchRows
		p := load(t, w, peopleSource+`models:
  things:
    from:
      - source: people
        map: { label: name, country: parse_country(org), code: parse_country(org + "x") }
    validate:
      - { field: label, check: label != "Ann", on_fail: warn }
      - { field: label, check: label != nil, on_fail: { set: '"Ann"' } }
      - { field: country, check: country != nil, on_fail: warn }
`)
		out, err := p.Models[0].Each(t.Context(), pipeline.Options{Now: runTime},
			func(*pipeline.Batch, []int32) (func() error, error) { return func() error { return nil }, nil })
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range out.Findings {
			got = append(got, f.String())
		}
		if want == nil {
			want = got
		}
		same(t, fmt.Sprintf("%d rows a batch", batchRows), got, want)
	}
	if len(want) < 3*pipeline.WarningsKeptMax {
		t.Errorf("%d findings are too few to show anything", len(want))
	}
}
