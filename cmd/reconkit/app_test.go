package main

import "testing"

// Commands share the place of the memory. The default of one, set when its flag
// is made, would take the memory of a pipeline away from all others.
func TestNoCommandPresetsTheMemory(t *testing.T) {
	a := &app{}
	a.command()
	if a.statePath != "" {
		t.Errorf("the commands begin with the memory %q", a.statePath)
	}
}
