package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// exitMeaning is what one exit code of a command says.
type exitMeaning struct {
	code  int
	means string
}

// commandExits are the exit codes of a command in rising order.
type commandExits struct {
	command string
	codes   []exitMeaning
}

// everyCommand are the exit codes that all commands have.
func everyCommand() []exitMeaning {
	return []exitMeaning{
		{exitOK, "done; or Ctrl-C ended what runs until then (sandbox, --watch)"},
		{exitError, "an error, which is on standard error; or stopped by Ctrl-C or SIGTERM"},
		{exitInterrupted, "stopped at once by a second Ctrl-C or SIGTERM, a second or more after the first"},
	}
}

// exitTable are the exit codes of the commands whose codes say more than those
// of every command. Help and docs/exit-codes.md are made from it.
func exitTable() []commandExits {
	return []commandExits{
		{"validate", []exitMeaning{
			{exitOK, "nothing is wrong, or warnings and notes alone"},
			{exitError, "a file has errors"},
		}},
		{"test", []exitMeaning{
			{exitOK, "all tests pass, or there are none"},
			{exitError, "a test fails, a file is not valid, or --run names no test"},
		}},
		{"plan", []exitMeaning{
			{exitOK, "the plan was made"},
			{exitError, "an error; no plan was made"},
			{exitChanges, "with --detailed-exitcode: the plan has changes"},
			{exitBlocked, "with --detailed-exitcode: rows are blocked, or a person must decide"},
			{exitStale, "of redact: the file is not a plan, is damaged, or is of another version"},
			{exitLimit, "a limit of a sink or max_rejected stopped it; the plan is not kept"},
		}},
		{"show", []exitMeaning{
			{exitOK, "the plan was shown"},
			{exitError, "the file cannot be read, or --where asks for what the plan does not have"},
			{exitStale, "the file is not a plan, is damaged, or is of another version"},
		}},
		{"apply", []exitMeaning{
			{exitOK, "all done (each row is verified, already, or unverified: shown in a form of the target, or deleted from a list that is not proven to be whole), or nothing to do"},
			{exitError, "an error, before anything was written"},
			{exitBlocked, "all was written that could be, and rows were blocked, drifted or refused, are not shown by the target (unseen), or took the place of what somebody else changed at that moment; or nothing is decided in the approvals yet"},
			{exitStale, "the plan is stale, damaged, or for another target, or the approvals are not about it; nothing was written"},
			{exitPartial, "applied in part, or stopped before anything was written; go on with --resume"},
			{exitLeased, "another apply holds the lease of the target; nothing was written"},
		}},
		{"export", []exitMeaning{
			{exitOK, "the file was written"},
			{exitError, "an error; no file was written"},
			{exitLimit, "max_rejected stopped it; rejected rows alone were kept"},
		}},
		{"explain", []exitMeaning{
			{exitOK, "the row was told"},
			{exitError, "an error, or there is no such row"},
			{exitStale, "the file of --plan is not a plan, is damaged, or is of another version"},
		}},
		{"undo", []exitMeaning{
			{exitOK, "the plan was made"},
			{exitError, "an error, or there is no such run"},
			{exitChanges, "with --detailed-exitcode: the plan has changes"},
			{exitBlocked, "with --detailed-exitcode: something is left alone"},
			{exitLimit, "a limit of the sink stopped it; the plan is not kept"},
		}},
		{"state", []exitMeaning{
			{exitOK, "done; of check: the memory is whole, though there may be warnings"},
			{exitError, "an error; of check: the memory is not fit for use; of any: there is none"},
			{exitBlocked, "of forget: something is left, such as an encrypted plan"},
			{exitLeased, "of compact and forget: an apply is at work; nothing was changed"},
		}},
		{"match", []exitMeaning{
			{exitOK, "done"},
			{exitError, "an error; of review --answers: the answers were refused, and nothing was written"},
			{exitBlocked, "of review with --detailed-exitcode: there are open questions"},
		}},
	}
}

// tellExits adds the exit codes to the help of a command and of those below it: its own,
// those of the command that it is below, or those of every command.
func tellExits(c *cobra.Command, codes []exitMeaning) {
	for _, e := range exitTable() {
		if e.command == c.Name() && !c.Parent().HasParent() {
			codes = e.codes
		}
	}
	long := c.Long
	if long == "" {
		long = c.Short + "."
	}
	c.Long = strings.TrimRight(long, "\n") + "\n\nExit codes (all: reconkit help exit-codes, docs/exit-codes.md):\n" + exitLines(codes)
	for _, sub := range c.Commands() {
		tellExits(sub, codes)
	}
}

// helpExits adds the exit codes to the help of every command, and a page of all of them.
func helpExits(root *cobra.Command) {
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			tellExits(c, everyCommand())
		}
	}
	var b strings.Builder
	b.WriteString("The exit codes are part of the interface of the program. They mean the same\neverywhere; the commands below say more of theirs.\n\nevery command\n")
	b.WriteString(exitLines(everyCommand()))
	for _, e := range exitTable() {
		fmt.Fprintf(&b, "\n%s\n%s", e.command, exitLines(e.codes))
	}
	root.AddCommand(&cobra.Command{Use: "exit-codes", Short: "What the exit codes of the commands mean", Long: strings.TrimRight(b.String(), "\n")})
}

func exitLines(codes []exitMeaning) string {
	var b strings.Builder
	for _, c := range codes {
		fmt.Fprintf(&b, "  %3d  %s\n", c.code, c.means)
	}
	return b.String()
}

// exitMarkdown is the table of docs/exit-codes.md.
func exitMarkdown() string {
	var b strings.Builder
	b.WriteString("| command | code | means |\n|---|---|---|\n")
	for _, e := range append([]commandExits{{"every command", everyCommand()}}, exitTable()...) {
		name := e.command
		if name != "every command" {
			name = "`" + name + "`"
		}
		for _, c := range e.codes {
			fmt.Fprintf(&b, "| %s | %d | %s |\n", name, c.code, c.means)
			name = ""
		}
	}
	return b.String()
}
