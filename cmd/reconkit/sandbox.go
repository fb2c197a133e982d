package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/pipeline/retry"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
	"github.com/reconkit/reconkit/sources/sonderplan/sonderplantest"
)

// emulator is what both emulators are to the program.
type emulator interface {
	Handler() http.Handler
	Close() error
}

// The kinds of sandboxes.
const (
	kindPlanDocket = "plandocket"
	kindSonderplan = "sonderplan"
)

// The size of a sandbox that nobody seeded.
const (
	sandboxContacts      = 200
	sandboxPeople        = 120
	sandboxOrganizations = 20
	sandboxSeed          = 1
)

// sandbox opens the emulator of a kind with its state in a file, once, and
// serves it in memory. A state that is not there is made.
func (a *app) sandbox(ctx context.Context, kind, path string) (dsl.Endpoint, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := kind + "\x00" + path
	if at, ok := a.boxes[key]; ok {
		return at, nil
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := makeSandbox(ctx, kind, path); err != nil {
			return dsl.Endpoint{}, fmt.Errorf("make the sandbox %s: %w", path, err)
		}
		fmt.Fprintf(a.stderr, "made a sandbox of %s in %s; nothing leaves this machine\n", kind, path)
	}
	if form := formOf(path); form != formUnknown && form != formState {
		return dsl.Endpoint{}, fmt.Errorf("open the sandbox %s: that is %s; name a file that a sandbox has made, or one that is not there yet", path, form)
	}
	e, err := openEmulator(kind, path, time.Now)
	if err != nil {
		return dsl.Endpoint{}, fmt.Errorf("open the sandbox %s: %v", path, err) // not wrapped: it is not the state that is damaged
	}
	a.opened = append(a.opened, e)
	name := "/" + url.PathEscape(filepath.Base(path))
	at := dsl.Endpoint{URL: sandboxURL(kind, path), Client: sandboxClient(http.StripPrefix(name, e.Handler())), Credentials: true}
	if a.boxes == nil {
		a.boxes = map[string]dsl.Endpoint{}
	}
	a.boxes[key] = at
	return at, nil
}

// sandboxURL is the address of the sandbox of a file.
func sandboxURL(kind, path string) string {
	return "http://" + kind + ".sandbox/" + url.PathEscape(filepath.Base(path))
}

// openEmulator opens the emulator of a kind with its state in a file.
func openEmulator(kind, path string, now func() time.Time) (emulator, error) {
	switch kind {
	case kindPlanDocket:
		return plandockettest.New(plandockettest.Options{Path: path, Now: now})
	case kindSonderplan:
		return sonderplantest.New(sonderplantest.Options{Path: path, Now: now})
	default:
		return nil, fmt.Errorf("there is no sandbox of %q", kind)
	}
}

// sandboxClient reaches an emulator in memory, with its own credentials. As over the
// network, a write that has begun is finished though its context ends.
func sandboxClient(h http.Handler) *http.Client {
	inner := faults.Transport(h)
	return &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		ctx := r.Context()
		if err := ctx.Err(); err != nil {
			return nil, &retry.NotSentError{Err: err}
		}
		if r.Method != http.MethodGet {
			ctx = context.WithoutCancel(ctx)
		}
		r = r.Clone(ctx)
		r.Header.Set("Authorization", "Bearer "+sonderplantest.DefaultToken)
		return inner.RoundTrip(r)
	})}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// makeSandbox makes the state of a sandbox beside its place and moves it there
// when it is whole. Records come from NAME.seed.json beside NAME.db when that
// file is there; otherwise they are invented.
func makeSandbox(ctx context.Context, kind, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	half := path + ".half-made"
	if err := os.RemoveAll(half); err != nil {
		return err
	}
	e, err := openEmulator(kind, half, seedClock())
	if err != nil {
		return err
	}
	if err := errors.Join(fillSandbox(ctx, kind, path, e), e.Close()); err != nil {
		return errors.Join(err, os.Remove(half))
	}
	return os.Rename(half, path)
}

// seedClock is the clock while a sandbox is filled: a minute passes each time
// it is read, so that records differ in when they were made.
func seedClock() func() time.Time {
	at := sonderplantest.Epoch()
	return func() time.Time {
		at = at.Add(time.Minute)
		return at
	}
}

type sandboxFlags struct {
	dir, sonderplan, plandocket string
}

func (a *app) sandboxCommand() *cobra.Command {
	var f sandboxFlags
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Run emulators of Sonderplan and PlanDocket on this machine",
		Long: `sandbox serves both emulators on loopback until it is interrupted. Their state
is in --dir and survives; without --dir it is gone at the end. The records are
invented, or come from sonderplan.seed.json and plandocket.seed.json in --dir, whose
form docs/sandbox.md tells.`,
		Example: `  reconkit sandbox --dir ./sandbox
  reconkit sandbox --plandocket 127.0.0.1:8802`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runSandbox(cmd.Context(), f) },
	}
	c.Flags().StringVar(&f.dir, "dir", "", "folder of the state: of sonderplan.db and plandocket.db, and of no file of another name")
	c.Flags().StringVar(&f.sonderplan, "sonderplan", "127.0.0.1:8801", "address of Sonderplan; loopback only")
	c.Flags().StringVar(&f.plandocket, "plandocket", "127.0.0.1:8802", "address of PlanDocket; loopback only")
	return c
}

func (a *app) runSandbox(ctx context.Context, f sandboxFlags) error {
	dir := f.dir
	if dir == "" {
		temp, err := os.MkdirTemp("", "reconkit-sandbox-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temp)
		dir = temp
	}
	ended := make(chan error)
	var servers []*http.Server
	var failed error
	for _, box := range []struct{ kind, address, variable, secret string }{
		{kindSonderplan, f.sonderplan, "SONDERPLAN_URL", "SONDERPLAN_TOKEN"},
		{kindPlanDocket, f.plandocket, "PLANDOCKET_URL", "PLANDOCKET_API_KEY"},
	} {
		s, listener, err := a.listen(ctx, box.kind, box.address, filepath.Join(dir, box.kind+".db"))
		if err != nil {
			failed = err
			break
		}
		servers = append(servers, s)
		go func() { ended <- s.Serve(listener) }()
		fmt.Fprintf(a.stdout, "export %s=http://%s %s=%s\n", box.variable, listener.Addr(), box.secret, sonderplantest.DefaultToken)
	}
	running := len(servers)
	if failed == nil {
		select {
		case <-ctx.Done():
		case failed = <-ended: // no server ends unasked unless it failed
			running--
		}
	}
	errs := []error{failed}
	for _, s := range servers {
		errs = append(errs, s.Close())
	}
	for range running {
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// headerTimeout is how long a client of the sandbox may take for the header
// of a request.
const headerTimeout = 10 * time.Second

// listen opens an emulator on a loopback address.
func (a *app) listen(ctx context.Context, kind, address, path string) (*http.Server, net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, nil, fmt.Errorf("address %s of %s: %w", address, kind, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, nil, fmt.Errorf("address %s of %s is not on loopback; the sandbox has no real credentials and serves this machine alone", address, kind)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := makeSandbox(ctx, kind, path); err != nil {
			return nil, nil, err
		}
	}
	e, err := openEmulator(kind, path, time.Now)
	if err != nil {
		return nil, nil, err
	}
	a.mu.Lock()
	a.opened = append(a.opened, e)
	a.mu.Unlock()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, nil, fmt.Errorf("serve %s: %w", kind, err)
	}
	return &http.Server{Handler: e.Handler(), ReadHeaderTimeout: headerTimeout}, listener, nil
}
