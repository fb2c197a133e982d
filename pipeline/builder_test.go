package pipeline_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
)

// TestExtend appends strings one by one and many at once; the columns
// must not differ.
func TestExtend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		emptyNull := rapid.Bool().Draw(t, "empty is null")
		single, many := pipeline.NewColumnBuilder(pipeline.String, 0), pipeline.NewColumnBuilder(pipeline.String, 0)
		for range rapid.IntRange(0, 4).Draw(t, "rounds") {
			texts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "", "b", "long enough", "c", "d"}), 0, 200).Draw(t, "texts")
			many.GrowBytes(rapid.IntRange(0, 100).Draw(t, "room"))
			all, offsets := many.Texts()
			for _, text := range texts {
				all = append(all, text...)
				offsets = append(offsets, int32(len(all)))
				if text == "" && emptyNull {
					single.AppendNull()
				} else {
					single.AppendString(text)
				}
			}
			many.Extend(all, offsets, emptyNull)
			if rapid.Bool().Draw(t, "a null between") {
				single.AppendNull()
				many.AppendNull()
			}
		}
		want, got := single.Finish(), many.Finish()
		if want.Len() != got.Len() {
			t.Fatalf("got %d values, want %d", got.Len(), want.Len())
		}
		for i := range want.Len() {
			if got.IsNull(i) != want.IsNull(i) || got.Str(i) != want.Str(i) {
				t.Fatalf("value %d: got %q (null: %t), want %q (null: %t)", i, got.Str(i), got.IsNull(i), want.Str(i), want.IsNull(i))
			}
		}
	})
}
