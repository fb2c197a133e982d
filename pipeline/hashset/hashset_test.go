package hashset

import (
	"math/rand/v2"
	"testing"
)

// TestWhatWasAddedIsThere also looks how often something else seems to be there.
func TestWhatWasAddedIsThere(t *testing.T) {
	for _, n := range []int{0, 1, 4, 5, 1000} {
		random := rand.New(rand.NewPCG(7, uint64(n)))
		s, added := New(n), make([]uint64, n)
		if s.Count() != 0 || s.Has(random.Uint64()) {
			t.Errorf("for %d: an empty set holds something", n)
		}
		for i := range added {
			added[i] = random.Uint64()
			s.Add(added[i])
			s.Add(added[i])
		}
		for _, h := range added {
			if !s.Has(h) {
				t.Errorf("for %d: %x is missing", n, h)
			}
		}
		if c := s.Count(); c > n || c < n*9/10 {
			t.Errorf("for %d: the set counts %d", n, c)
		}
		wrong := 0
		for range 10_000 {
			if s.Has(random.Uint64()) {
				wrong++
			}
		}
		if wrong > 1000 { // of sixteen bits one is set
			t.Errorf("for %d: %d of 10,000 other hashes seem to be there", n, wrong)
		}
	}
}
