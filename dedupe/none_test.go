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
	"github.com/reconkit/reconkit/pipeline/diag"
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

// planned says which rows are one record, which survives, which record of the target that
// is, and what is planned for each field, and of which rows that was made.
func planned(in pipeline.MatchInput, res *pipeline.MatchResult) []string {
	var out []string
	for c, cluster := range res.Clusters {
		var names, values []string
		for _, m := range cluster.Members {
			names = append(names, in.Records.Record(int(m)).ID())
		}
		golden := res.Golden.Record(c)
		for f, name := range contactSchema().Names() {
			v, from := golden.Value(f), ""
			if v.IsErase() {
				v = pipeline.StringValue(erased)
			}
			if len(cluster.Members) > 1 {
				from = fmt.Sprint(cluster.From.Of(f))
			}
			values = append(values, fmt.Sprintf("%s: %s %v%s", name, v.Type(), v, from))
		}
		out = append(out, fmt.Sprint(names, " ", res.Links[c].Target, " ", values))
	}
	slices.Sort(out)
	return out
}

// A number or address that says there is none is a missing one: rows are joined, records
// of the target found, and values planned as if the field were empty, whatever the target
// holds, and whether or not the field is a key. Each is counted.
func TestLawNone(t *testing.T) {
	nones := []string{"n/a", "N.A.", "-", "000", "none", "keine Angabe", "keine@angabe.de", "no-email@example.com"}
	policies := []string{"priority", "newest", "longest", "most_frequent", "join_distinct"}
	draw := func(t *rapid.T, label string, sources []string, most int) []row {
		rows := drawRows(t, label, sources, most)
		for i := range rows {
			rows[i].cells["notes"] = label + fmt.Sprint(i) // so that ties are broken alike
			for _, f := range []string{"email", "customer_number"} {
				switch rapid.IntRange(0, 5).Draw(t, "none") {
				case 0, 1:
					var fit []string
					for _, s := range nones {
						if f == "email" || !strings.Contains(s, "@") {
							fit = append(fit, s)
						}
					}
					rows[i].cells[f] = rapid.SampledFrom(fit).Draw(t, "word")
				case 2:
					if label == "rows" {
						rows[i].cells[f] = erased
					}
				}
			}
		}
		return rows
	}
	rapid.Check(t, func(rt *rapid.T) {
		config := dedupe.Config{Schema: contactSchema(), Join: rapid.Bool().Draw(rt, "join"), Keys: []string{"notes"}, Same: rapid.SampledFrom([][]string{{"email", "customer_number"}, {"customer_number"}, {"email"}, {"phone"}}).Draw(rt, "same")}
		config.Keep.Fields = map[string]string{"email": rapid.SampledFrom(policies).Draw(rt, "keep e-mail"), "customer_number": rapid.SampledFrom(policies).Draw(rt, "keep number")}
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
		got, want := planned(in, res), planned(run(without(rows, nones), without(target, nones)))
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
		if i := slices.IndexFunc(res.Findings, func(f diag.Finding) bool {
			return f.Code != "says-none" && strings.Contains(f.Message, "that there is none")
		}); i >= 0 {
			rt.Fatalf("it is told a second time: %v", res.Findings[i])
		}
		if told != said {
			rt.Fatalf("%d values say none, findings tell of %d", said, told)
		}
	})
}

// What says none gives way to what a row of lower rank says, and to its wish to empty the
// field, as an empty field does; where no row says anything, nothing is written.
func TestNoneGivesWay(t *testing.T) {
	keep := dedupe.Survivorship{Priority: []string{"crm", "fair"}}
	for _, c := range []struct{ crm, fair, want, from string }{
		{"n/a", "K17", "K17", "fair"},
		{"K17", "n/a", "K17", "crm"},
		{"n/a", "-", "", ""},
		{"n/a", "", "", ""},
		{"n/a", erased, erased, "fair"},
		{"", erased, erased, "fair"},
		{erased, "n/a", erased, "crm"},
		{erased, "K17", erased, "crm"},
	} {
		in, res := joined(t, keep, contact("crm", "1", 1, "customer_number="+c.crm), contact("fair", "2", 2, "customer_number="+c.fair))
		var from string
		for _, m := range res.Clusters[0].From.Of(contactSchema().Index("customer_number")) {
			from += in.Records.Record(int(m)).Batch.Source()
		}
		v := res.Golden.Record(0).Get("customer_number")
		got := v.String()
		if v.IsErase() {
			got = erased
		} else if v.IsNull() {
			got = ""
		}
		if got != c.want || from != c.from {
			t.Errorf("of %q and %q survives %q of %q, want %q of %q", c.crm, c.fair, got, from, c.want, c.from)
		}
	}
}
