package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/pipeline"
)

// everyCommandOf are a command and those below it that do something.
func everyCommandOf(c *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	if c.Runnable() || c.HasSubCommands() {
		all = append(all, c)
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" && sub.Name() != "completion" {
			all = append(all, everyCommandOf(sub)...)
		}
	}
	return all
}

// shellWords lets a shell take a line apart, as a person would who copies it. It
// returns the words behind reconkit; what stands behind a pipe is not run.
func shellWords(t *testing.T, line string) []string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "words")
	c := exec.Command("sh", "-c", `reconkit() { printf '%s\0' "$@" > "$OUT"; }; jq() { cat >/dev/null; }
`+line)
	c.Dir, c.Env = t.TempDir(), append(os.Environ(), "OUT="+out)
	if text, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", line, err, text)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatalf("%s: it does not call reconkit: %v", line, err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
}

// Every command shows examples, and each of them is a command line that the program
// takes: its command, flags, values and number of arguments.
func TestExamplesOfTheHelpAreTaken(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs sh")
	}
	seen := 0
	for _, c := range everyCommandOf((&app{}).command()) {
		if c.Example == "" {
			if c.Runnable() && c.Name() != "version" {
				t.Errorf("%s shows no example", c.CommandPath())
			}
			continue
		}
		own := false
		for _, line := range strings.Split(c.Example, "\n") {
			line = strings.TrimSpace(line)
			words := shellWords(t, line)
			seen++
			a := &app{stdout: io.Discard, stderr: io.Discard}
			taken, rest, err := a.command().Find(words)
			if err != nil {
				t.Errorf("%s: %q: %v", c.CommandPath(), line, err)
				continue
			}
			own = own || taken.CommandPath() == c.CommandPath() || strings.HasPrefix(taken.CommandPath(), c.CommandPath()+" ")
			if err := taken.ParseFlags(rest); err != nil {
				t.Errorf("%s: %q: %v", c.CommandPath(), line, err)
				continue
			}
			for _, err := range []error{taken.ValidateArgs(taken.Flags().Args()), taken.ValidateRequiredFlags(), taken.ValidateFlagGroups(), whereTaken(taken)} {
				if err != nil {
					t.Errorf("%s: %q: %v", c.CommandPath(), line, err)
				}
			}
		}
		if !own {
			t.Errorf("%s: no example is one of its own", c.CommandPath())
		}
	}
	if seen == 0 {
		t.Error("there are no examples")
	}
}

// Every command names its exit codes.
func TestHelpNamesExitCodes(t *testing.T) {
	root := (&app{}).command()
	for _, c := range everyCommandOf(root) {
		if c != root && c.Name() != "exit-codes" && !strings.Contains(c.Long, "Exit codes (all: reconkit help exit-codes") {
			t.Errorf("%s --help names no exit codes", c.CommandPath())
		}
	}
}

// whereTaken compiles the expression over changes of a command line, if it has one.
func whereTaken(c *cobra.Command) error {
	for _, name := range []string{"where", "target-where"} {
		f := c.Flags().Lookup(name)
		if f == nil || f.Value.String() == "" {
			continue
		}
		p := &pipeline.Plan{Changes: []pipeline.Change{{Action: pipeline.Create, Fields: []pipeline.FieldChange{{Field: "country", After: pipeline.StringValue("DE")}}}}}
		if _, _, err := changesWhere(p, "--"+name, f.Value.String()); err != nil {
			return err
		}
	}
	return nil
}

// The flags that every page and message names are there.
func TestFlagsThatWereAskedFor(t *testing.T) {
	root := (&app{}).command()
	for _, line := range []string{"plan approve-out", "plan encrypt-to", "plan valid-for", "show approve-out", "show where", "apply decisions", "apply approvals", "apply target-where", "apply max-duration", "undo delete-created"} {
		name, flag, _ := strings.Cut(line, " ")
		c, _, err := root.Find([]string{name})
		if err != nil || c.Flags().Lookup(flag) == nil {
			t.Errorf("%s has no --%s: %v", name, flag, err)
		}
	}
}
