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

// Who goes on with a part of a plan by the command that is shown goes on with that
// part alone.
func TestResumeCommandKeepsThePart(t *testing.T) {
	a := &app{identities: []string{"my key.txt"}}
	got := a.resumeCommand("today.rkplan", applyFlags{decisions: "yes.json", where: `action == "update"`})
	want := `reconkit apply today.rkplan --resume --decisions yes.json --target-where 'action == "update"' --identity 'my key.txt'`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
