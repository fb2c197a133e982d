package dsl

import (
	"fmt"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// manyWarnings are more rows with a warning than anybody reads.
func manyWarnings(t *testing.T, batchRows int) *pipeline.Pipeline {
	t.Helper()
	var rows [][]string
	for i := range 5*pipeline.WarningsKeptMax + 7 {
		rows = append(rows, []string{fmt.Sprint(i), "Ann", "", "", fmt.Sprintf("Narnia %d", i)})
	}
	w := people(rows...)
	w.tables["people.csv"].batchRows = batchRows
	return load(t, w, peopleSource+"models:\n  things:\n    from:\n      - { source: people, map: { label: name, country: parse_country(org) } }\n")
}

// Once enough findings were told, the others are counted. Which ones are told,
// and how many there are, does not depend on the cut into batches, on how many of
// them are mapped at a time, or on an earlier run of the same pipeline.
func TestFindingsBeyondThoseThatAreToldAreCounted(t *testing.T) {
	var want []string
	for i := range pipeline.WarningsKeptMax {
		want = append(want, fmt.Sprintf("people.csv:%d", i+2))
	}
	for _, batchRows := range []int{1, 7, 100, 101, 10_000} {
		p := manyWarnings(t, batchRows)
		for run := range 2 {
			out, err := p.Models[0].Each(t.Context(), pipeline.Options{Now: runTime, Reuse: true, Workers: 1 + 3*run},
				func(*pipeline.Batch, []int32) (func() error, error) { return func() error { return nil }, nil })
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range out.Findings[:len(out.Findings)-1] {
				got = append(got, f.Where)
			}
			same(t, fmt.Sprintf("%d rows a batch, run %d", batchRows, run), got, want)
			same(t, "the rest", out.Findings[len(out.Findings)-1].Message, fmt.Sprintf("%d findings of unknown-country in all; the first %d are shown", 5*pipeline.WarningsKeptMax+7, pipeline.WarningsKeptMax))
		}
	}
}

// A finding of which there is enough is not put into words.
func TestFindingsThatNobodyReadsHaveNoWords(t *testing.T) {
	p := manyWarnings(t, 10_000)
	f := p.Models[0].From[0]
	m, ok := f.Mapping.(*mapping)
	if !ok {
		t.Fatalf("a mapping of %T", f.Mapping)
	}
	if _, err := m.Prepare(t.Context(), runTime); err != nil {
		t.Fatal(err)
	}
	mapOne := func() pipeline.Mapped {
		for b, err := range f.Source.Read(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			mapped, err := m.Map(b)
			if err != nil {
				t.Fatal(err)
			}
			return mapped
		}
		t.Fatal("there is no batch")
		return pipeline.Mapped{}
	}
	before := mapOne()
	if len(before.Found) != pipeline.WarningsKeptMax || len(before.More) != 1 {
		t.Fatalf("%d findings and %v more", len(before.Found), before.More)
	}
	m.Enough(before.Found[0].Code, "another place")
	same(t, "of another place", len(mapOne().Found), pipeline.WarningsKeptMax)
	m.Enough(before.Found[0].Code, before.Found[0].Rule)
	after := mapOne()
	same(t, "told", len(after.Found), 0)
	same(t, "counted", after.More, []pipeline.MoreFindings{{Code: before.Found[0].Code, Rule: before.Found[0].Rule, N: 5*pipeline.WarningsKeptMax + 7}})
}
