package dedupe_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"pgregory.net/rapid"
)

// keptSchema has one field of each way of choosing, which is its name. The
// e-mail joins all rows.
var keptSchema = pipeline.MustSchema(pipeline.Field{Name: "email", Type: pipeline.String, Kind: pipeline.KindEmail},
	pipeline.Field{Name: "priority", Type: pipeline.String, Erasable: true}, pipeline.Field{Name: "newest", Type: pipeline.String, Erasable: true},
	pipeline.Field{Name: "longest", Type: pipeline.String, Erasable: true}, pipeline.Field{Name: "most_frequent", Type: pipeline.Int, Erasable: true},
	pipeline.Field{Name: "join_distinct", Type: pipeline.String, Erasable: true}, pipeline.Field{Name: "expr", Type: pipeline.String, Erasable: true},
	pipeline.Field{Name: "union", Type: pipeline.StringList, Erasable: true, Unordered: true})

// keptRow is a row of keptSchema.
type keptRow struct {
	id, source string
	at         int64 // 0: not known
	values     []pipeline.Value
}

// drawKept draws rows. The last one says nothing but the e-mail, so that a
// record of one other row is chosen among several, too.
func drawKept(t *rapid.T) []keptRow {
	text := rapid.SampledFrom([]pipeline.Value{pipeline.Null(), pipeline.Null(), pipeline.Erase(), pipeline.StringValue("Rom"), pipeline.StringValue("Roma"), pipeline.StringValue(" Rom"), pipeline.StringValue("Bari")})
	number := rapid.SampledFrom([]pipeline.Value{pipeline.Null(), pipeline.Erase(), pipeline.IntValue(3), pipeline.IntValue(4)})
	list := rapid.SampledFrom([]pipeline.Value{pipeline.Null(), pipeline.Erase(), pipeline.ListValue([]string{"b", "a"}), pipeline.ListValue([]string{"a"}), pipeline.ListValue([]string{"c", "c"}), pipeline.ListValue(nil)})
	rows := make([]keptRow, rapid.IntRange(2, 7).Draw(t, "rows"))
	for i := range rows {
		rows[i] = keptRow{id: fmt.Sprintf("r%d", i), source: rapid.SampledFrom([]string{"people", "crm", "fair"}).Draw(t, "source"), at: rapid.Int64Range(0, 3).Draw(t, "at")}
		for _, f := range keptSchema.Fields() {
			switch {
			case f.Name == "email":
				rows[i].values = append(rows[i].values, pipeline.StringValue("anna@example.com"))
			case f.Type == pipeline.Int:
				rows[i].values = append(rows[i].values, number.Draw(t, f.Name))
			case f.Type == pipeline.StringList:
				rows[i].values = append(rows[i].values, list.Draw(t, f.Name))
			default:
				rows[i].values = append(rows[i].values, text.Draw(t, f.Name))
			}
		}
	}
	silent := keptRow{id: "silent", source: "fair", values: make([]pipeline.Value, keptSchema.Len())}
	silent.values[0] = pipeline.StringValue("anna@example.com")
	return append(rows, silent)
}

// keptTable has a batch of each row.
func keptTable(t testing.TB, rows []keptRow) *pipeline.Table {
	t.Helper()
	table := pipeline.NewTable(keptSchema)
	for i, r := range rows {
		b, ids, times := pipeline.NewBuilder(keptSchema, 1), pipeline.NewColumnBuilder(pipeline.String, 1), pipeline.NewColumnBuilder(pipeline.Timestamp, 1)
		for f, v := range r.values {
			b.Column(f).AppendValue(v)
		}
		ids.AppendString(r.id)
		if r.at > 0 {
			times.AppendInt(r.at)
		} else {
			times.AppendNull()
		}
		batch, err := b.Finish(pipeline.BatchData{Source: r.source, Rows: []int32{int32(i + 1)}, IDs: ids.Finish(), Times: times.Finish()})
		if err != nil {
			t.Fatal(err)
		}
		table.Append(batch)
	}
	return table
}

// choosers are rules of an author: of one value, of all of them, of none.
var choosers = map[string]chooserFunc{
	"the first": func(c dedupe.Candidates) (pipeline.Value, error) { return c.Values[0], nil },
	"the last by letters": func(c dedupe.Candidates) (pipeline.Value, error) {
		return slices.MaxFunc(c.Values, func(a, b pipeline.Value) int { return cmp.Compare(a.Str(), b.Str()) }), nil
	},
	"all": func(c dedupe.Candidates) (pipeline.Value, error) {
		var all []string
		for _, v := range c.Values {
			all = append(all, v.Str())
		}
		return pipeline.StringValue("<" + strings.Join(all, "|") + ">"), nil
	},
	"null":     func(dedupe.Candidates) (pipeline.Value, error) { return pipeline.Null(), nil },
	"an erase": func(dedupe.Candidates) (pipeline.Value, error) { return pipeline.Erase(), nil },
}

