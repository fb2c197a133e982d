package linkage_test

import (
	"context"
	"fmt"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
)

func Example() {
	schema := pipeline.MustSchema(
		pipeline.Field{Name: "name", Type: pipeline.String},
		pipeline.Field{Name: "email", Type: pipeline.String},
		pipeline.Field{Name: "city", Type: pipeline.String},
	)
	names, emails, cities := pipeline.NewColumnBuilder(pipeline.String, 3), pipeline.NewColumnBuilder(pipeline.String, 3), pipeline.NewColumnBuilder(pipeline.String, 3)
	for _, row := range [][3]string{
		{"Bob Winterfeldt", "bob.winterfeldt@post.example", "Ulm"},
		{"Winterfeldt, Robert", "bob.winterfeldt@post.example", "ULM"},
		{"Anna Seligmann", "anna@web.example", "Ulm"},
	} {
		names.AppendString(row[0])
		emails.AppendString(row[1])
		cities.AppendString(row[2])
	}
	batch, err := pipeline.NewBatch(pipeline.BatchData{Schema: schema, Len: 3, Columns: []*pipeline.Column{names.Finish(), emails.Finish(), cities.Finish()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	table := pipeline.NewTable(schema)
	table.Append(batch)

	linker, err := linkage.New(linkage.Config{Columns: []linkage.Column{
		{Name: "name", Kind: linkage.PersonName}, {Name: "email", Kind: linkage.Email}, {Name: "city", Kind: linkage.City},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := linker.Run(context.Background(), linkage.Input{Records: table})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Best)
	for _, part := range result.Explain(0, 1).Parts {
		if part.Field != "" {
			fmt.Printf("%s: %s\n", part.Field, part.Level)
		}
	}
	// Output:
	// [0 0 2]
	// given name: short for the other, or part of it, or so called by a mailbox
	// family name: equal
	// e-mail: equal
	// address: same town
}
