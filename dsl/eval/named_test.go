package eval_test

import (
	"slices"
	"testing"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
)

func TestNamedTexts(t *testing.T) {
	schema := pipeline.MustSchema(pipeline.Field{Name: "class", Type: pipeline.String}, pipeline.Field{Name: "labels", Type: pipeline.StringList})
	for src, want := range map[string][]eval.Named{
		`class == "a"`:                       {{Column: "class", Text: "a"}},
		`"a" != class`:                       {{Column: "class", Text: "a", Not: true}},
		`"b" not in labels and class == "a"`: {{Column: "labels", Text: "b", Not: true}, {Column: "class", Text: "a"}},
		`class == "c" or !(class != "a" and "b" in labels)`: {{Column: "class", Text: "c"}, {Column: "class", Text: "a"}, {Column: "labels", Text: "b", Not: true}},
		`not (not ("b" in labels))`:                         {{Column: "labels", Text: "b"}},
		`class == "a" and "b" in labels`:                    {{Column: "class", Text: "a"}, {Column: "labels", Text: "b"}},
		`class in ["a", "b"]`:                               {{Column: "class", Text: "a"}, {Column: "class", Text: "b"}},
		`not ("b" in labels)`:                               {{Column: "labels", Text: "b", Not: true}},
		`class == nil or class startsWith "a"`:              nil,
		`len(labels) > 1`:                                   nil,
	} {
		p, problems := eval.Compile(src, eval.Env{Columns: schema})
		if p == nil {
			t.Fatalf("%s: %v", src, problems)
		}
		if got := p.Named(); !slices.Equal(got, want) {
			t.Errorf("%s names %v, want %v", src, got, want)
		}
	}
}
