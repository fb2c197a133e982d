package norm_test

import (
	"testing"

	"github.com/reconkit/reconkit/dedupe/norm"
)

func TestTwoGivenNames(t *testing.T) {
	for _, tt := range []struct {
		x, y string
		want bool
	}{
		{"maria", "marina", true}, {"tim", "tom", true}, {"mia", "lia", true}, {"lara", "laura", true}, {"simon", "simone", true},
		{"anna", "anan", false}, {"friedrich", "freidrich", false}, // a slip
		{"bob", "robert", false}, {"alex", "alexander", false}, // short forms
		{"sofia", "sophia", false}, {"erik", "eric", false}, {"sara", "sarah", false}, {"britta", "brita", false}, {"carla", "karla", false}, // spellings
		{"", "anna", false},
	} {
		if got := norm.TwoGivenNames(tt.x, tt.y, norm.Roots([]byte(tt.x)), norm.Roots([]byte(tt.y))); got != tt.want {
			t.Errorf("%s and %s: two names is %t, want %t", tt.x, tt.y, got, tt.want)
		}
	}
}
