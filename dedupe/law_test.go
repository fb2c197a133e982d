package dedupe_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"pgregory.net/rapid"
)

// checkResult checks what holds for every result: clusters are a partition of
// the records, everything is parallel, every explanation adds up to its score,
// and no target record is written twice.
func checkResult(t rapid.TB, in pipeline.MatchInput, res *pipeline.MatchResult) {
	t.Helper()
	if len(res.Links) != len(res.Clusters) || res.Golden.Len() != len(res.Clusters) {
		t.Fatalf("%d clusters, %d links, %d golden records", len(res.Clusters), len(res.Links), res.Golden.Len())
	}
	seen := make([]bool, in.Records.Len())
	written := map[int32]bool{}
	for c, cluster := range res.Clusters {
		for _, i := range cluster.Members {
			if seen[i] {
				t.Fatalf("record %d is in two clusters", i)
			}
			seen[i] = true
		}
		if len(cluster.Members) == 1 && (cluster.Ties != nil || cluster.From != nil) {
			t.Errorf("cluster %d has one member, and ties or contributors", c)
		}
		if len(cluster.Members) > 1 && cluster.From.Fields() != res.Golden.Schema().Len() {
			t.Errorf("cluster %d has contributors of %d of %d fields", c, cluster.From.Fields(), res.Golden.Schema().Len())
		}
		for _, tie := range cluster.Ties {
			checkReason(t, tie.Reason)
		}
		link := res.Links[c]
		checkReason(t, *res.LinkReason(c))
		if link.Target < 0 || link.Block != nil || cluster.Block != nil {
			continue
		}
		if written[link.Target] {
			t.Errorf("two clusters would be written to record %d of the target", link.Target)
		}
		written[link.Target] = true
	}
	for i, in := range seen {
		if !in {
			t.Errorf("record %d is in no cluster", i)
		}
	}
	for _, q := range res.Questions {
		checkReason(t, q.Reason)
	}
}

// checkReason recomputes a score from the parts of its explanation.
func checkReason(t rapid.TB, r pipeline.Reason) {
	t.Helper()
	if r.Rule == "" {
		return
	}
	sum := 0.0
	for i, p := range r.Parts {
		sum += math.Round(p.Weight * 100) // parts are hundredths of a bit, so that sums of them are exact
		if i > 0 && math.Abs(p.Weight) > math.Abs(r.Parts[i-1].Weight) {
			t.Errorf("part %d of %v is heavier than the one before", i, r.Parts)
		}
	}
	if sum != math.Round(r.Weight*100) {
		t.Errorf("parts add up to %v, weight is %v: %+v", sum/100, r.Weight, r.Parts)
	}
	if want := 1 / (1 + math.Pow(2, -sum/100)); math.Abs(r.Score-want) > 1e-12 {
		t.Errorf("score is %v, the parts say %v", r.Score, want)
	}
}

// words of which records are drawn: few, so that they meet.
var drawn = map[string][]string{
	"first_name":      {"", "Anna", "Anne", "A.", "Karl", "Weber", "Jürgen", "Juergen", "王小明"},
	"last_name":       {"", "Weber", "Webre", "Klein", "Anna", "Müller", "Mueller jun."},
	"company_name":    {"", "Heide GmbH", "Heide", "Klein AG"},
	"email":           {"", "a@x.example", "A@X.example", "info@x.example", "b@x.example", "not an address"},
	"phone":           {"", "+493012345678", "+493099999999"},
	"customer_number": {"", "1", "2", "3"},
	"address":         {"", "Hauptstr. 5", "Hauptstraße 5", "Am Markt 1"},
	"postal_code":     {"", "10115", "80331"},
	"city":            {"", "Berlin", "München"},
	"notes":           {"", "VIP", "Fair"},
}

// row is a record of a drawn input.
type row struct {
	source, id string
	line       int32
	at         int64
	cells      map[string]string
}

func drawRows(t *rapid.T, label string, sources []string, most int) []row {
	n := rapid.IntRange(0, most).Draw(t, label)
	rows := make([]row, n)
	for i := range rows {
		r := row{source: rapid.SampledFrom(sources).Draw(t, "source"), id: fmt.Sprintf("%s%d", label[:1], i), line: int32(i + 1),
			at: rapid.Int64Range(0, 3).Draw(t, "at"), cells: map[string]string{}}
		for _, f := range contactSchema().Names() {
			if words, ok := drawn[f]; ok {
				r.cells[f] = rapid.SampledFrom(words).Draw(t, f)
			}
		}
		rows[i] = r
	}
	return rows
}

// erased is a cell that asks to empty the field.
const erased = "(erased)"

