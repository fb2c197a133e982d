package canon

import (
	"testing"

	"pgregory.net/rapid"
)

// TestPlainEmail holds the short way against the long one.
func TestPlainEmail(t *testing.T) {
	plain := 0
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.StringMatching(`[aZ0._+-]{0,4}@[aZ0.-]{0,6}\.(de|com|0|x)`),
			rapid.StringMatching(`[aZäß.< "(]{0,3}[a-z]{1,3}@[a-z]{1,3}(\.[a-z-]{1,3}){0,2}[.>)ä]{0,1}`),
			rapid.StringMatching(`[a-z]{60,66}@[a-z]{60,66}\.[a-z]{60,66}\.de`),
		).Draw(t, "address")
		short, ok := plainEmail(s)
		if !ok {
			return
		}
		plain++
		if long, err := readEmail(s); err != nil || short != long {
			t.Fatalf("%q: got %+v, want %+v, %v", s, short, long, err)
		}
	})
	if plain == 0 {
		t.Error("no address was plain")
	}
}
