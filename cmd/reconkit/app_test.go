package main

import (
	"testing"

	"github.com/reconkit/reconkit/pipeline/retry"
)

// Commands share the place of the memory. The default of one, set when its flag
// is made, would take the memory of a pipeline away from all others.
func TestNoCommandPresetsTheMemory(t *testing.T) {
	a := &app{}
	a.command()
	if a.statePath != "" {
		t.Errorf("the commands begin with the memory %q", a.statePath)
	}
}

// Each target of a plan has its own connection; those to one server share what may
// leave in an hour, also by the clock that does not jump.
func TestConnectionsToOneServerShareABudget(t *testing.T) {
	a := &app{}
	budget := func(base string, perHour int) retry.Budget {
		t.Helper()
		b, err := a.budget(budgetName(base), perHour)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	one := budget("https://a.example/api", 10)
	if budget("https://a.example/api/v1", 10) != one {
		t.Error("two connections to one server have two budgets")
	}
	if budget("https://b.example/api", 10) == one || budget("https://a.example", 20) == one {
		t.Error("another server, or another limit, has the same budget")
	}
}
