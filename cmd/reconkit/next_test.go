package main

import (
	"io"
	"testing"
)

// typedAs is what a command line looks like to the command that it runs.
func typedAs(t *testing.T, args ...string) typed {
	t.Helper()
	a := &app{stdout: io.Discard, stderr: io.Discard}
	c, rest, err := a.command().Find(args)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ParseFlags(rest); err != nil {
		t.Fatal(err)
	}
	return typedOf(c, c.Flags().Args())
}

// A command that is shown has every flag that was typed and matters, each in a form
// that a shell takes apart again into the same words.
func TestShownCommandsKeepWhatWasTyped(t *testing.T) {
	tests := []struct {
		name  string
		typed []string
		want  string
	}{
		{"a part", []string{"apply", "today.rkplan", "--decisions", "yes.json", "--target-where", `action == "update"`, "--identity", "my key.txt", "--identity", "b.txt", "-y", "--max-duration", "2h", "--state", "s.db"},
			`reconkit apply today.rkplan --decisions yes.json --identity 'my key.txt' --identity b.txt --max-duration 2h0m0s --state s.db --target-where 'action == "update"' --yes`},
		{"vars", []string{"plan", "p.yaml", "--var", "a=1", "--var", "b=x y", "--detailed-exitcode", "--format", "json", "--all", "-v", "--relearn"}, `reconkit plan p.yaml --relearn --var a=1 --var 'b=x y'`},
		{"a place that looks like a flag", []string{"undo", "--delete-created", "--state", "it's.db", "--", "-run"}, `reconkit undo ./-run --delete-created --state 'it'\''s.db'`},
		{"a switch turned off", []string{"plan", "p.yaml", "--first-run=false"}, `reconkit plan p.yaml --first-run=false`},
		{"a value that looks like a flag", []string{"show", "p.rkplan", "--where=-1 < 0"}, `reconkit show p.rkplan --where='-1 < 0'`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			typed := typedAs(t, tt.typed...)
			if got := (&app{}).commandOf(typed.path, typed.args...).from(typed, but()).String(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
