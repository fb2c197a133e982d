package file

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
)

// Ids are those that are made one by one, whether the keys of the file ascend, ascend for
// a while, or come in any order, and also where some are missing or there twice.
func TestIDsDoNotDependOnOrder(t *testing.T) {
	ordered, mixed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		var keys []string
		for n := range rapid.IntRange(1, 30).Draw(t, "keys") {
			keys = append(keys, fmt.Sprintf("K%02d", n))
		}
		for range rapid.IntRange(0, 2).Draw(t, "odd ones") {
			odd := rapid.SampledFrom([]string{"", "K01", "K20", "a", "K5~2"}).Draw(t, "odd")
			keys = slices.Insert(keys, rapid.IntRange(0, len(keys)).Draw(t, "at"), odd)
		}
		if rapid.IntRange(0, 3).Draw(t, "shuffled") == 0 {
			keys = rapid.Permutation(keys).Draw(t, "order")
		}
		fast, plain := &namer{keys: []int{0, 1}, name: []string{"number", "email"}}, &namer{keys: []int{0, 1}, name: []string{"number", "email"}}
		plain.remember()
		for len(keys) > 0 {
			n := rapid.IntRange(1, len(keys)).Draw(t, "batch")
			number, email := pipeline.NewColumnBuilder(pipeline.String, n), pipeline.NewColumnBuilder(pipeline.String, n)
			for i, k := range keys[:n] {
				number.AppendString(k)
				email.AppendString(fmt.Sprint("e", i))
			}
			columns := []*pipeline.Column{number.Finish(), email.Finish()}
			got, want := fast.column(columns, n), plain.column(columns, n)
			for row := range n {
				if got.Str(row) != want.Str(row) {
					t.Fatalf("record %d of %q has the id %q, want %q", row, keys[:n], got.Str(row), want.Str(row))
				}
			}
			keys = keys[n:]
		}
		if fast.mixed {
			mixed++
		} else {
			ordered++
		}
	})
	if ordered == 0 || mixed == 0 {
		t.Errorf("keys ascended %d times, and did not %d times: not both were tried", ordered, mixed)
	}
}
