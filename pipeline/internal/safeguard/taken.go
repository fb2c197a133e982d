//go:build safeguards

package safeguard

// without is the safeguard that is taken away, set by the linker.
var without string

// On reports whether a safeguard is in place.
func On(n Name) bool { return string(n) != without }
