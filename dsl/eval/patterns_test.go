package eval_test

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
)

// TestMatchesAgreesWithRegexp holds "matches", whose patterns are tables where
// that is possible, against regexp.
func TestMatchesAgreesWithRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.SampledFrom([]string{`^[a-z]+$`, `b`, `^a.c`, `(a|b)+c$`, `^([^ ]+) `, `[^a-c]`, `^$`, `ä?b`, `[0-9]{2}`}).Draw(t, "pattern")
		text := rapid.StringMatching(`[abc1 ä]{0,8}`).Draw(t, "text")
		row := make([]pipeline.Value, rapidColumns.Len())
		row[rapidColumns.Index("s1")] = pipeline.StringValue(text)
		p, problems := eval.Compile(`s1 matches "`+pattern+`"`, eval.Env{Columns: rapidColumns})
		if p == nil {
			t.Fatalf("%v", problems)
		}
		column, _ := p.Eval(rowsBatch(t, [][]pipeline.Value{row}), eval.Runtime{})
		if got, want := column.Value(0), regexp.MustCompile(pattern).MatchString(text); got.Bool() != want {
			t.Fatalf("%q matches %q is %v, want %v", text, pattern, got.Bool(), want)
		}
	})
}
