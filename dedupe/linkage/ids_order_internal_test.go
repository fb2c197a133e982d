package linkage

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The order of texts is that of the language, whatever they begin with alike and
// wherever they differ.
func TestOrderOfTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.SampledFrom([]string{"", "id:", "row:0123456789abcdef"}).Draw(t, "start")
		var texts []string
		for _, end := range rapid.SliceOf(rapid.StringMatching(`[ab\x00\xff]{0,12}`)).Draw(t, "ends") {
			texts = append(texts, start+end)
		}
		want := make([]int32, len(texts))
		for i := range want {
			want[i] = int32(i)
		}
		slices.SortStableFunc(want, func(a, b int32) int { return strings.Compare(texts[a], texts[b]) })
		if got := byText(len(texts), func(i int32) string { return texts[i] }); !slices.Equal(got, want) {
			t.Fatalf("the order of %q is %v, want %v", texts, got, want)
		}
		cut := rapid.IntRange(0, len(texts)).Draw(t, "cut")
		all := merged(texts[:cut], texts[cut:], strings.Clone)
		if sorted := slices.Sorted(slices.Values(texts)); !slices.Equal(all, sorted) {
			t.Fatalf("%q and %q are merged to %q", texts[:cut], texts[cut:], all)
		}
	})
}
