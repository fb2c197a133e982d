package norm_test

import (
	"testing"

	"github.com/reconkit/reconkit/dedupe/norm"
)

func TestNamePair(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"peter", "petra", true}, {"petra", "peter", true}, {"christian", "christine", true}, {"andrea", "andreas", true},
		{"anna", "anne", false}, {"peter", "peter", false}, {"stefan", "stephan", false}, {"petra", "martina", false}, {"", "petra", false},
	} {
		if got := norm.NamePair(tt.a, tt.b); got != tt.want {
			t.Errorf("NamePair(%q, %q) is %v", tt.a, tt.b, got)
		}
	}
}
