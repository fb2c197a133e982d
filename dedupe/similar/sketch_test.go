package similar_test

import (
	"cmp"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/similar"
)

// checkSketches checks that what sketches rule out is not so.
func checkSketches(t *testing.T, a, b string, bound float64, k int) {
	t.Helper()
	x, y := similar.NewSketch(a), similar.NewSketch(b)
	if x != similar.NewText(a).Sketch || x.Text(a) != similar.NewText(a) {
		t.Fatalf("%q: a sketch alone differs from that of its text", a)
	}
	if len(a) <= similar.CharsMax && len(b) <= similar.CharsMax {
		if got := similar.OSA(a, b); got <= k && !x.MayBeWithin(y, k) {
			t.Fatalf("%q, %q: their distance is %d; their sketches say that it is not up to %d", a, b, got, k)
		}
		if got := similar.Levenshtein(a, b); got <= k && !x.MayBeWithin(y, k) {
			t.Fatalf("%q, %q: their Levenshtein distance is %d; their sketches say that it is not up to %d", a, b, got, k)
		}
	}
	if got := similar.JaroWinkler(a, b); got >= bound && !x.MayReach(y, bound) {
		t.Fatalf("%q, %q: their similarity is %v; their sketches say that it is below %v", a, b, got, bound)
	}
	if x.MayReach(y, bound) != y.MayReach(x, bound) || x.MayBeWithin(y, k) != y.MayBeWithin(x, k) {
		t.Fatalf("%q, %q: exchanged, their sketches say something else", a, b)
	}
	for n := range 5 {
		if n <= min(len(a), len(b)) && a[:n] == b[:n] && !x.MayStartAlike(y, n) {
			t.Fatalf("%q, %q: their first %d bytes are equal; their sketches say that they are not", a, b, n)
		}
	}
	if before, known := x.Before(y); known && before != (cmp.Compare(a, b) < 0) {
		t.Fatalf("%q, %q: before is %v, the order of their bytes is %d", a, b, before, cmp.Compare(a, b))
	}
}

func TestSketchesRuleOutNothingTrueLaw(t *testing.T) {
	p := newPairs(t)
	ruledOut := 0
	for range *pairCount {
		a, b := p.any()
		bound, k := p.Float64(), p.IntN(4)
		checkSketches(t, a, b, bound, k)
		if !similar.NewSketch(a).MayReach(similar.NewSketch(b), .9) {
			ruledOut++
		}
	}
	if ruledOut < *pairCount/10 {
		t.Errorf("sketches rule out %d of %d pairs; they are made to rule out most", ruledOut, *pairCount)
	}
}

// plainBag is the bag of a text of ASCII, by how often it has each character.
func plainBag(s string) (bag uint64) {
	small := strings.ToLower(s)
	for c := byte('a'); c <= 'z'; c++ {
		for k := range min(2, strings.Count(small, string(c))) {
			bag |= 1 << (2*int(c-'a') + k)
		}
	}
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			bag |= 1 << (52 + c - '0')
		case strings.IndexByte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", c) < 0:
			bag |= 1 << (62 + c%2)
		}
	}
	return bag
}

func FuzzBag(f *testing.F) {
	f.Add("Anna Maria")
	f.Add("bob.b42@example.com")
	f.Add("0049 (171) 1")
	f.Add("@[`{\x00\x7f")
	f.Fuzz(func(t *testing.T, s string) {
		ascii := strings.Map(func(r rune) rune { return r & 0x7f }, s)
		if got, want := similar.Bag(ascii), plainBag(ascii); got != want {
			t.Fatalf("%q has the bag %x, want %x", ascii, got, want)
		}
		// Characters beyond ASCII only add bits.
		if wide := similar.Bag("ü" + ascii + "王"); wide != similar.Bag(ascii)|similar.Bag("ü王") {
			t.Fatalf("%q between ü and 王 has the bag %x", ascii, wide)
		}
	})
}

func FuzzSketches(f *testing.F) {
	f.Add("martha", "marhta", .9, uint8(1))
	f.Add("", "a", .0, uint8(1))
	f.Add("ab", "ab\x00", .9, uint8(1))
	f.Add("\x00\x00\x00\x00b", "\x00\x00\x00\x00a", .9, uint8(1))
	f.Add("王小明", "王小朋", .5, uint8(2))
	f.Add("\xff\xfe", "\xfe", .1, uint8(0))
	f.Add(strings.Repeat("ab", 32), strings.Repeat("ba", 33), .7, uint8(3))
	f.Fuzz(func(t *testing.T, a, b string, bound float64, k uint8) {
		checkSketches(t, a, b, bound, int(k%8))
	})
}
