package linkage_test

import (
	"context"
	"fmt"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
)

// contacts makes a table of records with a name, an e-mail and a city.
func contacts(rows [][]string) *pipeline.Table {
	schema := pipeline.MustSchema(
		pipeline.Field{Name: "name", Type: pipeline.String},
		pipeline.Field{Name: "email", Type: pipeline.String},
		pipeline.Field{Name: "city", Type: pipeline.String},
	)
	b := pipeline.NewBuilder(schema, len(rows))
	for _, row := range rows {
		for i, value := range row {
			b.Column(i).AppendString(value)
		}
	}
	batch, err := b.Finish(pipeline.BatchData{})
	if err != nil {
		panic(err) // the rows of the examples fit
	}
	table := pipeline.NewTable(schema)
	table.Append(batch)
	return table
}

var contactColumns = []linkage.Column{
	{Name: "name", Kind: linkage.PersonName}, {Name: "email", Kind: linkage.Email}, {Name: "city", Kind: linkage.City},
}

var three = [][]string{
	{"Bob Winterfeldt", "bob.winterfeldt@post.example", "Ulm"},
	{"Winterfeldt, Robert", "bob.winterfeldt@post.example", "ULM"},
	{"Anna Seligmann", "anna@web.example", "Ulm"},
}

func Example() {
	linker, err := linkage.New(linkage.Config{Columns: contactColumns})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := linker.Run(context.Background(), linkage.Input{Records: contacts(three)})
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

// Records that are added to a result are compared with those that are there.
func ExampleLinker_Update() {
	linker, err := linkage.New(linkage.Config{Columns: contactColumns})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	before, err := linker.Run(ctx, linkage.Input{Records: contacts(three)})
	if err != nil {
		fmt.Println(err)
		return
	}
	four := append(three[:3:3], []string{"Seligmann, Anna", "anna@web.example", ""})
	after, err := linker.Update(ctx, before, linkage.Input{Records: contacts(four)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(before.Best, after.Best)
	// Output: [0 0 2] [0 0 2 2]
}

// A run teaches the weights; after that any machine scores its share of the pairs.
func ExampleScorer() {
	linker, err := linkage.New(linkage.Config{Columns: contactColumns})
	if err != nil {
		fmt.Println(err)
		return
	}
	run, err := linker.Run(context.Background(), linkage.Input{Records: contacts(three)})
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := run.Pinned().JSON() // for the other machines
	if err != nil {
		fmt.Println(err)
		return
	}

	weights, err := linkage.ParseWeights(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	scorer, err := linkage.NewScorer(linkage.ScorerConfig{Weights: weights})
	if err != nil {
		fmt.Println(err)
		return
	}
	records, err := scorer.Prepare(three...)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, pair := range [][2]int{{0, 1}, {0, 2}} {
		weight := records.Weigh(pair[0], pair[1])
		fmt.Printf("%d and %d: %v, as in the run %v\n", pair[0], pair[1], weight.Probability() > .5, weight == run.Explain(int32(pair[0]), int32(pair[1])).Sum)
	}
	// Output:
	// 0 and 1: true, as in the run true
	// 0 and 2: false, as in the run true
}

// Records that share a block key are worth scoring.
func ExampleScorer_BlockKeys() {
	linker, err := linkage.New(linkage.Config{Columns: contactColumns})
	if err != nil {
		fmt.Println(err)
		return
	}
	run, err := linker.Run(context.Background(), linkage.Input{Records: contacts(three)})
	if err != nil {
		fmt.Println(err)
		return
	}
	scorer, err := linkage.NewScorer(linkage.ScorerConfig{Weights: run.Pinned()})
	if err != nil {
		fmt.Println(err)
		return
	}
	blocks := map[uint64][]int{}
	for i, record := range three {
		keys, err := scorer.BlockKeys(record)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, key := range keys {
			blocks[key] = append(blocks[key], i)
		}
	}
	met := map[string]bool{}
	for _, records := range blocks {
		if len(records) > 1 {
			met[fmt.Sprint(records)] = true
		}
	}
	fmt.Println(met)
	// Output: map[[0 1]:true]
}
