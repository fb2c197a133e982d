package pipeline_test

import (
	"slices"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// Rows that a key made one although their first names differ are labelled.
func TestMergedNamesThatDiffer(t *testing.T) {
	people := pipeline.MustSchema(pipeline.Field{Name: "email", Type: pipeline.String, Kind: pipeline.KindEmail},
		pipeline.Field{Name: "first_name", Type: pipeline.String, Kind: pipeline.KindFirstName})
	for name, c := range map[string]struct {
		names []string
		want  bool
	}{
		"alike only":    {[]string{"Lena", "Lea"}, true},
		"the third":     {[]string{"Lena", "", "Paul"}, true},
		"equal":         {[]string{"Lena", "LENA "}, false},
		"a longer one":  {[]string{"Gerd", "Gerda"}, true},
		"an initial":    {[]string{"L.", "Lena"}, false},
		"with a hyphen": {[]string{"Anna-Lena", "Anna"}, false},
		"a second name": {[]string{"Lena Marie", "Lena"}, false},
		"an umlaut":     {[]string{"Jörg", "Joerg", "Jorg"}, false},
		"one without":   {[]string{"", "Lena"}, false},
		"no letters":    {[]string{"\xff", "\x00"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var rows []row
			match := &pipeline.MatchResult{Clusters: []pipeline.Cluster{{}}, Links: []pipeline.Link{{Target: -1}}}
			for i, n := range c.names {
				rows = append(rows, row{"email": text("x@example.com"), "first_name": text(n)})
				match.Clusters[0].Members = append(match.Clusters[0].Members, int32(i))
			}
			records := pipeline.NewTable(people)
			records.Append(batchOf(t, people, "fair", nil, rows...))
			match.Golden = pipeline.NewTable(people)
			match.Golden.Append(batchOf(t, people, "golden", nil, rows[0]))
			match.Clusters[0].From = pipeline.NewContributors(2)
			labels := created(t, records, match, pipeline.Policy{}).Labels
			if got := slices.Contains(labels, pipeline.LabelNames); got != c.want || !slices.Contains(labels, pipeline.LabelMerge) {
				t.Errorf("%q: labels %v", c.names, labels)
			}
		})
	}
}

// A record without names is called by its e-mail, phone or number, or by what
// else it says; never by nothing.
func TestLabelOfARecordWithoutNames(t *testing.T) {
	for want, r := range map[string]row{
		"a@example.com":  {"email": text("a@example.com"), "phone": text("+49111"), "number": text("N1")},
		"+49111":         {"phone": text("+49111"), "number": text("N1")},
		"N1":             {"number": text("N1"), "name": text("  ")},
		"see the fair":   {"note": text("see the fair")},
		"(empty record)": {"name": text("")},
	} {
		records := pipeline.NewTable(schema)
		records.Append(batchOf(t, schema, "fair", nil, r))
		if got := pipeline.LabelOf(records.Record(0)); got != want {
			t.Errorf("%v: got %q, want %q", r, got, want)
		}
	}
}
