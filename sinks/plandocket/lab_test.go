package plandocket_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/pipeline/retry"
	"github.com/reconkit/reconkit/sinks/plandocket"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// labSchema is what the model of the laboratory holds.
var labSchema = func() *pipeline.Schema {
	all := plandocket.ContactsSchema()
	var fields []pipeline.Field
	for _, name := range []string{"email", "customer_number", "last_name", "phone", "notes"} {
		f, _ := all.Lookup(name)
		fields = append(fields, f)
	}
	return pipeline.MustSchema(fields...)
}()

// wish is one row of the source: what a contact should be. An empty text is
// not mapped.
type wish struct{ id, email, number, last, phone, notes string }

func (w wish) texts() []string { return []string{w.email, w.number, w.last, w.phone, w.notes} }

// wishes is the source of the laboratory.
type wishes []wish

func (s wishes) Schema(context.Context) (*pipeline.Schema, error) { return labSchema, nil }
func (s wishes) Evidence() pipeline.Evidence                      { return pipeline.Evidence{Grade: pipeline.Proven} }
func (s wishes) Read(context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) { yield(s.batch()) }
}

func (s wishes) batch() (*pipeline.Batch, error) {
	b := pipeline.NewBuilder(labSchema, max(1, len(s)))
	ids := pipeline.NewColumnBuilder(pipeline.String, max(1, len(s)))
	rows := make([]int32, len(s))
	for i, w := range s {
		rows[i] = int32(i + 1)
		ids.AppendString(w.id)
		for f, text := range w.texts() {
			if text == "" {
				b.Column(f).AppendNull()
			} else {
				b.Column(f).AppendString(text)
			}
		}
	}
	return b.Finish(pipeline.BatchData{Source: "fair", Place: "fair.csv", Rows: rows, IDs: ids.Finish()})
}

type asIs struct{}

func (asIs) Map(b *pipeline.Batch) (pipeline.Mapped, error) { return pipeline.Mapped{Batch: b}, nil }

// byKeys joins nothing and finds contacts by link, then number, then e-mail.
type byKeys struct{}

func (byKeys) Match(_ context.Context, in pipeline.MatchInput) (*pipeline.MatchResult, error) {
	at := map[string]int32{}
	for i := range in.Target.Len() {
		r := in.Target.Record(i)
		at["id "+r.ID()] = int32(i)
		at["number "+r.Get("customer_number").Str()] = int32(i)
		at["email "+strings.ToLower(strings.TrimSpace(r.Get("email").Str()))] = int32(i)
	}
	order := make([]int32, in.Records.Len())
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Compare(in.Records.Record(int(a)).ID(), in.Records.Record(int(b)).ID())
	})
	out := &pipeline.MatchResult{Golden: pipeline.NewTable(in.Records.Schema())}
	for _, i := range order {
		r := in.Records.Record(int(i))
		link := pipeline.Link{Target: -1}
		keys := []string{"id " + in.Links[pipeline.RowKey{Source: "fair", ID: r.ID()}]}
		if n := r.Get("customer_number").Str(); n != "" {
			keys = append(keys, "number "+n)
		}
		if e := r.Get("email").Str(); e != "" {
			keys = append(keys, "email "+strings.ToLower(e))
		}
		for _, key := range keys {
			if t, ok := at[key]; ok {
				link = pipeline.Link{Target: t, Reason: &pipeline.Reason{Rule: "same", Score: 1}}
				break
			}
		}
		out.Clusters = append(out.Clusters, pipeline.Cluster{Members: []int32{i}})
		out.Links = append(out.Links, link)
		out.Golden.Append(r.Batch.Take([]int32{int32(r.Row)}))
	}
	return out, nil
}

// errDead is what everything says once the process is taken to be dead.
var errDead = errors.New("the process is dead")

// death is where in an effect a process dies.
type death string

const (
	diesBefore   death = "before"   // of a journal write: it is not there; of a request: not sent
	diesSent     death = "sent"     // of a request: it left, and never arrived
	diesAfter    death = "after"    // of a journal write: it is there; of a request: carried out, not answered
	diesAnswered death = "answered" // of a request: the answer was there, and nothing after it
)

// life is one process, counted in effects that outlive it.
type life struct {
	mu      sync.Mutex
	effects int
	dieAt   int // the effect at which it dies, from 1; 0: never
	how     death
	dead    atomic.Bool
	points  []string // what the effects were
}

