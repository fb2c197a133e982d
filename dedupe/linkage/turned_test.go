package linkage_test

import (
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// What a pair says does not depend on which of the two comes first.
func TestPairsSayTheSameTurned(t *testing.T) {
	rows, _ := crowd(1200)
	half := len(rows) / 2
	for i := range rows[:half] { // names in the other column, mailboxes with a number, and gaps
		switch i % 6 {
		case 0:
			rows[i][0], rows[i][1] = rows[i][1], rows[i][0]
		case 1:
			rows[i][0] = ""
		case 2:
			rows[i][1] = ""
		case 3:
			rows[i][2] = "x1" + rows[i][2]
		}
	}
	turned := make([][]string, len(rows))
	for i := range rows {
		turned[len(rows)-1-i] = rows[i]
	}
	last := int32(len(rows) - 1)
	a, b := run(t, linkage.Config{}, rows), run(t, linkage.Config{}, turned)
	seen := 0
	for p := range a.Pairs() {
		seen++
		if x, y := a.Explain(p.A, p.B).Sum, b.Explain(last-p.B, last-p.A).Sum; x != y {
			t.Errorf("%v and %v weigh %v in one order and %v in the other", rows[p.A], rows[p.B], x, y)
		}
	}
	if seen < 100 {
		t.Errorf("only %d pairs", seen)
	}
}