// tableOf puts rows into batches: one for each run of one source, cut further
// wherever cut says so.
func tableOf(t testing.TB, rows []row, cut func() bool) *pipeline.Table {
	t.Helper()
	schema := contactSchema()
	table := pipeline.NewTable(schema)
	for start := 0; start < len(rows); {
		end := start + 1
		for end < len(rows) && rows[end].source == rows[start].source && !cut() {
			end++
		}
		table.Append(batchOf(t, schema, rows[start:end]))
		start = end
	}
	return table
}

func batchOf(t testing.TB, schema *pipeline.Schema, rows []row) *pipeline.Batch {
	t.Helper()
	builder := pipeline.NewBuilder(schema, len(rows))
	ids := pipeline.NewColumnBuilder(pipeline.String, len(rows))
	times := pipeline.NewColumnBuilder(pipeline.Timestamp, len(rows))
	var lines []int32
	for _, r := range rows {
		for f, field := range schema.Fields() {
			switch cell := r.cells[field.Name]; cell {
			case "":
				builder.Column(f).AppendNull()
			case erased:
				builder.Column(f).AppendValue(pipeline.Erase())
			default:
				builder.Column(f).AppendString(cell)
			}
		}
		ids.AppendString(r.id)
		if r.at > 0 {
			times.AppendInt(r.at)
		} else {
			times.AppendNull()
		}
		lines = append(lines, r.line)
	}
	b, err := builder.Finish(pipeline.BatchData{Source: rows[0].source, Place: "x.csv", Rows: lines, IDs: ids.Finish(), Times: times.Finish()})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestOrderMeansNothing draws records, a target, remembered links and
// decisions, and compares the whole result with that of the same records in
// another order and in other batches. Clusters that a never key forbids must
// not come about either way.
func TestOrderMeansNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := drawRows(rt, "rows", []string{"people", "crm"}, 12)
		target := drawRows(rt, "target", []string{"plandocket"}, 5)
		config := dedupe.Config{Schema: contactSchema(), Join: rapid.Bool().Draw(rt, "join"),
			Same: []string{"email", "customer_number"}, Never: []string{"customer_number"}, Keys: []string{"customer_number", "email"},
			Keep: dedupe.Survivorship{Priority: []string{"crm"}, Fields: map[string]string{"notes": "join_distinct", "phone": "newest", "address": "longest", "city": "most_frequent"}}}
		input := pipeline.MatchInput{TargetNamespace: "plandocket", Links: map[pipeline.RowKey]string{}}
		for _, r := range rows {
			if len(target) > 0 && rapid.IntRange(0, 4).Draw(rt, "linked") == 0 {
				input.Links[pipeline.RowKey{Source: r.source, ID: r.id}] = rapid.SampledFrom(target).Draw(rt, "to").id
			}
		}
		if len(rows) > 1 && rapid.Bool().Draw(rt, "decided") {
			a, b := rapid.SampledFrom(rows).Draw(rt, "a"), rapid.SampledFrom(rows).Draw(rt, "b")
			config.Decisions = []dedupe.Decision{{A: dedupe.Who{Row: pipeline.RowKey{Source: a.source, ID: a.id}},
				B: dedupe.Who{Row: pipeline.RowKey{Source: b.source, ID: b.id}}, Same: rapid.Bool().Draw(rt, "same")}}
		}
		m, err := dedupe.New(config)
		if err != nil {
			rt.Fatal(err)
		}
		match := func(rows, target []row, cut func() bool) string {
			in := input
			in.Records, in.Target = tableOf(t, rows, cut), tableOf(t, target, cut)
			res, err := m.Match(context.Background(), in)
			if err != nil {
				rt.Fatal(err)
			}
			checkResult(rt, in, res)
			checkNever(rt, in, res)
			return render(in, res)
		}
		want := match(rows, target, func() bool { return false })
		got := match(rapid.Permutation(rows).Draw(rt, "shuffled"), rapid.Permutation(target).Draw(rt, "shuffled target"),
			func() bool { return rapid.Bool().Draw(rt, "cut") })
		if got != want {
			rt.Fatalf("another order gives another result\nfirst:\n%s\nshuffled:\n%s", want, got)
		}
	})
}

// checkNever checks that no cluster holds two customer numbers.
func checkNever(t rapid.TB, in pipeline.MatchInput, res *pipeline.MatchResult) {
	t.Helper()
	for _, c := range res.Clusters {
		number := ""
		for _, i := range c.Members {
			n := in.Records.Record(int(i)).Get("customer_number").Str()
			if n != "" && number != "" && n != number {
				t.Fatalf("numbers %s and %s are in one cluster", number, n)
			}
			if n != "" {
				number = n
			}
		}
	}
}