// dieNext lets the process die in its next effect.
func (l *life) dieNext(how death) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dieAt, l.how = l.effects+1, how
}

// reached counts an effect and reports whether the process dies at it.
func (l *life) reached(what string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.effects++
	l.points = append(l.points, what)
	if l.effects == l.dieAt {
		l.dead.Store(true)
	}
	return l.effects == l.dieAt
}

// mortal is the way to the server of a process that may die.
type mortal struct {
	*life
	base http.RoundTripper
	look func(*http.Request) // before a request leaves
	way  time.Duration       // how long a request is on its way
}

func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.dead.Load() {
		return nil, errDead
	}
	dies := m.reached(r.Method)
	if dies && (m.how == diesBefore || m.how == diesSent) {
		return nil, errDead
	}
	m.look(r)
	time.Sleep(m.way) // takes time, so that not all is made at one moment
	resp, err := m.base.RoundTrip(r)
	if err != nil || !dies {
		return resp, err
	}
	if m.how == diesAnswered {
		return resp, nil
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return nil, errDead
}

// lab is a tenant, a source, and what the program remembers, on virtual time.
type lab struct {
	server   *plandockettest.Server
	schedule *faults.Schedule
	memory   *labMemory
	life     *life
	budget   retry.Budget
	perHour  int
	wishes   wishes
	runs     int
	requests int
	broken   []string     // laws that did not hold
	unsure   bool         // while a plan is applied, no list is proven to be whole
	swift    bool         // requests take no time: all is made at one moment
	noWait   bool         // an apply does not wait for calls to settle
	skew     atomic.Int64 // of the clock of the program against that of the server, in nanoseconds
	seats    *seats       // what hangs on contacts; nil: nothing does
	onWrite  func()       // before a write leaves; nil: nothing
}

func (l *lab) fail(format string, args ...any) {
	l.broken = append(l.broken, fmt.Sprintf(format, args...))
}

// open makes a lab a new tenant on a server that is there.
func openLab(server *plandockettest.Server, o plandockettest.Options) (*lab, error) {
	if o.Faults == nil {
		o.Faults = faults.New()
	}
	o.Keys = map[string][]string{apiKey: append(o.Keys[apiKey], "contacts", "participants", "events", "custom_fields")}
	if err := server.Reset(o); err != nil {
		return nil, err
	}
	l := &lab{server: server, schedule: o.Faults, life: &life{}}
	l.memory = newLabMemory(l)
	return l, nil
}

// now is what the clock of the program shows.
func (l *lab) now() time.Time { return time.Now().Add(time.Duration(l.skew.Load())) }

// process makes what a new process has: its way to the server.
func (l *lab) process() (*plandocket.Target, error) {
	c, err := l.config()
	if err != nil {
		return nil, err
	}
	return plandocket.New(c)
}

// config is that of a target of a new process.
func (l *lab) config() (plandocket.Config, error) {
	way := time.Second
	if l.swift {
		way = 0
	}
	transport, err := retry.New(retry.Config{Base: &mortal{l.life, faults.Transport(l.server.Handler()), l.look, way}, Now: l.now, Budget: l.budget, Reserve: retry.ReserveOf(l.perHour)})
	return plandocket.Config{BaseURL: "https://demo.plandocket.com", APIKey: pipeline.NewSecret(apiKey), Now: l.now, BatchRows: l.batchRows(),
		Client: &http.Client{Transport: transport}}, err
}

