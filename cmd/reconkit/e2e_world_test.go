package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/pipeline/retry"
	"github.com/reconkit/reconkit/pipeline/review"
	"github.com/reconkit/reconkit/pipeline/state"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
	"github.com/reconkit/reconkit/sources/sonderplan/sonderplantest"
)

// The secrets of the end-to-end tests. No text that the program makes may hold
// them; every tenant checks that at its end.
const (
	tenantKey   = "pd-key-5cbe1f7a90"
	tenantToken = "sp-token-77a1c3e4d2"
)

// tenantOptions say what differs from an ordinary tenant.
type tenantOptions struct {
	plandocket plandockettest.Options
	sonderplan sonderplantest.Options
	empty      bool             // the contacts of the story are not there
	pipeline   string           // instead of that of the story
	csv        string           // instead of that of the story
	perHour    int              // requests_per_hour of the pipeline; 0: 1,000
	storm      *faults.Schedule // of PlanDocket, instead of one that tests add to
	// wrap stands between the program and a server of a kind; nil: nothing does.
	wrap func(kind string, h http.Handler) http.Handler
}

// tenant is both servers, the files of a person, and the memory of the program,
// on a clock that stands still unless somebody waits.
type tenant struct {
	t      *testing.T
	ctx    context.Context
	dir    string
	text   string // of the pipeline
	pd     *plandockettest.Server
	sp     *sonderplantest.Server
	faults *faults.Schedule // of PlanDocket
	spoil  *faults.Schedule // of Sonderplan
	store  *state.Store
	runs   int
	budget retry.Budget // of PlanDocket; nil: it is in the store
	wrap   func(kind string, h http.Handler) http.Handler

	said saying // everything that the program said
}

// saying gathers text from any goroutine.
type saying struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *saying) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *saying) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// inTenant runs a test inside a bubble of virtual time with a new tenant.
func inTenant(t *testing.T, o tenantOptions, test func(w *tenant)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)))
		w := &tenant{t: t, ctx: t.Context(), dir: t.TempDir(), faults: faults.New(), spoil: faults.New(), text: o.pipeline, wrap: o.wrap}
		defer w.close()
		w.open(o)
		test(w)
	})
}

func (w *tenant) open(o tenantOptions) {
	w.t.Helper()
	if o.perHour == 0 {
		o.perHour = 1000
		w.check(w.keepInMemory(o.perHour))
	}
	if w.text == "" {
		w.text = storyPipeline
	}
	w.text = strings.ReplaceAll(w.text, "PER_HOUR", fmt.Sprint(o.perHour))
	if o.csv == "" {
		o.csv = storyCSV
	}
	w.check(os.WriteFile(filepath.Join(w.dir, "exhibitors.csv"), []byte(o.csv), 0o600))
	if o.storm != nil {
		w.faults = o.storm
	}
	o.plandocket.Now, o.plandocket.Faults = time.Now, w.faults
	o.plandocket.Keys = map[string][]string{tenantKey: {"contacts"}}
	var err error
	w.pd, err = plandockettest.New(o.plandocket)
	w.check(err)
	o.sonderplan.Now, o.sonderplan.Faults = time.Now, w.spoil
	o.sonderplan.Tokens = []sonderplantest.Token{{Text: tenantToken, Contact: sonderplantest.ReadOnly}}
	w.sp, err = sonderplantest.New(o.sonderplan)
	w.check(err)
	if !o.empty {
		w.tellStory()
	}
	w.reopen()
}

// keepInMemory keeps the hourly rate in memory, which costs no disk.
func (w *tenant) keepInMemory(perHour int) (err error) {
	w.budget, err = retry.NewHourlyBudget(perHour)
	return err
}

// reopen opens the memory of the program, as another process would.
func (w *tenant) reopen() {
	w.t.Helper()
	if w.store != nil {
		w.check(w.store.Close())
	}
	var err error
	w.store, err = state.Open(w.ctx, filepath.Join(w.dir, "state.db"))
	w.check(err)
}

