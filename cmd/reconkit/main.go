// Command reconkit reconciles contacts: it reads sources, maps and matches
// their rows, shows what would change in a target as a plan, and applies plans.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/state"
)

// version is set when a release is built, with -ldflags -X main.version=...
var version = "dev"

// The exit codes. They are part of the interface of the program.
const (
	exitOK          = 0
	exitError       = 1
	exitChanges     = 2   // the plan has changes (--detailed-exitcode)
	exitBlocked     = 3   // rows are blocked, or a person must decide
	exitStale       = 4   // the plan is stale, or for another target
	exitLimit       = 5   // a limit or policy stopped it
	exitPartial     = 6   // applied in part; resume is possible
	exitLeased      = 7   // another apply holds the lease of the target
	exitInterrupted = 130 // interrupted a second time
)

func main() {
	a := &app{program: programName(os.Args[0], os.Getenv("GOCACHE")), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.LookupEnv}
	os.Exit(a.main(os.Args[1:]))
}

// sameInterrupt is how long after the first interrupt another one is the same: timeout and
// other programs that end a command signal it, and once more the group that it is in.
const sameInterrupt = time.Second

// awaitSecond returns once somebody interrupts a second time, later than what is the same.
func awaitSecond(signals <-chan os.Signal, sinceFirst func() time.Duration) {
	for range signals {
		if sinceFirst() >= sameInterrupt {
			return
		}
	}
}

// main runs one command line and returns the exit code. The first interrupt
// ends the work in good order; a second one ends the process.
func (a *app) main(args []string) int {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	signals := make(chan os.Signal, 2) // the first ends in good order, the second at once
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	go func() {
		select {
		case <-ctx.Done():
		case s := <-signals:
			fmt.Fprintln(a.stderr, "reconkit: stopping after what is under way; interrupt again to stop at once")
			stop(fmt.Errorf("interrupted by %s", s))
			first := time.Now()
			awaitSecond(signals, func() time.Duration { return time.Since(first) })
			os.Exit(exitInterrupted)
		}
	}()
	root := a.command()
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	err = errors.Join(err, a.close())
	return a.report(a.explained(err))
}

// explained adds to an error which file is damaged where the memory is, and what to do:
// SQLite says neither.
func (a *app) explained(err error) error {
	if a.statePath == "" || !state.Damaged(err) {
		return err
	}
	sent := "; nothing was sent to a target"
	if exitCode(err) == exitPartial {
		sent = ""
	}
	return fmt.Errorf("%w; the state %s is damaged%s; %s says what to do", err, diag.Printable(a.statePath), sent, a.commandOf("reconkit state check").with("state", filepath.ToSlash(a.statePath)))
}

// codeError is an error with an exit code of its own. An empty message prints
// nothing.
type codeError struct {
	code int
	err  error
}

func (e *codeError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *codeError) Unwrap() error { return e.err }

// report prints an error and returns the exit code that it stands for.
func (a *app) report(err error) int {
	if err == nil {
		return exitOK
	}
	a.complain(err)
	return exitCode(err)
}

// complain prints an error for a person.
func (a *app) complain(err error) {
	var list *diag.ListError
	switch {
	case errors.As(err, &list):
		// Diagnostics bring their own places.
		fmt.Fprint(a.stderr, list.List.Text())
	case err.Error() != "":
		fmt.Fprintln(a.stderr, "reconkit: "+printableLines(strings.TrimSpace(err.Error())))
	}
}

// printableLines makes text harmless on a terminal, whatever names of files it
// quotes, but keeps its lines and their indent.
func printableLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		words := strings.TrimLeft(line, "\t")
		lines[i] = line[:len(line)-len(words)] + diag.Printable(words)
	}
	return strings.Join(lines, "\n")
}

func exitCode(err error) int {
	var coded *codeError
	var stale *pipeline.StaleError
	var file *pipeline.PlanFileError
	var approvals *pipeline.ApprovalsError
	var limit *pipeline.LimitError
	var held *pipeline.LeaseHeldError
	switch {
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &stale), errors.As(err, &file), errors.As(err, &approvals):
		return exitStale
	case errors.As(err, &limit):
		return exitLimit
	case errors.As(err, &held):
		return exitLeased
	case errors.Is(err, pipeline.ErrInterrupted):
		return exitPartial
	default:
		return exitError
	}
}
