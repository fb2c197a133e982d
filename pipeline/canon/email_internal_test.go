package canon

import (
	"testing"

	"pgregory.net/rapid"
)

// A plain host is what IDNA makes of it.
func TestPlainHost(t *testing.T) {
	hosts := rapid.OneOf(
		rapid.StringMatching(`[a-zA-Z0-9-]{1,5}(\.[a-zA-Z0-9-]{1,5}){0,3}`),
		rapid.StringMatching(`[a-z]{1,70}(\.xn--[a-z0-9]{1,5}){0,1}\.(de|com)`),
		rapid.StringMatching(`[a-z0-9.-]{0,12}`),
		rapid.String(),
	)
	plain := 0
	rapid.Check(t, func(t *rapid.T) {
		host := hosts.Draw(t, "host")
		name, ok := plainHost(host)
		if !ok {
			return
		}
		plain++
		if want, err := idnaHost(host); err != nil || name != want {
			t.Errorf("%q is %q, want %q, %v", host, name, want, err)
		}
	})
	if plain == 0 {
		t.Error("no host was plain")
	}
}
