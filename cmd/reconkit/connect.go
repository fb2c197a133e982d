package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/retry"
)

// connect finds the way to a server: over the network through the transport
// that waits and repeats, or to a sandbox in this process. Only a base_url that
// says sandbox:PATH leads to a sandbox.
func (a *app) connect(ctx context.Context, r dsl.ConnectRequest) (dsl.Endpoint, error) {
	if path, ok := strings.CutPrefix(r.BaseURL, "sandbox:"); ok {
		if path == "" {
			return dsl.Endpoint{}, fmt.Errorf("sandbox: needs the file of its state, such as sandbox:plandocket.db")
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(r.Dir, path)
		}
		return a.sandbox(ctx, r.Type, path)
	}
	config := retry.Config{Now: time.Now, Jitter: rand.Float64, PerSecond: r.RequestsPerSecond, OnWait: a.waits}
	if r.RequestsPerHour > 0 {
		budget, err := a.budget(budgetName(r.BaseURL), r.RequestsPerHour)
		if err != nil {
			return dsl.Endpoint{}, err
		}
		config.Budget, config.Reserve = budget, retry.ReserveOf(r.RequestsPerHour)
	}
	transport, err := retry.New(config)
	if err != nil {
		return dsl.Endpoint{}, err
	}
	return dsl.Endpoint{URL: r.BaseURL, Client: &http.Client{Transport: a.counted(r.Type, transport)}}, nil
}

// counted tells the progress how many requests a server answered: a list of
// many pages is handed on only when it is whole.
func (a *app) counted(kind string, inner http.RoundTripper) http.RoundTripper {
	var answered atomic.Int64
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := inner.RoundTrip(r)
		a.progress.step(pipeline.Step{What: "requests to " + kind, Done: answered.Add(1)})
		return resp, err
	})
}

// offline is the way to a server for commands that ask none.
func offline(_ context.Context, r dsl.ConnectRequest) (dsl.Endpoint, error) {
	at := dsl.Endpoint{URL: r.BaseURL, Client: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("no server is asked here (%s)", r.URL.Host)
	})}}
	if path, ok := strings.CutPrefix(r.BaseURL, "sandbox:"); ok {
		at.URL, at.Credentials = sandboxURL(r.Type, path), true
	}
	return at, nil
}

// budgetName names the server whose limit a budget keeps.
func budgetName(base string) string {
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		return u.Host
	}
	return base
}

// waits tells the person why nothing happens.
func (a *app) waits(w retry.Wait) {
	a.log.Info("waiting", "cause", string(w.Cause), "request", w.Method+" "+w.Path, "status", w.Status, "delay", w.Delay.Round(time.Millisecond).String())
	until := time.Now().Add(w.Delay)
	a.progress.waitUntil(until, until, fmt.Sprintf("before %s %s: %s", w.Method, w.Path, waitWords(w)))
}

// waitWords say why a request waits.
func waitWords(w retry.Wait) string {
	switch {
	case w.Cause == retry.CauseTooMany:
		return "the server asks for fewer requests"
	case w.Cause == retry.CauseError:
		return "the request failed and is tried again"
	case w.Behind > 0:
		return fmt.Sprintf("of the requests of this hour, it and %d that are to follow at once are not free; others that use the same hour may take them, so that it leaves alone at last", w.Behind)
	default:
		return "the requests of this hour are used up"
	}
}

// budgetOf is a server and its limit.
type budgetOf struct {
	name    string
	perHour int
}

// budget is that of a server: one for all connections of this process, since each
// target of a plan has its own.
func (a *app) budget(name string, perHour int) (retry.Budget, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	of := budgetOf{name, perHour}
	if b := a.budgets[of]; b != nil {
		return b, nil
	}
	b, err := retry.Steady(&lazyBudget{app: a, budgetOf: of}, perHour, time.Now)
	if err != nil {
		return nil, err
	}
	if a.budgets == nil {
		a.budgets = map[budgetOf]retry.Budget{}
	}
	a.budgets[of] = b
	return b, nil
}

// tellScarce says of each server that a plan is about when the requests that are left of
// the hour are fewer than the plan takes, though it would fit into one. It depends on
// what left before, so that the plan does not hold it.
func (a *app) tellScarce(ctx context.Context, p *pipeline.Plan) error {
	now := time.Now()
	servers := slices.SortedFunc(maps.Keys(a.budgets), func(a, b budgetOf) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.perHour, b.perHour)) })
	for _, of := range servers {
		wanted := requestsTo(p, of.name)
		if wanted == 0 || wanted > of.perHour {
			continue // the plan says how long that takes
		}
		s, err := a.state(ctx)
		if err != nil {
			return err
		}
		budget, err := s.Budget(of.name, of.perHour)
		if err != nil {
			return err
		}
		left, at, err := budget.Left(ctx, now, wanted)
		if err != nil {
			return err
		}
		if left < wanted {
			fmt.Fprintf(a.stderr, "%s: of %s requests an hour %s are left, and the plan takes up to %s: an apply that begins now waits, and one that begins at %s does not\n",
				diag.Printable(of.name), number(of.perHour), number(left), number(wanted), at.Add(time.Second).Format("15:04:05"))
		}
	}
	return nil
}

// warnScarce is tellScarce where nothing depends on it: the plan is made and kept.
func (a *app) warnScarce(ctx context.Context, p *pipeline.Plan) {
	if err := a.tellScarce(ctx, p); err != nil && ctx.Err() == nil {
		a.log.Warn("the plan is made; how many requests are left of the hour cannot be told", "error", err)
	}
}

// requestsTo is how many requests a plan takes of a server at most.
func requestsTo(p *pipeline.Plan, server string) (n int) {
	for _, b := range p.Header.Bindings {
		for _, word := range strings.Fields(b.Identity) {
			if budgetName(word) == server {
				n += b.Requests.Requests()
				break
			}
		}
	}
	return n
}

// lazyBudget opens the memory of the run when the first request leaves, since
// the pipeline that names it is still being read when connections are made.
type lazyBudget struct {
	app *app
	budgetOf
}

// Take books a request in the persistent budget.
func (b *lazyBudget) Take(ctx context.Context, now time.Time, leave int) (time.Duration, error) {
	s, err := b.app.state(ctx)
	if err != nil {
		return 0, err
	}
	budget, err := s.Budget(b.name, b.perHour)
	if err != nil {
		return 0, err
	}
	return budget.Take(ctx, now, leave)
}
