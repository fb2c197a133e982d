//go:build !safeguards

package safeguard

// On reports whether a safeguard is in place.
func On(Name) bool { return true }
