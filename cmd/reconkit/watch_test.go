package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// sharedBuffer may be written and read by two goroutines.
type sharedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *sharedBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *sharedBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// watching is an app that watches files, driven by ticks.
type watching struct {
	out, errs sharedBuffer
	ticks     chan time.Time
	ran       chan struct{}
	done      chan error
	stop      context.CancelFunc
}

func watch(t *testing.T, files func() []string, run func(n int) error) *watching {
	t.Helper()
	w := &watching{ticks: make(chan time.Time), ran: make(chan struct{}, 100), done: make(chan error, 1)}
	a := &app{stdout: &w.out, stderr: &w.errs, progress: newProgress(&w.errs, time.Now, nil)}
	ctx, stop := context.WithCancel(t.Context())
	w.stop = stop
	n := 0
	go func() {
		w.done <- a.watchTicks(ctx, w.ticks, files, func() error {
			n++
			err := run(n)
			w.ran <- struct{}{}
			return err
		})
	}()
	t.Cleanup(stop)
	return w
}

// tick lets it look at the files, and returns when what that caused is done.
func (w *watching) tick() {
	w.ticks <- time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	synctest.Wait()
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWatchRunsAgainWhenAFileChanges(t *testing.T) {
	synctest.Test(t, runsAgainWhenAFileChanges)
}

func runsAgainWhenAFileChanges(t *testing.T) {
	dir := t.TempDir()
	one, glob := filepath.Join(dir, "p.yaml"), filepath.Join(dir, "data-*.csv")
	write(t, one, "a")
	w := watch(t, func() []string { return []string{one, glob} }, func(n int) error {
		if n == 2 {
			return errors.New("the file is broken at the moment")
		}
		return nil
	})
	w.tick()
	w.tick() // nothing changed
	if got := len(w.ran); got != 1 {
		t.Fatalf("%d runs without a change", got)
	}
	write(t, one, "longer")
	w.tick()
	w.tick()
	if got := len(w.ran); got != 2 || !strings.Contains(w.errs.String(), "reconkit: the file is broken at the moment\n") {
		t.Fatalf("%d runs after a change: %s", got, w.errs.String())
	}
	write(t, filepath.Join(dir, "data-1.csv"), "x") // a file that a glob takes in
	w.tick()
	w.tick()
	if err := os.Remove(one); err != nil {
		t.Fatal(err)
	}
	w.tick()
	w.tick()
	if got := len(w.ran); got != 4 {
		t.Fatalf("%d runs after a new and a removed file", got)
	}
	w.stop()
	if err := <-w.done; err != nil {
		t.Errorf("it ended with %v", err)
	}
	if got := w.out.String(); strings.Count(got, "\n---- 2026-03-01 12:00:00 ----\n") != 3 || strings.Contains(got, "\x1b") {
		t.Errorf("it printed %q", got)
	}
}

// A change during a run is seen at the next tick, and an interrupt during a run
// is no error.
func TestWatchMissesNothingAndEndsWell(t *testing.T) {
	synctest.Test(t, missesNothingAndEndsWell)
}

func missesNothingAndEndsWell(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.yaml")
	write(t, path, "a")
	started := make(chan struct{})
	var w *watching
	w = watch(t, func() []string { return []string{path} }, func(n int) error {
		<-started
		if n == 1 {
			return os.WriteFile(path, []byte("changed"), 0o600)
		}
		w.stop()
		return context.Canceled
	})
	close(started)
	w.tick()
	if err := <-w.done; err != nil {
		t.Errorf("it ended with %v", err)
	}
	if len(w.ran) != 2 || w.errs.String() != "" {
		t.Errorf("%d runs, %q", len(w.ran), w.errs.String())
	}
}