func (w *tenant) close() {
	w.t.Helper()
	for _, c := range []interface{ Close() error }{w.store, w.pd, w.sp} {
		if err := c.Close(); err != nil {
			w.t.Error(err)
		}
	}
	w.noSecret("what the program said", w.said.String())
	files, err := os.ReadDir(w.dir)
	w.check(err)
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(w.dir, f.Name()))
		w.check(err)
		w.noSecret(f.Name(), string(text))
	}
}

func (w *tenant) noSecret(where, text string) {
	w.t.Helper()
	for _, secret := range []string{tenantKey, tenantToken} {
		if strings.Contains(text, secret) {
			w.t.Errorf("%s holds the secret %s", where, secret)
		}
	}
}

func (w *tenant) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// host is what the program provides, with the servers in memory.
func (w *tenant) host() dsl.Host {
	secrets := map[string]string{"PLANDOCKET_API_KEY": tenantKey, "SONDERPLAN_TOKEN": tenantToken}
	return dsl.Host{
		Getenv: func(name string) (string, bool) { v, ok := secrets[name]; return v, ok },
		Connect: func(_ context.Context, r dsl.ConnectRequest) (dsl.Endpoint, error) {
			h := w.pd.Handler()
			if r.Type == kindSonderplan {
				h = w.sp.Handler()
			}
			if w.wrap != nil {
				h = w.wrap(r.Type, h)
			}
			config := retry.Config{Base: faults.Transport(h), Now: time.Now, PerSecond: r.RequestsPerSecond}
			switch {
			case r.RequestsPerHour > 0 && w.budget != nil:
				config.Budget = w.budget
			case r.RequestsPerHour > 0:
				config.Budget = &lazyBudget{&app{store: w.store}, budgetOf{budgetName(r.BaseURL), r.RequestsPerHour}}
			}
			transport, err := retry.New(config)
			return dsl.Endpoint{URL: r.BaseURL, Client: &http.Client{Transport: transport}}, err
		},
		Now: time.Now,
		Log: w.log(),
	}
}

