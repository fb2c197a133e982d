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
		{"michael", "michala", true}, {"manula", "manuel", true}, {"samuel", "samula", true}, // as AppendWords has Michaela, Manuela and Samuela
		{"bert", "berta", true}, {"joel", "jolle", true}, {"paul", "paula", true}, {"christian", "christiane", true}, // no short forms of each other; jolle is Joelle
		{"susan", "susanna", false}, {"marin", "marina", false}, {"eli", "elif", false},
		{"anna", "anne", false}, {"peter", "peter", false}, {"stefan", "stephan", false}, {"petra", "martina", false}, {"", "petra", false},
	} {
		if got := norm.NamePair(tt.a, tt.b); got != tt.want {
			t.Errorf("NamePair(%q, %q) is %v", tt.a, tt.b, got)
		}
	}
}