// A value is made of exactly the rows that it is said to be made of: they alone
// give the same value, all of them are rows of the contact that say something,
// and those that count or collect name every row that was counted. The order
// of the rows changes nothing.
func TestProvenanceLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		keep := dedupe.Survivorship{Priority: rapid.SampledFrom([][]string{nil, {"people"}, {"crm", "people"}}).Draw(rt, "priority"), Fields: map[string]string{}}
		for _, name := range []string{"newest", "longest", "most_frequent", "join_distinct", "union"} {
			keep.Fields[name] = name
		}
		rule := rapid.SampledFrom([]string{"the first", "the last by letters", "all", "null", "an erase"}).Draw(rt, "rule")
		keep.Choose = map[string]dedupe.Chooser{"expr": choosers[rule]}
		m, err := dedupe.New(dedupe.Config{Schema: keptSchema, Join: true, Same: []string{"email"}, Keep: keep})
		if err != nil {
			rt.Fatal(err)
		}
		match := func(rows []keptRow) (*pipeline.Table, *pipeline.MatchResult) {
			table := keptTable(t, rows)
			res, err := m.Match(context.Background(), pipeline.MatchInput{Records: table})
			if err != nil || len(res.Clusters) != 1 {
				rt.Fatalf("%d clusters, %v", len(res.Clusters), err)
			}
			return table, res
		}
		rows := drawKept(rt)
		table, res := match(rows)
		shuffled, again := match(rapid.Permutation(rows).Draw(rt, "shuffled"))
		for f, name := range keptSchema.Names() {
			want := res.Golden.Value(0, f)
			from := madeFrom(rt, table, res, f)
			if other := madeFrom(rt, shuffled, again, f); !slices.Equal(from, other) {
				rt.Fatalf("%s is made of %v, in another order of %v", name, from, other)
			}
			how := name
			if name == "priority" && len(keep.Priority) == 0 {
				how = pipeline.HowPreferred // there is no priority of sources
			}
			if res.How[f] != keep.Fields[name] && res.How[f] != how && name != "email" {
				rt.Fatalf("%s is chosen by %s", name, res.How[f])
			}
			checkNamed(rt, name, want, rows, f, from)
			if len(from) == 0 {
				if !want.IsNull() && (rule != "an erase" || name != "expr") {
					rt.Fatalf("%s is %v, made of nothing", name, want)
				}
				continue
			}
			_, alone := match(slices.DeleteFunc(slices.Clone(rows), func(r keptRow) bool { return r.id != "silent" && !slices.Contains(from, r.id) }))
			if got := alone.Golden.Value(0, f); !got.Equal(want) {
				rt.Fatalf("%s is %v, the rows %v alone give %v", name, want, from, got)
			}
		}
	})
}

// madeFrom are the ids of the rows that a field is made of; they are rows of
// the cluster in its order.
func madeFrom(t *rapid.T, table *pipeline.Table, res *pipeline.MatchResult, f int) []string {
	c := res.Clusters[0]
	var ids []string
	at := -1
	for _, m := range c.From.Of(f) {
		place := slices.Index(c.Members, m)
		if place <= at {
			t.Fatalf("field %d is made of %v, the members are %v", f, c.From.Of(f), c.Members)
		}
		at = place
		ids = append(ids, table.Record(int(m)).ID())
	}
	return ids
}

// checkNamed checks which rows are named beside what they say.
func checkNamed(t *rapid.T, name string, value pipeline.Value, rows []keptRow, f int, from []string) {
	for _, r := range rows {
		said, named := r.values[f], slices.Contains(from, r.id)
		switch {
		case named && said.IsNull():
			t.Fatalf("%s is made of %s, which says nothing", name, r.id)
		case value.Empty() || named || said.Empty():
		case name == "union" || name == "join_distinct" || name == "most_frequent" && said.Equal(value):
			t.Fatalf("%s is %v, of %v: what %s says is left out", name, value, from, r.id)
		}
	}
	if one := name == "priority" || name == "newest" || name == "longest"; one && len(from) > 1 {
		t.Fatalf("%s was picked of %v", name, from)
	}
}
