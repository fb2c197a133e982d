// Command embed is a program that contains reconkit: it makes a registry,
// registers what is shipped, loads a pipeline, plans, shows the plan and
// applies it. Both servers are emulators in memory, so that it runs anywhere.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/pipeline/review"
	"github.com/reconkit/reconkit/pipeline/state"
	"github.com/reconkit/reconkit/sinks"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
	"github.com/reconkit/reconkit/sources"
	"github.com/reconkit/reconkit/sources/sonderplan/sonderplantest"
)

//go:embed pipeline.yaml
var text []byte

func main() {
	if err := run(context.Background(), os.Stdout, time.Now); err != nil {
		fmt.Fprintln(os.Stderr, "embed:", err)
		os.Exit(1)
	}
}

// run is the six calls. Everything that a pipeline must not reach for by
// itself is handed in: the clock, the environment, the way to each server and
// the memory.
func run(ctx context.Context, out io.Writer, now func() time.Time) (err error) {
	w, err := newWorld(now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()

	registry := dsl.NewRegistry()                                                             // 1: make a registry
	if err := errors.Join(sources.Register(registry), sinks.Register(registry)); err != nil { // 2: register
		return err
	}
	host := dsl.Host{Getenv: w.getenv, Connect: w.connect, Now: now}
	p, found := dsl.LoadText(ctx, "pipeline.yaml", text, registry, host) // 3: load
	if err := found.Err(); err != nil {
		return err
	}
	plan, err := p.Plan(ctx, pipeline.Options{Now: now(), Links: w.memory, Ledger: w.memory}) // 4: plan
	if err != nil {
		return err
	}
	if err := review.Text(out, plan, review.Options{}); err != nil { // 5: show
		return err
	}
	result, err := pipeline.Apply(ctx, plan, pipeline.ApplyOptions{ // 6: apply
		Run: "run-1", Holder: "embed", Now: now, State: w.memory,
		Open: func(ctx context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
			return dsl.OpenTarget(ctx, registry, host, b)
		},
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(out)
	return review.ResultText(out, plan, result, review.Options{})
}

// world is what surrounds the pipeline here: two emulators and a memory.
type world struct {
	dir        string
	memory     *state.Store
	sonderplan *sonderplantest.Server
	plandocket *plandockettest.Server
}

func newWorld(now func() time.Time) (*world, error) {
	w := &world{}
	var err error
	if w.sonderplan, err = sonderplantest.New(sonderplantest.Options{Now: now}); err != nil {
		return nil, err
	}
	if w.plandocket, err = plandockettest.New(plandockettest.Options{Now: now}); err != nil {
		return nil, err
	}
	if w.dir, err = os.MkdirTemp("", "embed-"); err != nil {
		return nil, err
	}
	if w.memory, err = state.Open(context.Background(), filepath.Join(w.dir, "state.db")); err != nil {
		return nil, err
	}
	return w, w.fill()
}

func (w *world) fill() error {
	_, err := w.sonderplan.Add(
		sonderplantest.Contact{Type: sonderplantest.Person, Name: "Dr. Anna von der Heide", Email1: "anna@heide.example", Country: "Deutschland"},
		sonderplantest.Contact{Type: sonderplantest.Person, Name: "Brandt, Felix", Email1: "Felix@Studio-Brandt.example", Country: "Österreich"},
		sonderplantest.Contact{Type: sonderplantest.Person, Name: "Nobody Reachable"},
	)
	if err != nil {
		return err
	}
	_, err = w.plandocket.Add(plandockettest.Contact{Email: "felix@studio-brandt.example", FirstName: "Felix"})
	return err
}

// getenv stands for the environment of the program.
func (w *world) getenv(name string) (string, bool) {
	value, ok := map[string]string{"SONDERPLAN_TOKEN": sonderplantest.DefaultToken, "PLANDOCKET_API_KEY": plandockettest.DefaultKey}[name]
	return value, ok
}

// connect leads to the emulators. A real program returns a client whose
// transport is made by pipeline/retry, which keeps the rate and repeats what
// may be repeated.
func (w *world) connect(_ context.Context, r dsl.ConnectRequest) (dsl.Endpoint, error) {
	handlers := map[string]http.Handler{"sonderplan": w.sonderplan.Handler(), "plandocket": w.plandocket.Handler()}
	h, ok := handlers[r.Type]
	if !ok {
		return dsl.Endpoint{}, fmt.Errorf("there is no way to a %s here", r.Type)
	}
	return dsl.Endpoint{URL: r.BaseURL, Client: &http.Client{Transport: faults.Transport(h)}}, nil
}

func (w *world) close() error {
	return errors.Join(w.memory.Close(), w.sonderplan.Close(), w.plandocket.Close(), os.RemoveAll(w.dir))
}
