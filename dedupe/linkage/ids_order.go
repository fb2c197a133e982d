package linkage

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// byText returns the numbers from 0 to n in the order of their texts, and of equal
// ones in their own. It compares what follows the beginning that all have in
// common eight bytes at once, and looks at the texts themselves where these are
// equal: to fetch them is what takes the time.
func byText(n int, text func(i int32) string) []int32 {
	type head struct {
		bytes uint64
		i     int32
	}
	heads, common := make([]head, n), commonStart(n, text)
	for i := range heads {
		var eight [8]byte
		copy(eight[:], text(int32(i))[common:])
		heads[i] = head{binary.BigEndian.Uint64(eight[:]), int32(i)}
	}
	slices.SortFunc(heads, func(a, b head) int {
		if a.bytes != b.bytes {
			return cmp.Compare(a.bytes, b.bytes)
		}
		return cmp.Or(strings.Compare(text(a.i), text(b.i)), cmp.Compare(a.i, b.i))
	})
	order := make([]int32, n)
	for k := range heads {
		order[k] = heads[k].i
	}
	return order
}

// commonStart is the number of bytes with which all texts begin alike.
func commonStart(n int, text func(i int32) string) int {
	if n == 0 {
		return 0
	}
	start := text(0)
	for i := 1; i < n && start != ""; i++ {
		if t := text(int32(i)); !strings.HasPrefix(t, start) {
			k := 0
			for k < len(t) && t[k] == start[k] {
				k++
			}
			start = start[:k]
		}
	}
	return len(start)
}

// merged returns a list in the order of its texts with more in their places. The
// list has that order as a rule, and is not changed.
func merged[T any](list, more []T, text func(T) string) []T {
	in := func(of []T) []T {
		if slices.IsSortedFunc(of, func(a, b T) int { return strings.Compare(text(a), text(b)) }) {
			return of
		}
		out := make([]T, len(of))
		for to, from := range byText(len(of), func(i int32) string { return text(of[i]) }) {
			out[to] = of[from]
		}
		return out
	}
	list, more = in(list), in(more)
	if len(more) == 0 {
		return list
	}
	out := make([]T, 0, len(list)+len(more))
	for _, x := range list {
		for len(more) > 0 && text(more[0]) < text(x) {
			out, more = append(out, more[0]), more[1:]
		}
		out = append(out, x)
	}
	return append(out, more...)
}
