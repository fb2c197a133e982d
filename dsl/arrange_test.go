package dsl

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestArrange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "members")
		list, order := make([]int, n), make([]int32, n)
		for i := range n {
			list[i], order[i] = 100+i, int32(i)
		}
		order = rapid.Permutation(order).Draw(t, "order")
		var want []int
		for _, from := range order {
			want = append(want, 100+int(from))
		}
		if arrange(list, slices.Clone(order)); !slices.Equal(list, want) {
			t.Fatalf("by %v: got %v, want %v", order, list, want)
		}
	})
}
