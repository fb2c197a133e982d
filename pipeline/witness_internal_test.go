package pipeline

import (
	"testing"
	"time"
)

// TestOldestDeedOfACall says from when on an entry of a log may be that of a call,
// whatever the clock of the log shows.
func TestOldestDeedOfACall(t *testing.T) {
	begun := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	proofs := func(differ time.Duration, ages ...time.Duration) (all []proof) {
		for i, age := range ages {
			confirmed := begun.Add(-age)
			all = append(all, proof{Deed{ID: string(rune('1' + i)), At: confirmed.Add(differ - time.Second)}, confirmed})
		}
		return all
	}
	for _, differ := range []time.Duration{0, 4 * time.Hour, -4 * time.Hour} {
		if _, known := oldest(proofs(differ, -time.Minute), begun); known {
			t.Error("a change that was confirmed after the call proves what came before it")
		}
		for _, ages := range [][]time.Duration{{time.Second}, {time.Hour}, {time.Hour, time.Minute}, {time.Hour, -time.Minute}} {
			after, known := oldest(proofs(differ, ages...), begun)
			call := Deed{ID: "9", At: begun.Add(differ)}
			early := Deed{ID: "8", At: begun.Add(differ - 5*time.Second)}
			if !known || inLog(call, after) <= 0 || inLog(early, after) > 0 {
				t.Errorf("clocks that differ by %s, proofs of %v before: an entry may be that of the call after %v, known: %t; it began at %s", differ, ages, after, known, begun)
			}
		}
	}
}
