package dedupe_test

import (
	"context"
	"fmt"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

// Two rows of one person, who is in the target already.
func ExampleMatcher_Match() {
	schema := pipeline.MustSchema(
		pipeline.Field{Name: "name", Type: pipeline.String, Kind: pipeline.KindPersonName},
		pipeline.Field{Name: "email", Type: pipeline.String, Kind: pipeline.KindEmail})
	table := func(source, id string, rows ...[2]string) *pipeline.Table {
		b := pipeline.NewBuilder(schema, len(rows))
		ids := pipeline.NewColumnBuilder(pipeline.String, len(rows))
		for i, r := range rows {
			b.Column(0).AppendString(r[0])
			b.Column(1).AppendString(r[1])
			ids.AppendString(fmt.Sprint(id, i+1))
		}
		batch, err := b.Finish(pipeline.BatchData{Source: source, IDs: ids.Finish()})
		if err != nil {
			panic(err)
		}
		t := pipeline.NewTable(schema)
		t.Append(batch)
		return t
	}
	m, err := dedupe.New(dedupe.Config{Schema: schema, Join: true, Same: []string{"email"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := m.Match(context.Background(), pipeline.MatchInput{
		Records: table("people", "p", [2]string{"Anna Weber", "anna@example.com"}, [2]string{"A. Weber", "ANNA@example.com"}),
		Target:  table("plandocket", "T", [2]string{"Anna Weber", "anna@example.com"}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("clusters:", len(res.Clusters), "members:", len(res.Clusters[0].Members))
	fmt.Printf("target record %d by rule %s\n", res.Links[0].Target, res.Links[0].Reason.Rule)
	fmt.Println("survivor:", res.Golden.Value(0, 0))
	// Output:
	// clusters: 1 members: 2
	// target record 0 by rule same
	// survivor: Anna Weber
}