func (w *tenant) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(&w.said, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// say keeps what the program would show, and the text of an error.
func (w *tenant) say(err error, show ...func() error) error {
	w.t.Helper()
	if err != nil {
		fmt.Fprintln(&w.said, err)
	}
	for _, f := range show {
		w.check(f())
	}
	return err
}

func (w *tenant) load() *pipeline.Pipeline {
	w.t.Helper()
	reg, err := registry()
	w.check(err)
	p, found := dsl.LoadText(w.ctx, filepath.Join(w.dir, "pipeline.yaml"), []byte(w.text), reg, w.host())
	if p == nil {
		w.t.Fatalf("the pipeline does not load:\n%s", found.Text())
	}
	return p
}

// tryPlan makes a plan, and carries it through its file.
func (w *tenant) tryPlan() (*pipeline.Plan, error) {
	w.t.Helper()
	p, err := w.load().Plan(w.ctx, pipeline.Options{Now: time.Now(), Version: "test", Links: w.store, Ledger: w.store, Weights: w.store, Log: w.log()})
	if w.say(err) != nil {
		return p, err
	}
	w.check(review.JSON(&w.said, p))
	w.check(review.Text(&w.said, p, review.Options{All: true}))
	var file bytes.Buffer
	w.check(p.Write(&file))
	read, err := pipeline.ReadPlan(&file)
	w.check(err)
	return read, nil
}

func (w *tenant) plan() *pipeline.Plan {
	w.t.Helper()
	p, err := w.tryPlan()
	w.check(err)
	return p
}

// apply applies a plan once, as a process of its own.
func (w *tenant) apply(p *pipeline.Plan, resume bool) (*pipeline.Result, error) {
	return w.applyUnder(w.ctx, p, resume)
}

func (w *tenant) applyUnder(ctx context.Context, p *pipeline.Plan, resume bool) (*pipeline.Result, error) {
	w.t.Helper()
	return w.applyWith(ctx, p, func(o *pipeline.ApplyOptions) { o.Resume = resume })
}

// applyWith applies a plan with options that tune sets.
func (w *tenant) applyWith(ctx context.Context, p *pipeline.Plan, tune func(o *pipeline.ApplyOptions)) (*pipeline.Result, error) {
	w.t.Helper()
	reg, err := registry()
	w.check(err)
	w.runs++
	run := fmt.Sprintf("run-%d", w.runs)
	opt := pipeline.ApplyOptions{Run: run, Holder: run, Now: time.Now, State: w.store, Log: w.log(),
		Open: func(ctx context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
			return dsl.OpenTarget(ctx, reg, w.host(), b)
		}}
	tune(&opt)
	r, err := pipeline.Apply(ctx, p, opt)
	err = w.say(err)
	if r != nil {
		w.check(review.ResultJSON(&w.said, r))
		w.check(review.ResultText(&w.said, p, r, review.Options{}))
	}
	return r, err
}

// resumesMax bounds how often an apply is resumed.
const resumesMax = 6

// ended is how an apply came to its end.
type ended struct {
	outcomes map[string]pipeline.Status // by subject, as first settled
	resumed  int
	errs     []error // with which runs ended
}

// applyToEnd applies a plan and resumes it, each time in a new process and
// after the calls without an answer have settled, until nothing is open. What a
// run has settled, no later run may take back.
func (w *tenant) applyToEnd(p *pipeline.Plan) ended {
	w.t.Helper()
	e := ended{outcomes: map[string]pipeline.Status{}}
	for {
		r, err := w.apply(p, e.resumed > 0)
		if err != nil {
			e.errs = append(e.errs, err)
		}
		if r != nil {
			w.settleOutcomes(&e, p, r)
		}
		if err == nil && !open(r) {
			return e
		}
		if e.resumed++; e.resumed > resumesMax {
			w.t.Fatalf("still open after %d resumes: %v, %v", resumesMax, err, e.outcomes)
		}
		time.Sleep(pipeline.SettleDefault + time.Minute)
		w.reopen()
	}
}

// settleOutcomes takes the outcomes of one run.
func (w *tenant) settleOutcomes(e *ended, p *pipeline.Plan, r *pipeline.Result) {
	w.t.Helper()
	wantEqual(w.t, "number of outcomes", len(p.Changes), len(r.Outcomes))
	for i, c := range p.Changes {
		subject, now := subjectOf(c.Rows), r.Outcomes[i].Status
		was := e.outcomes[subject]
		switch {
		case !was.Done():
			e.outcomes[subject] = now
		case !now.Done() && now != pipeline.Pending:
			w.t.Errorf("%s was %s, and a resume calls it %s: %s", subject, was, now, r.Outcomes[i].Message)
		}
	}
}

// open reports whether an apply left something to a resume.
func open(r *pipeline.Result) bool {
	n := r.Count()
	return r.Stopped != "" || n[pipeline.Unknown]+n[pipeline.Pending]+n[pipeline.Sent] > 0
}

// subjectOf names a change by the row of the story that it is about.
func subjectOf(rows []pipeline.Origin) string {
	var names []string
	for _, o := range rows {
		if o.Source == "people" {
			names = append(names, storyPeople[o.ID])
		} else {
			names = append(names, o.ID)
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), "+")
}

// subjectsOf are the subjects that a plan changes, sorted.
func subjectsOf(p *pipeline.Plan) []string {
	var names []string
	for _, c := range p.Changes {
		names = append(names, subjectOf(c.Rows))
	}
	slices.Sort(names)
	return names
}

// blockedIn are the codes of blocked rows by subject.
func blockedIn(p *pipeline.Plan) map[string]string {
	out := map[string]string{}
	for _, b := range p.Blocked {
		out[subjectOf(b.Rows)] = b.Code
	}
	return out
}

// contacts are those of PlanDocket as they are, without times.
func (w *tenant) contacts() []plandockettest.Contact {
	w.t.Helper()
	all, err := w.pd.Contacts()
	w.check(err)
	for i := range all {
		all[i].CreatedAt, all[i].UpdatedAt = time.Time{}, time.Time{}
	}
	return all
}
