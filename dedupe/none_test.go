package dedupe_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

// without is a copy of rows in which the cells that say none are empty.
func without(rows []row, nones []string) []row {
	out := slices.Clone(rows)
	for i := range out {
		out[i].cells = maps.Clone(out[i].cells)
		for _, f := range []string{"email", "customer_number"} {
			if slices.Contains(nones, out[i].cells[f]) {
				delete(out[i].cells, f)
			}
		}
	}
	return out
}

// joinedAndLinked says which rows are one record, and which record of the target that is.
func joinedAndLinked(in pipeline.MatchInput, res *pipeline.MatchResult) []string {
	var out []string
	for c, cluster := range res.Clusters {
		var names []string
		for _, m := range cluster.Members {
			names = append(names, in.Records.Record(int(m)).ID())
		}
		slices.Sort(names)
		out = append(out, fmt.Sprint(names, " ", res.Links[c].Target))
	}
	slices.Sort(out)
	return out
}

// A number or address that says there is none is a missing one: rows are joined, and
// records of the target found, as if the field were empty, whatever the target holds.
func TestLawNone(t *testing.T) {
	nones := []string{"n/a", "N.A.", "-", "000", "none", "keine Angabe", "keine@angabe.de", "no-email@example.com"}
	draw := func(t *rapid.T, label string, sources []string, most int) []row {
		rows := drawRows(t, label, sources, most)
		for i := range rows {
			rows[i].cells["notes"] = label + fmt.Sprint(i) // so that ties are broken alike
			for _, f := range []string{"email", "customer_number"} {
				if rapid.IntRange(0, 2).Draw(t, "none") == 0 {
					var fit []string
					for _, s := range nones {
						if strings.Contains(s, "@") == (f == "email") {
							fit = append(fit, s)
						}
					}
					rows[i].cells[f] = rapid.SampledFrom(fit).Draw(t, "word")
				}
			}
		}
		return rows
	}
	rapid.Check(t, func(rt *rapid.T) {
		config := dedupe.Config{Schema: contactSchema(), Join: rapid.Bool().Draw(rt, "join"), Same: []string{"email", "customer_number"}, Keys: []string{"notes", "customer_number", "email"}}
		if rapid.Bool().Draw(rt, "never") {
			config.Never = []string{"customer_number"}
		}
		m, err := dedupe.New(config)
		if err != nil {
			rt.Fatal(err)
		}
		rows, target := draw(rt, "rows", []string{"a", "b"}, 6), draw(rt, "target", []string{"crm"}, 4)
		run := func(rows, target []row) (pipeline.MatchInput, *pipeline.MatchResult) {
			in := pipeline.MatchInput{Records: tableOf(t, rows, uncut), Target: tableOf(t, target, uncut), TargetNamespace: "crm"}
			res, err := m.Match(context.Background(), in)
			if err != nil {
				rt.Fatal(err)
			}
			return in, res
		}
		in, res := run(rows, target)
		got, want := joinedAndLinked(in, res), joinedAndLinked(run(without(rows, nones), without(target, nones)))
		if !slices.Equal(got, want) {
			rt.Fatalf("with words that say none:\n%s\nwith empty fields:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		said := 0
		for _, r := range rows {
			for _, f := range []string{"email", "customer_number"} {
				if slices.Contains(nones, r.cells[f]) {
					said++
				}
			}
		}
		told := 0
		for _, f := range res.Findings {
			if f.Code == "says-none" {
				told += f.Count
			}
		}
		if told != said {
			rt.Fatalf("%d values say none, findings tell of %d", said, told)
		}
	})
}

// What says none gives way to what a row of lower rank says, and stays where no row
// says anything.
func TestNoneGivesWay(t *testing.T) {
	keep := dedupe.Survivorship{Priority: []string{"crm", "fair"}}
	for _, c := range []struct{ crm, fair, want, from string }{
		{"n/a", "K17", "K17", "fair"},
		{"K17", "n/a", "K17", "crm"},
		{"n/a", "-", "n/a", "crm"},
		{"n/a", "", "n/a", "crm"},
	} {
		in, res := joined(t, keep, contact("crm", "1", 1, "customer_number="+c.crm), contact("fair", "2", 2, "customer_number="+c.fair))
		field := contactSchema().Index("customer_number")
		from := res.Clusters[0].From.Of(field)
		if got := res.Golden.Record(0).Get("customer_number").String(); got != c.want || len(from) != 1 || in.Records.Record(int(from[0])).Batch.Source() != c.from {
			t.Errorf("of %q and %q survives %q of %v, want %q of %s", c.crm, c.fair, got, from, c.want, c.from)
		}
	}
}
