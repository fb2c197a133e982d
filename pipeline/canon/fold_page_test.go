package canon_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// The search of a plan's page folds as Fold does: both are held to one table, here and,
// for the page, in pipeline/review.
func TestFoldAsThePageDoes(t *testing.T) {
	text, err := os.ReadFile("../review/testdata/page_cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases struct{ Fold [][2]string }
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases.Fold) == 0 {
		t.Fatal("there are no cases")
	}
	for _, c := range cases.Fold {
		if got := canon.Fold(c[0]); got != c[1] {
			t.Errorf("Fold(%q) = %q, want %q", c[0], got, c[1])
		}
	}
}
