package linkage

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// What is written of weights can be read again. Too many of them are written without what
// a scorer alone needs: a run weighs by them as it did, and a scorer refuses them.
func TestWeightsThatAreWrittenAreRead(t *testing.T) {
	rows := households(400, 1)
	link := func(pinned *Weights) *Result {
		l, err := New(Config{Columns: householdColumns, Weights: pinned})
		if err != nil {
			t.Fatal(err)
		}
		r, err := l.Run(context.Background(), Input{Records: textTable(t, householdColumns, rows)})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := link(nil)
	w := first.Pinned()
	text, err := w.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		bytesMax int
		scores   bool
	}{{len(text), true}, {len(text) - 1, false}} {
		written, err := w.jsonWithin(tt.bytesMax)
		if err != nil || len(written) > tt.bytesMax {
			t.Fatalf("%d bytes of at most %d: %v", len(written), tt.bytesMax, err)
		}
		read, err := ParseWeights(written)
		if err != nil {
			t.Fatal(err)
		}
		again := link(read)
		if !slices.Equal(slices.Collect(first.Pairs()), slices.Collect(again.Pairs())) {
			t.Errorf("at most %d bytes: other weights than before", tt.bytesMax)
		}
		if _, err := NewScorer(ScorerConfig{Weights: read}); (err == nil) != tt.scores || err != nil && !errors.Is(err, ErrOtherWeights) {
			t.Errorf("a scorer of at most %d bytes: %v", tt.bytesMax, err)
		}
	}
	if text, err := w.jsonWithin(2000); err == nil {
		t.Errorf("%d bytes were written, and 2000 can be read", len(text))
	}
}
