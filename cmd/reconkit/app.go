package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/retry"
	"github.com/reconkit/reconkit/pipeline/state"
	"github.com/reconkit/reconkit/sinks"
	"github.com/reconkit/reconkit/sources"
)

// app is one run of the program.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) (string, bool)
	program        string // how it is called in a shell; "": by its name

	logFormat string
	verbose   bool
	vars      []string
	statePath string
	batchRows int

	recipients, identities []string // of encrypted plans

	typed    typed // the command that runs
	log      *slog.Logger
	progress *progress

	mu      sync.Mutex
	store   *state.Store
	boxes   map[string]dsl.Endpoint // sandboxes that are open, by kind and file
	budgets map[budgetOf]retry.Budget
	opened  []io.Closer // closed at the end, the last first
}

// command builds the command line.
func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "reconkit",
		Short: "Reconcile contacts between systems: plan, review, apply",
		Long: `reconkit reads contacts from Sonderplan, CSV and Parquet, maps and validates
them as a YAML pipeline says, joins duplicates, and shows what would change in
the target. Only a plan that was shown is applied.`,
		Example: `  reconkit validate pipeline.yaml
  reconkit plan pipeline.yaml -o today.rkplan
  reconkit apply today.rkplan`,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(c *cobra.Command, args []string) error {
			a.typed = typedOf(c, args)
			if err := checkDashes(c); err != nil {
				return err
			}
			if err := a.checkForms(c, args); err != nil {
				return err
			}
			return a.start()
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.logFormat, "log-format", "text", "form of the log on standard error: text or json")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "log what is being done")
	root.AddCommand(a.validateCommand(), a.planCommand(), a.showCommand(), a.applyCommand(), a.exportCommand(), a.explainCommand(), a.matchCommand(), a.testCommand(), a.previewCommand(), a.functionsCommand(), a.initCommand(), a.schemaCommand(), a.stateCommand(), a.historyCommand(), a.undoCommand(), a.sandboxCommand(), a.versionCommand())
	helpExits(root)
	helpUsage(root)
	return root
}

// start makes the logger once the flags are known.
func (a *app) start() error {
	level := slog.LevelWarn
	if a.verbose {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	switch a.logFormat {
	case "text":
		a.log = slog.New(slog.NewTextHandler(a.stderr, options))
	case "json":
		a.log = slog.New(slog.NewJSONHandler(a.stderr, options))
	default:
		return fmt.Errorf("--log-format is text or json, not %q", a.logFormat)
	}
	a.progress = newProgress(a.stderr, time.Now, a.say)
	return nil
}

// say tells on standard error what nobody asked for, in the form of the log.
func (a *app) say(line string) {
	if a.logFormat == "json" {
		a.log.Warn(line)
		return
	}
	fmt.Fprintln(a.stderr, line)
}

// pipelineFlags are those of every command that loads a pipeline.
func (a *app) pipelineFlags(c *cobra.Command) {
	c.Flags().StringArrayVar(&a.vars, "var", nil, "replace a var of the pipeline: NAME=VALUE; may be given often")
	c.Flags().IntVar(&a.batchRows, "batch-rows", 0, "rows that are read and mapped at a time; the result does not depend on it")
}

// registry holds everything that is shipped.
func registry() (*dsl.Registry, error) {
	r := dsl.NewRegistry()
	return r, errors.Join(sources.Register(r), sinks.Register(r))
}

// host is what the program provides to a pipeline.
func (a *app) host() (dsl.Host, error) {
	if a.batchRows < 0 {
		return dsl.Host{}, fmt.Errorf("--batch-rows is a number of rows from 1 on, not %d", a.batchRows)
	}
	vars := map[string]string{}
	for _, v := range a.vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok {
			return dsl.Host{}, fmt.Errorf("--var %s: write NAME=VALUE", v)
		}
		vars[name] = value
	}
	return dsl.Host{Getenv: a.getenv, ReadFile: os.ReadFile, Connect: a.connect, Now: time.Now, Log: a.log, Stdin: a.stdin,
		Vars: vars, BatchRows: a.batchRows}, nil
}

// load reads a pipeline; its warnings are printed.
func (a *app) load(ctx context.Context, path string, change func(*dsl.Host)) (*pipeline.Pipeline, diag.List, error) {
	reg, err := registry()
	if err != nil {
		return nil, nil, err
	}
	host, err := a.host()
	if err != nil {
		return nil, nil, err
	}
	change(&host)
	if !host.Offline && a.statePath == "" {
		a.statePath = filepath.Join(filepath.Dir(path), stateDefault)
	}
	p, found := dsl.Load(ctx, path, reg, host)
	return p, found, found.Err()
}

// stateDefault is where the memory of a pipeline is, from its folder.
const stateDefault = ".reconkit/state.db"

// statePlace is where the memory of a pipeline is: as the pipeline says, from
// its folder.
func statePlace(dir, named string) string {
	switch {
	case named == "":
		return filepath.Join(dir, stateDefault)
	case filepath.IsAbs(named):
		return named
	default:
		return filepath.Join(dir, named)
	}
}

// state opens the memory of the run, once.
func (a *app) state(ctx context.Context) (*state.Store, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.store != nil {
		return a.store, nil
	}
	if err := a.checkForm("state", a.statePath, formState, "a state file"); err != nil {
		return nil, err
	}
	s, err := state.Open(ctx, a.statePath)
	if err != nil {
		return nil, err
	}
	a.store = s
	a.opened = append(a.opened, s)
	return s, nil
}

// close closes what was opened, the last first.
func (a *app) close() error {
	if a.progress != nil {
		a.progress.end()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var errs []error
	for i := len(a.opened) - 1; i >= 0; i-- {
		errs = append(errs, a.opened[i].Close())
	}
	a.opened = nil
	return errors.Join(errs...)
}

// colour reports whether output to w may be coloured.
func (a *app) colour(w io.Writer) bool {
	if no, ok := a.getenv("NO_COLOR"); ok && no != "" {
		return false
	}
	return terminal(w)
}

// terminal reports whether w is a terminal.
func terminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	return isatty.IsTerminal(f.Fd())
}

// runName names an apply: when it began, and something that no other has.
func runName(now time.Time) (string, error) {
	b := make([]byte, 4)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return now.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(b), nil
}
