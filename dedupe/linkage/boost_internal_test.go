package linkage

import (
	"math"
	"testing"
)

// What is computed ahead for each frequency of a value is what is computed for
// each pair.
func TestTablesHoldWhatIsComputed(t *testing.T) {
	d := linkedCrowd(t, 400, Config{})
	s, c := d.scorer, newComparer(d.db)
	boosted, seen := 0, new(boostsSeen)
	for _, pair := range allPairs(400) {
		a, b := int32(pair>>32), int32(uint32(pair))
		v := c.compare(a, b)
		z := s.byLevels(v)
		for f := range field(fieldsMax) {
			if v.level(f) == 0 {
				continue
			}
			boost := s.frequency(f, v, a, b)
			if boost != 0 {
				boosted++
			}
			e := s.inField(f, v, a, b, seen)
			for k := range e {
				want := s.evidence(f, v, k, boost)
				if math.Float64bits(e[k]) != math.Float64bits(want) {
					t.Fatalf("records %d and %d, field %d, class %d: got %v, computed %v", a, b, f, k, e[k], want)
				}
				z[k] += want - s.evidence(f, v, k, 0)
			}
		}
		if got := s.score(v, a, b); got != weightOf(logOdds(&z)) {
			t.Fatalf("records %d and %d: got %v, computed %v", a, b, got, weightOf(logOdds(&z)))
		}
	}
	if boosted == 0 {
		t.Error("no frequency says anything")
	}
}
