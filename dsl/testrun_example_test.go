package dsl_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
)

// files is a kind of source of which nothing is there when the tests run.
type files struct {
	Path string `conf:"path,required"`
}

var errNoFiles = errors.New("there are no files here")

func (files) Schema(context.Context) (*pipeline.Schema, error) { return nil, errNoFiles }

func (files) Read(context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) { yield(nil, errNoFiles) }
}

func Example_tests() {
	ctx := context.Background()
	registry := dsl.NewRegistry()
	err := dsl.RegisterSource(registry, dsl.SourceSpec[files]{Type: "files", Doc: "Rows.", Open: func(_ context.Context, c files, _ dsl.Env) (pipeline.Source, error) {
		return c, nil
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	text := `version: 1
sources:
  people: { type: files, path: people.txt, schema: { name: string, score: int } }
models:
  contacts:
    from:
      - source: people
        map: { last_name: parse_person(name).last, score: score + 1 }
tests:
  - name: a title is no name
    given: { people: [{ name: Dr. Anna von der Heide, score: 3 }] }
    expect: { contacts: [{ last_name: Heide, score: 4 }] }
`
	tests, found := dsl.LoadTestsText(ctx, "pipeline.yaml", []byte(text), registry, dsl.Host{})
	if tests == nil {
		fmt.Print(found.Text())
		return
	}
	for i := range tests.All() {
		result, err := tests.Run(ctx, i, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: passed %v\n", result.Name, result.Passed())
		for _, d := range result.Differences {
			for _, f := range d.Fields {
				if f.Differs {
					fmt.Printf("%s: got %q, want %q, made by %s (%s)\n", f.Field, f.Got, f.Want, f.Made[0].Text, f.Made[0].Pos)
				}
			}
		}
	}
	// Output:
	// a title is no name: passed false
	// last_name: got "von der Heide", want "Heide", made by parse_person(name).last (pipeline.yaml:8:27)
}