// look holds that what leaves is in the journal, with what was before (I6).
func (l *lab) look(r *http.Request) {
	l.requests++
	if r.Method == http.MethodGet {
		return
	}
	if l.onWrite != nil {
		l.onWrite()
	}
	open := l.memory.open()
	if open == nil {
		l.fail("%s %s left without an intent in the journal", r.Method, r.URL.Path)
		return
	}
	for _, c := range open.Changes {
		for _, f := range c.Fields {
			if c.Action != pipeline.Create && f.Before.Type() == f.After.Type() && f.Before.Equal(f.After) {
				l.fail("the journal has no image of %s of %s before its write", f.Field, c.Target)
			}
		}
	}
	if r.Method == http.MethodPost {
		var body struct{ Records []json.RawMessage }
		text, err := io.ReadAll(must(r.GetBody()))
		if err != nil || json.Unmarshal(text, &body) != nil || len(body.Records) != len(open.Changes) {
			l.fail("%d records left where the journal intends %d", len(body.Records), len(open.Changes))
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (l *lab) plan(ctx context.Context) (*pipeline.Plan, error) {
	target, err := l.process()
	if err != nil {
		return nil, err
	}
	m := &pipeline.Model{Name: "people", Schema: labSchema, Matcher: byKeys{},
		From: []*pipeline.From{{Name: "fair", Source: l.wishes, Mapping: asIs{}}}}
	p := &pipeline.Pipeline{Name: "p", Models: []*pipeline.Model{m}, Bindings: []*pipeline.Binding{{Model: m, Resource: plandocket.Resource,
		Connection: pipeline.Connection{Name: "pd", Type: "plandocket"}, Target: target,
		Policy: pipeline.Policy{Allow: []pipeline.Action{pipeline.Create, pipeline.Update, pipeline.Delete}, OnMissing: pipeline.DeleteMissing, Accept: pipeline.Proven,
			Limits: map[string]pipeline.Limit{"delete": {Set: true, Count: -1, Percent: 100}}}}}}
	if l.seats != nil {
		bindings, err := l.seats.bindings(l)
		if err != nil {
			return nil, err
		}
		p.Bindings = append(p.Bindings, bindings...)
		for _, b := range bindings {
			p.Models = append(p.Models, b.Model)
		}
	}
	return p.Plan(ctx, pipeline.Options{Now: l.now(), Links: l.memory, Ledger: l.memory, Workers: 1})
}

// apply is one process.
func (l *lab) apply(ctx context.Context, p *pipeline.Plan, resume bool) (*pipeline.Result, error) {
	l.runs++
	run := fmt.Sprintf("run-%d", l.runs)
	opt := pipeline.ApplyOptions{Run: run, Holder: run, Now: l.now, State: l.memory, Resume: resume,
		Open: func(_ context.Context, b pipeline.PlanBinding) (pipeline.Target, error) {
			target, err := l.open(b.Resource)
			if l.unsure && err == nil {
				target = doubting(target)
			}
			return target, err
		}}
	if life := l.life; !l.noWait {
		opt.Wait = func(ctx context.Context, d time.Duration) error {
			if life.dead.Load() {
				return errDead
			}
			return retry.Sleep(ctx, d)
		}
	}
	return pipeline.Apply(ctx, p, opt)
}

// revive lets a new process begin, after the lease of the dead one has run out.
func (l *lab) revive() {
	if l.life.dead.Load() {
		l.life = &life{}
		time.Sleep(pipeline.LeaseTime)
	}
}

// labResumesMax bounds how often an apply is resumed.
const labResumesMax = 40

// finish applies a plan and resumes it until nothing is open, and returns the
// last outcomes.
func (l *lab) finish(ctx context.Context, p *pipeline.Plan) (*pipeline.Result, error) {
	for n := 0; ; n++ {
		r, err := l.apply(ctx, p, n > 0)
		if err == nil && !unfinished(r) {
			return r, nil
		}
		if n == labResumesMax {
			return r, fmt.Errorf("still open after %d resumes: %w", n, err)
		}
		l.revive()
		time.Sleep(pipeline.SettleDefault + time.Minute)
	}
}

func unfinished(r *pipeline.Result) bool {
	n := r.Count()
	return r.Stopped != "" || n[pipeline.Unknown]+n[pipeline.Pending]+n[pipeline.Sent] > 0
}

// contacts are those of the server, as they are.
func (l *lab) contacts() map[int64]plandockettest.Contact {
	all := must(l.server.Contacts())
	by := make(map[int64]plandockettest.Contact, len(all))
	for _, c := range all {
		c.UpdatedAt, c.CreatedAt = time.Time{}, time.Time{}
		by[c.ID] = c
	}
	return by
}

func (l *lab) report(t testing.TB, what string) {
	t.Helper()
	for _, b := range l.broken {
		t.Errorf("%s: %s", what, b)
	}
}

// batchRows are the rows of a batch: few, so that what is read comes in several,
// but not when there is much.
func (l *lab) batchRows() int {
	if len(l.wishes) > 100 {
		return 1024
	}
	return 8
}
